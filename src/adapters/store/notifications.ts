import type { Database, SqlExecutor } from "../../ports/database.ts";
import type { Json } from "../../ports/queue.ts";
import { writeAudit } from "./records.ts";

export type Channel = "mail" | "webhook" | "sns";

/** The channel that tells senders that there is something new to send. */
export const NOTIFICATIONS_CHANNEL = "poolwise_notifications";

export interface NewNotification {
  readonly tenantId: number;
  readonly sessionId?: string;
  readonly channel: Channel;
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
  readonly channel: Channel;
  readonly kind: string;
  readonly dedupKey: string;
  readonly payload: unknown;
  readonly createdAt: Date;
  /** Since it was decided, by the database's clock. */
  readonly ageSeconds: number;
  /** 1 on the first attempt. */
  readonly attempts: number;
  /** An earlier attempt handed the content over and ended without a word: it may have been taken. */
  readonly uncertain: boolean;
}

export interface NotificationClaim {
  /** Names this sender, among all that ever were. */
  readonly holder: string;
  /** What it can send. */
  readonly channels: readonly Channel[];
  readonly limit: number;
  /** How long they are this sender's alone. */
  readonly seconds: number;
}

/** Notifications that are due, for this sender alone for a while. */
export async function claimNotifications(
  database: Database,
  { holder, channels, limit, seconds }: NotificationClaim,
): Promise<readonly ClaimedNotification[]> {
  return await database.transaction(async (transaction) => {
    const { rows } = await transaction.query<{ id: string; uncertain: boolean }>(
      "SELECT notification_id AS id, uncertain FROM claim_notifications($1, $2, $3, $4)",
      [holder, channels, limit, seconds],
    );
    if (rows.length === 0) return [];
    const uncertain = new Map(rows.map((row) => [row.id, row.uncertain]));
    const claimed = await transaction.query<Omit<ClaimedNotification, "uncertain">>(
      `SELECT notification_id AS id, tenant_id AS "tenantId", session_id AS "sessionId", channel, kind,
         dedup_key AS "dedupKey", payload, attempts, created_at AS "createdAt",
         extract(epoch FROM clock_timestamp() - created_at)::float8 AS "ageSeconds"
       FROM notifications WHERE notification_id = ANY($1::uuid[]) ORDER BY created_at, notification_id`,
      [[...uncertain.keys()]],
    );
    return claimed.rows.map((row) => ({ ...row, uncertain: uncertain.get(row.id) ?? false }));
  });
}

/**
 * Notes that the content of a claimed notification is about to be handed over: from here on nobody sends it again
 * unless this sender knows that it was not taken. False: the claim has run out, so it must not be handed over.
 */
export async function noteHandingOver(
  executor: SqlExecutor,
  id: string,
  holder: string,
  seconds: number,
): Promise<boolean> {
  const { rowCount } = await executor.query(
    `UPDATE notifications
     SET handed_at = clock_timestamp(), handed_by = $2, claimed_until = clock_timestamp() + make_interval(secs => $3)
     WHERE notification_id = $1 AND claimed_by = $2 AND status = 'SENDING' AND (handed_at IS NULL OR handed_by = $2)
       AND claimed_until > clock_timestamp()`,
    [id, holder, seconds],
  );
  return rowCount === 1;
}

export type NotificationOutcome =
  | { readonly kind: "sent"; readonly reference?: string }
  /** It was not taken. */
  | { readonly kind: "retry"; readonly afterSeconds: number; readonly error: string }
  | { readonly kind: "failed"; readonly error: string }
  /** It may have been taken, and must not be sent twice. */
  | { readonly kind: "uncertain"; readonly error: string }
  /** Nobody is to be told. */
  | { readonly kind: "skipped"; readonly error: string };

const STATUS = {
  sent: "SENT",
  retry: "PENDING",
  failed: "FAILED",
  uncertain: "UNCERTAIN",
  skipped: "SKIPPED",
} as const;

/**
 * What became of a claimed notification. False: somebody else has it by now. Whoever handed it over may still say that
 * it was sent after it counted as uncertain.
 */
export async function settleNotification(
  executor: SqlExecutor,
  id: string,
  holder: string,
  outcome: NotificationOutcome,
): Promise<boolean> {
  const { rowCount } = await executor.query(
    `UPDATE notifications
     SET status = $3, claimed_by = NULL, claimed_until = NULL, last_error = $4, provider_reference = $5,
       sent_at = CASE WHEN $3 = 'SENT' THEN clock_timestamp() END,
       next_attempt_at = clock_timestamp() + make_interval(secs => $6),
       handed_at = CASE WHEN $3 <> 'PENDING' THEN handed_at END, handed_by = CASE WHEN $3 <> 'PENDING' THEN handed_by END
     WHERE notification_id = $1
       AND ((status = 'SENDING' AND claimed_by = $2)
         OR ($3 = 'SENT' AND status IN ('SENDING', 'UNCERTAIN') AND handed_by = $2))`,
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

/**
 * Puts a notification that was not sent, or may not have been, back to be sent. False: there is none, or it was sent or
 * is still to be.
 */
export async function sendNotificationAgain(database: Database, id: string, by: string): Promise<boolean> {
  return await database.transaction(async (within) => {
    const { rows } = await within.query<{ tenantId: number; status: string }>(
      `SELECT tenant_id AS "tenantId", status FROM notifications
       WHERE notification_id::text = $1 AND status IN ('FAILED', 'UNCERTAIN', 'SKIPPED') FOR UPDATE`,
      [id],
    );
    const [found] = rows;
    if (found === undefined) return false;
    await within.query(
      `UPDATE notifications SET status = 'PENDING', attempts = 0, next_attempt_at = clock_timestamp(), handed_at = NULL,
         handed_by = NULL WHERE notification_id::text = $1`,
      [id],
    );
    const data = { before: found.status };
    await writeAudit(within, {
      tenantId: found.tenantId,
      actor: by,
      action: "notification.sent-again",
      subjectKind: "notification",
      subjectId: id,
      data,
    });
    await within.query("SELECT pg_notify($1, '')", [NOTIFICATIONS_CHANNEL]);
    return true;
  });
}
