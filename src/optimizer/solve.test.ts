import { describe, expect, test } from "vitest";
import { TERMS } from "../billing/fixtures/build-fleet.ts";
import { buildPlan, buildTariff, megabytes, price } from "../billing/fixtures/build-tariff.ts";
import { leastObjective } from "./fixtures/brute-force.ts";
import { FAMILY_NAMES, buildCase, randomCase } from "./fixtures/random-case.ts";
import { objective, runawayGuard, solveSmall, solved } from "./fixtures/solved.ts";
import { measure } from "./measure.ts";
import { solve } from "./solve.ts";

const POOLED = buildPlan("P", {
  type: "pooled",
  monthlyCost: price("1"),
  includedBytes: megabytes("1"),
  overageRate: price("0.50"),
  overageBlockBytes: megabytes("1"),
});
const UNLIMITED = buildPlan("U", { type: "unlimited", monthlyCost: price("2.25") });

function handCase(usages: readonly string[], plans = [POOLED, UNLIMITED]) {
  const sims = usages.map((usage) => ({ plan: 0, usageBytes: megabytes(usage) }));
  return buildCase("by hand", { sims, tariff: buildTariff(plans), eligibility: undefined, terms: TERMS })
    .prepared.problem;
}

describe.each(FAMILY_NAMES)("%s", (family) => {
  test("finds the least of all assignments, proves it, and says infeasible exactly where there is none", () => {
    for (let seed = 0; seed < 120; seed++) {
      const { name, prepared } = randomCase(family, seed, seed % 7, 1 + ((seed * 5) % 4));
      const least = leastObjective(prepared.problem);
      const found = solveSmall(prepared.problem);
      if (found === undefined) {
        expect(least, name).toBe(Number.POSITIVE_INFINITY);
        continue;
      }
      expect(measure(prepared.problem, found.assignment.plans), name).toEqual(found.assignment);
      expect({ feasible: found.assignment.feasible, objective: objective(found.assignment) }, name).toEqual({
        feasible: true,
        objective: least,
      });
      expect(found.bound, name).toBeLessThanOrEqual(least);
      expect(found.status, name).toBe("optimal");
    }
  }, 120_000);
});

test("an empty fleet costs nothing and is proven", () => {
  expect(solved(handCase([]))).toMatchObject({
    bound: 0,
    status: "optimal",
    assignment: { bill: 0, changes: 0 },
  });
});

test("a pool of three SIMs whose usage barely overruns it stays: 3 × 1.00 + 0.50", () => {
  expect(solved(handCase(["0.4", "0.4", "3.0"]))).toMatchObject({
    bound: 3_500_000,
    status: "optimal",
    assignment: { bill: 3_500_000, changes: 0 },
  });
});

test("one large SIM leaves a pool that it overruns: 2 × 1.00 + 2.25", () => {
  const { assignment } = solved(handCase(["0.4", "0.4", "9"]));
  expect(assignment).toMatchObject({ bill: 4_250_000, changes: 1 });
  expect([...assignment.plans]).toEqual([0, 0, 1]);
});

test("one plan leaves no choice", () => {
  expect(solved(handCase(["0.4", "7.2"], [POOLED]))).toMatchObject({
    bound: 5_000_000,
    assignment: { bill: 5_000_000, changes: 0 },
  });
});

test("a tie stays where it is", () => {
  const twin = { ...UNLIMITED, code: "V" };
  expect(solved(handCase(["5", "6"], [UNLIMITED, twin])).assignment.changes).toBe(0);
});

test("commitments beyond the fleet are infeasible, and the plan is named", () => {
  const found = solve(handCase(["1"], [POOLED, { ...UNLIMITED, minDevices: 2 }]));
  expect(found).toMatchObject({ status: "infeasible", reason: expect.stringContaining("plan U") as string });
});

test("too few changes to keep a commitment is infeasible", () => {
  const problem = { ...handCase(["1", "2"], [POOLED, { ...UNLIMITED, minDevices: 2 }]), maxChanges: 1 };
  expect(solve(problem)).toMatchObject({
    status: "infeasible",
    reason: expect.stringContaining("2 plan changes") as string,
  });
});

test.each(FAMILY_NAMES)("%s: stopped at once, what it has keeps the limits and its gap is true", (family) => {
  for (let seed = 0; seed < 2; seed++) {
    const { name, prepared } = randomCase(family, 500 + seed, 12, 4);
    const stopped = solve(prepared.problem, { shouldStop: () => true });
    const whole = solve(prepared.problem, runawayGuard());
    if (stopped.status === "infeasible" || whole.status === "infeasible") {
      expect(stopped.status, name).toBe(whole.status);
      continue;
    }
    expect(stopped.assignment.feasible, name).toBe(true);
    expect(stopped.bound, name).toBeLessThanOrEqual(objective(whole.assignment));
    expect(whole.bound, name).toBeLessThanOrEqual(objective(stopped.assignment));
    expect(stopped.status === "optimal", name).toBe(stopped.bound === objective(stopped.assignment));
  }
});

test("progress never tells of a bound above the best", () => {
  const { problem } = randomCase("large blocks, shared pools", 3, 40, 5).prepared;
  const told: { best: number; bound: number }[] = [];
  solve(problem, { onProgress: (_, best, bound) => told.push({ best, bound }) });
  expect(told.length).toBeGreaterThan(1);
  for (const { best, bound } of told) expect(bound).toBeLessThanOrEqual(best + 1);
});
