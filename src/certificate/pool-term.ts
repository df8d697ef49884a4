import { GRAINS_PER_MICRO, GRAINS_PER_PICO_SQUARED, PICOS_PER_MICRO, PICOS_PER_ONE } from "./exact.ts";
import { blocksCharge } from "./exact-rating.ts";
import type { ExactPool } from "./exact-tariff.ts";

/** How many blocks a pool may have started in a part of the proof. */
export interface BlockRange {
  readonly lo: number;
  /** Infinity for no upper end. */
  readonly hi: number;
}

export const ANY_BLOCKS: BlockRange = { lo: 0, hi: Number.POSITIVE_INFINITY };

/** Grains: the price of one block with its tax, before any rounding. */
export function blockPrice(pool: ExactPool): bigint {
  return pool.rate * (PICOS_PER_ONE + pool.taxRate) * GRAINS_PER_PICO_SQUARED;
}

/** Whether any number of blocks, and the tax on them, come to whole micros before rounding. */
export function chargesWholeMicros(pool: ExactPool): boolean {
  return (
    pool.rate % PICOS_PER_MICRO === 0n &&
    ((pool.rate / PICOS_PER_MICRO) * pool.taxRate) % PICOS_PER_ONE === 0n
  );
}

/**
 * Grains that rounding may take off a pool's charge: half a micro of overage, with the tax on it, and half a micro of
 * tax, each only where that line is not always whole micros.
 */
export function roundingLoss(pool: ExactPool): bigint {
  if (chargesWholeMicros(pool)) return 0n;
  const wholeOverage = pool.rate % PICOS_PER_MICRO === 0n;
  const overageLoss = wholeOverage
    ? 0n
    : (GRAINS_PER_MICRO * (PICOS_PER_ONE + pool.taxRate)) / (2n * PICOS_PER_ONE);
  return overageLoss + (pool.taxRate === 0n ? 0n : GRAINS_PER_MICRO / 2n);
}

/**
 * Grains a pool adds to a leaf's bound: the least, over the blocks `o` of its range, of
 * o · (block price − price · block size) − rounding loss; for a single `o`, the charge itself − o · price · block size.
 * undefined where that has no least value: the range has no upper end and price · block size is above the block price.
 * @param price grains per byte.
 */
export function blocksTerm(pool: ExactPool, range: BlockRange, price: bigint): bigint | undefined {
  const lo = BigInt(range.lo);
  const sizePrice = price * pool.block;
  if (range.lo === range.hi) {
    const { overage, tax } = blocksCharge(pool, lo);
    return (overage + tax) * GRAINS_PER_MICRO - lo * sizePrice;
  }
  const slope = blockPrice(pool) - sizePrice;
  const loss = roundingLoss(pool);
  if (slope >= 0n) return lo * slope - loss;
  return range.hi === Number.POSITIVE_INFINITY ? undefined : BigInt(range.hi) * slope - loss;
}
