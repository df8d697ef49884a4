import { isExcluded, PARTICIPATION_NAMES } from "../../billing/participation.ts";
import { copyLine } from "../../ports/copy-text.ts";
import type { AssignmentLine } from "../../reports/assignment-line.ts";
import { assignmentLines } from "../../reports/assignment-line.ts";
import { ByteText, byteMarks } from "../../reports/byte-text.ts";
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

const ID_DIGITS = 12;
const CHUNK_BYTES = 1 << 18;
const NULL = "\\N";
const MARKS = byteMarks({ "\\": 1 });

/** A line of COPY text, with `ASSIGNMENT_COLUMNS`, for each SIM of a unit, in the order of the fleet; in chunks. */
export function* assignmentLinesForCopy(
  { sessionId, tenantId, unitId }: AssignmentOwner,
  run: Optimization,
  { input: { fleet }, planIds }: SessionInputs,
): Generator<Uint8Array, void, void> {
  const out = new ByteText(CHUNK_BYTES);
  const idHead = Buffer.from(sessionId.slice(0, -ID_DIGITS));
  const owner = Buffer.from(`\t${sessionId}\t${tenantId}\t${unitId}\t`);
  const planCells = run.tariff.plans.map((_, plan) => `\t${planIds[plan] ?? NULL}`);
  const planCell = (plan: number | undefined): string => planCells[plan ?? -1] ?? `\t${NULL}`;
  const rows = fleet.rows()[Symbol.iterator]();
  let written = 0;
  for (const line of assignmentLines(run, fleet)) {
    const row = rows.next().value as number;
    out.writeBytes(idHead);
    out.write(idDigits(written++));
    out.writeBytes(owner);
    writeCell(out, line.iccid);
    out.write(planCell(fleet.ratePlan[row]));
    out.write(planCell(run.recommended[row]));
    writeCosts(out, line);
    writeUsage(out, fleet.usageBytes[row]);
    writeCell(out, line.reason);
    out.write(excludedCell(run.participation[row]));
    if (out.isFull) yield out.take();
  }
  if (out.length > 0) yield out.take();
}

/** An assignment's id is its session's, with its place among the session's in the last digits. */
const idDigits = (place: number): string => place.toString(16).padStart(ID_DIGITS, "0");

function writeCosts(out: ByteText, { apart, currentCost, recommendedCost }: AssignmentLine): void {
  if (apart) return out.write(`\t${NULL}\t${NULL}\t${NULL}\t`);
  out.write("\t");
  out.writeMoney(currentCost);
  out.write("\t");
  out.writeMoney(recommendedCost);
  out.write("\t");
  out.writeMoney(currentCost - recommendedCost);
  out.write("\t");
}

function writeUsage(out: ByteText, bytes: number | undefined): void {
  if (bytes === undefined || Number.isNaN(bytes)) out.write(NULL);
  else out.writeWhole(bytes);
  out.write("\t");
}

/** Why a SIM has no costs, and the end of its line; undefined for a row that is no SIM. */
function excludedCell(participation: number | undefined): string {
  if (participation === undefined) return "\tquarantined\n";
  return isExcluded(participation)
    ? `\t${PARTICIPATION_NAMES[participation] ?? "left out"}\n`
    : `\t${NULL}\n`;
}

function writeCell(out: ByteText, text: string): void {
  const from = out.length;
  if (out.writeMarked(text, MARKS) === 0) return;
  out.cut(from);
  out.write(copyLine([text]).slice(0, -1));
}
