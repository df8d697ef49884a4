import { penaltyOf } from "../billing/problem.ts";
import { PlanKind, usageOn } from "../billing/rate-table.ts";
import type { FleetBins } from "./fleet-bins.ts";
import type { PricedClasses } from "./sim-classes.ts";
import { costAt, isLinear, weightAt } from "./sim-classes.ts";

/** More than one plan is cheapest for some SIM of a bin. */
export const OPEN = -1;

/**
 * What the options of a bin cost its least and its greatest user at given prices. That tells whether one plan is
 * cheapest for all SIMs between: the cheapest of several lines is concave over usage, so a line that is cheapest at
 * both ends is cheapest throughout; and plans with steps never fall.
 *
 * `look` fills the fields for one bin. Its options are those of the class, in that order, and the held plan where that
 * is none of them or may be kept on other terms.
 */
export class BinCosts {
  /** Options of the bin looked at. */
  count = 0;
  readonly plan: Int32Array;
  /** Micros at either end, without what a change costs; Infinity where the option is not open. */
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** 1 where the cost is base + rise · usage over the whole bin, the usage rounded up to the plan's increment. */
  readonly even: Uint8Array;
  /** What a SIM adds on an even option: micros of its own, bytes, and 1 where its usage comes on top. */
  private readonly unitCost: Float64Array;
  private readonly unitWeight: Float64Array;
  private readonly addsUsage: Uint8Array;
  /** 1 where usage is rounded up to the plan's increment. */
  private readonly rounds: Uint8Array;
  private readonly base: Float64Array;
  private readonly rise: Float64Array;
  /** Micros by which rounding up to the increment may move an end. */
  private readonly slack: Float64Array;
  /** The option that keeps the current plan where changes count; −1 where that does not matter. */
  own = -1;
  /** Micros that a change costs the SIM of the bin that it costs least, and how much more the one that it costs most. */
  change = 0;
  spread = 0;
  least = 0;
  sumCost = 0;
  sumWeight = 0;
  private readonly bins: FleetBins;
  private readonly linear: Uint8Array;
  private readonly steps: StepCosts;
  private readonly exactSums = new Map<number, { readonly cost: number; readonly weight: number }>();
  private group = -1;
  private simClass = -1;
  private at: PricedClasses | undefined;
  private classOptions = 0;
  private cheapest = OPEN;

  constructor(bins: FleetBins) {
    const { plans } = bins.instance.problem.table;
    const most = bins.classes.most + 1;
    this.bins = bins;
    this.plan = new Int32Array(most);
    this.low = new Float64Array(most);
    this.high = new Float64Array(most);
    this.even = new Uint8Array(most);
    this.unitCost = new Float64Array(most);
    this.unitWeight = new Float64Array(most);
    this.addsUsage = new Uint8Array(most);
    this.rounds = new Uint8Array(most);
    this.base = new Float64Array(most);
    this.rise = new Float64Array(most);
    this.slack = new Float64Array(most);
    this.linear = Uint8Array.from({ length: plans }, (_, plan) => (isLinear(bins.instance, plan) ? 1 : 0));
    this.steps = new StepCosts(bins, this.linear);
  }

  /** Looks at a bin. @returns the option that is cheapest for all its SIMs, or OPEN. */
  look(bin: number, at: PricedClasses): number {
    const { bins } = this;
    const group = bins.groupOf[bin] as number;
    if (group !== this.group || at !== this.at) this.lookAtGroup(group, at);
    const held = bins.held[bin] as number;
    this.count = this.classOptions;
    this.own = -1;
    if (held < 0) return this.cheapest;
    this.own = this.ownOption(group, held);
    const least = bins.countsChanges ? (bins.lowPenalty[bin] as number) : 0;
    this.spread = bins.countsChanges ? (bins.highPenalty[bin] as number) - least : 0;
    this.change = bins.countsChanges ? least + at.perChange : 0;
    return this.cheapestBesideOwn();
  }

  private lookAtGroup(group: number, at: PricedClasses): void {
    const { bins, base, rise, low, high, plan } = this;
    const simClass = bins.classOf[group] as number;
    if (simClass !== this.simClass || at !== this.at) this.enterClass(simClass, at);
    const from = bins.low[group] as number;
    const to = bins.high[group] as number;
    this.group = group;
    this.spread = 0;
    this.change = 0;
    let step = this.steps.first[group] as number;
    for (let o = 0; o < this.classOptions; o++) {
      const p = plan[o] as number;
      if (this.linear[p] === 0) this.fillStep(o, step++, at);
      else if (this.rounds[o] === 0) {
        low[o] = (base[o] as number) + (rise[o] as number) * from;
        high[o] = (base[o] as number) + (rise[o] as number) * to;
      } else {
        const { table } = bins.instance.problem;
        low[o] = (base[o] as number) + (rise[o] as number) * usageOn(table, p, from);
        high[o] = (base[o] as number) + (rise[o] as number) * usageOn(table, p, to);
      }
    }
    this.cheapest = this.cheapestOfGroup();
  }

