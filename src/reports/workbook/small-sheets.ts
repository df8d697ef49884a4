import type { ReportFigures } from "../figures.ts";
import type { ReportedRun, ReportOrigin } from "../reported-run.ts";
import type { Cell } from "./cell.ts";
import { groupsSheet } from "./groups-sheet.ts";
import { planMixSheet } from "./plan-mix-sheet.ts";
import { poolsSheet } from "./pools-sheet.ts";
import type { SheetShape } from "./sheet-out.ts";
import { strategiesSheet } from "./strategies-sheet.ts";
import { summarySheet } from "./summary-sheet.ts";

/** A sheet whose rows are few enough to be made at once. */
export interface SmallSheet {
  readonly name: string;
  readonly shape: SheetShape;
  readonly rows: readonly (readonly Cell[])[];
  /** Lines of text a row is tall; 1 unless said. */
  readonly heights?: readonly number[];
  readonly total?: readonly Cell[];
}

export interface SheetSource {
  readonly run: ReportedRun;
  readonly figures: ReportFigures;
  readonly origin: ReportOrigin;
}

export function smallSheets(source: SheetSource): SmallSheet[] {
  return [
    summarySheet(source),
    planMixSheet(source),
    strategiesSheet(source),
    poolsSheet(source),
    groupsSheet(source),
  ];
}
