import { expect, test } from "vitest";
import { costOf, optimizeAndVerify } from "./run-example.ts";

test("the trackers leave the plan that is too large for them, with a proof", async () => {
  const summary = await optimizeAndVerify("examples/taxi-trackers", ["devices", "plans"]);
  expect(summary).toMatchObject({
    devices: 261,
    optimized_devices: 261,
    excluded: {},
    baseline_cost: "2354.22",
    winner: "certified",
  });
  expect(costOf(summary, "current")).toBe(2354.22);
  expect(Number(summary.optimized_cost)).toBeLessThanOrEqual(1828.5);
  expect(Number(summary.lower_bound)).toBeGreaterThanOrEqual(1827.5);
  expect(summary.gap).toBeLessThanOrEqual(0.0005);
}, 120_000);
