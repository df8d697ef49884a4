import { addSessionEvent } from "../../adapters/store/records.ts";
import { finishUnit, startUnit } from "../../adapters/store/units.ts";
import { PoolwiseError } from "../../billing/errors.ts";
import type { Database, Transaction } from "../../ports/database.ts";
import type { PipelineContext } from "../context.ts";
import { reportKeys } from "../inputs/object-keys.ts";
import type { SessionInputs } from "../inputs/session-inputs.ts";
import { readInputs, writeDeviceFile } from "../inputs/session-inputs.ts";
import type { MessageOf } from "../messages.ts";
import { sendStage } from "../messages.ts";
import type { SessionRow } from "../session/session-row.ts";
import { lockAt, lockSession, moveTo } from "../session/session-row.ts";
import { certificateText } from "./certificate-document.ts";
import type { Optimization } from "./optimization.ts";
import { optimizeFleet } from "./optimize-fleet.ts";
import { storeAssignments } from "./store-assignments.ts";
import { storeGroups } from "./store-groups.ts";
import { unitResultOf } from "./unit-result.ts";

const STORE_LIMIT_MS = 3_600_000;

/** Optimises a unit and stores what came of it, once; the session's last unit hands it on. */
export async function optimizeStage(
  { sessionId, unitId }: MessageOf<"optimize">,
  context: PipelineContext,
): Promise<void> {
  if (!(await startUnit(context.db, unitId, context.workerName))) return;
  await context.fault?.("optimize:started");
  const session = await sessionOf(context.db, sessionId);
  await writeDeviceFile(context, sessionId);
  const inputs = await readInputs(context, session);
  const run = optimize(context, inputs);
  const certificate = certificateText(run, { inputs: inputs.hashes, quarantine: inputs.quarantine });
  if (certificate !== undefined)
    await context.objects.put(`${reportKeys(sessionId)}certificate.json`, certificate, {
      contentType: "application/json",
    });
  await context.fault?.("optimize:solved");
  await context.db.transaction((within) => store(context, within, unitId, sessionId, run, inputs), {
    timeoutMs: STORE_LIMIT_MS,
  });
  await context.fault?.("optimize:after-commit");
}

async function sessionOf(database: Database, sessionId: string): Promise<SessionRow> {
  const session = await database.transaction((within) => lockSession(within, sessionId));
  if (session !== undefined) return session;
  throw new PoolwiseError("internal-error", `There is no session ${sessionId}.`);
}

function optimize(context: PipelineContext, { input }: SessionInputs): Optimization {
  const { solveLimitMs } = context.settings;
  const now = (): number => performance.now();
  return optimizeFleet(input, {
    now,
    ...(solveLimitMs !== undefined && { deadlineMs: now() + solveLimitMs }),
  });
}

async function store(
  context: PipelineContext,
  within: Transaction,
  unitId: number,
  sessionId: string,
  run: Optimization,
  inputs: SessionInputs,
): Promise<void> {
  const session = await lockAt(within, sessionId, "optimize");
  if (session === undefined) return;
  const { rows } = await within.query(
    "SELECT FROM units WHERE unit_id = $1 AND session_id = $2 AND status = 'RUNNING' FOR UPDATE",
    [unitId, sessionId],
  );
  if (rows.length === 0) return;
  await storeAssignments(within, session, unitId, run, inputs);
  await context.fault?.("optimize:assignments-stored");
  await storeGroups(within, session, unitId, run, inputs);
  await within.query("UPDATE units SET result = coalesce(result, '{}') || $2::jsonb WHERE unit_id = $1", [
    unitId,
    JSON.stringify(unitResultOf(run, inputs.hashes)),
  ]);
  await within.query("UPDATE optimization_sessions SET input_hashes = $2 WHERE session_id = $1", [
    sessionId,
    JSON.stringify(inputs.hashes),
  ]);
  if (await finishUnit(within, unitId, { status: "DONE" })) {
    await moveTo(within, sessionId, "finish");
    await addSessionEvent(within, {
      tenantId: session.tenantId,
      sessionId,
      kind: "optimized",
      data: { winner: run.winner, changes: run.changes },
    });
    await sendStage(context, within, { stage: "finish", sessionId });
  }
  const labels = { tenant: String(session.tenantId), account: String(session.accountId) };
  const seconds = run.strategies.reduce((sum, strategy) => sum + strategy.seconds, 0);
  within.afterCommit(() => {
    context.metrics.observe("optimization_duration_seconds", seconds, labels);
    context.metrics.count("devices_optimized", inputs.input.fleet.size, labels);
  });
  await context.fault?.("optimize:before-commit");
}
