import type { Writable } from "node:stream";
import { assignmentLines } from "../assignment-line.ts";
import type { AssignmentLine } from "../assignment-line.ts";
import type { ReportFigures } from "../figures.ts";
import { count } from "../number-text.ts";
import type { InputRows, ReportedRun, ReportOrigin } from "../reported-run.ts";
import { reportTitle } from "../titles.ts";
import type { AssignmentSheets, SheetLimits } from "./assignment-sheets.ts";
import { assignmentSheets, carriedOnSheet, MAX_SHEET_COLUMNS, SHEET_LIMITS } from "./assignment-sheets.ts";
import type { SheetSource, SmallSheet } from "./small-sheets.ts";
import { smallSheets } from "./small-sheets.ts";
import type { WorkbookOut } from "./workbook-out.ts";
import { workbookOut } from "./workbook-out.ts";

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
  /** Excel's own limits unless a test says otherwise. */
  readonly limits?: SheetLimits;
}

/** Opens a workbook on a stream and writes every sheet up to the assignments. */
export async function openWorkbook(stream: Writable, source: WorkbookSource): Promise<WorkbookReport> {
  const { run, rows, figures, limits = SHEET_LIMITS } = source;
  const { carriedColumns } = rows;
  const book = await workbookOut(stream, reportTitle(source.origin), figures.currency);
  for (const sheet of smallSheets({ run, figures, origin: originFor(source) }))
    await writeSmallSheet(book, sheet);
  const sheets = assignmentSheets(book, "Assignments", carriedColumns, limits);
  return {
    add: (line) => sheets.add(line),
    room: () => sheets.room(),
    async end() {
      await sheets.end();
      await writeApart(assignmentSheets(book, "Excluded and quarantined", carriedColumns, limits), source);
      await book.end();
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

async function writeSmallSheet(
  book: WorkbookOut,
  { name, shape, rows, heights, total }: SmallSheet,
): Promise<void> {
  const sheet = book.sheet(name, shape);
  for (const [k, row] of rows.entries()) {
    sheet.row(row, heights?.[k]);
    await sheet.room();
  }
  if (total !== undefined) sheet.total(total);
  await sheet.end();
}

async function writeApart(sheets: AssignmentSheets, { run, rows }: WorkbookSource): Promise<void> {
  for (const line of assignmentLines(run, rows, "apart")) {
    const wait = sheets.room();
    if (wait !== undefined) await wait;
    sheets.add(line);
  }
  await sheets.end();
}
