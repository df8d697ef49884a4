import { compileRateTable } from "../src/billing/compile-rate-table.ts";
import type { Problem } from "../src/billing/problem.ts";
import type { RatePlan, Tariff } from "../src/billing/rate-plan.ts";
import type { RatingClass } from "../src/billing/rate-table.ts";
import { BYTES_PER_MB, MICROS_PER_UNIT, bytes, picos } from "../src/billing/units.ts";
import type { Random } from "../src/optimizer/random.ts";
import { seededRandom } from "../src/optimizer/random.ts";

/** Kinds of fleets that the benchmark measures. Prices are illustrative; usage mixtures are assumptions. */
export const FAMILIES = ["ladder", "heavy", "rules", "individual"] as const;
export type Family = (typeof FAMILIES)[number];

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

const lognormal = (random: Random, medianMb: number, sigma: number): number =>
  medianMb * Math.exp(sigma * normal(random));

/** Meters, trackers, routers; 5 % silent. MB. */
function ladderUsage(random: Random): number {
  const kind = random();
  if (kind < 0.05) return 0;
  if (kind < 0.62) return lognormal(random, 0.36, 1);
  if (kind < 0.9) return lognormal(random, 5, 0.5);
  return lognormal(random, 30, 1.24);
}

/** The same with 2 % cameras of a median of 1 GB. MB. */
function heavyUsage(random: Random): number {
  const kind = random();
  if (kind < 0.07) return 0;
  if (kind < 0.65) return lognormal(random, 0.36, 1);
  if (kind < 0.87) return lognormal(random, 5, 0.5);
  if (kind < 0.98) return lognormal(random, 30, 1.24);
  return lognormal(random, 1024, 1.24);
}

function plan(
  code: string,
  type: RatePlan["type"],
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

const payg = plan("PAYG", "individual", 0.6, 0, 0.1, 0.1);

function plansOf(family: Family, size: number): RatePlan[] {
  switch (family) {
    case "ladder":
      return [
        plan("P1", "pooled", 1, 1, 0.5, 1),
        plan("P5", "pooled", 1.9, 5, 0.4, 1),
        plan("P10", "pooled", 2.8, 10, 0.3, 1),
        plan("P25", "pooled", 4.1, 25, 0.25, 1),
        plan("P50", "pooled", 6, 50, 0.2, 1),
        plan("P100", "pooled", 8.5, 100, 0.15, 1),
        payg,
        plan("U", "unlimited", 25, 0, 0, 0),
      ];
    case "heavy":
      return [
        plan("P1", "pooled", 1, 1, 0.5, 1),
        plan("P5", "pooled", 1.9, 5, 0.4, 1),
        plan("P25", "pooled", 4.1, 25, 0.25, 1),
        plan("P100", "pooled", 8.5, 100, 0.12, 1),
        plan("P500", "pooled", 15, 500, 0.05, 1),
        plan("P2G", "pooled", 30, 2048, 0.02, 1),
        payg,
        plan("U", "unlimited", 60, 0, 0, 0),
      ];
    case "rules":
      return [
        { ...plan("P1", "pooled", 1, 1, 0.5, 1), maxDevices: Math.floor(size * 0.35) },
        { ...plan("P5", "pooled", 1.9, 5, 0.4, 1), minDevices: Math.floor(size * 0.2) },
        plan("P25", "pooled", 4.1, 25, 0.25, 1, "shared"),
        plan("P100", "pooled", 8.5, 100, 0.25, 1, "shared"),
        plan("P1G", "pooled", 18, 1024, 10, 1024),
        payg,
        plan("I50", "individual", 6, 50, 0.2, 1),
        { ...plan("U", "unlimited", 45, 0, 0, 0), maxDevices: Math.max(1, Math.floor(size * 0.01)) },
      ];
    case "individual":
      return [1, 5, 25, 100, 500]
        .map((mb) => plan(`I${mb}`, "individual", 0.8 + mb ** 0.55, mb, 0.2, 1))
        .concat(payg, plan("U", "unlimited", 60, 0, 0, 0));
  }
}

/** A seeded problem: the same family, size and seed give the same SIMs. O(size). */
export function benchProblem(family: Family, size: number, seed: number): Problem {
  const random = seededRandom(seed);
  const plans = plansOf(family, size);
  const rules = family === "rules";
  const taxes = rules ? [0n, 82_500_000_000n, 60_000_000_000n] : [0n];
  const tariff: Tariff = {
    currency: "USD",
    plans,
    fixedPools: [],
    taxRates: new Map(),
    accountTaxRate: picos(rules ? 82_500_000_000n : 0n),
    cycleDays: 30,
  };
  const classes = taxes.map((taxRate): RatingClass => ({ taxRate, activeDays: -1 }));
  const all = plans.map((_, index) => index);
  const sets = rules ? [all, [0, 1, 2, 5, 6, 7], [1, 2, 3, 4, 7], [0, 2, 4, 5, 6, 7]] : [all];
  const usageMb = family === "ladder" || family === "individual" ? ladderUsage : heavyUsage;
  const problem = {
    size,
    table: compileRateTable(tariff, classes),
    usage: new Float64Array(size),
    ratingClass: new Uint32Array(size),
    current: new Uint16Array(size),
    choices: new Uint16Array(size),
    choiceSets: sets.map((set) => Uint16Array.from(set)),
    penalty: rules ? 20_000 : 0,
    minDevices: Float64Array.from(plans, ({ minDevices }) => minDevices),
    maxDevices: Float64Array.from(plans, ({ maxDevices }) => maxDevices),
    maxChanges: rules ? Math.floor(size * 0.9) : Number.POSITIVE_INFINITY,
  };
  for (let sim = 0; sim < size; sim++) {
    problem.usage[sim] = Math.round(usageMb(random) * BYTES_PER_MB);
    problem.ratingClass[sim] = Math.floor(random() * taxes.length);
    const choice = Math.floor(random() * sets.length);
    const set = sets[choice] ?? all;
    problem.choices[sim] = choice;
    problem.current[sim] = set[Math.floor(random() * set.length)] ?? 0;
  }
  return problem;
}
