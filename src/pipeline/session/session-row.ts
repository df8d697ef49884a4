import type { Transaction } from "../../ports/database.ts";
import type { SessionStage, SessionStatus } from "../context.ts";

export interface SessionRow {
  readonly sessionId: string;
  readonly tenantId: number;
  readonly accountId: number;
  readonly periodId: number;
  readonly status: SessionStatus;
  readonly stage: SessionStage;
  readonly currency: string;
  readonly terms: SessionTerms;
  readonly startsOn: string;
  readonly endsOn: string;
  readonly endsAt: Date;
  readonly days: number;
  readonly createdAt: Date;
}

/** What a session was asked, as its settings hold it. */
export interface SessionTerms {
  readonly switchCost: string;
  readonly minSaving: string;
  readonly maxChanges: number | null;
  readonly invalidPlans: "fail" | "quarantine";
}

const COLUMNS = `session.session_id AS "sessionId", session.tenant_id AS "tenantId", session.service_provider_id AS "accountId",
  session.billing_period_id AS "periodId", session.status, session.stage, session.currency, session.settings->'terms' AS terms,
  period.starts_on::text AS "startsOn", period.ends_on::text AS "endsOn", period.ends_at AS "endsAt", period.days,
  session.created_at AS "createdAt"`;

/** The session, held until the transaction ends so that nobody else moves it; undefined where there is none. */
export async function lockSession(within: Transaction, sessionId: string): Promise<SessionRow | undefined> {
  const { rows } = await within.query<SessionRow>(
    `SELECT ${COLUMNS} FROM optimization_sessions session JOIN billing_periods period USING (billing_period_id)
     WHERE session.session_id = $1 FOR UPDATE OF session`,
    [sessionId],
  );
  return rows[0];
}

/** As `lockSession`, only where the session runs and stands at `stage`: otherwise the message has nothing left to do. */
export async function lockAt(
  within: Transaction,
  sessionId: string,
  stage: SessionStage,
): Promise<SessionRow | undefined> {
  const session = await lockSession(within, sessionId);
  return session?.status === "RUNNING" && session.stage === stage ? session : undefined;
}

/** Moves a session on to its next stage. */
export async function moveTo(within: Transaction, sessionId: string, stage: SessionStage): Promise<void> {
  await within.query(
    "UPDATE optimization_sessions SET stage = $2, reason = NULL, progress_at = clock_timestamp() WHERE session_id = $1",
    [sessionId, stage],
  );
}
