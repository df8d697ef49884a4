import { PoolwiseError } from "../../billing/errors.ts";
import type { PipelineContext } from "../context.ts";
import { fleetSeen, rowsSeen } from "./fleet-seen.ts";
import type { PlanSeen } from "./plans-seen.ts";
import { plansOfFleet, plansSeen } from "./plans-seen.ts";
import type { Sync } from "./read-step.ts";
import type { SyncRun } from "./sync-run.ts";

const SHOWN = 20;

/**
 * Refuses a listing that cannot be optimised before its usage is read.
 * @throws PoolwiseError `sync-incomplete`, or `input-invalid` naming the rate plans that were not imported.
 */
export async function checkInventory(sync: Sync): Promise<void> {
  const { context, run } = sync;
  await refuseUnreadable(context, run);
  sync.plansSeen = await plansSeen(sync);
  // Of a million rows hardly any is on an unknown plan: which SIMs still are is looked up only then.
  if (unknownOf(sync.plansSeen).length === 0) return;
  const plans = unknownOf(await plansOfFleet(sync));
  if (plans.length === 0) return;
  const named = plans
    .slice(0, SHOWN)
    .map(({ name, billed }) => `${JSON.stringify(name ?? "")} (${billed} ${billed === 1 ? "SIM" : "SIMs"})`);
  const more = plans.length > SHOWN ? `, and ${plans.length - SHOWN} more` : "";
  throw new PoolwiseError(
    "input-invalid",
    `SIMs are on rate plans that were not imported: ${named.join(", ")}${more}. Add them to the plans file and run poolwise plans import --account ${run.accountId} --plans <file>, then start again.`,
    { data: { plans: plans.slice(0, SHOWN).map(({ name }) => name ?? "") } },
  );
}

const unknownOf = (plans: readonly PlanSeen[]): readonly PlanSeen[] =>
  plans.filter(({ billed, isImported }) => billed > 0 && !isImported);

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
