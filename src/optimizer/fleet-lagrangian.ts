import { BinCosts, OPEN } from "./bin-costs.ts";
import { SafeSum, boundOfRows } from "./bound.ts";
import type { FleetBins } from "./fleet-bins.ts";
import type { Evaluation, Ranges } from "./lagrangian.ts";
import type { PricedClasses } from "./sim-classes.ts";
import { weightAt } from "./sim-classes.ts";
import { penaltyOf } from "../billing/problem.ts";
import { PlanKind } from "../billing/rate-table.ts";

const NO_CHOICE = new Uint16Array(0);

/** Sums of a choice over the fleet: bytes per pool, SIMs per plan, changes, micros of own costs and penalties. */
export interface FleetSums {
  readonly weight: Float64Array;
  readonly devices: Float64Array;
  changes: number;
  cost: number;
}

export function noSums({ instance }: FleetBins): FleetSums {
  return {
    weight: new Float64Array(instance.pools.length),
    devices: new Float64Array(instance.problem.table.plans),
    changes: 0,
    cost: 0,
  };
}

/**
 * The Lagrangian of a whole fleet, from its bins: where one plan is cheapest for a bin it is the bin's sums, and only
 * the SIMs of the few other bins are looked at one by one. Exact but for rounding, for which it is lowered.
 */
export class FleetLagrangian {
  readonly bins: FleetBins;
  readonly costs: BinCosts;
  private readonly ranges: Ranges;
  private readonly open: Int32Array;
  private readonly whole: WholeGroups;

  constructor(bins: FleetBins, ranges: Ranges) {
    this.bins = bins;
    this.ranges = ranges;
    this.costs = new BinCosts(bins);
    this.whole = wholeGroups(bins);
    this.open = new Int32Array(bins.classes.most + 1);
  }

  /** L at given prices, and its slope. O(bins + groups · plans + SIMs of bins in which several plans are cheapest). */
  evaluate(prices: Float64Array): Evaluation {
    const { bins, costs } = this;
    const { instance } = bins;
    const at = bins.classes.at(prices);
    const sums = noSums(bins);
    const total = new SafeSum();
    for (let group = 0; group < bins.groups; group++) {
      if (this.movesAsOne(group, at, sums, total)) continue;
      for (let bin = bins.firstBin[group] as number; bin < (bins.firstBin[group + 1] as number); bin++) {
        const option = costs.look(bin, at);
        if (option === OPEN) this.addOpen(bin, at, sums, total);
        else this.addBin(bin, option, at, sums, total);
      }
    }
    const value = total.lowerBound() + boundOfRows(instance, this.ranges, prices);
    const gradient = Float64Array.from(instance.rows, (row) => {
      if (row.kind === "pool")
        return (sums.weight[row.pool] as number) - (instance.pools[row.pool]?.fixedBytes ?? 0);
      if (row.kind === "changes") return sums.changes - row.limit;
      const devices = sums.devices[row.plan] as number;
      return row.kind === "max"
        ? devices - (this.ranges.most[row.plan] as number)
        : (this.ranges.least[row.plan] as number) - devices;
    });
    return { value, gradient, choice: NO_CHOICE };
  }

  /** Adds a group of several bins at once where its SIMs all take one option, whatever plan they are on. */
  private movesAsOne(group: number, at: PricedClasses, sums: FleetSums, total: SafeSum): boolean {
    const { bins, costs } = this;
    const { whole } = this;
    const most = whole.highPenalty[group] as number;
    if (most === Number.POSITIVE_INFINITY) return false;
    const option = costs.dominant(group, at, most + at.perChange);
    if (option === OPEN) return false;
    const plan = costs.plan[option] as number;
    const pool = bins.instance.problem.table.poolOf[plan] as number;
    const sims = whole.sims[group] as number;
    let changes = sims;
    let penalty = whole.penalty[group] as number;
    for (let bin = bins.firstBin[group] as number; bin < (bins.firstBin[group + 1] as number); bin++) {
      if (bins.held[bin] !== plan) continue;
      changes -= (bins.first[bin + 1] as number) - (bins.first[bin] as number);
      penalty -= bins.penalty[bin] as number;
    }
    costs.sumEven(option, sims, whole.usage[group] as number);
    if (pool >= 0) sums.weight[pool] = (sums.weight[pool] as number) + costs.sumWeight;
    sums.devices[plan] = (sums.devices[plan] as number) + sims;
    sums.changes += changes;
    const value =
      costs.sumCost +
      sims * (at.perDevice[plan] as number) +
      (at.perByte[plan] as number) * costs.sumWeight +
      penalty +
      changes * at.perChange;
    const size =
      sims * ((at.magnitude[bins.classOf[group] as number] as number) + at.perChange) +
      at.steepest * (whole.usage[group] as number) +
      (whole.penalty[group] as number) +
      Math.abs(costs.sumCost);
    total.add(value, size);
    return true;
  }

