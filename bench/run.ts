import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { runStrategy } from "../src/optimizer/strategies.ts";
import { solve } from "../src/optimizer/solve.ts";
import type { Family } from "./families.ts";
import { FAMILIES, benchProblem } from "./families.ts";
import { solveMip } from "./mip.ts";

/** One line of the table. Money in currency units; `undefined` where it was not run. */
interface Measurement {
  readonly family: Family;
  readonly size: number;
  readonly bill: number;
  readonly gap: number;
  readonly status: string;
  readonly seconds: number;
  /** One `Float64Array.sort()` of the same usages in the same process. */
  readonly sortSeconds: number;
  readonly bytesPerSim: number;
  readonly bestStrategyGap: number;
  readonly mip?: { readonly objective: number; readonly proven: boolean; readonly seconds: number };
}

const { values: args } = parseArgs({
  options: {
    family: { type: "string" },
    size: { type: "string" },
    seed: { type: "string", default: "1" },
    large: { type: "boolean", default: false },
    "no-highs": { type: "boolean", default: false },
    "highs-seconds": { type: "string", default: "60" },
    json: { type: "string" },
    one: { type: "boolean", default: false },
  },
});
const SIZES = [50, 300, 1_000, 2_000, 20_000, 100_000, 1_000_000];
const MIP_SIZES = 2_000;

if (args.one) console.log(JSON.stringify(await measure(args.family as Family, Number(args.size))));
else table();

/** Each case runs in a process of its own, so that memory and compiled code start afresh. */
function table(): void {
  const families = FAMILIES.filter((family) => args.family === undefined || family === args.family);
  const sizes =
    args.size === undefined ? [...SIZES, ...(args.large ? [10_000_000] : [])] : [Number(args.size)];
  const lines: Measurement[] = [];
  console.log(HEADER);
  for (const family of families) {
    for (const size of sizes) {
      const call = [
        import.meta.filename,
        "--one",
        "--family",
        family,
        "--size",
        String(size),
        "--seed",
        args.seed,
      ];
      if (args["no-highs"]) call.push("--no-highs");
      call.push("--highs-seconds", args["highs-seconds"]);
      const line = JSON.parse(execFileSync(process.execPath, call, { encoding: "utf8" })) as Measurement;
      lines.push(line);
      console.log(rowOf(line));
    }
  }
  if (args.json !== undefined) writeFileSync(args.json, `${JSON.stringify(lines, undefined, 2)}\n`);
}

async function measure(family: Family, size: number): Promise<Measurement> {
  const problem = benchProblem(family, size, Number(args.seed));
  const usages = Float64Array.from(problem.usage);
  const sortBegun = performance.now();
  usages.sort();
  const sortSeconds = (performance.now() - sortBegun) / 1000;
  const memory = process.memoryUsage().arrayBuffers;
  const begun = performance.now();
  const solution = solve(problem);
  const seconds = (performance.now() - begun) / 1000;
  if (solution.status === "infeasible") throw new Error(solution.reason);
  const bytesPerSim = Math.max(0, process.memoryUsage().arrayBuffers - memory) / size;
  const total = solution.assignment.bill + solution.assignment.penalty;
  const gap = (bill: number): number => (bill - solution.bound) / solution.bound;
  const strategies = (["no_grouping_largest_first", "no_grouping_smallest_first"] as const).map((name) =>
    runStrategy(problem, name),
  );
  const best = Math.min(
    ...strategies.filter(({ feasible }) => feasible).map(({ bill, penalty }) => bill + penalty),
  );
  const mip =
    size > MIP_SIZES || args["no-highs"] ? undefined : await solveMip(problem, Number(args["highs-seconds"]));
  return {
    family,
    size,
    bill: total / 1e6,
    gap: gap(total),
    status: solution.status,
    seconds,
    sortSeconds,
    bytesPerSim,
    bestStrategyGap: gap(best),
    ...(mip && { mip }),
  };
}

const HEADER =
  "| family | SIMs | bill + penalty | gap | status | seconds | × sort | bytes a SIM | best greedy above bound | HiGHS | its seconds |\n|---|---|---|---|---|---|---|---|---|---|---|";

function rowOf(line: Measurement): string {
  const { mip } = line;
  const ratio = line.size < 100_000 ? "" : (line.seconds / line.sortSeconds).toFixed(1);
  const greedy = Number.isFinite(line.bestStrategyGap)
    ? `${(100 * line.bestStrategyGap).toFixed(2)} %`
    : "breaks a limit";
  const other = mip === undefined ? "" : `${mip.objective.toFixed(4)}${mip.proven ? " (proven)" : ""}`;
  return `| ${line.family} | ${line.size} | ${line.bill.toFixed(4)} | ${line.gap.toExponential(1)} | ${line.status} | ${line.seconds.toFixed(2)} | ${ratio} | ${line.bytesPerSim.toFixed(0)} | ${greedy} | ${other} | ${mip === undefined ? "" : mip.seconds.toFixed(1)} |`;
}
