import { setTimeout as sleep } from "node:timers/promises";
import { cycleAt } from "../../../billing/billing-cycle.ts";
import { lastDaysWindow } from "../../../billing/timing-window.ts";
import { readAccount } from "../../../pipeline/account.ts";
import type { CarrierAccount } from "../../../pipeline/context.ts";
import type { Carrier } from "../../../ports/carrier.ts";
import type { Database } from "../../../ports/database.ts";
import type { Finding } from "./finding.ts";
import { fail, failed, ok, textOf, warn } from "./finding.ts";

const ANSWER_WITHIN_MS = 20_000;
const SKEW_MS = 60_000;
const DAY_MS = 86_400_000;
const OLD_SYNC_DAYS = 35;

export interface AccountParts {
  readonly database: Database;
  readonly carriers: (account: CarrierAccount) => Promise<Carrier>;
  readonly windowDays: number;
  readonly nowMs: number;
}

/** Each carrier account that is in use: credentials, one call, its clock and cycle, its plans, how old its fleet is. */
export async function checkAccounts(parts: AccountParts): Promise<Finding[]> {
  const { rows } = await parts.database.query<{ id: number; plans: number }>(
    `SELECT carrier_account_id AS id, (SELECT count(*) FROM rate_plans plan
       WHERE plan.carrier_account_id = account.carrier_account_id AND plan.superseded_at IS NULL) AS plans
     FROM carrier_accounts account WHERE disabled_at IS NULL ORDER BY 1`,
  );
  if (rows.length === 0)
    return [warn("carrier accounts", "there is none", "Add one: poolwise carrier add --help")];
  const found: Finding[] = [];
  for (const { id, plans } of rows) {
    const account = await readAccount(parts.database, id);
    const check = `carrier ${id} ${account.name}`;
    found.push(
      await callCarrier(check, account, parts),
      cycle(check, account, parts),
      ...fleet(check, account, plans, parts),
    );
  }
  return found;
}

async function callCarrier(
  check: string,
  account: CarrierAccount,
  { carriers }: AccountParts,
): Promise<Finding> {
  if (account.kind === "files") return ok(check, "its SIMs come from files");
  const mend = `Mend what is named; then poolwise carrier test ${account.accountId}.`;
  try {
    const found = await inTime(account, await carriers(account));
    const { host, milliseconds, clockAheadMs: ahead } = found;
    const answered = `${host} takes the credentials, answers in ${milliseconds} ms`;
    if (ahead === undefined || Math.abs(ahead) <= SKEW_MS) return ok(check, answered);
    const seconds = Math.round(Math.abs(ahead) / 1_000);
    const skew = `${answered}; its clock is ${seconds} s ${ahead > 0 ? "ahead of" : "behind"} ours`;
    return warn(
      check,
      skew,
      "Keep this machine's clock by NTP: what changed since a sync is asked for by time.",
    );
  } catch (error) {
    return failed(check, error, mend);
  }
}

/** A carrier that is away is asked several times: here nobody waits for all of them. */
async function inTime(account: CarrierAccount, carrier: Carrier): ReturnType<Carrier["test"]> {
  const over = new AbortController();
  const late = sleep(ANSWER_WITHIN_MS, undefined, { signal: over.signal }).then(() => {
    over.abort();
    const where = account.baseUrl ?? "the carrier";
    throw new Error(`${where} gave no usable answer within ${ANSWER_WITHIN_MS / 1_000} s`);
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([carrier.test({ signal: over.signal }), late]);
  } finally {
    over.abort();
  }
}

function cycle(
  check: string,
  { accountId, cycleDay, timeZone, startHour }: CarrierAccount,
  parts: AccountParts,
): Finding {
  try {
    const { nowMs, windowDays: days } = parts;
    const current = cycleAt(nowMs, cycleDay, timeZone);
    const window = lastDaysWindow(nowMs, current, timeZone, { days, startHour });
    const last = new Date(Date.parse(`${current.end}T00:00:00Z`) - DAY_MS).toISOString().slice(0, 10);
    const sessions = window.open ? "sessions may start now" : "sessions start by themselves in its last days";
    return ok(check, `cycle ${current.start} to ${last} (day ${cycleDay}, ${timeZone}); ${sessions}`);
  } catch (error) {
    const mend = `Remove account ${accountId} and add it again with --time-zone and --cycle-day as the carrier has them.`;
    return fail(check, textOf(error), mend);
  }
}

function fleet(
  check: string,
  { accountId, kind, lastSyncAt }: CarrierAccount,
  plans: number,
  { nowMs }: AccountParts,
): Finding[] {
  const findings: Finding[] = [];
  if (plans === 0) {
    const mend = `Import them: poolwise plans import --account ${accountId} --plans FILE`;
    findings.push(warn(check, "it has no rate plans, so a session fails", mend));
  }
  if (kind === "files") return findings;
  if (lastSyncAt === undefined) return [...findings, ok(check, "its fleet was never read yet")];
  const days = (nowMs - lastSyncAt.getTime()) / DAY_MS;
  const age = days < 1 ? `${Math.max(0, Math.round(days * 24))} h` : `${Math.round(days)} days`;
  const found = `its fleet and usage were read ${age} ago`;
  if (days > OLD_SYNC_DAYS)
    return [...findings, warn(check, found, "Look for failed sessions: poolwise session list")];
  return [...findings, ok(check, found)];
}
