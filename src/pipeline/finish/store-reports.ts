import { Readable } from "node:stream";
import type { PutResult } from "../../ports/object-store.ts";
import { REPORT_NAMES } from "../../reports/write-reports.ts";
import { startJob } from "../compute/start-job.ts";
import { withOutputs } from "../compute/with-outputs.ts";
import type { PipelineContext } from "../context.ts";
import { reportKeys } from "../inputs/object-keys.ts";
import { readInputTexts, storedDeviceFile } from "../inputs/session-inputs.ts";
import type { SessionRow } from "../session/session-row.ts";
import type { WrittenReports } from "./begin-reports.ts";
import { readReportWords } from "./report-words.ts";
import type { SessionReports } from "./report-run.ts";
import { storedPlans } from "./recommended-plans.ts";
import { compareCosts, readUnitResult, sumStoredCosts } from "./restore-run.ts";

/**
 * Puts a session's reports into the object store, the same each time: those begun by this process, or else written from
 * what is stored.
 * @throws PoolwiseError `internal-error` where the totals of what was stored do not add up.
 */
export async function storeReports(
  context: PipelineContext,
  session: SessionRow,
  signal: AbortSignal,
): Promise<WrittenReports> {
  const { sessionId } = session;
  const [reports, stored] = await Promise.all([
    placeBegun(context, sessionId).then((placed) => placed ?? writeStored(context, session, signal)),
    sumStoredCosts(context.db, sessionId),
  ]);
  compareCosts(sessionId, stored, reports.costs);
  return reports;
}

/** Where those begun came to nothing, writing them again tells why. */
async function placeBegun(
  { keptReports, log }: PipelineContext,
  sessionId: string,
): Promise<WrittenReports | undefined> {
  try {
    return await keptReports.take(sessionId)?.place();
  } catch (error) {
    log.info({ sessionId, error }, "The reports that were begun came to nothing: they are written again");
    return undefined;
  }
}

async function writeStored(
  context: PipelineContext,
  session: SessionRow,
  signal: AbortSignal,
): Promise<WrittenReports> {
  const { db, objects } = context;
  const { sessionId } = session;
  const texts = await readInputTexts(context, session);
  const words = await readReportWords(db, session);
  const { unitId, result: unit } = await readUnitResult(db, sessionId);
  const running = startJob<SessionReports>(
    { kind: "report", sessionId, texts, unit, ...words },
    {
      reads: { devices: storedDeviceFile(context, sessionId), plans: storedPlans(db, sessionId, unitId) },
      writes: REPORT_NAMES,
      signal,
    },
  );
  const put = (name: string): Promise<PutResult> =>
    objects.put(reportKeys(sessionId) + name, Readable.from(running.output(name), { objectMode: false }));
  try {
    const [reports, written] = await withOutputs(running.result, REPORT_NAMES.map(put));
    return { ...reports, objects: written };
  } finally {
    await running.end();
  }
}
