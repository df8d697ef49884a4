import type { Fleet, Terms } from "./fleet.ts";
import { Participation, isExcluded } from "./participation.ts";
import type { Eligibility, Tariff } from "./rate-plan.ts";
import type { RateTable, RatingClass } from "./rate-table.ts";
import { compileRateTable } from "./compile-rate-table.ts";
import { holdsUsage } from "./rate-table.ts";
import { PoolwiseError } from "./errors.ts";
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

/** Whether a SIM may take a plan. O(log plans). */
export function mayTake(problem: Problem, sim: number, plan: number): boolean {
  if (problem.current[sim] === plan) return true;
  const set = problem.choiceSets[problem.choices[sim] as number] as Uint16Array;
  return (
    set.includes(plan) && holdsUsage(problem.table, problem.ratingClass[sim] as number, plan, problem.usage[sim] as number)
  );
}

/**
 * Decides which SIMs are in the bill and what each may take. O(SIMs + classes · plans).
 * @param setAside plan indices that are invalid and left out; SIMs on them cannot be priced.
 * @throws PoolwiseError `bounds-exceeded` where the fleet's usage passes 2^53 bytes.
 */
export function prepareFleet(
  fleet: Fleet,
  tariff: Tariff,
  eligibility: Eligibility,
  terms: Terms,
  setAside: ReadonlySet<number> = new Set(),
): PreparedFleet {
  const participation = participationOf(fleet, tariff, eligibility, terms, setAside);
  const { table, ratingClass } = rateFleet(fleet, tariff);
  const { choiceSets, choiceOfCommunicationPlan } = choiceSetsOf(fleet, tariff, eligibility, setAside);
  const stay = choiceSets.push(new Uint16Array(0)) - 1;

  let size = 0;
  for (let row = 0; row < fleet.size; row++) if (!isExcluded(participation[row] as number)) size++;
  const rows = new Uint32Array(size);
  const problem = {
    size,
    table,
    usage: new Float64Array(size),
    ratingClass: new Uint32Array(size),
    current: new Uint16Array(size),
    choices: new Uint16Array(size),
    choiceSets,
    penalty: penalties(fleet, terms, size),
    minDevices: Float64Array.from(tariff.plans, (plan) => plan.minDevices),
    maxDevices: Float64Array.from(tariff.plans, (plan) => plan.maxDevices),
    maxChanges: terms.maxChanges,
  };
  let total = 0;
  let sim = 0;
  for (let row = 0; row < fleet.size; row++) {
    const code = participation[row] as number;
    if (isExcluded(code)) continue;
    const usage = fleet.usageBytes[row] as number;
    total += usage;
    rows[sim] = row;
    problem.usage[sim] = usage;
    problem.ratingClass[sim] = ratingClass[row] as number;
    problem.current[sim] = fleet.ratePlan[row] as number;
    problem.choices[sim] =
      code === Participation.movable
        ? (choiceOfCommunicationPlan[fleet.communicationPlan.codes[row] as number] as number)
        : stay;
    if (typeof problem.penalty !== "number") {
      const own = fleet.switchCost?.[row] ?? Number.NaN;
      problem.penalty[sim] = (Number.isNaN(own) ? terms.switchCost : own) + terms.minSaving;
    }
    sim++;
  }
  if (total > MAX_TOTAL_BYTES) {
    throw new PoolwiseError("bounds-exceeded", `The fleet's usage comes to ${total} bytes; it stays below 2^53 bytes (8 PiB). Split the fleet.`, {
      data: { got: total, limit: MAX_TOTAL_BYTES },
    });
  }
  markNoOtherPlan(problem, rows, participation);
  return { problem, rows, participation, ratingClass };
}

/** Compiles the rate table for a fleet and gives each row its rating class. O(SIMs). */
export function rateFleet(fleet: Fleet, tariff: Tariff): { table: RateTable; ratingClass: Uint32Array } {
  const prorated = tariff.plans.some((plan) => plan.proration === "active_days");
  const classes: RatingClass[] = [];
  const index = new Map<number, number>();
  const ratingClass = new Uint32Array(fleet.size);
  for (let row = 0; row < fleet.size; row++) {
    const location = fleet.location.codes[row] as number;
    const days = prorated ? (fleet.activeDays[row] as number) : -1;
    const key = location * 1024 + (days + 1);
    let found = index.get(key);
    if (found === undefined) {
      const taxRate = tariff.taxRates.get(fleet.location.values[location] ?? "") ?? 0n;
      found = classes.push({ taxRate, activeDays: days }) - 1;
      index.set(key, found);
    }
    ratingClass[row] = found;
  }
  return { table: compileRateTable(tariff, mergeAlike(classes, ratingClass)), ratingClass };
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
  for (let row = 0; row < ratingClass.length; row++) ratingClass[row] = target[ratingClass[row] as number] as number;
  return merged;
}

function participationOf(
  fleet: Fleet,
  tariff: Tariff,
  eligibility: Eligibility,
  terms: Terms,
  setAside: ReadonlySet<number>,
): Uint8Array {
  const billable = fleet.status.values.map((status) => terms.billableStatuses.has(status.trim().toUpperCase()));
  const listed = fleet.communicationPlan.values.map((name) => eligibility === undefined || eligibility.has(name));
  const aside = new Uint8Array(tariff.plans.length);
  for (const plan of setAside) aside[plan] = 1;
  const codes = new Uint8Array(fleet.size);
  for (let row = 0; row < fleet.size; row++) {
    codes[row] = !billable[fleet.status.codes[row] as number]
      ? Participation.statusNotBillable
      : Number.isNaN(fleet.usageBytes[row])
        ? Participation.usageUnknown
        : aside[fleet.ratePlan[row] as number] === 1
          ? Participation.planSetAside
          : fleet.locked[row] === 1
            ? Participation.locked
            : !listed[fleet.communicationPlan.codes[row] as number]
              ? Participation.communicationPlanNotListed
              : Participation.movable;
  }
  return codes;
}

/** One choice set per distinct list of available plans, and the set of each communication plan. */
function choiceSetsOf(
  fleet: Fleet,
  tariff: Tariff,
  eligibility: Eligibility,
  setAside: ReadonlySet<number>,
): { choiceSets: Uint16Array[]; choiceOfCommunicationPlan: number[] } {
  const choiceSets: Uint16Array[] = [];
  const byKey = new Map<string, number>();
  const open = tariff.plans.map((plan, p) => plan.available && !setAside.has(p));
  const choiceOfCommunicationPlan = fleet.communicationPlan.values.map((name) => {
    const allowed = eligibility?.get(name);
    const plans = tariff.plans.flatMap((plan, p) =>
      open[p] && (eligibility === undefined || allowed?.has(plan.code)) ? [p] : [],
    );
    const key = plans.join(",");
    const known = byKey.get(key);
    if (known !== undefined) return known;
    const added = choiceSets.push(Uint16Array.from(plans)) - 1;
    byKey.set(key, added);
    return added;
  });
  return { choiceSets, choiceOfCommunicationPlan };
}

function penalties(fleet: Fleet, terms: Terms, size: number): number | Float64Array {
  return fleet.switchCost === undefined ? terms.switchCost + terms.minSaving : new Float64Array(size);
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
      if (!holdsUsage(problem.table, problem.ratingClass[sim] as number, plan, problem.usage[sim] as number)) continue;
      other = true;
      break;
    }
    if (!other) participation[row] = Participation.noOtherPlan;
  }
}
