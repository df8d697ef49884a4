import type { RoundingFrequency } from "../catalogue/plan-terms.ts";
import type { Status } from "../store/statuses.ts";

/** How this operator bills: the questions that carriers answer differently. */
export interface BillingContract {
  /** Which plan rates a cycle in which the plan changed. */
  readonly planChangeRating: "WHOLE_CYCLE_AT_CLOSE" | "SPLIT_BY_DAY" | "NEXT_CYCLE";
  /** To which pools a SIM that changed plans brings its allowance. */
  readonly poolMembership: "AT_CLOSE" | "EVER_IN_CYCLE" | "DAY_WEIGHTED";
  readonly subscriptionCharge: "FULL" | "PRORATED" | "HIGHEST_PLAN_USED" | "SUM_OF_PLANS";
  /** Whether a SIM that was billable for part of the cycle brings its whole allowance. */
  readonly newSimAllowance: "FULL" | "PRORATED_DAYS";
  /** A change later than this before the close counts for the next cycle. */
  readonly changeCutoffHours: number;
  /** Rate plan changes of one SIM in one cycle; 0 sets no limit. */
  readonly maxChangesPerCycle: number;
  /** The size of the operator's megabyte: 1000² or 1024² bytes. */
  readonly mbBase: 1000 | 1024;
  /** Replaces the rounding of every plan. */
  readonly rounding?: { readonly unitKb: number; readonly per: RoundingFrequency };
  /** Whether the zones of a plan share its allowance, or the home zone has it alone. */
  readonly zoneRating: "COMBINED" | "PER_ZONE";
  readonly poolPer: "PLAN" | "PLAN_VERSION";
  readonly billableStates: readonly Status[];
  readonly billableWhen: "AT_CLOSE" | "EVER_IN_CYCLE";
  /** The account pays for at least this many devices, at `minimumDeviceCharge` for each one missing. */
  readonly minimumBillableDevices: number;
  readonly minimumDeviceCharge: string;
}

export const DEFAULT_CONTRACT: BillingContract = {
  planChangeRating: "WHOLE_CYCLE_AT_CLOSE",
  poolMembership: "AT_CLOSE",
  subscriptionCharge: "FULL",
  newSimAllowance: "FULL",
  changeCutoffHours: 0,
  maxChangesPerCycle: 0,
  mbBase: 1024,
  zoneRating: "COMBINED",
  poolPer: "PLAN",
  billableStates: ["ACTIVATED"],
  billableWhen: "AT_CLOSE",
  minimumBillableDevices: 0,
  minimumDeviceCharge: "0",
};
