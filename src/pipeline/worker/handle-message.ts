import { ERROR_CODES, PoolwiseError } from "../../billing/errors.ts";
import type { ReceivedMessage } from "../../ports/queue.ts";
import type { PipelineContext } from "../context.ts";
import { finishStage } from "../finish/finish-stage.ts";
import type { StageMessage } from "../messages.ts";
import { sendStage, stageMessage } from "../messages.ts";
import { optimizeStage } from "../optimize/optimize-stage.ts";
import { prepareStage } from "../prepare/prepare-stage.ts";
import { endSession } from "../session/end-session.ts";
import { startStage } from "../start/start-stage.ts";
import { syncStage } from "../sync/sync-stage.ts";

const LONGEST_DELAY_SECONDS = 300;

/** Runs the stage that a message asks for. May be called again with the same message: the effect is that of once. */
export async function runStage(
  message: StageMessage,
  context: PipelineContext,
  signal?: AbortSignal,
): Promise<void> {
  if (message.stage === "start") await startStage(message, context);
  else if (message.stage === "sync") await syncStage(message, context, signal);
  else if (message.stage === "prepare") await prepareStage(message, context);
  else if (message.stage === "optimize") await optimizeStage(message, context, signal);
  else await finishStage(message, context, signal);
}

/**
 * Deals with one delivery to its end: acknowledged, given back to be tried again, its session failed, or rejected as
 * unreadable. Throws only what the queue itself throws; the message then comes back by itself.
 */
export async function handleMessage(
  received: ReceivedMessage,
  context: PipelineContext,
  signal?: AbortSignal,
): Promise<void> {
  const parsed = stageMessage.safeParse(received.body);
  if (!parsed.success) {
    await context.queue.reject(received, {
      reason: `input-invalid: ${parsed.error.issues[0]?.message ?? "not a message of the pipeline"}`,
    });
    return;
  }
  try {
    await runStage(parsed.data, context, signal);
  } catch (error) {
    await settleFailure(parsed.data, received, error, context);
    return;
  }
  await context.queue.acknowledge(received);
}

/**
 * What the message needs is away: a disk is full, a database busy. It is tried again for as long as the session may
 * stand still, however often that is, and the session says meanwhile what it waits for.
 */
async function waitFor(
  message: StageMessage,
  received: ReceivedMessage,
  error: PoolwiseError,
  context: PipelineContext,
): Promise<void> {
  await context.db.transaction(async (within) => {
    if (!(await context.queue.acknowledge(received, { within }))) return;
    const { rows } = await within.query<{ seconds: number }>(
      `UPDATE optimization_sessions SET reason = $2 WHERE session_id = $1 AND status IN ('PENDING', 'RUNNING')
       RETURNING extract(epoch FROM clock_timestamp() - progress_at)::float8 AS seconds`,
      [message.sessionId, `Waiting: ${error.message}`],
    );
    const [session] = rows;
    if (session === undefined) return;
    const ceiling = Math.min(LONGEST_DELAY_SECONDS, Math.max(2, session.seconds / 4));
    await sendStage(context, within, message, Math.ceil(ceiling * (0.5 + Math.random() / 2)));
  });
}

async function settleFailure(
  message: StageMessage,
  received: ReceivedMessage,
  error: unknown,
  context: PipelineContext,
): Promise<void> {
  const { sessionId, stage } = message;
  const known = error instanceof PoolwiseError ? error : undefined;
  const code = known?.code ?? "internal-error";
  const reason = error instanceof Error ? error.message : String(error);
  context.metrics.count("messages_failed", 1, { stage, code });
  context.log.error(
    { sessionId, stage, code, receiveCount: received.receiveCount, ...(known === undefined && { error }) },
    reason,
  );
  if (known !== undefined && ERROR_CODES[known.code].retry)
    return await waitFor(message, received, known, context);
  if (known === undefined) {
    const ceiling = Math.min(LONGEST_DELAY_SECONDS, 2 ** received.receiveCount);
    const delaySeconds = Math.floor(Math.random() * ceiling);
    const tells = `${code}: ${reason}`;
    if (await context.queue.giveBack(received, { delaySeconds, reason: tells }))
      await tellWaiting(context, sessionId, `Waiting to try again: ${reason}`);
    return;
  }
  await context.db.transaction(async (within) => {
    await endSession(context, within, sessionId, { status: "FAILED", errorCode: code, reason });
    await context.queue.acknowledge(received, { within });
  });
}

/** Shows whoever looks what the session waits for. */
async function tellWaiting({ db, log }: PipelineContext, sessionId: string, reason: string): Promise<void> {
  const shown =
    "UPDATE optimization_sessions SET reason = $2 WHERE session_id = $1 AND status IN ('PENDING', 'RUNNING')";
  await db
    .query(shown, [sessionId, reason])
    .catch((error: unknown) => log.warn({ sessionId, error }, "What a session waits for could not be noted"));
}
