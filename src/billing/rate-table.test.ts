import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileRateTable } from "./compile-rate-table.ts";
import { buildPlan, buildTariff, price } from "./fixtures/build-tariff.ts";
import { outcomeOf } from "./fixtures/outcome.ts";
import {
  blocksMicros,
  holdsUsage,
  ownCost,
  poolBlocksCost,
  poolOverage,
  startedBlocks,
  taxMicros,
  usageOn,
} from "./rate-table.ts";
import type { TablePool } from "./rate-table.ts";
import { MAX_TOTAL_MICROS, bytes } from "./units.ts";

const SEED = { seed: 20_261_105, numRuns: 5_000 };
const MICRO = 1_000_000n;
const ONE = 10n ** 12n;

function halfUp(numerator: bigint, denominator: bigint): bigint {
  return (2n * numerator + denominator) / (2n * denominator);
}

describe("tax", () => {
  it.each([
    [500_000_000_000n, 1, 1],
    [500_000_000_000n, 3, 2],
    [499_999_999_999n, 1, 0],
    [499_999_999_999n, 3, 1],
    [500_000_000_001n, 1, 1],
    [82_500_000_000n, 2_300_000, 189_750],
    [82_500_000_000n, 20, 2],
    [82_500_000_000n, 6, 0],
    [82_500_000_000n, 100, 8],
    [82_500_000_000n, 200, 17],
    [1n, 499_999_999_999, 0],
    [1n, 500_000_000_000, 1],
    [ONE, MAX_TOTAL_MICROS, MAX_TOTAL_MICROS],
    [0n, MAX_TOTAL_MICROS, 0],
  ])("of %d on %d micros is %d", (rate, amount, tax) => {
    expect(taxMicros(rate, amount)).toBe(tax);
  });

  it("is exact near every half", () => {
    const nearHalf = fc
      .record({
        amount: fc.oneof(fc.integer({ min: 1, max: 1_000_000 }), fc.integer({ min: 1, max: 2 ** 40 })),
        below: fc.nat(2_000_000),
        off: fc.integer({ min: -2, max: 2 }),
      })
      .map(({ amount, below, off }) => {
        const target = (BigInt(below % amount) * 2n + 1n) * ONE;
        return { amount, rate: target / (2n * BigInt(amount)) + BigInt(off) };
      })
      .filter(({ rate }) => rate >= 0n);
    fc.assert(
      fc.property(nearHalf, ({ amount, rate }) => {
        expect(BigInt(taxMicros(rate, amount))).toBe(halfUp(rate * BigInt(amount), ONE));
      }),
      SEED,
    );
  });

  it("is exact for any rate and any amount", () => {
    fc.assert(
      fc.property(fc.bigInt(0n, ONE), fc.maxSafeNat(), (rate, amount) => {
        expect(BigInt(taxMicros(rate, amount))).toBe(halfUp(rate * BigInt(amount), ONE));
      }),
      SEED,
    );
  });

  it("past 2^53 micros is refused", () => {
    expect(() => taxMicros(2n * ONE, MAX_TOTAL_MICROS)).toThrow(
      expect.objectContaining({ code: "bounds-exceeded" }),
    );
  });
});

describe("started blocks", () => {
  it.each([
    [0, 0, 1, 0],
    [10, 10, 1, 0],
    [9, 10, 1, 0],
    [11, 10, 1, 1],
    [11, 10, 1024, 1],
    [1034, 10, 1024, 1],
    [1035, 10, 1024, 2],
    [2 ** 53 - 1, 0, 2 ** 53 - 1, 1],
    [2 ** 53 - 1, 0, 2 ** 53 - 2, 2],
    [2 ** 53 - 1, 0, 3, 3_002_399_751_580_331],
    [2 ** 53 - 1, 1, 1, 2 ** 53 - 2],
  ])("of usage %d over an allowance of %d in blocks of %d are %d", (usage, allowance, block, blocks) => {
    expect(startedBlocks(usage, allowance, block)).toBe(blocks);
  });

  it("are exact next to every multiple of the block", () => {
    const nearMultiple = fc
      .record({
        block: fc.oneof(fc.integer({ min: 1, max: 2 ** 20 }), fc.integer({ min: 1, max: 2 ** 50 })),
        count: fc.maxSafeNat(),
        off: fc.integer({ min: -2, max: 2 }),
      })
      .map(({ block, count, off }) => ({
        block,
        over: (count % Math.floor((2 ** 53 - 3) / block)) * block + off,
      }))
      .filter(({ over }) => over >= 0);
    fc.assert(
      fc.property(nearMultiple, ({ block, over }) => {
        const exact = (BigInt(over) + BigInt(block) - 1n) / BigInt(block);
        expect(BigInt(startedBlocks(over, 0, block))).toBe(exact);
      }),
      SEED,
    );
  });
});

