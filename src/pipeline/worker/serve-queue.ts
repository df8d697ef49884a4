import { setTimeout as sleep } from "node:timers/promises";
import type { ReceivedMessage } from "../../ports/queue.ts";
import type { PipelineContext } from "../context.ts";
import { handleMessage } from "./handle-message.ts";

/** How long a message stays hidden beyond the last sign of life of the worker that has it. */
const VISIBILITY_SECONDS = 120;
const SIGN_OF_LIFE_MS = 30_000;
const LONGEST_PAUSE_MS = 30_000;
const RECEIVE_AT_MOST = 10;

/** Takes messages of one queue, up to `atOnce` at a time, until the signal; ends when those under way have ended. */
export async function serveQueue(
  context: PipelineContext,
  queue: string,
  atOnce: number,
  signal: AbortSignal,
): Promise<void> {
  const running = new Set<Promise<void>>();
  let failures = 0;
  while (!signal.aborted) {
    if (running.size >= atOnce) {
      await Promise.race(running);
      continue;
    }
    try {
      const max = Math.min(RECEIVE_AT_MOST, atOnce - running.size);
      const messages = await context.queue.receive(queue, {
        max,
        visibilitySeconds: VISIBILITY_SECONDS,
        waitSeconds: 20,
        signal,
      });
      failures = 0;
      for (const message of messages) {
        if (signal.aborted) {
          await context.queue.giveBack(message, { reason: "the worker was told to stop" });
          continue;
        }
        const work = serveMessage(context, message, signal).finally(() => running.delete(work));
        running.add(work);
      }
    } catch (error) {
      failures++;
      context.log.error({ queue, failures, error }, "The queue cannot be read: trying again");
      await sleep(Math.min(LONGEST_PAUSE_MS, 250 * 2 ** failures), undefined, { signal }).catch(
        () => undefined,
      );
    }
  }
  await Promise.all(running);
}

async function serveMessage(
  context: PipelineContext,
  message: ReceivedMessage,
  signal: AbortSignal,
): Promise<void> {
  const alive = setInterval(() => {
    context.queue
      .extend(message, VISIBILITY_SECONDS)
      .catch((error: unknown) =>
        context.log.warn({ queue: message.queue, error }, "A message could not be kept hidden"),
      );
  }, SIGN_OF_LIFE_MS);
  try {
    await handleMessage(message, context, signal);
  } catch (error) {
    context.log.error(
      { queue: message.queue, error },
      "A message could not be settled: it will be delivered again",
    );
    clearInterval(alive);
    await giveBack(context, message, signal);
  } finally {
    clearInterval(alive);
  }
}

/** The database was away, and with it the queue: as soon as it is back, the message is for whoever is free. */
async function giveBack(
  context: PipelineContext,
  message: ReceivedMessage,
  signal: AbortSignal,
): Promise<void> {
  const reason = "database-unavailable: the message could not be settled";
  for (let waitMs = 250; waitMs < VISIBILITY_SECONDS * 1_000 && !signal.aborted; waitMs *= 2) {
    await sleep(Math.min(waitMs, LONGEST_PAUSE_MS), undefined, { signal }).catch(() => undefined);
    try {
      await context.queue.giveBack(message, { reason });
      return;
    } catch (error) {
      context.log.debug({ queue: message.queue, error }, "A message cannot be given back yet");
    }
  }
}
