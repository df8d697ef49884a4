import type { FixedPool, Proration, RatePlan, Tariff } from "../billing/rate-plan.ts";
import { PICOS_PER_MICRO, roundedQuotient } from "./exact.ts";

/** A rate plan in exact numbers. */
export interface ExactPlan {
  readonly code: string;
  /** capped: usage beyond the allowance makes a SIM ineligible; charged: overage per SIM; flat: neither. */
  readonly kind: "capped" | "charged" | "flat";
  /** Index of its pool; -1 outside pools. */
  readonly pool: number;
  /** Picos. */
  readonly monthlyCost: bigint;
  /** Micros. */
  readonly fee: bigint;
  /** Bytes before proration. */
  readonly allowance: bigint;
  readonly prorateAllowance: boolean;
  readonly proration: Proration;
  /** Bytes; 0 for none. */
  readonly increment: bigint;
  /** Bytes. */
  readonly block: bigint;
  /** Picos per started block. */
  readonly rate: bigint;
  readonly setAside: boolean;
  /** Whether SIMs may move in. */
  readonly open: boolean;
  readonly minDevices: bigint;
  /** undefined for no limit. */
  readonly maxDevices: bigint | undefined;
}

/** A pool in exact numbers. */
export interface ExactPool {
  readonly name: string;
  /** Bytes; 1 in a pool whose plans charge no overage. */
  readonly block: bigint;
  /** Picos per started block, before tax. */
  readonly rate: bigint;
  /** Parts of 10^12. */
  readonly taxRate: bigint;
  /** Bytes and micros; undefined for a flexible pool. */
  readonly fixed: { readonly allowance: bigint; readonly charge: bigint } | undefined;
}

export interface ExactTariff {
  readonly plans: readonly ExactPlan[];
  readonly pools: readonly ExactPool[];
  readonly planByCode: ReadonlyMap<string, number>;
  readonly poolByName: ReadonlyMap<string, number>;
}

/** The tariff in exact numbers. Pools stand in the order in which the plans name them. */
export function exactTariff(tariff: Tariff, setAside: ReadonlySet<number>): ExactTariff {
  const poolByName = new Map<string, number>();
  for (const plan of tariff.plans) {
    if (plan.type === "pooled" && !poolByName.has(plan.pool)) poolByName.set(plan.pool, poolByName.size);
  }
  const plans = tariff.plans.map((plan, index) => exactPlan(plan, poolByName, setAside.has(index)));
  const fixedByName = new Map(tariff.fixedPools.map((pool) => [pool.name, pool]));
  const charging = new Map<number, ExactPlan>();
  plans.forEach((plan, index) => {
    const charges = tariff.plans[index]?.overage === "charge" && !plan.setAside;
    if (plan.pool >= 0 && charges && !charging.has(plan.pool)) charging.set(plan.pool, plan);
  });
  const pools = [...poolByName].map(([name, index]) =>
    exactPool(name, charging.get(index), fixedByName.get(name), tariff.accountTaxRate),
  );
  return { plans, pools, planByCode: new Map(plans.map((plan, index) => [plan.code, index])), poolByName };
}

function exactPlan(plan: RatePlan, poolByName: ReadonlyMap<string, number>, setAside: boolean): ExactPlan {
  const capped = plan.type !== "unlimited" && plan.overage === "none";
  return {
    code: plan.code,
    kind: capped ? "capped" : plan.type === "individual" ? "charged" : "flat",
    pool: plan.type === "pooled" ? (poolByName.get(plan.pool) ?? -1) : -1,
    monthlyCost: plan.monthlyCost,
    fee: roundedQuotient(plan.regulatoryFee, PICOS_PER_MICRO),
    allowance: BigInt(plan.includedBytes),
    prorateAllowance: plan.prorateIncluded,
    proration: plan.proration,
    increment: BigInt(plan.usageIncrementBytes),
    block: BigInt(plan.overageBlockBytes),
    rate: plan.overageRate,
    setAside,
    open: plan.available && !setAside,
    minDevices: setAside ? 0n : BigInt(plan.minDevices),
    maxDevices:
      setAside || plan.maxDevices === Number.POSITIVE_INFINITY ? undefined : BigInt(plan.maxDevices),
  };
}

function exactPool(
  name: string,
  charging: ExactPlan | undefined,
  fixed: FixedPool | undefined,
  taxRate: bigint,
): ExactPool {
  return {
    name,
    block: charging?.block ?? 1n,
    rate: charging?.rate ?? 0n,
    taxRate,
    fixed: fixed && {
      allowance: BigInt(fixed.includedBytes),
      charge: roundedQuotient(fixed.monthlyCost, PICOS_PER_MICRO),
    },
  };
}
