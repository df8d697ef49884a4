import { formatMegabytesExact } from "../billing/decimal.ts";
import { exactMoney, pricePerMegabyte } from "./number-text.ts";
import type { PlanFigures, PoolFigures, ReasonCount, ReportFigures, StrategyFigures } from "./figures.ts";
import { runNotes } from "./notes.ts";
import type { CommunicationGroup, ReportedRun, ReportOrigin } from "./reported-run.ts";

/** The content of `summary.json`, as `docs` name its fields: money as decimal strings, ratios as numbers. */
export function summaryOf(
  run: ReportedRun,
  figures: ReportFigures,
  origin: ReportOrigin,
): Record<string, unknown> {
  return {
    devices: figures.devices,
    optimized_devices: figures.optimizedDevices,
    excluded: byReason(figures.excluded),
    quarantined: figures.quarantined,
    not_movable: byReason(figures.held),
    currency: figures.currency,
    period:
      run.period === undefined
        ? null
        : { start: run.period.start, end: run.period.end, days: run.period.days },
    baseline_cost: exactMoney(figures.baseline),
    optimized_cost: exactMoney(figures.optimized),
    lower_bound: figures.bound === undefined ? null : exactMoney(figures.bound),
    gap: ratio(figures.gap),
    certificate: run.certified?.status ?? null,
    lattice: run.certified === undefined ? null : exactMoney(run.certified.lattice),
    savings: exactMoney(figures.saving),
    savings_percent: Number((figures.savingShare * 100).toFixed(4)),
    changes: figures.changes,
    change_penalty: exactMoney(figures.penalty),
    winner: figures.winner,
    strategies: figures.strategies.map(strategySummary),
    plans: figures.plans.map(planSummary),
    pools: figures.pools.map(poolSummary),
    groups: run.groups.map((group) => groupSummary(run, group)),
    notes: [...runNotes(run, figures).map((note) => note.text), ...(origin.notes ?? [])],
    inputs: origin.inputs,
  };
}

const ratio = (gap: number | undefined): number | null =>
  gap !== undefined && Number.isFinite(gap) ? gap : null;

function byReason(counts: readonly ReasonCount[]): Record<string, number> {
  return Object.fromEntries(counts.map(({ reason, devices }) => [reason, devices]));
}

function strategySummary(strategy: StrategyFigures): Record<string, unknown> {
  return {
    name: strategy.name,
    cost: exactMoney(strategy.cost),
    gap: ratio(strategy.gap),
    changes: strategy.changes,
    seconds: Number(strategy.seconds.toFixed(6)),
    change_penalty: exactMoney(strategy.penalty),
    feasible: strategy.feasible,
  };
}

/** SIM counts before and after; costs of the recommended assignment, without what its pool costs. */
function planSummary({ plan, pool, before, after }: PlanFigures): Record<string, unknown> {
  return {
    plan,
    before: before.devices,
    after: after.devices,
    base_cost: exactMoney(after.base),
    overage_cost: exactMoney(after.overage),
    fee_cost: exactMoney(after.fee),
    tax_cost: exactMoney(after.tax),
    usage_mb: formatMegabytesExact(after.usageBytes),
    pool: pool === "" ? null : pool,
    baseline: {
      base_cost: exactMoney(before.base),
      overage_cost: exactMoney(before.overage),
      fee_cost: exactMoney(before.fee),
      tax_cost: exactMoney(before.tax),
    },
  };
}

function poolSummary({ pool, before, after, pricePerMegabyte: price }: PoolFigures): Record<string, unknown> {
  return {
    pool,
    allowance_mb: formatMegabytesExact(after.allowanceBytes),
    usage_mb: formatMegabytesExact(after.usageBytes),
    overage_cost: exactMoney(after.overage),
    price_per_mb: price === undefined ? null : pricePerMegabyte(price),
    devices: after.members,
    blocks: after.blocks,
    tax_cost: exactMoney(after.tax),
    fixed_charge: exactMoney(after.fixedCharge),
    baseline: {
      allowance_mb: formatMegabytesExact(before.allowanceBytes),
      usage_mb: formatMegabytesExact(before.usageBytes),
      overage_cost: exactMoney(before.overage),
      devices: before.members,
      tax_cost: exactMoney(before.tax),
    },
  };
}

function groupSummary({ tariff }: ReportedRun, group: CommunicationGroup): Record<string, unknown> {
  return {
    name: group.name,
    communication_plans: group.communicationPlans,
    plans: group.plans.map((plan) => tariff.plans[plan]?.code ?? ""),
    devices: group.devices,
    usage_mb: formatMegabytesExact(group.usageBytes),
    baseline_cost: exactMoney(group.before),
    optimized_cost: exactMoney(group.after),
    savings: exactMoney(group.before - group.after),
    changes: group.changes,
  };
}
