import { choiceSetsOf } from "./choice-sets.ts";
import { compileRateTable } from "./compile-rate-table.ts";
import { PoolwiseError } from "./errors.ts";
import type { Fleet, Terms } from "./fleet.ts";
import { Participation, isExcluded, participationOf } from "./participation.ts";
import type { Eligibility, RatePlan, Tariff } from "./rate-plan.ts";
import type { RateTable, RatingClass } from "./rate-table.ts";
import { holdsUsage } from "./rate-table.ts";
import { MAX_TOTAL_BYTES } from "./units.ts";

/**
 * The SIMs in the bill and what each may take: the optimiser's whole input. Arrays are over SIMs of the problem
 * unless named otherwise; none is written to.
 */
export interface Problem {
  readonly size: number;
  readonly table: RateTable;
  /** Bytes, integer, as reported. */
  readonly usage: Float64Array;
  /** Index into `table.classes`. */
  readonly ratingClass: Uint16Array | Uint32Array;
  readonly current: Uint16Array;
  /** Index into `choiceSets`. */
  readonly choices: Uint16Array | Uint32Array;
  /**
   * Plan indices, ascending. A SIM may take its current plan, and any of its set whose allowance, if capped, holds
   * its usage.
   */
  readonly choiceSets: readonly Uint16Array[];
  /** Micros a change costs in the choice: switching cost and minimum saving. One number where all are alike. */
  readonly penalty: number | Float64Array;
  /** Per plan; 0 for none. */
  readonly minDevices: Float64Array;
  /** Per plan; Infinity for none. */
  readonly maxDevices: Float64Array;
  readonly maxChanges: number;
}

/** A fleet made ready: the problem, and where each of its SIMs stands in the fleet. */
export interface PreparedFleet {
  readonly problem: Problem;
  /** Fleet row per SIM of the problem. */
  readonly rows: Uint32Array;
  /** Participation code per row of the fleet. */
  readonly participation: Uint8Array;
  /** Rating class per row of the fleet. */
  readonly ratingClass: Uint32Array;
}

/** The micros a change of this SIM counts in the choice. */
export function penaltyOf(problem: Problem, sim: number): number {
  return typeof problem.penalty === "number" ? problem.penalty : (problem.penalty[sim] as number);
}

/** Whether a SIM may take a plan. O(plans in its set). */
export function mayTake(problem: Problem, sim: number, plan: number): boolean {
  if (problem.current[sim] === plan) return true;
  const set = problem.choiceSets[problem.choices[sim] as number] as Uint16Array;
  return (
    set.includes(plan) &&
    holdsUsage(problem.table, problem.ratingClass[sim] as number, plan, problem.usage[sim] as number)
  );
}

/**
 * Decides which SIMs are in the bill and what each may take. O(SIMs + classes · plans).
 * @param setAside plan indices that are invalid and left out, with their limits; SIMs on them cannot be priced.
 * @throws PoolwiseError `bounds-exceeded` where the fleet's usage passes 2^53 bytes; what `rateFleet` throws.
 */
export function prepareFleet(
  fleet: Fleet,
  tariff: Tariff,
  eligibility: Eligibility,
  terms: Terms,
  setAside: ReadonlySet<number> = new Set(),
): PreparedFleet {
  const participation = participationOf(fleet, tariff, eligibility, terms, setAside);
  const { table, ratingClass } = rateFleet(fleet, tariff, setAside);
  const { choiceSets, setOfCommunicationPlan, stay } = choiceSetsOf(fleet, tariff, eligibility, setAside);
  const rows = rowsInBill(participation);
  const limits = (limitOf: (plan: RatePlan) => number, none: number) =>
    Float64Array.from(tariff.plans, (plan, p) => (setAside.has(p) ? none : limitOf(plan)));
  const problem: Problem = {
    size: rows.length,
    table,
    usage: usageOf(fleet, rows),
    ratingClass: new Uint32Array(rows.length),
    current: new Uint16Array(rows.length),
    choices: new (choiceSets.length > 0xffff ? Uint32Array : Uint16Array)(rows.length),
    choiceSets,
    penalty: penaltiesOf(fleet, terms, rows),
    minDevices: limits((plan) => plan.minDevices, 0),
    maxDevices: limits((plan) => plan.maxDevices, Number.POSITIVE_INFINITY),
    maxChanges: terms.maxChanges,
  };
  for (let sim = 0; sim < rows.length; sim++) {
    const row = rows[sim] as number;
    const communicationPlan = fleet.communicationPlan.codes[row] as number;
    const movable = participation[row] === Participation.movable;
    problem.ratingClass[sim] = ratingClass[row] as number;
    problem.current[sim] = fleet.ratePlan[row] as number;
    problem.choices[sim] = movable ? (setOfCommunicationPlan[communicationPlan] as number) : stay;
  }
  markNoOtherPlan(problem, rows, participation);
  return { problem, rows, participation, ratingClass };
}

