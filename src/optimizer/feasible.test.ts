import { expect, test } from "vitest";
import type { Problem } from "../billing/problem.ts";
import { mayTake } from "../billing/problem.ts";
import { feasibleAssignment } from "./feasible.ts";
import { randomCase } from "./fixtures/random-case.ts";
import { optionsOf } from "./instance.ts";
import { measure } from "./measure.ts";

/** The fewest changes with which the limits on plans are kept; Infinity where they cannot be. */
function fewestChanges(problem: Problem): number {
  const unlimited = { ...problem, maxChanges: Number.POSITIVE_INFINITY };
  const plans = Uint16Array.from(problem.current);
  let fewest = Number.POSITIVE_INFINITY;
  const place = (sim: number): void => {
    if (sim === problem.size) {
      const { feasible, changes } = measure(unlimited, plans);
      if (feasible) fewest = Math.min(fewest, changes);
      return;
    }
    for (const plan of optionsOf(problem, sim)) {
      plans[sim] = plan;
      place(sim + 1);
    }
  };
  place(0);
  return fewest;
}

test.each(["limits", "limits and eligibility", "identical SIMs with limits", "everything"] as const)(
  "%s: keeps every limit with the fewest changes, or says why none can",
  (family) => {
    const kinds = { kept: 0, moved: 0, infeasible: 0 };
    for (let seed = 0; seed < 120; seed++) {
      const { name, prepared } = randomCase(family, 900 + seed, 1 + (seed % 5), 2 + (seed % 3));
      const { problem } = prepared;
      const fewest = fewestChanges(problem);
      const found = feasibleAssignment(problem);
      if (found.status === "infeasible") {
        expect(fewest, name).toBeGreaterThan(problem.maxChanges === Infinity ? 1e9 : problem.maxChanges);
        expect(found.reason, name).toMatch(/min_devices|max_devices/);
        kinds.infeasible++;
        continue;
      }
      const plans = found.plans ?? problem.current;
      const measured = measure(problem, plans);
      expect(measured.feasible, name).toBe(true);
      expect(measured.changes, name).toBe(fewest);
      plans.forEach((plan, sim) => expect(mayTake(problem, sim, plan), name).toBe(true));
      if (found.plans === undefined) kinds.kept++;
      else kinds.moved++;
    }
    expect(Math.min(kinds.kept, kinds.moved, kinds.infeasible)).toBeGreaterThan(0);
  },
);
