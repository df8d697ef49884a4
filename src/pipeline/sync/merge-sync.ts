import { addSessionEvent } from "../../adapters/store/records.ts";
import { formatDate } from "../../billing/calendar-date.ts";
import { localTimeAt } from "../../billing/zoned-time.ts";
import type { CarrierAccount, PipelineContext } from "../context.ts";
import { sendStage } from "../messages.ts";
import { lockAt, moveTo } from "../session/session-row.ts";
import type { SyncCursor } from "./sync-cursor.ts";
import type { SyncRun } from "./sync-run.ts";

const MERGE_LIMIT_MS = 3_600_000;
/** A sort on disk costs most of all; an embedded database sorts in the memory of this process. */
const SORT_MEMORY = { postgres: "256MB", pglite: "64MB" } as const;

/** Takes over a complete sync as a set and hands its session on, once. */
export async function mergeSync(
  context: PipelineContext,
  run: SyncRun,
  account: CarrierAccount,
  cursor: SyncCursor,
): Promise<void> {
  const { syncId, sessionId, tenantId } = run;
  await context.fault?.("sync:before-merge");
  await context.db.transaction(
    async (within) => {
      if ((await lockAt(within, sessionId, "sync")) === undefined) return;
      await within.script(`SET LOCAL work_mem = '${SORT_MEMORY[context.db.kind]}'`);
      const { rowCount } = await within.query(
        `UPDATE sync_runs SET status = 'LOADED', complete = true, kind = $4, usage_date = least($2::date, $3::date - 1)
         WHERE sync_id = $1 AND status = 'RUNNING'`,
        [syncId, formatDate(localTimeAt(context.clock(), account.timeZone)), run.endsOn, run.kind],
      );
      if (rowCount !== 1) return;
      const { rows } = await within.query<{
        devices: number;
        quarantined: number;
        duplicates: number;
        conflicts: number;
        seconds: number;
      }>(
        `SELECT devices, quarantined, duplicates, conflicts, extract(epoch FROM finished_at - started_at)::float8 AS seconds
         FROM usp_update_jasper_device($1, $2, $3, $4)`,
        // The bulk route leaves idle SIMs out: one that is in no row of a plan that was read as a whole has used nothing.
        [syncId, cursor.askAll ? null : cursor.unserved, cursor.ask, cursor.conflicts ?? null],
      );
      await context.fault?.("sync:merged");
      await within.query("SELECT discard_staging($1)", [syncId]);
      await moveTo(within, sessionId, "prepare");
      const [counts] = rows;
      await addSessionEvent(within, { tenantId, sessionId, kind: "synced", data: { ...counts } });
      await sendStage(context, within, { stage: "prepare", sessionId });
      const labels = { tenant: String(tenantId), account: String(run.accountId) };
      within.afterCommit(() => {
        context.metrics.gauge("sync_completeness", 1, labels);
        if (counts !== undefined) context.metrics.observe("sync_duration_seconds", counts.seconds, labels);
      });
    },
    { timeoutMs: MERGE_LIMIT_MS },
  );
  await context.fault?.("sync:after-merge");
}
