import { PICOS_PER_MICRO, PICOS_PER_ONE, quotientUp, roundedQuotient } from "./exact.ts";
import type { ExactPlan, ExactPool } from "./exact-tariff.ts";

/** What a plan is to SIMs with the same tax rate and the same active days. */
export interface PlanTerms {
  /** Micros: round(monthly cost · a / b). */
  readonly base: bigint;
  /** Bytes, after proration. */
  readonly included: bigint;
  /** Parts of 10^12. */
  readonly taxRate: bigint;
  /** Micros: base + fee + tax, the cost of a SIM without overage. */
  readonly flatCost: bigint;
}

/**
 * The terms of a plan for a class of SIMs. `cycleDays` is only looked at where the plan is prorated.
 * @param activeDays undefined for the whole cycle.
 */
export function planTerms(
  plan: ExactPlan,
  taxRate: bigint,
  activeDays: bigint | undefined,
  cycleDays: bigint,
): PlanTerms {
  const [a, b] = prorationFactor(plan, activeDays, cycleDays);
  const base = roundedQuotient(plan.monthlyCost * a, PICOS_PER_MICRO * b);
  return {
    base,
    included: plan.prorateAllowance ? (plan.allowance * a) / b : plan.allowance,
    taxRate,
    flatCost: base + plan.fee + taxOn(base, taxRate),
  };
}

function prorationFactor(
  plan: ExactPlan,
  activeDays: bigint | undefined,
  cycleDays: bigint,
): [bigint, bigint] {
  switch (plan.proration) {
    case "full":
      return [1n, 1n];
    case "days30":
      return [cycleDays, 30n];
    case "active_days":
      return [activeDays ?? cycleDays, cycleDays];
  }
}

/** Micros of tax on micros. */
export function taxOn(micros: bigint, taxRate: bigint): bigint {
  return taxRate === 0n ? 0n : roundedQuotient(micros * taxRate, PICOS_PER_ONE);
}

/** Bytes that count on a plan: rounded up to its increment. */
export function countedUsage(plan: ExactPlan, usage: bigint): bigint {
  return plan.increment <= 1n ? usage : quotientUp(usage, plan.increment) * plan.increment;
}

/** Whether a capped plan holds the usage; true for every other plan. */
export function holds(plan: ExactPlan, terms: PlanTerms, counted: bigint): boolean {
  return plan.kind !== "capped" || counted <= terms.included;
}

/** Micros a SIM costs on a plan without any share of a pool. */
export function ownCost(plan: ExactPlan, terms: PlanTerms, counted: bigint): bigint {
  if (plan.kind !== "charged" || counted <= terms.included) return terms.flatCost;
  const blocks = quotientUp(counted - terms.included, plan.block);
  const taxed = terms.base + roundedQuotient(blocks * plan.rate, PICOS_PER_MICRO);
  return taxed + plan.fee + taxOn(taxed, terms.taxRate);
}

/** Started blocks of a pool. */
export function startedBlocks(pool: ExactPool, usage: bigint, allowance: bigint): bigint {
  return usage <= allowance ? 0n : quotientUp(usage - allowance, pool.block);
}

/** Micros of overage and of its tax for started blocks of a pool. */
export function blocksCharge(
  pool: ExactPool,
  blocks: bigint,
): { readonly overage: bigint; readonly tax: bigint } {
  const overage = roundedQuotient(blocks * pool.rate, PICOS_PER_MICRO);
  return { overage, tax: taxOn(overage, pool.taxRate) };
}
