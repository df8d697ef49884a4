import { runWorker } from "../../../pipeline/worker/run-worker.ts";
import { announce } from "../../runtime/open-database.ts";
import type { Runtime } from "../../runtime/open-runtime.ts";
import type { CliContext, RunCommand } from "../context.ts";
import { commandSocket } from "./command-socket.ts";
import { hostCommands } from "./host-commands.ts";

export interface MeanwhileOptions {
  readonly context: CliContext;
  readonly runCommand: RunCommand;
  /** The person has interrupted the command. */
  readonly signal: AbortSignal;
}

/**
 * Works on messages, and runs commands of other processes, while `wait` waits for something that comes of it; then until
 * those commands are done. For an embedded database that no other process works on.
 */
export async function workMeanwhile<Result>(
  runtime: Runtime,
  { context, runCommand, signal }: MeanwhileOptions,
  wait: (stop: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const pipeline = await runtime.pipeline();
  const host = await hostCommands(runtime, runCommand);
  await announce(runtime.db, commandSocket(runtime.settings.DATA_DIR));
  const done = new AbortController();
  const failed = new AbortController();
  const worker = runWorker(pipeline, {
    signal: AbortSignal.any([done.signal, signal]),
    startsScheduled: false,
  });
  worker.catch(() => failed.abort());
  try {
    const result = await wait(AbortSignal.any([signal, failed.signal]));
    if (signal.aborted) context.note("Stopping; Ctrl-C again stops at once.");
    if (host.busy > 0 && !signal.aborted) {
      context.note("Other commands go through this process; it ends when they do. Ctrl-C ends it now.");
      await Promise.race([host.idle(), aborted(signal)]);
    }
    return result;
  } finally {
    done.abort();
    await host.close();
    await worker;
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
