import type { Fault } from "../../billing/errors.ts";
import type { Tariff } from "../../billing/rate-plan.ts";
import { CachedColumn } from "./cached-column.ts";
import { widthFault } from "./check-width.ts";
import { FaultList } from "./collect-faults.ts";
import { DEVICE_COLUMNS, deviceCellReaders, type DeviceColumnName } from "./device-cells.ts";
import { DeviceColumns, blankCells, type ColumnPlaces } from "./device-columns.ts";
import type { DeviceTable } from "./device-table.ts";
import type { DictionaryBuilder } from "./dictionary-builder.ts";
import { explainIccid, isScientific } from "./explain-iccid.ts";
import { IccidColumn } from "./iccid-column.ts";
import { matchColumns, type MatchedColumns } from "./match-columns.ts";
import { UNUSUAL, parseUsage, parseUsageDigits } from "./parse-usage.ts";
import { Quarantine, inInputOrder } from "./quarantine-rows.ts";
import { cellText, type CellRow, type RowConsumer } from "./row-consumer.ts";
import { showCell } from "./show-cell.ts";

/** Columns of few distinct texts, each of which is read once. */
type CachedName = "rate_plan" | "location" | "active_days" | "locked" | "switch_cost";

/** No cell reads as this: they are zero or more, -1 or NaN. */
const UNREADABLE = -2;

const SPACE = 0x20;
const TAB = 0x09;
const NO_COLUMNS: MatchedColumns = { width: 0, at: new Map(), carried: [] };

/** Collects devices row by row into columns; what a row's cells say is read straight from their bytes. */
export class DeviceBuilder implements RowConsumer {
  readonly knownColumns = [...DEVICE_COLUMNS.required, ...DEVICE_COLUMNS.optional];
  /** Faults that refuse the run, however few they are. */
  readonly fatal: FaultList;
  /** The first faults of quarantined rows. */
  readonly rowFaults: FaultList;
  readonly quarantine = new Quarantine();
  /** Data rows so far. */
  rows = 0;
  /** Bytes of all SIMs so far; may pass the bound, past which it is no longer exact. */
  totalBytes = 0;

  readonly #tariff: Tariff;
  readonly #readers: Readonly<Record<CachedName, CachedColumn>>;
  readonly #iccids = new IccidColumn();
  readonly #cells = blankCells();
  #matched = NO_COLUMNS;
  #at: ColumnPlaces = columnPlaces(NO_COLUMNS);
  /** The file has all required columns. */
  #isWhole = false;
  #columns = new DeviceColumns(this.#at, []);
  #duplicates = 0;
  /** Bounds of the cell at hand, without the blanks around it. */
  #start = 0;
  #end = 0;
  /** Why the row at hand cannot be read. */
  #column: DeviceColumnName | undefined;
  #reason = "";

