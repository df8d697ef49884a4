/**
 * Runs the benchmark, each case in a process of its own:
 * `npm run bench -- [--family F,…] [--size N,…] [--large] [--highs] [--end-to-end] [--session] [--write]`.
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { FAMILIES } from "./families.ts";
import type { BenchRecord, EndToEndResult, HighsResult, SessionResult, SolverResult } from "./records.ts";
import { mergeRecords, readRecords, writeRecords } from "./records.ts";
import { SOLVER_HEAD, highsRow, resultTables, sessionText, solverRow } from "./results-table.ts";
import { writeDocument } from "./write-document.ts";

const SIZES = [50, 300, 1_000, 2_000, 20_000, 100_000, 1_000_000];
const HIGHS_UP_TO = 2_000;
const END_TO_END_SIZE = 1_000_000;
/** Of the tables: those of sessions come after it. */
const END_TO_END_TABLE = -4;
const SESSION_SIZES = [100_000, 1_000_000];

const { values: args } = parseArgs({
  allowNegative: true,
  options: {
    family: { type: "string" },
    size: { type: "string" },
    large: { type: "boolean", default: false },
    highs: { type: "boolean", default: false },
    "highs-seconds": { type: "string", default: "60" },
    solver: { type: "boolean", default: true },
    "end-to-end": { type: "boolean", default: false },
    session: { type: "boolean", default: false },
    store: { type: "string", default: "postgres,embedded" },
    write: { type: "boolean", default: false },
  },
});

const families = args.family?.split(",") ?? FAMILIES.map(({ name }) => name);
const sizes = args.size?.split(",").map(Number) ?? [...SIZES, ...(args.large ? [10_000_000] : [])];
const measuredOn = new Date().toISOString().slice(0, 10);

if (args.solver) measureSolver();
if (args["end-to-end"]) {
  const run = measure<EndToEndResult>("measure-end-to-end.ts", END_TO_END_SIZE);
  keep({ ...run, measuredOn });
  console.log(
    resultTables([{ ...run, measuredOn }])
      .split("\n\n")
      .at(END_TO_END_TABLE),
  );
}
if (args.session) measureSessions();
if (args.write) writeDocument(readRecords());

function measureSolver(): void {
  console.log(SOLVER_HEAD);
  for (const size of sizes) {
    for (const name of families) {
      const ours = measure<SolverResult>("measure-solver.ts", name, size);
      keep({ ...ours, measuredOn });
      console.log(solverRow(ours));
      if (!args.highs || size > HIGHS_UP_TO) continue;
      const highs = measure<HighsResult>("measure-highs.ts", name, size, args["highs-seconds"]);
      keep({ ...highs, measuredOn });
      console.log(`HiGHS ${highsRow(highs, ours)}`);
    }
  }
}

/** PostgreSQL is the one that the tests use: run this under `tests/servers.sh`. */
function measureSessions(): void {
  for (const size of args.size?.split(",").map(Number) ?? SESSION_SIZES) {
    for (const store of args.store.split(",")) {
      const session = measure<SessionResult>("measure-session.ts", store, size);
      keep({ ...session, measuredOn });
      console.log(sessionText([session]).join("\n\n"));
    }
  }
}

/** With --write a measurement is on disk as soon as it is there: a run may take an hour. */
function keep(record: BenchRecord): void {
  if (args.write) writeRecords(mergeRecords(readRecords(), [record]));
}

function measure<T>(script: string, ...words: (string | number)[]): T {
  const call = ["--expose-gc", join(import.meta.dirname, script), ...words.map(String)];
  return JSON.parse(execFileSync(process.execPath, call, { encoding: "utf8" })) as T;
}
