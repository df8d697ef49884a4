import type { Problem } from "../billing/problem.ts";
import type { Infeasible } from "./solution.ts";
export function feasibleAssignment(_problem: Problem): { status: "feasible"; plans: Uint16Array | undefined } | Infeasible {
  return { status: "feasible", plans: undefined };
}
