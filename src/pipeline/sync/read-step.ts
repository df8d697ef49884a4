import PQueue from "p-queue";
import { PoolwiseError } from "../../billing/errors.ts";
import { BILLABLE_STATUSES } from "../../billing/fleet.ts";
import { pagesAtOnce } from "../../carriers/pages-at-once.ts";
import type { CallOptions, Carrier, DevicePage, UsagePage } from "../../ports/carrier.ts";
import type { CarrierAccount, PipelineContext } from "../context.ts";
import type { Listed } from "./fleet-left.ts";
import { compareListings, countFleet, countListed, listAgain } from "./fleet-left.ts";
import { fleetSeen, isBilled, rowsSeen } from "./fleet-seen.ts";
import type { PlanSeen } from "./plans-seen.ts";
import { plansSeen } from "./plans-seen.ts";
import type { ReadAhead } from "./read-ahead.ts";
import { newMoves, readLeftPlansAgain } from "./rows-slipped.ts";
import type { StagedBatch } from "./staged-batch.ts";
import type { SyncCursor } from "./sync-cursor.ts";
import type { SyncRun } from "./sync-run.ts";

/** One sync and what its steps are taken with. */
export interface Sync {
  readonly context: PipelineContext;
  /** Reads every SIM once it had to begin again. */
  run: SyncRun;
  readonly account: CarrierAccount;
  readonly carrier: Carrier;
  readonly batch: StagedBatch;
  readonly call: CallOptions;
  readonly pages: ReadAhead;
  /** Calls that steps of listing the fleet make for those to come. */
  readonly devicePages: ReadAhead;
  /** The plans that the SIMs listed are on, once they have been looked up. */
  plansSeen: readonly PlanSeen[] | undefined;
  /** The SIMs listed, while and once they are being counted. */
  listed: Promise<Listed> | undefined;
  /** SIMs to ask for alone, read ahead: those that come after `after`. */
  ahead: { readonly after: string; readonly iccids: readonly string[] };
}

const ASKED_AT_ONCE = 50;
const READ_AHEAD = 5_000;

/** Takes one step: a page, or some SIMs. Returns where to go on from. @throws PoolwiseError `carrier-…`, `sync-incomplete`. */
export async function readStep(sync: Sync, cursor: SyncCursor): Promise<SyncCursor> {
  if (cursor.phase === "devices") return await readDevicePage(sync, cursor);
  if (cursor.phase === "catalogue") return await readCataloguePage(sync, cursor);
  if (cursor.phase === "usage") return await readUsagePage(sync, cursor);
  if (cursor.phase === "count") return await countFleet(sync, cursor);
  if (cursor.phase === "compare") return await compareListings(sync, cursor);
  if (cursor.phase === "moved") return await readMovedPage(sync, cursor);
  return await askSims(sync, cursor);
}

async function readDevicePage(sync: Sync, cursor: SyncCursor): Promise<SyncCursor> {
  const { context, run, carrier, batch, call, pages, devicePages: ahead } = sync;
  const { maxPages } = context.settings;
  const pageAt = (at: string | undefined): Promise<DevicePage> =>
    carrier.listDevices({ cursor: at, modifiedSince: run.modifiedSince, maxPages, ahead }, call);
  const page = await pages.take(`devices ${cursor.at}`, () => pageAt(cursor.at));
  if (page.cursor !== undefined) pages.begin(`devices ${page.cursor}`, () => pageAt(page.cursor));
  batch.calls++;
  batch.pages++;
  batch.addDevices(page.devices);
  batch.addRejected(page.rejected);
  const at = { ...cursor, listingStartedAt: page.startedAt.toISOString(), pagesKnown: page.pagesKnown };
  if (page.cursor !== undefined) return { ...at, at: page.cursor };
  const phase = cursor.listedBefore === undefined ? "catalogue" : "compare";
  if (page.settled !== false) return { ...at, phase, at: undefined };
  throw keptChanging();
}

function keptChanging(): PoolwiseError {
  return new PoolwiseError(
    "sync-incomplete",
    "The carrier's list of SIMs kept changing while it was read, so some may have been missed. Start again when fewer SIMs are being changed.",
  );
}

