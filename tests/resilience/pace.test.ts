import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { expect, test } from "vitest";
import { startJasperSimulator } from "../../simulator/jasper/start-jasper-simulator.ts";
import { IN_WINDOW } from "../../src/pipeline/fixtures/rig.ts";
import { describeOnEachKind } from "./fixtures/each-kind.ts";
import { openSite } from "./fixtures/open-site.ts";
import { spawnWorker } from "./fixtures/spawn-worker.ts";

/** What Control Center publishes. */
const CALLS_PER_SECOND = 5;

/** When each request reached the simulator, which runs in this process. */
function logArrivals(): { readonly atMs: readonly number[]; stop(): void } {
  const atMs: number[] = [];
  const note = (): void => void atMs.push(performance.now());
  subscribe("http.server.request.start", note);
  return { atMs, stop: () => unsubscribe("http.server.request.start", note) };
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

describeOnEachKind("a carrier that allows five calls in any second, one at a time", (kind) => {
  test("is-never-called-faster-in-a-whole-session-and-what-it-allows-is-used", async () => {
    const simulator = await startJasperSimulator({
      devices: 60,
      seed: 11,
      clock: IN_WINDOW,
      clockRate: 0,
      callsPerSecond: CALLS_PER_SECOND,
      concurrency: 1,
      throttleWindow: "sliding",
      otherPlans: 0,
    });
    // Each message reads for a second at most, so that two workers take turns.
    const site = await openSite(kind, simulator, { settings: { SANITY_CHECK_TIME_LIMIT: "1" } });
    await site.inside((database) =>
      database.query("UPDATE carrier_accounts SET calls_per_second = $1, concurrency = 1", [
        CALLS_PER_SECOND,
      ]),
    );
    const arrivals = logArrivals();
    const workers = Array.from({ length: kind === "embedded" ? 1 : 2 }, () => spawnWorker(site.settings));
    for (const worker of workers) expect(await worker.ended, worker.errors()).toBe(0);
    arrivals.stop();
    const { calls, violations, throttled, mostInOneSecond, mostAtOnce } = simulator.control.stats();
    expect({ violations, throttled }).toEqual({ violations: { rate: 0, concurrency: 0 }, throttled: 0 });
    expect({ mostInOneSecond, mostAtOnce }).toEqual({ mostInOneSecond: CALLS_PER_SECOND, mostAtOnce: 1 });
    expect(arrivals.atMs.length).toBe(calls);
    expect(calls).toBeGreaterThan(8 * CALLS_PER_SECOND);
    // How long it took until as many calls had come as a second allows: the median, as a busy machine stalls some.
    const spans = arrivals.atMs.slice(CALLS_PER_SECOND).map((at, index) => at - (arrivals.atMs[index] ?? 0));
    expect(1_000 / median(spans)).toBeGreaterThanOrEqual(0.95);
    await site.close();
    await simulator.close();
  }, 180_000);
});
