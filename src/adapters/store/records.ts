import type { SqlExecutor } from "../../ports/database.ts";
import type { Json } from "../../ports/queue.ts";

export interface AuditEntry {
  readonly tenantId: number;
  readonly actor: string;
  /** "session.approved", "carrier-account.added", …. */
  readonly action: string;
  readonly subjectKind: string;
  readonly subjectId: string;
  /** Never a secret. */
  readonly data?: Json;
}

/** Writes who did what, for ever: the audit log cannot be changed. */
export async function writeAudit(executor: SqlExecutor, entry: AuditEntry): Promise<void> {
  await executor.query(
    "INSERT INTO audit_log (tenant_id, actor, action, subject_kind, subject_id, data) VALUES ($1, $2, $3, $4, $5, $6)",
    [
      entry.tenantId,
      entry.actor,
      entry.action,
      entry.subjectKind,
      entry.subjectId,
      JSON.stringify(entry.data ?? {}),
    ],
  );
}

/** The channel that tells of new session events: `{"session": id, "event": id}`. */
export const SESSION_EVENTS_CHANNEL = "poolwise_session_events";

/** Adds to what whoever watches the session is told. */
export async function addSessionEvent(
  executor: SqlExecutor,
  event: {
    readonly tenantId: number;
    readonly sessionId: string;
    readonly kind: string;
    readonly data?: Json;
  },
): Promise<void> {
  await executor.query(
    "INSERT INTO session_events (tenant_id, session_id, kind, data) VALUES ($1, $2, $3, $4)",
    [event.tenantId, event.sessionId, event.kind, JSON.stringify(event.data ?? {})],
  );
}
