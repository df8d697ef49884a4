import { computeBill } from "../../billing/compute-bill.ts";
import { PoolwiseError } from "../../billing/errors.ts";
import { isExcluded } from "../../billing/participation.ts";
import { prepareFleet } from "../../billing/problem.ts";
import { copyRows } from "../../ports/copy-text.ts";
import type { Database } from "../../ports/database.ts";
import type { ReportedRun } from "../../reports/reported-run.ts";
import type { SessionInputs } from "../inputs/session-inputs.ts";
import { communicationGroups } from "../optimize/communication-groups.ts";
import type { UnitResult } from "../optimize/unit-result.ts";
import { unitResult } from "../optimize/unit-result.ts";

export async function readUnitResult(
  database: Database,
  sessionId: string,
): Promise<{ readonly unitId: number; readonly result: UnitResult }> {
  const { rows } = await database.query<{ unitId: number; result: unknown }>(
    `SELECT unit_id AS "unitId", result FROM units WHERE session_id = $1 AND status = 'DONE' ORDER BY unit_id`,
    [sessionId],
  );
  const [row] = rows;
  if (row !== undefined && rows.length === 1)
    return { unitId: row.unitId, result: unitResult.parse(row.result) };
  throw new PoolwiseError(
    "internal-error",
    `Session ${sessionId} has ${rows.length} finished units; expected one.`,
  );
}

/**
 * The run of a session as its reports need it, from what is stored, priced again.
 * @throws PoolwiseError `internal-error` where the totals of what was stored do not add up.
 */
export async function restoreRun(
  database: Database,
  sessionId: string,
  inputs: SessionInputs,
): Promise<ReportedRun> {
  const { unitId, result } = await readUnitResult(database, sessionId);
  const { fleet, tariff, eligibility, terms, period, setAside } = inputs.input;
  for (const [name, sha256] of Object.entries(inputs.hashes))
    if (result.inputs[name] !== sha256)
      throw disagrees(sessionId, `the ${name} file is not the one that was optimised`);
  const { problem, participation, ratingClass } = prepareFleet(fleet, tariff, eligibility, terms, setAside);
  const recommended = await recommendedPlans(database, unitId, inputs);
  const before = computeBill(fleet, problem.table, ratingClass, participation, fleet.ratePlan);
  const after = computeBill(fleet, problem.table, ratingClass, participation, recommended);
  if (before.total !== result.before || after.total !== result.after)
    throw disagrees(
      sessionId,
      `the stored assignments come to ${after.total} micros, the optimisation to ${result.after}`,
    );
  await checkStoredCosts(database, sessionId, { before: sumOf(before), after: sumOf(after) });
  const { inputs: _, ...rest } = result;
  return {
    ...rest,
    fleet,
    tariff,
    table: problem.table,
    terms,
    period,
    participation,
    recommended,
    before,
    after,
    certified: result.certified,
    poolPrices: Float64Array.from(result.poolPrices),
    groups: communicationGroups(
      { fleet, tariff, eligibility, setAside },
      recommended,
      { before, after },
      (row) => isExcluded(participation[row] as number),
    ),
  };
}

async function recommendedPlans(
  database: Database,
  unitId: number,
  { input: { fleet }, planIds }: SessionInputs,
): Promise<Uint16Array> {
  const indexOf = new Map(planIds.map((id, index) => [String(id), index]));
  const recommended = Uint16Array.from(fleet.ratePlan);
  const lines = database.copyOut(
    "SELECT iccid, recommended_rate_plan_id FROM device_assignments WHERE unit_id = $1 AND excluded IS DISTINCT FROM 'quarantined' ORDER BY iccid",
    [unitId],
  );
  let row = 0;
  for await (const [iccid, plan] of copyRows(lines)) {
    const index = indexOf.get(plan ?? "");
    if (row >= fleet.size || iccid !== fleet.iccid(row) || index === undefined)
      throw new PoolwiseError(
        "internal-error",
        `The stored assignments are not those of the session's fleet: SIM ${iccid ?? ""} at row ${row}.`,
      );
    recommended[row++] = index;
  }
  if (row === fleet.size) return recommended;
  throw new PoolwiseError("internal-error", `${row} assignments are stored for ${fleet.size} SIMs.`);
}

/** Micros over the SIMs; a sum of rows cannot hold the charge of a pool that nobody is in. */
function sumOf({
  ownCost,
  poolShare,
}: {
  readonly ownCost: Float64Array;
  readonly poolShare: Float64Array;
}): number {
  let sum = 0;
  for (let row = 0; row < ownCost.length; row++) {
    const cost = (ownCost[row] as number) + (poolShare[row] as number);
    if (!Number.isNaN(cost)) sum += cost;
  }
  return sum;
}

async function checkStoredCosts(
  database: Database,
  sessionId: string,
  expected: { before: number; after: number },
): Promise<void> {
  const { rows } = await database.query<{ before: string; after: string; missing: number }>(
    `SELECT coalesce(sum(current_cost) * 1000000, 0)::bigint::text AS before, coalesce(sum(recommended_cost) * 1000000, 0)::bigint::text AS after,
       (SELECT count(*) FROM session_devices WHERE session_id = $1) - count(*) AS missing
     FROM device_assignments WHERE session_id = $1`,
    [sessionId],
  );
  const [stored] = rows;
  if (
    stored?.missing === 0 &&
    stored.before === String(expected.before) &&
    stored.after === String(expected.after)
  )
    return;
  throw disagrees(
    sessionId,
    `the assignments' costs add up to ${stored?.before ?? "?"} and ${stored?.after ?? "?"} micros, expected ${expected.before} and ${expected.after}; ${stored?.missing ?? "?"} SIMs are missing`,
  );
}

function disagrees(sessionId: string, what: string): PoolwiseError {
  return new PoolwiseError("internal-error", `The totals of session ${sessionId} do not add up: ${what}.`);
}
