import { describe, expect, test } from "vitest";
import { billOf, optimize, recheck } from "./fixtures/certify.ts";
import type { RandomCase } from "./fixtures/random-case.ts";
import { FAMILY_NAMES, randomCase } from "./fixtures/random-case.ts";
import { feasibleAssignment } from "./feasible.ts";
import { STRATEGY_NAMES } from "./solution.ts";

/** Fleets of a family that have an assignment, of 1 to 60 SIMs. */
function feasibleCases(family: (typeof FAMILY_NAMES)[number]): RandomCase[] {
  const cases = Array.from({ length: 24 }, (_, seed) =>
    randomCase(family, 3_000 + seed, 1 + ((seed * 17) % 48), 2 + (seed % 4)),
  );
  return cases
    .filter(({ prepared }) => feasibleAssignment(prepared.problem).status === "feasible")
    .slice(0, 6);
}

describe.each(FAMILY_NAMES)("a whole run on %s", (family) => {
  const runs = feasibleCases(family).map((input) => ({
    input,
    run: optimize(input),
    hurried: optimize(input, () => true),
  }));

  test("is accepted by the independent checker, and so is one that was stopped at once", () => {
    expect(runs.length).toBeGreaterThan(4);
    for (const { input, run, hurried } of runs) {
      expect(recheck(run), input.name).toMatchObject({ holds: true, reasons: [] });
      expect(recheck(hurried), `${input.name}, stopped`).toMatchObject({ holds: true, reasons: [] });
    }
  });

  test("recommends what no strategy that keeps the limits undercuts, and prices each", () => {
    for (const { input, run } of runs) {
      expect(run.strategies.map(({ name }) => name).toSorted()).toEqual(STRATEGY_NAMES.toSorted());
      for (const { bill, penalty, feasible } of run.strategies)
        if (feasible) expect(run.after.total + run.penalty, input.name).toBeLessThanOrEqual(bill + penalty);
      const won = run.strategies.find(({ name }) => name === run.winner);
      expect(won, input.name).toMatchObject({
        bill: run.after.total,
        penalty: run.penalty,
        changes: run.changes,
      });
      expect(run.certified?.bound, input.name).toBeLessThanOrEqual(run.after.total + run.penalty);
    }
  });

  test("leaves every SIM that is not in the bill where it is, and bills the others to the micro", () => {
    for (const { input, run } of runs) {
      const rated = new Set(input.prepared.rows);
      run.recommended.forEach((plan, row) => {
        if (!rated.has(row)) expect(plan, input.name).toBe(input.fleet.ratePlan[row]);
      });
      expect(run.after, input.name).toEqual(billOf(input, run.recommended));
      expect(run.before, input.name).toEqual(billOf(input, input.fleet.ratePlan));
    }
  });
});
