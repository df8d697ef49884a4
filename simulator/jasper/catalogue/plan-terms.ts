export type PlanKind =
  | "individual"
  | "flexible-pool"
  | "fixed-pool"
  | "tiered"
  | "unlimited"
  | "prepaid"
  | "event";

export type DataUnit = "KB" | "MB" | "GB";
export type RoundingFrequency = "SESSION" | "DAY" | "CYCLE";

export interface OverageTerms {
  /** Decimal text, up to 12 places: the price of one unit. */
  readonly price: string;
  readonly unit: DataUnit;
  /** Sold in started units; otherwise in proportion to the bytes. */
  readonly bulk: boolean;
  /** Prices by the number of subscribers on the plan, in rising order; they replace `price` from their threshold on. */
  readonly tiers: readonly { readonly subscribersMoreThan: number; readonly price: string }[];
}

/** The prices of one version of a rate plan. Money is decimal text in the account's currency. */
export interface PlanTerms {
  readonly kind: PlanKind;
  /** For each SIM, each cycle (each term for a prepaid plan). */
  readonly subscriptionCharge: string;
  /** For the whole plan, each cycle: a fixed pool's charge. */
  readonly accountCharge: string;
  /** Decimal MB: for each SIM, or for the whole plan where the pool is fixed; `unlimited`. */
  readonly includedMb: string;
  /** Absent: no overage is charged. `capped` says that service stops at the allowance. */
  readonly overage?: OverageTerms;
  readonly capped: boolean;
  /** Usage is rounded up to this many KB (1,024 bytes); 0 does not round. */
  readonly roundingKb: number;
  readonly roundingPer: RoundingFrequency;
  readonly regulatoryFee: string;
  /** Subscription charges by the number of subscribers; empty except for tiered plans. */
  readonly tiers: readonly { readonly subscriberThreshold: number; readonly perSubscriberCharge: string }[];
  /** Whether the tier that is reached prices all SIMs or only those above its threshold. */
  readonly tierTreatment: "ALL" | "MARGINAL";
  readonly lengthOfTermMonths: number;
  readonly zones: readonly string[];
}

const DEFAULTS: PlanTerms = {
  kind: "individual",
  subscriptionCharge: "0",
  accountCharge: "0",
  includedMb: "0",
  capped: false,
  roundingKb: 0,
  roundingPer: "CYCLE",
  regulatoryFee: "0",
  tiers: [],
  tierTreatment: "ALL",
  lengthOfTermMonths: 1,
  zones: ["Home"],
};

export function planTerms(terms: Partial<PlanTerms> & Pick<PlanTerms, "kind">): PlanTerms {
  return { ...DEFAULTS, ...terms };
}

export function blockOverage(price: string, unit: DataUnit = "MB"): OverageTerms {
  return { price, unit, bulk: true, tiers: [] };
}

export function isPooled(terms: PlanTerms): boolean {
  return terms.kind === "flexible-pool" || terms.kind === "fixed-pool";
}
