import { PoolwiseError } from "../billing/errors.ts";
import type { CertificateSettings } from "./certificate.ts";
import type { CheckInputs } from "./check-inputs.ts";
import { GRAINS_PER_MICRO } from "./exact.ts";
import type { PlanTerms } from "./exact-rating.ts";
import { countedUsage, holds, ownCost, planTerms } from "./exact-rating.ts";
import type { ExactPlan, ExactTariff } from "./exact-tariff.ts";
import { exactTariff } from "./exact-tariff.ts";

/** What a SIM may take before any branching: its current plan first, then the others in the order of the plans file. */
export interface Options {
  count: number;
  readonly plan: number[];
  /** Grains: what the SIM costs by itself. */
  readonly own: bigint[];
  /** Bytes it takes from the plan's pool, less what it brings; 0 outside pools. */
  readonly weight: bigint[];
}

/** The fleet in exact numbers, by row of the devices file. */
export interface ExactFleet extends ExactTariff {
  readonly size: number;
  readonly iccid: (row: number) => string;
  readonly current: Uint16Array;
  readonly inBill: (row: number) => boolean;
  /** What a SIM of the bill may take. Good until the next call. */
  readonly options: (row: number) => Options;
  /** Bytes that count for a SIM of the bill on a plan. */
  readonly counted: (row: number, plan: number) => bigint;
  readonly terms: (row: number, plan: number) => PlanTerms;
  /** Micros: switching cost and minimum saving of a change. */
  readonly penalty: (row: number) => bigint;
}

/** Rows times plans up to which the options of every SIM are kept, so that many leaves are quick to evaluate. */
const KEPT_CELLS = 400_000;

/** Compiles inputs and settings. O(rows + classes · plans). @throws PoolwiseError `input-invalid`. */
export function exactFleet(inputs: CheckInputs, settings: CertificateSettings): ExactFleet {
  const { fleet } = inputs;
  const tariff = exactTariff(inputs.tariff, inputs.setAside);
  const { termsOfClass, classOf } = classesOf(inputs, tariff, settings);
  const inBill = billed(inputs, tariff, settings);
  const reach = reachOf(inputs, tariff);
  const terms = (row: number, plan: number): PlanTerms =>
    termsOfClass[classOf[row] as number]?.[plan] as PlanTerms;
  const usageOf = (row: number): bigint => BigInt(fleet.usageBytes[row] as number);

  function fill(row: number, options: Options): Options {
    options.count = 0;
    const usage = usageOf(row);
    const current = fleet.ratePlan[row] as number;
    add(options, row, current, usage);
    if (fleet.locked[row] === 1) return options;
    for (const plan of reach[fleet.communicationPlan.codes[row] as number] ?? []) {
      if (plan !== current) add(options, row, plan, usage);
    }
    return options;
  }

  function add(options: Options, row: number, index: number, usage: bigint): void {
    const plan = tariff.plans[index] as ExactPlan;
    const planTerms = terms(row, index);
    const counted = countedUsage(plan, usage);
    if (options.count > 0 && !holds(plan, planTerms, counted)) return;
    const at = options.count++;
    const isFixed = tariff.pools[plan.pool]?.fixed !== undefined;
    options.plan[at] = index;
    options.own[at] = ownCost(plan, planTerms, counted) * GRAINS_PER_MICRO;
    options.weight[at] = plan.pool < 0 ? 0n : isFixed ? counted : counted - planTerms.included;
  }

  const kept: Options[] | undefined = fleet.size * tariff.plans.length <= KEPT_CELLS ? [] : undefined;
  const shared = newOptions();
  const defaultPenalty = settings.switchCost + settings.minSaving;
  return {
    ...tariff,
    size: fleet.size,
    iccid: fleet.iccid,
    current: fleet.ratePlan,
    inBill: (row) => inBill[row] === 1,
    options:
      kept === undefined ? (row) => fill(row, shared) : (row) => (kept[row] ??= fill(row, newOptions())),
    counted: (row, plan) => countedUsage(tariff.plans[plan] as ExactPlan, usageOf(row)),
    terms,
    penalty(row) {
      const own = fleet.switchCost?.[row] ?? Number.NaN;
      return Number.isNaN(own) ? defaultPenalty : BigInt(own) + settings.minSaving;
    },
  };
}

const newOptions = (): Options => ({ count: 0, plan: [], own: [], weight: [] });

/** 1 for each row that is in the bill: billable, its usage known, its plan not set aside. */
function billed({ fleet }: CheckInputs, tariff: ExactTariff, settings: CertificateSettings): Uint8Array {
  const billable = fleet.status.values.map((status) =>
    settings.billableStatuses.has(status.trim().toUpperCase()),
  );
  const inBill = new Uint8Array(fleet.size);
  for (let row = 0; row < fleet.size; row++) {
    const plan = tariff.plans[fleet.ratePlan[row] as number];
    if (plan === undefined) {
      throw new PoolwiseError(
        "input-invalid",
        `SIM ${fleet.iccid(row)} is on a plan that the plans file does not have.`,
      );
    }
    const known = !Number.isNaN(fleet.usageBytes[row] as number);
    inBill[row] = billable[fleet.status.codes[row] as number] && known && !plan.setAside ? 1 : 0;
  }
  return inBill;
}

/** Per communication plan, the plans its SIMs may move to where a cap does not keep them out. */
function reachOf({ fleet, eligibility }: CheckInputs, tariff: ExactTariff): number[][] {
  const open = tariff.plans.flatMap((plan, index) => (plan.open ? [index] : []));
  return fleet.communicationPlan.values.map((name) => {
    if (eligibility === undefined) return open;
    const listed = name === "" ? undefined : eligibility.get(name);
    return listed === undefined ? [] : open.filter((plan) => listed.has(tariff.plans[plan]?.code ?? ""));
  });
}

/** SIMs with the same tax rate and active days are one class: `termsOfClass[class][plan]`. */
function classesOf(
  { fleet, tariff: source }: CheckInputs,
  tariff: ExactTariff,
  settings: CertificateSettings,
): { termsOfClass: PlanTerms[][]; classOf: Uint32Array } {
  const byDays = tariff.plans.some((plan) => plan.proration === "active_days");
  const cycleDays = BigInt(settings.period?.days ?? 1);
  const taxRates = fleet.location.values.map((location) => source.taxRates.get(location) ?? 0n);
  const firstWithRate = new Map<bigint, number>();
  const rateIndex = taxRates.map((rate, index) => {
    if (!firstWithRate.has(rate)) firstWithRate.set(rate, index);
    return firstWithRate.get(rate) ?? index;
  });
  const classByKey = new Map<number, number>();
  const termsOfClass: PlanTerms[][] = [];
  const classOf = new Uint32Array(fleet.size);
  for (let row = 0; row < fleet.size; row++) {
    const rate = rateIndex[fleet.location.codes[row] as number] as number;
    const days = byDays ? (fleet.activeDays[row] as number) : -1;
    const key = rate * 65_536 + days + 1;
    let found = classByKey.get(key);
    if (found === undefined) {
      const activeDays = days < 0 ? undefined : BigInt(days);
      const terms = tariff.plans.map((plan) => planTerms(plan, taxRates[rate] ?? 0n, activeDays, cycleDays));
      found = termsOfClass.push(terms) - 1;
      classByKey.set(key, found);
    }
    classOf[row] = found;
  }
  return { termsOfClass, classOf };
}
