import { z } from "zod";
import type { StrategyName } from "../../optimizer/solution.ts";
import { STRATEGY_NAMES } from "../../optimizer/solution.ts";
import type { Optimization } from "./optimization.ts";

const strategyName = z.custom<StrategyName>((name) => STRATEGY_NAMES.some((known) => known === name));

/** What stays of an optimisation beside its assignments: enough to write the reports from. Money in micros. */
export const unitResult = z.object({
  winner: strategyName,
  penalty: z.number(),
  changes: z.number(),
  currentFeasible: z.boolean(),
  before: z.number(),
  after: z.number(),
  strategies: z.array(
    z.object({
      name: strategyName,
      bill: z.number(),
      penalty: z.number(),
      changes: z.number(),
      feasible: z.boolean(),
      seconds: z.number(),
    }),
  ),
  certified: z
    .object({ bound: z.number(), lattice: z.number(), status: z.enum(["optimal", "gap", "deadline"]) })
    .optional(),
  poolPrices: z.array(z.number()),
  inputs: z.record(z.string(), z.string()),
});

export type UnitResult = z.infer<typeof unitResult>;

export function unitResultOf(run: Optimization, inputs: Readonly<Record<string, string>>): UnitResult {
  const { winner, penalty, changes, currentFeasible, certified } = run;
  return {
    winner,
    penalty,
    changes,
    currentFeasible,
    before: run.before.total,
    after: run.after.total,
    strategies: run.strategies.map((strategy) => ({ ...strategy })),
    ...(certified && {
      certified: { bound: certified.bound, lattice: certified.lattice, status: certified.status },
    }),
    poolPrices: [...run.poolPrices],
    inputs: { ...inputs },
  };
}
