import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { largestRemainder } from "./fixtures/naive-bill.ts";
import { splitByLargestRemainder, splitEqually } from "./split.ts";

const SEED = { seed: 20_261_106, numRuns: 3_000 };

function split(amount: number, weights: readonly number[]): number[] {
  const rows = Uint32Array.from(weights.keys());
  const shares = new Float64Array(weights.length);
  splitByLargestRemainder(amount, Float64Array.from(weights), rows, shares);
  return [...shares];
}

function expectExact(amount: number, weights: readonly number[]): void {
  const exact = largestRemainder(BigInt(amount), weights.map(BigInt));
  expect(split(amount, weights).map(BigInt)).toEqual(exact);
}

describe("the split by largest remainder", () => {
  it.each([
    [10, [1, 1, 1], [4, 3, 3]],
    [11, [1, 1, 1], [4, 4, 3]],
    [100, [1, 2, 3], [17, 33, 50]],
    [1, [5, 5], [1, 0]],
    [1, [0, 1, 0], [0, 1, 0]],
    [2, [0, 1, 1, 1, 0], [0, 1, 1, 0, 0]],
    [7, [3, 0, 4], [3, 0, 4]],
    [5, [1_000_000, 1, 1], [5, 0, 0]],
  ])("of %d by %j is %j", (amount, weights, shares) => {
    expect(split(amount, weights)).toEqual(shares);
  });

  it("adds to what the rows hold already, and leaves other rows alone", () => {
    const shares = Float64Array.of(7, 7, 7, 7);
    splitByLargestRemainder(3, Float64Array.of(1, 1), Uint32Array.of(1, 3), shares);
    expect([...shares]).toEqual([7, 9, 7, 8]);
  });

  const amounts = fc.oneof(fc.nat(1_000), fc.nat(2 ** 31 - 1), fc.maxSafeNat());

  it("is exact for weights of any size, sums of double and of bigint range alike", () => {
    const weights = fc.oneof(
      fc.nat(9),
      fc.nat(2 ** 31 - 1),
      fc.maxSafeNat().map((some) => some % 2 ** 47),
      fc.maxSafeNat().map((some) => some % 2 ** 50),
    );
    const few = fc
      .array(weights, { minLength: 1, maxLength: 7 })
      .filter((list) => list.some((weight) => weight > 0));
    fc.assert(fc.property(amounts, few, expectExact), SEED);
  });

  it("is exact where many remainders tie", () => {
    const tied = fc
      .array(fc.nat(3), { minLength: 1, maxLength: 60 })
      .filter((list) => list.some((weight) => weight > 0));
    fc.assert(fc.property(amounts, tied, expectExact), SEED);
  });

  it("is exact at the upper ends: 2^53 - 1 micros, a sum next to 2^50 and next to 2^53", () => {
    const top = 2 ** 53 - 1;
    for (const sum of [2 ** 50 - 1, 2 ** 50, 2 ** 50 + 1, 2 ** 53 - 1]) {
      for (const first of [1, 2 ** 20 + 1, Math.floor(sum / 3), sum - 1])
        expectExact(top, [first, sum - first]);
    }
  });

  it.each([
    [8_882_436_834_328_576, 790_918_905_897_457, 848_247_023_468_537],
    [7_663_777_668_399_104, 436_003_074_074_954, 779_309_520_125_947],
    [7_222_564_466_196_480, 719_941_944_480_799, 741_214_098_292_733],
  ])("is exact where the quotient in doubles falls short: %d by %d of %d", (amount, weight, sum) => {
    expectExact(amount, [weight, sum - weight]);
  });

  it("selects the same micros in a long list, whatever its order", () => {
    const long = fc.record({
      amount: amounts,
      weights: fc.array(fc.nat(2 ** 31 - 1), { minLength: 2_000, maxLength: 2_000 }),
      order: fc.constantFrom("as it comes", "ascending", "descending", "organ pipe"),
    });
    fc.assert(
      fc.property(long, ({ amount, weights, order }) => {
        const sorted = weights.toSorted((a, b) => a - b);
        if (order === "ascending") expectExact(amount, sorted);
        else if (order === "descending") expectExact(amount, sorted.toReversed());
        else if (order === "organ pipe")
          expectExact(amount, [
            ...sorted.filter((_, k) => k % 2 === 0),
            ...sorted.filter((_, k) => k % 2 === 1).reverse(),
          ]);
        else expectExact(amount, weights);
      }),
      { ...SEED, numRuns: 40 },
    );
  });
});

describe("the equal split", () => {
  it("gives the micros that are left to the earlier rows", () => {
    const shares = Float64Array.of(1, 0, 0, 0);
    splitEqually(11, Uint32Array.of(0, 1, 3), shares);
    expect([...shares]).toEqual([5, 4, 0, 3]);
  });

  it("adds up for any amount", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.integer({ min: 1, max: 1_000 }), (amount, members) => {
        const shares = new Float64Array(members);
        splitEqually(amount, Uint32Array.from(shares.keys()), shares);
        expect(shares.reduce((sum, share) => sum + BigInt(share), 0n)).toBe(BigInt(amount));
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      }),
      { ...SEED, numRuns: 200 },
    );
  });
});
