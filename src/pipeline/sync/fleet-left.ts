import { PoolwiseError } from "../../billing/errors.ts";
import { rowsSeen } from "./fleet-seen.ts";
import type { Sync } from "./read-step.ts";
import { readLeftPlansAgain } from "./rows-slipped.ts";
import type { SyncCursor } from "./sync-cursor.ts";

/*
 * A SIM that is in no row of the bulk usage is idle only if no SIM left the account since the listing began: one that
 * left is in no row either, and moves rows from pages not yet read to pages that were. A SIM that leaves is no change in the
 * carrier's list, so it shows in the number of SIMs alone. Where that number is not as it should be, the SIMs are listed
 * again, which tells for sure; where some have left, they are forgotten, and usage is read anew.
 */

const MOST_LISTINGS = 5;

/** What a listing came to. */
export interface Listed {
  readonly sims: number;
  /** SIMs that were told of more than once, and not in the same way. */
  readonly conflicts: number;
}

/** Once the SIMs are listed, they can be counted while usage is read. */
export async function countListed({ context, run }: Pick<Sync, "context" | "run">): Promise<Listed> {
  const { rows } = await context.db.query<Listed>(
    `SELECT (SELECT count(DISTINCT iccid) FROM (${rowsSeen(run)}) seen) AS sims, count_staged_conflicts($1) AS conflicts`,
    [run.syncId],
  );
  return rows[0] ?? { sims: 0, conflicts: 0 };
}

/** Once all usage is read: are there as many SIMs as were listed? Whoever came since is found by the next phase. */
export async function countFleet(sync: Sync, cursor: SyncCursor): Promise<SyncCursor> {
  const { context, run, carrier, batch, call } = sync;
  const { sims: listed, conflicts } = await (sync.listed ?? countListed(sync));
  const { rows } = await context.db.query<{ quarantined: number }>(
    "SELECT quarantined FROM sync_runs WHERE sync_id = $1",
    [run.syncId],
  );
  const quarantined = rows[0]?.quarantined ?? 0;
  batch.calls++;
  // A row that could not be read may be a SIM, or the same one several times.
  const counted = quarantined > 0 ? undefined : await carrier.countDevices(listed, call);
  return { ...cursor, phase: "moved", at: undefined, listed, conflicts, counted, joined: [] };
}

/** What was known before an incremental sync is no listing of this sync's: nothing of it is kept. */
export async function listAgain(sync: Sync, cursor: SyncCursor): Promise<SyncCursor> {
  const { context, run, batch } = sync;
  sync.listed = undefined;
  const { rows } = await context.db.query<{ last: number }>(
    "SELECT coalesce(max(seq), 0) AS last FROM staging_devices WHERE sync_id = $1",
    [run.syncId],
  );
  const last = rows[0]?.last ?? 0;
  context.log.info(
    {
      sessionId: run.sessionId,
      listed: cursor.listed,
      joined: cursor.joined.length,
      counted: cursor.counted,
    },
    "SIMs may have left the account while it was read: they are listed again",
  );
  const again: SyncCursor = {
    ...cursor,
    phase: "devices",
    at: undefined,
    listing: cursor.listing + 1,
    conflicts: undefined,
  };
  if (run.kind === "full") return { ...again, listedBefore: last };
  batch.forget(last);
  return withoutUsage(again);
}

/**
 * Whether a SIM left between two listings, between which usage was read.
 * @throws PoolwiseError `sync-incomplete` where one did each time.
 */
export async function compareListings(sync: Sync, cursor: SyncCursor): Promise<SyncCursor> {
  const { context, run, batch } = sync;
  const { listedBefore = 0, listing } = cursor;
  const { rows } = await context.db.query<{ iccid: string; hasLeft: boolean }>(
    `SELECT iccid, NOT bool_or(seq > $2) AS "hasLeft" FROM staging_devices WHERE sync_id = $1
     GROUP BY iccid HAVING NOT bool_or(seq > $2) OR NOT bool_or(seq <= $2)`,
    [run.syncId, listedBefore],
  );
  const left = rows.filter(({ hasLeft }) => hasLeft).length;
  if (left === 0) {
    const ask = [...new Set([...cursor.ask, ...rows.map(({ iccid }) => iccid)])];
    return readLeftPlansAgain({ ...cursor, ask, listedBefore: undefined });
  }
  if (listing >= MOST_LISTINGS)
    throw new PoolwiseError(
      "sync-incomplete",
      `SIMs left the carrier account each time that its usage was read (${listing - 1} times, ${left} of them the last time), so the usage of others may have been missed. Start again when fewer SIMs are being moved.`,
      { data: { left } },
    );
  batch.forget(listedBefore);
  return withoutUsage({ ...cursor, phase: "catalogue" });
}

function withoutUsage(cursor: SyncCursor): SyncCursor {
  const usage = {
    plans: [],
    open: [],
    plan: 0,
    unserved: [],
    ask: [],
    moved: [],
    movesSeen: 0,
    readAgain: [],
  };
  return { ...cursor, ...usage, listedBefore: undefined };
}
