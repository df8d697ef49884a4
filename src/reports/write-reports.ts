import type { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import { assignmentLines } from "./assignment-line.ts";
import { createCsvLine, csvHeader } from "./assignments-csv.ts";
import type { ReportFigures } from "./figures.ts";
import { gatherFigures } from "./figures.ts";
import type { InputRows, ReportedRun, ReportOrigin } from "./reported-run.ts";
import type { ReportSink } from "./sink.ts";
import { summaryOf } from "./summary-json.ts";
import { ByteText } from "./byte-text.ts";
import { drained } from "./drained.ts";
import { openWorkbook } from "./workbook/write-workbook.ts";

export const REPORT_NAMES = ["assignments.csv", "summary.json", "report.xlsx", "report.html"] as const;

/** Lines written of all lines. */
export interface ReportProgress {
  readonly done: number;
  readonly total: number;
}

export interface ReportOptions {
  readonly onProgress?: (progress: ReportProgress) => void;
  readonly signal?: AbortSignal;
}

/** About a chunk of the workbook: what was written before is deflated beside, which takes a turn of the loop to go on. */
const LINES_BETWEEN_PAUSES = 512;
const CHUNK_BYTES = 1 << 18;

/**
 * Writes `assignments.csv`, `summary.json`, `report.xlsx` and `report.html`. None takes its place before all are
 * written; where one fails, or `signal` aborts, all are given up.
 * @returns the figures the reports show.
 * @throws what the sink throws, such as PoolwiseError `output-unwritable`.
 */
export async function writeReports(
  run: ReportedRun,
  rows: InputRows,
  sink: ReportSink,
  origin: ReportOrigin,
  options: ReportOptions = {},
): Promise<ReportFigures> {
  const figures = gatherFigures(run, rows);
  const { pageOf } = await import("./page/page.ts");
  const opened: Writable[] = [];
  const open = async (name: (typeof REPORT_NAMES)[number]): Promise<Writable> => {
    const stream = await sink.open(name);
    stream.on("error", () => undefined);
    opened.push(stream);
    return stream;
  };
  try {
    (await open("summary.json")).write(`${JSON.stringify(summaryOf(run, figures, origin), undefined, 2)}\n`);
    (await open("report.html")).write(pageOf(run, rows, figures, origin));
    await writeLines(
      await open("assignments.csv"),
      await open("report.xlsx"),
      { run, rows, figures, origin },
      options,
    );
    for (const stream of opened) {
      stream.end();
      await finished(stream);
    }
  } catch (error) {
    for (const stream of opened) stream.destroy();
    throw error;
  }
  return figures;
}

interface LineSource {
  readonly run: ReportedRun;
  readonly rows: InputRows;
  readonly figures: ReportFigures;
  readonly origin: ReportOrigin;
}

/** One pass over the lines feeds both files. */
async function writeLines(
  csvStream: Writable,
  bookStream: Writable,
  source: LineSource,
  { onProgress, signal }: ReportOptions,
): Promise<void> {
  const { run, rows, figures } = source;
  const csv = new ByteText(CHUNK_BYTES);
  const writeCsvLine = createCsvLine(csv, rows.carriedColumns);
  const book = await openWorkbook(bookStream, source);
  csv.write(csvHeader(rows.carriedColumns));
  let done = 0;
  for (const line of assignmentLines(run, rows)) {
    const wait = book.room();
    if (wait !== undefined) await wait;
    book.add(line);
    writeCsvLine(line);
    if (csv.isFull) csvStream.write(csv.take());
    if (++done % LINES_BETWEEN_PAUSES !== 0) continue;
    await drained(csvStream);
    await turnOfTheLoop();
    signal?.throwIfAborted();
    onProgress?.({ done, total: figures.devices });
  }
  csvStream.write(csv.take());
  await book.end();
  onProgress?.({ done, total: figures.devices });
}
