import type { Writable } from "node:stream";
import { assignmentLines } from "../assignment-line.ts";
import type { AssignmentLine } from "../assignment-line.ts";
import type { ReportFigures } from "../figures.ts";
import { count } from "../number-text.ts";
import type { InputRows, ReportedRun, ReportOrigin } from "../reported-run.ts";
import { reportTitle } from "../titles.ts";
import type { AssignmentSheets } from "./assignment-sheets.ts";
import {
  assignmentSheetPlans,
  assignmentSheets,
  carriedOnSheet,
  MAX_SHEET_COLUMNS,
  MAX_SHEET_ROWS,
} from "./assignment-sheets.ts";
import type { SheetSource, SmallSheet } from "./small-sheets.ts";
import { smallSheets } from "./small-sheets.ts";
import type { WorkbookOut } from "./workbook-out.ts";
import { workbookOut } from "./workbook-out.ts";

export const APART_SHEET = "Excluded and quarantined";
const ROWS_BETWEEN_PAUSES = 4_096;

/** A workbook whose assignments are fed to it line by line. */
export interface WorkbookReport {
  add(line: AssignmentLine): void;
  /** undefined where the next line may follow at once. */
  room(): Promise<void> | undefined;
  /** Writes the rest and the archive's directory; the stream stays open. */
  end(): Promise<void>;
}

export interface WorkbookSource {
  readonly run: ReportedRun;
  readonly rows: InputRows;
  readonly figures: ReportFigures;
  readonly origin: ReportOrigin;
  /** Rows a sheet may have; Excel's own limit unless a test says otherwise. */
  readonly maxRows?: number;
}

/** Opens a workbook on a stream and writes every sheet up to the assignments. */
export async function openWorkbook(stream: Writable, source: WorkbookSource): Promise<WorkbookReport> {
  const { run, rows, figures, maxRows = MAX_SHEET_ROWS } = source;
  const { carriedColumns } = rows;
  const apart = figures.devices - figures.optimizedDevices;
  const small = smallSheets({ run, figures, origin: originFor(source) });
  const assignmentPlans = assignmentSheetPlans("Assignments", figures.devices, carriedColumns, maxRows);
  const apartPlans = assignmentSheetPlans(APART_SHEET, apart, carriedColumns, maxRows);
  const book = await workbookOut(
    stream,
    [...small, ...assignmentPlans, ...apartPlans],
    reportTitle(source.origin),
    figures.currency,
  );
  for (const sheet of small) await writeSmallSheet(book, sheet);
  const sheets = assignmentSheets(book, assignmentPlans.length, carriedColumns, maxRows);
  return {
    add: (line) => sheets.add(line),
    room: () => (sheets.full() ? sheets.turn() : sheets.room()),
    async end() {
      await sheets.end();
      await writeApart(assignmentSheets(book, apartPlans.length, carriedColumns, maxRows), source);
      book.end();
    },
  };
}

/** Columns past Excel's last are told of, not dropped in silence. */
function originFor({ rows, origin }: WorkbookSource): SheetSource["origin"] {
  const missing = rows.carriedColumns.length - carriedOnSheet(rows.carriedColumns).length;
  if (missing === 0) return origin;
  const note = `${count(missing)} carried columns are in assignments.csv alone: a sheet ends at ${count(MAX_SHEET_COLUMNS)} columns.`;
  return { ...origin, notes: [...(origin.notes ?? []), note] };
}

async function writeSmallSheet(book: WorkbookOut, { rows, heights, total }: SmallSheet): Promise<void> {
  const sheet = book.next();
  for (const [k, row] of rows.entries()) {
    sheet.row(row, heights?.[k]);
    await sheet.room();
  }
  if (total !== undefined) sheet.total(total);
  await sheet.end();
}

async function writeApart(sheets: AssignmentSheets, { run, rows }: WorkbookSource): Promise<void> {
  let written = 0;
  for (const line of assignmentLines(run, rows, "apart")) {
    if (sheets.full()) await sheets.turn();
    sheets.add(line);
    if (++written % ROWS_BETWEEN_PAUSES === 0) await sheets.room();
  }
  await sheets.end();
}
