import type { Instance } from "./instance.ts";
import { choiceCost, optionsOf, poolWeight } from "./instance.ts";

/**
 * What is decided, in one place: SIMs, or bins of like SIMs. Item i has the options start[i] .. start[i + 1] − 1;
 * the arrays below are over options. A bin's figures are sums over its SIMs.
 */
export interface Items {
  readonly count: number;
  readonly start: Int32Array;
  readonly plan: Uint16Array;
  /** Micros in the choice, exact. */
  readonly cost: Float64Array;
  /** Bytes added to the plan's pool. */
  readonly weight: Float64Array;
  /** 1 where the option is a change of plan. */
  readonly change: Uint8Array;
  /** SIMs in each item. */
  readonly multiplicity: Float64Array;
  /** The SIM of each item; undefined for bins. */
  readonly sim: Uint32Array | undefined;
  /** What SIMs outside the items contribute, decided already. */
  readonly settled: Settled;
}

/** The sums of SIMs that are decided: micros, bytes per pool, SIMs per plan, changed SIMs. */
export interface Settled {
  readonly cost: number;
  readonly weight: Float64Array;
  readonly devices: Float64Array;
  readonly changes: number;
}

export function nothingSettled(instance: Instance): Settled {
  return {
    cost: instance.fixedCharges,
    weight: new Float64Array(instance.pools.length),
    devices: new Float64Array(instance.problem.table.plans),
    changes: 0,
  };
}

/** One item per SIM named, in that order; the current plan is each item's first option. */
export function itemsOfSims(instance: Instance, sims: Uint32Array, settled: Settled): Items {
  const { problem } = instance;
  const start = new Int32Array(sims.length + 1);
  const plans: number[] = [];
  sims.forEach((sim, i) => {
    for (const plan of optionsOf(problem, sim)) plans.push(plan);
    start[i + 1] = plans.length;
  });
  const items = {
    count: sims.length,
    start,
    plan: Uint16Array.from(plans),
    cost: new Float64Array(plans.length),
    weight: new Float64Array(plans.length),
    change: new Uint8Array(plans.length),
    multiplicity: new Float64Array(sims.length).fill(1),
    sim: sims,
    settled,
  };
  sims.forEach((sim, i) => {
    for (let k = start[i] as number; k < (start[i + 1] as number); k++) {
      const plan = plans[k] as number;
      items.cost[k] = choiceCost(problem, sim, plan);
      items.weight[k] = poolWeight(problem, sim, plan);
      items.change[k] = problem.current[sim] === plan ? 0 : 1;
    }
  });
  return items;
}

/** Every SIM of the problem as an item, by usage, which is the order in which rounding errors are spread. */
export function itemsOfAllSims(instance: Instance): Items {
  const { size, usage } = instance.problem;
  const order = Uint32Array.from({ length: size }, (_, sim) => sim);
  order.sort((a, b) => (usage[a] as number) - (usage[b] as number) || a - b);
  return itemsOfSims(instance, order, nothingSettled(instance));
}
