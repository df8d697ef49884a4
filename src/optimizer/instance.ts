import type { Problem } from "../billing/problem.ts";
import { mayTake, penaltyOf } from "../billing/problem.ts";
import { ownCost, poolBlocksCost, usageOn } from "../billing/rate-table.ts";

/**
 * A coupling row of the problem: what keeps the SIMs from being decided one by one. Each has a price ≥ 0 in the
 * Lagrangian: micros per byte for a pool, micros per SIM for a limit.
 */
export type Row =
  | { readonly kind: "pool"; readonly pool: number }
  | { readonly kind: "max"; readonly plan: number }
  | { readonly kind: "min"; readonly plan: number }
  | { readonly kind: "changes"; readonly limit: number };

/** A pool as the optimiser sees it: bytes and micros; `rate` and tax combined. */
export interface PoolTerms {
  readonly blockBytes: number;
  /** Micros per block with tax, unrounded. */
  readonly blockPrice: number;
  /** Allowance of a fixed pool, 0 for a flexible one. */
  readonly fixedBytes: number;
  readonly fixed: boolean;
  /** Micros by which rounding charge lines may lower the pool's cost below blocks · price. */
  readonly roundingLoss: number;
  /** Whether overage can cost anything at all. */
  readonly charges: boolean;
}

/** A problem compiled for solving: the coupling rows and the pools' figures. */
export interface Instance {
  readonly problem: Problem;
  readonly rows: readonly Row[];
  readonly pools: readonly PoolTerms[];
  /** Whether every plan has rows for the number of its SIMs. */
  readonly countsDevices: boolean;
  /** Micros of fixed charges, paid whatever the assignment. */
  readonly fixedCharges: number;
}

/** Cost of a SIM on a plan in the choice: its own cost, and the penalty where it would move. Micros, exact. */
export function choiceCost(problem: Problem, sim: number, plan: number): number {
  const own = ownCost(problem.table, problem.ratingClass[sim] as number, plan, problem.usage[sim] as number);
  return problem.current[sim] === plan ? own : own + penaltyOf(problem, sim);
}

/** What a SIM adds to its pool's use: usage less the allowance it brings; usage alone in a fixed pool; 0 outside. Bytes. */
export function poolWeight(problem: Problem, sim: number, plan: number): number {
  const { table } = problem;
  const pool = table.poolOf[plan] as number;
  if (pool < 0) return 0;
  const used = usageOn(table, plan, problem.usage[sim] as number);
  if (table.pools[pool]?.fixed !== undefined) return used;
  return used - (table.included[(problem.ratingClass[sim] as number) * table.plans + plan] as number);
}

/** Plan indices a SIM may take, its current one first. */
export function optionsOf(problem: Problem, sim: number): number[] {
  const current = problem.current[sim] as number;
  const set = problem.choiceSets[problem.choices[sim] as number] as Uint16Array;
  const options = [current];
  for (const plan of set) if (plan !== current && mayTake(problem, sim, plan)) options.push(plan);
  return options;
}

/**
 * Compiles a problem. O(plans + pools).
 * @param countsDevices whether every plan gets rows for the number of its SIMs, so that branches may limit them.
 */
export function compileInstance(problem: Problem, countsDevices = false): Instance {
  const { table } = problem;
  const pools = table.pools.map((pool): PoolTerms => {
    const taxed = 1 + Number(pool.taxRate) / 1e12;
    const wholeRate = pool.rate % 1_000_000n === 0n;
    const taxRate = taxed - 1;
    return {
      blockBytes: pool.blockBytes,
      blockPrice: (Number(pool.rate) / 1e6) * taxed,
      fixedBytes: pool.fixed?.includedBytes ?? 0,
      fixed: pool.fixed !== undefined,
      roundingLoss: chargesWholeMicros(pool)
        ? 0
        : (wholeRate ? 0 : 0.5 * (1 + taxRate)) + (pool.taxRate === 0n ? 0 : 0.5),
      charges: pool.rate > 0n,
    };
  });
  const rows: Row[] = [];
  pools.forEach((pool, index) => {
    if (pool.charges) rows.push({ kind: "pool", pool: index });
  });
  for (let plan = 0; plan < table.plans; plan++) {
    if (countsDevices || (problem.maxDevices[plan] as number) < problem.size)
      rows.push({ kind: "max", plan });
  }
  for (let plan = 0; plan < table.plans; plan++) {
    if (countsDevices || (problem.minDevices[plan] as number) > 0) rows.push({ kind: "min", plan });
  }
  if (problem.maxChanges < problem.size) rows.push({ kind: "changes", limit: problem.maxChanges });
  const fixedCharges = table.pools.reduce((sum, pool) => sum + (pool.fixed?.chargeMicros ?? 0), 0);
  return { problem, rows, pools, fixedCharges, countsDevices };
}

/** Whether any number of blocks, and the tax on them, come to whole micros before rounding. */
function chargesWholeMicros({ rate, taxRate }: Problem["table"]["pools"][number]): boolean {
  return rate % 1_000_000n === 0n && ((rate / 1_000_000n) * taxRate) % 1_000_000_000_000n === 0n;
}

/**
 * What rounding does to a sum of unrounded block charges: less the loss of each pool whose number of blocks is open,
 * the exact charge in place of the unrounded one where it is not. Micros.
 */
export function roundingOf(
  { pools, problem }: Instance,
  ranges: { readonly lo: Float64Array; readonly hi: Float64Array },
): number {
  let sum = 0;
  pools.forEach((terms, q) => {
    const lo = ranges.lo[q] as number;
    const pool = problem.table.pools[q];
    if (terms.roundingLoss === 0 || pool === undefined) return;
    if (lo < (ranges.hi[q] as number)) sum -= terms.roundingLoss;
    else {
      const { overage, tax } = poolBlocksCost(pool, lo);
      sum += overage + tax - lo * terms.blockPrice;
    }
  });
  return sum;
}
