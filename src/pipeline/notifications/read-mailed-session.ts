import { ERROR_CODES, PoolwiseError } from "../../billing/errors.ts";
import type { SqlExecutor } from "../../ports/database.ts";
import { mailedSummary } from "../../reports/mail/mailed-session.ts";
import type { MailedSession, SessionEnding } from "../../reports/mail/mailed-session.ts";
import type { SessionStage, SessionStatus } from "../context.ts";
import type { SessionTerms } from "../session/session-row.ts";
import type { MailedReports } from "./mailed-reports.ts";

interface Row {
  readonly id: string;
  readonly status: SessionStatus;
  readonly stage: SessionStage;
  readonly reason: string | null;
  readonly code: string | null;
  readonly summary: unknown;
  readonly terms: SessionTerms | null;
  readonly accountId: number;
  readonly accountName: string;
  readonly timeZone: string;
  readonly start: string;
  readonly end: string;
  readonly days: number;
  readonly endedAt: Date | null;
}

/** A tenant's session that has ended, as it stands for good. */
export async function readEndedSession(
  executor: SqlExecutor,
  { sessionId, tenantId }: { readonly sessionId: string; readonly tenantId: number },
): Promise<Row> {
  const { rows } = await executor.query<Row>(
    `SELECT session.session_id AS id, session.status, session.stage, session.reason, session.error_code AS code,
       session.summary, session.settings->'terms' AS terms, account.carrier_account_id AS "accountId",
       account.name AS "accountName", account.time_zone AS "timeZone", period.starts_on::text AS start,
       period.ends_on::text AS "end", period.days, session.completed_at AS "endedAt"
     FROM optimization_sessions session
     JOIN carrier_accounts account ON account.carrier_account_id = session.service_provider_id
     JOIN billing_periods period ON period.billing_period_id = session.billing_period_id
     WHERE session.session_id = $1 AND session.tenant_id = $2`,
    [sessionId, tenantId],
  );
  const [row] = rows;
  if (row !== undefined && row.endedAt !== null) return row;
  throw new PoolwiseError("internal-error", `Session ${sessionId} has not ended, or is another tenant's.`);
}

/** What its mail tells of it. */
export function toMailedSession(row: Row, reports: MailedReports): MailedSession {
  const { id, accountId, accountName, start, end, days, endedAt, timeZone } = row;
  return {
    id,
    account: { id: accountId, name: accountName },
    period: { start, end, days },
    endedAt: localTime(endedAt ?? new Date(0), timeZone),
    ending: endingOf(row, reports),
  };
}

function endingOf(
  { status, stage, reason, code, summary, terms }: Row,
  reports: MailedReports,
): SessionEnding {
  if (status === "COMPLETED") {
    return {
      kind: "completed",
      summary: mailedSummary.parse(summary),
      countsChanges: Number(terms?.switchCost ?? 0) + Number(terms?.minSaving ?? 0) > 0,
      attached: reports.attachments.map(({ name }) => name),
      links: reports.links,
      linkDays: reports.linkDays,
    };
  }
  const why = reason ?? "No reason was recorded.";
  if (status === "CANCELLED") return { kind: "cancelled", reason: why, isSuperseded: code === "superseded" };
  return { kind: "failed", title: titleOf(code), reason: why, stage };
}

function titleOf(code: string | null): string {
  const known = Object.entries(ERROR_CODES).find(([name]) => name === code);
  return known?.[1].title ?? "What went wrong";
}

/** "28 March 2026, 09:12 (America/New_York)". */
function localTime(at: Date, timeZone: string): string {
  const text = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    day: "numeric",
    month: "long",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
  }).format(at);
  return `${text.replace(" at ", ", ")} (${timeZone})`;
}
