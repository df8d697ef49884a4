import { divideRounded } from "./decimal.ts";
import { PoolwiseError } from "./errors.ts";
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
  /** The same price: whole micros, and the rest in 10^-12. */
  readonly rateMicros: number;
  readonly rateRest: number;
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
  readonly codes: readonly string[];
  readonly classes: readonly RatingClass[];
  readonly kind: Uint8Array;
  /** Index of the plan's pool; -1 outside pools. */
  readonly poolOf: Int32Array;
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

/**
 * round(rate · amount): micros of tax on micros, exactly, half away from zero. `rate` in 10^-12.
 * The product in doubles is off by less than 1e-4 below 1e11, so it decides unless a half is within 1e-3.
 */
export function taxMicros(rate: bigint, amount: number): number {
  if (rate === 0n || amount === 0) return 0;
  const product = (Number(rate) / 1e12) * amount;
  const below = Math.floor(product);
  const fraction = product - below;
  if (product < 1e11 && Math.abs(fraction - 0.5) > 1e-3) return fraction > 0.5 ? below + 1 : below;
  return exactAmount(divideRounded(rate * BigInt(amount), PICOS_PER_UNIT), "A tax");
}

/**
 * round(blocks · rate): micros for started blocks, exactly, half away from zero; the rate as whole micros and a
 * rest in 10^-12.
 * @throws PoolwiseError `bounds-exceeded` past 2^53 micros, naming `field`.
 */
export function blocksMicros(
  blocks: number,
  rateMicros: number,
  rateRest: number,
  field = "An overage charge",
): number {
  const whole = blocks * rateMicros;
  const rest = blocks * rateRest + 500_000;
  if (whole > MAX_TOTAL_MICROS || rest > MAX_TOTAL_MICROS) {
    const price = BigInt(rateMicros) * PICOS_PER_MICRO + BigInt(rateRest);
    return exactAmount(divideRounded(price * BigInt(blocks), PICOS_PER_MICRO), field);
  }
  if (rateRest === 0) return whole;
  const sum = whole + (rest - (rest % 1_000_000)) / 1_000_000;
  if (sum > MAX_TOTAL_MICROS) throw amountPastBounds(field);
  return sum;
}

/**
 * ceil(max(0, usage − allowance) / block), exactly, for integers below 2^53: a quotient that is not whole is at least
 * 1 / block away from every integer, which is more than its rounding in doubles can cover.
 */
export function startedBlocks(usage: number, allowance: number, block: number): number {
  const over = usage - allowance;
  return over <= 0 ? 0 : Math.ceil(over / block);
}

/** A SIM's usage on a plan: rounded up to the plan's increment. Bytes. */
export function usageOn(table: RateTable, plan: number, usage: number): number {
  const increment = table.increment[plan] as number;
  return increment <= 1 ? usage : startedBlocks(usage, 0, increment) * increment;
}

/**
 * Micros a SIM costs on a plan without any share of a pool. O(1). Does not look at eligibility.
 * @throws PoolwiseError `bounds-exceeded` past 2^53 micros.
 */
export function ownCost(table: RateTable, ratingClass: number, plan: number, usage: number): number {
  const cell = ratingClass * table.plans + plan;
  const overage = individualOverage(table, cell, plan, usage);
  if (overage === 0) return table.flatCost[cell] as number;
  const taxed = (table.base[cell] as number) + overage;
  const cost = taxed + (table.fee[plan] as number) + taxMicros(taxRateOf(table, ratingClass), taxed);
  if (cost > MAX_TOTAL_MICROS) throw amountPastBounds(`The cost of a SIM on plan ${table.codes[plan]}`);
  return cost;
}

/** The tax rate of a class of SIMs, in 10^-12. */
export function taxRateOf(table: RateTable, ratingClass: number): bigint {
  return table.classes[ratingClass]?.taxRate ?? 0n;
}

/** Micros of overage of one SIM on an individual plan. `cell` = class * plans + plan. */
export function individualOverage(table: RateTable, cell: number, plan: number, usage: number): number {
  if (table.kind[plan] !== PlanKind.individual) return 0;
  const included = table.included[cell] as number;
  const blocks = startedBlocks(usageOn(table, plan, usage), included, table.block[plan] as number);
  return blocks === 0
    ? 0
    : blocksMicros(blocks, table.rateMicros[plan] as number, table.rateRest[plan] as number);
}

/** Whether a capped plan's allowance holds the usage; true for every other plan. */
export function holdsUsage(table: RateTable, ratingClass: number, plan: number, usage: number): boolean {
  return (
    table.kind[plan] !== PlanKind.capped ||
    usageOn(table, plan, usage) <= (table.included[ratingClass * table.plans + plan] as number)
  );
}

/** Blocks and micros of a pool's overage and its tax, for its members' usage and the allowance, bytes. */
export function poolOverage(
  pool: TablePool,
  usage: number,
  allowance: number,
): { blocks: number; overage: number; tax: number } {
  const blocks = pool.rate === 0n ? 0 : startedBlocks(usage, allowance, pool.blockBytes);
  return { blocks, ...poolBlocksCost(pool, blocks) };
}

/** Micros of `blocks` started blocks of a pool, and the tax on them. */
export function poolBlocksCost(pool: TablePool, blocks: number): { overage: number; tax: number } {
  if (blocks === 0) return { overage: 0, tax: 0 };
  const overage = blocksMicros(blocks, pool.rateMicros, pool.rateRest, `The overage of pool ${pool.name}`);
  return { overage, tax: taxMicros(pool.taxRate, overage) };
}

/** An amount in micros as a number. @throws PoolwiseError `bounds-exceeded` past 2^53, naming `field`. */
export function exactAmount(amount: bigint, field: string): number {
  if (amount > BigInt(MAX_TOTAL_MICROS)) throw amountPastBounds(field, amount);
  return Number(amount);
}

export function amountPastBounds(field: string, amount?: bigint): PoolwiseError {
  const got = amount === undefined ? "is" : `comes to ${amount} micros, which is`;
  return new PoolwiseError(
    "bounds-exceeded",
    `${field} ${got} past 2^53 micros (about 9,007,199,254 currency units). Use a larger currency unit or split the fleet.`,
    { data: { field, limit: MAX_TOTAL_MICROS, ...(amount === undefined ? {} : { got: amount.toString() }) } },
  );
}
