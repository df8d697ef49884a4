import { pipeline } from "node:stream/promises";
import { PoolwiseError } from "../../billing/errors.ts";
import type { ReportSink } from "../../reports/sink.ts";
import type { PipelineContext } from "../context.ts";
import { INPUT_FILES, inputKeys, reportKeys } from "../inputs/object-keys.ts";
import { findSession } from "./find-session.ts";

const REPORT_FILES = ["assignments.csv", "summary.json", "certificate.json", "report.xlsx", "report.html"];

/**
 * Writes the reports of a completed session, and into `inputs` the files it worked on, so that it can be checked from
 * outside. @returns the names written, those of the inputs as `inputs/…`.
 * @throws PoolwiseError `option-invalid` where there is no such session, or it has no reports; `output-unwritable`.
 */
export async function writeSessionReports(
  { db, objects }: Pick<PipelineContext, "db" | "objects">,
  id: string,
  sink: ReportSink,
  inputs: ReportSink,
  tenantId?: number,
): Promise<string[]> {
  const { sessionId, status } = await findSession(db, id, tenantId);
  if (status !== "COMPLETED")
    throw new PoolwiseError(
      "option-invalid",
      `Session ${sessionId} is ${status} and has no reports: poolwise session show ${sessionId} says why.`,
      { data: { sessionId, status } },
    );
  const written: string[] = [];
  const copy = async (key: string, to: ReportSink, name: string, shown: string): Promise<void> => {
    if ((await objects.head(key)) === undefined) return;
    await pipeline(await objects.get(key), await to.open(name));
    written.push(shown);
  };
  for (const name of REPORT_FILES) await copy(reportKeys(sessionId) + name, sink, name, name);
  for (const name of Object.values(INPUT_FILES))
    await copy(inputKeys(sessionId) + name, inputs, name, `inputs/${name}`);
  return written;
}
