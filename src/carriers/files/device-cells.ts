import { parseScaled } from "../../billing/decimal.ts";
import type { Tariff } from "../../billing/rate-plan.ts";
import { explainNumber } from "./explain-number.ts";
import { YES_NO } from "./read-cells.ts";
import { showCell } from "./show-cell.ts";
import { suggestNearest } from "./suggest-nearest.ts";

export const DEVICE_COLUMNS = {
  required: ["iccid", "rate_plan", "usage_mb"],
  optional: ["communication_plan", "status", "active_days", "location", "locked", "switch_cost"],
} as const;

export type DeviceColumnName =
  | (typeof DEVICE_COLUMNS.required)[number]
  | (typeof DEVICE_COLUMNS.optional)[number];

/** The longest period that days are counted in where none is given. */
const MAX_CYCLE_DAYS = 366;
const MAX_SWITCH_COST = 10n ** 15n;

/** Readers of a device's cells: a value, or why the text is none. */
export function deviceCellReaders(tariff: Tariff): {
  readonly ratePlan: (text: string) => number | string;
  readonly location: (text: string) => number | string;
  readonly activeDays: (text: string) => number | string;
  readonly locked: (text: string) => number | string;
  readonly switchCost: (text: string) => number | string;
} {
  const plans = new Map(tariff.plans.map((plan, index) => [plan.code, index]));
  return {
    ratePlan: (text) =>
      plans.get(text) ??
      (text === ""
        ? "is blank. Write the plan that the SIM is on."
        : `${showCell(text)} is not in the plans file.${suggestNearest(text, plans.keys())}`),
    location: (text) =>
      text === "" || tariff.taxRates.size === 0 || tariff.taxRates.has(text)
        ? 0
        : `${showCell(text)} is not in the taxes file.${suggestNearest(text, tariff.taxRates.keys())}`,
    activeDays: (text) => readActiveDays(text, tariff.cycleDays),
    locked: readLocked,
    switchCost: readSwitchCost,
  };
}

function readLocked(text: string): number | string {
  const locked = text === "" ? false : YES_NO.get(text.toLowerCase());
  return locked === undefined ? `${showCell(text)} is neither yes nor no.` : Number(locked);
}

function readActiveDays(text: string, cycleDays: number | undefined): number | string {
  if (text === "") return -1;
  if (!/^\d{1,4}$/.test(text))
    return `${showCell(text)} is not a number of days. Write a whole number, or leave it blank for the whole cycle.`;
  const days = Number(text);
  if (cycleDays === undefined)
    return days <= MAX_CYCLE_DAYS ? days : `${showCell(text)} is more days than a cycle has.`;
  return days <= cycleDays ? days : `${showCell(text)} is more than the ${cycleDays} days of the cycle.`;
}

function readSwitchCost(text: string): number | string {
  if (text === "") return Number.NaN;
  const cost = parseScaled(text, 6);
  if (cost === "too-precise") return `${showCell(text)} has more than 6 decimals. Round it to 6.`;
  if (cost === undefined) return explainNumber(text);
  if (cost < 0n) return `${showCell(text)} is negative. A switching cost is zero or more.`;
  if (cost > MAX_SWITCH_COST) return `${showCell(text)} is past 1,000,000,000, the most a price may be.`;
  return Number(cost);
}
