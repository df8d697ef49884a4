import type { Transaction } from "../../ports/database.ts";
import type { Json } from "../../ports/queue.ts";

export interface SyncStep {
  readonly syncId: string;
  /** The version this step started from. */
  readonly version: number;
  /** Where the next message goes on. */
  readonly cursor: Json;
  readonly pages: number;
  readonly calls: number;
  readonly rows: number;
  readonly quarantined: number;
}

/**
 * Moves a running sync on, in the transaction that stages what the step has read. False: another delivery of the
 * same message was quicker, or the sync has ended; the caller then rolls back and drops its message.
 */
export async function advanceSync(transaction: Transaction, step: SyncStep): Promise<boolean> {
  const { rowCount } = await transaction.query(
    `UPDATE sync_runs SET cursor = $3, cursor_version = cursor_version + 1, pages = pages + $4, calls = calls + $5,
       rows_staged = rows_staged + $6, quarantined = quarantined + $7, progress_at = clock_timestamp()
     WHERE sync_id = $1 AND cursor_version = $2 AND status = 'RUNNING'`,
    [
      step.syncId,
      step.version,
      JSON.stringify(step.cursor),
      step.pages,
      step.calls,
      step.rows,
      step.quarantined,
    ],
  );
  return rowCount === 1;
}
