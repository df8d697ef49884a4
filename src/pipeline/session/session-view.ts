import { PoolwiseError } from "../../billing/errors.ts";
import type { PipelineContext, SessionStage, SessionStatus, SessionView } from "../context.ts";
import { findSession } from "./find-session.ts";
import { sessionNotifications } from "./session-notifications.ts";

interface Row {
  readonly id: string;
  readonly status: SessionStatus;
  readonly stage: SessionStage;
  readonly reason: string | null;
  readonly error_code: string | null;
  readonly summary: unknown;
  readonly created_at: Date;
  readonly started_at: Date | null;
  readonly completed_at: Date | null;
  readonly actor: string | null;
  readonly any_time: boolean;
  readonly supersedes: string | null;
  readonly account_id: number;
  readonly account_name: string;
  readonly start: string;
  readonly end: string;
  readonly days: number;
  readonly units_total: number | null;
  readonly units_done: number;
  readonly kind: "full" | "incremental" | null;
  readonly complete: boolean | null;
  readonly read: number | null;
  readonly devices: number | null;
  readonly quarantined: number | null;
  readonly duplicates: number | null;
  readonly conflicts: number | null;
  readonly seconds: number | null;
  readonly rows_staged: number | null;
  readonly known: number | null;
}

/** A session as it stands. @throws PoolwiseError `option-invalid` where there is none. */
export async function sessionView(
  { db }: Pick<PipelineContext, "db">,
  id: string,
  tenantId?: number,
): Promise<SessionView> {
  const { sessionId } = await findSession(db, id, tenantId);
  const { rows } = await db.query<Row>(
    `SELECT session.session_id AS id, session.status, session.stage, session.reason, session.error_code, session.summary,
       session.created_at, session.started_at, session.completed_at, session.actor, session.any_time,
       session.supersedes_session_id AS supersedes, account.carrier_account_id AS account_id, account.name AS account_name,
       period.starts_on::text AS start, period.ends_on::text AS end, period.days, session.units_total, session.units_done,
       sync.kind, sync.complete, sync.devices AS read,
       CASE WHEN sync.kind = 'incremental' THEN session.device_count ELSE sync.devices END AS devices, sync.quarantined, sync.duplicates, sync.conflicts, sync.rows_staged,
       extract(epoch FROM sync.finished_at - sync.started_at)::float8 AS seconds,
       (SELECT before.devices FROM sync_runs before WHERE before.carrier_account_id = account.carrier_account_id
          AND before.kind = sync.kind AND before.status = 'MERGED' AND before.sync_id <> sync.sync_id
          ORDER BY before.started_at DESC LIMIT 1) AS known
     FROM optimization_sessions session
     JOIN carrier_accounts account ON account.carrier_account_id = session.service_provider_id
     JOIN billing_periods period ON period.billing_period_id = session.billing_period_id
     LEFT JOIN sync_runs sync ON sync.session_id = session.session_id
     WHERE session.session_id = $1`,
    [sessionId],
  );
  const [row] = rows;
  if (row === undefined) throw new PoolwiseError("internal-error", `Session ${sessionId} could not be read.`);
  return viewOf(row, await sessionNotifications(db, sessionId));
}

function viewOf(row: Row, notifications: SessionView["notifications"]): SessionView {
  return {
    id: row.id,
    status: row.status,
    reason: row.reason,
    error_code: row.error_code,
    stage: row.stage,
    progress: progressOf(row),
    account: { id: row.account_id, name: row.account_name },
    period: { start: row.start, end: row.end, days: row.days },
    sync:
      row.kind === null
        ? null
        : {
            kind: row.kind,
            complete: row.complete === true,
            devices: row.devices,
            read: row.read,
            quarantined: row.quarantined ?? 0,
            duplicates: row.duplicates,
            conflicts: row.conflicts,
            seconds: row.seconds,
          },
    summary: row.summary,
    created_at: row.created_at.toISOString(),
    started_at: row.started_at?.toISOString() ?? null,
    completed_at: row.completed_at?.toISOString() ?? null,
    actor: row.actor,
    any_time: row.any_time,
    supersedes: row.supersedes,
    notifications,
  };
}

/** What part of a session lies before each stage, as an assumption for the progress that is shown. */
const BEFORE: Readonly<Record<SessionStage, number>> = {
  start: 0,
  sync: 0.01,
  prepare: 0.8,
  optimize: 0.83,
  finish: 0.95,
  done: 1,
};

function progressOf(row: Row): SessionView["progress"] {
  const before = BEFORE[row.stage];
  if (row.stage === "sync") {
    const done = row.rows_staged ?? 0;
    // A SIM is read twice, once with its usage.
    const total = row.known === null ? null : row.known * 2;
    const part = total === null || total === 0 ? 0 : Math.min(1, done / total);
    return { fraction: before + part * (BEFORE.prepare - before), done, total, unit: "rows" };
  }
  return { fraction: before, done: row.units_done, total: row.units_total, unit: "units" };
}