  constructor(name: string, tariff: Tariff) {
    this.#tariff = tariff;
    this.fatal = new FaultList(name);
    this.rowFaults = new FaultList(name);
    const read = deviceCellReaders(tariff);
    this.#readers = {
      rate_plan: new CachedColumn(read.ratePlan),
      location: new CachedColumn(read.location),
      active_days: new CachedColumn(read.activeDays),
      locked: new CachedColumn(read.locked),
      switch_cost: new CachedColumn(read.switchCost),
    };
  }

  /** SIMs so far. */
  get size(): number {
    return this.#iccids.size;
  }

  get hasHeader(): boolean {
    return this.#matched !== NO_COLUMNS;
  }

  header(cells: readonly string[], line: number): void {
    this.#matched = matchColumns(cells, line, DEVICE_COLUMNS, this.fatal);
    this.#at = columnPlaces(this.#matched);
    this.#isWhole = DEVICE_COLUMNS.required.every((name) => this.#at[name] >= 0);
    this.#columns = new DeviceColumns(
      this.#at,
      this.#matched.carried.map((column) => column.at),
    );
  }

  broken(fault: Omit<Fault, "file">): void {
    this.fatal.add(fault);
  }

  row(row: CellRow): void {
    if (!this.#isWhole) return;
    this.rows++;
    const misfit = row.count === this.#matched.width ? undefined : widthFault(row, this.#matched.width);
    if (misfit !== undefined) this.#refuse(undefined, misfit);
    if (misfit !== undefined || !this.#read(row)) return this.#setAside(row);
    const sim = this.#iccids.size;
    const known = this.#iccids.findOrAdd();
    if (known >= 0) return this.#repeat(row, known);
    this.#columns.add(sim, this.#cells, row);
    if (this.#cells.usageBytes > 0) this.totalBytes += this.#cells.usageBytes;
  }

  /** Reads a row into `#cells`. false: it cannot be read, for `#reason` in `#column`. */
  #read(row: CellRow): boolean {
    const at = this.#at;
    const cells = this.#cells;
    this.#trim(row, at.iccid);
    if (!this.#iccids.take(row.bytes, this.#start, this.#end))
      return this.#refuse("iccid", explainIccid(this.#text(row)));
    cells.ratePlan = this.#cached(row, "rate_plan");
    if (cells.ratePlan === UNREADABLE || !this.#readUsage(row)) return false;
    if (at.active_days >= 0 && (cells.activeDays = this.#cached(row, "active_days")) === UNREADABLE)
      return false;
    if (at.locked >= 0 && (cells.locked = this.#cached(row, "locked")) === UNREADABLE) return false;
    if (at.switch_cost >= 0 && (cells.switchCost = this.#cached(row, "switch_cost")) === UNREADABLE)
      return false;
    if (at.location >= 0) {
      if (this.#cached(row, "location") === UNREADABLE) return false;
      cells.location = this.#code(row, at.location, this.#columns.location);
    }
    if (at.communication_plan >= 0) {
      cells.communicationPlan = this.#code(row, at.communication_plan, this.#columns.communicationPlan);
    }
    if (at.status >= 0) cells.status = this.#code(row, at.status, this.#columns.status);
    return true;
  }

  #readUsage(row: CellRow): boolean {
    this.#trim(row, this.#at.usage_mb);
    const digits = parseUsageDigits(row.bytes, this.#start, this.#end);
    const usage = digits === UNUSUAL ? parseUsage(this.#text(row)) : digits;
    if (typeof usage === "string") return this.#refuse("usage_mb", usage);
    this.#cells.usageBytes = usage;
    return true;
  }

  #cached(row: CellRow, column: CachedName): number {
    this.#trim(row, this.#at[column]);
    const value = this.#readers[column].at(row.bytes, this.#start, this.#end);
    if (typeof value === "number") return value;
    this.#refuse(column, value);
    return UNREADABLE;
  }

  #code(row: CellRow, cell: number, dictionary: DictionaryBuilder): number {
    this.#trim(row, cell);
    return dictionary.codeOf(row.bytes, this.#start, this.#end);
  }

  #trim(row: CellRow, cell: number): void {
    const bytes = row.bytes;
    let start = row.starts[cell] as number;
    let end = row.ends[cell] as number;
    while (start < end && (bytes[start] === SPACE || bytes[start] === TAB)) start++;
    while (end > start && (bytes[end - 1] === SPACE || bytes[end - 1] === TAB)) end--;
    this.#start = start;
    this.#end = end;
  }

  #text(row: CellRow): string {
    return row.bytes.toString("utf8", this.#start, this.#end);
  }

  #refuse(column: DeviceColumnName | undefined, reason: string): false {
    this.#column = column;
    this.#reason = reason;
    return false;
  }

  /** A row for a SIM that has one: the same again counts once, anything else is a conflict. */
  #repeat(row: CellRow, sim: number): void {
    const differences = this.#columns.differences(sim, this.#cells, row);
    if (differences.length === 0) this.#duplicates++;
    else
      this.#conflict(
        row.line,
        cellText(row, this.#at.iccid).trim(),
        sim,
        `another ${differences.join(", ")}`,
      );
  }

  #conflict(line: number, iccid: string, sim: number, difference: string): void {
    const rounded = iccid.endsWith("0000")
      ? " ICCIDs that end in zeros were often rounded by a spreadsheet: export them as text."
      : "";
    const message = `${showCell(iccid)} stands on line ${this.#columns.line(sim)} already, with ${difference}. Keep one row per SIM.${rounded}`;
    this.fatal.add({ line, column: "iccid", message });
  }

  #setAside(row: CellRow): void {
    const column = this.#column;
    const reason = this.#reason;
    const text = (name: DeviceColumnName): string => cellText(row, this.#at[name]).trim();
    const fault = { line: row.line, ...(column === undefined ? {} : { column }), message: reason };
    if (column === "iccid" && isScientific(text("iccid"))) return this.fatal.add(fault);
    this.rowFaults.add(fault);
    this.quarantine.add(() => ({
      line: row.line,
      simsBefore: this.#iccids.size,
      iccid: text("iccid"),
      ratePlan: text("rate_plan"),
      usage: text("usage_mb"),
      column,
      reason,
      carried: this.#matched.carried.map((carried) => cellText(row, carried.at)),
    }));
  }

  /** A quarantined row and a SIM may not be the same: which of the two would be right? */
  findQuarantinedTwins(): void {
    for (const row of this.quarantine.rows) {
      const digits = Buffer.from(row.iccid);
      const twin = this.#iccids.take(digits, 0, digits.length) ? this.#iccids.find() : -1;
      if (twin >= 0) this.#conflict(row.line, row.iccid, twin, "a row that can be read");
    }
  }

  finish(file: DeviceTable["file"]): DeviceTable {
    const size = this.#iccids.size;
    const columns = this.#columns.finish(size);
    const quarantined = this.quarantine.rows;
    return {
      file,
      size,
      counts: {
        rows: this.rows,
        quarantined: quarantined.length,
        identicalDuplicates: this.#duplicates,
        unknownUsage: columns.usageBytes.reduce((count, usage) => count + (Number.isNaN(usage) ? 1 : 0), 0),
        blankLocations: this.#tariff.taxRates.size === 0 ? 0 : countBlank(columns.location),
      },
      iccid: this.#iccids.finish(),
      ...columns,
      carriedColumns: this.#matched.carried.map((column) => column.header),
      quarantined,
      rows: () => inInputOrder(size, quarantined),
    };
  }
}

function columnPlaces(columns: MatchedColumns): ColumnPlaces {
  const names: readonly DeviceColumnName[] = [...DEVICE_COLUMNS.required, ...DEVICE_COLUMNS.optional];
  return Object.fromEntries(names.map((name) => [name, columns.at.get(name) ?? -1])) as Record<
    DeviceColumnName,
    number
  >;
}

function countBlank(column: DeviceTable["location"]): number {
  const blank = column.values.indexOf("");
  let count = 0;
  if (blank >= 0) for (const code of column.codes) if (code === blank) count++;
  return count;
}
