import { PoolwiseError } from "../../billing/errors.ts";
import type { RatePlan, Tariff } from "../../billing/rate-plan.ts";
import { picos } from "../../billing/units.ts";
import { checkFixedPools, checkPools } from "./check-pools.ts";
import { faultsError, type FaultList } from "./collect-faults.ts";
import type { InputFile, InputSource } from "./input-source.ts";
import { readPlans, type PlanRow } from "./read-plans.ts";
import { readPools } from "./read-pools.ts";
import { readTaxes } from "./read-taxes.ts";

export interface TariffSources {
  readonly plans: InputSource;
  readonly pools?: InputSource | undefined;
  readonly taxes?: InputSource | undefined;
}

export interface TariffOptions {
  /** ISO 4217. */
  readonly currency: string;
  /** Days of the billing cycle, where a period is known. */
  readonly cycleDays?: number | undefined;
  /** true: invalid plans are set aside; false: they are refused. */
  readonly quarantine?: boolean;
}

/** A plan that cannot be priced. It stays in the tariff, not available; its SIMs are left out of the bill. */
export interface SetAsidePlan {
  /** Index into the tariff's plans. */
  readonly plan: number;
  readonly code: string;
  readonly line: number;
  readonly reason: string;
}

export interface TariffFiles {
  readonly tariff: Tariff;
  readonly setAside: readonly SetAsidePlan[];
  readonly files: {
    readonly plans: InputFile;
    readonly pools: InputFile | undefined;
    readonly taxes: InputFile | undefined;
  };
}

/**
 * Reads the files that price a SIM.
 * @throws PoolwiseError `plan-invalid`, `file-unreadable`, `input-invalid` or `option-invalid`.
 */
export async function readTariff(sources: TariffSources, options: TariffOptions): Promise<TariffFiles> {
  refuseCurrency(options.currency);
  const plans = await readPlans(sources.plans);
  const pools = sources.pools === undefined ? undefined : await readPools(sources.pools);
  const taxes = sources.taxes === undefined ? undefined : await readTaxes(sources.taxes);
  if (plans.faults.count === 0) {
    checkPools(plans.rows, plans.faults);
    if (pools !== undefined) checkFixedPools(pools.rows, plans.rows, pools.faults, plans.faults);
  }
  const lists = [plans.faults, pools?.faults, taxes?.faults].filter(
    (list): list is FaultList => list !== undefined,
  );
  if (lists.some((list) => list.count > 0)) throw faultsError("input-invalid", lists);
  const setAside = invalidPlans(plans.rows);
  if (setAside.length > 0 && options.quarantine !== true) throw invalidPlansError(setAside, plans.file.name);
  const usedPools = new Set(
    plans.rows.filter(({ invalid }) => invalid === undefined).map(({ plan }) => plan.pool),
  );
  return {
    tariff: {
      currency: options.currency,
      plans: plans.rows.map((row) => (row.invalid === undefined ? row.plan : withoutPricing(row.plan))),
      fixedPools: (pools?.rows ?? []).map(({ pool }) => pool).filter((pool) => usedPools.has(pool.name)),
      taxRates: taxes?.taxes.byLocation ?? new Map(),
      accountTaxRate: taxes?.taxes.account ?? picos(0n),
      cycleDays: options.cycleDays,
    },
    setAside,
    files: { plans: plans.file, pools: pools?.file, taxes: taxes?.file },
  };
}

function refuseCurrency(currency: string): void {
  if (/^[A-Z]{3}$/.test(currency)) return;
  throw new PoolwiseError(
    "option-invalid",
    `The currency ${JSON.stringify(currency)} is not an ISO 4217 code. Write three capital letters, such as USD.`,
    {
      data: { option: "currency", got: currency },
    },
  );
}

function invalidPlans(rows: readonly PlanRow[]): SetAsidePlan[] {
  return rows.flatMap(({ plan, line, invalid }, index) =>
    invalid === undefined ? [] : [{ plan: index, code: plan.code, line, reason: invalid }],
  );
}

function invalidPlansError(invalid: readonly SetAsidePlan[], file: string): PoolwiseError {
  const faults = invalid.map(({ code, line, reason }) => ({
    file,
    line,
    column: "plan",
    message: `plan ${code} charges overage, but ${reason}.`,
  }));
  return new PoolwiseError(
    "plan-invalid",
    `${invalid.length === 1 ? "A rate plan is" : `${invalid.length} rate plans are`} invalid: ${invalid
      .slice(0, 20)
      .map(({ code }) => code)
      .join(", ")}. ` +
      "Give both overage_rate and overage_block_mb above zero, write overage none for a plan that stops at its allowance, or use --quarantine to go on without such plans.",
    {
      faults: faults.slice(0, 20),
      faultCount: faults.length,
      data: { plans: invalid.map(({ code }) => code) },
    },
  );
}

/** Nothing may be priced with an invalid plan, and it may not stand in a pool whose members are priced. */
function withoutPricing(plan: RatePlan): RatePlan {
  return {
    ...plan,
    type: plan.type === "pooled" ? "individual" : plan.type,
    pool: "",
    overage: "none",
    available: false,
    minDevices: 0,
    maxDevices: Infinity,
  };
}