/** Which plans there are, in all versions: usage stands under the plan and version that it was made on. */
async function readCataloguePage(sync: Sync, cursor: SyncCursor): Promise<SyncCursor> {
  const { context, run, carrier, batch, call } = sync;
  try {
    const page = await carrier.listRatePlans({ cursor: cursor.at }, call);
    batch.calls++;
    batch.addRejected(page.rejected);
    const byName = new Map(cursor.plans.map(({ name, versions }) => [name, new Set(versions)]));
    for (const { name, version } of page.plans) {
      const versions = byName.get(name) ?? new Set();
      if (version !== "") versions.add(version);
      byName.set(name, versions);
    }
    if (page.cursor === undefined)
      for (const name of await plansInUse(sync)) if (!byName.has(name)) byName.set(name, new Set());
    const plans = [...byName].map(([name, versions]) => ({ name, versions: [...versions] }));
    if (page.cursor !== undefined) return { ...cursor, plans, at: page.cursor };
    sync.listed = countListed(sync);
    sync.listed.catch(() => undefined);
    return {
      ...cursor,
      plans,
      phase: plans.length === 0 ? "ask" : "usage",
      at: undefined,
      open: [],
      plan: 0,
    };
  } catch (error) {
    if (!(error instanceof PoolwiseError) || error.code !== "carrier-refused") throw error;
    // Without the list of versions a sum could lack some: every SIM is asked for.
    context.log.warn(
      { sessionId: run.sessionId, code: error.code },
      "The carrier does not list its rate plans: usage is read SIM by SIM",
    );
    return { ...cursor, plans: [], askAll: true, phase: "ask", at: undefined };
  }
}

/** Of the SIMs seen, and of those that have used something in this cycle. */
async function plansInUse(sync: Sync): Promise<string[]> {
  const { context, run } = sync;
  const { rows } = await context.db.query<{ name: string }>(
    "SELECT DISTINCT rate_plan AS name FROM devices WHERE carrier_account_id = $1 AND usage_period_id = $2",
    [run.accountId, run.periodId],
  );
  const names = [...(sync.plansSeen ?? (await plansSeen(sync))), ...rows].map(({ name }) => name ?? "");
  return [...new Set(names)].filter((name) => name !== "").sort();
}

/**
 * The page that comes first of those of the open plans. Each plan is read from its first page to its last, and as many
 * at once as may be.
 */
async function readUsagePage(sync: Sync, cursor: SyncCursor): Promise<SyncCursor> {
  const { batch, pages } = sync;
  const reading = withMorePlans(sync, cursor);
  if (reading.open.length === 0) return { ...cursor, phase: "count" };
  beginUsagePages(sync, reading);
  const place = await pages.first();
  const read = reading.open.find((open) => placeOf(open) === place);
  if (read === undefined) throw new PoolwiseError("internal-error", `Nobody asked for the page ${place}.`);
  const page = await pages.take(place, () => usagePageAt(sync, reading, read));
  const rest = reading.open.filter((open) => open !== read);
  const open = page.cursor === undefined ? rest : [...rest, { plan: read.plan, at: page.cursor }];
  const next = withMorePlans(sync, { ...reading, open });
  beginUsagePages(sync, next);
  batch.calls++;
  batch.pages++;
  batch.addRejected(page.rejected);
  const ask: string[] = [];
  for (const { iccid, version, zone, bytes } of page.rows) {
    if (bytes === undefined) ask.push(iccid);
    else batch.addUsage(iccid, JSON.stringify([read.plan, version, zone]), bytes, "bulk");
  }
  // A row that could not be read belongs to some SIM of this plan.
  const isServed = page.unserved.length === 0 && page.rejected.length === 0;
  const unserved = isServed ? [] : [planOf(reading, read.plan).name];
  return {
    ...next,
    ask: ask.length === 0 ? cursor.ask : [...cursor.ask, ...ask],
    unserved: [...new Set([...cursor.unserved, ...unserved])],
  };
}

type OpenPlan = SyncCursor["open"][number];

function withMorePlans({ account }: Sync, cursor: SyncCursor): SyncCursor {
  const atOnce = pagesAtOnce(account.concurrency);
  const open = [...cursor.open];
  let { plan } = cursor;
  while (open.length < atOnce && plan < cursor.plans.length) open.push({ plan: plan++ });
  return { ...cursor, open, plan };
}

