import type { Problem } from "../billing/problem.ts";
import { choiceCost } from "./instance.ts";
import type { OptionGroups } from "./option-groups.ts";

/** How many SIMs of a group go to a plan. */
export interface Transfer {
  readonly group: number;
  readonly plan: number;
  readonly count: number;
}

/**
 * Plan per SIM after the transfers: of each group go those that lose least by it, by their own costs and penalties, the
 * lower index first among equals. O(SIMs + movers' groups · log).
 */
export function applyTransfers(
  problem: Problem,
  { groups, groupOf }: OptionGroups,
  transfers: readonly Transfer[],
): Uint16Array {
  const plans = Uint16Array.from(problem.current);
  const members = new Map<number, Uint32Array>(
    transfers.map(({ group }) => [group, new Uint32Array(groups[group]?.size ?? 0)]),
  );
  const filled = new Uint32Array(groups.length);
  for (let sim = 0; sim < problem.size; sim++) {
    const group = groupOf[sim] as number;
    const list = members.get(group);
    if (list === undefined) continue;
    list[filled[group] as number] = sim;
    filled[group] = (filled[group] as number) + 1;
  }
  for (const { group, plan, count } of transfers) {
    const { leaving, staying } = cheapest(problem, members.get(group) ?? new Uint32Array(), plan, count);
    for (const sim of leaving) plans[sim] = plan;
    members.set(group, staying);
  }
  return plans;
}

function cheapest(
  problem: Problem,
  sims: Uint32Array,
  plan: number,
  count: number,
): { leaving: Uint32Array; staying: Uint32Array } {
  const losses = new Float64Array(sims.length);
  for (let at = 0; at < sims.length; at++) {
    const sim = sims[at] as number;
    const stays = choiceCost(problem, sim, problem.current[sim] as number);
    losses[at] = choiceCost(problem, sim, plan) - stays;
  }
  const threshold = losses.toSorted()[count - 1] as number;
  let atThreshold = count;
  for (let at = 0; at < losses.length; at++) if ((losses[at] as number) < threshold) atThreshold--;
  const leaving = new Uint32Array(count);
  const staying = new Uint32Array(sims.length - count);
  let [left, stayed] = [0, 0];
  for (let at = 0; at < sims.length; at++) {
    const loss = losses[at] as number;
    if (loss < threshold || (loss === threshold && atThreshold-- > 0)) leaving[left++] = sims[at] as number;
    else staying[stayed++] = sims[at] as number;
  }
  return { leaving, staying };
}
