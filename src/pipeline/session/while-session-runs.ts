import { setTimeout as sleep } from "node:timers/promises";
import { PoolwiseError } from "../../billing/errors.ts";
import type { PipelineContext } from "../context.ts";

/** Between two looks whether a session was cancelled, or has ended, while something long is done for it. */
const LOOK_EVERY_MS = 2_000;

/**
 * Does something long for a session, with a signal that aborts it once the session has ended, after which there is
 * nothing left to do, or once `stop` does.
 * @throws what `work` throws; PoolwiseError `calculation-stopped` where `stop` aborted.
 */
export async function whileSessionRuns(
  context: PipelineContext,
  sessionId: string,
  stop: AbortSignal | undefined,
  work: (running: AbortSignal) => Promise<void>,
): Promise<void> {
  const running = new AbortController();
  const done = new AbortController();
  const stopped = (): void =>
    running.abort(new PoolwiseError("calculation-stopped", "The worker was told to stop."));
  if (stop?.aborted === true) stopped();
  stop?.addEventListener("abort", stopped, { once: true });
  const over = new SessionOver();
  const looking = look(context, sessionId, done.signal).then((ended) => {
    if (ended) running.abort(over);
  });
  try {
    await work(running.signal);
  } catch (error) {
    if (error !== over) throw error;
  } finally {
    done.abort();
    stop?.removeEventListener("abort", stopped);
    await looking;
  }
}

/** Whether the session ended before `done`. */
async function look({ db, log }: PipelineContext, sessionId: string, done: AbortSignal): Promise<boolean> {
  for (;;) {
    await sleep(LOOK_EVERY_MS, undefined, { signal: done }).catch(() => undefined);
    if (done.aborted) return false;
    try {
      const { rows } = await db.query(
        "SELECT FROM optimization_sessions WHERE session_id = $1 AND status IN ('PENDING', 'RUNNING')",
        [sessionId],
      );
      if (rows.length === 0) return true;
    } catch (error) {
      log.warn({ sessionId, error }, "Whether a session still runs could not be read");
    }
  }
}

class SessionOver extends Error {}
