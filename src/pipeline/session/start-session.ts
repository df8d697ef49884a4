import { addSessionEvent, writeAudit } from "../../adapters/store/records.ts";
import type { BillingCycle } from "../../billing/billing-cycle.ts";
import { cycleAt } from "../../billing/billing-cycle.ts";
import { parseScaled } from "../../billing/decimal.ts";
import { PoolwiseError } from "../../billing/errors.ts";
import type { TimingWindow } from "../../billing/timing-window.ts";
import { lastDaysWindow } from "../../billing/timing-window.ts";
import type { Transaction } from "../../ports/database.ts";
import { readAccount } from "../account.ts";
import type { CarrierAccount, PipelineContext, StartedSession, StartRequest } from "../context.ts";
import { sendStage } from "../messages.ts";
import { endSession } from "./end-session.ts";
import type { SessionTerms } from "./session-row.ts";

/**
 * Starts a session for the billing cycle that holds this moment. One at a time for an account and cycle: the database
 * sees to that. On the cycle's last day a new session takes the place of one that is running.
 * @throws PoolwiseError `window-closed`, `session-running` with the session's id in `data`, `option-invalid`.
 */
export async function startSession(context: PipelineContext, request: StartRequest): Promise<StartedSession> {
  const started = await startSessionIf(context, request, () => Promise.resolve(true));
  if (started !== undefined) return started;
  throw new PoolwiseError("internal-error", "A session that nothing speaks against did not start.");
}

/** What is known of the moment a session would start at, with the account held against other triggers. */
export interface StartMoment {
  readonly account: CarrierAccount;
  readonly periodId: number;
  readonly window: TimingWindow;
}

/** As `startSession`, where `wanted` says so once no other trigger can come between; undefined where it does not. */
export async function startSessionIf(
  context: PipelineContext,
  request: StartRequest,
  wanted: (within: Transaction, moment: StartMoment) => Promise<boolean>,
): Promise<StartedSession | undefined> {
  const terms = termsOf(context, request);
  const account = await readAccount(context.db, request.accountId, request.tenantId);
  if (account.disabled)
    throw new PoolwiseError(
      "option-invalid",
      `Carrier account ${account.accountId} is switched off; switch it on to start a session.`,
    );
  const nowMs = context.clock();
  const cycle = cycleAt(nowMs, account.cycleDay, account.timeZone);
  const window = lastDaysWindow(nowMs, cycle, account.timeZone, {
    days: context.settings.windowDays,
    startHour: account.startHour,
  });
  if (!window.open && request.anyTime !== true) throw windowClosed(account, window, nowMs);
  return await context.db.transaction(async (within) => {
    // Two triggers wait for each other here; the unique index would hold without it.
    await within.query("SELECT FROM carrier_accounts WHERE carrier_account_id = $1 FOR NO KEY UPDATE", [
      account.accountId,
    ]);
    const periodId = await periodOf(within, account, cycle);
    if (!(await wanted(within, { account, periodId, window }))) return undefined;
    const running = await runningSession(within, account, periodId);
    if (running !== undefined && !window.lastDay) throw alreadyRunning(account, running);
    const sessionId = crypto.randomUUID();
    if (running !== undefined) {
      const reason = `Superseded by session ${sessionId}, started on the last day of the cycle.`;
      await endSession(context, within, running, { status: "CANCELLED", errorCode: "superseded", reason });
    }
    await insertSession(within, {
      sessionId,
      periodId,
      account,
      request,
      terms,
      supersedes: running,
      context,
    });
    await sendStage(context, within, { stage: "start", sessionId });
    return { sessionId, supersedes: running };
  });
}

async function runningSession(
  within: Transaction,
  account: CarrierAccount,
  periodId: number,
): Promise<string | undefined> {
  const { rows } = await within.query<{ id: string }>(
    `SELECT session_id AS id FROM optimization_sessions
     WHERE service_provider_id = $1 AND billing_period_id = $2 AND status IN ('PENDING', 'RUNNING')`,
    [account.accountId, periodId],
  );
  return rows[0]?.id;
}

