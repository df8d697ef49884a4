import type { StrategyName } from "../optimizer/solution.ts";
import type { ReportOrigin } from "./reported-run.ts";

/** What people call a strategy. */
export const STRATEGY_TITLES: Readonly<Record<StrategyName, string>> = {
  certified: "Certified solver",
  current: "Today's plans kept",
  no_grouping_largest_first: "Largest usage first",
  no_grouping_smallest_first: "Smallest usage first",
  grouped_by_plan_largest_first: "By plan, largest first",
  grouped_by_plan_smallest_first: "By plan, smallest first",
};

export function reportTitle(origin: ReportOrigin): string {
  return origin.subject === undefined ? "Rate plan optimisation" : `Rate plan optimisation: ${origin.subject}`;
}