describe("the price of blocks", () => {
  it("is exact and rounded once, half away from zero, to the bounds", () => {
    const rest = fc.oneof(fc.constantFrom(0, 1, 499_999, 500_000, 500_001, 999_999), fc.nat(999_999));
    const rateMicros = fc.oneof(fc.nat(1_000), fc.nat(2 ** 31 - 1), fc.constant(10 ** 15));
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.nat(52), rateMicros, rest, (some, shift, whole, part) => {
        const blocks = Math.floor(some / 2 ** shift);
        const exact = halfUp(BigInt(blocks) * (BigInt(whole) * MICRO + BigInt(part)), MICRO);
        expect(outcomeOf(() => BigInt(blocksMicros(blocks, whole, part)))).toBe(
          exact > MAX_TOTAL_MICROS ? "bounds-exceeded" : exact,
        );
      }),
      SEED,
    );
  });

  it("rounds a rest of exactly half a micro up", () => {
    expect(blocksMicros(1, 0, 500_000)).toBe(1);
    expect(blocksMicros(1, 0, 499_999)).toBe(0);
    expect(blocksMicros(3, 0, 500_000)).toBe(2);
    expect(blocksMicros(9_007_199_254, 1_000_000, 0)).toBe(9_007_199_254_000_000);
  });

  it("is refused where only the rests carry it past 2^53 micros", () => {
    expect(blocksMicros(9_007_199_254, 999_999, 0)).toBe(9_007_190_246_800_746);
    expect(() => blocksMicros(9_007_199_254, 1_000_000, 999_999)).toThrow(/^An overage charge is past 2\^53/);
  });

  it("counts a rest that is past 2^53 by itself", () => {
    expect(blocksMicros(2 ** 53 - 1, 0, 999_999)).toBe(9_007_190_247_541_736);
  });
});

describe("a pool", () => {
  const pool: TablePool = {
    name: "X",
    plans: [0],
    blockBytes: 1024,
    rate: 2_929_687_500n,
    rateMicros: 2_929,
    rateRest: 687_500,
    taxRate: 100_000_000_000n,
    fixed: undefined,
  };

  it("rounds its overage once and its tax on the rounded overage", () => {
    expect(poolBlocksCost(pool, 0)).toEqual({ overage: 0, tax: 0 });
    expect(poolBlocksCost(pool, 1)).toEqual({ overage: 2_930, tax: 293 });
    expect(poolBlocksCost(pool, 2)).toEqual({ overage: 5_859, tax: 586 });
  });

  it("owes nothing up to its allowance and a block from the first byte past it", () => {
    expect(poolOverage(pool, 5_000, 5_000).blocks).toBe(0);
    expect(poolOverage(pool, 5_001, 5_000)).toEqual({ blocks: 1, overage: 2_930, tax: 293 });
    expect(poolOverage(pool, 0, 5_000)).toEqual({ blocks: 0, overage: 0, tax: 0 });
  });
});

describe("a SIM's own cost", () => {
  it("is refused, naming the plan, where its tax carries it past 2^53 micros", () => {
    const plan = buildPlan("TAXED", { overageRate: price("8000000000") });
    const table = compileRateTable(buildTariff([plan]), [
      { taxRate: 0n, activeDays: -1 },
      { taxRate: price("0.5"), activeDays: -1 },
    ]);
    expect(ownCost(table, 0, 0, 1)).toBe(8e15);
    expect(() => ownCost(table, 1, 0, 1)).toThrow(/plan TAXED is past 2\^53/);
  });
});

describe("a capped plan", () => {
  const capped = buildPlan("C", {
    overage: "none",
    overageRate: price("0"),
    overageBlockBytes: bytes(0),
    includedBytes: bytes(3_000),
    usageIncrementBytes: bytes(1_024),
    proration: "active_days",
  });
  const table = compileRateTable(buildTariff([capped, buildPlan("I")]), [
    { taxRate: 0n, activeDays: -1 },
    { taxRate: 0n, activeDays: 10 },
  ]);

  it("holds usage that fits after its increment, in the allowance that the SIM's days leave", () => {
    expect(holdsUsage(table, 0, 0, 2_048)).toBe(true);
    expect(holdsUsage(table, 0, 0, 2_049)).toBe(false);
    expect(holdsUsage(table, 1, 0, 1)).toBe(false);
    expect(holdsUsage(table, 1, 0, 0)).toBe(true);
  });

  it("has no overage, and every other plan holds any usage", () => {
    expect(ownCost(table, 0, 0, 1_000_000)).toBe(0);
    expect(holdsUsage(table, 0, 1, 2 ** 50)).toBe(true);
  });
});

describe("usage on a plan", () => {
  const increments = [0, 1, 2, 1_024, 1_000_003, 2 ** 50];
  const plans = increments.map((size, p) => buildPlan(`P${p}`, { usageIncrementBytes: bytes(size) }));
  const table = compileRateTable(buildTariff(plans), []);

  it("is the next multiple of the increment, exactly", () => {
    fc.assert(
      fc.property(fc.nat(5), fc.maxSafeNat(), (plan, some) => {
        const usage = some % 2 ** 50;
        const increment = BigInt(increments[plan] as number);
        const exact =
          increment === 0n ? BigInt(usage) : ((BigInt(usage) + increment - 1n) / increment) * increment;
        expect(BigInt(usageOn(table, plan, usage))).toBe(exact);
      }),
      SEED,
    );
    expect(usageOn(table, 3, 0)).toBe(0);
  });
});
