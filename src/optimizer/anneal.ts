import type { Instance } from "./instance.ts";
import type { Items } from "./items.ts";
import { reducedCosts } from "./reduced-cost.ts";
import type { SearchState } from "./search-state.ts";
import type { Random } from "./random.ts";
import { Waste, hasLimits, regretsOf } from "./waste.ts";

/**
 * Simulated annealing over regret + waste at fixed prices: proposes one or two moves at once among the options of
 * least regret, cooling from the scale of the waste to that of single cents' fractions. Leaves the best state found
 * in `state`. O(proposals).
 * Source of the method: S. Kirkpatrick, C. D. Gelatt, M. P. Vecchi, Science 220 (1983) 671–680.
 */
export function anneal(
  instance: Instance,
  items: Items,
  prices: Float64Array,
  state: SearchState,
  options: { readonly proposals: number; readonly hot: number; readonly cold: number; readonly breach: number; readonly random: Random },
): void {
  const { random, proposals } = options;
  const regrets = regretsOf(instance, items, reducedCosts(instance, items, prices));
  const waste = new Waste(instance, prices, options.breach);
  const levels = waste.levels(state);
  const limits = hasLimits(instance);
  const { poolOf } = instance.problem.table;
  const { entries, itemOf } = entriesByRegret(items, regrets, 12 * options.hot);
  if (entries.length < 2) return;

  const resource = new Int32Array(10);
  const delta = new Float64Array(10);
  let touched = 0;
  const touch = (r: number, d: number): void => {
    if (r === waste.nothing) return;
    for (let e = 0; e < touched; e++) {
      if (resource[e] === r) {
        delta[e] = (delta[e] as number) + d;
        return;
      }
    }
    resource[touched] = r;
    delta[touched++] = d;
  };
  const touchMove = (old: number, option: number): void => {
    const from = items.plan[old] as number;
    const to = items.plan[option] as number;
    const fromPool = poolOf[from] as number;
    const toPool = poolOf[to] as number;
    if (fromPool >= 0) touch(fromPool, -(items.weight[old] as number));
    if (toPool >= 0) touch(toPool, items.weight[option] as number);
    if (!limits) return;
    touch(waste.ofPlan(from), -1);
    touch(waste.ofPlan(to), 1);
    const changed = (items.change[option] as number) - (items.change[old] as number);
    if (changed !== 0) touch(waste.ofChanges, changed);
  };

  let value = 0;
  let best = 0;
  let bestTaken = Int32Array.from(state.taken);
  const taken = state.taken;
  const cooling = Math.log(options.cold / options.hot) / proposals;
  let reach = entries.length;
  let temperature = options.hot;
  for (let step = 0; step < proposals; step++) {
    if ((step & 1023) === 0) {
      temperature = options.hot * Math.exp(cooling * step);
      while (reach > 8 && (regrets[entries[reach - 1] as number] as number) > 12 * temperature) reach--;
    }
    const a = entries[Math.floor(random() * reach)] as number;
    const itemA = itemOf[a] as number;
    const oldA = taken[itemA] as number;
    if (oldA === a) continue;
    touched = 0;
    touchMove(oldA, a);
    let change = (regrets[a] as number) - (regrets[oldA] as number);
    let b = -1;
    let itemB = -1;
    if (random() < 0.6) {
      b = entries[Math.floor(random() * reach)] as number;
      itemB = itemOf[b] as number;
      const oldB = taken[itemB] as number;
      if (itemB === itemA || oldB === b) b = -1;
      else {
        touchMove(oldB, b);
        change += (regrets[b] as number) - (regrets[oldB] as number);
      }
    }
    for (let e = 0; e < touched; e++) {
      const r = resource[e] as number;
      const level = levels[r] as number;
      change += waste.at(r, level + (delta[e] as number)) - waste.at(r, level);
    }
    if (change > 0 && random() >= Math.exp(-change / temperature)) continue;
    for (let e = 0; e < touched; e++) {
      const r = resource[e] as number;
      levels[r] = (levels[r] as number) + (delta[e] as number);
    }
    taken[itemA] = a;
    if (b >= 0) taken[itemB] = b;
    value += change;
    if (value < best - 1e-3) {
      best = value;
      bestTaken.set(taken);
    }
  }
  restore(instance, items, state, bestTaken);
}

/** Brings a state whose `taken` was changed alone to another choice, with its sums. */
function restore(instance: Instance, items: Items, state: SearchState, taken: Int32Array): void {
  const { poolOf } = instance.problem.table;
  state.excess.forEach((_, q) => {
    state.excess[q] = (items.settled.weight[q] as number) - (instance.pools[q]?.fixedBytes ?? 0);
  });
  state.devices.set(items.settled.devices);
  state.changes = items.settled.changes;
  state.cost = items.settled.cost;
  for (let i = 0; i < items.count; i++) {
    const k = taken[i] as number;
    const plan = items.plan[k] as number;
    const pool = poolOf[plan] as number;
    state.taken[i] = k;
    if (pool >= 0) state.excess[pool] = (state.excess[pool] as number) + (items.weight[k] as number);
    state.devices[plan] = (state.devices[plan] as number) + 1;
    state.changes += items.change[k] as number;
    state.cost += items.cost[k] as number;
  }
}

/** Options of items that have a choice, with regret below `most`, least regret first. */
function entriesByRegret(items: Items, regrets: Float64Array, most: number): { entries: Int32Array; itemOf: Int32Array } {
  const itemOf = new Int32Array(items.plan.length);
  const list: number[] = [];
  for (let i = 0; i < items.count; i++) {
    const first = items.start[i] as number;
    const end = items.start[i + 1] as number;
    for (let k = first; k < end; k++) {
      itemOf[k] = i;
      if (end - first > 1 && (regrets[k] as number) < most) list.push(k);
    }
  }
  const entries = Int32Array.from(list);
  entries.sort((a, b) => (regrets[a] as number) - (regrets[b] as number) || a - b);
  return { entries, itemOf };
}
