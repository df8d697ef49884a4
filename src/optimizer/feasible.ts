import type { Problem } from "../billing/problem.ts";
import { ownCost } from "../billing/rate-table.ts";
import { optionsOf } from "./instance.ts";
import { measure } from "./measure.ts";
import { MinCostFlow } from "./min-cost-flow.ts";
import type { Infeasible } from "./solution.ts";

/** SIMs alike in current plan and in the plans they may take. */
interface Group {
  readonly current: number;
  readonly options: readonly number[];
  readonly sims: number[];
}

/**
 * An assignment that keeps the commitments and caps of the plans with as few changes as can be, or the reason why
 * there is none. `plans` is undefined where today's assignment keeps them already. Solved as the transportation
 * problem it is, over groups of SIMs alike: O(SIMs) and a small min-cost flow.
 */
export function feasibleAssignment(
  problem: Problem,
): { readonly status: "feasible"; readonly plans: Uint16Array | undefined } | Infeasible {
  const today = measure(problem, problem.current);
  if (today.feasible) return { status: "feasible", plans: undefined };
  const groups = groupAlike(problem);
  const impossible = impossibleLimit(problem, groups);
  if (impossible !== undefined) return { status: "infeasible", reason: impossible };
  const flow = transport(problem, groups);
  if (flow === undefined)
    return {
      status: "infeasible",
      reason:
        "min_devices and max_devices of the plans cannot be met together with the plans that the SIMs may take. Loosen one of them.",
    };
  const changes = groups.reduce(
    (sum, { current, sims }, g) => sum + sims.length - (flow[g]?.get(current) ?? 0),
    0,
  );
  if (changes > problem.maxChanges) {
    return {
      status: "infeasible",
      reason: `at least ${changes} plan changes are needed to keep min_devices and max_devices, but the most that may change is ${problem.maxChanges}. Allow more changes or loosen the limits.`,
    };
  }
  return { status: "feasible", plans: spread(problem, groups, flow) };
}

function groupAlike(problem: Problem): Group[] {
  const groups = new Map<string, Group>();
  for (let sim = 0; sim < problem.size; sim++) {
    const options = optionsOf(problem, sim);
    const key = options.join(",");
    const group = groups.get(key);
    if (group === undefined)
      groups.set(key, { current: problem.current[sim] as number, options, sims: [sim] });
    else group.sims.push(sim);
  }
  return [...groups.values()];
}

/** A limit that cannot be met by itself, in words. */
function impossibleLimit(problem: Problem, groups: readonly Group[]): string | undefined {
  const { codes, plans } = problem.table;
  const may = new Float64Array(plans);
  const must = new Float64Array(plans);
  for (const { options, sims } of groups) {
    for (const plan of options) may[plan] = (may[plan] as number) + sims.length;
    if (options.length === 1)
      must[options[0] as number] = (must[options[0] as number] as number) + sims.length;
  }
  for (let plan = 0; plan < plans; plan++) {
    const least = problem.minDevices[plan] as number;
    const most = problem.maxDevices[plan] as number;
    if ((may[plan] as number) < least)
      return `plan ${codes[plan]} needs at least ${least} SIMs (min_devices), but only ${may[plan]} may take it.`;
    if ((must[plan] as number) > most)
      return `plan ${codes[plan]} takes at most ${most} SIMs (max_devices), but ${must[plan]} on it have no other plan.`;
  }
  return undefined;
}

/** SIMs per group and plan, or undefined where the limits cannot be met together. */
function transport(problem: Problem, groups: readonly Group[]): Map<number, number>[] | undefined {
  const { plans } = problem.table;
  const total = problem.size;
  const source = groups.length + plans;
  const sink = source + 1;
  const spare = sink + 1;
  const flow = new MinCostFlow(spare + 1);
  const arcs = groups.map(({ current, options, sims }, g) => {
    flow.addArc(source, g, sims.length, 0);
    return options.map((plan) => ({
      plan,
      arc: flow.addArc(g, groups.length + plan, sims.length, plan === current ? 0 : 1),
    }));
  });
  let committed = 0;
  for (let plan = 0; plan < plans; plan++) {
    const least = problem.minDevices[plan] as number;
    committed += least;
    if (least > 0) flow.addArc(groups.length + plan, sink, least, 0);
    const room = Math.min(total, problem.maxDevices[plan] as number) - least;
    if (room > 0) flow.addArc(groups.length + plan, spare, room, 0);
  }
  if (committed > total) return undefined;
  flow.addArc(spare, sink, total - committed, 0);
  if (flow.send(source, sink, total) < total) return undefined;
  return arcs.map((options) => new Map(options.map(({ plan, arc }) => [plan, flow.flowOn(arc)])));
}

/** Picks the SIMs of each group that move: for each plan those that lose least by it. */
function spread(
  problem: Problem,
  groups: readonly Group[],
  flow: readonly Map<number, number>[],
): Uint16Array {
  const plans = Uint16Array.from(problem.current);
  const cost = (sim: number, plan: number): number =>
    ownCost(problem.table, problem.ratingClass[sim] as number, plan, problem.usage[sim] as number);
  groups.forEach(({ current, sims }, g) => {
    let left = sims;
    for (const [plan, count] of flow[g] ?? []) {
      if (plan === current || count === 0) continue;
      const loss = new Map(left.map((sim) => [sim, cost(sim, plan) - cost(sim, current)]));
      const sorted = left.toSorted((a, b) => (loss.get(a) ?? 0) - (loss.get(b) ?? 0) || a - b);
      for (const sim of sorted.slice(0, count)) plans[sim] = plan;
      left = sorted.slice(count);
    }
  });
  return plans;
}
