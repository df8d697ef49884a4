import { isExcluded, PARTICIPATION_NAMES } from "../../billing/participation.ts";
import { copyText } from "../../ports/copy-text.ts";
import type { CopyCell } from "../../ports/copy-text.ts";
import type { SqlExecutor } from "../../ports/database.ts";
import { assignmentLines } from "../../reports/assignment-line.ts";
import { exactMoney } from "../../reports/number-text.ts";
import type { SessionInputs } from "../inputs/session-inputs.ts";
import type { SessionRow } from "../session/session-row.ts";
import type { Optimization } from "./optimization.ts";

const COLUMNS = [
  "session_id",
  "tenant_id",
  "iccid",
  "unit_id",
  "current_rate_plan_id",
  "recommended_rate_plan_id",
  "current_cost",
  "recommended_cost",
  "cost_savings",
  "usage_bytes",
  "reason",
  "excluded",
];

/** Stores one row for every SIM of the session: those of the unit, and those that no unit could take. */
export async function storeAssignments(
  within: SqlExecutor,
  session: SessionRow,
  unitId: number,
  run: Optimization,
  inputs: SessionInputs,
): Promise<void> {
  const rows = assignmentRows(session, unitId, run, inputs);
  await within.copyIn({ table: "device_assignments", columns: COLUMNS }, copyText(rows));
  await within.query(
    `INSERT INTO device_assignments (session_id, tenant_id, iccid, usage_bytes, excluded)
     SELECT session_id, $2, iccid, usage_bytes, excluded FROM session_devices WHERE session_id = $1 AND unit_id IS NULL`,
    [session.sessionId, session.tenantId],
  );
}

function* assignmentRows(
  { sessionId, tenantId }: SessionRow,
  unitId: number,
  run: Optimization,
  { input: { fleet }, planIds }: SessionInputs,
): Generator<readonly CopyCell[]> {
  const rows = fleet.rows()[Symbol.iterator]();
  for (const line of assignmentLines(run, fleet)) {
    const row = rows.next().value as number;
    const head = [sessionId, tenantId, line.iccid, unitId] as const;
    if (row < 0) {
      yield [...head, null, null, null, null, null, null, line.reason, "quarantined"];
      continue;
    }
    const participation = run.participation[row] as number;
    const usage = fleet.usageBytes[row] as number;
    const plans = [
      planIds[fleet.ratePlan[row] as number] ?? null,
      planIds[run.recommended[row] as number] ?? null,
    ] as const;
    const bytes = Number.isNaN(usage) ? null : usage;
    if (isExcluded(participation))
      yield [
        ...head,
        ...plans,
        null,
        null,
        null,
        bytes,
        line.reason,
        PARTICIPATION_NAMES[participation] ?? "left out",
      ];
    else {
      const { currentCost, recommendedCost } = line;
      const saving = exactMoney(currentCost - recommendedCost);
      yield [
        ...head,
        ...plans,
        exactMoney(currentCost),
        exactMoney(recommendedCost),
        saving,
        bytes,
        line.reason,
        null,
      ];
    }
  }
}
