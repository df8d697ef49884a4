import type { PutResult } from "../../ports/object-store.ts";
import type { ReportFigures } from "../../reports/figures.ts";
import { objectSink } from "../../reports/object-sink.ts";
import type { ReportedRun, ReportOrigin } from "../../reports/reported-run.ts";
import { writeReports } from "../../reports/write-reports.ts";
import type { PipelineContext } from "../context.ts";
import { reportKeys } from "../inputs/object-keys.ts";
import type { SessionInputs } from "../inputs/session-inputs.ts";

export interface StoredReports {
  readonly figures: ReportFigures;
  /** By object key. */
  readonly objects: ReadonlyMap<string, PutResult>;
}

/** Writes a session's reports into the object store, the same each time. */
export async function storeReports(
  { objects }: PipelineContext,
  sessionId: string,
  run: ReportedRun,
  inputs: SessionInputs,
  origin: ReportOrigin,
): Promise<StoredReports> {
  const written = new Map<string, PutResult>();
  const recording = {
    ...objects,
    put: async (...put: Parameters<typeof objects.put>): Promise<PutResult> => {
      const result = await objects.put(...put);
      written.set(result.key, result);
      return result;
    },
  };
  const figures = await writeReports(
    run,
    inputs.input.fleet,
    objectSink(recording, reportKeys(sessionId)),
    origin,
  );
  return { figures, objects: written };
}