const placeOf = ({ plan, at = "" }: OpenPlan): string => `usage ${plan} ${at}`;

function beginUsagePages(sync: Sync, cursor: SyncCursor): void {
  for (const open of cursor.open.slice(0, pagesAtOnce(sync.account.concurrency)))
    sync.pages.begin(placeOf(open), () => usagePageAt(sync, cursor, open));
}

async function usagePageAt(
  { context, run, carrier, call }: Sync,
  cursor: SyncCursor,
  { plan, at }: OpenPlan,
): Promise<UsagePage> {
  const { maxPages } = context.settings;
  return await carrier.listUsage(
    { plans: [planOf(cursor, plan)], cycleStart: run.startsOn, cursor: at, maxPages },
    call,
  );
}

function planOf({ plans }: SyncCursor, index: number): SyncCursor["plans"][number] {
  const plan = plans[index];
  if (plan !== undefined) return plan;
  throw new PoolwiseError("internal-error", `A sync reads plan ${index} of ${plans.length}.`);
}

/**
 * SIMs whose rate plan was changed since they were listed. A carrier that counts a SIM's usage on the plan it is on now
 * has told of it twice, or not at all, where it moved between the readings of its two plans: it is asked for alone.
 */
async function readMovedPage(sync: Sync, cursor: SyncCursor): Promise<SyncCursor> {
  const { context, run, carrier, batch, call } = sync;
  const { listingStartedAt } = cursor;
  if (listingStartedAt === undefined) return { ...cursor, phase: "ask", at: undefined };
  const request = {
    cursor: cursor.at,
    modifiedSince: new Date(listingStartedAt),
    maxPages: context.settings.maxPages,
  };
  const page = await carrier.listDevices(request, call);
  batch.calls++;
  batch.pages++;
  if (page.settled === false) throw keptChanging();
  const { rows } = await context.db.query<{ iccid: string; was: string | null; plan: string }>(
    `SELECT DISTINCT iccid, seen.rate_plan AS was, now_on.rate_plan AS plan
     FROM (${rowsSeen(run)}) seen RIGHT JOIN unnest($2::text[], $3::text[]) AS now_on (iccid, rate_plan) USING (iccid)
     WHERE seen.iccid IS NULL OR seen.rate_plan <> now_on.rate_plan OR iccid = ANY($4::text[])`,
    [
      run.syncId,
      page.devices.map(({ iccid }) => iccid),
      page.devices.map(({ ratePlan }) => ratePlan.trim()),
      cursor.moved.map(({ iccid }) => iccid),
    ],
  );
  const known = rows.flatMap(({ iccid, was, plan }) => (was === null ? [] : [{ iccid, was, plan }]));
  const moves = newMoves(cursor.moved, known);
  const came = rows.filter(({ was }) => was === null).map(({ iccid }) => iccid);
  const ask = [...new Set([...cursor.ask, ...moves.map(({ iccid }) => iccid)])];
  const joined = [...new Set([...cursor.joined, ...came])];
  const moved = [...cursor.moved, ...(await sinceListed(sync, cursor, moves))];
  const at = { ...cursor, ask, joined, moved, at: page.cursor };
  if (page.cursor !== undefined) return at;
  return at.counted === at.listed + joined.length ? readLeftPlansAgain(at) : await listAgain(sync, at);
}

/** Of moves those that the listing had not met already: usage was not yet being read then. */
async function sinceListed(
  { context, run }: Sync,
  { listing }: SyncCursor,
  moves: SyncCursor["moved"],
): Promise<SyncCursor["moved"]> {
  // A listing that was repeated may have met moves of the time in which usage was read.
  if (moves.length === 0 || listing > 1) return moves;
  const { rows } = await context.db.query<{ iccid: string; plan: string }>(
    `SELECT DISTINCT ON (iccid) iccid, rate_plan AS plan FROM staging_devices
     WHERE sync_id = $1 AND iccid = ANY($2::text[]) ORDER BY iccid, seq DESC`,
    [run.syncId, moves.map(({ iccid }) => iccid)],
  );
  const listedOn = new Map(rows.map(({ iccid, plan }) => [iccid, plan]));
  return moves.filter(({ iccid, to }) => listedOn.get(iccid) !== to);
}