function rowsInBill(participation: Uint8Array): Uint32Array {
  let size = 0;
  for (let row = 0; row < participation.length; row++) if (!isExcluded(participation[row] as number)) size++;
  const rows = new Uint32Array(size);
  let sim = 0;
  for (let row = 0; row < participation.length; row++) {
    if (!isExcluded(participation[row] as number)) rows[sim++] = row;
  }
  return rows;
}

function usageOf(fleet: Fleet, rows: Uint32Array): Float64Array {
  const usage = new Float64Array(rows.length);
  let total = 0;
  for (let sim = 0; sim < rows.length; sim++) {
    usage[sim] = fleet.usageBytes[rows[sim] as number] as number;
    total += usage[sim] as number;
  }
  if (total <= MAX_TOTAL_BYTES) return usage;
  throw new PoolwiseError(
    "bounds-exceeded",
    "The fleet's usage passes 2^53 bytes (8 PiB). Split the fleet, or correct usage_mb.",
    { data: { field: "usage_mb", got: total, limit: MAX_TOTAL_BYTES, unit: "bytes" } },
  );
}

/** Micros a change costs in the choice: the SIM's own switching cost or the run's, and the minimum saving. */
function penaltiesOf(fleet: Fleet, terms: Terms, rows: Uint32Array): number | Float64Array {
  const { switchCost } = fleet;
  if (switchCost === undefined) return terms.switchCost + terms.minSaving;
  const penalty = new Float64Array(rows.length);
  for (let sim = 0; sim < rows.length; sim++) {
    const own = switchCost[rows[sim] as number] as number;
    penalty[sim] = (Number.isNaN(own) ? terms.switchCost : own) + terms.minSaving;
  }
  return penalty;
}

/**
 * Compiles the rate table for a fleet and gives each row its rating class. O(SIMs + classes · plans).
 * @param setAside plan indices that are invalid and left out.
 * @throws PoolwiseError what `compileRateTable` throws.
 */
export function rateFleet(
  fleet: Fleet,
  tariff: Tariff,
  setAside: ReadonlySet<number> = new Set(),
): { table: RateTable; ratingClass: Uint32Array } {
  const prorated = tariff.plans.some((plan) => plan.proration === "active_days");
  const classes: RatingClass[] = [];
  const index = new Map<number, number>();
  const ratingClass = new Uint32Array(fleet.size);
  for (let row = 0; row < fleet.size; row++) {
    const location = fleet.location.codes[row] as number;
    const days = prorated ? (fleet.activeDays[row] as number) : -1;
    const key = location * 65_536 + (days + 1);
    let found = index.get(key);
    if (found === undefined) {
      const taxRate = tariff.taxRates.get(fleet.location.values[location] ?? "") ?? 0n;
      found = classes.push({ taxRate, activeDays: days }) - 1;
      index.set(key, found);
    }
    ratingClass[row] = found;
  }
  return { table: compileRateTable(tariff, mergeAlike(classes, ratingClass), setAside), ratingClass };
}

/** Locations with the same tax rate are one class: renumbers `ratingClass` in place. */
function mergeAlike(classes: readonly RatingClass[], ratingClass: Uint32Array): RatingClass[] {
  const merged: RatingClass[] = [];
  const byKey = new Map<string, number>();
  const target = classes.map((ratingClass) => {
    const key = `${ratingClass.taxRate}/${ratingClass.activeDays}`;
    const known = byKey.get(key);
    if (known !== undefined) return known;
    const added = merged.push(ratingClass) - 1;
    byKey.set(key, added);
    return added;
  });
  for (let row = 0; row < ratingClass.length; row++)
    ratingClass[row] = target[ratingClass[row] as number] as number;
  return merged;
}

/** A movable SIM whose set holds nothing but its own plan stays, for that reason. */
function markNoOtherPlan(problem: Problem, rows: Uint32Array, participation: Uint8Array): void {
  for (let sim = 0; sim < problem.size; sim++) {
    const row = rows[sim] as number;
    if (participation[row] !== Participation.movable) continue;
    const set = problem.choiceSets[problem.choices[sim] as number] as Uint16Array;
    let other = false;
    for (const plan of set) {
      if (plan === problem.current[sim]) continue;
      if (!holdsUsage(problem.table, problem.ratingClass[sim] as number, plan, problem.usage[sim] as number))
        continue;
      other = true;
      break;
    }
    if (!other) participation[row] = Participation.noOtherPlan;
  }
}
