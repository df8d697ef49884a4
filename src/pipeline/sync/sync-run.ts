import type { SqlExecutor } from "../../ports/database.ts";
import type { SyncCursor } from "./sync-cursor.ts";
import { syncCursor } from "./sync-cursor.ts";

export interface SyncRun {
  readonly syncId: string;
  readonly sessionId: string;
  readonly tenantId: number;
  readonly accountId: number;
  readonly periodId: number;
  readonly kind: "full" | "incremental";
  readonly modifiedSince: Date | undefined;
  readonly version: number;
  readonly cursor: SyncCursor;
  readonly startsOn: string;
  readonly endsOn: string;
  readonly endsAtMs: number;
}

interface Row extends Omit<SyncRun, "modifiedSince" | "cursor" | "endsAtMs"> {
  readonly modifiedSince: Date | null;
  readonly cursor: unknown;
  readonly endsAt: Date;
}

/** The sync, where it runs and this message is the one to go on; undefined otherwise. */
export async function readRun(
  executor: SqlExecutor,
  syncId: string,
  turn: number,
): Promise<SyncRun | undefined> {
  const { rows } = await executor.query<Row>(
    `SELECT sync_id AS "syncId", session_id AS "sessionId", sync.tenant_id AS "tenantId", sync.carrier_account_id AS "accountId",
       billing_period_id AS "periodId", kind, modified_since AS "modifiedSince", cursor_version AS version, cursor,
       starts_on::text AS "startsOn", ends_on::text AS "endsOn", ends_at AS "endsAt"
     FROM sync_runs sync JOIN billing_periods period USING (billing_period_id)
     WHERE sync_id = $1 AND sync.status = 'RUNNING' AND session_id IS NOT NULL`,
    [syncId],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  const cursor = syncCursor.parse(row.cursor);
  if (cursor.turn !== turn) return undefined;
  const run = {
    ...row,
    cursor,
    modifiedSince: row.modifiedSince ?? undefined,
    endsAtMs: row.endsAt.getTime(),
  };
  return cursor.listing > 1 ? wholeRun(run) : run;
}

/** The same sync, reading every SIM. */
export function wholeRun(run: SyncRun): SyncRun {
  return { ...run, kind: "full", modifiedSince: undefined };
}
