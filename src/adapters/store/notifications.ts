import type { Database, SqlExecutor } from "../../ports/database.ts";
import type { Json } from "../../ports/queue.ts";

export interface NewNotification {
  readonly tenantId: number;
  readonly sessionId?: string;
  readonly channel: "mail" | "webhook" | "sns";
  readonly kind: string;
  /** Two notifications with the same key are one, for ever. */
  readonly dedupKey: string;
  readonly payload: Json;
}

/** Decides that something is to be told, with the transaction it is about. False: it was decided already. */
export async function addNotification(
  executor: SqlExecutor,
  notification: NewNotification,
): Promise<boolean> {
  const { tenantId, sessionId, channel, kind, dedupKey, payload } = notification;
  const { rowCount } = await executor.query(
    `INSERT INTO notifications (tenant_id, session_id, channel, kind, dedup_key, payload) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (dedup_key) DO NOTHING`,
    [tenantId, sessionId ?? null, channel, kind, dedupKey, JSON.stringify(payload)],
  );
  return rowCount === 1;
}

export interface ClaimedNotification {
  readonly id: string;
  readonly tenantId: number;
  readonly sessionId: string | null;
  readonly channel: "mail" | "webhook" | "sns";
  readonly kind: string;
  readonly dedupKey: string;
  readonly payload: unknown;
  /** 1 on the first attempt. */
  readonly attempts: number;
  /** An earlier attempt ended without a word: it may have been sent. */
  readonly uncertain: boolean;
}

/** Notifications that are due, for this sender alone until `seconds` from now. */
export async function claimNotifications(
  database: Database,
  holder: string,
  limit: number,
  seconds: number,
): Promise<readonly ClaimedNotification[]> {
  return await database.transaction(async (transaction) => {
    const { rows } = await transaction.query<{ id: string; uncertain: boolean }>(
      "SELECT notification_id AS id, uncertain FROM claim_notifications($1, $2, $3)",
      [holder, limit, seconds],
    );
    if (rows.length === 0) return [];
    const uncertain = new Map(rows.map((row) => [row.id, row.uncertain]));
    const claimed = await transaction.query<Omit<ClaimedNotification, "uncertain">>(
      `SELECT notification_id AS id, tenant_id AS "tenantId", session_id AS "sessionId", channel, kind,
         dedup_key AS "dedupKey", payload, attempts
       FROM notifications WHERE notification_id = ANY($1::uuid[]) ORDER BY created_at, notification_id`,
      [[...uncertain.keys()]],
    );
    return claimed.rows.map((row) => ({ ...row, uncertain: uncertain.get(row.id) ?? false }));
  });
}

export type NotificationOutcome =
  | { readonly kind: "sent"; readonly reference?: string }
  | { readonly kind: "retry"; readonly afterSeconds: number; readonly error: string }
  | { readonly kind: "failed"; readonly error: string };

const STATUS = { sent: "SENT", retry: "PENDING", failed: "FAILED" } as const;

/** What became of a claimed notification. False: the claim had run out and somebody else has it. */
export async function settleNotification(
  executor: SqlExecutor,
  id: string,
  holder: string,
  outcome: NotificationOutcome,
): Promise<boolean> {
  const { rowCount } = await executor.query(
    `UPDATE notifications
     SET status = $3, claimed_by = NULL, claimed_until = NULL, last_error = $4, provider_reference = $5,
       sent_at = CASE WHEN $3 = 'SENT' THEN now() END, next_attempt_at = now() + make_interval(secs => $6)
     WHERE notification_id = $1 AND claimed_by = $2 AND status = 'SENDING'`,
    [
      id,
      holder,
      STATUS[outcome.kind],
      outcome.kind === "sent" ? null : outcome.error,
      outcome.kind === "sent" ? (outcome.reference ?? null) : null,
      outcome.kind === "retry" ? outcome.afterSeconds : 0,
    ],
  );
  return rowCount === 1;
}
