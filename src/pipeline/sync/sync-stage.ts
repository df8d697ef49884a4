import { PoolwiseError, ERROR_CODES } from "../../billing/errors.ts";
import { readAccount } from "../account.ts";
import type { PipelineContext } from "../context.ts";
import type { MessageOf } from "../messages.ts";
import { checkInventory } from "./check-inventory.ts";
import { mergeSync } from "./merge-sync.ts";
import { ReadAhead } from "./read-ahead.ts";
import { readStep } from "./read-step.ts";
import type { Sync } from "./read-step.ts";
import { StagedBatch } from "./staged-batch.ts";
import type { SyncCursor } from "./sync-cursor.ts";
import { readRun, wholeRun } from "./sync-run.ts";

/** A worker that dies loses no more than this of what it has read, and the same again while that is being stored. */
const COMMIT_ROWS = 20_000;
const COMMIT_AFTER_MS = 2_000;
/** While a carrier does not answer, it is tried again at least so often. */
const LONGEST_WAIT_SECONDS = 600;
const OUTAGE_LIMIT_MS = 12 * 3_600_000;

/**
 * Reads a carrier account page by page, for as long as one message may, and hands on. The last message of a sync takes
 * it over into the inventory.
 */
export async function syncStage(
  message: MessageOf<"sync">,
  context: PipelineContext,
  signal?: AbortSignal,
): Promise<void> {
  const run = await readRun(context.db, message.syncId, message.turn);
  if (run === undefined) return;
  const account = await readAccount(context.db, run.accountId);
  const sync: Sync = {
    context,
    run,
    account,
    carrier: await context.carriers(account),
    batch: new StagedBatch(run),
    call: { signal },
    pages: new ReadAhead(),
    devicePages: new ReadAhead(),
    plansSeen: undefined,
    listed: undefined,
    ahead: { after: "", iccids: [] },
  };
  const end = await readOn(sync);
  if (end !== undefined) await mergeSync(context, sync.run, account, end);
}

/** Where the reading ended; undefined where another message goes on. */
async function readOn(sync: Sync): Promise<SyncCursor | undefined> {
  const { context, run, batch, call } = sync;
  let { cursor, version } = run;
  const stopAtMs = performance.now() + context.settings.stepLimitMs;
  let commitAtMs = performance.now() + COMMIT_AFTER_MS;
  // What was read is stored while more is being read.
  let storing: Promise<boolean> = Promise.resolve(true);
  const store = (to: SyncCursor, next?: Parameters<StagedBatch["commit"]>[3]): Promise<boolean> => {
    storing = batch.commit(context, version++, to, next);
    storing.catch(() => undefined);
    return storing;
  };
  const handOn = async (delaySeconds: number, to: SyncCursor, waiting?: string): Promise<undefined> => {
    if (await storing)
      await store({ ...to, turn: to.turn + 1 }, { delaySeconds, ...(waiting !== undefined && { waiting }) });
  };
  try {
    while (cursor.phase !== "merge") {
      if (cursor.phase === "catalogue" && cursor.at === undefined && batch.isEmpty)
        await checkInventory(sync);
      let next: SyncCursor;
      try {
        next = await readStep(sync, cursor);
      } catch (error) {
        if (call.signal?.aborted === true) return await handOn(0, cursor);
        if (!isOutage(error)) throw error;
        return await waitOutOutage(context, cursor, error, handOn);
      }
      await context.fault?.("sync:page-read");
      const newPhase = next.phase !== cursor.phase;
      if (next.listing > 1) sync.run = wholeRun(sync.run);
      cursor = { ...next, outageSinceMs: undefined };
      const now = performance.now();
      if (now >= stopAtMs && cursor.phase !== "merge") return await handOn(0, cursor);
      if (newPhase || batch.rows >= COMMIT_ROWS || now >= commitAtMs) {
        if (!(await storing)) return undefined;
        const stored = store(cursor);
        if (newPhase && !(await stored)) return undefined;
        commitAtMs = performance.now() + COMMIT_AFTER_MS;
      }
    }
  } finally {
    // Nothing of this message goes on behind its end.
    await Promise.all([sync.pages.end(), sync.devicePages.end()]);
    await Promise.allSettled([storing, sync.listed]);
  }
  return cursor;
}

function isOutage(error: unknown): error is PoolwiseError {
  return error instanceof PoolwiseError && error.code.startsWith("carrier-") && ERROR_CODES[error.code].retry;
}

/** What was read stays; a later message tries again, for hours if it must be. */
async function waitOutOutage(
  context: PipelineContext,
  cursor: SyncCursor,
  error: PoolwiseError,
  handOn: (delaySeconds: number, to: SyncCursor, waiting: string) => Promise<undefined>,
): Promise<undefined> {
  const nowMs = Date.now();
  const outageSinceMs = cursor.outageSinceMs ?? nowMs;
  const lastedMs = nowMs - outageSinceMs;
  if (lastedMs > OUTAGE_LIMIT_MS)
    throw new PoolwiseError(
      "sync-incomplete",
      `The carrier has not answered for ${Math.round(lastedMs / 3_600_000)} hours: ${error.message}`,
      { cause: error },
    );
  const ceiling = Math.min(LONGEST_WAIT_SECONDS, Math.max(5, lastedMs / 2_000));
  const delaySeconds = Math.ceil(ceiling * (0.5 + Math.random() / 2));
  context.log.warn({ code: error.code, delaySeconds }, "The carrier does not answer: the sync waits");
  return await handOn(
    delaySeconds,
    { ...cursor, outageSinceMs },
    `Waiting for the carrier: ${error.message}`,
  );
}
