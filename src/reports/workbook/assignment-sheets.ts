import type { AssignmentLine } from "../assignment-line.ts";
import { carriedHeaders } from "../assignment-line.ts";
import { exactMoney, sims } from "../number-text.ts";
import { blankCell, decimalXml, moneyCell, countCell, textCell, textXml } from "./cell.ts";
import { columnLetters } from "./cell-text.ts";
import type { Column, SheetOut, SheetShape } from "./sheet-out.ts";
import { Style } from "./styles.ts";
import type { SheetPlan, WorkbookOut } from "./workbook-out.ts";

/** What Excel ends at. */
export const MAX_SHEET_ROWS = 1_048_576;
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

export function assignmentShape(carriedColumns: readonly string[]): SheetShape {
  const carried = carriedHeaders(carriedOnSheet(carriedColumns)).map((header): Column => ({
    header,
    width: Math.min(40, Math.max(16, header.length + 4)),
    digits: true,
  }));
  return { table: true, columns: [...OWN_COLUMNS, ...carried] };
}

/** As many sheets as `lines` rows need, each with its header; the last has room for a row of totals. */
export function assignmentSheetPlans(
  name: string,
  lines: number,
  carriedColumns: readonly string[],
  maxRows = MAX_SHEET_ROWS,
): SheetPlan[] {
  const shape = assignmentShape(carriedColumns);
  const sheets = Math.max(1, Math.ceil((lines + 1) / (maxRows - 1)));
  return Array.from({ length: sheets }, (_, k) => ({ name: k === 0 ? name : `${name} ${k + 1}`, shape }));
}

/** Writes lines over as many sheets as they fill. */
export interface AssignmentSheets {
  add(line: AssignmentLine): void;
  room(): Promise<void> | undefined;
  /** Whether the next line needs a sheet of its own: await `turn` first. */
  full(): boolean;
  turn(): Promise<void>;
  end(): Promise<void>;
}

export function assignmentSheets(
  book: WorkbookOut,
  planned: number,
  carriedColumns: readonly string[],
  maxRows = MAX_SHEET_ROWS,
): AssignmentSheets {
  const carried = carriedOnSheet(carriedColumns).length;
  const carriedLetters = Array.from({ length: carried }, (_, column) => columnLetters(CARRIED_FROM + column));
  const totals = { lines: 0, changed: 0, before: 0, after: 0 };
  let sheet = book.next();
  let used = 1;
  return {
    add(line) {
      addTotals(totals, line);
      sheet.rawRow(lineXml(line, sheet.height() + 1, carriedLetters));
    },
    room: () => sheet.room(),
    full: () => sheet.height() >= maxRows,
    async turn() {
      await sheet.end();
      sheet = book.next();
      used++;
    },
    async end() {
      if (used < planned) await this.turn();
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
