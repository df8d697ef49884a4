import { Readable } from "node:stream";
import type { PutResult } from "../../ports/object-store.ts";
import { REPORT_NAMES } from "../../reports/write-reports.ts";
import { startJob } from "../compute/start-job.ts";
import { withOutputs } from "../compute/with-outputs.ts";
import type { PipelineContext } from "../context.ts";
import { reportKeys } from "../inputs/object-keys.ts";
import { storedDeviceFile } from "../inputs/session-inputs.ts";
import type { ReportJob, SessionReports } from "./report-job.ts";
import { storedPlans } from "./recommended-plans.ts";
import { compareCosts, sumStoredCosts } from "./restore-run.ts";

export interface StoredReports extends SessionReports {
  readonly objects: readonly PutResult[];
}

/**
 * Writes a session's reports into the object store, the same each time.
 * @throws PoolwiseError `internal-error` where the totals of what was stored do not add up.
 */
export async function storeReports(
  context: PipelineContext,
  job: ReportJob,
  unitId: number,
  signal: AbortSignal,
): Promise<StoredReports> {
  const { db, objects } = context;
  const { sessionId } = job;
  const running = startJob<SessionReports>(job, {
    reads: { devices: storedDeviceFile(context, sessionId), plans: storedPlans(db, sessionId, unitId) },
    writes: REPORT_NAMES,
    signal,
  });
  const put = (name: string): Promise<PutResult> =>
    objects.put(reportKeys(sessionId) + name, Readable.from(running.output(name), { objectMode: false }));
  try {
    const [[reports, written], stored] = await Promise.all([
      withOutputs(running.result, REPORT_NAMES.map(put)),
      sumStoredCosts(db, sessionId),
    ]);
    compareCosts(sessionId, stored, reports.costs);
    return { ...reports, objects: written };
  } finally {
    await running.end();
  }
}
