import { daysOf } from "../clock/billing-calendar.ts";
import type { BillingCycle } from "../clock/billing-calendar.ts";
import { isPooled } from "../catalogue/plan-terms.ts";
import { latestVersion } from "../catalogue/rate-plan-catalogue.ts";
import type { RatePlanCatalogue } from "../catalogue/rate-plan-catalogue.ts";
import type { DeviceStore } from "../store/device-store.ts";
import { billedBytes } from "./billed-usage.ts";
import { toMicros, toPicos } from "./money.ts";
import { overageMicros, readPrices, subscriptionOf } from "./plan-prices.ts";
import type { PlanPrices } from "./plan-prices.ts";
import { PoolLedger } from "./pool-ledger.ts";
import type { PoolLine } from "./pool-ledger.ts";
import { shareOut } from "./sim-share.ts";
import type { BillableSim, RatingSources } from "./sim-share.ts";

export interface InvoiceSources extends RatingSources {
  readonly devices: DeviceStore;
  readonly catalogue: RatePlanCatalogue;
  /** The number of the cycle in which a device was activated. */
  readonly activationCycle: (device: number) => number;
  /** Devices of other accounts are not on this account's invoice. */
  readonly ownAccount: (device: number) => boolean;
}

/** What one SIM is charged itself; what its pool costs stands in the pool's line. Money in micros. */
export interface SimLine {
  readonly device: number;
  readonly plan: string;
  readonly planVersion: number;
  readonly billableDays: number;
  readonly billedBytes: number;
  readonly base: bigint;
  readonly overage: bigint;
  readonly fee: bigint;
  readonly total: bigint;
}

/**
 * The invoice of one cycle, as the operator knows the usage at `knownMs`. Two passes over the fleet: the first
 * counts subscribers and fills the pools, the second yields the lines.
 */
export class Invoice {
  readonly cycle: BillingCycle;
  readonly billedSims: number;
  readonly pools: readonly PoolLine[];
  readonly minimumCharge: bigint;
  readonly #sources: InvoiceSources;
  readonly #knownMs: number;
  readonly #prices = new Map<number, PlanPrices>();
  readonly #subscribers = new Map<number, number>();

  constructor(sources: InvoiceSources, cycle: BillingCycle, knownMs: number) {
    this.cycle = cycle;
    this.#sources = sources;
    this.#knownMs = knownMs;
    const ledger = new PoolLedger(sources.contract, daysOf(cycle));
    for (const plan of sources.catalogue.plans) {
      const prices = this.#pricesOf(latestVersion(plan).code);
      if (plan.contract && prices.version.terms.kind === "fixed-pool") ledger.open(prices);
    }
    let billed = 0;
    for (const [device, sim] of this.#billable()) {
      billed++;
      this.#countSubscriber(sim);
      for (const share of sim.shares) {
        const prices = this.#pricesOf(share.planVersion);
        if (isPooled(prices.version.terms)) ledger.addUsage(prices, this.#billedBytes(device, share, prices));
      }
      ledger.addAllowances(sim, (code) => this.#pricesOf(code));
    }
    this.billedSims = billed;
    this.pools = ledger.lines((planId) => this.#subscribers.get(planId) ?? 0);
    const missing = BigInt(Math.max(0, sources.contract.minimumBillableDevices - billed));
    this.minimumCharge = toMicros(toPicos(sources.contract.minimumDeviceCharge), missing);
  }

  *lines(): Generator<SimLine> {
    const ranks = new Map<number, number>();
    for (const [device, sim] of this.#billable()) {
      const planId = this.#pricesOf(sim.planVersion).version.plan.id;
      const rank = ranks.get(planId) ?? 0;
      ranks.set(planId, rank + 1);
      yield this.#line(device, sim, rank);
    }
  }

  /** The whole invoice in micros: it adds up every line anew. */
  total(): bigint {
    let total = this.minimumCharge;
    for (const pool of this.pools) total += pool.total;
    for (const line of this.lines()) total += line.total;
    return total;
  }

  *#billable(): Generator<[number, BillableSim]> {
    for (let device = 0; device < this.#sources.devices.count; device++) {
      if (!this.#sources.ownAccount(device)) continue;
      const sim = shareOut(this.#sources, device, this.cycle);
      if (sim !== undefined) yield [device, sim];
    }
  }

  #countSubscriber(sim: BillableSim): void {
    const planId = this.#pricesOf(sim.planVersion).version.plan.id;
    this.#subscribers.set(planId, (this.#subscribers.get(planId) ?? 0) + 1);
  }

  #line(device: number, sim: BillableSim, rank: number): SimLine {
    const { version, feeMicros } = this.#pricesOf(sim.planVersion);
    let overage = 0n;
    let bytes = 0;
    for (const share of sim.shares) {
      const prices = this.#pricesOf(share.planVersion);
      const billed = this.#billedBytes(device, share, prices);
      bytes += billed.reduce((sum, part) => sum + part, 0);
      if (!isPooled(prices.version.terms))
        overage += this.#individualOverage(sim, share.days, prices, billed);
    }
    const base = this.#base(device, sim, rank);
    return {
      device,
      plan: version.plan.name,
      planVersion: version.number,
      billableDays: sim.billableDays,
      billedBytes: bytes,
      base,
      overage,
      fee: feeMicros,
      total: base + overage + feeMicros,
    };
  }

  #billedBytes(device: number, share: BillableSim["shares"][number], prices: PlanPrices): number[] {
    const zonesApart = this.#sources.contract.zoneRating === "PER_ZONE";
    return billedBytes(this.#sources.usage, device, this.cycle, share, prices, {
      zonesApart,
      knownMs: this.#knownMs,
    });
  }

