import { afterEach, expect, test } from "vitest";
import type { JasperSimulator } from "../../../simulator/jasper/start-jasper-simulator.ts";
import { startJasperSimulator } from "../../../simulator/jasper/start-jasper-simulator.ts";
import { createJasperCarrier } from "./adapter.ts";
import { optionsFor } from "./fixtures/scripted-carrier.ts";

let simulator: JasperSimulator;
afterEach(async () => {
  await simulator.close();
});

async function count(
  devices: number,
  expected: number,
  options: { faults?: readonly string[]; pastEnd?: "empty" | "refuse" } = {},
): Promise<{ count: number | undefined; calls: number }> {
  simulator = await startJasperSimulator({ devices, callsPerSecond: 0, concurrency: 0, ...options });
  const { username, apiKey, control } = simulator;
  const carrier = createJasperCarrier({
    ...optionsFor(simulator.url, { username, apiKey }),
    now: () => control.world.clock.nowMs(),
  });
  return { count: await carrier.countDevices(expected), calls: control.stats().calls };
}

test.each([
  [1, 1],
  [100, 100],
  [101, 101],
  [149, 150],
])("%i-SIMs-where-%i-are-expected-are-counted-by-one-call", async (devices, expected) => {
  expect(await count(devices, expected)).toEqual({ count: devices, calls: 1 });
});

test.each(["empty", "refuse"] as const)("an-end-that-lies-elsewhere-is-found-%s", async (pastEnd) => {
  expect(await count(100, 260, { pastEnd })).toEqual({ count: 100, calls: 5 });
  await simulator.close();
  expect(await count(260, 100, { pastEnd })).toEqual({ count: 260, calls: 5 });
});

test("a-list-that-the-carrier-cuts-off-where-no-end-is-asked-for-is-counted-to-its-end", async () => {
  expect(await count(120, 120, { faults: ["F9"] })).toEqual({ count: 120, calls: 1 });
});

test("a-list-that-never-ends-is-not-counted", async () => {
  expect((await count(120, 120, { faults: ["F10:kind=never-last"] })).count).toBeUndefined();
});
