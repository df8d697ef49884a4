import { PoolwiseError } from "./errors.ts";
import type { Tariff } from "./rate-plan.ts";
import { divideRounded } from "./decimal.ts";
import { MAX_TOTAL_MICROS, PICOS_PER_MICRO, PICOS_PER_UNIT } from "./units.ts";

/** How a plan prices one SIM. */
export const PlanKind = {
  /** Unlimited, or pooled: a constant per SIM. */
  flat: 0,
  /** An allowance of its own, and overage by the started block. */
  individual: 1,
  /** Service stops at the allowance: usage beyond it makes the SIM ineligible. */
  capped: 2,
} as const;

/** A pool of the table. Money in micros or picos as named, data in bytes. */
export interface TablePool {
  readonly name: string;
  /** Plan indices that share it. */
  readonly plans: readonly number[];
  readonly blockBytes: number;
  /** Price of one block before tax, 10^-12. */
  readonly rate: bigint;
  readonly taxRate: bigint;
  /** undefined for a flexible pool. */
  readonly fixed: { readonly includedBytes: number; readonly chargeMicros: number } | undefined;
}

/** SIMs that are priced alike: same tax rate, same active days. */
export interface RatingClass {
  readonly taxRate: bigint;
  /** -1 for the whole cycle. */
  readonly activeDays: number;
}

/**
 * Everything that prices a SIM, compiled once so that rating is a few number operations.
 * Arrays over classes and plans are `x[class * plans + plan]`; arrays over plans `x[plan]`. All numbers are integers.
 */
export interface RateTable {
  readonly plans: number;
  readonly classes: readonly RatingClass[];
  readonly kind: Uint8Array;
  /** Index of the plan's pool; -1 outside pools. */
  readonly poolOf: Int16Array;
  readonly pools: readonly TablePool[];
  /** round(monthly cost · a / b), micros. */
  readonly base: Float64Array;
  /** base + fee + tax(base): the whole cost of a SIM without overage, micros. */
  readonly flatCost: Float64Array;
  /** The allowance a SIM brings or has, bytes, after proration. */
  readonly included: Float64Array;
  readonly fee: Float64Array;
  readonly increment: Float64Array;
  readonly block: Float64Array;
  /** Price of a block: whole micros, and the rest in 10^-12. */
  readonly rateMicros: Float64Array;
  readonly rateRest: Float64Array;
}

const TWO_53 = 2 ** 53;

/** micros of an exact price in 10^-12, half away from zero. */
function priceMicros(price: bigint): number {
  return exactNumber(divideRounded(price, PICOS_PER_MICRO), "a price");
}

function exactNumber(value: bigint, field: string): number {
  if (value > BigInt(MAX_TOTAL_MICROS)) {
    throw new PoolwiseError("bounds-exceeded", `${field} comes to ${value} micros; amounts stay below 2^53 micros (about 9,007,199,254 currency units).`, {
      data: { field, got: value.toString(), limit: MAX_TOTAL_MICROS },
    });
  }
  return Number(value);
}

/** The exact proration factor of a plan for a class, as a fraction. */
function prorationOf(tariff: Tariff, plan: number, activeDays: number): { numerator: bigint; denominator: bigint } {
  const proration = tariff.plans[plan]?.proration ?? "full";
  if (proration === "full") return { numerator: 1n, denominator: 1n };
  const days = tariff.cycleDays;
  if (days === undefined) {
    throw new PoolwiseError(
      "option-invalid",
      `Plan ${tariff.plans[plan]?.code} is prorated (${proration}), which needs the days of the billing cycle. Give --period-start and --period-end.`,
    );
  }
  if (proration === "days30") return { numerator: BigInt(days), denominator: 30n };
  return { numerator: BigInt(activeDays < 0 ? days : activeDays), denominator: BigInt(days) };
}

