import type { Bill } from "../billing/bill.ts";
import type { Fleet, Terms } from "../billing/fleet.ts";
import type { Tariff } from "../billing/rate-plan.ts";
import type { RateTable } from "../billing/rate-table.ts";
import type { StrategyName } from "../optimizer/solution.ts";

/** What one strategy came to. Money in micros. */
export interface StrategyOutcome {
  readonly name: StrategyName;
  /** Without switching penalties. */
  readonly bill: number;
  readonly penalty: number;
  readonly changes: number;
  /** false: it breaks a limit and cannot win. */
  readonly feasible: boolean;
  readonly seconds: number;
}

/** SIMs with the same eligible plans. Money in micros, data in bytes. */
export interface CommunicationGroup {
  readonly name: string;
  readonly communicationPlans: readonly string[];
  /** Plan indices its SIMs may take. */
  readonly plans: readonly number[];
  readonly devices: number;
  readonly usageBytes: number;
  readonly before: number;
  readonly after: number;
  readonly changes: number;
}

/** `end` is exclusive; both are dates `YYYY-MM-DD`. */
export interface Period {
  readonly start: string;
  readonly end: string;
  readonly days: number;
}

/** What the certified solver claims. Micros. */
export interface Certified {
  readonly bound: number;
  readonly lattice: number;
  readonly status: "optimal" | "gap" | "deadline";
}

/** The part of a finished run that reports read. Money in micros. */
export interface ReportedRun {
  readonly fleet: Fleet;
  readonly tariff: Tariff;
  readonly table: RateTable;
  readonly terms: Terms;
  readonly period: Period | undefined;
  /** Participation code per SIM, see billing/participation.ts. */
  readonly participation: Uint8Array;
  /** Plan index per SIM; the current one where it stays. */
  readonly recommended: Uint16Array;
  readonly before: Bill;
  readonly after: Bill;
  /** Whether today's assignment keeps every limit. */
  readonly currentFeasible: boolean;
  /** Switching costs and minimum savings of the changes made. */
  readonly penalty: number;
  readonly changes: number;
  readonly winner: StrategyName;
  readonly strategies: readonly StrategyOutcome[];
  /** undefined where the certified solver was not asked for. */
  readonly certified: Certified | undefined;
  /** Micros per MB, per pool of the table: what one more MB of allowance is worth. Empty without a certificate. */
  readonly poolPrices: Float64Array;
  readonly groups: readonly CommunicationGroup[];
}

/** A row of the input that could not be read as a SIM, with its cells as they stood. */
export interface QuarantinedRow {
  /** Line of the input, from 1. */
  readonly line: number;
  readonly iccid: string;
  readonly ratePlan: string;
  readonly usage: string;
  readonly column: string | undefined;
  readonly reason: string;
  readonly carried: readonly string[];
}

/** The rows a fleet was read from, with the columns that are carried through; a `DeviceTable` is one. */
export interface InputRows {
  readonly carriedColumns: readonly string[];
  /** The cells of those columns for a row of the fleet. */
  readonly carried: (row: number) => readonly string[];
  readonly quarantined: readonly QuarantinedRow[];
  /** Input order: a row of the fleet, or -1 - index into `quarantined`. */
  readonly rows: () => Iterable<number>;
}

/** What a report says about where it comes from. */
export interface ReportOrigin {
  /** SHA-256 of each input, by its name ("devices", "plans", …). */
  readonly inputs: Readonly<Record<string, string>>;
  /** Account or file the fleet is from, for the title. */
  readonly subject?: string;
  /** Date the page and the workbook show, as text. */
  readonly date?: string;
  /** Sentences the run wants said, such as what was set aside. */
  readonly notes?: readonly string[];
}
