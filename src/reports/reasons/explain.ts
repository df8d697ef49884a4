import { isExcluded, Participation, PARTICIPATION_NAMES } from "../../billing/participation.ts";
import { rateFleet } from "../../billing/problem.ts";
import { roundedMoney } from "../number-text.ts";
import type { ReportedRun } from "../reported-run.ts";
import { explainMove } from "./explain-move.ts";
import { explainStay } from "./explain-stay.ts";
import type { Ground } from "./ground.ts";
import { costAfter, costBefore } from "./ground.ts";

/** Makes the function that says, in a line for the owner of a cost centre, why a SIM is where it is recommended. */
export function createExplain(run: ReportedRun): (row: number) => string {
  const ground: Ground = {
    run,
    ratingClass: rateFleet(run.fleet, run.tariff).ratingClass,
    choices: choicesByCommunicationPlan(run),
    planNames: run.tariff.plans.map((plan) => plan.code),
  };
  return (row) => {
    const participation = run.participation[row] as number;
    if (isExcluded(participation)) return explainExclusion(run, row, participation);
    if (run.recommended[row] !== run.fleet.ratePlan[row]) return explainMove(ground, row);
    const reason =
      participation === Participation.movable
        ? explainStay(ground, row)
        : explainHold(run, row, participation);
    return reason + poolEffect(run, row);
  };
}

function choicesByCommunicationPlan({ fleet, groups }: ReportedRun): (readonly number[])[] {
  const byName = new Map(
    groups.flatMap((group) => group.communicationPlans.map((name) => [name, group.plans] as const)),
  );
  return fleet.communicationPlan.values.map((name) => byName.get(name) ?? []);
}

function explainExclusion({ fleet, tariff }: ReportedRun, row: number, participation: number): string {
  if (participation === Participation.statusNotBillable) {
    return `Left out: status ${fleet.status.values[fleet.status.codes[row] as number] ?? ""} is not billable`;
  }
  if (participation === Participation.usageUnknown) return "Left out: its usage is unknown";
  if (participation === Participation.planSetAside) {
    return `Left out: its plan ${tariff.plans[fleet.ratePlan[row] as number]?.code ?? ""} is set aside as invalid`;
  }
  return `Left out: ${PARTICIPATION_NAMES[participation] ?? "not in the bill"}`;
}

/** Why the cost of a SIM that stays changes all the same. */
function poolEffect(run: ReportedRun, row: number): string {
  const less = costBefore(run, row) - costAfter(run, row);
  if (less === 0) return "";
  const pool = run.table.pools[run.table.poolOf[run.recommended[row] as number] as number]?.name ?? "";
  return `; its share of pool ${pool}'s cost ${less > 0 ? "falls" : "rises"} by ${roundedMoney(Math.abs(less))}`;
}

function explainHold({ fleet, tariff }: ReportedRun, row: number, participation: number): string {
  if (participation === Participation.communicationPlanNotListed) {
    const name = fleet.communicationPlan.values[fleet.communicationPlan.codes[row] as number] ?? "";
    return name === ""
      ? "Stays: it has no communication plan"
      : `Stays: communication plan ${name} is not in the eligibility list`;
  }
  if (
    participation === Participation.noOtherPlan &&
    tariff.plans[fleet.ratePlan[row] as number]?.available === false
  ) {
    return "Stays: its plan is retired and there is no other it may take";
  }
  return `Stays: ${PARTICIPATION_NAMES[participation] ?? "it may not be moved"}`;
}
