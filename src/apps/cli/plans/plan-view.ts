import { formatMegabytesExact, formatPicos } from "../../../billing/decimal.ts";
import type { RatePlan } from "../../../billing/rate-plan.ts";
import { BYTES_PER_KB } from "../../../billing/units.ts";
import type { PlanRow } from "../../../carriers/files/read-plans.ts";
import type { Column } from "../terminal/table.ts";

/** A plan as `plans list --json` prints it, under the names of the plans file. */
export function planView({ plan, invalid }: PlanRow): Record<string, unknown> {
  const charges = plan.overage === "charge" && invalid === undefined;
  return {
    plan: plan.code,
    type: plan.type,
    pool: plan.pool === "" ? null : plan.pool,
    monthly_cost: formatPicos(plan.monthlyCost),
    included_mb: allowance(plan),
    overage: plan.overage,
    overage_rate: charges ? formatPicos(plan.overageRate) : null,
    overage_block_mb: charges ? formatMegabytesExact(plan.overageBlockBytes) : null,
    usage_increment_kb: plan.usageIncrementBytes / BYTES_PER_KB,
    proration: plan.proration,
    prorate_included: plan.prorateIncluded,
    regulatory_fee: formatPicos(plan.regulatoryFee),
    min_devices: plan.minDevices,
    max_devices: Number.isFinite(plan.maxDevices) ? plan.maxDevices : null,
    available: plan.available,
    invalid: invalid ?? null,
  };
}

export function planColumns(currency: string): Column[] {
  const right = { align: "right" } as const;
  return [
    { title: "plan" },
    { title: "type" },
    { title: "pool" },
    { title: `${currency} a month`, ...right },
    { title: "included MB", ...right },
    { title: "overage", ...right },
    { title: "" },
  ];
}

export function planRow(row: PlanRow): string[] {
  const { plan, invalid } = row;
  const charges = plan.overage === "charge" && invalid === undefined;
  const overage = charges
    ? `${formatPicos(plan.overageRate)} per ${formatMegabytesExact(plan.overageBlockBytes)} MB`
    : plan.overage;
  const remark = invalid === undefined ? (plan.available ? "" : "not available") : `invalid: ${invalid}`;
  return [plan.code, plan.type, plan.pool, formatPicos(plan.monthlyCost), allowance(plan), overage, remark];
}

function allowance(plan: RatePlan): string {
  return plan.type === "unlimited" ? "unlimited" : formatMegabytesExact(plan.includedBytes);
}
