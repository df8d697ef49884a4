import { addSessionEvent } from "../../adapters/store/records.ts";
import { finishUnit, startUnit } from "../../adapters/store/units.ts";
import { PoolwiseError } from "../../billing/errors.ts";
import type { Database, Transaction } from "../../ports/database.ts";
import type { RunningJob } from "../compute/start-job.ts";
import { startJob } from "../compute/start-job.ts";
import { withOutputs } from "../compute/with-outputs.ts";
import type { PipelineContext } from "../context.ts";
import { deviceColumns, deviceRows } from "../inputs/device-file.ts";
import { reportKeys } from "../inputs/object-keys.ts";
import type { InputTexts } from "../inputs/session-inputs.ts";
import { putDeviceFile, readInputTexts } from "../inputs/session-inputs.ts";
import type { MessageOf } from "../messages.ts";
import { sendStage } from "../messages.ts";
import type { SessionRow } from "../session/session-row.ts";
import { lockAt, lockSession, moveTo } from "../session/session-row.ts";
import { whileSessionRuns } from "../session/while-session-runs.ts";
import { ASSIGNMENT_COLUMNS } from "./assignment-rows.ts";
import { calculateUsage } from "./calculate-usage.ts";
import type { SolvedUnit } from "./solve-job.ts";
import { storeGroups } from "./store-groups.ts";

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
  const columns = await deviceColumns(context.db, sessionId);
  const texts = await readInputTexts(context, session);
  const { tenantId } = session;
  await whileSessionRuns(context, sessionId, signal, async (running) => {
    const job = startJob<SolvedUnit>(
      {
        kind: "solve",
        texts,
        owner: { sessionId, tenantId, unitId },
        columns,
        solveLimitMs: context.settings.solveLimitMs,
      },
      {
        reads: { rows: deviceRows(context.db, sessionId, columns) },
        writes: ["devices", "assignments"],
        signal: running,
        onProgress: (stage, best, bound) =>
          context.log.debug({ sessionId, unitId, stage, best, bound }, "Optimising"),
      },
    );
    try {
      await storeSolved(context, unitId, session, job, texts);
    } finally {
      await job.end();
    }
  });
}

async function storeSolved(
  context: PipelineContext,
  unitId: number,
  session: SessionRow,
  job: RunningJob<SolvedUnit>,
  texts: InputTexts,
): Promise<void> {
  const { sessionId } = session;
  // The database has nothing else to do while a thread solves.
  const [solved] = await withOutputs(job.result, [
    putDeviceFile(context, sessionId, job.output("devices")),
    calculateUsage(context.db, session, unitId),
  ]);
  const { certificate } = solved;
  if (certificate !== undefined)
    await context.objects.put(`${reportKeys(sessionId)}certificate.json`, certificate, {
      contentType: "application/json",
    });
  await context.fault?.("optimize:solved");
  await context.db.transaction(
    (within) =>
      store(context, within, unitId, sessionId, solved, { assignments: job.output("assignments"), texts }),
    { timeoutMs: STORE_LIMIT_MS },
  );
  await context.fault?.("optimize:after-commit");
}

async function sessionOf(database: Database, sessionId: string): Promise<SessionRow> {
  const session = await database.transaction((within) => lockSession(within, sessionId));
  if (session !== undefined) return session;
  throw new PoolwiseError("internal-error", `There is no session ${sessionId}.`);
}

async function store(
  context: PipelineContext,
  within: Transaction,
  unitId: number,
  sessionId: string,
  solved: SolvedUnit,
  { assignments, texts }: { assignments: AsyncIterable<Uint8Array>; texts: InputTexts },
): Promise<void> {
  const session = await lockAt(within, sessionId, "optimize");
  if (session === undefined) return;
  const { rows } = await within.query(
    "SELECT FROM units WHERE unit_id = $1 AND session_id = $2 AND status = 'RUNNING' FOR UPDATE",
    [unitId, sessionId],
  );
  if (rows.length === 0) return;
  await storeAssignments(within, session, assignments);
  await context.fault?.("optimize:assignments-stored");
  await storeGroups(within, session, unitId, solved, texts.planIds);
  const { result } = solved;
  await within.query("UPDATE units SET result = coalesce(result, '{}') || $2::jsonb WHERE unit_id = $1", [
    unitId,
    JSON.stringify(result),
  ]);
  await within.query("UPDATE optimization_sessions SET input_hashes = $2 WHERE session_id = $1", [
    sessionId,
    JSON.stringify(result.inputs),
  ]);
  if (await finishUnit(within, unitId, { status: "DONE" })) {
    await moveTo(within, sessionId, "finish");
    await addSessionEvent(within, {
      tenantId: session.tenantId,
      sessionId,
      kind: "optimized",
      data: { winner: result.winner, changes: result.changes },
    });
    await sendStage(context, within, { stage: "finish", sessionId });
  }
  await context.fault?.("optimize:before-commit");
}

/** Stores one row for every SIM of the session: those of the unit, and those that no unit could take. */
async function storeAssignments(
  within: Transaction,
  { sessionId, tenantId }: SessionRow,
  assignments: AsyncIterable<Uint8Array>,
): Promise<void> {
  await within.copyIn({ table: "device_assignments", columns: ASSIGNMENT_COLUMNS }, assignments);
  await within.query(
    `INSERT INTO device_assignments (session_id, tenant_id, iccid, usage_bytes, excluded)
     SELECT session_id, $2, iccid, usage_bytes, excluded FROM session_devices WHERE session_id = $1 AND unit_id IS NULL`,
    [sessionId, tenantId],
  );
}
