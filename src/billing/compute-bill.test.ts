import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Bill } from "./bill.ts";
import { computeBill } from "./compute-bill.ts";
import { PoolwiseError } from "./errors.ts";
import { anyBilling } from "./fixtures/arbitrary-tariff.ts";
import type { SimFields } from "./fixtures/build-fleet.ts";
import { TERMS, buildFleet } from "./fixtures/build-fleet.ts";
import { buildFixedPool, buildPlan, buildTariff, megabytes, price } from "./fixtures/build-tariff.ts";
import { naiveBill } from "./fixtures/naive-bill.ts";
import type { NaiveBill } from "./fixtures/naive-bill.ts";
import { outcomeOf } from "./fixtures/outcome.ts";
import { prepareFleet } from "./problem.ts";
import type { Tariff } from "./rate-plan.ts";
import { MAX_TOTAL_MICROS, bytes } from "./units.ts";

const SEED = { seed: 20_261_103, numRuns: 1_000 };
const MB = 2 ** 20;

function billOf(tariff: Tariff, sims: readonly SimFields[], plans?: Uint16Array): Bill {
  const fleet = buildFleet(sims);
  const { problem, participation, ratingClass } = prepareFleet(fleet, tariff, undefined, TERMS);
  return computeBill(fleet, problem.table, ratingClass, participation, plans ?? fleet.ratePlan);
}

function sumOfLines(bill: Bill): number {
  let sum = 0;
  bill.ownCost.forEach((own, row) => {
    if (!Number.isNaN(own)) sum += own + (bill.poolShare[row] as number);
  });
  return sum;
}

/** A bill's figures as the exact formula gives them. */
function exactLines(bill: Bill): NaiveBill {
  return {
    total: BigInt(bill.total),
    own: [...bill.ownCost].map(BigInt),
    shares: [...bill.poolShare].map(BigInt),
    pools: new Map(
      bill.pools.map((pool) => [
        pool.name,
        {
          usage: BigInt(pool.usageBytes),
          allowance: BigInt(pool.allowanceBytes),
          blocks: BigInt(pool.blocks),
          overage: BigInt(pool.overage),
          tax: BigInt(pool.tax),
          charge: BigInt(pool.fixedCharge),
        },
      ]),
    ),
  };
}

const PAY_PER_MB = { monthlyCost: price("1"), includedBytes: megabytes("1"), overageRate: price("0.50") };
const THREE_TRACKERS: SimFields[] = ["0.4", "0.4", "3.0"].map((mb) => ({
  plan: 0,
  usageBytes: megabytes(mb),
}));

describe("the worked example", () => {
  it("costs 3.50 where the three SIMs share a pool", () => {
    const bill = billOf(buildTariff([buildPlan("P", { ...PAY_PER_MB, type: "pooled" })]), THREE_TRACKERS);
    expect(bill.total).toBe(3_500_000);
    expect([...bill.ownCost]).toEqual([1_000_000, 1_000_000, 1_000_000]);
    expect([...bill.poolShare]).toEqual([0, 0, 500_000]);
    expect(bill.pools).toEqual([
      {
        name: "P",
        fixed: false,
        members: 3,
        usageBytes: megabytes("0.4") * 2 + 3 * MB,
        allowanceBytes: 3 * MB,
        blocks: 1,
        overage: 500_000,
        tax: 0,
        fixedCharge: 0,
      },
    ]);
  });

  it("costs 4.00 where each SIM is rated alone", () => {
    const bill = billOf(buildTariff([buildPlan("P", PAY_PER_MB)]), THREE_TRACKERS);
    expect(bill.total).toBe(4_000_000);
    expect([...bill.ownCost]).toEqual([1_000_000, 1_000_000, 2_000_000]);
    expect(bill.plans[0]).toEqual({
      devices: 3,
      usageBytes: megabytes("0.4") * 2 + 3 * MB,
      base: 3_000_000,
      overage: 1_000_000,
      fee: 0,
      tax: 0,
    });
  });
});

