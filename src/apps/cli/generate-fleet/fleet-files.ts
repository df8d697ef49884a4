import { deviceChunks } from "./device-rows.ts";
import { ELIGIBILITY, planRows, poolRows, TAXES } from "./plan-sheet.ts";

export interface FleetOptions {
  readonly devices: number;
  readonly seed: number;
  /** Plans prorate a part of the cycle, so that the optimiser needs to be told the period. */
  readonly prorated: boolean;
}

export interface FleetFile {
  readonly name: string;
  /** Text in pieces that are good to write at a time. */
  readonly chunks: Iterable<string>;
}

/** The files of a synthetic fleet. The same options give the same bytes. */
export function fleetFiles(options: FleetOptions): FleetFile[] {
  return [
    { name: "devices.csv", chunks: deviceChunks(options) },
    { name: "plans.csv", chunks: [planRows(options).join("")] },
    { name: "eligibility.csv", chunks: [ELIGIBILITY.join("")] },
    { name: "pools.csv", chunks: [poolRows(options.devices).join("")] },
    { name: "taxes.csv", chunks: [TAXES.join("")] },
  ];
}
