import type { RateTable, TablePool } from "../billing/rate-table.ts";
import { blocksMicros, startedBlocks, taxMicros } from "../billing/rate-table.ts";
import { MAX_TOTAL_MICROS } from "../billing/units.ts";

/** Up to this amount and rate every product in `taxOf` is a whole number that a double holds. */
const MAX_SPLIT_AMOUNT = 2 ** 52;
const WHOLE_RATE = 1_000_000_000_000n;
/** A charge that comes to this in doubles is past 2^53 micros, or too near to tell. */
const PAST_BOUNDS = MAX_TOTAL_MICROS * (1 - 2 ** -40);

/**
 * What pools hold while SIMs are put in one by one: bytes above (+) or below (−) the allowance. Charges are those of
 * the bill, to the micro; each costs O(1) and no big integers. Past 2^53 micros, which a pool may pass on the way to a
 * bill that does not, they are only about right.
 */
export class PoolLevels {
  private readonly pools: readonly TablePool[];
  private readonly excess: Float64Array;
  private readonly charge: Float64Array;
  private readonly blockBytes: Float64Array;
  private readonly rateMicros: Float64Array;
  private readonly rateRest: Float64Array;
  /** Micros of a block with its tax, unrounded. */
  private readonly blockPrice: Float64Array;
  /** The tax rate's first and last six decimals; NaN where it is above 1. */
  private readonly taxHigh: Float64Array;
  private readonly taxLow: Float64Array;

  constructor({ pools }: RateTable) {
    this.pools = pools;
    this.excess = Float64Array.from(pools, (pool) => -(pool.fixed?.includedBytes ?? 0));
    this.charge = new Float64Array(pools.length);
    this.blockBytes = Float64Array.from(pools, (pool) => pool.blockBytes);
    this.rateMicros = Float64Array.from(pools, (pool) => pool.rateMicros);
    this.rateRest = Float64Array.from(pools, (pool) => pool.rateRest);
    this.blockPrice = Float64Array.from(
      pools,
      ({ rateMicros, rateRest, taxRate }) =>
        (rateMicros + rateRest / 1_000_000) * (1 + Number(taxRate) / 1e12),
    );
    this.taxHigh = Float64Array.from(pools, ({ taxRate }) =>
      taxRate > WHOLE_RATE ? Number.NaN : Number(taxRate / 1_000_000n),
    );
    this.taxLow = Float64Array.from(pools, ({ taxRate }) => Number(taxRate % 1_000_000n));
  }

  /** Micros by which the pool's charge changes when `weight` bytes join it; Infinity where it would pass 2^53. */
  marginal(pool: number, weight: number): number {
    const charge = this.chargeAt(pool, (this.excess[pool] as number) + weight);
    return charge >= PAST_BOUNDS ? Number.POSITIVE_INFINITY : charge - (this.charge[pool] as number);
  }

  add(pool: number, weight: number): void {
    this.excess[pool] = (this.excess[pool] as number) + weight;
    this.charge[pool] = this.chargeAt(pool, this.excess[pool] as number);
  }

  /** Micros of overage and its tax. */
  private chargeAt(pool: number, excess: number): number {
    const rateMicros = this.rateMicros[pool] as number;
    const rateRest = this.rateRest[pool] as number;
    if (excess <= 0 || (rateMicros === 0 && rateRest === 0)) return 0;
    const blocks = startedBlocks(excess, 0, this.blockBytes[pool] as number);
    const unrounded = blocks * (this.blockPrice[pool] as number);
    if (unrounded >= PAST_BOUNDS) return unrounded;
    const overage = blocksMicros(blocks, rateMicros, rateRest);
    return overage + this.taxOf(pool, overage);
  }

  /**
   * round(rate · amount), exactly, half away from zero: both are split into a high and a low part of six digits, so
   * that no product passes 2^53.
   */
  private taxOf(pool: number, amount: number): number {
    const high = this.taxHigh[pool] as number;
    const low = this.taxLow[pool] as number;
    if (high === 0 && low === 0) return 0;
    if (amount > MAX_SPLIT_AMOUNT || Number.isNaN(high))
      return taxMicros(this.pools[pool]?.taxRate ?? 0n, amount);
    const thousands = Math.floor(amount / 1_000_000);
    const units = amount - thousands * 1_000_000;
    const middle = high * units + low * thousands;
    const whole = Math.floor(middle / 1_000_000);
    const rest = (middle - whole * 1_000_000) * 1_000_000 + low * units;
    return high * thousands + whole + Math.floor(rest / 1e12 + 0.5);
  }
}
