import { startUnit } from "../../adapters/store/units.ts";
import { PoolwiseError } from "../../billing/errors.ts";
import type { Database } from "../../ports/database.ts";
import { REPORT_NAMES } from "../../reports/write-reports.ts";
import type { RunningJob } from "../compute/start-job.ts";
import { startJob } from "../compute/start-job.ts";
import { withOutputs } from "../compute/with-outputs.ts";
import type { PipelineContext } from "../context.ts";
import { beginReports } from "../finish/begin-reports.ts";
import type { SessionReports } from "../finish/report-run.ts";
import { readReportWords } from "../finish/report-words.ts";
import { sessionDeviceFile } from "../inputs/device-file.ts";
import type { KeptFile } from "../inputs/keep-device-file.ts";
import { keepDeviceFile } from "../inputs/keep-device-file.ts";
import { reportKeys } from "../inputs/object-keys.ts";
import { readInputTexts } from "../inputs/session-inputs.ts";
import type { MessageOf } from "../messages.ts";
import type { SessionRow } from "../session/session-row.ts";
import { lockSession } from "../session/session-row.ts";
import { whileSessionRuns } from "../session/while-session-runs.ts";
import { completeUsage } from "./complete-usage.ts";
import type { SolvedUnit } from "./solve-job.ts";
import { storeUnit } from "./store-unit.ts";

const STORE_LIMIT_MS = 3_600_000;

/** Optimises a unit and stores what came of it, once; the session's last unit hands it on. */
export async function optimizeStage(
  { sessionId, unitId }: MessageOf<"optimize">,
  context: PipelineContext,
  signal?: AbortSignal,
): Promise<void> {
  if (!(await startUnit(context.db, unitId, context.workerName))) return;
  await context.fault?.("optimize:started");
  const session = await sessionOf(context.db, sessionId);
  await whileSessionRuns(context, sessionId, signal, async (running) => {
    const devices = keepDeviceFile(context.objects, sessionId, sessionDeviceFile(context.db, sessionId));
    try {
      await optimize(context, session, unitId, devices, running);
    } finally {
      devices.giveUp();
    }
  });
}

async function optimize(
  context: PipelineContext,
  session: SessionRow,
  unitId: number,
  devices: KeptFile,
  running: AbortSignal,
): Promise<void> {
  const { sessionId, tenantId } = session;
  const texts = await readInputTexts(context, session);
  const job = startJob<SolvedUnit, SessionReports | undefined>(
    {
      kind: "solve",
      texts,
      owner: { sessionId, tenantId, unitId },
      solveLimitMs: context.settings.solveLimitMs,
      words: await readReportWords(context.db, session),
    },
    {
      reads: { devices: devices.file },
      writes: ["assignments", ...REPORT_NAMES],
      signal: running,
      onProgress: (stage, best, bound) =>
        context.log.debug({ sessionId, unitId, stage, best, bound }, "Optimising"),
    },
  );
  job.result.catch(() => devices.giveUp());
  try {
    const solved = await solvedBy(job, devices, context, unitId, session);
    await storeWithReports(context, unitId, sessionId, solved, { job, planIds: texts.planIds });
  } finally {
    await job.end();
  }
}

type SolvingJob = RunningJob<SolvedUnit, SessionReports | undefined>;

/** What a unit comes to. Beside it, its devices file is kept and the database, idle meanwhile, completes its usage. */
async function solvedBy(
  job: SolvingJob,
  devices: KeptFile,
  context: PipelineContext,
  unitId: number,
  session: SessionRow,
): Promise<SolvedUnit> {
  const { sessionId } = session;
  const [solved] = await withOutputs(job.result, [devices.kept, completeUsage(context.db, session, unitId)]);
  const { certificate } = solved;
  if (certificate !== undefined)
    await context.objects.put(`${reportKeys(sessionId)}certificate.json`, certificate, {
      contentType: "application/json",
    });
  await context.fault?.("optimize:solved");
  return solved;
}

/** Stores what a unit came to while its thread writes the reports, which are kept for the finish stage. */
async function storeWithReports(
  context: PipelineContext,
  unitId: number,
  sessionId: string,
  solved: SolvedUnit,
  { job, planIds }: { job: SolvingJob; planIds: readonly number[] },
): Promise<void> {
  const reports = beginReports(context.objects, sessionId, job);
  let kept = false;
  try {
    await context.db.transaction(
      async (within) => {
        const unit = { sessionId, unitId, solved, planIds };
        if (!(await storeUnit(context, within, unit, job.output("assignments")))) return;
        within.afterCommit(() => {
          kept = true;
          context.keptReports.keep(sessionId, reports);
        });
        await context.fault?.("optimize:before-commit");
      },
      { timeoutMs: STORE_LIMIT_MS },
    );
    await context.fault?.("optimize:after-commit");
    if (kept) await reports.written;
  } finally {
    if (!kept) {
      await job.end();
      await reports.giveUp();
    }
  }
}

async function sessionOf(database: Database, sessionId: string): Promise<SessionRow> {
  const session = await database.transaction((within) => lockSession(within, sessionId));
  if (session !== undefined) return session;
  throw new PoolwiseError("internal-error", `There is no session ${sessionId}.`);
}
