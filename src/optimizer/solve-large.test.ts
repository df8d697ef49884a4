import { describe, expect, test } from "vitest";
import { feasibleAssignment } from "./feasible.ts";
import { certify } from "./fixtures/certify.ts";
import type { Family, RandomCase } from "./fixtures/random-case.ts";
import { FAMILY_NAMES, randomCase } from "./fixtures/random-case.ts";
import { objective, runawayGuard } from "./fixtures/solved.ts";
import { compileInstance } from "./instance.ts";
import { mayTake } from "../billing/problem.ts";
import { measure } from "./measure.ts";
import type { Solution } from "./solution.ts";
import { solve } from "./solve.ts";
import { solveLarge } from "./solve-large.ts";
import { runStrategy } from "./strategies.ts";

const SIMS = 1_500;

/** The way of large fleets, on a fleet small enough to check; undefined where it is infeasible. */
function solvedAsLarge({ prepared: { problem } }: RandomCase): Solution | undefined {
  const start = feasibleAssignment(problem);
  return start.status === "infeasible" ? undefined : solveLarge(compileInstance(problem), start.plans, {});
}

function feasibleCase(family: Family): { run: RandomCase; large: Solution } {
  for (let seed = 1; seed < 20; seed++) {
    const run = randomCase(family, seed, SIMS, 5);
    const large = solvedAsLarge(run);
    if (large !== undefined) return { run, large };
  }
  throw new Error(`no feasible fleet of ${family}`);
}

describe.each(FAMILY_NAMES)("%s, solved as a large fleet", (family) => {
  const { run, large } = feasibleCase(family);
  const { problem } = run.prepared;

  test("gives every SIM a plan it may take, keeps the limits, and its figures are right", () => {
    expect(large.assignment).toEqual(measure(problem, large.assignment.plans));
    expect(large.assignment.feasible).toBe(true);
    expect(large.assignment.plans.every((plan, sim) => mayTake(problem, sim, plan))).toBe(true);
  });

  test("has a proof that the independent checker accepts", () => {
    expect(certify(run, large)).toMatchObject({ holds: true, reasons: [] });
  });

  test("proves no more than the way of small fleets can reach, and the other way round", () => {
    const small = solve(problem, runawayGuard());
    if (small.status === "infeasible") throw new Error(small.reason);
    expect(large.bound).toBeLessThanOrEqual(objective(small.assignment));
    expect(small.bound).toBeLessThanOrEqual(objective(large.assignment));
  });

  test("is never dearer than today, or than a greedy way that keeps the limits", () => {
    const others = [
      measure(problem, problem.current),
      runStrategy(problem, "no_grouping_largest_first"),
      runStrategy(problem, "no_grouping_smallest_first"),
    ].filter(({ feasible }) => feasible);
    for (const other of others) expect(objective(large.assignment)).toBeLessThanOrEqual(objective(other));
  });

  test("comes out the same twice", () => {
    expect(solvedAsLarge(run)).toEqual(large);
  });
});

describe.each(["pools of their own", "taxes and fees", "limits", "switching costs"] as const)(
  "100,000 SIMs of %s",
  (family) => {
    const { problem } = randomCase(family, 5, 100_000, 6).prepared;
    const found = solve(problem);

    test("end within 2 · 10⁻⁵ of a bound that is proven", () => {
      if (found.status === "infeasible") throw new Error(found.reason);
      expect(found.assignment.feasible).toBe(true);
      expect(objective(found.assignment)).toBeLessThanOrEqual((1 + 2e-5) * found.bound);
    });

    test("come out the same whoever watches", () => {
      let told = 0;
      const watched = solve(problem, { onProgress: () => told++, shouldStop: () => false });
      expect(told).toBeGreaterThan(0);
      expect(watched).toEqual(found);
    });
  },
);