  #individualOverage(
    sim: BillableSim,
    shareDays: number,
    prices: PlanPrices,
    billed: readonly number[],
  ): bigint {
    if (prices.includedBytes === undefined) return 0n;
    const subscribers = this.#subscribers.get(prices.version.plan.id) ?? 0;
    const cycleDays = BigInt(daysOf(this.cycle));
    const { contract } = this.#sources;
    let allowance = prices.includedBytes;
    if (contract.planChangeRating === "SPLIT_BY_DAY" && sim.used.size > 1) {
      allowance = (allowance * BigInt(shareDays)) / cycleDays;
    } else if (contract.newSimAllowance === "PRORATED_DAYS") {
      allowance = (allowance * BigInt(sim.billableDays)) / cycleDays;
    }
    return billed.reduce(
      (sum, bytes, zone) =>
        sum + overageMicros(prices, BigInt(bytes) - (zone === 0 ? allowance : 0n), subscribers),
      0n,
    );
  }

  #base(device: number, sim: BillableSim, rank: number): bigint {
    const subscription = (code: number): bigint => this.#subscription(device, code, rank);
    const used = [...sim.used.keys()];
    switch (this.#sources.contract.subscriptionCharge) {
      case "FULL":
        return toMicros(subscription(sim.planVersion));
      case "PRORATED":
        return sim.shares.reduce(
          (sum, share) =>
            sum + toMicros(subscription(share.planVersion), BigInt(share.days), BigInt(daysOf(this.cycle))),
          0n,
        );
      case "HIGHEST_PLAN_USED":
        return toMicros(used.map(subscription).reduce((high, price) => (price > high ? price : high), 0n));
      case "SUM_OF_PLANS":
        return used.reduce((sum, code) => sum + toMicros(subscription(code)), 0n);
    }
  }

  #subscription(device: number, code: number, rank: number): bigint {
    const prices = this.#pricesOf(code);
    const { kind, lengthOfTermMonths } = prices.version.terms;
    if (kind === "prepaid") {
      const elapsed = this.cycle.number - this.#sources.activationCycle(device);
      if (elapsed % lengthOfTermMonths !== 0) return 0n;
    }
    return subscriptionOf(prices, rank, this.#subscribers.get(prices.version.plan.id) ?? 0);
  }

  #pricesOf(code: number): PlanPrices {
    let prices = this.#prices.get(code);
    if (prices === undefined) {
      prices = readPrices(this.#sources.catalogue.version(code), this.#sources.contract);
      this.#prices.set(code, prices);
    }
    return prices;
  }
}
