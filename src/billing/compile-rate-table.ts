import { divideRounded } from "./decimal.ts";
import { PoolwiseError } from "./errors.ts";
import type { FixedPool, RatePlan, Tariff } from "./rate-plan.ts";
import type { RateTable, RatingClass, TablePool } from "./rate-table.ts";
import { PlanKind, amountPastBounds, exactAmount, taxMicros } from "./rate-table.ts";
import { MAX_PLANS, MAX_TOTAL_BYTES, MAX_TOTAL_MICROS, PICOS_PER_MICRO } from "./units.ts";

/**
 * Compiles a tariff for the rating classes of a fleet. O(classes · plans).
 * @param setAside plan indices that are invalid: they do not give their pool its price.
 * @throws PoolwiseError `option-invalid` where proration needs a period that was not given; `input-invalid` where a
 * SIM is active for more days than the cycle has; `bounds-exceeded`.
 */
export function compileRateTable(
  tariff: Tariff,
  classes: readonly RatingClass[],
  setAside: ReadonlySet<number> = new Set(),
): RateTable {
  const plans = tariff.plans.length;
  if (plans > MAX_PLANS) throw tooManyPlans(plans);
  const cells = plans * classes.length;
  const table: RateTable = {
    plans,
    codes: tariff.plans.map((plan) => plan.code),
    classes,
    ...compilePools(tariff, setAside),
    kind: Uint8Array.from(tariff.plans, kindOf),
    base: new Float64Array(cells),
    flatCost: new Float64Array(cells),
    included: new Float64Array(cells),
    fee: Float64Array.from(tariff.plans, (plan) =>
      priceMicros(plan.regulatoryFee, `The regulatory fee of plan ${plan.code}`),
    ),
    increment: Float64Array.from(tariff.plans, (plan) => plan.usageIncrementBytes),
    block: Float64Array.from(tariff.plans, (plan) => plan.overageBlockBytes),
    rateMicros: Float64Array.from(tariff.plans, (plan) => Number(plan.overageRate / PICOS_PER_MICRO)),
    rateRest: Float64Array.from(tariff.plans, (plan) => Number(plan.overageRate % PICOS_PER_MICRO)),
  };
  for (let plan = 0; plan < plans; plan++) fillCells(table, tariff, plan);
  return table;
}

function kindOf(plan: RatePlan): number {
  if (plan.type !== "unlimited" && plan.overage === "none") return PlanKind.capped;
  return plan.type === "individual" ? PlanKind.individual : PlanKind.flat;
}

/** Base, allowance and flat cost of a plan for every class. */
function fillCells(table: RateTable, tariff: Tariff, p: number): void {
  const plan = tariff.plans[p] as RatePlan;
  const fee = table.fee[p] as number;
  const known = new Map<number, { base: number; included: number }>();
  table.classes.forEach((ratingClass, c) => {
    const days = plan.proration === "active_days" ? ratingClass.activeDays : -1;
    const terms = known.get(days) ?? prorated(plan, tariff.cycleDays, days);
    known.set(days, terms);
    const cell = c * table.plans + p;
    const cost = terms.base + fee + taxMicros(ratingClass.taxRate, terms.base);
    if (cost > MAX_TOTAL_MICROS) throw amountPastBounds(`The monthly cost of plan ${plan.code} with its tax`);
    table.base[cell] = terms.base;
    table.included[cell] = terms.included;
    table.flatCost[cell] = cost;
  });
}

/** round(monthly cost · a / b) in micros; floor(included · a / b) in bytes where the allowance is prorated. */
function prorated(
  plan: RatePlan,
  cycleDays: number | undefined,
  activeDays: number,
): { base: number; included: number } {
  const [a, b] = prorationFactor(plan, cycleDays, activeDays);
  const base = divideRounded(plan.monthlyCost * a, b * PICOS_PER_MICRO);
  const included = plan.prorateIncluded ? (BigInt(plan.includedBytes) * a) / b : BigInt(plan.includedBytes);
  if (included > BigInt(MAX_TOTAL_BYTES)) throw allowancePastBounds(plan.code, included);
  return { base: exactAmount(base, `The monthly cost of plan ${plan.code}`), included: Number(included) };
}

