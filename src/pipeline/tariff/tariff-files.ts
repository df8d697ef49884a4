import { formatMegabytesExact, formatScaled } from "../../billing/decimal.ts";
import type { SqlExecutor } from "../../ports/database.ts";
import { csvLine } from "./csv-text.ts";

/** The files that price an account's SIMs, as text; undefined where the account has no such rows. */
export interface TariffTexts {
  readonly plans: string;
  readonly eligibility: string | undefined;
  readonly pools: string | undefined;
  readonly taxes: string | undefined;
  /** Of each line of `plans`, in order. */
  readonly planIds: readonly number[];
}

interface PlanRow {
  readonly id: number;
  readonly code: string;
  readonly type: string;
  readonly pool: string;
  readonly monthlyCost: string;
  readonly includedBytes: number;
  readonly overage: string;
  readonly overageRate: string | null;
  readonly blockBytes: number | null;
  readonly incrementBytes: number;
  readonly proration: string;
  readonly prorateIncluded: boolean;
  readonly regulatoryFee: string;
  readonly minDevices: number;
  readonly maxDevices: number | null;
  readonly available: boolean;
}

const PLAN_HEADER =
  "plan,type,pool,monthly_cost,included_mb,overage,overage_rate,overage_block_mb,usage_increment_kb,proration," +
  "prorate_included,regulatory_fee,min_devices,max_devices,available\n";

/** The current rate plans, pools, taxes and eligibility of an account in the format of the input files. */
export async function tariffTexts(executor: SqlExecutor, accountId: number): Promise<TariffTexts> {
  const plans = await executor.query<PlanRow>(
    `SELECT rate_plan_id AS id, code, type, pool, monthly_cost AS "monthlyCost", included_bytes AS "includedBytes", overage,
       overage_rate AS "overageRate", overage_block_bytes AS "blockBytes", usage_increment_bytes AS "incrementBytes",
       proration, prorate_included AS "prorateIncluded", regulatory_fee AS "regulatoryFee", min_devices AS "minDevices",
       max_devices AS "maxDevices", available
     FROM rate_plans WHERE carrier_account_id = $1 AND superseded_at IS NULL ORDER BY rate_plan_id`,
    [accountId],
  );
  const pairs = await executor.query<{ name: string; code: string }>(
    `SELECT name, rate_plan_code AS code FROM communication_plans JOIN communication_plan_rate_plans USING (communication_plan_id)
     WHERE carrier_account_id = $1 ORDER BY name COLLATE "C", rate_plan_code COLLATE "C"`,
    [accountId],
  );
  const pools = await executor.query<{ name: string; bytes: number; cost: string }>(
    `SELECT name, included_bytes AS bytes, monthly_cost AS cost FROM rate_pools
     WHERE carrier_account_id = $1 AND superseded_at IS NULL ORDER BY name COLLATE "C"`,
    [accountId],
  );
  const taxes = await executor.query<{ location: string; rate: string }>(
    `SELECT location, rate FROM tax_rates WHERE carrier_account_id = $1 AND superseded_at IS NULL ORDER BY location COLLATE "C"`,
    [accountId],
  );
  return {
    plans: PLAN_HEADER + plans.rows.map(planLine).join(""),
    eligibility: fileOf(
      "communication_plan,plan\n",
      pairs.rows.map(({ name, code }) => [name, code]),
    ),
    pools: fileOf(
      "pool,included_mb,monthly_cost\n",
      pools.rows.map(({ name, bytes, cost }) => [name, formatMegabytesExact(bytes), plain(cost)]),
    ),
    taxes: fileOf(
      "location,rate\n",
      taxes.rows.map(({ location, rate }) => [location, plain(rate)]),
    ),
    planIds: plans.rows.map(({ id }) => id),
  };
}

const fileOf = (header: string, lines: readonly (readonly string[])[]): string | undefined =>
  lines.length === 0 ? undefined : header + lines.map(csvLine).join("");

function planLine(plan: PlanRow): string {
  const charges = plan.overage === "charge" && plan.type !== "unlimited";
  return csvLine([
    plan.code,
    plan.type,
    plan.type === "pooled" ? plan.pool : "",
    plain(plan.monthlyCost),
    plan.type === "unlimited" ? "unlimited" : formatMegabytesExact(plan.includedBytes),
    plan.type === "unlimited" ? "" : plan.overage,
    charges && plan.overageRate !== null ? plain(plan.overageRate) : "",
    charges && plan.blockBytes !== null ? formatMegabytesExact(plan.blockBytes) : "",
    kilobytes(plan.incrementBytes),
    plan.proration,
    plan.prorateIncluded ? "yes" : "no",
    plain(plan.regulatoryFee),
    String(plan.minDevices),
    plan.maxDevices === null ? "" : String(plan.maxDevices),
    plan.available ? "yes" : "no",
  ]);
}

/** A numeric of the database without its trailing zeros. */
const plain = (numeric: string): string => (numeric.includes(".") ? numeric.replace(/\.?0+$/, "") : numeric);

/** Bytes as decimal KB, exactly: a byte is 2^-10 KB. */
const kilobytes = (size: number): string => formatScaled((BigInt(size) * 10n ** 10n) / 1_024n, 10);
