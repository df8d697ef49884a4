import type { Bill } from "../../billing/bill.ts";
import type { Fleet, Terms } from "../../billing/fleet.ts";
import type { Eligibility, Tariff } from "../../billing/rate-plan.ts";
import type { RateTable } from "../../billing/rate-table.ts";
import type { ProofNode, StrategyName } from "../../optimizer/solution.ts";

/** `end` is exclusive; both are dates `YYYY-MM-DD`. */
export interface Period {
  readonly start: string;
  readonly end: string;
  readonly days: number;
}

export interface StrategyOutcome {
  readonly name: StrategyName;
  /** Micros, without switching penalties. */
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

/** The result of one run over a fleet: what reports, certificates and sessions are made of. */
export interface Optimization {
  readonly fleet: Fleet;
  readonly tariff: Tariff;
  readonly table: RateTable;
  readonly eligibility: Eligibility;
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
  /** Micros: switching costs and minimum savings of the changes made. */
  readonly penalty: number;
  readonly changes: number;
  readonly winner: StrategyName;
  readonly strategies: readonly StrategyOutcome[];
  /** undefined where the certified solver was not asked for. */
  readonly certified:
    | {
        readonly bound: number;
        readonly lattice: number;
        readonly proof: ProofNode;
        /** Row of the fleet for each SIM index of the proof. */
        readonly rows: Uint32Array;
        readonly status: "optimal" | "gap" | "deadline";
      }
    | undefined;
  /** Micros per MB, per pool of the table: what one more MB of allowance is worth. Empty without a certificate. */
  readonly poolPrices: Float64Array;
  readonly groups: readonly CommunicationGroup[];
}
