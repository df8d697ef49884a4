import { addSessionEvent } from "../../adapters/store/records.ts";
import { finishUnit } from "../../adapters/store/units.ts";
import type { Transaction } from "../../ports/database.ts";
import type { PipelineContext } from "../context.ts";
import { sendStage } from "../messages.ts";
import type { SessionRow } from "../session/session-row.ts";
import { lockAt, moveTo } from "../session/session-row.ts";
import { ASSIGNMENT_COLUMNS } from "./assignment-rows.ts";
import type { SolvedUnit } from "./solve-job.ts";
import { storeGroups } from "./store-groups.ts";

export interface UnitToStore {
  readonly sessionId: string;
  readonly unitId: number;
  readonly solved: SolvedUnit;
  /** rate_plan_id of each plan of the tariff. */
  readonly planIds: readonly number[];
}

/** Stores what a unit came to; false where another worker has done so, or the session has ended. */
export async function storeUnit(
  context: PipelineContext,
  within: Transaction,
  { sessionId, unitId, solved, planIds }: UnitToStore,
  assignments: AsyncIterable<Uint8Array>,
): Promise<boolean> {
  const session = await lockAt(within, sessionId, "optimize");
  if (session === undefined) return false;
  const { rows } = await within.query(
    "SELECT FROM units WHERE unit_id = $1 AND session_id = $2 AND status = 'RUNNING' FOR UPDATE",
    [unitId, sessionId],
  );
  if (rows.length === 0) return false;
  await storeAssignments(within, session, assignments);
  await context.fault?.("optimize:assignments-stored");
  await storeGroups(within, session, unitId, solved, planIds);
  const { result } = solved;
  await within.query("UPDATE units SET result = coalesce(result, '{}') || $2::jsonb WHERE unit_id = $1", [
    unitId,
    JSON.stringify(result),
  ]);
  await within.query("UPDATE optimization_sessions SET input_hashes = $2 WHERE session_id = $1", [
    sessionId,
    JSON.stringify(result.inputs),
  ]);
  if (await finishUnit(within, unitId, { status: "DONE" })) {
    await moveTo(within, sessionId, "finish");
    await addSessionEvent(within, {
      tenantId: session.tenantId,
      sessionId,
      kind: "optimized",
      data: { winner: result.winner, changes: result.changes },
    });
    await sendStage(context, within, { stage: "finish", sessionId });
  }
  return true;
}

/** Stores one row for every SIM of the session: those of the unit, and those that no unit could take. */
async function storeAssignments(
  within: Transaction,
  { sessionId, tenantId }: SessionRow,
  assignments: AsyncIterable<Uint8Array>,
): Promise<void> {
  await within.copyIn({ table: "device_assignments", columns: ASSIGNMENT_COLUMNS }, assignments);
  await within.query(
    `INSERT INTO device_assignments (session_id, tenant_id, iccid, usage_bytes, excluded)
     SELECT session_id, $2, iccid, usage_bytes, excluded FROM session_devices WHERE session_id = $1 AND unit_id IS NULL`,
    [sessionId, tenantId],
  );
}
