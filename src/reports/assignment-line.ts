import { formatMegabytesExact } from "../billing/decimal.ts";
import { isExcluded } from "../billing/participation.ts";
import { costAfter, costBefore } from "./reasons/ground.ts";
import { createExplain } from "./reasons/explain.ts";
import type { InputRows, QuarantinedRow, ReportedRun } from "./reported-run.ts";

export const ASSIGNMENT_COLUMNS = [
  "iccid",
  "current_plan",
  "recommended_plan",
  "changed",
  "usage_mb",
  "current_cost",
  "recommended_cost",
  "saving",
  "reason",
] as const;

/** One input row of the result. Money in micros; NaN for a row that is not in the bill. */
export interface AssignmentLine {
  iccid: string;
  currentPlan: string;
  recommendedPlan: string;
  changed: boolean;
  /** Decimal MB that reads back to the same bytes; "" where it is unknown. */
  usageMb: string;
  currentCost: number;
  recommendedCost: number;
  reason: string;
  /** Left out of the bill, or quarantined. */
  apart: boolean;
  carried: readonly string[];
}

/**
 * The input rows in input order: all, or those that are left out or quarantined.
 * The line is one object, filled anew at each step: read it before the next.
 */
export function* assignmentLines(
  run: ReportedRun,
  rows: InputRows,
  which: "all" | "apart" = "all",
): Generator<AssignmentLine, void, void> {
  const explain = createExplain(run);
  const line = blankLine();
  for (const row of rows.rows()) {
    if (which === "apart" && row >= 0 && !isExcluded(run.participation[row] as number)) continue;
    const quarantined = row < 0 ? rows.quarantined[-1 - row] : undefined;
    if (quarantined === undefined) fillFromRun(line, run, rows, row, explain);
    else fillFromQuarantine(line, quarantined);
    yield line;
  }
}

function blankLine(): AssignmentLine {
  return {
    iccid: "",
    currentPlan: "",
    recommendedPlan: "",
    changed: false,
    usageMb: "",
    currentCost: Number.NaN,
    recommendedCost: Number.NaN,
    reason: "",
    apart: false,
    carried: [],
  };
}

function fillFromRun(
  line: AssignmentLine,
  run: ReportedRun,
  rows: InputRows,
  row: number,
  explain: (row: number) => string,
): void {
  const { fleet, tariff } = run;
  const from = fleet.ratePlan[row] as number;
  const to = run.recommended[row] as number;
  const usage = fleet.usageBytes[row] as number;
  line.apart = isExcluded(run.participation[row] as number);
  line.iccid = fleet.iccid(row);
  line.currentPlan = tariff.plans[from]?.code ?? "";
  line.recommendedPlan = tariff.plans[to]?.code ?? "";
  line.changed = from !== to;
  line.usageMb = Number.isNaN(usage) ? "" : formatMegabytesExact(usage);
  line.currentCost = line.apart ? Number.NaN : costBefore(run, row);
  line.recommendedCost = line.apart ? Number.NaN : costAfter(run, row);
  line.reason = explain(row);
  line.carried = rows.carried(row);
}

function fillFromQuarantine(line: AssignmentLine, row: QuarantinedRow): void {
  line.apart = true;
  line.iccid = row.iccid;
  line.currentPlan = row.ratePlan;
  line.recommendedPlan = row.ratePlan;
  line.changed = false;
  line.usageMb = row.usage;
  line.currentCost = Number.NaN;
  line.recommendedCost = Number.NaN;
  line.reason = quarantineReason(row);
  line.carried = row.carried;
}

export function quarantineReason(row: QuarantinedRow): string {
  const column = row.column === undefined ? "" : `, column ${row.column}`;
  return `quarantined: line ${row.line}${column}: ${row.reason}`;
}

/** Names of the carried columns, made distinct from ours and from one another. */
export function carriedHeaders(columns: readonly string[]): string[] {
  const taken = new Set<string>(ASSIGNMENT_COLUMNS);
  return columns.map((column) => {
    let name = column;
    while (taken.has(name)) name = `input_${name}`;
    taken.add(name);
    return name;
  });
}
