import highsModule from "highs";
import { highsModel } from "../../bench/highs-model.ts";
import type { Problem } from "../../src/billing/problem.ts";
import { optionsOf } from "../../src/optimizer/instance.ts";
import { measure } from "../../src/optimizer/measure.ts";

/** The package is CommonJS: its default import is the loader itself, which its types do not say. */
const loadHighs = highsModule as unknown as typeof highsModule.default;

export interface MipResult {
  /** Whether HiGHS proved it, to its tolerances. */
  readonly optimal: boolean;
  readonly infeasible: boolean;
  /** Micros of its assignment by the product's rating; Infinity where it has none that keeps the limits. */
  readonly objective: number;
}

/** Gives HiGHS a problem as a mixed-integer programme, with no gap allowed. */
export async function solveMip(problem: Problem, limitSeconds: number): Promise<MipResult> {
  const highs = await loadHighs();
  const solution = highs.solve(highsModel(problem), {
    time_limit: limitSeconds,
    mip_rel_gap: 0,
    mip_abs_gap: 0,
    mip_feasibility_tolerance: 1e-9,
    primal_feasibility_tolerance: 1e-9,
    output_flag: false,
  });
  const optimal = solution.Status === "Optimal";
  const infeasible = solution.Status === "Infeasible";
  const objective = infeasible ? Number.POSITIVE_INFINITY : priceOf(problem, solution.Columns);
  return { optimal, infeasible, objective };
}

function priceOf(problem: Problem, columns: Readonly<Record<string, object>>): number {
  const plans = Uint16Array.from(problem.current);
  for (let sim = 0; sim < problem.size; sim++) {
    let most = 0;
    for (const plan of optionsOf(problem, sim)) {
      const column = columns[`x${sim}_${plan}`];
      const part = column !== undefined && "Primal" in column ? Number(column.Primal) : 0;
      if (part <= most) continue;
      most = part;
      plans[sim] = plan;
    }
    if (most < 0.5) return Number.POSITIVE_INFINITY;
  }
  const { bill, penalty, feasible } = measure(problem, plans);
  return feasible ? bill + penalty : Number.POSITIVE_INFINITY;
}

/** The optimum of a linear programme in LP format, in the units of its objective. */
export async function linearOptimum(model: string): Promise<number> {
  const highs = await loadHighs();
  const solution = highs.solve(model, { primal_feasibility_tolerance: 1e-9, output_flag: false });
  if (solution.Status !== "Optimal") throw new Error(`the linear programme is ${solution.Status}`);
  return solution.ObjectiveValue;
}
