import { poolBlocksCost, startedBlocks } from "../billing/rate-table.ts";
import type { Instance } from "./instance.ts";
import type { Items } from "./items.ts";

/** A complete choice over the items with its sums kept: what a pool holds, who is on which plan, how many moved. */
export interface SearchState {
  /** Option index per item. */
  readonly taken: Int32Array;
  /** Bytes per pool above (+) or below (−) the allowance, exact. */
  readonly excess: Float64Array;
  readonly devices: Float64Array;
  changes: number;
  /** Micros of the SIMs' own costs and penalties, exact. */
  cost: number;
}

/** Sums up a choice given as option offsets. O(items). */
export function stateOf(instance: Instance, items: Items, choice: Uint16Array): SearchState {
  const taken = new Int32Array(items.count);
  const excess = Float64Array.from(
    items.settled.weight,
    (weight, q) => weight - (instance.pools[q]?.fixedBytes ?? 0),
  );
  const devices = Float64Array.from(items.settled.devices);
  const state: SearchState = {
    taken,
    excess,
    devices,
    changes: items.settled.changes,
    cost: items.settled.cost,
  };
  const { poolOf } = instance.problem.table;
  for (let i = 0; i < items.count; i++) {
    const k = (items.start[i] as number) + (choice[i] as number);
    const plan = items.plan[k] as number;
    const pool = poolOf[plan] as number;
    taken[i] = k;
    if (pool >= 0) excess[pool] = (excess[pool] as number) + (items.weight[k] as number);
    devices[plan] = (devices[plan] as number) + 1;
    state.changes += items.change[k] as number;
    state.cost += items.cost[k] as number;
  }
  return state;
}

/** Moves an item to an option. O(1). */
export function take(
  instance: Instance,
  items: Items,
  state: SearchState,
  item: number,
  option: number,
): void {
  const { poolOf } = instance.problem.table;
  const old = state.taken[item] as number;
  const from = items.plan[old] as number;
  const to = items.plan[option] as number;
  const fromPool = poolOf[from] as number;
  const toPool = poolOf[to] as number;
  if (fromPool >= 0)
    state.excess[fromPool] = (state.excess[fromPool] as number) - (items.weight[old] as number);
  if (toPool >= 0) state.excess[toPool] = (state.excess[toPool] as number) + (items.weight[option] as number);
  state.devices[from] = (state.devices[from] as number) - 1;
  state.devices[to] = (state.devices[to] as number) + 1;
  state.changes += (items.change[option] as number) - (items.change[old] as number);
  state.cost += (items.cost[option] as number) - (items.cost[old] as number);
  state.taken[item] = option;
}

/** Micros: bill + penalty of the state, exact. */
export function objectiveOf(instance: Instance, state: SearchState): number {
  let total = state.cost;
  instance.problem.table.pools.forEach((pool, q) => {
    const blocks = startedBlocks(state.excess[q] as number, 0, pool.blockBytes);
    const { overage, tax } = poolBlocksCost(pool, blocks);
    total += overage + tax;
  });
  return total;
}

/** By how many SIMs the limits are broken in all; 0 where all are kept. */
export function brokenLimits(instance: Instance, state: SearchState): number {
  const { minDevices, maxDevices } = instance.problem;
  let broken = 0;
  for (const row of instance.rows) {
    if (row.kind === "max")
      broken += Math.max(0, (state.devices[row.plan] as number) - (maxDevices[row.plan] as number));
    else if (row.kind === "min")
      broken += Math.max(0, (minDevices[row.plan] as number) - (state.devices[row.plan] as number));
    else if (row.kind === "changes") broken += Math.max(0, state.changes - row.limit);
  }
  return broken;
}

/** The choice as option offsets. */
export function choiceOf(items: Items, state: SearchState): Uint16Array {
  return Uint16Array.from(state.taken, (k, i) => k - (items.start[i] as number));
}