/** round(rate · amount): micros of tax on micros, exactly, half away from zero. `rate` in 10^-12. */
export function taxMicros(rate: bigint, amount: number): number {
  if (rate === 0n || amount === 0) return 0;
  const approximate = (Number(rate) / 1e12) * amount;
  const nearest = Math.round(approximate);
  if (Math.abs(approximate - Math.floor(approximate) - 0.5) > 1e-3 && approximate < 1e11) return nearest;
  return Number(divideRounded(rate * BigInt(amount), PICOS_PER_UNIT));
}

/** round(blocks · rate): micros for started blocks; the rate as whole micros and a rest in 10^-12. */
export function blocksMicros(blocks: number, rateMicros: number, rateRest: number): number {
  const whole = blocks * rateMicros;
  const rest = blocks * rateRest;
  if (whole >= TWO_53 || rest >= TWO_53 - 1e6) return blocksMicrosExact(blocks, rateMicros, rateRest);
  if (rest === 0) return whole;
  const rounded = rest + 500_000;
  return whole + (rounded - (rounded % 1_000_000)) / 1_000_000;
}

function blocksMicrosExact(blocks: number, rateMicros: number, rateRest: number): number {
  const price = BigInt(rateMicros) * PICOS_PER_MICRO + BigInt(rateRest);
  return exactNumber(divideRounded(price * BigInt(blocks), PICOS_PER_MICRO), "an overage charge");
}

/** ceil(max(0, usage − allowance) / block), exactly, for integers below 2^53. */
export function startedBlocks(usage: number, allowance: number, block: number): number {
  const over = usage - allowance;
  if (over <= 0) return 0;
  const partial = over % block;
  return (over - partial) / block + (partial > 0 ? 1 : 0);
}

/** A SIM's usage on a plan: rounded up to the plan's increment. */
export function usageOn(table: RateTable, plan: number, usage: number): number {
  const increment = table.increment[plan] as number;
  if (increment <= 1) return usage;
  const partial = usage % increment;
  return partial === 0 ? usage : usage - partial + increment;
}

/** Micros a SIM costs on a plan without any share of a pool. O(1). Does not look at eligibility. */
export function ownCost(table: RateTable, ratingClass: number, plan: number, usage: number): number {
  const cell = ratingClass * table.plans + plan;
  if (table.kind[plan] !== PlanKind.individual) return table.flatCost[cell] as number;
  const overage = individualOverage(table, cell, plan, usage);
  if (overage === 0) return table.flatCost[cell] as number;
  const taxed = (table.base[cell] as number) + overage;
  const taxRate = table.classes[ratingClass]?.taxRate ?? 0n;
  const cost = taxed + (table.fee[plan] as number) + (taxRate === 0n ? 0 : taxMicros(taxRate, taxed));
  if (cost > MAX_TOTAL_MICROS) throw amountPastBounds("a SIM's cost");
  return cost;
}

/** Micros of overage of one SIM on an individual plan. `cell` = class * plans + plan. */
export function individualOverage(table: RateTable, cell: number, plan: number, usage: number): number {
  if (table.kind[plan] !== PlanKind.individual) return 0;
  const blocks = startedBlocks(usageOn(table, plan, usage), table.included[cell] as number, table.block[plan] as number);
  return blocks === 0 ? 0 : blocksMicros(blocks, table.rateMicros[plan] as number, table.rateRest[plan] as number);
}

/** Whether a capped plan's allowance holds the usage; true for every other plan. */
export function holdsUsage(table: RateTable, ratingClass: number, plan: number, usage: number): boolean {
  return (
    table.kind[plan] !== PlanKind.capped ||
    usageOn(table, plan, usage) <= (table.included[ratingClass * table.plans + plan] as number)
  );
}

/** Micros of a pool's overage and its tax, for its members' usage and the allowance, bytes. */
export function poolOverage(pool: TablePool, usage: number, allowance: number): { blocks: number; overage: number; tax: number } {
  const blocks = usage > allowance ? startedBlocks(usage, allowance, pool.blockBytes) : 0;
  return { blocks, ...poolBlocksCost(pool, blocks) };
}

