import type { Fleet, Terms } from "./fleet.ts";
import type { Eligibility, Tariff } from "./rate-plan.ts";

/**
 * What part a SIM has in a run. Codes below `firstExcluded` are in the bill; those from it on are left out of the
 * bill and of every pool, before and after alike.
 */
export const Participation = {
  movable: 0,
  locked: 1,
  communicationPlanNotListed: 2,
  noOtherPlan: 3,
  minimumTerm: 4,
  changesUsedUp: 5,
  statusNotBillable: 16,
  usageUnknown: 17,
  planSetAside: 18,
} as const;

const FIRST_EXCLUDED = Participation.statusNotBillable;

/** What people and `summary.json` call each code. */
export const PARTICIPATION_NAMES: Readonly<Record<number, string>> = {
  [Participation.movable]: "movable",
  [Participation.locked]: "locked",
  [Participation.communicationPlanNotListed]: "communication plan not listed",
  [Participation.noOtherPlan]: "no other plan it may take",
  [Participation.minimumTerm]: "in a minimum term",
  [Participation.changesUsedUp]: "plan changes for this cycle used up",
  [Participation.statusNotBillable]: "status not billable",
  [Participation.usageUnknown]: "usage unknown",
  [Participation.planSetAside]: "current plan set aside as invalid",
};

/** Whether a SIM is left out of the bill and of every pool. */
export function isExcluded(participation: number): boolean {
  return participation >= FIRST_EXCLUDED;
}

/**
 * Participation code per row of the fleet, before it is known whether a movable SIM has another plan to take.
 * O(SIMs + plans).
 * @param setAside plan indices that are invalid and left out.
 */
export function participationOf(
  fleet: Fleet,
  tariff: Tariff,
  eligibility: Eligibility,
  terms: Terms,
  setAside: ReadonlySet<number>,
): Uint8Array {
  const billable = fleet.status.values.map((status) =>
    terms.billableStatuses.has(status.trim().toUpperCase()),
  );
  const listed = fleet.communicationPlan.values.map(
    (name) => eligibility === undefined || eligibility.has(name),
  );
  const aside = Uint8Array.from(tariff.plans, (_, plan) => (setAside.has(plan) ? 1 : 0));
  const codes = new Uint8Array(fleet.size);
  for (let row = 0; row < fleet.size; row++) {
    if (!billable[fleet.status.codes[row] as number]) codes[row] = Participation.statusNotBillable;
    else if (Number.isNaN(fleet.usageBytes[row])) codes[row] = Participation.usageUnknown;
    else if (aside[fleet.ratePlan[row] as number] === 1) codes[row] = Participation.planSetAside;
    else if (fleet.locked[row] === 1) codes[row] = Participation.locked;
    else if (!listed[fleet.communicationPlan.codes[row] as number])
      codes[row] = Participation.communicationPlanNotListed;
  }
  return codes;
}
