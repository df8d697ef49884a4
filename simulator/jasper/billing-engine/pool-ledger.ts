import { isPooled } from "../catalogue/plan-terms.ts";
import type { BillingContract } from "./contract.ts";
import { toMicros } from "./money.ts";
import { overageMicros } from "./plan-prices.ts";
import type { PlanPrices } from "./plan-prices.ts";
import type { BillableSim } from "./sim-share.ts";

/** What a pool costs as a whole. Money in micros. */
export interface PoolLine {
  readonly pool: string;
  readonly zone: string;
  readonly members: number;
  readonly allowanceBytes: bigint;
  readonly usageBytes: bigint;
  readonly overage: bigint;
  readonly charge: bigint;
  readonly total: bigint;
}

interface Pool {
  prices: PlanPrices;
  readonly zone: number;
  members: number;
  allowanceBytes: bigint;
  usageBytes: bigint;
}

/** Allowances and usage, pool by pool: one pool for each plan (or plan version), and zone where zones stand apart. */
export class PoolLedger {
  readonly #contract: BillingContract;
  readonly #cycleDays: bigint;
  readonly #pools = new Map<string, Pool>();

  constructor(contract: BillingContract, cycleDays: number) {
    this.#contract = contract;
    this.#cycleDays = BigInt(cycleDays);
  }

  open(prices: PlanPrices): void {
    this.#pool(prices, 0);
  }

  addUsage(prices: PlanPrices, bytesByZone: readonly number[]): void {
    bytesByZone.forEach((bytes, zone) => {
      if (bytes > 0 || zone === 0) this.#pool(prices, zone).usageBytes += BigInt(bytes);
    });
  }

  addAllowances(sim: BillableSim, pricesOf: (planVersion: number) => PlanPrices): void {
    if (this.#contract.poolMembership === "AT_CLOSE") {
      this.#addAllowance(pricesOf(sim.planVersion), sim.billableDays);
      return;
    }
    const weighted = this.#contract.poolMembership === "DAY_WEIGHTED";
    for (const [planVersion, days] of sim.used) {
      this.#addAllowance(pricesOf(planVersion), weighted ? days : sim.billableDays, weighted);
    }
  }

  lines(subscribersOf: (planId: number) => number): PoolLine[] {
    return [...this.#pools.values()].map((pool) => {
      const { version, accountCharge } = pool.prices;
      const over = pool.usageBytes - pool.allowanceBytes;
      const overage = overageMicros(pool.prices, over, subscribersOf(version.plan.id));
      const charge = pool.zone === 0 ? toMicros(accountCharge) : 0n;
      return {
        pool: version.plan.name,
        zone: version.terms.zones[pool.zone] ?? "",
        members: pool.members,
        allowanceBytes: pool.allowanceBytes,
        usageBytes: pool.usageBytes,
        overage,
        charge,
        total: overage + charge,
      };
    });
  }

  #addAllowance(
    prices: PlanPrices,
    days: number,
    byDays = this.#contract.newSimAllowance === "PRORATED_DAYS",
  ): void {
    if (!isPooled(prices.version.terms)) return;
    const pool = this.#pool(prices, 0);
    pool.members++;
    if (prices.version.terms.kind === "fixed-pool") return;
    const included = prices.includedBytes ?? 0n;
    pool.allowanceBytes += byDays ? (included * BigInt(days)) / this.#cycleDays : included;
  }

  /** The latest version among the members sets the pool's price. */
  #pool(prices: PlanPrices, zone: number): Pool {
    const { plan, code, number, terms } = prices.version;
    const key = `${this.#contract.poolPer === "PLAN" ? `plan ${plan.id}` : `version ${code}`} zone ${zone}`;
    let pool = this.#pools.get(key);
    if (pool === undefined) {
      const fixed = zone === 0 && terms.kind === "fixed-pool" ? (prices.includedBytes ?? 0n) : 0n;
      pool = { prices, zone, members: 0, allowanceBytes: fixed, usageBytes: 0n };
      this.#pools.set(key, pool);
    }
    if (number > pool.prices.version.number) pool.prices = prices;
    return pool;
  }
}
