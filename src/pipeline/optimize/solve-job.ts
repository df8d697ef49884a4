import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { JobTools } from "../compute/perform-job.ts";
import type { ReportWords, SessionReports } from "../finish/report-run.ts";
import { reportRun } from "../finish/report-run.ts";
import type { InputTexts } from "../inputs/session-inputs.ts";
import { parseInputs } from "../inputs/session-inputs.ts";
import { assignmentLinesForCopy } from "./assignment-rows.ts";
import type { AssignmentOwner } from "./assignment-rows.ts";
import { certificateText } from "./certificate-document.ts";
import type { PlannedGroup } from "./communication-groups.ts";
import type { StrategyOutcome } from "../../reports/reported-run.ts";
import { optimizeFleet } from "./optimize-fleet.ts";
import type { UnitResult } from "./unit-result.ts";
import { unitResultOf } from "./unit-result.ts";

/**
 * Solve a unit. Reads `devices`, the file of its SIMs; writes, once its result has been told, `assignments`, COPY text,
 * and beside them its session's reports, by their names. What these come to is told last; undefined where they were not
 * wanted to their end.
 */
export interface SolveJob {
  readonly kind: "solve";
  readonly texts: InputTexts;
  readonly owner: AssignmentOwner;
  /** How long the certified solver may take; undefined: until its work budget is used up. */
  readonly solveLimitMs: number | undefined;
  readonly words: ReportWords;
}

/** What came of a unit, beside its assignments. */
export interface SolvedUnit {
  readonly result: UnitResult;
  readonly certificate: string | undefined;
  readonly strategies: readonly StrategyOutcome[];
  readonly groups: readonly PlannedGroup[];
  readonly devices: number;
}

export async function solveUnit(
  job: SolveJob,
  tools: JobTools<SolvedUnit>,
): Promise<SessionReports | undefined> {
  const { texts, solveLimitMs } = job;
  const inputs = await parseInputs(texts, tools.read("devices"));
  const now = (): number => performance.now();
  const run = optimizeFleet(inputs.input, {
    now,
    onProgress: tools.progress,
    ...(solveLimitMs !== undefined && { deadlineMs: now() + solveLimitMs }),
  });
  tools.result({
    result: unitResultOf(run, inputs.hashes),
    certificate: certificateText(run, { inputs: inputs.hashes, quarantine: inputs.quarantine }),
    strategies: run.strategies,
    groups: run.groups,
    devices: inputs.input.fleet.size,
  });
  const [reports] = await Promise.all([
    // Who finishes the session writes them again where they fail, and then learns why.
    reportRun(run, inputs, job.words, tools).catch(() => undefined),
    pipeline(
      Readable.from(assignmentLinesForCopy(job.owner, run, inputs), { objectMode: false }),
      tools.write("assignments"),
    ),
  ]);
  return reports;
}
