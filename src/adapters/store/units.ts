import type { SqlExecutor } from "../../ports/database.ts";

/** Takes a unit up. False: it is done already, or its session has ended. */
export async function startUnit(executor: SqlExecutor, unitId: number, worker: string): Promise<boolean> {
  const { rowCount } = await executor.query(
    `UPDATE units SET status = 'RUNNING', attempts = attempts + 1, worker = $2, started_at = coalesce(started_at, clock_timestamp())
     WHERE unit_id = $1 AND status IN ('PENDING', 'RUNNING')
       AND EXISTS (SELECT FROM optimization_sessions s WHERE s.session_id = units.session_id AND s.status = 'RUNNING')`,
    [unitId, worker],
  );
  return rowCount === 1;
}

export type UnitEnd =
  | { readonly status: "DONE" }
  | { readonly status: "FAILED" | "CANCELLED"; readonly errorCode: string; readonly reason: string };

/** Ends a unit; true for the one call, of all calls by all workers, that ended the last unit of the session. */
export async function finishUnit(executor: SqlExecutor, unitId: number, end: UnitEnd): Promise<boolean> {
  const { rows } = await executor.query<{ last: boolean }>("SELECT finish_unit($1, $2, $3, $4) AS last", [
    unitId,
    end.status,
    end.status === "DONE" ? null : end.errorCode,
    end.status === "DONE" ? null : end.reason,
  ]);
  return rows[0]?.last === true;
}
