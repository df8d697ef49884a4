import { computeBill } from "../../billing/compute-bill.ts";
import { PoolwiseError } from "../../billing/errors.ts";
import { isExcluded } from "../../billing/participation.ts";
import { prepareFleet } from "../../billing/problem.ts";
import type { Database } from "../../ports/database.ts";
import type { ReportedRun } from "../../reports/reported-run.ts";
import type { SessionInputs } from "../inputs/session-inputs.ts";
import { communicationGroups } from "../optimize/communication-groups.ts";
import type { UnitResult } from "../optimize/unit-result.ts";
import { unitResult } from "../optimize/unit-result.ts";
import { disagrees } from "./disagrees.ts";

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
export function restoreRun(
  sessionId: string,
  result: UnitResult,
  inputs: SessionInputs,
  recommended: Uint16Array,
): ReportedRun {
  const { fleet, tariff, eligibility, terms, period, setAside } = inputs.input;
  const { problem, participation, ratingClass } = prepareFleet(fleet, tariff, eligibility, terms, setAside);
  const before = computeBill(fleet, problem.table, ratingClass, participation, fleet.ratePlan);
  const after = computeBill(fleet, problem.table, ratingClass, participation, recommended);
  if (before.total !== result.before || after.total !== result.after)
    throw disagrees(
      sessionId,
      `the stored assignments come to ${after.total} micros, the optimisation to ${result.after}`,
    );
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

/** What is stored of a session's SIMs, added up by the database. */
export interface StoredCosts {
  /** Micros. */
  readonly before: string;
  readonly after: string;
  /** SIMs of the session without an assignment. */
  readonly missing: number;
}

export async function sumStoredCosts(database: Database, sessionId: string): Promise<StoredCosts> {
  const { rows } = await database.query<StoredCosts>(
    `SELECT coalesce(sum(current_cost) * 1000000, 0)::bigint::text AS before, coalesce(sum(recommended_cost) * 1000000, 0)::bigint::text AS after,
       (SELECT count(*) FROM session_devices WHERE session_id = $1) - count(*) AS missing
     FROM device_assignments WHERE session_id = $1`,
    [sessionId],
  );
  const [stored] = rows;
  if (stored !== undefined) return stored;
  throw new PoolwiseError("internal-error", `What is stored of session ${sessionId} could not be added up.`);
}

/** @throws PoolwiseError `internal-error` where the stored lines are not what the run comes to. */
export function compareCosts(
  sessionId: string,
  stored: StoredCosts,
  expected: { readonly before: number; readonly after: number },
): void {
  if (
    stored.missing === 0 &&
    stored.before === String(expected.before) &&
    stored.after === String(expected.after)
  )
    return;
  throw disagrees(
    sessionId,
    `the assignments' costs add up to ${stored.before} and ${stored.after} micros, expected ${expected.before} and ${expected.after}; ${stored.missing} SIMs are missing`,
  );
}
