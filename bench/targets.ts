import type { BenchRecord, HighsResult, SolverResult } from "./records.ts";
import { gapText } from "./results-table.ts";
import { sessionTargets, sessionsOf } from "./session-tables.ts";

const MAX_BYTES_A_SIM = 40;

/** The targets, each with the cases it is about and what they came to, in Markdown. */
export function targetTable(records: readonly BenchRecord[]): string {
  const solver = records.filter((record) => record.kind === "solver");
  const highs = records.filter((record) => record.kind === "highs");
  const at = (size: number, ...names: string[]): SolverResult[] =>
    solver.filter((ours) => ours.size === size && (names.length === 0 || names.includes(ours.family)));
  const rows = [
    gapRow("≤ 50 SIMs: proven optimal", at(50), 0),
    timeRow("≤ 50 SIMs: under 1 s", at(50), 1),
    gapRow("1,000 SIMs, 8 plans, 6 pools: gap ≤ 5e-4", at(1_000, "ladder", "heavy"), 5e-4),
    ...highsRows("1,000 SIMs", at(1_000, "ladder", "heavy"), highs, 1 / 50),
    gapRow("2,000 SIMs with rules: gap ≤ 4e-4", at(2_000, "rules"), 4e-4),
    timeRow("2,000 SIMs with rules: ≤ 2 s", at(2_000, "rules"), 2),
    ...highsRows("2,000 SIMs with rules", at(2_000, "rules"), highs, undefined),
    gapRow("20,000 SIMs: gap ≤ 2e-5", at(20_000), 2e-5),
    timeRow("20,000 SIMs: under 1 s", at(20_000), 1),
    ...[1_000_000, 10_000_000].flatMap((size) => [
      gapRow(`${size.toLocaleString("en-US")} SIMs: gap ≤ 1e-6`, at(size), 1e-6),
      sortRow(`${size.toLocaleString("en-US")} SIMs: ≤ 10 × sort`, at(size), 10),
      memoryRow(`${size.toLocaleString("en-US")} SIMs: ≤ ${MAX_BYTES_A_SIM} bytes a SIM (RSS)`, at(size)),
    ]),
    ...records.flatMap((record) =>
      record.kind !== "end-to-end" || record.size !== 1_000_000
        ? []
        : [
            row("1,000,000 SIMs, files to reports: < 60 s", [
              { text: `${record.optimizeSeconds.toFixed(1)} s`, met: record.optimizeSeconds < 60 },
            ]),
            row("1,000,000 SIMs, files to reports: < 1.5 GiB", [
              {
                text: `${(record.peakRssBytes / 2 ** 30).toFixed(2)} GiB`,
                met: record.peakRssBytes < 1.5 * 2 ** 30,
              },
            ]),
          ],
    ),
    ...sessionTargets(sessionsOf(records)).map(({ target, findings }) => row(target, findings)),
  ];
  return ["| target | met | measured |", "|---|---|---|", ...rows].join("\n");
}

interface Finding {
  readonly text: string;
  readonly met: boolean;
}

function row(target: string, findings: readonly Finding[]): string {
  const missed = findings.filter(({ met }) => !met).length;
  const verdict =
    findings.length === 0
      ? "not measured"
      : missed === 0
        ? "yes"
        : `**no**, ${missed} of ${findings.length} not`;
  const texts = findings.map(({ text, met }) => (met ? text : `**${text}**`));
  return `| ${target} | ${verdict} | ${texts.join("; ")} |`;
}

function gapRow(target: string, cases: readonly SolverResult[], most: number): string {
  return row(
    target,
    cases.map(({ family, gap }) => ({ text: `${family} ${gapText(gap)}`, met: gap <= most })),
  );
}

function timeRow(target: string, cases: readonly SolverResult[], most: number): string {
  return row(
    target,
    cases.map(({ family, solve }) => ({
      text: `${family} ${solve.cpu.toFixed(2)} s`,
      met: solve.cpu <= most,
    })),
  );
}

function sortRow(target: string, cases: readonly SolverResult[], most: number): string {
  return row(
    target,
    cases.map(({ family, solve, sort }) => ({
      text: `${family} ${(solve.cpu / sort.cpu).toFixed(1)}`,
      met: solve.cpu <= most * sort.cpu,
    })),
  );
}

function memoryRow(target: string, cases: readonly SolverResult[]): string {
  return row(
    target,
    cases.map(({ family, memory, size }) => ({
      text: `${family} ${(memory.rssBytes / size).toFixed(0)}`,
      met: memory.rssBytes <= MAX_BYTES_A_SIM * size,
    })),
  );
}

function highsRows(
  label: string,
  cases: readonly SolverResult[],
  highs: readonly HighsResult[],
  ratio: number | undefined,
): string[] {
  const pairs = cases.flatMap((ours) =>
    highs
      .filter(({ family, size }) => family === ours.family && size === ours.size)
      .map((theirs) => ({ ours, theirs })),
  );
  const dearer = pairs.map(({ ours, theirs }) => {
    const more = (ours.objective - (theirs.objective ?? Number.POSITIVE_INFINITY)) / 1e6;
    const text =
      more > 0 ? `dearer by ${more.toFixed(4)}` : more === 0 ? "equal" : `cheaper by ${(-more).toFixed(4)}`;
    return { text: `${ours.family} ${text}`, met: more <= 0 };
  });
  const faster = pairs.map(({ ours, theirs }) => ({
    text: `${ours.family} 1/${(theirs.elapsed.cpu / ours.solve.cpu).toFixed(1)}`,
    met: ratio === undefined || ours.solve.cpu <= ratio * theirs.elapsed.cpu,
  }));
  const rows = [row(`${label}: never dearer than HiGHS`, dearer)];
  if (ratio !== undefined) rows.push(row(`${label}: ≤ 1/${1 / ratio} of HiGHS's time`, faster));
  return rows;
}
