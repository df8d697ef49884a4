import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import type { BenchRecord } from "./records.ts";
import { resultTables } from "./results-table.ts";
import { targetTable } from "./targets.ts";

const DOCUMENT = new URL("../docs/benchmarks.md", import.meta.url);
const MEASURED = /(<!-- measured -->\n)[\s\S]*?(<!-- \/measured -->)/;

/** Puts the tables in the place of the ones that stand in `docs/benchmarks.md`. */
export function writeDocument(records: readonly BenchRecord[]): void {
  const text = readFileSync(DOCUMENT, "utf8");
  if (!MEASURED.test(text)) throw new Error("docs/benchmarks.md has no place marked for the tables.");
  const days = [...new Set(records.map(({ measuredOn }) => measuredOn))].sort();
  const [cpu] = cpus();
  const machine = `${cpus().length} cores (${cpu?.model ?? "unknown"}), Node ${process.version}`;
  const when = days.length > 1 ? `${days[0]} to ${days.at(-1)}` : days[0];
  const tables = `\nMeasured ${when} on ${machine}.\n\n## Targets\n\n${targetTable(records)}\n\n## Results\n\n${resultTables(records)}\n\n`;
  writeFileSync(
    DOCUMENT,
    text.replace(MEASURED, (_, open: string, close: string) => `${open}${tables}${close}`),
  );
}