  /** Fills what all groups of a class share. */
  private enterClass(simClass: number, at: PricedClasses): void {
    const { classes, instance } = this.bins;
    const { increment, poolOf } = instance.problem.table;
    const first = classes.first[simClass] as number;
    this.simClass = simClass;
    this.at = at;
    this.classOptions = (classes.first[simClass + 1] as number) - first;
    for (let o = 0; o < this.classOptions; o++) {
      const k = first + o;
      const p = classes.plan[k] as number;
      this.plan[o] = p;
      if (this.linear[p] === 0) continue;
      const slope = at.slope[k] as number;
      const rounds = (increment[p] as number) > 1;
      this.base[o] = at.offset[k] as number;
      this.rise[o] = slope;
      this.even[o] = 1;
      this.unitCost[o] = classes.flat[k] as number;
      this.unitWeight[o] = -(classes.included[k] as number);
      this.addsUsage[o] = (poolOf[p] as number) < 0 ? 0 : 1;
      this.rounds[o] = rounds ? 1 : 0;
      this.slack[o] = rounds ? slope * (increment[p] as number) : 0;
    }
  }

  private fillStep(option: number, step: number, at: PricedClasses): void {
    const { lowCost, highCost, lowWeight, highWeight } = this.steps;
    const p = this.plan[option] as number;
    const price = at.perByte[p] as number;
    const device = at.perDevice[p] as number;
    this.low[option] = device + (lowCost[step] as number) + price * (lowWeight[step] as number);
    this.high[option] = device + (highCost[step] as number) + price * (highWeight[step] as number);
    const even = lowCost[step] === highCost[step] && lowWeight[step] === highWeight[step];
    this.even[option] = even ? 1 : 0;
    this.unitCost[option] = lowCost[step] as number;
    this.unitWeight[option] = lowWeight[step] as number;
    this.addsUsage[option] = 0;
    this.rounds[option] = 0;
    this.base[option] = this.low[option] as number;
    this.rise[option] = 0;
    this.slack[option] = 0;
  }

  /** The option of the class that is the held plan; where there is none, or it may be kept on other terms, one more. */
  private ownOption(group: number, held: number): number {
    const { bins } = this;
    const { table } = bins.instance.problem;
    if (table.kind[held] !== PlanKind.capped) {
      for (let o = 0; o < this.classOptions; o++) if (this.plan[o] === held) return o;
    }
    const at = this.at as PricedClasses;
    const own = this.classOptions;
    const ratingClass = bins.classes.ratingClass[bins.classOf[group] as number] as number;
    const price = at.perByte[held] as number;
    const costOf = (usage: number): number =>
      costAt(bins.instance, ratingClass, held, usage, true) +
      (at.perDevice[held] as number) +
      price * weightAt(bins.instance, ratingClass, held, usage);
    this.plan[own] = held;
    this.low[own] = costOf(bins.low[group] as number);
    this.high[own] = costOf(bins.high[group] as number);
    // Neither a line nor flat as far as the bin knows: it takes the place of another only where it is so throughout.
    this.even[own] = 0;
    this.slack[own] = 0;
    this.count = own + 1;
    return own;
  }

  /** The option of the class that is cheapest for all of the group, changes apart. */
  private cheapestOfGroup(): number {
    const { low, high, even, slack, classOptions } = this;
    if (classOptions === 0) return OPEN;
    let atLow = 0;
    let atHigh = 0;
    for (let o = 1; o < classOptions; o++) {
      if ((low[o] as number) < (low[atLow] as number)) atLow = o;
      if ((high[o] as number) < (high[atHigh] as number)) atHigh = o;
    }
    if (classOptions === 1) return 0;
    if (atLow !== atHigh || even[atLow] !== 1) return OPEN;
    const most = Math.max(low[atLow] as number, high[atLow] as number) + (slack[atLow] as number);
    for (let o = 0; o < classOptions; o++) {
      if (o === atLow || this.runAlike(o, atLow)) continue;
      const least =
        even[o] === 1
          ? Math.min(
              (low[o] as number) - (low[atLow] as number),
              (high[o] as number) - (high[atLow] as number),
            ) -
            (slack[o] as number) -
            (slack[atLow] as number)
          : (low[o] as number) - most;
      if (least < 0) return OPEN;
    }
    return atLow;
  }

