import { finished } from "node:stream/promises";
import { basename } from "node:path";
import type { Command } from "commander";
import type { InputSources } from "../../carriers/files/read-inputs.ts";
import { readInputs } from "../../carriers/files/read-inputs.ts";
import type { DeviceTable } from "../../carriers/files/device-table.ts";
import { sourceName } from "../../carriers/files/input-source.ts";
import { certificateText } from "../../pipeline/optimize/certificate-document.ts";
import type { Optimization } from "../../pipeline/optimize/optimization.ts";
import type { FleetToOptimize } from "../../pipeline/optimize/optimize-fleet.ts";
import { optimizeFleet } from "../../pipeline/optimize/optimize-fleet.ts";
import { gatherFigures } from "../../reports/figures.ts";
import { count } from "../../reports/number-text.ts";
import { folderSink } from "../../reports/folder-sink.ts";
import type { Period, ReportOrigin } from "../../reports/reported-run.ts";
import type { ReportSink } from "../../reports/sink.ts";
import { summaryOf } from "../../reports/summary-json.ts";
import { writeReports } from "../../reports/write-reports.ts";
import type { CliContext } from "./context.ts";
import type { OptimizeOptions } from "./optimize/optimize-options.ts";
import {
  currencyOf,
  maxQuarantinedShareOf,
  periodOf,
  sourcesOf,
  strategiesOf,
  termsOf,
  timeLimitOf,
} from "./optimize/optimize-options.ts";
import { outFolder } from "./out-folder.ts";
import { resultText } from "./result-text.ts";
import type { Progress } from "./terminal/progress.ts";

export function register(program: Command, context: CliContext): void {
  program
    .command("optimize")
    .description(
      "Finds the cheapest rate plan for every SIM of a file, proves how close it is, and reports it.",
    )
    .requiredOption("--devices <file>", "the SIMs: iccid, rate_plan, usage_mb, …; - is standard input")
    .requiredOption("--plans <file>", "the rate plans")
    .option(
      "--eligibility <file>",
      "which plans each communication plan may carry; without it all may take all",
    )
    .option("--pools <file>", "pools with an allowance of their own")
    .option("--taxes <file>", "tax rates by location")
    .option("--period-start <date>", "first day of the billing cycle, for plans that prorate")
    .option("--period-end <date>", "the day after its last")
    .option("--currency <code>", "currency of all prices", "USD")
    .option(
      "--switch-cost <amount>",
      "what a change of plan costs, where a SIM has no switch_cost of its own",
      "0",
    )
    .option("--min-saving <amount>", "what a change must save beyond its switching cost", "0")
    .option("--max-changes <number>", "how many SIMs may change plan")
    .option("--strategy <name>", "certified, one of the greedy strategies, current, or all", "all")
    .option("--time-limit <seconds>", "end with the best so far and its true gap")
    .option("--quarantine", "set invalid plans aside instead of refusing them")
    .option(
      "--max-quarantined <percent>",
      "rows of the devices file, in percent, that may be unreadable and set aside",
      "1",
    )
    .option("--out <folder>", "where the reports go; without it none are written")
    .option("--json", "print the summary as one JSON document")
    .addHelpText("after", HELP)
    .action(async (options: OptimizeOptions) => optimize(options, context));
}

const HELP = `
Writes into --out: assignments.csv, summary.json, certificate.json, report.xlsx, report.html.
Files may be CSV, .gz, .xlsx or .parquet. Exit status: 0 done, 1 no assignment keeps the limits,
2 a file or an option is wrong.

Example:
  poolwise optimize --devices devices.csv --plans plans.csv --eligibility eligibility.csv --out result
`;

async function optimize(options: OptimizeOptions, context: CliContext): Promise<void> {
  const strategies = strategiesOf(options);
  const terms = termsOf(options);
  const timeLimit = timeLimitOf(options);
  const period = periodOf(options);
  const sources = sourcesOf(options, context);
  const sink = options.out === undefined ? undefined : await folderSink(outFolder(options.out, context));
  const progress = context.progress();
  try {
    const { input, origin } = await read(sources, options, period, progress);
    progress.stage("Optimising");
    const run = optimizeFleet(
      { ...input, terms, period, strategies },
      {
        now: () => performance.now(),
        ...(timeLimit !== undefined && { deadlineMs: performance.now() + timeLimit * 1000 }),
        onProgress: (stage) => progress.stage(STAGES[stage] ?? `Strategy ${stage}`),
      },
    );
    if (sink !== undefined) await write(run, input.fleet, sink, origin, options, progress);
    progress.end();
    show(run, input.fleet, origin, options, context);
  } finally {
    progress.end();
  }
}

const STAGES: Readonly<Record<string, string>> = {
  certified: "Finding the cheapest assignment",
  current: "Pricing today's assignment",
  bound: "Bounding the cost from below",
  search: "Searching",
  prove: "Proving",
};

async function read(
  sources: InputSources,
  options: OptimizeOptions,
  period: Period | undefined,
  progress: Progress,
): Promise<{
  input: Omit<FleetToOptimize, "fleet" | "terms" | "period" | "strategies"> & { fleet: DeviceTable };
  origin: ReportOrigin;
}> {
  const { fleet, tariff, eligibility, setAside, hashes } = await readInputs(sources, {
    currency: currencyOf(options),
    quarantine: options.quarantine === true,
    cycleDays: period?.days,
    maxQuarantinedShare: maxQuarantinedShareOf(options),
    onStage: (stage) => progress.stage(stage),
    onProgress: ({ bytesRead }) => progress.advance(bytesRead),
  });
  const plansAside = setAside.map(({ code, reason }) => `Plan ${code} is set aside: ${reason}`);
  return {
    input: { fleet, tariff, eligibility, setAside: new Set(setAside.map(({ plan }) => plan)) },
    origin: {
      inputs: hashes,
      subject: basename(sourceName(sources.devices)),
      notes: [...plansAside, ...fleetNotes(fleet)],
    },
  };
}

function fleetNotes({ counts }: DeviceTable): string[] {
  const notes: string[] = [];
  if (counts.identicalDuplicates > 0)
    notes.push(
      `${count(counts.identicalDuplicates)} rows repeat a SIM's row in every cell; each SIM counts once.`,
    );
  if (counts.blankLocations > 0)
    notes.push(`${count(counts.blankLocations)} SIMs have no location and are not taxed.`);
  return notes;
}

async function write(
  run: Optimization,
  fleet: DeviceTable,
  sink: ReportSink,
  origin: ReportOrigin,
  options: OptimizeOptions,
  progress: Progress,
): Promise<void> {
  const certificate = certificateText(run, {
    inputs: origin.inputs,
    quarantine: options.quarantine === true,
  });
  if (certificate !== undefined) {
    progress.stage("Writing the certificate");
    const stream = await sink.open("certificate.json");
    stream.end(certificate);
    await finished(stream);
  }
  progress.stage("Writing the reports", fleet.size);
  await writeReports(run, fleet, sink, origin, { onProgress: ({ done }) => progress.advance(done) });
}

function show(
  run: Optimization,
  fleet: DeviceTable,
  origin: ReportOrigin,
  options: OptimizeOptions,
  context: CliContext,
): void {
  const figures = gatherFigures(run, fleet);
  if (options.json === true) {
    context.print(JSON.stringify(summaryOf(run, figures, origin)));
    return;
  }
  context.stdout.write(resultText(run, figures, context.colour, origin.notes));
  if (options.out !== undefined)
    context.print(
      `\nReports in ${options.out}: report.html, report.xlsx, assignments.csv, summary.json, certificate.json`,
    );
}