/** The proration factor a / b: 1 for `full`, active days / cycle days, or cycle days / 30. */
function prorationFactor(
  plan: RatePlan,
  cycleDays: number | undefined,
  activeDays: number,
): readonly [bigint, bigint] {
  if (plan.proration === "full") return [1n, 1n];
  if (cycleDays === undefined) throw periodMissing(plan);
  if (plan.proration === "days30") return [BigInt(cycleDays), 30n];
  if (activeDays > cycleDays) throw tooManyActiveDays(activeDays, cycleDays);
  return [BigInt(activeDays < 0 ? cycleDays : activeDays), BigInt(cycleDays)];
}

/** Pools in the order in which the plans name them. */
function compilePools(
  tariff: Tariff,
  setAside: ReadonlySet<number>,
): { pools: TablePool[]; poolOf: Int32Array } {
  const poolOf = new Int32Array(tariff.plans.length).fill(-1);
  const byName = new Map<string, number[]>();
  tariff.plans.forEach((plan, p) => {
    if (plan.type !== "pooled") return;
    const members = byName.get(plan.pool);
    if (members === undefined) byName.set(plan.pool, [p]);
    else members.push(p);
  });
  const fixedByName = new Map(tariff.fixedPools.map((pool) => [pool.name, pool]));
  const pools = [...byName].map(([name, members], index) => {
    for (const p of members) poolOf[p] = index;
    const priced = members.filter((p) => !setAside.has(p)).flatMap((p) => tariff.plans[p] ?? []);
    return compilePool(name, members, priced, fixedByName.get(name), tariff.accountTaxRate);
  });
  return { pools, poolOf };
}

/** A pool takes its price from any of its valid plans that charges: they agree. */
function compilePool(
  name: string,
  plans: readonly number[],
  priced: readonly RatePlan[],
  fixed: FixedPool | undefined,
  taxRate: bigint,
): TablePool {
  const charging = priced.find((plan) => plan.overage === "charge");
  const rate = charging?.overageRate ?? 0n;
  return {
    name,
    plans,
    blockBytes: charging?.overageBlockBytes ?? 1,
    rate,
    rateMicros: Number(rate / PICOS_PER_MICRO),
    rateRest: Number(rate % PICOS_PER_MICRO),
    taxRate,
    fixed: fixed && {
      includedBytes: fixed.includedBytes,
      chargeMicros: priceMicros(fixed.monthlyCost, `The monthly cost of pool ${name}`),
    },
  };
}

/** Micros of an exact price in 10^-12, half away from zero. */
function priceMicros(price: bigint, field: string): number {
  return exactAmount(divideRounded(price, PICOS_PER_MICRO), field);
}

function periodMissing(plan: RatePlan): PoolwiseError {
  return new PoolwiseError(
    "option-invalid",
    `Plan ${plan.code} is prorated (${plan.proration}), which needs the days of the billing cycle. Give --period-start and --period-end.`,
    { data: { plan: plan.code, proration: plan.proration } },
  );
}

function tooManyActiveDays(activeDays: number, cycleDays: number): PoolwiseError {
  return new PoolwiseError(
    "input-invalid",
    `A SIM has active_days ${activeDays} in a billing cycle of ${cycleDays} days. Correct active_days, or the period.`,
    { data: { field: "active_days", got: activeDays, limit: cycleDays, unit: "days" } },
  );
}

function tooManyPlans(plans: number): PoolwiseError {
  return new PoolwiseError(
    "bounds-exceeded",
    `The tariff has ${plans} plans; at most ${MAX_PLANS} are allowed. Leave out plans that no SIM may take.`,
    { data: { field: "plans", got: plans, limit: MAX_PLANS } },
  );
}

function allowancePastBounds(code: string, included: bigint): PoolwiseError {
  return new PoolwiseError(
    "bounds-exceeded",
    `The allowance of plan ${code} comes to ${included} bytes for the cycle; it stays below 2^53 bytes (8 PiB). Lower included_mb or correct the period.`,
    { data: { field: "included_mb", got: included.toString(), limit: MAX_TOTAL_BYTES, unit: "bytes" } },
  );
}
