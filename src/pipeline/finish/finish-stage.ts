import { createHash } from "node:crypto";
import { addSessionEvent } from "../../adapters/store/records.ts";
import { formatMicros } from "../../billing/decimal.ts";
import type { Transaction } from "../../ports/database.ts";
import type { Json } from "../../ports/queue.ts";
import type { ReportFigures } from "../../reports/figures.ts";
import { readAccount } from "../account.ts";
import type { PipelineContext } from "../context.ts";
import { reportKeys } from "../inputs/object-keys.ts";
import type { MessageOf } from "../messages.ts";
import { notifySession } from "../session/notify.ts";
import type { SessionRow } from "../session/session-row.ts";
import { lockAt } from "../session/session-row.ts";
import { whileSessionRuns } from "../session/while-session-runs.ts";
import type { WrittenReports } from "./begin-reports.ts";
import { storeReports } from "./store-reports.ts";

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  csv: "text/csv",
  json: "application/json",
  html: "text/html",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
};

/** Compiles a session whose units are all done: totals, reports, one notification. */
export async function finishStage(
  { sessionId }: MessageOf<"finish">,
  context: PipelineContext,
  signal?: AbortSignal,
): Promise<void> {
  const session = await context.db.transaction((within) => lockAt(within, sessionId, "finish"));
  if (session === undefined) return;
  const account = await readAccount(context.db, session.accountId);
  await context.fault?.("finish:inputs-written");
  await whileSessionRuns(context, sessionId, signal, async (running) => {
    const stored = await storeReports(context, session, running);
    await completeWith(context, session, account.name, stored);
  });
}

async function completeWith(
  context: PipelineContext,
  session: SessionRow,
  accountName: string,
  stored: WrittenReports,
): Promise<void> {
  const { sessionId, tenantId } = session;
  const certificate = await certificateObject(context, sessionId);
  await context.fault?.("finish:reports-written");
  await context.db.transaction(async (within) => {
    if ((await lockAt(within, sessionId, "finish")) === undefined) return;
    await recordReports(within, session, stored, certificate);
    const times = await complete(within, sessionId, stored.figures, stored.summary);
    await addSessionEvent(within, { tenantId, sessionId, kind: "completed" });
    const payload = payloadOf(session, accountName, stored);
    await notifySession(context, within, { tenantId, sessionId, kind: "session-completed", payload });
    within.afterCommit(() => report(context, session, stored.figures, times));
    await context.fault?.("finish:before-commit");
  });
  await context.fault?.("finish:after-commit");
}

interface CertificateObject {
  readonly key: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

async function certificateObject(
  { objects }: PipelineContext,
  sessionId: string,
): Promise<CertificateObject | undefined> {
  const key = `${reportKeys(sessionId)}certificate.json`;
  const found = await objects.head(key);
  if (found === undefined) return undefined;
  const hash = createHash("sha256");
  for await (const chunk of await objects.get(key)) hash.update(chunk as Uint8Array);
  return { key, sizeBytes: found.sizeBytes, sha256: hash.digest("hex") };
}

async function recordReports(
  within: Transaction,
  { sessionId, tenantId }: SessionRow,
  { objects }: WrittenReports,
  certificate: CertificateObject | undefined,
): Promise<void> {
  for (const { key, sizeBytes, sha256 } of [
    ...objects,
    ...(certificate === undefined ? [] : [certificate]),
  ]) {
    const name = key.slice(key.lastIndexOf("/") + 1);
    const contentType = CONTENT_TYPES[name.slice(name.lastIndexOf(".") + 1)] ?? "application/octet-stream";
    await within.query(
      `INSERT INTO reports (tenant_id, session_id, name, object_key, content_type, size_bytes, sha256) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [tenantId, sessionId, name, key, contentType, sizeBytes, sha256],
    );
  }
}

interface SessionTimes {
  /** From when the session was asked for to its end. */
  readonly seconds: number;
  /** Since its usage began to be read. */
  readonly usageAgeSeconds: number | null;
}

async function complete(
  within: Transaction,
  sessionId: string,
  figures: ReportFigures,
  summary: object,
): Promise<SessionTimes> {
  const { gap } = figures;
  const { rows } = await within.query<SessionTimes>(
    `UPDATE optimization_sessions SET status = 'COMPLETED', stage = 'done', reason = NULL, baseline_cost = $2, optimized_cost = $3,
       cost_savings = $4, savings_percent = $5, lower_bound = $6, gap = $7, change_count = $8, summary = $9,
       progress_at = clock_timestamp(), completed_at = clock_timestamp()
     WHERE session_id = $1
     RETURNING extract(epoch FROM completed_at - created_at)::float8 AS seconds,
       (SELECT extract(epoch FROM completed_at - min(sync.started_at))::float8 FROM sync_runs sync
        WHERE sync.session_id = $1 AND sync.status = 'MERGED') AS "usageAgeSeconds"`,
    [
      sessionId,
      formatMicros(figures.baseline),
      formatMicros(figures.optimized),
      formatMicros(figures.saving),
      (figures.savingShare * 100).toFixed(4),
      figures.bound === undefined ? null : formatMicros(figures.bound),
      gap !== undefined && Number.isFinite(gap) ? gap : null,
      figures.changes,
      JSON.stringify(summary),
    ],
  );
  return rows[0] ?? { seconds: 0, usageAgeSeconds: null };
}

function payloadOf(
  session: SessionRow,
  accountName: string,
  { figures, objects, summary }: WrittenReports,
): Json {
  return {
    session: session.sessionId,
    status: "COMPLETED",
    account: { id: session.accountId, name: accountName },
    period: { start: session.startsOn, end: session.endsOn },
    currency: figures.currency,
    devices: figures.devices,
    changes: figures.changes,
    baseline_cost: formatMicros(figures.baseline),
    optimized_cost: formatMicros(figures.optimized),
    savings: formatMicros(figures.saving),
    savings_percent: Number((figures.savingShare * 100).toFixed(4)),
    lower_bound: figures.bound === undefined ? null : formatMicros(figures.bound),
    gap: figures.gap !== undefined && Number.isFinite(figures.gap) ? figures.gap : null,
    reports: objects.map(({ key }) => key.slice(key.lastIndexOf("/") + 1)),
    notes: summary["notes"] as readonly string[],
  };
}

function report(
  context: PipelineContext,
  { sessionId, tenantId, accountId }: SessionRow,
  figures: ReportFigures,
  { seconds, usageAgeSeconds }: SessionTimes,
): void {
  const { metrics } = context;
  const labels = { tenant: String(tenantId), account: String(accountId) };
  metrics.observe("optimization_duration_seconds", seconds, labels);
  metrics.count("devices_optimized", figures.optimizedDevices, labels);
  const { currency } = figures;
  metrics.gauge("cost_savings", figures.saving / 1_000_000, { ...labels, currency });
  metrics.observe("savings_percentage", figures.savingShare * 100, labels);
  if (usageAgeSeconds !== null) metrics.gauge("usage_age_seconds", usageAgeSeconds, labels);
  metrics.count("sessions_ended", 1, { ...labels, status: "COMPLETED" });
  context.log.info(
    { sessionId, tenantId, accountId, devices: figures.devices, changes: figures.changes },
    "Session completed",
  );
}
