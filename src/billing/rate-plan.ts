import type { Bytes, Picos } from "./units.ts";

export type PlanType = "individual" | "pooled" | "unlimited";
export type Proration = "full" | "active_days" | "days30";

/** A carrier's rate plan, as `docs/units.md` and the plans file name its fields. */
export interface RatePlan {
  readonly code: string;
  readonly type: PlanType;
  /** Name of the pool a pooled plan shares; the plan's own code where it has a pool of its own; "" otherwise. */
  readonly pool: string;
  readonly monthlyCost: Picos;
  /** Allowance per SIM. 0 for an unlimited plan. */
  readonly includedBytes: Bytes;
  readonly overage: "charge" | "none";
  /** Price of one started block. 0n where `overage` is "none" or the plan is unlimited. */
  readonly overageRate: Picos;
  /** Size of a block. 0 where `overage` is "none" or the plan is unlimited. */
  readonly overageBlockBytes: Bytes;
  /** A SIM's usage is first rounded up to a multiple of this; 0 for none. */
  readonly usageIncrementBytes: Bytes;
  readonly proration: Proration;
  readonly prorateIncluded: boolean;
  readonly regulatoryFee: Picos;
  /** Commitment: at least this many SIMs; 0 for none. */
  readonly minDevices: number;
  /** Cap: at most this many SIMs; Infinity for none. */
  readonly maxDevices: number;
  /** false: retired or set aside; SIMs on it may stay, none may move in. */
  readonly available: boolean;
}

/** A pool whose allowance and charge are the pool's own, not the sum of its members'. */
export interface FixedPool {
  readonly name: string;
  readonly includedBytes: Bytes;
  readonly monthlyCost: Picos;
}

/** Everything that prices a SIM: plans, fixed pools, taxes. Plan codes are unique. */
export interface Tariff {
  /** ISO 4217 code. */
  readonly currency: string;
  readonly plans: readonly RatePlan[];
  readonly fixedPools: readonly FixedPool[];
  /** Tax rate by location as a fraction of 1, in 10^-12. */
  readonly taxRates: ReadonlyMap<string, Picos>;
  /** Taxes pool overage. */
  readonly accountTaxRate: Picos;
  /** Days of the billing cycle; undefined where no period was given, which proration by days does not accept. */
  readonly cycleDays: number | undefined;
}

/** Which plans each communication plan may carry, by plan code. undefined: every SIM may take every available plan. */
export type Eligibility = ReadonlyMap<string, ReadonlySet<string>> | undefined;