describe("a SIM's own cost", () => {
  it("adds overage by the started block, fee, and tax on all but the fee", () => {
    const plan = buildPlan("P", {
      monthlyCost: price("2"),
      includedBytes: megabytes("5"),
      overageRate: price("0.10"),
      overageBlockBytes: megabytes("0.5"),
      regulatoryFee: price("0.02"),
    });
    const tariff = buildTariff([plan], { taxRates: new Map([["TX", price("0.0825")]]) });
    const bill = billOf(tariff, [{ plan: 0, usageBytes: 6 * MB + 1, location: "TX" }]);
    expect(bill.total).toBe(2_000_000 + 300_000 + 20_000 + 189_750);
    expect(bill.plans[0]).toMatchObject({ base: 2_000_000, overage: 300_000, fee: 20_000, tax: 189_750 });
  });

  it("rounds a charge line once, to the micro: 3,200 KB at 0.0029296875 are 9.375", () => {
    const plan = buildPlan("KB", { overageRate: price("0.0029296875"), overageBlockBytes: bytes(1024) });
    expect(billOf(buildTariff([plan]), [{ plan: 0, usageBytes: 3_200 * 1024 }]).total).toBe(9_375_000);
    expect(billOf(buildTariff([plan]), [{ plan: 0, usageBytes: 1 }]).total).toBe(2_930);
  });

  it("rounds usage up to the increment before the allowance is taken off", () => {
    const plan = buildPlan("P", {
      usageIncrementBytes: bytes(4 * 1024),
      includedBytes: bytes(10 * 1024),
      overageBlockBytes: bytes(1024),
    });
    const costs = billOf(
      buildTariff([plan]),
      [8 * 1024, 8 * 1024 + 1, 12 * 1024, 12 * 1024 + 1].map((usageBytes) => ({ plan: 0, usageBytes })),
    );
    expect([...costs.ownCost]).toEqual([0, 2_000_000, 2_000_000, 6_000_000]);
  });

  it("is the monthly cost alone on an unlimited plan", () => {
    const plan = buildPlan("U", { type: "unlimited", monthlyCost: price("25") });
    expect(billOf(buildTariff([plan]), [{ plan: 0, usageBytes: 2 ** 50 }]).total).toBe(25_000_000);
  });

  it("has no overage on a capped plan, even of a SIM that is past the allowance already", () => {
    const plan = buildPlan("C", {
      overage: "none",
      monthlyCost: price("1"),
      includedBytes: bytes(10),
      overageRate: price("0"),
      overageBlockBytes: bytes(0),
    });
    expect(billOf(buildTariff([plan]), [{ plan: 0, usageBytes: 11 }]).total).toBe(1_000_000);
  });
});

describe("proration", () => {
  const plan = { monthlyCost: price("1.00"), includedBytes: bytes(1_000), overageBlockBytes: bytes(1_000) };
  const sim = { plan: 0, usageBytes: 0, activeDays: 10 };
  const cell = (tariff: Tariff) => {
    const { problem } = prepareFleet(buildFleet([sim]), tariff, undefined, TERMS);
    return [problem.table.base[0], problem.table.included[0]];
  };

  it("leaves a monthly fee whole under full, whatever the days", () => {
    expect(
      cell(buildTariff([buildPlan("P", { ...plan, prorateIncluded: true })], { cycleDays: 31 })),
    ).toEqual([1_000_000, 1_000]);
    expect(cell(buildTariff([buildPlan("P", plan)], { cycleDays: undefined }))).toEqual([1_000_000, 1_000]);
  });

  it("charges active days of the cycle and shrinks the allowance with them, rounded down", () => {
    const active = buildTariff([buildPlan("P", { ...plan, proration: "active_days" })], { cycleDays: 31 });
    expect(cell(active)).toEqual([322_581, 322]);
  });

  it("leaves the allowance whole under active_days where the plan says so", () => {
    const active = buildPlan("P", { ...plan, proration: "active_days", prorateIncluded: false });
    expect(cell(buildTariff([active], { cycleDays: 31 }))).toEqual([322_581, 1_000]);
  });

  it("takes a SIM without active days as active all along, and one of no days as free", () => {
    const active = buildTariff([buildPlan("P", { ...plan, proration: "active_days" })], { cycleDays: 31 });
    expect([
      ...billOf(active, [
        { plan: 0, usageBytes: 0 },
        { plan: 0, usageBytes: 0, activeDays: 0 },
      ]).ownCost,
    ]).toEqual([1_000_000, 0]);
  });

  it("charges days of the cycle over 30 under days30", () => {
    const days30 = buildPlan("P", { ...plan, proration: "days30" });
    expect(cell(buildTariff([days30], { cycleDays: 31 }))).toEqual([1_033_333, 1_000]);
    expect(cell(buildTariff([days30], { cycleDays: 28 }))).toEqual([933_333, 1_000]);
    const shrinking = buildPlan("P", { ...plan, proration: "days30", prorateIncluded: true });
    expect(cell(buildTariff([shrinking], { cycleDays: 28 }))).toEqual([933_333, 933]);
  });

  it("asks for the period where a plan needs it", () => {
    const days30 = buildTariff([buildPlan("P", { ...plan, proration: "days30" })], { cycleDays: undefined });
    expect(() => billOf(days30, [sim])).toThrow(
      expect.objectContaining({ code: "option-invalid", message: expect.stringContaining("--period-start") }),
    );
  });

  it("refuses more active days than the cycle has", () => {
    const active = buildTariff([buildPlan("P", { ...plan, proration: "active_days" })], { cycleDays: 30 });
    expect(() => billOf(active, [{ plan: 0, usageBytes: 0, activeDays: 31 }])).toThrow(
      expect.objectContaining({ code: "input-invalid" }),
    );
  });
});

