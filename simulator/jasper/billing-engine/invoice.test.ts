import { describe, expect, it } from "vitest";
import { blockOverage, planTerms } from "../catalogue/plan-terms.ts";
import type { PlanTerms } from "../catalogue/plan-terms.ts";
import { settle } from "../settings.ts";
import { applyChange } from "../store/apply-change.ts";
import { createWorld, invoiceOf } from "../world.ts";
import type { World } from "../world.ts";
import type { BillingContract } from "./contract.ts";
import type { Invoice, SimLine } from "./invoice.ts";

const MB = 1_048_576;
const DAY_MS = 86_400_000;

const FLEX_1 = planTerms({
  kind: "flexible-pool",
  subscriptionCharge: "1.00",
  includedMb: "1",
  overage: blockOverage("0.50"),
});
const FLEX_5 = planTerms({
  kind: "flexible-pool",
  subscriptionCharge: "3.00",
  includedMb: "5",
  overage: blockOverage("0.40"),
});
const SINGLE = planTerms({
  kind: "individual",
  subscriptionCharge: "2.00",
  includedMb: "1",
  overage: blockOverage("0.50"),
});

interface HandMadeSim {
  readonly plan: string;
  /** Megabytes, all used at noon of the cycle's first day unless `usedOnDay` (0-based) says otherwise. */
  readonly usedMb: number;
  readonly usedOnDay?: number;
  readonly activatedOnDay?: number;
}

/** An account of hand-made SIMs, at the end of the June 2026 cycle (30 days, UTC). */
function account(
  plans: Readonly<Record<string, PlanTerms>>,
  sims: readonly HandMadeSim[],
  contract: Partial<BillingContract> = {},
): World {
  const world = createWorld(
    settle({ devices: sims.length, clock: "2026-06-01T00:00:00Z", timeZone: "UTC", clockRate: 0, contract }),
  );
  for (const [name, terms] of Object.entries(plans)) world.catalogue.add(name, terms);
  const cycle = world.calendar.at(world.clock.nowMs());
  sims.forEach((sim, device) => {
    const { devices } = world;
    const since =
      sim.activatedOnDay === undefined
        ? cycle.startMs - 100 * DAY_MS
        : cycle.startMs + sim.activatedOnDay * DAY_MS;
    devices.status[device] = 0;
    devices.statusSinceMs[device] = since;
    devices.dateActivatedMs[device] = since;
    devices.meanBytes[device] = 0;
    devices.planVersion[device] = world.catalogue.named(sim.plan)?.versions[0]?.code ?? -1;
    const usageMs = cycle.startMs + (sim.usedOnDay ?? sim.activatedOnDay ?? 0) * DAY_MS + DAY_MS / 2;
    world.usage.correct(device, {
      cycleNumber: cycle.number,
      usageMs,
      knownMs: usageMs,
      bytes: Math.round(sim.usedMb * MB),
    });
  });
  return world;
}

const onDay = (world: World, day: number): number =>
  world.calendar.at(world.clock.nowMs()).startMs + day * DAY_MS + DAY_MS / 2;

function change(world: World, device: number, day: number, fields: Record<string, string>): void {
  applyChange(world, device, fields, onDay(world, day), "test");
}

function close(world: World): Invoice {
  const cycle = world.calendar.at(Date.parse("2026-06-15T00:00:00Z"));
  world.clock.set(Math.max(world.clock.nowMs(), cycle.endMs));
  return invoiceOf(world, cycle);
}

/** The fixed pool of the simulator's own contract stands on every invoice, empty: 0.03 for each SIM of the fleet. */
function totalOf(world: World): bigint {
  const invoice = close(world);
  return (
    invoice.total() - (invoice.pools.find((pool) => pool.pool === "Monthly Fixed Pool Metering")?.total ?? 0n)
  );
}

function lines(world: World): SimLine[] {
  return [...close(world).lines()];
}

