import { BILLABLE_STATUSES } from "../../billing/fleet.ts";
import { fleetSeen, isBilled, rowsSeen } from "./fleet-seen.ts";
import type { Sync } from "./read-step.ts";

/** A rate plan that SIMs of a running sync are on, as the carrier names it. */
export interface PlanSeen {
  readonly name: string | null;
  /** Rows of SIMs that are billed. */
  readonly billed: number;
  readonly isImported: boolean;
}

type Reading = Pick<Sync, "context" | "run">;

/** The plans of everything that a sync has seen or knew, those of a SIM's earlier rows too. */
export const plansSeen = (sync: Reading): Promise<PlanSeen[]> => plansOf(sync, rowsSeen(sync.run));

/** The plans that the fleet is on as it was seen last: takes longer. */
export const plansOfFleet = (sync: Reading): Promise<PlanSeen[]> => plansOf(sync, fleetSeen(sync.run));

async function plansOf({ context, run }: Reading, rows: string): Promise<PlanSeen[]> {
  const { rows: plans } = await context.db.query<PlanSeen>(
    `SELECT name, billed, EXISTS (
       SELECT FROM rate_plans plan WHERE plan.carrier_account_id = $2 AND plan.superseded_at IS NULL AND plan.code = name
     ) AS "isImported"
     FROM (
       SELECT rate_plan AS name, coalesce(sum(rows) FILTER (WHERE ${isBilled("$3")}), 0)::float8 AS billed
       FROM (SELECT rate_plan, status, count(*) AS rows FROM (${rows}) seen GROUP BY rate_plan, status) counted
       GROUP BY rate_plan
     ) used ORDER BY billed DESC, name`,
    [run.syncId, run.accountId, [...BILLABLE_STATUSES]],
  );
  return plans;
}
