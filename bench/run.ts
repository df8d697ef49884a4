/** Runs the benchmark, each case in a process of its own: `npm run bench -- [--family F] [--size N] [--large] [--highs]`. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { FAMILIES } from "./families.ts";
import type { HighsResult, SolverResult } from "./records.ts";

const SIZES = [50, 300, 1_000, 2_000, 20_000, 100_000, 1_000_000];
const HIGHS_UP_TO = 2_000;
const MICROS = 1e6;

const { values: args } = parseArgs({
  options: {
    family: { type: "string" },
    size: { type: "string" },
    large: { type: "boolean", default: false },
    highs: { type: "boolean", default: false },
    "highs-seconds": { type: "string", default: "60" },
  },
});

const families = FAMILIES.filter(({ name }) => args.family === undefined || name === args.family);
const sizes = args.size === undefined ? [...SIZES, ...(args.large ? [10_000_000] : [])] : [Number(args.size)];

console.log(
  "| family | SIMs | bill + penalty | gap | status | solve, s | × sort | best greedy | per-SIM minimum | certificate | HiGHS | its s |",
);
console.log("|---|---|---|---|---|---|---|---|---|---|---|---|");
for (const { name } of families) {
  for (const size of sizes) {
    const ours = run<SolverResult>("measure-solver.ts", name, size);
    const highs =
      args.highs && size <= HIGHS_UP_TO
        ? run<HighsResult>("measure-highs.ts", name, size, args["highs-seconds"])
        : undefined;
    console.log(row(ours, highs));
  }
}

function run<T>(script: string, ...words: (string | number)[]): T {
  const call = [
    "--expose-gc",
    "--max-old-space-size=4096",
    join(import.meta.dirname, script),
    ...words.map(String),
  ];
  return JSON.parse(execFileSync(process.execPath, call, { encoding: "utf8" })) as T;
}

function row(ours: SolverResult, highs: HighsResult | undefined): string {
  const above = (objective: number): string =>
    `${((100 * (objective - ours.bound)) / ours.bound).toFixed(2)} %`;
  const { per_sim_minimum: alone, current: _current, ...greedy } = ours.others;
  const feasible = Object.values(greedy).filter((other) => other.feasible);
  const best = Math.min(...feasible.map(({ objective }) => objective));
  const cells = [
    ours.family,
    ours.size,
    (ours.objective / MICROS).toFixed(4),
    ours.gap === 0 ? "0" : ours.gap.toExponential(1),
    ours.status,
    ours.solveSeconds.toFixed(2),
    ours.size < 100_000 ? "" : (ours.solveSeconds / ours.sortSeconds).toFixed(1),
    Number.isFinite(best) ? above(best) : "",
    alone === undefined ? "" : above(alone.objective) + (alone.feasible ? "" : " (breaks a limit)"),
    ours.verified === undefined
      ? ""
      : ours.verified.holds
        ? `holds, ${ours.verified.leaves} leaves`
        : "REJECTED",
    highs?.objective === undefined ? "" : `${(highs.objective / MICROS).toFixed(4)} (${highs.status})`,
    highs === undefined ? "" : highs.seconds.toFixed(1),
  ];
  return `| ${cells.join(" | ")} |`;
}
