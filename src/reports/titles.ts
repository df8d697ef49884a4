import type { StrategyName } from "../optimizer/solution.ts";
import type { ReportedRun, ReportOrigin } from "./reported-run.ts";

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
  return origin.subject === undefined
    ? "Rate plan optimisation"
    : `Rate plan optimisation: ${origin.subject}`;
}

const MONTHS = "January February March April May June July August September October November December".split(
  " ",
);
const DAY_MS = 86_400_000;

/** The first and the last day of a cycle, which `end` follows: "1 October 2026 to 31 October 2026 (31 days)". */
export function periodText(period: ReportedRun["period"]): string {
  if (period === undefined) return "";
  return `${dayText(period.start)} to ${lastDayText(period)} (${period.days} days)`;
}

/** The last day of a cycle, which `end` follows: "31 October 2026". */
export function lastDayText({ end }: { readonly end: string }): string {
  return dayText(new Date(Date.parse(`${end}T00:00:00Z`) - DAY_MS).toISOString().slice(0, 10));
}

function dayText(isoDate: string): string {
  const [year, month, day] = isoDate.split("-");
  return `${Number(day)} ${MONTHS[Number(month) - 1] ?? ""} ${year ?? ""}`;
}
