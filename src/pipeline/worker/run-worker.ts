import { setTimeout as sleep } from "node:timers/promises";
import type { PipelineContext } from "../context.ts";
import { OPTIMIZATION_QUEUE, PIPELINE_QUEUES, SYNC_QUEUE } from "../context.ts";
import { serveNotifications } from "../notifications/serve-notifications.ts";
import { startScheduled } from "../session/start-scheduled.ts";
import { endStalled } from "../watchdog/end-stalled.ts";
import { takeDeadLetters } from "../watchdog/take-dead-letters.ts";
import { serveQueue } from "./serve-queue.ts";

export interface WorkerOptions {
  /** Ends the worker: a sync hands on what it has read, anything else under way is brought to its end. */
  readonly signal: AbortSignal;
  /** Between two looks for what has stopped or failed for good. Default 10 s. */
  readonly watchEveryMs?: number;
  /** Whether sessions that are due start by themselves. Default true. */
  readonly startsScheduled?: boolean;
}

/** Takes messages of the pipeline and watches over its sessions until the signal. Any number of these share the work. */
export async function runWorker(
  context: PipelineContext,
  { signal, watchEveryMs = 10_000, startsScheduled = true }: WorkerOptions,
): Promise<void> {
  const { unitsPerWorker } = context.settings;
  // What the last message decides is still told.
  const over = new AbortController();
  const telling = serveNotifications(context, watchEveryMs, over.signal);
  try {
    await Promise.all([
      serveQueue(context, SYNC_QUEUE, unitsPerWorker, signal),
      serveQueue(context, OPTIMIZATION_QUEUE, unitsPerWorker, signal),
      watch(context, watchEveryMs, startsScheduled, signal),
    ]);
  } finally {
    over.abort();
    await telling;
  }
}

async function watch(
  context: PipelineContext,
  everyMs: number,
  startsScheduled: boolean,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await takeDeadLetters(context);
      await endStalled(context);
      if (startsScheduled) await startScheduled(context);
      await measureQueues(context);
    } catch (error) {
      context.log.error({ error }, "The watch over the sessions failed: trying again");
    }
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
  }
}

async function measureQueues(context: PipelineContext): Promise<void> {
  for (const { name } of PIPELINE_QUEUES) {
    const { oldestReadySeconds } = await context.queue.depth(name);
    context.metrics.gauge("queue_age_seconds", oldestReadySeconds, { queue: name });
  }
}
