import { isExcluded, PARTICIPATION_NAMES } from "../../billing/participation.ts";
import { copyLine } from "../../ports/copy-text.ts";
import { assignmentLines } from "../../reports/assignment-line.ts";
import { exactMoney } from "../../reports/number-text.ts";
import type { SessionInputs } from "../inputs/session-inputs.ts";
import type { Optimization } from "./optimization.ts";

export const ASSIGNMENT_COLUMNS = [
  "assignment_id",
  "session_id",
  "tenant_id",
  "unit_id",
  "iccid",
  "current_rate_plan_id",
  "recommended_rate_plan_id",
  "current_cost",
  "recommended_cost",
  "cost_savings",
  "usage_bytes",
  "reason",
  "excluded",
];

export interface AssignmentOwner {
  readonly sessionId: string;
  readonly tenantId: number;
  readonly unitId: number;
}

const NULL = "\\N";

/** A line of COPY text, with `ASSIGNMENT_COLUMNS`, for each SIM of a unit, in the order of the fleet. */
export function* assignmentLinesForCopy(
  { sessionId, tenantId, unitId }: AssignmentOwner,
  run: Optimization,
  { input: { fleet }, planIds }: SessionInputs,
): Generator<string, void, void> {
  const ids = assignmentIds(sessionId);
  const owner = `\t${sessionId}\t${tenantId}\t${unitId}\t`;
  const planCells = run.tariff.plans.map((_, plan) => String(planIds[plan] ?? NULL));
  const reasonCell = cellsOnce();
  const rows = fleet.rows()[Symbol.iterator]();
  for (const line of assignmentLines(run, fleet)) {
    const row = rows.next().value as number;
    const head = ids() + owner;
    const reason = reasonCell(line.reason);
    if (row < 0) {
      const iccid = copyLine([line.iccid]).slice(0, -1);
      yield `${head}${iccid}\t${NULL}\t${NULL}\t${NULL}\t${NULL}\t${NULL}\t${NULL}\t${reason}\tquarantined\n`;
      continue;
    }
    const participation = run.participation[row] as number;
    const usage = fleet.usageBytes[row] as number;
    const bytes = Number.isNaN(usage) ? NULL : usage;
    const plans = `${planCells[fleet.ratePlan[row] as number] ?? NULL}\t${planCells[run.recommended[row] as number] ?? NULL}`;
    if (isExcluded(participation)) {
      const excluded = PARTICIPATION_NAMES[participation] ?? "left out";
      yield `${head}${line.iccid}\t${plans}\t${NULL}\t${NULL}\t${NULL}\t${bytes}\t${reason}\t${excluded}\n`;
      continue;
    }
    const { currentCost, recommendedCost } = line;
    const costs = `${exactMoney(currentCost)}\t${exactMoney(recommendedCost)}\t${exactMoney(currentCost - recommendedCost)}`;
    yield `${head}${line.iccid}\t${plans}\t${costs}\t${bytes}\t${reason}\t${NULL}\n`;
  }
}

/** Ids of a session's assignments, in their order: the session's with the number of the row in place of its last digits. */
function assignmentIds(sessionId: string): () => string {
  const shared = sessionId.slice(0, -12);
  let row = 0;
  return () => shared + (row++).toString(16).padStart(12, "0");
}

/** Texts as cells of COPY; the many SIMs that share the last text share its escaping. */
function cellsOnce(): (text: string) => string {
  let last = "";
  let cell = "";
  return (text) => {
    if (text !== last) {
      last = text;
      cell = copyLine([text]).slice(0, -1);
    }
    return cell;
  };
}
