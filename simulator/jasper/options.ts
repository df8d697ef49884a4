import type { BillingContract } from "./billing-engine/contract.ts";
import type { FaultSpec } from "./faults/fault-spec.ts";

export type Role = "AccountAdmin" | "AccountUser" | "AccountReadOnly";
export type AccountType = "Advantage" | "Essential";

export interface SimulatedUser {
  readonly username: string;
  readonly apiKey: string;
  readonly role: Role;
  readonly accountType: AccountType;
  /** ISO-8601, by the simulator's clock: from then on the key is refused. */
  readonly keyExpiry?: string;
}

/** How a refused call looks: 400 or 429 with errorCode 40000029, a 429 with nothing in it, or a 503. */
export type ThrottleStyle = "400" | "429" | "429-bare" | "503";

export interface JasperSimulatorOptions {
  /** 1 to 4,000,000. */
  readonly devices: number;
  /** The same seed, clock and options give the same fleet and the same draws of faults. Default 1. */
  readonly seed?: number;
  /** Default: any free port. */
  readonly port?: number;
  /** Default "America/New_York". */
  readonly timeZone?: string;
  /** Day of the month, 1 to 31, on which cycles start; short months start on their last day. Default 1. */
  readonly cycleDay?: number;
  /** Where the clock starts, ISO-8601. Default: now. */
  readonly clock?: string;
  /** How fast it runs; 0 stands still until moved. Default 1. */
  readonly clockRate?: number;
  /** 0 lifts the limit. Default 5. */
  readonly callsPerSecond?: number;
  /** Calls at a time; 0 lifts the limit. Default 1. */
  readonly concurrency?: number;
  readonly throttleStyle?: ThrottleStyle;
  /** Whole seconds of the server's own clock, or any stretch of one second. Default "fixed". */
  readonly throttleWindow?: "fixed" | "sliding";
  /** The first is the one that `startJasperSimulator` returns. Default: one administrator with a key made from the seed. */
  readonly users?: readonly SimulatedUser[];
  readonly accountId?: number;
  readonly currency?: string;
  readonly basePath?: string;
  readonly lookback?: "none" | "one-year";
  readonly tillDefault?: "none" | "one-year";
  readonly pastEnd?: "empty" | "refuse";
  readonly pageSizeOver?: "refuse" | "clamp";
  readonly iccidLength?: 19 | 20;
  /** The capitals of the SMS keys in usageInZone. Default "lower", as seen in a live body. */
  readonly zoneKeyCase?: "lower" | "documented";
  /** Whether the bulk usage route counts traffic on the plan it was made on, or on today's plan. */
  readonly usageAttribution?: "plan-at-the-time" | "current-plan";
  readonly futureChangeStatus?: 200 | 202;
  readonly latencyMs?: number | { readonly min: number; readonly max: number };
  readonly contract?: Partial<BillingContract>;
  readonly faults?: readonly (FaultSpec | string)[];
  /** Published plans beyond the contract's, to fill pages. Default 112. */
  readonly otherPlans?: number;
  /** Part of the fleet, 0 to 1, on tiered and prepaid plans that the contract files do not describe. Default 0. */
  readonly unusualPlanShare?: number;
}