  /** Whether two options are lines over the same usage, rounded up alike or not at all. */
  private runAlike(a: number, b: number): boolean {
    return this.even[a] === 1 && this.even[b] === 1 && this.slack[a] === 0 && this.slack[b] === 0
      ? true
      : this.even[a] === 1 && this.even[b] === 1 && this.incrementOf(a) === this.incrementOf(b);
  }

  private incrementOf(option: number): number {
    return this.bins.instance.problem.table.increment[this.plan[option] as number] as number;
  }

  /**
   * The option that all SIMs of a group take whatever plan of the class they are on: the cheapest even where a change
   * costs `most` micros. OPEN where it may depend on their plan.
   */
  dominant(group: number, at: PricedClasses, most: number): number {
    if (group !== this.group || at !== this.at) this.lookAtGroup(group, at);
    const { low, high, cheapest: best } = this;
    if (best === OPEN || this.even[best] === 0 || this.rounds[best] === 1) return OPEN;
    const ends = Math.max(low[best] as number, high[best] as number) + most;
    for (let o = 0; o < this.classOptions; o++) {
      if (o === best) continue;
      const isClear = this.runAlike(o, best)
        ? (low[o] as number) >= (low[best] as number) + most &&
          (high[o] as number) >= (high[best] as number) + most
        : Math.min(low[o] as number, high[o] as number) - (this.slack[o] as number) >= ends;
      if (!isClear) return OPEN;
    }
    return best;
  }

  private cheapestBesideOwn(): number {
    const { low, high, own, change, spread, cheapest } = this;
    const ownLow = low[own] as number;
    const ownHigh = high[own] as number;
    const ownMost = Math.max(ownLow, ownHigh) + (this.slack[own] as number);
    if (this.count === 1 || cheapest === own) return own;
    if (cheapest === OPEN) {
      let least = Number.POSITIVE_INFINITY;
      for (let o = 0; o < this.count; o++) {
        if (o !== own)
          least = Math.min(
            least,
            (low[o] as number) - (this.slack[o] as number),
            (high[o] as number) - (this.slack[o] as number),
          );
      }
      return ownMost <= least + change ? own : OPEN;
    }
    const bestLow = (low[cheapest] as number) + change;
    const bestHigh = (high[cheapest] as number) + change;
    if (this.even[own] === 1 && this.runAlike(own, cheapest)) {
      if (ownLow <= bestLow && ownHigh <= bestHigh) return own;
      return bestLow + spread <= ownLow && bestHigh + spread <= ownHigh ? cheapest : OPEN;
    }
    const slack = this.slack[cheapest] as number;
    if (ownMost <= Math.min(bestLow, bestHigh) - slack) return own;
    const ownLeast = Math.min(ownLow, ownHigh) - (this.slack[own] as number);
    return Math.max(bestLow, bestHigh) + slack + spread <= ownLeast ? cheapest : OPEN;
  }

  /** Micros that a change to an option costs, the least in the bin. */
  changeTo(option: number): number {
    return option === this.own ? 0 : this.change;
  }

  /** The options that may be cheapest, or within `margin` micros of it, for some SIM of the bin looked at. */
  candidates(into: Int32Array, margin: number): number {
    const { low, high, slack } = this;
    let most = Number.POSITIVE_INFINITY;
    for (let o = 0; o < this.count; o++) {
      const ends = Math.max(low[o] as number, high[o] as number) + (slack[o] as number);
      most = Math.min(most, ends + this.changeTo(o));
    }
    most += this.spread + margin;
    let found = 0;
    for (let o = 0; o < this.count; o++) {
      const ends = Math.min(low[o] as number, high[o] as number) - (slack[o] as number);
      if (ends + this.changeTo(o) <= most) into[found++] = o;
    }
    return found;
  }

  /** Sums up all SIMs of the bin looked at on an option: `sumCost` without penalties, `sumWeight`. Exact. */
  sumOn(bin: number, option: number): void {
    const { bins } = this;
    if (this.even[option] === 1 && this.rounds[option] === 0) {
      const sims = (bins.first[bin + 1] as number) - (bins.first[bin] as number);
      this.sumEven(option, sims, bins.usage[bin] as number);
      return;
    }
    const plan = this.plan[option] as number;
    const { table } = bins.instance.problem;
    const key = bin * table.plans + plan;
    let sums = this.exactSums.get(key);
    if (sums === undefined) {
      sums = sumSims(bins, bin, plan);
      this.exactSums.set(key, sums);
    }
    this.sumCost = sums.cost;
    this.sumWeight = sums.weight;
  }

  /** Sums up SIMs that use so much together on an even option that does not round. */
  sumEven(option: number, sims: number, usage: number): void {
    this.sumCost = sims * (this.unitCost[option] as number);
    this.sumWeight = sims * (this.unitWeight[option] as number) + (this.addsUsage[option] === 1 ? usage : 0);
  }