describe("a flexible pool", () => {
  const sims = [
    { plan: "flex", usedMb: 0.4 },
    { plan: "flex", usedMb: 0.4 },
    { plan: "flex", usedMb: 3 },
  ];

  it("shares the allowances of its members: 3 at 1.00, 3.8 MB of 3 MB, one started MB at 0.50 are 3.50", () => {
    const world = account({ flex: FLEX_1 }, sims);
    expect(totalOf(world)).toBe(3_500_000n);
    expect(close(world).pools.find((pool) => pool.pool === "flex")).toMatchObject({
      members: 3,
      allowanceBytes: BigInt(3 * MB),
      overage: 500_000n,
    });
  });

  it("is dearer rated one by one: 4.00", () => {
    const one = { ...FLEX_1, kind: "individual" as const };
    expect(totalOf(account({ flex: one }, sims))).toBe(4_000_000n);
  });

  it("does not help the SIMs of another plan", () => {
    const world = account({ flex: FLEX_1, five: FLEX_5 }, [...sims, { plan: "five", usedMb: 0 }]);
    expect(totalOf(world)).toBe(3_500_000n + 3_000_000n);
  });
});

describe("other kinds of plans", () => {
  it("a fixed pool has one allowance and one charge, members or not", () => {
    const pool = planTerms({
      kind: "fixed-pool",
      subscriptionCharge: "0.40",
      accountCharge: "10.00",
      includedMb: "2",
      overage: blockOverage("1"),
    });
    const sims = [
      { plan: "fixed", usedMb: 2 },
      { plan: "fixed", usedMb: 1.5 },
    ];
    expect(totalOf(account({ fixed: pool }, sims))).toBe(10_000_000n + 800_000n + 2_000_000n);
    const invoice = close(account({ five: FLEX_5 }, [{ plan: "five", usedMb: 0 }]));
    expect(invoice.pools).toContainEqual(
      expect.objectContaining({ pool: "Monthly Fixed Pool Metering", members: 0, charge: 30_000n }),
    );
  });

  it("an unlimited plan, a capped plan and a flat fee", () => {
    const unlimited = planTerms({
      kind: "unlimited",
      subscriptionCharge: "59",
      includedMb: "unlimited",
      regulatoryFee: "0.25",
    });
    const capped = planTerms({
      kind: "individual",
      subscriptionCharge: "0.68",
      includedMb: "2",
      capped: true,
    });
    const world = account({ all: unlimited, cap: capped }, [
      { plan: "all", usedMb: 900_000 },
      { plan: "cap", usedMb: 50 },
    ]);
    expect(totalOf(world)).toBe(59_250_000n + 680_000n);
  });

  it("a real invoice: 17 lines of 5 MB at 7.00 with the price per KB to ten decimals", () => {
    const verizon = planTerms({
      kind: "flexible-pool",
      subscriptionCharge: "7.00",
      includedMb: "5",
      overage: blockOverage("0.0029296875", "KB"),
      regulatoryFee: "0.02",
    });
    const sims = Array.from({ length: 17 }, () => ({ plan: "share", usedMb: 22_563 / 17 / 1024 }));
    expect(totalOf(account({ share: verizon }, sims))).toBe(119_000_000n + 340_000n);
    const over = Array.from({ length: 17 }, () => ({ plan: "share", usedMb: 5 + 1 / 1024 }));
    expect(totalOf(account({ share: verizon }, over))).toBe(119_340_000n + 49_805n);
  });

  it("tiers price all SIMs, or only those above the threshold; overage tiers go by subscribers", () => {
    const tiered = (tierTreatment: "ALL" | "MARGINAL"): PlanTerms =>
      planTerms({
        kind: "tiered",
        includedMb: "1",
        tiers: [
          { subscriberThreshold: 0, perSubscriberCharge: "2.00" },
          { subscriberThreshold: 2, perSubscriberCharge: "1.50" },
        ],
        tierTreatment,
        overage: { price: "1", unit: "MB", bulk: false, tiers: [{ subscribersMoreThan: 2, price: "0.9" }] },
      });
    const sims = [0, 0, 1.5].map((usedMb) => ({ plan: "tier", usedMb }));
    expect(totalOf(account({ tier: tiered("ALL") }, sims))).toBe(4_500_000n + 450_000n);
    expect(totalOf(account({ tier: tiered("MARGINAL") }, sims))).toBe(5_500_000n + 450_000n);
    expect(totalOf(account({ tier: tiered("ALL") }, sims.slice(1)))).toBe(4_000_000n + 500_000n);
  });

  it("a prepaid term is charged in the cycle it begins in", () => {
    const prepaid = planTerms({
      kind: "prepaid",
      subscriptionCharge: "9.60",
      includedMb: "60",
      lengthOfTermMonths: 12,
    });
    const world = account({ year: prepaid }, [
      { plan: "year", usedMb: 1 },
      { plan: "year", usedMb: 1, activatedOnDay: 3 },
    ]);
    expect(lines(world).map((line) => line.base)).toEqual([0n, 9_600_000n]);
  });

  it("usage is rounded up per cycle, day or session, and a carrier's MB may have 1,000,000 bytes", () => {
    const perKb = (roundingPer: PlanTerms["roundingPer"]): PlanTerms => ({
      ...SINGLE,
      roundingKb: 100,
      roundingPer,
    });
    const bytes = (terms: PlanTerms, contract: Partial<BillingContract> = {}): number | undefined =>
      lines(account({ p: terms }, [{ plan: "p", usedMb: 0.001 }], contract))[0]?.billedBytes;
    expect(bytes(perKb("CYCLE"))).toBe(102_400);
    expect(bytes(perKb("DAY"))).toBe(102_400);
    expect((bytes(perKb("SESSION")) ?? 0) % 102_400).toBe(0);
    expect(bytes(perKb("CYCLE"), { mbBase: 1000 })).toBe(100_000);
    expect(bytes(SINGLE, { rounding: { unitKb: 2, per: "CYCLE" } })).toBe(2048);
    expect(
      totalOf(account({ p: SINGLE }, [{ plan: "p", usedMb: 1.000001 * (1_000_000 / MB) }], { mbBase: 1000 })),
    ).toBe(2_500_000n);
  });
});

