import { holdsUsage, ownCost, usageOn } from "../../billing/rate-table.ts";
import { BYTES_PER_MB } from "../../billing/units.ts";
import type { ReportedRun } from "../reported-run.ts";

/** What reasons are drawn from. */
export interface Ground {
  readonly run: ReportedRun;
  /** Rating class per row of the fleet. */
  readonly ratingClass: Uint32Array;
  /** Plan indices by code of the communication plan column. */
  readonly choices: readonly (readonly number[])[];
  readonly planNames: readonly string[];
}

/** Micros a SIM costs in the bill before and after, its share of pools included. */
export function costBefore({ before }: ReportedRun, row: number): number {
  return (before.ownCost[row] as number) + (before.poolShare[row] as number);
}

export function costAfter({ after }: ReportedRun, row: number): number {
  return (after.ownCost[row] as number) + (after.poolShare[row] as number);
}

/** Bytes a SIM uses beyond the allowance it has or brings on a plan; below zero where some is spare. */
export function overuse({ run, ratingClass }: Ground, row: number, plan: number): number {
  const { table, fleet } = run;
  const included = table.included[(ratingClass[row] as number) * table.plans + plan] as number;
  return usageOn(table, plan, fleet.usageBytes[row] as number) - included;
}

/** Micros a SIM's place on a plan is worth to the whole bill: its own cost, and what it takes from its pool. */
export function pricedCost(ground: Ground, row: number, plan: number): number {
  const { table, fleet, poolPrices } = ground.run;
  const usage = fleet.usageBytes[row] as number;
  const cost = ownCost(table, ground.ratingClass[row] as number, plan, usage);
  const pool = table.poolOf[plan] as number;
  if (pool < 0 || poolPrices.length === 0) return cost;
  const taken =
    table.pools[pool]?.fixed === undefined ? overuse(ground, row, plan) : usageOn(table, plan, usage);
  return cost + ((poolPrices[pool] as number) * taken) / BYTES_PER_MB;
}

/** Whether the plan's allowance holds the SIM's usage, where service stops at it. */
export function mayCarry({ run, ratingClass }: Ground, row: number, plan: number): boolean {
  return holdsUsage(run.table, ratingClass[row] as number, plan, run.fleet.usageBytes[row] as number);
}
