import { CarriedCells } from "./carried-cells.ts";
import type { DeviceColumnName } from "./device-cells.ts";
import type { DeviceTable } from "./device-table.ts";
import { DictionaryBuilder, blankColumn } from "./dictionary-builder.ts";
import { grown } from "./grow-column.ts";
import { LineNumbers } from "./line-numbers.ts";
import type { CellRow } from "./row-consumer.ts";

/** What one row says of its SIM; reused for every row. Columns that the file lacks keep what they start with. */
export interface DeviceCells {
  ratePlan: number;
  usageBytes: number;
  activeDays: number;
  locked: number;
  switchCost: number;
  /** Codes of the dictionaries. */
  location: number;
  communicationPlan: number;
  status: number;
}

export function blankCells(): DeviceCells {
  return {
    ratePlan: 0,
    usageBytes: Number.NaN,
    activeDays: -1,
    locked: 0,
    switchCost: Number.NaN,
    location: 0,
    communicationPlan: 0,
    status: 0,
  };
}

/** Where each column of the file stands; -1 where the file lacks it. */
export type ColumnPlaces = Readonly<Record<DeviceColumnName, number>>;

/** The growing columns of a devices file. A column that the file lacks takes no room. */
export class DeviceColumns {
  readonly communicationPlan = new DictionaryBuilder();
  readonly status = new DictionaryBuilder();
  readonly location = new DictionaryBuilder();
  readonly #lines = new LineNumbers();
  readonly #carried: CarriedCells;
  readonly #at: ColumnPlaces;
  #capacity = 1024;
  #usageBytes = new Float64Array(this.#capacity);
  #ratePlan = new Uint16Array(this.#capacity);
  #activeDays = new Int16Array(this.#capacity);
  #locked = new Uint8Array(this.#capacity);
  #switchCost = new Float64Array(this.#capacity);
  #anySwitchCost = false;

  constructor(at: ColumnPlaces, carried: readonly number[]) {
    this.#at = at;
    this.#carried = new CarriedCells(carried);
  }

  /** Writes the row of a SIM that is new; SIMs come in order. */
  add(sim: number, cells: DeviceCells, row: CellRow): void {
    const at = this.#at;
    if (sim === this.#capacity) this.#resize(sim * 2);
    this.#usageBytes[sim] = cells.usageBytes;
    this.#ratePlan[sim] = cells.ratePlan;
    if (at.active_days >= 0) this.#activeDays[sim] = cells.activeDays;
    if (at.locked >= 0) this.#locked[sim] = cells.locked;
    if (at.switch_cost >= 0) {
      this.#switchCost[sim] = cells.switchCost;
      if (!Number.isNaN(cells.switchCost)) this.#anySwitchCost = true;
    }
    if (at.location >= 0) this.location.set(sim, cells.location);
    if (at.communication_plan >= 0) this.communicationPlan.set(sim, cells.communicationPlan);
    if (at.status >= 0) this.status.set(sim, cells.status);
    this.#lines.set(sim, row.line);
    this.#carried.set(sim, row);
  }

  /** Names of the columns in which a row differs from the one its SIM has already. */
  differences(sim: number, cells: DeviceCells, row: CellRow): string[] {
    const at = this.#at;
    const pairs: [DeviceColumnName, number, number | undefined][] = [
      ["rate_plan", cells.ratePlan, this.#ratePlan[sim]],
      ["usage_mb", cells.usageBytes, this.#usageBytes[sim]],
      ["active_days", cells.activeDays, this.#activeDays[sim]],
      ["locked", cells.locked, this.#locked[sim]],
      ["switch_cost", cells.switchCost, this.#switchCost[sim]],
      ["location", cells.location, this.location.at(sim)],
      ["communication_plan", cells.communicationPlan, this.communicationPlan.at(sim)],
      ["status", cells.status, this.status.at(sim)],
    ];
    const names: string[] = pairs.flatMap(([name, mine, other]) =>
      at[name] < 0 || Object.is(mine, other) ? [] : [name],
    );
    return this.#carried.equals(sim, row) ? names : [...names, "a carried column"];
  }

  line(sim: number): number {
    return this.#lines.get(sim);
  }

  finish(size: number) {
    this.#resize(size);
    const at = this.#at;
    const lines = this.#lines;
    const carried = this.#carried;
    const dictionary = (name: DeviceColumnName, column: DictionaryBuilder) =>
      at[name] < 0 ? blankColumn(size) : column.finish(size);
    return {
      usageBytes: this.#usageBytes,
      ratePlan: this.#ratePlan,
      communicationPlan: dictionary("communication_plan", this.communicationPlan),
      status: dictionary("status", this.status),
      location: dictionary("location", this.location),
      activeDays: at.active_days < 0 ? new Int16Array(size).fill(-1) : this.#activeDays,
      locked: at.locked < 0 ? new Uint8Array(size) : this.#locked,
      switchCost: this.#anySwitchCost ? this.#switchCost : undefined,
      line: (sim: number) => lines.get(sim),
      carried: (sim: number) => carried.get(sim),
    } satisfies Partial<DeviceTable>;
  }

  #resize(capacity: number): void {
    const at = this.#at;
    this.#capacity = capacity;
    this.#usageBytes = grown(this.#usageBytes, capacity);
    this.#ratePlan = grown(this.#ratePlan, capacity);
    if (at.active_days >= 0) this.#activeDays = grown(this.#activeDays, capacity);
    if (at.locked >= 0) this.#locked = grown(this.#locked, capacity);
    if (at.switch_cost >= 0) this.#switchCost = grown(this.#switchCost, capacity);
  }
}
