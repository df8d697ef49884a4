/** Measures the solver on one case and prints a line of JSON: `node --expose-gc bench/measure-solver.ts ladder 1000`. */
import type { Problem } from "../src/billing/problem.ts";
import { prepareFleet } from "../src/billing/problem.ts";
import type { Assignment, Solution } from "../src/optimizer/solution.ts";
import { STRATEGY_NAMES } from "../src/optimizer/solution.ts";
import { solve } from "../src/optimizer/solve.ts";
import { runStrategy } from "../src/optimizer/strategies.ts";
import type { Elapsed } from "./elapsed.ts";
import { stopwatch } from "./elapsed.ts";
import { FAMILIES } from "./families.ts";
import { watchMemory } from "./peak-memory.ts";
import { perSimMinimum } from "./per-sim-minimum.ts";
import type { SolverResult } from "./records.ts";
import { verifyCase } from "./verify-case.ts";

const VERIFIED_UP_TO = 20_000;
const STRATEGIES_UP_TO = 1_000_000;
const SORTS = 3;
const SORTED_FOR_SECONDS = 0.3;

const [name = "", sizeText = ""] = process.argv.slice(2);
const size = Number(sizeText);
const family = FAMILIES.find((known) => known.name === name);
if (family === undefined || !(size > 0)) throw new Error(`no such case: ${name} ${sizeText}`);

const input = family.build(size);
const prepareBegun = performance.now();
const { problem } = prepareFleet(input.fleet, input.tariff, input.eligibility, input.terms);
const prepareSeconds = (performance.now() - prepareBegun) / 1000;

let elapsed: Elapsed = { wall: 0, cpu: 0 };
const { result, memory } = await watchMemory((sample) => {
  const stop = stopwatch();
  const found = solve(problem, { onProgress: sample });
  elapsed = stop();
  return found;
});
// After the solve, since memory that sorting freed would hide what the solve takes.
const sort = sortOf(problem.usage);
if (result.status === "infeasible") throw new Error(result.reason);
console.log(JSON.stringify(summarise(result)));

function summarise(solution: Solution): SolverResult {
  const objective = totalOf(solution.assignment);
  return {
    kind: "solver",
    family: name,
    size,
    status: solution.status,
    objective,
    bound: solution.bound,
    gap: (objective - solution.bound) / solution.bound,
    prepareSeconds,
    solve: elapsed,
    sort,
    memory,
    others: size <= STRATEGIES_UP_TO ? othersOf(problem) : {},
    verified: size <= VERIFIED_UP_TO ? verifyCase(input) : undefined,
  };
}

function othersOf(given: Problem): SolverResult["others"] {
  const others: Record<string, { objective: number; feasible: boolean }> = {};
  const add = (label: string, assignment: Assignment): void => {
    others[label] = { objective: totalOf(assignment), feasible: assignment.feasible };
  };
  for (const strategy of STRATEGY_NAMES) {
    if (strategy !== "certified") add(strategy, runStrategy(given, strategy));
  }
  add("per_sim_minimum", perSimMinimum(given));
  return others;
}

function totalOf({ bill, penalty }: Assignment): number {
  return bill + penalty;
}

/**
 * The yardstick: the usages sorted by the platform, in this process. The mean of as many sorts as fill the time that
 * the processor's clock needs to be read well.
 */
function sortOf(usage: Float64Array): Elapsed {
  let [wall, cpu, sorts] = [0, 0, 0];
  while (sorts < SORTS || cpu < SORTED_FOR_SECONDS) {
    const copy = Float64Array.from(usage);
    const stop = stopwatch();
    copy.sort();
    const elapsed = stop();
    wall += elapsed.wall;
    cpu += elapsed.cpu;
    sorts++;
  }
  return { wall: wall / sorts, cpu: cpu / sorts };
}
