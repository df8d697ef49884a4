import { PoolwiseError } from "../../billing/errors.ts";
import { BILLABLE_STATUSES } from "../../billing/fleet.ts";
import type { PipelineContext } from "../context.ts";
import { fleetSeen, isBilled, rowsSeen } from "./fleet-seen.ts";
import type { SyncRun } from "./sync-run.ts";

const SHOWN = 20;

/**
 * Refuses a listing that cannot be optimised before its usage is read.
 * @throws PoolwiseError `sync-incomplete`, or `input-invalid` naming the rate plans that were not imported.
 */
export async function checkInventory(context: PipelineContext, run: SyncRun): Promise<void> {
  await refuseUnreadable(context, run);
  // Of a million rows hardly any is on an unknown plan: which SIMs still are is looked up only then.
  if ((await unknownPlans(context, run, rowsSeen(run))).length === 0) return;
  const rows = await unknownPlans(context, run, fleetSeen(run));
  if (rows.length === 0) return;
  const named = rows
    .slice(0, SHOWN)
    .map(({ name, sims }) => `${JSON.stringify(name ?? "")} (${sims} ${sims === 1 ? "SIM" : "SIMs"})`);
  const more = rows.length > SHOWN ? `, and ${rows.length - SHOWN} more` : "";
  throw new PoolwiseError(
    "input-invalid",
    `SIMs are on rate plans that were not imported: ${named.join(", ")}${more}. Add them to the plans file and run poolwise plans import --account ${run.accountId} --plans <file>, then start again.`,
    { data: { plans: rows.slice(0, SHOWN).map(({ name }) => name ?? "") } },
  );
}

async function unknownPlans(
  context: PipelineContext,
  run: SyncRun,
  fleet: string,
): Promise<{ readonly name: string | null; readonly sims: number }[]> {
  const { rows } = await context.db.query<{ name: string | null; sims: number }>(
    `SELECT used.name, used.sims FROM (
       SELECT rate_plan AS name, count(*) AS sims FROM (${fleet}) seen WHERE ${isBilled("$3")} GROUP BY rate_plan
     ) used
     WHERE NOT EXISTS (
       SELECT FROM rate_plans plan WHERE plan.carrier_account_id = $2 AND plan.superseded_at IS NULL AND plan.code = used.name)
     ORDER BY used.sims DESC, used.name`,
    [run.syncId, run.accountId, [...BILLABLE_STATUSES]],
  );
  return rows;
}

async function refuseUnreadable(context: PipelineContext, run: SyncRun): Promise<void> {
  const { rows } = await context.db.query<{ seen: number; quarantined: number }>(
    `SELECT CASE WHEN quarantined = 0 THEN (SELECT count(*) FROM (SELECT FROM (${rowsSeen(run)}) seen LIMIT 1) any_sim)
       ELSE (SELECT count(*) FROM (${fleetSeen(run)}) seen) END AS seen, quarantined FROM sync_runs WHERE sync_id = $1`,
    [run.syncId],
  );
  const { seen = 0, quarantined = 0 } = rows[0] ?? {};
  if (seen === 0)
    throw new PoolwiseError(
      "sync-incomplete",
      `The carrier lists no SIMs for account ${run.accountId}${quarantined > 0 ? `, and ${quarantined} rows could not be read` : ""}. Check the account's credentials, its account number and how far back the listing asks.`,
    );
  const share = quarantined / (seen + quarantined);
  if (share <= context.settings.maxQuarantinedShare) return;
  throw new PoolwiseError(
    "sync-incomplete",
    `${quarantined} of ${seen + quarantined} rows of the carrier's list could not be read (${(share * 100).toFixed(2)} %, at most ${context.settings.maxQuarantinedShare * 100} % may be set aside). See them in quarantined_rows of sync ${run.syncId}.`,
    { data: { quarantined, seen } },
  );
}
