import type { ByteText } from "../byte-text.ts";
import type { Cell } from "./cell.ts";
import { textCell } from "./cell.ts";
import { columnLetters } from "./cell-text.ts";
import { Style } from "./styles.ts";
import type { ZipEntry } from "./zip-out.ts";

export interface Column {
  readonly header: string;
  /** In characters. */
  readonly width: number;
  readonly right?: boolean;
  /** Digits kept as text on purpose: spares the reader Excel's warning triangles. */
  readonly digits?: boolean;
}

const LINE_POINTS = 15;
const HEADER_LINES = 2;

/** Excel draws no row taller than 409 points. */
const MAX_LINES = 27;

/** How many lines a text needs in a column of that width. */
export const linesOf = (sentence: string, width: number): number =>
  Math.min(MAX_LINES, Math.max(1, Math.ceil(sentence.length / width)));

/** A worksheet in writing. Rows count from 1, the header included. */
export interface SheetOut {
  readonly lettersOf: readonly string[];
  /** Rows written so far. */
  readonly height: () => number;
  readonly sizeBytes: () => number;
  row(cells: readonly Cell[], lines?: number): void;
  /** A last row that the filter leaves alone. */
  total(cells: readonly Cell[]): void;
  /** A row that `fill` writes, the row's tags included, for the sheets of a million rows. */
  rawRow(fill: (out: ByteText, row: number) => void): void;
  room(): Promise<void> | undefined;
  end(): Promise<void>;
}

const OPEN =
  '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' +
  '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">' +
  '<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>';

export interface SheetShape {
  readonly columns: readonly Column[];
  /** A header row with a filter, frozen; false for a sheet that is read like a page. */
  readonly table: boolean;
}

export function sheetOut(entry: ZipEntry, { columns, table }: SheetShape): SheetOut {
  const lettersOf = columns.map((_, column) => columnLetters(column));
  let height = 0;
  let totals = 0;
  entry.write(
    OPEN + viewXml(table) + '<sheetFormatPr defaultRowHeight="15"/>' + columnsXml(columns) + "<sheetData>",
  );
  const out: SheetOut = {
    lettersOf,
    height: () => height,
    sizeBytes: () => entry.sizeBytes(),
    row(cells, lines = 1) {
      height++;
      const tall = lines === 1 ? "" : ` ht="${lines * LINE_POINTS}" customHeight="1"`;
      entry.write(
        `<row r="${height}"${tall}>${cells.map((cell, column) => cell(`${lettersOf[column] ?? ""}${height}`)).join("")}</row>`,
      );
    },
    total(cells) {
      out.row(cells);
      totals++;
    },
    rawRow(fill) {
      const row = ++height;
      entry.writeWith((out) => fill(out, row));
    },
    room: () => entry.room(),
    async end() {
      entry.write(closeXml(columns, table, height - totals));
      await entry.end();
    },
  };
  if (table)
    out.row(
      columns.map(({ header, right }) => textCell(header, right === true ? Style.headerRight : Style.header)),
      HEADER_LINES,
    );
  return out;
}

function viewXml(table: boolean): string {
  if (!table) return '<sheetViews><sheetView showGridLines="0" workbookViewId="0"/></sheetViews>';
  return (
    '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>' +
    '<selection pane="bottomLeft" activeCell="A2" sqref="A2"/></sheetView></sheetViews>'
  );
}

function columnsXml(columns: readonly Column[]): string {
  const cols = columns.map(
    ({ width }, k) => `<col min="${k + 1}" max="${k + 1}" width="${width}" customWidth="1"/>`,
  );
  return `<cols>${cols.join("")}</cols>`;
}

function closeXml(columns: readonly Column[], table: boolean, lastRow: number): string {
  const last = columnLetters(columns.length - 1);
  const digits = columns.flatMap(({ digits: asText }, k) =>
    asText === true ? [`${columnLetters(k)}2:${columnLetters(k)}${Math.max(2, lastRow)}`] : [],
  );
  return (
    "</sheetData>" +
    (table ? `<autoFilter ref="A1:${last}${lastRow}"/>` : "") +
    '<pageMargins left="0.5" right="0.5" top="0.6" bottom="0.6" header="0.3" footer="0.3"/>' +
    '<pageSetup paperSize="9" orientation="landscape" fitToWidth="1" fitToHeight="0"/>' +
    "<headerFooter><oddFooter>&amp;L&amp;A&amp;RPage &amp;P of &amp;N</oddFooter></headerFooter>" +
    (table && digits.length > 0
      ? `<ignoredErrors><ignoredError sqref="${digits.join(" ")}" numberStoredAsText="1"/></ignoredErrors>`
      : "") +
    "</worksheet>"
  );
}
