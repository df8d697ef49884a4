import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { NOTIFICATIONS_CHANNEL } from "../../adapters/store/notifications.ts";
import type { PipelineContext } from "../context.ts";
import { sendNotifications } from "./send-notifications.ts";

/**
 * Sends notifications until the signal, each as soon as it is decided, whichever process decided it; and once more
 * before it ends, so that a worker that was started for one session tells of its end.
 */
export async function serveNotifications(
  context: PipelineContext,
  everyMs: number,
  signal: AbortSignal,
): Promise<void> {
  if (context.notifiers === undefined) return;
  // A worker's name may have been that of an earlier one.
  const holder = `${context.workerName}:${randomUUID()}`;
  const bell = openBell();
  const stop = await listen(context, bell.ring);
  while (!signal.aborted) {
    await sendLogged(context, holder);
    await bell.rung(everyMs, signal);
  }
  await sendLogged(context, holder);
  await stop();
}

async function sendLogged(context: PipelineContext, holder: string): Promise<void> {
  try {
    await sendNotifications(context, holder);
  } catch (error) {
    context.log.error({ error }, "Notifications could not be sent: trying again");
  }
}

/** Without the bell they go out a little later. */
async function listen({ db, log }: PipelineContext, ring: () => void): Promise<() => Promise<void>> {
  try {
    return await db.listen(NOTIFICATIONS_CHANNEL, ring);
  } catch (error) {
    log.warn({ error }, "New notifications are not heard of at once");
    return () => Promise.resolve();
  }
}

interface Bell {
  readonly ring: () => void;
  /** Waits until it rings, has rung since the last wait, or the time is over. */
  rung(atMostMs: number, signal: AbortSignal): Promise<void>;
}

function openBell(): Bell {
  let pending = false;
  let wake: (() => void) | undefined;
  return {
    ring() {
      pending = true;
      wake?.();
    },
    async rung(atMostMs, signal) {
      if (!pending) {
        const over = new AbortController();
        wake = (): void => over.abort();
        await sleep(atMostMs, undefined, { signal: AbortSignal.any([signal, over.signal]) }).catch(
          () => undefined,
        );
        wake = undefined;
      }
      pending = false;
    },
  };
}
