import { PlanKind, holdsUsage, ownCost } from "../billing/rate-table.ts";
import { penaltyOf } from "../billing/problem.ts";
import type { Instance } from "./instance.ts";
import { poolWeight } from "./instance.ts";
import { SafeSum } from "./bound.ts";
import { spreadPrices } from "./lagrangian.ts";

/** SIMs that are priced and may choose alike: same rating class, same choice set. Options are in `FleetScan`'s arrays. */
interface SimClass {
  readonly ratingClass: number;
  readonly first: number;
  readonly end: number;
}

/**
 * The options of whole classes of SIMs, laid out so that a pass over the fleet at given prices costs one
 * multiplication an option: a flat or pooled plan's reduced cost is offset + slope · usage. Plans with steps of their
 * own (overage, increments, caps) are priced exactly, one SIM at a time.
 */
export class FleetScan {
  readonly instance: Instance;
  readonly classes: SimClass[] = [];
  /** Class per combination `ratingClass * choiceSets + choice`; -1 where no SIM has it. */
  private readonly classOf: Int32Array;
  private readonly sets: number;
  readonly plan: number[] = [];
  /** 1 where the option is linear in usage. */
  readonly linear: number[] = [];
  private readonly flat: number[] = [];
  private readonly included: number[] = [];
  private offset = new Float64Array(0);
  private slope = new Float64Array(0);
  private perByte = new Float64Array(0);
  private perDevice = new Float64Array(0);
  private perChange = 0;
  /** Per class: the largest of its options' terms, apart from usage. Micros. */
  private magnitude = new Float64Array(0);

  constructor(instance: Instance) {
    const { problem } = instance;
    this.instance = instance;
    this.sets = problem.choiceSets.length;
    this.classOf = new Int32Array(problem.table.classes.length * this.sets).fill(-1);
    for (let i = 0; i < problem.size; i++) {
      const combination = (problem.ratingClass[i] as number) * this.sets + (problem.choices[i] as number);
      if (this.classOf[combination] === -1) this.addClass(combination);
    }
  }

  private addClass(combination: number): void {
    const { problem, pools } = this.instance;
    const { table } = problem;
    const ratingClass = Math.floor(combination / this.sets);
    const first = this.plan.length;
    for (const plan of problem.choiceSets[combination % this.sets] as Uint16Array) {
      const cell = ratingClass * table.plans + plan;
      const pool = table.poolOf[plan] as number;
      this.plan.push(plan);
      this.linear.push(table.kind[plan] === PlanKind.flat && (table.increment[plan] as number) <= 1 ? 1 : 0);
      this.flat.push(table.flatCost[cell] as number);
      this.included.push(pool >= 0 && pools[pool]?.fixed === true ? 0 : (table.included[cell] as number));
    }
    this.classOf[combination] = this.classes.push({ ratingClass, first, end: this.plan.length }) - 1;
  }

  classIndex(sim: number): number {
    const { problem } = this.instance;
    return this.classOf[
      (problem.ratingClass[sim] as number) * this.sets + (problem.choices[sim] as number)
    ] as number;
  }

  /** Sets the prices of the next pass. */
  setPrices(prices: Float64Array): void {
    const spread = spreadPrices(this.instance, prices);
    this.perByte = Float64Array.from(spread.perByte);
    this.perDevice = Float64Array.from(spread.perDevice);
    this.perChange = spread.perChange;
    this.offset = new Float64Array(this.plan.length);
    this.slope = new Float64Array(this.plan.length);
    this.plan.forEach((plan, k) => {
      const price = this.perByte[plan] as number;
      this.slope[k] = price;
      this.offset[k] =
        (this.flat[k] as number) + (this.perDevice[plan] as number) - price * (this.included[k] as number);
    });
    this.magnitude = Float64Array.from(this.classes, ({ first, end }) => {
      let most = 0;
      for (let k = first; k < end; k++) {
        const device = Math.abs(this.perDevice[this.plan[k] as number] as number);
        most = Math.max(
          most,
          (this.flat[k] as number) + device + (this.slope[k] as number) * (this.included[k] as number),
        );
      }
      return most;
    });
  }

  /** Reduced cost of a SIM on a plan at the prices, without the penalty of a change. Micros; Infinity where it may not. */
  private exactCost(sim: number, plan: number, mayStay: boolean): number {
    const { problem } = this.instance;
    const usage = problem.usage[sim] as number;
    const ratingClass = problem.ratingClass[sim] as number;
    if (!mayStay && !holdsUsage(problem.table, ratingClass, plan, usage)) return Number.POSITIVE_INFINITY;
    const price = this.perByte[plan] as number;
    return (
      ownCost(problem.table, ratingClass, plan, usage) +
      (this.perDevice[plan] as number) +
      (price === 0 ? 0 : price * poolWeight(problem, sim, plan))
    );
  }

  /** Reduced cost of a SIM on a plan at the prices, with the penalty of a change. Micros; Infinity where it may not. */
  cost(sim: number, plan: number): number {
    if (plan === this.instance.problem.current[sim]) return this.exactCost(sim, plan, true);
    return this.exactCost(sim, plan, false) + penaltyOf(this.instance.problem, sim) + this.perChange;
  }

  /**
   * The cheapest plan of every SIM at the prices, the current one among equals, the second cheapest, and how much
   * dearer that is. O(SIMs · plans).
   * @param choices where they go; without it only the sum is computed.
   * @returns the sum of the cheapest costs, less what rounding may have added. Micros.
   */
  cheapest(choices?: NearTies): number {
    const { problem } = this.instance;
    const { usage, current } = problem;
    const { offset, slope, plan, linear } = this;
    const sum = new SafeSum();
    const steepest = this.perByte.reduce((most, price) => Math.max(most, price), 0);
    for (let i = 0; i < problem.size; i++) {
      const simClass = this.classIndex(i);
      const { first, end } = this.classes[simClass] as SimClass;
      const own = current[i] as number;
      const u = usage[i] as number;
      const penalty = penaltyOf(problem, i) + this.perChange;
      let least = this.exactCost(i, own, true);
      let magnitude = (this.magnitude[simClass] as number) + steepest * u + penalty + Math.abs(least);
      let next = Number.POSITIVE_INFINITY;
      let taken = own;
      let second = own;
      for (let k = first; k < end; k++) {
        const p = plan[k] as number;
        if (p === own) continue;
        let cost = 0;
        if (linear[k] === 1) cost = penalty + (offset[k] as number) + (slope[k] as number) * u;
        else {
          cost = penalty + this.exactCost(i, p, false);
          if (cost > magnitude && cost < Number.POSITIVE_INFINITY) magnitude = cost;
        }
        if (cost < least) {
          next = least;
          second = taken;
          least = cost;
          taken = p;
        } else if (cost < next) {
          next = cost;
          second = p;
        }
      }
      if (choices !== undefined) {
        choices.best[i] = taken;
        choices.second[i] = second;
        choices.margin[i] = next - least;
      }
      sum.add(least, magnitude);
    }
    return sum.lowerBound();
  }
}

/** What a pass over the fleet leaves per SIM: cheapest and second cheapest plan, and micros between them. */
export interface NearTies {
  readonly best: Uint16Array;
  readonly second: Uint16Array;
  readonly margin: Float32Array;
}