describe("a plan that changed on day 10 of 30 (2 MB before, 2 MB after)", () => {
  function changed(contract: Partial<BillingContract>): World {
    const world = account(
      { flex: FLEX_1, five: FLEX_5 },
      [{ plan: "flex", usedMb: 2, usedOnDay: 2 }],
      contract,
    );
    const cycle = world.calendar.at(world.clock.nowMs());
    world.usage.correct(0, {
      cycleNumber: cycle.number,
      usageMs: onDay(world, 20),
      knownMs: onDay(world, 20),
      bytes: 2 * MB,
    });
    change(world, 0, 10, { ratePlan: "five" });
    return world;
  }

  it.each<[Partial<BillingContract>, bigint, string]>([
    [{}, 3_000_000n, "the plan at the close rates all: 4 MB of 5"],
    [
      { planChangeRating: "NEXT_CYCLE" },
      1_000_000n + 1_500_000n,
      "the old plan rates all: 3 started MB above 1",
    ],
    [{ changeCutoffHours: 24 * 21 }, 1_000_000n + 1_500_000n, "too late for this cycle"],
    [
      { subscriptionCharge: "HIGHEST_PLAN_USED", planChangeRating: "NEXT_CYCLE" },
      3_000_000n + 1_500_000n,
      "highest charge",
    ],
    [{ subscriptionCharge: "SUM_OF_PLANS" }, 4_000_000n, "both charges"],
    [
      { planChangeRating: "SPLIT_BY_DAY", subscriptionCharge: "PRORATED", poolMembership: "DAY_WEIGHTED" },
      333_333n + 2_000_000n + 1_000_000n,
      "10 days at 1.00 and 20 at 3.00; 1/3 MB allowed of 2 on the old plan, 2 started MB",
    ],
    [
      { planChangeRating: "SPLIT_BY_DAY", poolMembership: "EVER_IN_CYCLE" },
      3_000_000n + 500_000n,
      "a whole allowance in both pools; 1 started MB on the old",
    ],
    [
      { planChangeRating: "SPLIT_BY_DAY", poolMembership: "AT_CLOSE" },
      3_000_000n + 1_000_000n,
      "no allowance left behind",
    ],
  ])("%j costs %s", (contract, micros) => {
    expect(totalOf(changed(contract))).toBe(micros);
  });

  it("individually, split by day, has a part of each allowance", () => {
    const five = { ...FLEX_5, kind: "individual" as const };
    const world = account({ one: SINGLE, five }, [{ plan: "one", usedMb: 2, usedOnDay: 2 }], {
      planChangeRating: "SPLIT_BY_DAY",
    });
    change(world, 0, 10, { ratePlan: "five" });
    expect(totalOf(world)).toBe(3_000_000n + 1_000_000n);
  });
});

