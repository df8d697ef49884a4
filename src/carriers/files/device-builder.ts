import { PoolwiseError, type Fault } from "../../billing/errors.ts";
import type { Tariff } from "../../billing/rate-plan.ts";
import { MAX_TOTAL_BYTES } from "../../billing/units.ts";
import { CachedColumn } from "./cached-column.ts";
import { CarriedCells } from "./carried-cells.ts";
import { widthFault } from "./check-width.ts";
import { FaultList } from "./collect-faults.ts";
import { DEVICE_COLUMNS, deviceCellReaders } from "./device-cells.ts";
import type { DeviceTable } from "./device-table.ts";
import { DictionaryBuilder, blankColumn } from "./dictionary-builder.ts";
import { explainIccid, isScientific } from "./explain-iccid.ts";
import { grown } from "./grow-column.ts";
import { IccidColumn } from "./iccid-column.ts";
import { LineNumbers } from "./line-numbers.ts";
import { matchColumns, type MatchedColumns } from "./match-columns.ts";
import { UNUSUAL, parseUsage, parseUsageDigits } from "./parse-usage.ts";
import { Quarantine, inInputOrder } from "./quarantine-rows.ts";
import { cellText, type CellRow, type RowConsumer } from "./row-consumer.ts";
import { showCell } from "./show-cell.ts";

const SPACE = 0x20;
const TAB = 0x09;

type ColumnName = (typeof DEVICE_COLUMNS.required)[number] | (typeof DEVICE_COLUMNS.optional)[number];

/** Collects devices row by row into columns; what a row's cells say is read straight from their bytes. */
export class DeviceBuilder implements RowConsumer {
  readonly knownColumns = [...DEVICE_COLUMNS.required, ...DEVICE_COLUMNS.optional];
  /** Faults that refuse the run, however few they are. */
  readonly fatal: FaultList;
  /** The first faults of quarantined rows. */
  readonly rowFaults: FaultList;
  readonly quarantine = new Quarantine();
  readonly #tariff: Tariff;
  #columns: MatchedColumns | undefined;
  #at: Readonly<Record<ColumnName, number>> = columnPlaces(new Map());
  #rows = 0;
  #duplicates = 0;
  #totalBytes = 0;

  readonly #iccids = new IccidColumn();
  readonly #lines = new LineNumbers();
  #carried = new CarriedCells([]);
  #capacity = 1024;
  #usageBytes = new Float64Array(this.#capacity);
  #ratePlan = new Uint16Array(this.#capacity);
  #activeDays = new Int16Array(0);
  #locked = new Uint8Array(0);
  #switchCost = new Float64Array(0);
  #anySwitchCost = false;
  readonly #communicationPlan = new DictionaryBuilder();
  readonly #status = new DictionaryBuilder();
  readonly #location = new DictionaryBuilder();

  readonly #ratePlans: CachedColumn<number>;
  readonly #locations: CachedColumn<number>;
  readonly #days: CachedColumn<number>;
  readonly #locks: CachedColumn<number>;
  readonly #costs: CachedColumn<number>;

  /** Trimmed bounds of the cell at hand. */
  #start = 0;
  #end = 0;
  /** Column and reason of the fault of the row at hand. */
  #column: ColumnName | undefined;
  #reason = "";

  constructor(name: string, tariff: Tariff) {
    this.#tariff = tariff;
    this.fatal = new FaultList(name);
    this.rowFaults = new FaultList(name);
    const read = deviceCellReaders(tariff);
    this.#ratePlans = new CachedColumn(read.ratePlan);
    this.#locations = new CachedColumn(read.location);
    this.#days = new CachedColumn(read.activeDays);
    this.#locks = new CachedColumn(read.locked);
    this.#costs = new CachedColumn(read.switchCost);
  }

  get rows(): number {
    return this.#rows;
  }

  get size(): number {
    return this.#iccids.size;
  }

