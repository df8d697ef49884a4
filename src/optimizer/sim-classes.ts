import { PlanKind, holdsUsage, ownCost, usageOn } from "../billing/rate-table.ts";
import type { Instance } from "./instance.ts";
import { spreadPrices } from "./lagrangian.ts";

/**
 * The options of whole classes of SIMs, those of one rating class and one choice set. A flat or pooled plan's cost at
 * given prices is a line over usage; plans with steps of their own (overage, increments, caps) never fall with usage.
 * Class c has the options first[c] .. first[c + 1] − 1; the arrays below are over options.
 */
export class SimClasses {
  readonly instance: Instance;
  readonly ratingClass: number[] = [];
  readonly first: number[] = [0];
  readonly plan: number[] = [];
  /** Micros of an option that is a line, before its pool. */
  readonly flat: number[] = [];
  /** Bytes that a SIM on the option brings to its pool. */
  readonly included: number[] = [];
  /** Most options of one class. */
  most = 0;
  /** Class per combination `ratingClass * choiceSets + choice`; -1 where no SIM has it. */
  private readonly classOf: Int32Array;
  private readonly sets: number;

  constructor(instance: Instance) {
    const { problem } = instance;
    this.instance = instance;
    this.sets = problem.choiceSets.length;
    this.classOf = new Int32Array(problem.table.classes.length * this.sets).fill(-1);
  }

  get count(): number {
    return this.ratingClass.length;
  }

  /** The class of a SIM, which is added where it is new. */
  of(sim: number): number {
    const { problem } = this.instance;
    const combination = (problem.ratingClass[sim] as number) * this.sets + (problem.choices[sim] as number);
    const known = this.classOf[combination] as number;
    return known < 0 ? this.add(combination) : known;
  }

  private add(combination: number): number {
    const { problem } = this.instance;
    const { table } = problem;
    const ratingClass = Math.floor(combination / this.sets);
    const before = this.plan.length;
    for (const plan of problem.choiceSets[combination % this.sets] as Uint16Array) {
      const cell = ratingClass * table.plans + plan;
      this.plan.push(plan);
      this.flat.push(table.flatCost[cell] as number);
      this.included.push(broughtBytes(this.instance, ratingClass, plan));
    }
    this.most = Math.max(this.most, this.plan.length - before);
    this.first.push(this.plan.length);
    const added = this.ratingClass.push(ratingClass) - 1;
    this.classOf[combination] = added;
    return added;
  }

  /** The options priced. O(options of all classes). */
  at(prices: Float64Array): PricedClasses {
    const { perByte, perDevice, perChange } = spreadPrices(this.instance, prices);
    const offset = new Float64Array(this.plan.length);
    const slope = new Float64Array(this.plan.length);
    const magnitude = new Float64Array(this.count);
    for (let c = 0; c < this.count; c++) {
      for (let k = this.first[c] as number; k < (this.first[c + 1] as number); k++) {
        const p = this.plan[k] as number;
        const price = perByte[p] as number;
        const brought = price * (this.included[k] as number);
        slope[k] = price;
        offset[k] = (this.flat[k] as number) + (perDevice[p] as number) - brought;
        const terms = (this.flat[k] as number) + Math.abs(perDevice[p] as number) + brought;
        magnitude[c] = Math.max(magnitude[c] as number, terms);
      }
    }
    const steepest = perByte.reduce((most, price) => Math.max(most, price), 0);
    return { perByte, perDevice, perChange, offset, slope, magnitude, steepest };
  }
}

/** Options at given prices: micros per SIM and per byte. */
export interface PricedClasses {
  readonly perByte: Float64Array;
  readonly perDevice: Float64Array;
  readonly perChange: number;
  /** Per option of a class that is a line: cost = offset + slope · usage, without the penalty of a change. */
  readonly offset: Float64Array;
  readonly slope: Float64Array;
  /** Per class: the largest of its options' terms, apart from usage. */
  readonly magnitude: Float64Array;
  /** The highest price of a byte. */
  readonly steepest: number;
}

/** Whether a plan's cost at given prices is a line over usage, rounded up to the plan's increment. */
export function isLinear({ problem: { table } }: Instance, plan: number): boolean {
  return table.kind[plan] === PlanKind.flat;
}

/** Bytes that a SIM on a plan brings to the plan's pool. */
export function broughtBytes(
  { problem: { table }, pools }: Instance,
  ratingClass: number,
  plan: number,
): number {
  const pool = table.poolOf[plan] as number;
  if (pool < 0 || pools[pool]?.fixed === true) return 0;
  return table.included[ratingClass * table.plans + plan] as number;
}

/** What a SIM of this usage costs on a plan by itself: micros, exact; Infinity where the plan's cap keeps it out. */
export function costAt(
  { problem: { table } }: Instance,
  ratingClass: number,
  plan: number,
  usage: number,
  stays: boolean,
): number {
  if (!stays && !holdsUsage(table, ratingClass, plan, usage)) return Number.POSITIVE_INFINITY;
  return ownCost(table, ratingClass, plan, usage);
}

/** What a SIM of this usage adds to the use of a plan's pool beyond what it brings. Bytes; 0 outside pools. */
export function weightAt(instance: Instance, ratingClass: number, plan: number, usage: number): number {
  const { table } = instance.problem;
  if ((table.poolOf[plan] as number) < 0) return 0;
  return usageOn(table, plan, usage) - broughtBytes(instance, ratingClass, plan);
}