describe("part of a cycle", () => {
  const sims = [
    { plan: "flex", usedMb: 0 },
    { plan: "flex", usedMb: 1.5, activatedOnDay: 20 },
  ];

  it("costs and allows in full by default, and by the day where the contract says so", () => {
    expect(totalOf(account({ flex: FLEX_1 }, sims))).toBe(2_000_000n);
    const byDay = account({ flex: FLEX_1 }, sims, {
      subscriptionCharge: "PRORATED",
      newSimAllowance: "PRORATED_DAYS",
    });
    expect(lines(byDay).map((line) => line.billableDays)).toEqual([30, 10]);
    expect(totalOf(byDay)).toBe(1_000_000n + 333_333n + 500_000n);
  });

  it("of a SIM that left is billed only where the contract bills what was ever active", () => {
    const left = (contract: Partial<BillingContract>): bigint => {
      const world = account({ flex: FLEX_1 }, [{ plan: "flex", usedMb: 0 }], contract);
      change(world, 0, 5, { status: "DEACTIVATED" });
      return totalOf(world);
    };
    expect(left({})).toBe(0n);
    expect(left({ billableWhen: "EVER_IN_CYCLE" })).toBe(1_000_000n);
  });

  it("does not undercut the minimum number of devices", () => {
    const world = account({ flex: FLEX_1 }, sims, { minimumBillableDevices: 5, minimumDeviceCharge: "0.75" });
    expect(totalOf(world)).toBe(2_000_000n + 3n * 750_000n);
  });
});

describe("usage that the operator learns of later", () => {
  it("is on the invoice from then on", () => {
    const world = account({ one: SINGLE }, [{ plan: "one", usedMb: 1 }]);
    const cycle = world.calendar.at(world.clock.nowMs());
    world.usage.correct(0, {
      cycleNumber: cycle.number,
      usageMs: onDay(world, 29),
      knownMs: cycle.endMs + DAY_MS,
      bytes: 1,
    });
    expect(totalOf(world)).toBe(2_000_000n);
    world.clock.set(cycle.endMs + DAY_MS);
    expect(totalOf(world)).toBe(2_500_000n);
  });
});

describe("zones rated apart", () => {
  it("give the allowance to the home zone alone", () => {
    const terms = { ...FLEX_5, zones: ["Home", "Abroad"] };
    const sims = Array.from({ length: 400 }, () => ({ plan: "p", usedMb: 4 }));
    const together = totalOf(account({ p: terms }, sims));
    const world = account({ p: terms }, sims, { zoneRating: "PER_ZONE" });
    const abroad = close(world).pools.find((pool) => pool.pool === "p" && pool.zone === "Abroad");
    expect(together).toBe(1_200_000_000n);
    expect(abroad?.usageBytes).toBeGreaterThan(0n);
    expect(totalOf(world)).toBe(
      together + (((abroad?.usageBytes ?? 0n) + BigInt(MB) - 1n) / BigInt(MB)) * 400_000n,
    );
  });
});
