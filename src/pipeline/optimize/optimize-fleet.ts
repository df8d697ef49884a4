import { computeBill } from "../../billing/compute-bill.ts";
import { PoolwiseError } from "../../billing/errors.ts";
import type { Fleet, Terms } from "../../billing/fleet.ts";
import { isExcluded } from "../../billing/participation.ts";
import type { PreparedFleet } from "../../billing/problem.ts";
import { prepareFleet } from "../../billing/problem.ts";
import type { Eligibility, Tariff } from "../../billing/rate-plan.ts";
import { measure } from "../../optimizer/measure.ts";
import type { Assignment, Solution, StrategyName } from "../../optimizer/solution.ts";
import { solve } from "../../optimizer/solve.ts";
import { runStrategy } from "../../optimizer/strategies.ts";
import { communicationGroups } from "./communication-groups.ts";
import type { Period, StrategyOutcome } from "../../reports/reported-run.ts";
import type { Optimization } from "./optimization.ts";

/** A fleet, what prices it, and what is asked. */
export interface FleetToOptimize {
  readonly fleet: Fleet;
  readonly tariff: Tariff;
  readonly eligibility: Eligibility;
  readonly terms: Terms;
  readonly period: Period | undefined;
  /** Plan indices that are set aside as invalid. */
  readonly setAside: ReadonlySet<number>;
  /** Strategies to run; `current` always runs beside them. */
  readonly strategies: readonly StrategyName[];
}

export interface OptimizeHooks {
  /** Milliseconds of a clock that only moves forwards, for the seconds that reports show and for the deadline. */
  readonly now: () => number;
  /** On the clock of `now`; the certified solver then ends with the best so far. */
  readonly deadlineMs?: number;
  readonly onProgress?: (stage: string, best: number, bound: number) => void;
}

/**
 * Runs the strategies on a fleet and prices the winner: the cheapest that keeps the limits, a tie to fewer changes.
 * @throws PoolwiseError `instance-infeasible` where no assignment keeps the limits; `bounds-exceeded`.
 */
export function optimizeFleet(input: FleetToOptimize, hooks: OptimizeHooks): Optimization {
  const { fleet, tariff, eligibility, terms, setAside } = input;
  const prepared = prepareFleet(fleet, tariff, eligibility, terms, setAside);
  const { problem, rows } = prepared;
  const outcomes: { outcome: StrategyOutcome; plans: Uint16Array }[] = [];
  const run = (name: StrategyName, assign: () => Assignment): void => {
    const begun = hooks.now();
    const { plans, bill, penalty, changes, feasible } = assign();
    const seconds = (hooks.now() - begun) / 1000;
    outcomes.push({ outcome: { name, bill, penalty, changes, feasible, seconds }, plans });
  };
  let solution: Solution | undefined;
  for (const name of ["current" as const, ...input.strategies.filter((asked) => asked !== "current")]) {
    hooks.onProgress?.(name, Number.POSITIVE_INFINITY, 0);
    if (name === "current") run(name, () => measure(problem, problem.current));
    else if (name !== "certified") run(name, () => runStrategy(problem, name));
    else
      run(name, () => {
        solution = solveOrThrow(prepared, hooks);
        return solution.assignment;
      });
  }
  const winner = cheapest(outcomes);
  const recommended = Uint16Array.from(fleet.ratePlan);
  rows.forEach((row, sim) => {
    recommended[row] = winner.plans[sim] as number;
  });
  const bill = (plans: Uint16Array): ReturnType<typeof computeBill> =>
    computeBill(fleet, problem.table, prepared.ratingClass, prepared.participation, plans);
  const before = bill(fleet.ratePlan);
  const after = bill(recommended);
  return {
    fleet,
    tariff,
    table: problem.table,
    eligibility,
    terms,
    period: input.period,
    participation: prepared.participation,
    recommended,
    before,
    after,
    currentFeasible: outcomes[0]?.outcome.feasible ?? true,
    penalty: winner.outcome.penalty,
    changes: winner.outcome.changes,
    winner: winner.outcome.name,
    strategies: outcomes.map(({ outcome }) => outcome),
    certified: solution && {
      bound: solution.bound,
      lattice: solution.lattice,
      proof: solution.proof,
      rows,
      status: solution.status,
    },
    poolPrices: solution?.poolPrices ?? new Float64Array(0),
    groups: communicationGroups(
      { fleet, tariff, eligibility, setAside },
      recommended,
      { before, after },
      (row) => isExcluded(prepared.participation[row] as number),
    ),
  };
}

function solveOrThrow({ problem }: PreparedFleet, { now, deadlineMs, onProgress }: OptimizeHooks): Solution {
  const found = solve(problem, {
    ...(onProgress && { onProgress }),
    ...(deadlineMs !== undefined && { shouldStop: () => now() >= deadlineMs }),
  });
  if (found.status !== "infeasible") return found;
  throw new PoolwiseError("instance-infeasible", `No assignment keeps the limits: ${found.reason}`);
}

/** The cheapest feasible outcome by bill and penalty, the fewest changes among equals, the certified one among those. */
function cheapest<T extends { readonly outcome: StrategyOutcome }>(outcomes: readonly T[]): T {
  const total = ({ outcome }: T): number => outcome.bill + outcome.penalty;
  const better = (a: T, b: T): number =>
    total(a) - total(b) ||
    a.outcome.changes - b.outcome.changes ||
    Number(b.outcome.name === "certified") - Number(a.outcome.name === "certified");
  const [best] = outcomes.filter(({ outcome }) => outcome.feasible).sort(better);
  if (best !== undefined) return best;
  throw new PoolwiseError(
    "instance-infeasible",
    "None of the strategies that were asked for keeps the limits. Add --strategy certified, or loosen the limits.",
  );
}