async function periodOf(
  within: Transaction,
  { tenantId, accountId }: CarrierAccount,
  cycle: BillingCycle,
): Promise<number> {
  await within.query(
    `INSERT INTO billing_periods (tenant_id, carrier_account_id, starts_at, ends_at, starts_on, ends_on)
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (carrier_account_id, starts_on) DO NOTHING`,
    [tenantId, accountId, new Date(cycle.startMs), new Date(cycle.endMs), cycle.start, cycle.end],
  );
  const { rows } = await within.query<{ id: number; end: string }>(
    `SELECT billing_period_id AS id, ends_on::text AS end FROM billing_periods WHERE carrier_account_id = $1 AND starts_on = $2`,
    [accountId, cycle.start],
  );
  const [period] = rows;
  if (period?.end === cycle.end) return period.id;
  throw new PoolwiseError(
    "settings-invalid",
    `The billing cycle of account ${accountId} that starts on ${cycle.start} was recorded up to ${period?.end ?? "?"}, and is now said to end on ${cycle.end}. The account's cycle day or time zone was changed in the middle of a cycle: put it back until the cycle is over.`,
  );
}

interface NewSession {
  readonly sessionId: string;
  readonly periodId: number;
  readonly account: CarrierAccount;
  readonly request: StartRequest;
  readonly terms: SessionTerms;
  readonly supersedes: string | undefined;
  readonly context: PipelineContext;
}

async function insertSession(within: Transaction, session: NewSession): Promise<void> {
  const { sessionId, periodId, account, request, terms, supersedes, context } = session;
  const { settings } = context;
  const actor = request.actor ?? null;
  const asked = {
    terms,
    windowDays: settings.windowDays,
    maxPages: settings.maxPages,
    timeZone: account.timeZone,
    cycleDay: account.cycleDay,
  };
  await within.query(
    `INSERT INTO optimization_sessions (session_id, service_provider_id, tenant_id, billing_period_id, trigger_kind, actor, any_time,
       supersedes_session_id, program_version, settings, currency, deadline_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, clock_timestamp() + make_interval(secs => $12))`,
    [
      sessionId,
      account.accountId,
      account.tenantId,
      periodId,
      request.trigger ?? "person",
      actor,
      request.anyTime === true,
      supersedes ?? null,
      settings.programVersion,
      JSON.stringify(asked),
      account.currency,
      settings.sessionLimitMs / 1_000,
    ],
  );
  const { tenantId } = account;
  await addSessionEvent(within, {
    tenantId,
    sessionId,
    kind: "created",
    data: { supersedes: supersedes ?? null },
  });
  await writeAudit(within, {
    tenantId,
    actor: actor ?? request.trigger ?? "unknown",
    action: "session.started",
    subjectKind: "session",
    subjectId: sessionId,
    data: { anyTime: request.anyTime === true },
  });
}

function termsOf(context: PipelineContext, request: StartRequest): SessionTerms {
  const { switchCost = "0", minSaving = "0", maxChanges = null } = request;
  for (const [field, text] of Object.entries({ switchCost, minSaving })) {
    const amount = text.length > 20 ? undefined : parseScaled(text, 6);
    if (typeof amount === "bigint" && amount >= 0n && amount <= 10n ** 15n) continue;
    throw new PoolwiseError(
      "option-invalid",
      `${field} is ${JSON.stringify(text.slice(0, 40))}; expected an amount from 0 to 1,000,000,000 of at most 6 decimals.`,
    );
  }
  if (maxChanges !== null && !(Number.isInteger(maxChanges) && maxChanges >= 0))
    throw new PoolwiseError("option-invalid", `maxChanges is ${maxChanges}; expected a whole number ≥ 0.`);
  return { switchCost, minSaving, maxChanges, invalidPlans: context.settings.invalidPlans };
}

function windowClosed(
  account: CarrierAccount,
  { opensMs, closesMs }: TimingWindow,
  nowMs: number,
): PoolwiseError {
  const iso = (ms: number): string => new Date(ms).toISOString();
  const opens = opensMs === undefined ? "none is left in this cycle" : `the next opens at ${iso(opensMs)}`;
  return new PoolwiseError(
    "window-closed",
    `Sessions of account ${account.name} start in the last days of its billing cycle, which ends at ${iso(closesMs)}: ${opens}, and it is ${iso(nowMs)}. Use --any-time to start one now.`,
    { data: { opens: opensMs === undefined ? null : iso(opensMs), closes: iso(closesMs) } },
  );
}

function alreadyRunning(account: CarrierAccount, sessionId: string): PoolwiseError {
  return new PoolwiseError(
    "session-running",
    `Session ${sessionId} of account ${account.name} is running for this billing cycle. Wait for it, or end it with poolwise session cancel ${sessionId}.`,
    { data: { sessionId } },
  );
}