describe("pools", () => {
  it("share one allowance among plans that name the same pool", () => {
    const small = buildPlan("S", {
      type: "pooled",
      pool: "X",
      monthlyCost: price("1"),
      includedBytes: megabytes("1"),
    });
    const large = buildPlan("L", {
      type: "pooled",
      pool: "X",
      monthlyCost: price("3"),
      includedBytes: megabytes("4"),
    });
    const bill = billOf(buildTariff([small, large]), [
      { plan: 0, usageBytes: 4 * MB },
      { plan: 1, usageBytes: 0 },
    ]);
    expect(bill.pools).toHaveLength(1);
    expect(bill.total).toBe(4_000_000);
  });

  it("have a pool for each plan that names none", () => {
    const plan = (code: string) => buildPlan(code, { type: "pooled", includedBytes: megabytes("2") });
    const bill = billOf(buildTariff([plan("S"), plan("L")]), [
      { plan: 0, usageBytes: 4 * MB },
      { plan: 1, usageBytes: 0 },
    ]);
    expect(bill.pools.map((pool) => pool.overage)).toEqual([2_000_000, 0]);
  });

  it("tax their overage at the account's rate, not the SIM's", () => {
    const plan = buildPlan("P", { ...PAY_PER_MB, type: "pooled" });
    const tariff = buildTariff([plan], {
      accountTaxRate: price("0.1"),
      taxRates: new Map([["TX", price("0.2")]]),
    });
    const bill = billOf(
      tariff,
      THREE_TRACKERS.map((sim) => ({ ...sim, location: "TX" })),
    );
    expect(bill.total).toBe(3 * 1_200_000 + 500_000 + 50_000);
    expect([...bill.poolShare]).toEqual([0, 0, 550_000]);
  });

  it("with a fixed allowance take neither allowances nor charge from their members", () => {
    const plan = buildPlan("P", { ...PAY_PER_MB, type: "pooled", pool: "X" });
    const tariff = buildTariff([plan], { fixedPools: [buildFixedPool("X", "2", "10")] });
    const bill = billOf(tariff, THREE_TRACKERS);
    expect(bill.total).toBe(3_000_000 + 10_000_000 + 1_000_000);
    expect([...bill.poolShare]).toEqual([3_333_334, 3_333_333, 4_333_333]);
    expect(sumOfLines(bill)).toBe(bill.total);
  });

  it("with a fixed charge and no members stand in the pool's line alone", () => {
    const plans = [buildPlan("P", { type: "pooled", pool: "X" }), buildPlan("I")];
    const bill = billOf(buildTariff(plans, { fixedPools: [buildFixedPool("X", "2", "10")] }), [
      { plan: 1, usageBytes: 0 },
    ]);
    expect(bill.total).toBe(10_000_000);
    expect(bill.pools[0]).toMatchObject({ members: 0, fixedCharge: 10_000_000 });
    expect(sumOfLines(bill)).toBe(0);
  });

  it("split by usage where no member is above its own allowance", () => {
    const plan = buildPlan("P", { type: "pooled", pool: "X", includedBytes: megabytes("10") });
    const tariff = buildTariff([plan], { fixedPools: [buildFixedPool("X", "1", "0")] });
    const bill = billOf(tariff, [
      { plan: 0, usageBytes: MB },
      { plan: 0, usageBytes: 3 * MB },
    ]);
    expect([...bill.poolShare]).toEqual([750_000, 2_250_000]);
  });

  it("cost nothing beyond the SIMs where all their plans are capped", () => {
    const plan = buildPlan("P", {
      type: "pooled",
      overage: "none",
      monthlyCost: price("1"),
      includedBytes: bytes(1),
      overageRate: price("0"),
      overageBlockBytes: bytes(0),
    });
    const bill = billOf(buildTariff([plan]), [{ plan: 0, usageBytes: 100 }]);
    expect(bill.total).toBe(1_000_000);
    expect(bill.pools[0]).toMatchObject({ blocks: 0, overage: 0, tax: 0 });
  });

  it("take their price from a valid plan, not from one that is set aside", () => {
    const invalid = buildPlan("BAD", {
      type: "pooled",
      pool: "X",
      overageRate: price("0"),
      overageBlockBytes: bytes(0),
    });
    const valid = buildPlan("OK", { type: "pooled", pool: "X", overageRate: price("2") });
    const fleet = buildFleet([
      { plan: 1, usageBytes: 1 },
      { plan: 0, usageBytes: 1 },
    ]);
    const { problem, participation, ratingClass } = prepareFleet(
      fleet,
      buildTariff([invalid, valid]),
      undefined,
      TERMS,
      new Set([0]),
    );
    const bill = computeBill(fleet, problem.table, ratingClass, participation, fleet.ratePlan);
    expect(bill.total).toBe(2_000_000);
    expect(bill.ownCost[1]).toBeNaN();
  });

  it("are told apart past 32,767 of them", () => {
    const count = 40_000;
    const plans = Array.from({ length: count }, (_, p) => buildPlan(`P${p}`, { type: "pooled" }));
    const bill = billOf(buildTariff(plans), [{ plan: count - 1, usageBytes: 1 }]);
    expect(bill.pools[count - 1]).toMatchObject({ members: 1, overage: 1_000_000 });
    expect(bill.total).toBe(1_000_000);
  });
});