  header(cells: readonly string[], line: number): void {
    const columns = matchColumns(cells, line, DEVICE_COLUMNS, this.fatal);
    this.#columns = columns;
    this.#at = columnPlaces(columns.at);
    this.#carried = new CarriedCells(columns.carried.map((column) => column.at));
    if (this.#at.active_days >= 0) this.#activeDays = new Int16Array(this.#capacity);
    if (this.#at.locked >= 0) this.#locked = new Uint8Array(this.#capacity);
    if (this.#at.switch_cost >= 0) this.#switchCost = new Float64Array(this.#capacity);
  }

  broken(fault: Omit<Fault, "file">): void {
    this.fatal.add(fault);
  }

  row(row: CellRow): void {
    const columns = this.#columns;
    if (columns === undefined || columns.at.size < DEVICE_COLUMNS.required.length) return;
    this.#rows++;
    const misfit = row.count === columns.width ? undefined : widthFault(row, columns.width);
    if (misfit !== undefined) {
      this.#column = undefined;
      this.#reason = misfit;
      this.#setAside(row);
    } else if (!this.#read(row)) this.#setAside(row);
  }

  /** Reads one row. false: it cannot be read, for `#reason` in `#column`. */
  #read(row: CellRow): boolean {
    const at = this.#at;
    this.#trim(row, at.iccid);
    if (!this.#iccids.take(row.bytes, this.#start, this.#end))
      return this.#refuse("iccid", explainIccid(this.#text(row)));
    const ratePlan = this.#cached(row, "rate_plan", this.#ratePlans);
    if (ratePlan === undefined) return false;
    const usage = this.#usage(row);
    if (usage === undefined) return false;
    const days = at.active_days < 0 ? -1 : this.#cached(row, "active_days", this.#days);
    const locked = at.locked < 0 ? 0 : this.#cached(row, "locked", this.#locks);
    const cost = at.switch_cost < 0 ? Number.NaN : this.#cached(row, "switch_cost", this.#costs);
    if (days === undefined || locked === undefined || cost === undefined) return false;
    if (at.location >= 0 && this.#cached(row, "location", this.#locations) === undefined) return false;
    const location = this.#code(row, at.location, this.#location);
    const communicationPlan = this.#code(row, at.communication_plan, this.#communicationPlan);
    const status = this.#code(row, at.status, this.#status);

    const sim = this.#iccids.size;
    const known = this.#iccids.findOrAdd();
    if (sim >= this.#capacity) this.#widen();
    if (known >= 0) {
      this.#repeat(row, known, { ratePlan, usage, days, locked, cost, location, communicationPlan, status });
      return true;
    }
    this.#usageBytes[sim] = usage;
    this.#ratePlan[sim] = ratePlan;
    if (at.active_days >= 0) this.#activeDays[sim] = days;
    if (at.locked >= 0) this.#locked[sim] = locked;
    if (at.switch_cost >= 0) {
      this.#switchCost[sim] = cost;
      if (!Number.isNaN(cost)) this.#anySwitchCost = true;
    }
    if (at.location >= 0) this.#location.set(sim, location);
    if (at.communication_plan >= 0) this.#communicationPlan.set(sim, communicationPlan);
    if (at.status >= 0) this.#status.set(sim, status);
    this.#lines.set(sim, row.line);
    this.#carried.set(sim, row);
    if (usage > 0) this.#totalBytes += usage;
    return true;
  }

  #usage(row: CellRow): number | undefined {
    this.#trim(row, this.#at.usage_mb);
    const usage = parseUsageDigits(row.bytes, this.#start, this.#end);
    if (usage !== UNUSUAL) return usage;
    const looked = parseUsage(this.#text(row));
    if (typeof looked === "number") return looked;
    this.#refuse("usage_mb", looked);
    return undefined;
  }

  #cached(row: CellRow, column: ColumnName, cache: CachedColumn<number>): number | undefined {
    this.#trim(row, this.#at[column]);
    const value = cache.at(row.bytes, this.#start, this.#end);
    if (typeof value === "number") return value;
    this.#refuse(column, value);
    return undefined;
  }

  #code(row: CellRow, cell: number, dictionary: DictionaryBuilder): number {
    if (cell < 0) return 0;
    this.#trim(row, cell);
    return dictionary.codeOf(row.bytes, this.#start, this.#end);
  }

  /** A row for a SIM that has one: the same again counts once, anything else is a conflict. */
  #repeat(row: CellRow, sim: number, now: Readonly<Record<string, number>>): void {
    const at = this.#at;
    const differs = [
      ["rate_plan", now.ratePlan, this.#ratePlan[sim]],
      ["usage_mb", now.usage, this.#usageBytes[sim]],
      ["active_days", now.days, at.active_days < 0 ? -1 : this.#activeDays[sim]],
      ["locked", now.locked, at.locked < 0 ? 0 : this.#locked[sim]],
      ["switch_cost", now.cost, at.switch_cost < 0 ? Number.NaN : this.#switchCost[sim]],
      ["location", now.location, at.location < 0 ? 0 : this.#location.at(sim)],
      [
        "communication_plan",
        now.communicationPlan,
        at.communication_plan < 0 ? 0 : this.#communicationPlan.at(sim),
      ],
      ["status", now.status, at.status < 0 ? 0 : this.#status.at(sim)],
    ].flatMap(([name, mine, other]) => (Object.is(mine, other) ? [] : [String(name)]));
    if (!this.#carried.equals(sim, row)) differs.push("a carried column");
    if (differs.length === 0) {
      this.#duplicates++;
      return;
    }
    this.#conflict(
      row.line,
      cellText(row, at.iccid).trim(),
      this.#lines.get(sim),
      `another ${differs.join(", ")}`,
    );
  }

  #conflict(line: number, iccid: string, earlier: number, difference: string): void {
    const rounded = iccid.endsWith("0000")
      ? " ICCIDs that end in zeros were often rounded by a spreadsheet: export them as text."
      : "";
    this.fatal.add({
      line,
      column: "iccid",
      message: `${showCell(iccid)} stands on line ${earlier} already, with ${difference}. Keep one row per SIM.${rounded}`,
    });
  }

  #refuse(column: ColumnName, reason: string): false {
    this.#column = column;
    this.#reason = reason;
    return false;
  }

  #setAside(row: CellRow): void {
    const column = this.#column;
    const reason = this.#reason;
    const fault = { line: row.line, ...(column === undefined ? {} : { column }), message: reason };
    const text = (cell: number): string => (cell < 0 ? "" : cellText(row, cell).trim());
    if (column === "iccid" && isScientific(text(this.#at.iccid))) return this.fatal.add(fault);
    this.rowFaults.add(fault);
    this.quarantine.add(() => ({
      line: row.line,
      simsBefore: this.#iccids.size,
      iccid: text(this.#at.iccid),
      ratePlan: text(this.#at.rate_plan),
      usage: text(this.#at.usage_mb),
      column,
      reason,
      carried: (this.#columns?.carried ?? []).map((carried) => cellText(row, carried.at)),
    }));
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

  #widen(): void {
    this.#resize(this.#capacity * 2);
  }

  #resize(capacity: number): void {
    this.#capacity = capacity;
    this.#usageBytes = grown(this.#usageBytes, capacity);
    this.#ratePlan = grown(this.#ratePlan, capacity);
    if (this.#at.active_days >= 0) this.#activeDays = grown(this.#activeDays, capacity);
    if (this.#at.locked >= 0) this.#locked = grown(this.#locked, capacity);
    if (this.#at.switch_cost >= 0) this.#switchCost = grown(this.#switchCost, capacity);
  }

  /** A quarantined row and a SIM may not be the same: which of the two would be right? */
  #findQuarantinedTwins(): void {
    for (const row of this.quarantine.rows) {
      const digits = Buffer.from(row.iccid);
      const twin = this.#iccids.take(digits, 0, digits.length) ? this.#iccids.find() : -1;
      if (twin >= 0) this.#conflict(row.line, row.iccid, this.#lines.get(twin), "a row that can be read");
    }
  }

  /** The faults of the whole file, once all rows were seen. */
  check(): void {
    if (this.#columns === undefined) {
      if (this.fatal.count === 0)
        this.fatal.add({
          message: `the file is empty. Expected a header with the columns ${DEVICE_COLUMNS.required.join(", ")}.`,
        });
    } else if (this.#rows === 0 && this.fatal.count === 0)
      this.fatal.add({ message: "the file has a header but no rows." });
    this.#findQuarantinedTwins();
    if (this.#totalBytes > MAX_TOTAL_BYTES) {
      throw new PoolwiseError(
        "bounds-exceeded",
        `${this.fatal.file}: usage_mb adds up to ${this.#totalBytes} bytes; a fleet's usage stays below 2^53 bytes (8 PiB). Split the fleet.`,
        {
          data: { file: this.fatal.file, column: "usage_mb", got: this.#totalBytes, limit: MAX_TOTAL_BYTES },
        },
      );
    }
  }

  finish(file: DeviceTable["file"]): DeviceTable {
    const size = this.#iccids.size;
    this.#resize(size);
    const at = this.#at;
    const location = at.location < 0 ? blankColumn(size) : this.#location.finish(size);
    const quarantined = this.quarantine.rows;
    return {
      file,
      size,
      counts: {
        rows: this.#rows,
        quarantined: quarantined.length,
        identicalDuplicates: this.#duplicates,
        unknownUsage: this.#usageBytes.reduce((count, usage) => count + (Number.isNaN(usage) ? 1 : 0), 0),
        blankLocations:
          this.#tariff.taxRates.size === 0 ? 0 : countOf(location.codes, location.values.indexOf("")),
      },
      iccid: this.#iccids.finish(),
      usageBytes: this.#usageBytes,
      ratePlan: this.#ratePlan,
      communicationPlan: at.communication_plan < 0 ? blankColumn(size) : this.#communicationPlan.finish(size),
      status: at.status < 0 ? blankColumn(size) : this.#status.finish(size),
      location,
      activeDays: at.active_days < 0 ? new Int16Array(size).fill(-1) : this.#activeDays,
      locked: at.locked < 0 ? new Uint8Array(size) : this.#locked,
      switchCost: this.#anySwitchCost ? this.#switchCost : undefined,
      line: (sim) => this.#lines.get(sim),
      carriedColumns: (this.#columns?.carried ?? []).map((column) => column.header),
      carried: (sim) => this.#carried.get(sim),
      quarantined,
      rows: () => inInputOrder(size, quarantined),
    };
  }
}

function columnPlaces(at: ReadonlyMap<string, number>): Record<ColumnName, number> {
  const place = (name: ColumnName): number => at.get(name) ?? -1;
  return {
    iccid: place("iccid"),
    rate_plan: place("rate_plan"),
    usage_mb: place("usage_mb"),
    communication_plan: place("communication_plan"),
    status: place("status"),
    active_days: place("active_days"),
    location: place("location"),
    locked: place("locked"),
    switch_cost: place("switch_cost"),
  };
}

function countOf(codes: Uint16Array | Uint32Array, code: number): number {
  let count = 0;
  if (code >= 0) for (const own of codes) if (own === code) count++;
  return count;
}
