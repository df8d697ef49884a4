import type { Instance } from "./instance.ts";
import type { Items } from "./items.ts";

/** What a branch leaves: the overage blocks of each pool, lo..hi (hi may be Infinity), and the SIMs on each plan. */
export interface Ranges {
  readonly lo: Float64Array;
  readonly hi: Float64Array;
  readonly least: Float64Array;
  readonly most: Float64Array;
}

/** What the problem itself leaves. */
export function rootRanges({ problem, pools }: Instance): Ranges {
  return {
    lo: new Float64Array(pools.length),
    hi: new Float64Array(pools.length).fill(Number.POSITIVE_INFINITY),
    least: Float64Array.from(problem.minDevices),
    most: problem.maxDevices.map((limit) => Math.min(limit, problem.size)),
  };
}

/** Prices spread over pools and plans, ready for a pass over the items. Micros per byte and per SIM. */
export interface SpreadPrices {
  /** Per plan: price of a byte in its pool. */
  readonly perByte: Float64Array;
  /** Per plan: price of a SIM on it. */
  readonly perDevice: Float64Array;
  readonly perChange: number;
}

export function spreadPrices(instance: Instance, prices: Float64Array): SpreadPrices {
  const { plans, pools } = instance.problem.table;
  const perByte = new Float64Array(plans);
  const perDevice = new Float64Array(plans);
  let perChange = 0;
  instance.rows.forEach((row, r) => {
    const price = prices[r] as number;
    if (row.kind === "pool") for (const plan of pools[row.pool]?.plans ?? []) perByte[plan] = price;
    else if (row.kind === "max") perDevice[row.plan] = (perDevice[row.plan] as number) + price;
    else if (row.kind === "min") perDevice[row.plan] = (perDevice[row.plan] as number) - price;
    else perChange = price;
  });
  return { perByte, perDevice, perChange };
}

/** The highest price of a pool row that the blocks left to it allow. Micros per byte. */
export function priceCap(instance: Instance, pool: number, ranges: Ranges): number {
  const terms = instance.pools[pool];
  if (terms === undefined || (ranges.hi[pool] as number) < Number.POSITIVE_INFINITY)
    return Number.POSITIVE_INFINITY;
  return terms.blockPrice / terms.blockBytes;
}

/** One evaluation of the Lagrangian. */
export interface Evaluation {
  /** Micros. */
  value: number;
  /** Per row: how far the choice is above what the row allows; a supergradient of the value. */
  readonly gradient: Float64Array;
  /** Per item: the option it takes, counted from the item's first. */
  readonly choice: Uint16Array;
}

/**
 * L(prices) over the items: each takes its cheapest option at these prices, the first among equals.
 * O(options). `forbidden` marks options a branch has taken away; where an item has none left the value is Infinity.
 */
export function evaluate(
  instance: Instance,
  items: Items,
  ranges: Ranges,
  prices: Float64Array,
  forbidden: Uint8Array | undefined,
): Evaluation {
  const { perByte, perDevice, perChange } = spreadPrices(instance, prices);
  const { start, plan, cost, weight, change, multiplicity, settled } = items;
  const { poolOf } = instance.problem.table;
  const choice = new Uint16Array(items.count);
  const poolWeight = Float64Array.from(settled.weight);
  const devices = Float64Array.from(settled.devices);
  let changes = settled.changes;
  let value = settled.cost;
  for (let i = 0; i < items.count; i++) {
    const first = start[i] as number;
    const end = start[i + 1] as number;
    const many = multiplicity[i] as number;
    let best = Number.POSITIVE_INFINITY;
    let taken = -1;
    for (let k = first; k < end; k++) {
      if (forbidden !== undefined && forbidden[k] === 1) continue;
      const p = plan[k] as number;
      const reduced =
        (cost[k] as number) +
        (perByte[p] as number) * (weight[k] as number) +
        many * ((perDevice[p] as number) + (change[k] === 1 ? perChange : 0));
      if (reduced < best) {
        best = reduced;
        taken = k;
      }
    }
    if (taken < 0)
      return { value: Number.POSITIVE_INFINITY, gradient: new Float64Array(prices.length), choice };
    value += best;
    choice[i] = taken - first;
    const p = plan[taken] as number;
    const pool = poolOf[p] as number;
    if (pool >= 0) poolWeight[pool] = (poolWeight[pool] as number) + (weight[taken] as number);
    devices[p] = (devices[p] as number) + many;
    if (change[taken] === 1) changes += many;
  }
  const gradient = new Float64Array(prices.length);
  value += rowTerms(instance, ranges, prices, items, { poolWeight, devices, changes }, gradient);
  return { value, gradient, choice };
}

/** The part of L that belongs to the rows, and the gradient. */
function rowTerms(
  instance: Instance,
  ranges: Ranges,
  prices: Float64Array,
  items: Items,
  sums: { poolWeight: Float64Array; devices: Float64Array; changes: number },
  gradient: Float64Array,
): number {
  let value = 0;
  instance.rows.forEach((row, r) => {
    const price = prices[r] as number;
    if (row.kind === "pool") {
      const terms = instance.pools[row.pool];
      if (terms === undefined) return;
      const blocks = cheaperEnd(terms.blockPrice - price * terms.blockBytes, ranges, row.pool);
      const settledWeight = items.settled.weight[row.pool] as number;
      value +=
        price * (settledWeight - terms.fixedBytes) + blocks * (terms.blockPrice - price * terms.blockBytes);
      gradient[r] = (sums.poolWeight[row.pool] as number) - terms.fixedBytes - blocks * terms.blockBytes;
      return;
    }
    if (row.kind === "max") {
      value += price * ((items.settled.devices[row.plan] as number) - (ranges.most[row.plan] as number));
      gradient[r] = (sums.devices[row.plan] as number) - (ranges.most[row.plan] as number);
    } else if (row.kind === "min") {
      value += price * ((ranges.least[row.plan] as number) - (items.settled.devices[row.plan] as number));
      gradient[r] = (ranges.least[row.plan] as number) - (sums.devices[row.plan] as number);
    } else {
      value += price * (items.settled.changes - row.limit);
      gradient[r] = sums.changes - row.limit;
    }
  });
  return value;
}

/** The end of lo..hi that costs least at `perBlock` a block. */
function cheaperEnd(perBlock: number, ranges: Ranges, pool: number): number {
  const lo = ranges.lo[pool] as number;
  const hi = ranges.hi[pool] as number;
  return perBlock < 0 && hi < Number.POSITIVE_INFINITY ? hi : lo;
}
