import type { AssignmentLine } from "../assignment-line.ts";
import { carriedHeaders } from "../assignment-line.ts";
import { sims } from "../number-text.ts";
import { blankCell, moneyCell, countCell, textCell } from "./cell.ts";
import { LineRows, OWN_COLUMN_COUNT } from "./line-rows.ts";
import type { Column, SheetOut, SheetShape } from "./sheet-out.ts";
import { Style } from "./styles.ts";
import type { WorkbookOut } from "./workbook-out.ts";

/** What Excel ends at. */
export const MAX_SHEET_COLUMNS = 16_384;

const OWN_COLUMNS: readonly Column[] = [
  { header: "ICCID", width: 24, digits: true },
  { header: "Current plan", width: 22 },
  { header: "Recommended plan", width: 22 },
  { header: "Changed", width: 11 },
  { header: "Usage", width: 16, right: true },
  { header: "Current cost", width: 16, right: true },
  { header: "Recommended cost", width: 18, right: true },
  { header: "Saving", width: 16, right: true },
  { header: "Reason", width: 84 },
];

/** The carried columns a sheet has room for; the rest is in assignments.csv alone. */
export function carriedOnSheet(carriedColumns: readonly string[]): readonly string[] {
  return carriedColumns.slice(0, MAX_SHEET_COLUMNS - OWN_COLUMN_COUNT);
}

function assignmentShape(carriedColumns: readonly string[]): SheetShape {
  const carried = carriedHeaders(carriedOnSheet(carriedColumns)).map((header): Column => ({
    header,
    width: Math.min(40, Math.max(16, header.length + 4)),
    digits: true,
  }));
  return { table: true, columns: [...OWN_COLUMNS, ...carried] };
}

/** Writes lines over as many sheets as they fill. */
export interface AssignmentSheets {
  add(line: AssignmentLine): void;
  /** To be awaited before each line, which may need a sheet of its own; undefined where it may follow at once. */
  room(): Promise<void> | undefined;
  /** Writes the totals. */
  end(): Promise<void>;
}

export interface SheetLimits {
  readonly rows: number;
  readonly bytes: number;
}

/** Excel's last row; and well below the 4 GiB that an entry of a plain zip can have. */
export const SHEET_LIMITS: SheetLimits = { rows: 1_048_576, bytes: 3_500_000_000 };

export function assignmentSheets(
  book: WorkbookOut,
  name: string,
  carriedColumns: readonly string[],
  limits: SheetLimits,
): AssignmentSheets {
  const rows = new LineRows(carriedOnSheet(carriedColumns).length);
  const shape = assignmentShape(carriedColumns);
  const totals = { lines: 0, changed: 0, before: 0, after: 0 };
  let sheet = book.sheet(name, shape);
  let sheets = 1;
  const full = (): boolean => sheet.height() >= limits.rows || sheet.sizeBytes() >= limits.bytes;
  const turn = async (): Promise<void> => {
    await sheet.end();
    sheets++;
    sheet = book.sheet(`${name} ${sheets}`, shape);
  };
  return {
    add(line) {
      addTotals(totals, line);
      sheet.rawRow((out, row) => rows.write(out, row, line));
    },
    room: () => (full() ? turn() : sheet.room()),
    async end() {
      if (full()) await turn();
      writeTotals(sheet, totals);
      await sheet.end();
    },
  };
}

type Totals = { lines: number; changed: number; before: number; after: number };

function addTotals(totals: Totals, line: AssignmentLine): void {
  totals.lines++;
  if (line.changed) totals.changed++;
  if (line.apart) return;
  totals.before += line.currentCost;
  totals.after += line.recommendedCost;
}

function writeTotals(sheet: SheetOut, totals: Totals): void {
  sheet.total([
    textCell(`Total of ${sims(totals.lines)}`, Style.totalText),
    blankCell(Style.totalText),
    blankCell(Style.totalText),
    countCell(totals.changed, Style.totalCount),
    blankCell(Style.totalText),
    moneyCell(totals.before, Style.totalMoneyExact),
    moneyCell(totals.after, Style.totalMoneyExact),
    moneyCell(totals.before - totals.after, Style.totalMoneyExact),
    blankCell(Style.totalText),
  ]);
}
