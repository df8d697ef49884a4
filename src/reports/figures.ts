import type { PlanBill, PoolBill } from "../billing/bill.ts";
import { isExcluded, PARTICIPATION_NAMES, Participation } from "../billing/participation.ts";
import { gapOf, type StrategyName } from "../optimizer/solution.ts";
import type { Moves } from "./moves.ts";
import { gatherMoves } from "./moves.ts";
import type { InputRows, ReportedRun } from "./reported-run.ts";

export interface ReasonCount {
  readonly reason: string;
  readonly devices: number;
}

/** One plan of the tariff. Money in micros, without pools' costs. */
export interface PlanFigures {
  readonly plan: string;
  /** "" outside pools. */
  readonly pool: string;
  readonly before: PlanBill;
  readonly after: PlanBill;
}

/** One pool of the tariff. Money in micros. */
export interface PoolFigures {
  readonly pool: string;
  readonly before: PoolBill;
  readonly after: PoolBill;
  /** Micros that one more MB is worth; undefined without a certificate. */
  readonly pricePerMegabyte: number | undefined;
}

/** One strategy. Money in micros. */
export interface StrategyFigures {
  readonly name: StrategyName;
  readonly cost: number;
  readonly penalty: number;
  readonly changes: number;
  readonly feasible: boolean;
  readonly seconds: number;
  /** undefined without a bound, or where a limit is broken. */
  readonly gap: number | undefined;
}

/** The figures all reports share. Money in micros. */
export interface ReportFigures {
  readonly currency: string;
  /** Rows of the input: in the bill, left out, and quarantined. */
  readonly devices: number;
  readonly optimizedDevices: number;
  readonly excluded: readonly ReasonCount[];
  /** In the bill, but not to be moved. */
  readonly held: readonly ReasonCount[];
  readonly quarantined: number;
  readonly baseline: number;
  readonly optimized: number;
  readonly saving: number;
  /** Of today's cost; 0 where that is 0. */
  readonly savingShare: number;
  readonly penalty: number;
  /** Whether changes must earn something back, so that the bound is on cost and penalty together. */
  readonly countsChanges: boolean;
  readonly bound: number | undefined;
  readonly gap: number | undefined;
  readonly changes: number;
  readonly winner: StrategyName;
  readonly plans: readonly PlanFigures[];
  readonly pools: readonly PoolFigures[];
  readonly strategies: readonly StrategyFigures[];
  readonly moves: Moves;
}

const NO_SIMS: PlanBill = { devices: 0, usageBytes: 0, base: 0, overage: 0, fee: 0, tax: 0 };

/** Gathers what the reports say about a run. O(SIMs). */
export function gatherFigures(run: ReportedRun, rows: InputRows): ReportFigures {
  const { before, after, certified, tariff, table } = run;
  const saving = before.total - after.total;
  const counts = countParticipation(run.participation);
  const gap = (bill: number, penalty: number): number | undefined =>
    certified === undefined ? undefined : gapOf(bill, penalty, certified.bound);
  return {
    currency: tariff.currency,
    devices: run.fleet.size + rows.quarantined.length,
    ...counts,
    quarantined: rows.quarantined.length,
    baseline: before.total,
    optimized: after.total,
    saving,
    savingShare: before.total === 0 ? 0 : saving / before.total,
    penalty: run.penalty,
    countsChanges: run.terms.switchCost + run.terms.minSaving > 0 || run.fleet.switchCost !== undefined,
    bound: certified?.bound,
    gap: gap(after.total, run.penalty),
    changes: run.changes,
    winner: run.winner,
    plans: tariff.plans.map((plan, p) => ({
      plan: plan.code,
      pool: table.pools[table.poolOf[p] as number]?.name ?? "",
      before: before.plans[p] ?? NO_SIMS,
      after: after.plans[p] ?? NO_SIMS,
    })),
    pools: after.pools.map((pool, q) => ({
      pool: pool.name,
      before: before.pools[q] ?? pool,
      after: pool,
      pricePerMegabyte: run.poolPrices[q],
    })),
    strategies: run.strategies.map(({ bill, ...strategy }) => ({
      ...strategy,
      cost: bill,
      gap: strategy.feasible ? gap(bill, strategy.penalty) : undefined,
    })),
    moves: gatherMoves(run),
  };
}

function countParticipation(
  participation: Uint8Array,
): Pick<ReportFigures, "optimizedDevices" | "excluded" | "held"> {
  const byCode = new Uint32Array(256);
  for (const code of participation) byCode[code] = (byCode[code] as number) + 1;
  const excluded: ReasonCount[] = [];
  const held: ReasonCount[] = [];
  let optimizedDevices = 0;
  byCode.forEach((devices, code) => {
    if (devices === 0) return;
    if (!isExcluded(code)) optimizedDevices += devices;
    if (code === Participation.movable) return;
    (isExcluded(code) ? excluded : held).push({
      reason: PARTICIPATION_NAMES[code] ?? `code ${code}`,
      devices,
    });
  });
  return { optimizedDevices, excluded, held };
}
