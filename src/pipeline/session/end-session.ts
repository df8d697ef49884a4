import { addSessionEvent } from "../../adapters/store/records.ts";
import type { Transaction } from "../../ports/database.ts";
import type { PipelineContext } from "../context.ts";
import type { NotificationKind } from "./notify.ts";
import { notifySession } from "./notify.ts";
import { lockSession } from "./session-row.ts";

export interface SessionEnd {
  readonly status: "FAILED" | "CANCELLED";
  readonly errorCode: string;
  /** For a person to act on. */
  readonly reason: string;
}

/**
 * Ends a session that has not ended, with everything under way for it, and tells of it once. False: it had ended.
 */
export async function endSession(
  context: PipelineContext,
  within: Transaction,
  sessionId: string,
  { status, errorCode, reason }: SessionEnd,
): Promise<boolean> {
  const session = await lockSession(within, sessionId);
  if (session === undefined || (session.status !== "PENDING" && session.status !== "RUNNING")) return false;
  const { tenantId, accountId, stage } = session;
  await within.query(
    `UPDATE optimization_sessions SET status = $2, error_code = $3, reason = $4, progress_at = clock_timestamp(),
       completed_at = clock_timestamp() WHERE session_id = $1`,
    [sessionId, status, errorCode, reason],
  );
  await within.query(
    "UPDATE units SET status = 'CANCELLED', error_code = $2, reason = $3, finished_at = clock_timestamp() WHERE session_id = $1 AND status IN ('PENDING', 'RUNNING')",
    [sessionId, errorCode, reason],
  );
  const syncs = await within.query<{ id: string }>(
    `UPDATE sync_runs SET status = $2, complete = false, reason = $3, finished_at = clock_timestamp()
     WHERE session_id = $1 AND status IN ('RUNNING', 'LOADED') RETURNING sync_id AS id`,
    [sessionId, status, reason],
  );
  for (const { id } of syncs.rows) await within.query("SELECT discard_staging($1)", [id]);
  await addSessionEvent(within, {
    tenantId,
    sessionId,
    kind: status === "FAILED" ? "failed" : "cancelled",
    data: { stage, errorCode, reason },
  });
  const kind: NotificationKind = status === "FAILED" ? "session-failed" : "session-cancelled";
  await notifySession(context, within, {
    tenantId,
    sessionId,
    kind,
    payload: {
      session: sessionId,
      status,
      account: { id: accountId, name: await accountName(within, accountId) },
      period: { start: session.startsOn, end: session.endsOn },
      stage,
      code: errorCode,
      reason,
    },
  });
  within.afterCommit(() => {
    context.metrics.count("sessions_ended", 1, {
      tenant: String(tenantId),
      account: String(accountId),
      status,
    });
    context.log.warn({ sessionId, tenantId, accountId, stage, status, code: errorCode }, reason);
  });
  return true;
}

async function accountName(within: Transaction, accountId: number): Promise<string> {
  const { rows } = await within.query<{ name: string }>(
    "SELECT name FROM carrier_accounts WHERE carrier_account_id = $1",
    [accountId],
  );
  return rows[0]?.name ?? "";
}
