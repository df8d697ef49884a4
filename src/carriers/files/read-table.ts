import type { Fault } from "../../billing/errors.ts";
import { FaultList } from "./collect-faults.ts";
import type { InputFile, InputSource } from "./input-source.ts";
import { sourceName } from "./input-source.ts";
import { matchColumns, type ColumnNames, type MatchedColumns } from "./match-columns.ts";
import { readRows } from "./read-rows.ts";
import { cellText, type CellRow, type RowConsumer } from "./row-consumer.ts";
import { widthFault } from "./check-width.ts";

/** A row of a small table: trimmed cells by column name; "" where the column is missing. */
export interface TableRow {
  readonly line: number;
  readonly cells: ReadonlyMap<string, string>;
}

export interface Table {
  readonly file: InputFile;
  readonly rows: readonly TableRow[];
  /** What was wrong so far; whoever reads the rows adds to it. */
  readonly faults: FaultList;
}

/** Reads a table that is small enough for an object per row: plans, pools, taxes, eligibility. */
export async function readTable(source: InputSource, names: ColumnNames): Promise<Table> {
  const collector = new RowCollector(names, new FaultList(sourceName(source)));
  const file = await readRows(source, collector);
  collector.finish();
  return { file, rows: collector.rows, faults: collector.faults };
}

class RowCollector implements RowConsumer {
  readonly rows: TableRow[] = [];
  readonly faults: FaultList;
  readonly #names: ColumnNames;
  #columns: MatchedColumns | undefined;

  constructor(names: ColumnNames, faults: FaultList) {
    this.#names = names;
    this.faults = faults;
  }

  get knownColumns(): readonly string[] {
    return [...this.#names.required, ...this.#names.optional];
  }

  header(cells: readonly string[], line: number): void {
    this.#columns = matchColumns(cells, line, this.#names, this.faults);
  }

  row(row: CellRow): void {
    const columns = this.#columns;
    if (columns === undefined || (this.faults.count > 0 && this.rows.length === 0)) return;
    const fault = widthFault(row, columns.width);
    if (fault !== undefined) this.faults.add({ line: row.line, message: fault });
    else
      this.rows.push({
        line: row.line,
        cells: new Map([...columns.at].map(([name, cell]) => [name, cellText(row, cell).trim()])),
      });
  }

  broken(fault: Omit<Fault, "file">): void {
    this.faults.add(fault);
  }

  finish(): void {
    if (this.faults.count > 0) return;
    if (this.#columns === undefined)
      this.faults.add({
        message: `the file is empty. Expected a header with the columns ${this.#names.required.join(", ")}.`,
      });
    else if (this.rows.length === 0) this.faults.add({ message: "the file has a header but no rows." });
  }
}
