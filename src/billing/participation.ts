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
