import { BILLABLE_STATUSES } from "../src/billing/fleet.ts";
import type { Terms } from "../src/billing/fleet.ts";
import type { RatePlan, Tariff } from "../src/billing/rate-plan.ts";
import { BYTES_PER_MB, MICROS_PER_UNIT, bytes, picos } from "../src/billing/units.ts";
import type { BenchCase, Family } from "./bench-case.ts";
import { buildFleet } from "./build-fleet.ts";
import { LIGHT, WITH_CAMERAS, drawUsage } from "./draw-usage.ts";
import { taxiPlans, taxiUsage } from "./taxi-trackers.ts";

type Kind = RatePlan["type"];

function plan(
  code: string,
  type: Kind,
  cost: number,
  mb: number,
  rate: number,
  blockMb: number,
  pool = code,
): RatePlan {
  const price = (amount: number): RatePlan["monthlyCost"] =>
    picos(BigInt(Math.round(amount * MICROS_PER_UNIT)) * 1_000_000n);
  return {
    code,
    type,
    pool: type === "pooled" ? pool : "",
    monthlyCost: price(cost),
    includedBytes: bytes(Math.round(mb * BYTES_PER_MB)),
    overage: "charge",
    overageRate: price(rate),
    overageBlockBytes: bytes(Math.round(blockMb * BYTES_PER_MB)),
    usageIncrementBytes: bytes(0),
    proration: "full",
    prorateIncluded: false,
    regulatoryFee: picos(0n),
    minDevices: 0,
    maxDevices: Number.POSITIVE_INFINITY,
    available: true,
  };
}

const PAYG = plan("PAYG", "individual", 0.6, 0, 0.1, 0.1);

const LADDER = [
  plan("P1", "pooled", 1, 1, 0.5, 1),
  plan("P5", "pooled", 1.9, 5, 0.4, 1),
  plan("P10", "pooled", 2.8, 10, 0.3, 1),
  plan("P25", "pooled", 4.1, 25, 0.25, 1),
  plan("P50", "pooled", 6, 50, 0.2, 1),
  plan("P100", "pooled", 8.5, 100, 0.15, 1),
  PAYG,
  plan("U", "unlimited", 25, 0, 0, 0),
];

const HEAVY = [
  plan("P1", "pooled", 1, 1, 0.5, 1),
  plan("P5", "pooled", 1.9, 5, 0.4, 1),
  plan("P25", "pooled", 4.1, 25, 0.25, 1),
  plan("P100", "pooled", 8.5, 100, 0.12, 1),
  plan("P500", "pooled", 15, 500, 0.05, 1),
  plan("P2G", "pooled", 30, 2048, 0.02, 1),
  PAYG,
  plan("U", "unlimited", 60, 0, 0, 0),
];

const BLOCKS = [
  plan("P1", "pooled", 1, 1, 0.5, 1),
  plan("P5", "pooled", 1.9, 5, 0.4, 1),
  plan("P1G", "pooled", 18, 1024, 10, 1024),
  PAYG,
  plan("I50", "individual", 6, 50, 0.2, 1),
  plan("U", "unlimited", 45, 0, 0, 0),
];

function rules(size: number): RatePlan[] {
  return [
    { ...plan("P1", "pooled", 1, 1, 0.5, 1), maxDevices: Math.floor(size * 0.35) },
    { ...plan("P5", "pooled", 1.9, 5, 0.4, 1), minDevices: Math.floor(size * 0.2) },
    plan("P25", "pooled", 4.1, 25, 0.25, 1, "shared"),
    plan("P100", "pooled", 8.5, 100, 0.25, 1, "shared"),
    plan("P1G", "pooled", 18, 1024, 10, 1024),
    PAYG,
    plan("I50", "individual", 6, 50, 0.2, 1),
    { ...plan("U", "unlimited", 45, 0, 0, 0), maxDevices: Math.max(1, Math.floor(size * 0.01)) },
  ];
}

const ALONE = [1, 5, 25, 100, 500]
  .map((mb) => plan(`I${mb}`, "individual", 0.5 + mb ** 0.5, mb, 0.2, 1))
  .concat(PAYG, plan("U", "unlimited", 60, 0, 0, 0));

const FREE: Terms = {
  switchCost: 0,
  minSaving: 0,
  maxChanges: Number.POSITIVE_INFINITY,
  billableStatuses: BILLABLE_STATUSES,
};

function tariffOf(plans: readonly RatePlan[], taxed = false): Tariff {
  const rate = (text: bigint): RatePlan["monthlyCost"] => picos(text);
  return {
    currency: "USD",
    plans,
    fixedPools: [],
    taxRates: new Map(
      taxed
        ? [
            ["TX", rate(82_500_000_000n)],
            ["FL", rate(60_000_000_000n)],
          ]
        : [],
    ),
    accountTaxRate: rate(taxed ? 82_500_000_000n : 0n),
    cycleDays: 30,
  };
}

/** Every plan open to every SIM, no terms. */
function open(
  size: number,
  plans: readonly RatePlan[],
  usage: Parameters<typeof buildFleet>[1]["usage"],
  seed?: number,
): BenchCase {
  const fleet = buildFleet(size, { usage, carries: [plans.map((_, index) => index)] }, seed);
  return { fleet, tariff: tariffOf(plans), eligibility: undefined, terms: FREE };
}

/** Four communication plans, shared pools, limits, taxes, a switching cost and a cap on changes. */
function withRules(size: number, seed?: number): BenchCase {
  const plans = rules(size);
  const all = plans.map((_, index) => index);
  const carries = [all, [0, 1, 2, 5, 6, 7], [1, 2, 3, 4, 7], [0, 2, 4, 5, 6, 7]];
  const fleet = buildFleet(
    size,
    { usage: (random) => drawUsage(random, WITH_CAMERAS), carries, locations: ["", "TX", "FL"] },
    seed,
  );
  const codes = carries.map((set) => new Set(set.map((index) => plans[index]?.code ?? "")));
  return {
    fleet,
    tariff: tariffOf(plans, true),
    eligibility: new Map(codes.map((set, c) => [`CP${c}`, set])),
    terms: { ...FREE, switchCost: 20_000, maxChanges: Math.floor(size * 0.9) },
  };
}

export const FAMILIES: readonly Family[] = [
  {
    name: "ladder",
    about: "8 plans, 6 pools; meters, trackers, routers; all prices multiples of 0.05",
    build: (size, seed) => open(size, LADDER, (random) => drawUsage(random, LIGHT), seed),
  },
  {
    name: "heavy",
    about: "8 plans, 6 pools up to 2 GB; 3 % cameras of a median of 1 GB",
    build: (size, seed) => open(size, HEAVY, (random) => drawUsage(random, WITH_CAMERAS), seed),
  },
  {
    name: "rules",
    about:
      "4 eligibility sets, shared pools, min and max devices, taxes, switching cost, at most 90 % changes",
    build: withRules,
  },
  {
    name: "blocks",
    about: "one pool with overage at 10.00 a started GB",
    build: (size, seed) => open(size, BLOCKS, (random) => drawUsage(random, WITH_CAMERAS), seed),
  },
  {
    name: "individual",
    about: "no pools: one minimum per SIM",
    build: (size, seed) => open(size, ALONE, (random) => drawUsage(random, LIGHT), seed),
  },
  {
    name: "taxis",
    about: "real activity of taxi trackers, repeated, on the example's plans",
    build: (size, seed) => {
      const usage = taxiUsage();
      return open(size, taxiPlans(), (_, sim) => usage[sim % usage.length] ?? 0, seed);
    },
  },
];
