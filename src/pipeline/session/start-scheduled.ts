import { cycleAt } from "../../billing/billing-cycle.ts";
import { PoolwiseError } from "../../billing/errors.ts";
import { lastDaysWindow } from "../../billing/timing-window.ts";
import type { SqlExecutor } from "../../ports/database.ts";
import { readAccount } from "../account.ts";
import type { PipelineContext, SessionStatus } from "../context.ts";
import type { StartMoment } from "./start-session.ts";
import { startSessionIf } from "./start-session.ts";

/** An account whose plans were just changed is still being set up: its eligibility may be on its way. */
const SETTLED_AFTER_MS = 3_600_000;
/** A session that failed on the last day is tried again after so long; on other days the next day. */
const LAST_DAY_RETRY_MS = 3_600_000;

/**
 * Starts the sessions that are due by the calendar: one for an account and billing cycle, from the opening of its window
 * on, and one more on the cycle's last day, which takes the place of one that still runs. One that failed is tried again
 * on the next day, on the last day after an hour. A session that a person started within the window, or on the last day
 * then, stands for it. @returns the ids.
 */
export async function startScheduled(context: PipelineContext): Promise<string[]> {
  const started: string[] = [];
  for (const accountId of await settledAccounts(context)) {
    try {
      const session = await startDue(context, accountId);
      if (session !== undefined) started.push(session);
    } catch (error) {
      if (error instanceof PoolwiseError && error.code === "session-running") continue;
      // One account that is set up wrongly must not keep the others waiting.
      context.log.error({ accountId, error }, "A session that is due could not be started");
    }
  }
  return started;
}

async function startDue(context: PipelineContext, accountId: number): Promise<string | undefined> {
  const account = await readAccount(context.db, accountId);
  const nowMs = context.clock();
  const cycle = cycleAt(nowMs, account.cycleDay, account.timeZone);
  const terms = { days: context.settings.windowDays, startHour: account.startHour };
  const { open } = lastDaysWindow(nowMs, cycle, account.timeZone, terms);
  if (!open) return undefined;
  // The first opening is that of an instant before the window.
  const first = lastDaysWindow(cycle.startMs, cycle, account.timeZone, terms).opensMs ?? nowMs;
  const started = await startSessionIf(
    context,
    { accountId, trigger: "schedule", actor: "schedule" },
    (within, moment) => isDue(within, moment, first, nowMs),
  );
  if (started === undefined) return undefined;
  const { sessionId, supersedes } = started;
  context.log.info(
    { sessionId, accountId, tenantId: account.tenantId, supersedes },
    "A session is due and has started",
  );
  return sessionId;
}

async function isDue(
  within: SqlExecutor,
  { account, periodId, window }: StartMoment,
  firstOpeningMs: number,
  nowMs: number,
): Promise<boolean> {
  const { rows } = await within.query<{ at: Date; status: SessionStatus; scheduled: boolean }>(
    `SELECT created_at AS at, status, trigger_kind = 'schedule' AS scheduled FROM optimization_sessions
     WHERE service_provider_id = $1 AND billing_period_id = $2`,
    [account.accountId, periodId],
  );
  const todayMs = window.opensMs ?? nowMs;
  const sinceMs = window.lastDay ? todayMs : firstOpeningMs;
  return rows.every(({ at, status, scheduled }) => {
    const atMs = at.getTime();
    if (status === "FAILED" || status === "CANCELLED") {
      const pauseMs = window.lastDay && status === "FAILED" ? LAST_DAY_RETRY_MS : Number.POSITIVE_INFINITY;
      return !scheduled || atMs < todayMs || nowMs - atMs >= pauseMs;
    }
    return atMs < sinceMs;
  });
}

/** Accounts that a fleet can be read from and that have been as they are for a while. */
async function settledAccounts({ db, clock }: PipelineContext): Promise<readonly number[]> {
  const { rows } = await db.query<{ id: number }>(
    `SELECT carrier_account_id AS id FROM carrier_accounts account
     WHERE kind = 'jasper' AND disabled_at IS NULL AND (
       SELECT max(created_at) FROM rate_plans plan
       WHERE plan.carrier_account_id = account.carrier_account_id AND superseded_at IS NULL) < $1
     ORDER BY carrier_account_id`,
    [new Date(clock() - SETTLED_AFTER_MS)],
  );
  return rows.map(({ id }) => id);
}
