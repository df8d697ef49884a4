import type { Problem } from "../billing/problem.ts";
import { Greedy } from "./greedy.ts";
import { measure } from "./measure.ts";
import type { Assignment, StrategyName } from "./solution.ts";
import { sortedByUsage } from "./usage-order.ts";

/** The greedy strategies: whether SIMs are placed one by one or by current plan, and in which order of usage. */
const GREEDY = {
  no_grouping_largest_first: { grouped: false, largestFirst: true },
  no_grouping_smallest_first: { grouped: false, largestFirst: false },
  grouped_by_plan_largest_first: { grouped: true, largestFirst: true },
  grouped_by_plan_smallest_first: { grouped: true, largestFirst: false },
} as const;

/**
 * Greedy insertion: each SIM, or each group of SIMs on the same current plan with the same choice, goes to the plan
 * with the least marginal cost given what the pools already hold. SIMs that cannot move are there from the start.
 * Caps and the most changes are kept as it goes where that is possible; commitments are not looked at, so the result
 * may break a limit, and then says so. O(SIMs · plans). `current` leaves every SIM where it is.
 */
export function runStrategy(problem: Problem, name: Exclude<StrategyName, "certified">): Assignment {
  if (name === "current") return measure(problem, Uint16Array.from(problem.current));
  const { grouped, largestFirst } = GREEDY[name];
  const greedy = new Greedy(problem);
  const movable = placeUnmovable(problem, greedy);
  if (grouped) {
    const { groups, usage } = groupsOf(problem, movable);
    for (const group of sortedByUsage(usage, largestFirst))
      greedy.placeTogether(groups[group] as Uint32Array);
  } else {
    for (const at of sortedByUsage(usageOf(problem, movable), largestFirst))
      greedy.place(movable[at] as number);
  }
  return measure(problem, greedy.plans);
}

/** Settles the SIMs whose set holds no plan but their own. @returns the others. */
function placeUnmovable(problem: Problem, greedy: Greedy): Uint32Array {
  const movable = new Uint32Array(problem.size);
  let count = 0;
  for (let sim = 0; sim < problem.size; sim++) {
    const set = problem.choiceSets[problem.choices[sim] as number] as Uint16Array;
    if (set.length > 1 || (set.length === 1 && set[0] !== problem.current[sim])) {
      movable[count++] = sim;
    } else greedy.stay(sim);
  }
  return movable.subarray(0, count);
}

/** Bytes of each SIM. `from` with a function takes ten times as long for a million. */
function usageOf({ usage }: Problem, sims: Uint32Array): Float64Array {
  const own = new Float64Array(sims.length);
  for (let at = 0; at < sims.length; at++) own[at] = usage[sims[at] as number] as number;
  return own;
}

/** SIMs alike in current plan and choice set, by first appearance, and each group's usage in bytes. O(SIMs). */
function groupsOf(problem: Problem, sims: Uint32Array): { groups: Uint32Array[]; usage: Float64Array } {
  const { plans } = problem.table;
  const keyOf = (sim: number): number =>
    (problem.choices[sim] as number) * plans + (problem.current[sim] as number);
  const index = new Map<number, number>();
  const sizes: number[] = [];
  const groupOf = new Uint32Array(sims.length);
  sims.forEach((sim, at) => {
    const key = keyOf(sim);
    let group = index.get(key);
    if (group === undefined) {
      group = sizes.push(0) - 1;
      index.set(key, group);
    }
    groupOf[at] = group;
    sizes[group] = (sizes[group] as number) + 1;
  });
  const groups = sizes.map((size) => new Uint32Array(size));
  const filled = new Uint32Array(sizes.length);
  const usage = new Float64Array(sizes.length);
  sims.forEach((sim, at) => {
    const group = groupOf[at] as number;
    (groups[group] as Uint32Array)[filled[group] as number] = sim;
    filled[group] = (filled[group] as number) + 1;
    usage[group] = (usage[group] as number) + (problem.usage[sim] as number);
  });
  return { groups, usage };
}
