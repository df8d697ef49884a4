import type { DataUnit, RoundingFrequency } from "../catalogue/plan-terms.ts";
import type { PlanVersion } from "../catalogue/rate-plan-catalogue.ts";
import type { BillingContract } from "./contract.ts";
import { startedUnits, toMicros, toPicos } from "./money.ts";

/** One plan version's prices, parsed: money in picos (10⁻¹²) of the currency unit, data in bytes. */
export interface PlanPrices {
  readonly version: PlanVersion;
  readonly subscription: bigint;
  readonly accountCharge: bigint;
  readonly feeMicros: bigint;
  /** Absent: unlimited. */
  readonly includedBytes: bigint | undefined;
  readonly overage:
    | { readonly price: bigint; readonly unitBytes: bigint; readonly bulk: boolean }
    | undefined;
  readonly overageTiers: readonly { readonly moreThan: number; readonly price: bigint }[];
  readonly tiers: readonly { readonly threshold: number; readonly charge: bigint }[];
  readonly roundingBytes: number;
  readonly roundingPer: RoundingFrequency;
}

export function readPrices(version: PlanVersion, contract: BillingContract): PlanPrices {
  const { terms } = version;
  const base = BigInt(contract.mbBase);
  return {
    version,
    subscription: toPicos(terms.subscriptionCharge),
    accountCharge: toPicos(terms.accountCharge),
    feeMicros: toMicros(toPicos(terms.regulatoryFee)),
    includedBytes: terms.includedMb === "unlimited" ? undefined : mbToBytes(terms.includedMb, base),
    overage: terms.overage && {
      price: toPicos(terms.overage.price),
      unitBytes: unitBytes(terms.overage.unit, base),
      bulk: terms.overage.bulk,
    },
    overageTiers: (terms.overage?.tiers ?? []).map((t) => ({
      moreThan: t.subscribersMoreThan,
      price: toPicos(t.price),
    })),
    tiers: terms.tiers.map((t) => ({
      threshold: t.subscriberThreshold,
      charge: toPicos(t.perSubscriberCharge),
    })),
    roundingBytes: (contract.rounding?.unitKb ?? terms.roundingKb) * contract.mbBase,
    roundingPer: contract.rounding?.per ?? terms.roundingPer,
  };
}

/** Half up to whole bytes. */
export function mbToBytes(mb: string, base: bigint): bigint {
  const scaled = toPicos(mb) * base * base;
  return (2n * scaled + 1_000_000_000_000n) / 2_000_000_000_000n;
}

export function unitBytes(unit: DataUnit, base: bigint): bigint {
  return unit === "KB" ? base : unit === "MB" ? base ** 2n : base ** 3n;
}

/** What usage above an allowance costs, in micros, where `subscribers` SIMs are on the plan. */
export function overageMicros(prices: PlanPrices, overBytes: bigint, subscribers: number): bigint {
  if (prices.overage === undefined || overBytes <= 0n) return 0n;
  const reached = prices.overageTiers.findLast((tier) => subscribers > tier.moreThan);
  const price = reached?.price ?? prices.overage.price;
  if (!prices.overage.bulk) return toMicros(price, overBytes, prices.overage.unitBytes);
  return toMicros(price, startedUnits(overBytes, prices.overage.unitBytes));
}

/** The subscription of the `rank`-th (0-based) of `subscribers` SIMs on the plan. */
export function subscriptionOf(prices: PlanPrices, rank: number, subscribers: number): bigint {
  if (prices.tiers.length === 0) return prices.subscription;
  const counted = prices.version.terms.tierTreatment === "ALL" ? subscribers : rank + 1;
  return prices.tiers.findLast((tier) => counted > tier.threshold)?.charge ?? prices.subscription;
}