/** Billed SIMs whose usage cannot be had as a whole, one by one in the order of their ICCIDs. */
async function askSims(sync: Sync, cursor: SyncCursor): Promise<SyncCursor> {
  const { context, run, account, carrier, batch, call } = sync;
  if (!cursor.askAll && cursor.unserved.length === 0 && cursor.ask.length === 0)
    return { ...cursor, phase: "merge" };
  const iccids = (await isAnyToAsk(sync, cursor)) ? await simsToAsk(sync, cursor) : [];
  const closed = context.clock() >= run.endsAtMs;
  const figures = await askEach(iccids, account.concurrency, async (iccid) =>
    closed ? await usageOfCycle(carrier, iccid, run, call) : (await carrier.readUsage(iccid, call))?.bytes,
  );
  iccids.forEach((iccid, index) => {
    const bytes = figures[index];
    batch.calls++;
    if (bytes === undefined) batch.addUnknown(iccid);
    else batch.addUsage(iccid, "", bytes, "single");
  });
  const last = iccids.at(-1);
  return last === undefined ? { ...cursor, phase: "merge" } : { ...cursor, asked: last };
}

/** Mostly there is none, as nobody is on the plans whose usage cannot be had: that shows sooner than who would be next. */
async function isAnyToAsk({ context, run }: Sync, cursor: SyncCursor): Promise<boolean> {
  if (cursor.askAll || cursor.asked !== "") return true;
  const { rows } = await context.db.query(
    `SELECT FROM (${rowsSeen(run)}) seen WHERE rate_plan = ANY($2::text[]) OR iccid = ANY($3::text[]) LIMIT 1`,
    [run.syncId, cursor.unserved, cursor.ask],
  );
  return rows.length > 0;
}

/** The next of them. The fleet is not looked through again for each few. */
async function simsToAsk(sync: Sync, cursor: SyncCursor): Promise<readonly string[]> {
  const { context, run, ahead } = sync;
  let next = ahead.after === cursor.asked ? ahead.iccids : [];
  if (next.length === 0) {
    const { rows } = await context.db.query<{ iccid: string }>(
      `SELECT iccid FROM (${fleetSeen(run)}) seen
       WHERE iccid > $2 COLLATE "C" AND ${isBilled("$3")} AND ($4::boolean OR rate_plan = ANY($5::text[]) OR iccid = ANY($6::text[]))
       ORDER BY iccid LIMIT ${READ_AHEAD}`,
      [run.syncId, cursor.asked, [...BILLABLE_STATUSES], cursor.askAll, cursor.unserved, cursor.ask],
    );
    next = rows.map(({ iccid }) => iccid);
  }
  const asked = next.slice(0, ASKED_AT_ONCE);
  sync.ahead = { after: asked.at(-1) ?? "", iccids: next.slice(ASKED_AT_ONCE) };
  return asked;
}

/** The figure of each SIM. An answer without one may have one the next time. */
async function askEach(
  iccids: readonly string[],
  concurrency: number,
  ask: (iccid: string) => Promise<number | undefined>,
): Promise<(number | undefined)[]> {
  const calls = new PQueue({ concurrency: pagesAtOnce(concurrency) });
  try {
    return await calls.addAll(
      iccids.map((iccid) => async () => (await ask(iccid)) ?? (await ask(iccid)) ?? (await ask(iccid))),
    );
  } catch (error) {
    calls.clear();
    await calls.onIdle();
    throw error;
  }
}

/** The cycle is over: "to date" would be the next one. */
async function usageOfCycle(
  carrier: Carrier,
  iccid: string,
  { startsOn }: SyncRun,
  call: CallOptions,
): Promise<number | undefined> {
  const usage = await carrier.readUsageByPlan(iccid, startsOn, call);
  let sum: number | undefined = usage === undefined ? undefined : 0;
  for (const { bytes } of usage?.rows ?? [])
    sum = sum === undefined || bytes === undefined ? undefined : sum + bytes;
  return sum;
}
