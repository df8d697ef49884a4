import type { PipelineContext, SessionListing, SessionStage, SessionStatus } from "../context.ts";

interface Row {
  readonly id: string;
  readonly status: SessionStatus;
  readonly stage: SessionStage;
  readonly reason: string | null;
  readonly account_id: number;
  readonly account_name: string;
  readonly start: string;
  readonly end: string;
  readonly devices: number | null;
  readonly savings: string | null;
  readonly currency: string | null;
  readonly created_at: Date;
  readonly completed_at: Date | null;
}

export interface SessionFilter {
  readonly tenantId?: number;
  readonly accountId?: number;
  readonly status?: SessionStatus;
  /** Default 50. */
  readonly limit?: number;
  /** The last session of the page before. */
  readonly after?: string;
}

/** Sessions, the newest first. */
export async function listSessions(
  { db }: Pick<PipelineContext, "db">,
  filter: SessionFilter = {},
): Promise<SessionListing[]> {
  const { tenantId = null, accountId = null, status = null, limit = 50, after = null } = filter;
  const { rows } = await db.query<Row>(
    `SELECT session.session_id AS id, session.status, stage, reason, carrier_account_id AS account_id, account.name AS account_name,
       period.starts_on::text AS start, period.ends_on::text AS end, device_count AS devices, cost_savings AS savings,
       session.currency, session.created_at, session.completed_at
     FROM optimization_sessions session
     JOIN carrier_accounts account ON account.carrier_account_id = session.service_provider_id
     JOIN billing_periods period USING (carrier_account_id, billing_period_id)
     WHERE ($1::int IS NULL OR session.tenant_id = $1) AND ($2::int IS NULL OR carrier_account_id = $2)
       AND ($3::text IS NULL OR session.status = $3)
       AND ($4::uuid IS NULL OR (session.created_at, session.session_id) < (SELECT last.created_at, last.session_id FROM optimization_sessions last WHERE last.session_id = $4))
     ORDER BY session.created_at DESC, session.session_id DESC LIMIT $5`,
    [tenantId, accountId, status, after, limit],
  );
  return rows.map(({ account_id, account_name, start, end, created_at, completed_at, ...row }) => ({
    ...row,
    account: { id: account_id, name: account_name },
    period: { start, end },
    created_at: created_at.toISOString(),
    completed_at: completed_at?.toISOString() ?? null,
  }));
}