describe("SIMs left out", () => {
  it("have no cost and stay out of every pool", () => {
    const plan = buildPlan("P", { ...PAY_PER_MB, type: "pooled" });
    const bill = billOf(buildTariff([plan]), [
      ...THREE_TRACKERS,
      { plan: 0, usageBytes: Number.NaN },
      { plan: 0, usageBytes: 5 * MB, status: "RETIRED" },
    ]);
    expect(bill.total).toBe(3_500_000);
    expect([bill.ownCost[3], bill.poolShare[3], bill.ownCost[4], bill.poolShare[4]]).toEqual([
      Number.NaN,
      Number.NaN,
      Number.NaN,
      Number.NaN,
    ]);
    expect(bill.pools[0]?.members).toBe(3);
  });
});

describe("any fleet on any tariff", () => {
  it("is billed as the formula says, in exact fractions", () => {
    fc.assert(
      fc.property(anyBilling, ({ tariff, sims }) => {
        const exact = naiveBill(tariff, sims);
        expect(outcomeOf(() => exactLines(billOf(tariff, sims)))).toEqual(
          exact.total > MAX_TOTAL_MICROS ? "bounds-exceeded" : exact,
        );
      }),
      SEED,
    );
  });

  it("has lines that add up to the bill to the micro, before and after a change of plans", () => {
    const withMoves = anyBilling.chain((billing) =>
      fc.record({
        billing: fc.constant(billing),
        moves: fc.array(fc.nat(billing.tariff.plans.length - 1), {
          minLength: billing.sims.length,
          maxLength: billing.sims.length,
        }),
      }),
    );
    fc.assert(
      fc.property(withMoves, ({ billing: { tariff, sims }, moves }) => {
        const after = sims.map((sim, k) => ({ ...sim, plan: moves[k] as number }));
        fc.pre([sims, after].every((on) => naiveBill(tariff, on).total <= MAX_TOTAL_MICROS));
        for (const bill of [billOf(tariff, sims), billOf(tariff, sims, Uint16Array.from(moves))]) {
          const empty = bill.pools.filter((pool) => pool.members === 0);
          expect(sumOfLines(bill) + empty.reduce((sum, pool) => sum + pool.fixedCharge, 0)).toBe(bill.total);
          const plans = bill.plans.reduce(
            (sum, plan) => sum + plan.base + plan.overage + plan.fee + plan.tax,
            0,
          );
          const pools = bill.pools.reduce((sum, pool) => sum + pool.overage + pool.tax + pool.fixedCharge, 0);
          expect(plans + pools).toBe(bill.total);
          expect(bill.plans.reduce((sum, plan) => sum + plan.devices, 0)).toBe(sims.length);
        }
      }),
      SEED,
    );
  });

  it("costs the same in whatever order its lines come", () => {
    const shuffled = anyBilling.chain(({ tariff, sims }) =>
      fc.record({
        tariff: fc.constant(tariff),
        sims: fc.constant(sims),
        other: fc.shuffledSubarray(sims, { minLength: sims.length }),
      }),
    );
    fc.assert(
      fc.property(shuffled, ({ tariff, sims, other }) => {
        fc.pre(naiveBill(tariff, sims).total <= MAX_TOTAL_MICROS);
        const [bill, again] = [billOf(tariff, sims), billOf(tariff, other)];
        expect(again.total).toBe(bill.total);
        expect(again.pools).toEqual(bill.pools);
        expect(again.ownCost.toSorted()).toEqual(bill.ownCost.toSorted());
      }),
      SEED,
    );
  });
});

