import type { SqlExecutor } from "../../ports/database.ts";
import type { SessionNotification } from "../context.ts";

/** What was told of a session, or is to be, and how far it got. */
export async function sessionNotifications(
  executor: SqlExecutor,
  sessionId: string,
): Promise<SessionNotification[]> {
  const { rows } = await executor.query<Omit<SessionNotification, "sent_at"> & { sent_at: Date | null }>(
    `SELECT notification_id AS id, channel, kind, lower(status) AS status, attempts, last_error AS error, sent_at
     FROM notifications WHERE session_id = $1 ORDER BY created_at, channel`,
    [sessionId],
  );
  return rows.map((row) => ({ ...row, sent_at: row.sent_at?.toISOString() ?? null }));
}