  /** Adds a bin whose SIMs all take one option. */
  private addBin(bin: number, option: number, at: PricedClasses, sums: FleetSums, total: SafeSum): void {
    const { bins, costs } = this;
    const { countsChanges } = bins;
    const sims = (bins.first[bin + 1] as number) - (bins.first[bin] as number);
    const plan = costs.plan[option] as number;
    const pool = bins.instance.problem.table.poolOf[plan] as number;
    const isChange = countsChanges && plan !== bins.held[bin];
    costs.sumOn(bin, option);
    if (pool >= 0) sums.weight[pool] = (sums.weight[pool] as number) + costs.sumWeight;
    sums.devices[plan] = (sums.devices[plan] as number) + sims;
    if (isChange) sums.changes += sims;
    const penalty = isChange ? (bins.penalty[bin] as number) + sims * at.perChange : 0;
    const value =
      costs.sumCost +
      sims * (at.perDevice[plan] as number) +
      (at.perByte[plan] as number) * costs.sumWeight +
      penalty;
    const most =
      sims * ((at.magnitude[bins.classOf[bins.groupOf[bin] as number] as number] as number) + at.perChange) +
      at.steepest * (bins.usage[bin] as number) +
      (countsChanges ? (bins.penalty[bin] as number) : 0) +
      Math.abs(costs.sumCost);
    total.add(value, most);
  }

  /** Adds a bin SIM by SIM, each on its cheapest plan. */
  private addOpen(bin: number, at: PricedClasses, sums: FleetSums, total: SafeSum): void {
    const { bins, costs, open } = this;
    const { order, instance } = bins;
    const { problem } = instance;
    const { poolOf } = problem.table;
    const count = costs.candidates(open, 0);
    const ratingClass = bins.classes.ratingClass[
      bins.classOf[bins.groupOf[bin] as number] as number
    ] as number;
    const fixed =
      (at.magnitude[bins.classOf[bins.groupOf[bin] as number] as number] as number) + at.perChange;
    const end = bins.first[bin + 1] as number;
    for (let j = bins.first[bin] as number; j < end; j++) {
      const sim = order[j] as number;
      const taken = costs.cheapestOf(sim, open, count);
      const { least } = costs;
      const plan = costs.plan[taken] as number;
      const pool = poolOf[plan] as number;
      const usage = problem.usage[sim] as number;
      if (pool >= 0)
        sums.weight[pool] = (sums.weight[pool] as number) + weightAt(instance, ratingClass, plan, usage);
      sums.devices[plan] = (sums.devices[plan] as number) + 1;
      const penalty = bins.countsChanges ? penaltyOf(problem, sim) : 0;
      if (bins.countsChanges && plan !== bins.held[bin]) sums.changes++;
      total.add(least, fixed + at.steepest * usage + penalty + Math.abs(least));
    }
  }
}

/** Sums over the bins of a group, and the most that a change costs one of its SIMs; Infinity where it must not be summed. */
interface WholeGroups {
  readonly sims: Float64Array;
  readonly usage: Float64Array;
  readonly penalty: Float64Array;
  readonly highPenalty: Float64Array;
}

function wholeGroups(bins: FleetBins): WholeGroups {
  const { table } = bins.instance.problem;
  const whole: WholeGroups = {
    sims: new Float64Array(bins.groups),
    usage: new Float64Array(bins.groups),
    penalty: new Float64Array(bins.groups),
    highPenalty: new Float64Array(bins.groups).fill(bins.countsChanges ? 0 : Number.POSITIVE_INFINITY),
  };
  if (!bins.countsChanges) return whole;
  const { classes } = bins;
  const offered = Array.from(
    { length: classes.count },
    (_, simClass) => new Set(classes.plan.slice(classes.first[simClass], classes.first[simClass + 1])),
  );
  for (let bin = 0; bin < bins.count; bin++) {
    const group = bins.groupOf[bin] as number;
    const held = bins.held[bin] as number;
    whole.sims[group] =
      (whole.sims[group] as number) + (bins.first[bin + 1] as number) - (bins.first[bin] as number);
    whole.usage[group] = (whole.usage[group] as number) + (bins.usage[bin] as number);
    whole.penalty[group] = (whole.penalty[group] as number) + (bins.penalty[bin] as number);
    const isLike =
      table.kind[held] !== PlanKind.capped && offered[bins.classOf[group] as number]?.has(held) === true;
    const most = isLike ? (bins.highPenalty[bin] as number) : Number.POSITIVE_INFINITY;
    whole.highPenalty[group] = Math.max(whole.highPenalty[group] as number, most);
  }
  return whole;
}
