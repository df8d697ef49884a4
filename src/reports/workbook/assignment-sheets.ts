import type { AssignmentLine } from "../assignment-line.ts";
import { carriedHeaders } from "../assignment-line.ts";
import { exactMoney, sims } from "../number-text.ts";
import { blankCell, decimalXml, moneyCell, countCell, textCell, textXml } from "./cell.ts";
import { columnLetters } from "./cell-text.ts";
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
const CARRIED_FROM = OWN_COLUMNS.length;
const LETTERS = OWN_COLUMNS.map((_, column) => columnLetters(column));
const [ICCID, CURRENT, RECOMMENDED, CHANGED, USAGE, COST_BEFORE, COST_AFTER, SAVING, REASON] = LETTERS;

/** The carried columns a sheet has room for; the rest is in assignments.csv alone. */
export function carriedOnSheet(carriedColumns: readonly string[]): readonly string[] {
  return carriedColumns.slice(0, MAX_SHEET_COLUMNS - CARRIED_FROM);
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
  const carried = carriedOnSheet(carriedColumns).length;
  const carriedLetters = Array.from({ length: carried }, (_, column) => columnLetters(CARRIED_FROM + column));
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
      sheet.rawRow(lineXml(line, sheet.height() + 1, carriedLetters));
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

function lineXml(line: AssignmentLine, row: number, carriedLetters: readonly string[]): string {
  let xml =
    textXml(`${ICCID}${row}`, line.iccid) +
    textXml(`${CURRENT}${row}`, line.currentPlan) +
    textXml(`${RECOMMENDED}${row}`, line.recommendedPlan) +
    textXml(`${CHANGED}${row}`, line.changed ? "yes" : "no") +
    (line.apart ? apartXml(line, row) : figuresXml(line, row)) +
    textXml(`${REASON}${row}`, line.reason);
  for (let column = 0; column < carriedLetters.length; column++) {
    xml += textXml(`${carriedLetters[column] ?? ""}${row}`, line.carried[column] ?? "");
  }
  return xml;
}

function figuresXml(line: AssignmentLine, row: number): string {
  return (
    decimalXml(`${USAGE}${row}`, line.usageMb, Style.data) +
    decimalXml(`${COST_BEFORE}${row}`, exactMoney(line.currentCost), Style.moneyExact) +
    decimalXml(`${COST_AFTER}${row}`, exactMoney(line.recommendedCost), Style.moneyExact) +
    decimalXml(`${SAVING}${row}`, exactMoney(line.currentCost - line.recommendedCost), Style.moneyExact)
  );
}

const DECIMAL = /^\d+(\.\d+)?$/;

/** A quarantined row's usage is whatever stood there. */
function apartXml(line: AssignmentLine, row: number): string {
  const place = `${USAGE}${row}`;
  return DECIMAL.test(line.usageMb)
    ? decimalXml(place, line.usageMb, Style.data)
    : textXml(place, line.usageMb, Style.exactText);
}
