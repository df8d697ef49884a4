import { daysOf } from "../clock/billing-calendar.ts";
import type { BillingCycle } from "../clock/billing-calendar.ts";
import type { Stretch, Timeline } from "../store/timeline.ts";
import type { UsageStore } from "../store/usage-store.ts";
import type { Status } from "../store/statuses.ts";
import type { BillingContract } from "./contract.ts";

/** The part of a SIM's cycle that one plan version rates. */
export interface PlanShare {
  readonly planVersion: number;
  readonly days: number;
  /** The time it covers; its traffic is rated on this plan. */
  readonly stretches: readonly Stretch<unknown>[];
}

export interface BillableSim {
  /** The plan version that the cycle ends on, by the contract's rule. */
  readonly planVersion: number;
  readonly billableDays: number;
  readonly shares: readonly PlanShare[];
  /** Every plan version it was on while billable, with the days on each. */
  readonly used: ReadonlyMap<number, number>;
}

export interface RatingSources {
  readonly timeline: Timeline;
  readonly usage: UsageStore;
  readonly contract: BillingContract;
}

/** How a device's cycle is shared out over plans; undefined where it is not billed at all. */
export function shareOut(
  sources: RatingSources,
  device: number,
  cycle: BillingCycle,
): BillableSim | undefined {
  const { timeline, contract } = sources;
  const statuses = timeline.statuses(device, cycle.startMs, cycle.endMs);
  const billable = statuses.filter((stretch) => contract.billableStates.includes(stretch.value));
  const first = billable[0];
  if (first === undefined || (contract.billableWhen === "AT_CLOSE" && !billableAtClose(statuses, contract))) {
    return undefined;
  }
  const plans = timeline.plans(device, cycle.startMs, cycle.endMs);
  if (plans.length === 1 && billable.length === 1) return onOnePlan(plans[0]?.value ?? 0, first, cycle);
  const days = planOfEachDay(plans, billable, cycle);
  const used = countDays(days);
  const billableDays = [...used.values()].reduce((sum, count) => sum + count, 0);
  const planVersion = ratingPlan(plans, first.fromMs, cycle, contract);
  if (contract.planChangeRating !== "SPLIT_BY_DAY") {
    return {
      planVersion,
      billableDays,
      used,
      shares: [{ planVersion, days: billableDays, stretches: billable }],
    };
  }
  return { planVersion, billableDays, used, shares: splitByDay(days, billable, cycle) };
}

function billableAtClose(statuses: readonly Stretch<Status>[], contract: BillingContract): boolean {
  const last = statuses.at(-1);
  return last !== undefined && contract.billableStates.includes(last.value);
}

function onOnePlan(planVersion: number, billable: Stretch<unknown>, cycle: BillingCycle): BillableSim {
  let days = 0;
  for (let day = 0; day < daysOf(cycle); day++) if (overlaps(billable, cycle, day)) days++;
  return {
    planVersion,
    billableDays: days,
    shares: [{ planVersion, days, stretches: [billable] }],
    used: new Map([[planVersion, days]]),
  };
}

function overlaps(stretch: Stretch<unknown>, cycle: BillingCycle, day: number): boolean {
  return (
    stretch.fromMs < (cycle.dayStartsMs[day + 1] as number) &&
    stretch.toMs > (cycle.dayStartsMs[day] as number)
  );
}

/** A day belongs to the plan that the SIM carried at the end of its billable part; -1 where none. */
function planOfEachDay(
  plans: readonly Stretch<number>[],
  billable: readonly Stretch<unknown>[],
  cycle: BillingCycle,
): number[] {
  return Array.from({ length: daysOf(cycle) }, (_, day) => {
    const last = billable.findLast((stretch) => overlaps(stretch, cycle, day));
    if (last === undefined) return -1;
    const atMs = Math.min(last.toMs, cycle.dayStartsMs[day + 1] as number) - 1;
    return plans.find((plan) => plan.fromMs <= atMs && atMs < plan.toMs)?.value ?? -1;
  });
}

function countDays(days: readonly number[]): Map<number, number> {
  const used = new Map<number, number>();
  for (const plan of days) if (plan >= 0) used.set(plan, (used.get(plan) ?? 0) + 1);
  return used;
}

function ratingPlan(
  plans: readonly Stretch<number>[],
  firstBillableMs: number,
  cycle: BillingCycle,
  contract: BillingContract,
): number {
  if (contract.planChangeRating === "NEXT_CYCLE") {
    return plans.find((plan) => firstBillableMs < plan.toMs)?.value ?? 0;
  }
  const cutoffMs = cycle.endMs - contract.changeCutoffHours * 3_600_000;
  return (plans.findLast((plan) => plan.fromMs < cutoffMs) ?? plans[0])?.value ?? 0;
}

function splitByDay(
  days: readonly number[],
  billable: readonly Stretch<unknown>[],
  cycle: BillingCycle,
): PlanShare[] {
  return [...countDays(days)].map(([planVersion, count]) => ({
    planVersion,
    days: count,
    stretches: days.flatMap((plan, day) => (plan === planVersion ? within(billable, cycle, day) : [])),
  }));
}

function within(billable: readonly Stretch<unknown>[], cycle: BillingCycle, day: number): Stretch<unknown>[] {
  const from = cycle.dayStartsMs[day] as number;
  const to = cycle.dayStartsMs[day + 1] as number;
  return billable
    .map((stretch) => ({
      value: 0,
      fromMs: Math.max(from, stretch.fromMs),
      toMs: Math.min(to, stretch.toMs),
    }))
    .filter((stretch) => stretch.fromMs < stretch.toMs);
}
