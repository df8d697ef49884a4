import { addSessionEvent } from "../../adapters/store/records.ts";
import type { Transaction } from "../../ports/database.ts";
import type { PipelineContext } from "../context.ts";
import type { MessageOf } from "../messages.ts";
import { sendStage } from "../messages.ts";
import { endSession } from "../session/end-session.ts";
import type { SessionRow } from "../session/session-row.ts";
import { lockSession } from "../session/session-row.ts";
import { FIRST_CURSOR } from "../sync/sync-cursor.ts";

/** Takes a session up: decides what is to be read from the carrier, and begins to. */
export async function startStage({ sessionId }: MessageOf<"start">, context: PipelineContext): Promise<void> {
  await context.db.transaction(async (within) => {
    const session = await lockSession(within, sessionId);
    if (session?.status !== "PENDING" || session.stage !== "start") return;
    if (!(await hasPlans(within, session))) {
      const reason = `No rate plans have been imported for account ${session.accountId}: run poolwise plans import --account ${session.accountId} --plans <file>, then start again.`;
      await endSession(context, within, sessionId, { status: "FAILED", errorCode: "input-invalid", reason });
      return;
    }
    const since = await incrementalSince(within, session, context.settings.fullSyncDays);
    const syncId = crypto.randomUUID();
    const kind = since === undefined ? "full" : "incremental";
    await within.query(
      `INSERT INTO sync_runs (sync_id, tenant_id, carrier_account_id, billing_period_id, session_id, kind, modified_since, cursor)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [
        syncId,
        session.tenantId,
        session.accountId,
        session.periodId,
        sessionId,
        kind,
        since ?? null,
        JSON.stringify(FIRST_CURSOR),
      ],
    );
    await within.query(
      `UPDATE optimization_sessions SET status = 'RUNNING', stage = 'sync', reason = NULL, full_sync = $2, started_at = clock_timestamp(),
         progress_at = clock_timestamp() WHERE session_id = $1`,
      [sessionId, kind === "full"],
    );
    await addSessionEvent(within, {
      tenantId: session.tenantId,
      sessionId,
      kind: "sync-started",
      data: { kind },
    });
    await sendStage(context, within, { stage: "sync", sessionId, syncId, turn: FIRST_CURSOR.turn });
    await context.fault?.("start:before-commit");
  });
  await context.fault?.("start:after-commit");
}

async function hasPlans(within: Transaction, { accountId }: SessionRow): Promise<boolean> {
  const { rows } = await within.query<{ found: boolean }>(
    "SELECT EXISTS (SELECT FROM rate_plans WHERE carrier_account_id = $1 AND superseded_at IS NULL) AS found",
    [accountId],
  );
  return rows[0]?.found === true;
}

/**
 * The carrier's time from which changes are to be read; undefined where every SIM is. Changes are enough where this
 * cycle has seen every SIM in the last days.
 */
async function incrementalSince(
  within: Transaction,
  session: SessionRow,
  fullSyncDays: number,
): Promise<Date | undefined> {
  const { rows } = await within.query<{ since: string | null }>(
    `SELECT max(cursor->>'listingStartedAt') AS since FROM sync_runs
     WHERE carrier_account_id = $1 AND billing_period_id = $2 AND status = 'MERGED' AND complete AND EXISTS (
       SELECT FROM sync_runs whole WHERE whole.carrier_account_id = $1 AND whole.billing_period_id = $2 AND whole.kind = 'full'
         AND whole.status = 'MERGED' AND whole.complete AND whole.started_at > now() - make_interval(secs => $3 * 86400.0))`,
    [session.accountId, session.periodId, fullSyncDays],
  );
  const since = rows[0]?.since;
  return since === null || since === undefined ? undefined : new Date(since);
}
