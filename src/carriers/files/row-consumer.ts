import type { Fault } from "../../billing/errors.ts";

/**
 * One row of a table as UTF-8 bytes: cell i is `bytes[starts[i]..ends[i])`. The object is reused for every row, so
 * a consumer copies what it keeps.
 */
export interface CellRow {
  bytes: Buffer;
  starts: Int32Array;
  ends: Int32Array;
  count: number;
  /** Line of a text file, row of a sheet or Parquet file, from 1. */
  line: number;
}

/** What reads a table row by row, whatever the file's format. */
export interface RowConsumer {
  /** Column names that decide between separators. */
  readonly knownColumns: readonly string[];
  readonly header: (cells: readonly string[], line: number) => void;
  readonly row: (row: CellRow) => void;
  /** The table cannot be read any further. */
  readonly broken: (fault: Omit<Fault, "file">) => void;
}

/** Excel's limit: a header past it is a file in which something went wrong. */
export const MAX_COLUMNS = 16_384;

export function emptyRow(): CellRow {
  return { bytes: Buffer.alloc(0), starts: new Int32Array(64), ends: new Int32Array(64), count: 0, line: 0 };
}

export function widenRow(row: CellRow): void {
  const starts = new Int32Array(row.starts.length * 2);
  const ends = new Int32Array(row.ends.length * 2);
  starts.set(row.starts);
  ends.set(row.ends);
  row.starts = starts;
  row.ends = ends;
}

export function cellText(row: CellRow, cell: number): string {
  return cell < row.count ? row.bytes.toString("utf8", row.starts[cell], row.ends[cell]) : "";
}