  /** The cheapest of `count` options for a SIM of the bin looked at, its own plan among equals. `least` is its cost. */
  cheapestOf(sim: number, options: Int32Array, count: number): number {
    const { even, rounds, base, rise, own } = this;
    const { problem } = this.bins.instance;
    const usage = problem.usage[sim] as number;
    const change = this.changeOf(sim);
    let taken = options[0] as number;
    let least = Number.POSITIVE_INFINITY;
    for (let c = 0; c < count; c++) {
      const o = options[c] as number;
      const isPlain = even[o] === 1 && rounds[o] === 0;
      let cost = isPlain ? (base[o] as number) + (rise[o] as number) * usage : this.steppedCost(sim, o);
      if (o !== own) cost += change;
      if (cost < least || (cost === least && o === own)) {
        least = cost;
        taken = o;
      }
    }
    this.least = least;
    return taken;
  }

  /** Cost of a SIM of the bin looked at on an option, with its own penalty. Micros; Infinity where it may not. */
  costOf(sim: number, option: number): number {
    const usage = this.bins.instance.problem.usage[sim] as number;
    const isPlain = this.even[option] === 1 && this.rounds[option] === 0;
    const cost = isPlain
      ? (this.base[option] as number) + (this.rise[option] as number) * usage
      : this.steppedCost(sim, option);
    return option === this.own ? cost : cost + this.changeOf(sim);
  }

  private changeOf(sim: number): number {
    const { instance, countsChanges } = this.bins;
    return countsChanges ? penaltyOf(instance.problem, sim) + (this.at as PricedClasses).perChange : 0;
  }

  private steppedCost(sim: number, option: number): number {
    const { instance } = this.bins;
    const { problem } = instance;
    const at = this.at as PricedClasses;
    const plan = this.plan[option] as number;
    const usage = problem.usage[sim] as number;
    const ratingClass = problem.ratingClass[sim] as number;
    const price = at.perByte[plan] as number;
    return (
      (at.perDevice[plan] as number) +
      costAt(instance, ratingClass, plan, usage, option === this.own) +
      (price === 0 ? 0 : price * weightAt(instance, ratingClass, plan, usage))
    );
  }
}

/** Micros and bytes that all SIMs of a bin come to on a plan. O(SIMs of the bin). */
function sumSims(bins: FleetBins, bin: number, plan: number): { cost: number; weight: number } {
  const { instance, order } = bins;
  const { usage, ratingClass } = instance.problem;
  let [cost, weight] = [0, 0];
  for (let j = bins.first[bin] as number; j < (bins.first[bin + 1] as number); j++) {
    const sim = order[j] as number;
    const simClass = ratingClass[sim] as number;
    cost += costAt(instance, simClass, plan, usage[sim] as number, true);
    weight += weightAt(instance, simClass, plan, usage[sim] as number);
  }
  return { cost, weight };
}

/** What options with steps cost a group's least and greatest user, apart from prices; group g's are from first[g] on. */
class StepCosts {
  readonly first: Uint32Array;
  readonly lowCost: Float64Array;
  readonly highCost: Float64Array;
  readonly lowWeight: Float64Array;
  readonly highWeight: Float64Array;

  constructor(bins: FleetBins, linear: Uint8Array) {
    const { classes, instance } = bins;
    const stepsOf = Array.from({ length: classes.count }, (_, simClass) =>
      classes.plan
        .slice(classes.first[simClass], classes.first[simClass + 1])
        .filter((plan) => linear[plan] === 0),
    );
    this.first = new Uint32Array(bins.groups + 1);
    for (let group = 0; group < bins.groups; group++) {
      const steps = stepsOf[bins.classOf[group] as number]?.length ?? 0;
      this.first[group + 1] = (this.first[group] as number) + steps;
    }
    const all = this.first[bins.groups] as number;
    this.lowCost = new Float64Array(all);
    this.highCost = new Float64Array(all);
    this.lowWeight = new Float64Array(all);
    this.highWeight = new Float64Array(all);
    for (let group = 0; group < bins.groups; group++) {
      const simClass = bins.classOf[group] as number;
      const ratingClass = classes.ratingClass[simClass] as number;
      let step = this.first[group] as number;
      for (const plan of stepsOf[simClass] ?? []) {
        const [from, to] = [bins.low[group] as number, bins.high[group] as number];
        this.lowCost[step] = costAt(instance, ratingClass, plan, from, false);
        this.highCost[step] = costAt(instance, ratingClass, plan, to, false);
        this.lowWeight[step] = weightAt(instance, ratingClass, plan, from);
        this.highWeight[step] = weightAt(instance, ratingClass, plan, to);
        step++;
      }
    }
  }
}
