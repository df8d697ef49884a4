import { join } from "node:path";
import { expect, test } from "vitest";
import { costOf, inNewFolder, optimizeAndVerify, poolwise } from "./run-example.ts";

const FILES = ["devices", "plans", "eligibility", "pools", "taxes"];

test("the mixed fleet costs a fifth less, within a thousandth of the least possible", async () => {
  const summary = await inNewFolder(async (folder) => {
    const fleet = join(folder, "fleet");
    await poolwise("generate-fleet", "--devices", "10000", "--seed", "1", "--out", fleet);
    return optimizeAndVerify(fleet, FILES);
  });
  expect(summary).toMatchObject({
    devices: 10_000,
    optimized_devices: 9_793,
    excluded: { "status not billable": 178, "usage unknown": 29 },
    not_movable: { locked: 92 },
    baseline_cost: "26799.172168",
    winner: "certified",
  });
  expect(costOf(summary, "current")).toBe(26_799.172168);
  expect(Number(summary.optimized_cost)).toBeLessThanOrEqual(20_530);
  expect(Number(summary.lower_bound)).toBeGreaterThanOrEqual(20_510);
  expect(summary.gap).toBeLessThanOrEqual(0.001);
  const cheapest = Math.min(
    ...summary.strategies.filter(({ feasible }) => feasible).map(({ cost }) => Number(cost)),
  );
  expect(cheapest).toBe(Number(summary.optimized_cost));
}, 240_000);
