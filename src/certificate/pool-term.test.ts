import fc from "fast-check";
import { expect, test } from "vitest";
import { GRAINS_PER_MICRO } from "./exact.ts";
import { blocksCharge } from "./exact-rating.ts";
import type { ExactPool } from "./exact-tariff.ts";
import { blockPrice, blocksTerm, chargesWholeMicros, roundingLoss } from "./pool-term.ts";

const pool = fc.record({
  name: fc.constant("P"),
  block: fc.bigInt({ min: 1n, max: 4_000n }),
  rate: fc.oneof(
    fc.bigInt({ min: 1n, max: 5_000_000n }),
    fc.bigInt({ min: 1n, max: 9n }).map((micros) => micros * 1_000_000n),
  ),
  taxRate: fc.constantFrom(0n, 82_500_000_000n, 500_000_000_000n, 333_333_333_333n, 1_000_000_000_000n),
  fixed: fc.constant(undefined),
}) satisfies fc.Arbitrary<ExactPool>;

test("never comes to more than any number of blocks in the range costs at the price", () => {
  let belowLo = 0;
  fc.assert(
    fc.property(pool, fc.nat(6), fc.nat(6), fc.bigInt({ min: 0n, max: 300n }), (q, lo, width, percent) => {
      const price = (blockPrice(q) * percent) / (100n * q.block);
      const term = blocksTerm(q, { lo, hi: lo + width }, price) as bigint;
      const costs = Array.from({ length: width + 1 }, (_, k) => {
        const blocks = BigInt(lo + k);
        const { overage, tax } = blocksCharge(q, blocks);
        return (overage + tax) * GRAINS_PER_MICRO - blocks * price * q.block;
      });
      for (const cost of costs) expect(term <= cost).toBe(true);
      const least = costs.reduce((a, b) => (a < b ? a : b));
      expect(least - term <= 2n * roundingLoss(q)).toBe(true);
      if (costs.some((cost) => cost - term < roundingLoss(q))) belowLo++;
    }),
    { seed: 7, numRuns: 2_000 },
  );
  expect(belowLo).toBeGreaterThan(500);
});

test("gives up nothing where every number of blocks and its tax are whole micros", () => {
  const whole = { name: "P", block: 10n, rate: 2_000_000n, taxRate: 500_000_000_000n, fixed: undefined };
  expect(chargesWholeMicros(whole)).toBe(true);
  expect(roundingLoss(whole)).toBe(0n);
  expect(roundingLoss({ ...whole, rate: 1_000_000n })).toBe(GRAINS_PER_MICRO / 2n);
  expect(roundingLoss({ ...whole, rate: 1n, taxRate: 0n })).toBe(GRAINS_PER_MICRO / 2n);
  expect(roundingLoss({ ...whole, rate: 1n })).toBe((GRAINS_PER_MICRO * 5n) / 4n);
});

test("has no least value without an upper end where the price by size is above the block price", () => {
  const q = { name: "P", block: 10n, rate: 2_000_000n, taxRate: 0n, fixed: undefined };
  const price = blockPrice(q) / 10n;
  const open = { lo: 3, hi: Number.POSITIVE_INFINITY };
  expect(blocksTerm(q, open, price)).toBe(0n);
  expect(blocksTerm(q, open, price + 1n)).toBeUndefined();
  expect(blocksTerm(q, { lo: 3, hi: 4 }, price + 1n)).toBe(-40n);
});
