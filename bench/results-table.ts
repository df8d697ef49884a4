import type { BenchRecord, EndToEndResult, HighsResult, SessionResult, SolverResult } from "./records.ts";
import { sessionPartsTable, sessionTable, sessionsOf } from "./session-tables.ts";

const MICROS = 1e6;
const RATIO_FROM = 20_000;

export function solverRow(ours: SolverResult): string {
  const proof = ours.verified;
  return line([
    ours.family,
    count(ours.size),
    money(ours.objective),
    gapText(ours.gap),
    ours.status,
    seconds(ours.solve.wall),
    seconds(ours.solve.cpu),
    ours.size < RATIO_FROM ? "" : (ours.solve.cpu / ours.sort.cpu).toFixed(1),
    memoryCell(ours),
    proof === undefined ? "" : proof.holds ? `holds, ${proof.leaves}` : "REJECTED",
  ]);
}

export const SOLVER_HEAD = head([
  "family",
  "SIMs",
  "bill + penalties",
  "gap",
  "status",
  "s",
  "CPU s",
  "× sort, CPU",
  "bytes a SIM: arrays, RSS",
  "certificate, leaves",
]);

function memoryCell({ memory, size }: SolverResult): string {
  if (size < 100_000) return "";
  return `${(memory.arrayBytes / size).toFixed(0)}, ${(memory.rssBytes / size).toFixed(0)}`;
}

const WAYS = [
  ["current", "do nothing"],
  ["no_grouping_largest_first", "one by one, largest first"],
  ["no_grouping_smallest_first", "one by one, smallest first"],
  ["grouped_by_plan_largest_first", "by plan, largest first"],
  ["grouped_by_plan_smallest_first", "by plan, smallest first"],
  ["per_sim_minimum", "each SIM alone"],
] as const;

const OTHERS_HEAD = head(["family", "SIMs", ...WAYS.map(([, title]) => title)]);

function othersRow(ours: SolverResult): string {
  const cells = WAYS.map(([way]) => {
    const other = ours.others[way];
    if (other === undefined) return "";
    const above = `${((100 * (other.objective - ours.bound)) / ours.bound).toFixed(2)} %`;
    return other.feasible ? above : `${above}, breaks a limit`;
  });
  return line([ours.family, count(ours.size), ...cells]);
}

const HIGHS_HEAD = head([
  "family",
  "SIMs",
  "HiGHS",
  "its end",
  "its s, CPU s",
  "ours",
  "our s, CPU s",
  "cheaper",
  "CPU ours / its",
]);

export function highsRow(highs: HighsResult, ours: SolverResult): string {
  const theirs = highs.objective;
  const difference = theirs === undefined ? Number.NaN : (theirs - ours.objective) / MICROS;
  const cheaper =
    theirs === undefined
      ? "ours, it has none"
      : difference === 0
        ? "equal"
        : `${difference > 0 ? "ours" : "HiGHS"} by ${Math.abs(difference).toFixed(4)}`;
  return line([
    highs.family,
    count(highs.size),
    theirs === undefined ? "" : money(theirs),
    highs.status,
    `${seconds(highs.elapsed.wall)}, ${seconds(highs.elapsed.cpu)}`,
    money(ours.objective),
    `${seconds(ours.solve.wall)}, ${seconds(ours.solve.cpu)}`,
    cheaper,
    `1/${(highs.elapsed.cpu / ours.solve.cpu).toFixed(1)}`,
  ]);
}

const END_HEAD = head(["SIMs", "generate-fleet, s", "optimize to all reports, s", "peak RSS, GiB", "gap"]);

function endRow(run: EndToEndResult): string {
  return line([
    count(run.size),
    run.generateSeconds.toFixed(1),
    run.optimizeSeconds.toFixed(1),
    (run.peakRssBytes / 2 ** 30).toFixed(2),
    gapText(run.gap),
  ]);
}

/** All tables of the results, in Markdown. */
export function resultTables(records: readonly BenchRecord[]): string {
  const solver = records.filter((record) => record.kind === "solver");
  const pairs = records.flatMap((record) => {
    if (record.kind !== "highs") return [];
    const ours = solver.find(({ family, size }) => family === record.family && size === record.size);
    return ours === undefined ? [] : [highsRow(record, ours)];
  });
  const ends = records.filter((record) => record.kind === "end-to-end");
  return [
    "### The certified solver",
    [SOLVER_HEAD, ...solver.map(solverRow)].join("\n"),
    "### Beside HiGHS",
    [HIGHS_HEAD, ...pairs].join("\n"),
    "### The simple ways: their real bills above the bound",
    [OTHERS_HEAD, ...solver.filter(({ others }) => others.current !== undefined).map(othersRow)].join("\n"),
    "### From files to reports",
    [END_HEAD, ...ends.map(endRow)].join("\n"),
    "### From the carrier to reports",
    ...sessionText(sessionsOf(records)),
  ].join("\n\n");
}

/** The tables of whole sessions. */
export function sessionText(sessions: readonly SessionResult[]): string[] {
  return [sessionTable(sessions), sessionPartsTable(sessions)].map(([titles = [], ...rows]) =>
    [head(titles), ...rows.map(line)].join("\n"),
  );
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function head(titles: readonly string[]): string {
  return `${line(titles)}\n${line(titles.map(() => "---"))}`;
}

const count = (size: number): string => size.toLocaleString("en-US");
const money = (micros: number): string => (micros / MICROS).toFixed(4);
const seconds = (value: number): string => value.toFixed(value < 10 ? 2 : 1);
export const gapText = (gap: number): string => (gap === 0 ? "0" : gap.toExponential(1));