/** Micros of `blocks` started blocks of a pool, and the tax on them. */
export function poolBlocksCost(pool: TablePool, blocks: number): { overage: number; tax: number } {
  if (blocks === 0) return { overage: 0, tax: 0 };
  const overage = exactNumber(divideRounded(pool.rate * BigInt(blocks), PICOS_PER_MICRO), `overage of pool ${pool.name}`);
  return { overage, tax: taxMicros(pool.taxRate, overage) };
}

export function amountPastBounds(field: string): PoolwiseError {
  return new PoolwiseError("bounds-exceeded", `${field} is past 2^53 micros (about 9,007,199,254 currency units). Use a larger currency unit or split the fleet.`, {
    data: { field, limit: MAX_TOTAL_MICROS },
  });
}

/**
 * Compiles a tariff for the rating classes of a fleet. O(classes · plans).
 * @throws PoolwiseError `option-invalid` where proration needs a period that was not given; `bounds-exceeded`.
 */
export function compileRateTable(tariff: Tariff, classes: readonly RatingClass[]): RateTable {
  const plans = tariff.plans.length;
  const cells = plans * classes.length;
  const { pools, poolOf } = compilePools(tariff);
  const table = {
    plans,
    classes,
    pools,
    poolOf,
    kind: new Uint8Array(plans),
    base: new Float64Array(cells),
    flatCost: new Float64Array(cells),
    included: new Float64Array(cells),
    fee: new Float64Array(plans),
    increment: new Float64Array(plans),
    block: new Float64Array(plans),
    rateMicros: new Float64Array(plans),
    rateRest: new Float64Array(plans),
  };
  tariff.plans.forEach((plan, p) => {
    table.kind[p] = plan.type !== "unlimited" && plan.overage === "none" ? PlanKind.capped : plan.type === "individual" ? PlanKind.individual : PlanKind.flat;
    table.fee[p] = priceMicros(plan.regulatoryFee);
    table.increment[p] = plan.usageIncrementBytes;
    table.block[p] = plan.overageBlockBytes;
    table.rateMicros[p] = Number(plan.overageRate / PICOS_PER_MICRO);
    table.rateRest[p] = Number(plan.overageRate % PICOS_PER_MICRO);
    classes.forEach((ratingClass, c) => {
      const cell = c * plans + p;
      const { numerator, denominator } = prorationOf(tariff, p, ratingClass.activeDays);
      const base = exactNumber(divideRounded(plan.monthlyCost * numerator, denominator * PICOS_PER_MICRO), `the monthly cost of ${plan.code}`);
      table.base[cell] = base;
      table.flatCost[cell] = base + (table.fee[p] as number) + taxMicros(ratingClass.taxRate, base);
      table.included[cell] = plan.prorateIncluded ? Number((BigInt(plan.includedBytes) * numerator) / denominator) : plan.includedBytes;
    });
  });
  return table;
}

function compilePools(tariff: Tariff): { pools: TablePool[]; poolOf: Int16Array } {
  const poolOf = new Int16Array(tariff.plans.length).fill(-1);
  const byName = new Map<string, number[]>();
  tariff.plans.forEach((plan, p) => {
    if (plan.type !== "pooled") return;
    const members = byName.get(plan.pool);
    if (members === undefined) byName.set(plan.pool, [p]);
    else members.push(p);
  });
  const fixedByName = new Map(tariff.fixedPools.map((pool) => [pool.name, pool]));
  const pools = [...byName].map(([name, members], index): TablePool => {
    for (const p of members) poolOf[p] = index;
    const charging = members.map((p) => tariff.plans[p]).find((plan) => plan?.overage === "charge");
    const fixed = fixedByName.get(name);
    return {
      name,
      plans: members,
      blockBytes: charging?.overageBlockBytes ?? 1,
      rate: charging?.overageRate ?? 0n,
      taxRate: tariff.accountTaxRate,
      fixed: fixed && { includedBytes: fixed.includedBytes, chargeMicros: priceMicros(fixed.monthlyCost) },
    };
  });
  return { pools, poolOf };
}