describe("bounds", () => {
  const dear = buildPlan("DEAR", { monthlyCost: price("1000000000") });

  it("hold a bill of just under 2^53 micros and refuse one past it", () => {
    const nine = Array.from({ length: 9 }, () => ({ plan: 0, usageBytes: 0 }));
    expect(billOf(buildTariff([dear]), nine).total).toBe(9e15);
    expect(() => billOf(buildTariff([dear]), [...nine, { plan: 0, usageBytes: 0 }])).toThrow(PoolwiseError);
    expect(() => billOf(buildTariff([dear]), [...nine, { plan: 0, usageBytes: 0 }])).toThrow(
      /^The bill is past 2\^53 micros/,
    );
  });

  it("refuse an overage charge past 2^53 micros", () => {
    const plan = buildPlan("P", { overageRate: price("100"), overageBlockBytes: bytes(1) });
    expect(() => billOf(buildTariff([plan]), [{ plan: 0, usageBytes: 2 ** 40 }])).toThrow(
      expect.objectContaining({ code: "bounds-exceeded" }),
    );
  });

  it("refuse a pool's overage past 2^53 micros, naming the pool", () => {
    const plan = buildPlan("P", {
      type: "pooled",
      pool: "X",
      overageRate: price("100"),
      overageBlockBytes: bytes(1),
    });
    expect(() => billOf(buildTariff([plan]), [{ plan: 0, usageBytes: 2 ** 40 }])).toThrow(
      /^The overage of pool X/,
    );
  });

  it("refuse a pool's allowance or usage past 2^53 bytes, naming the pool", () => {
    const sims = Array.from({ length: 9 }, () => ({ plan: 0, usageBytes: 1 }));
    const allowance = buildPlan("P", { type: "pooled", includedBytes: bytes(2 ** 50) });
    expect(() => billOf(buildTariff([allowance]), sims)).toThrow(
      /^The allowance of pool P passes 2\^53 bytes/,
    );
    const increment = buildPlan("P", { type: "pooled", usageIncrementBytes: bytes(2 ** 50) });
    expect(() => billOf(buildTariff([increment]), sims)).toThrow(/^The usage of pool P passes 2\^53 bytes/);
  });

  it("refuse a fleet's usage past 2^53 bytes", () => {
    const sims = Array.from({ length: 9 }, () => ({ plan: 0, usageBytes: 2 ** 50 }));
    const plan = buildPlan("U", { type: "unlimited" });
    expect(() => billOf(buildTariff([plan]), sims)).toThrow(/^The fleet's usage passes 2\^53 bytes/);
  });

  it("refuse a plan whose cost with tax, or prorated allowance, is past them, naming the plan", () => {
    const taxed = buildTariff([dear], { taxRates: new Map([["TX", price("9")]]) });
    expect(() => billOf(taxed, [{ plan: 0, usageBytes: 0, location: "TX" }])).toThrow(/plan DEAR/);
    const stretched = buildPlan("LONG", {
      proration: "days30",
      prorateIncluded: true,
      includedBytes: bytes(2 ** 50),
    });
    expect(() => billOf(buildTariff([stretched], { cycleDays: 400 }), [{ plan: 0, usageBytes: 0 }])).toThrow(
      /plan LONG/,
    );
  });

  it("refuse more plans than an index holds", () => {
    const plan = buildPlan("P");
    expect(() => billOf(buildTariff(Array.from({ length: 60_001 }, () => plan)), [])).toThrow(/60001 plans/);
  });
});
