import type { Command } from "commander";
import { runWorker } from "../../pipeline/worker/run-worker.ts";
import type { CliContext, RunCommand } from "./context.ts";
import { onInterrupt } from "./interrupt.ts";
import { holdStore } from "./store/hold-store.ts";

export function register(program: Command, context: CliContext, runCommand: RunCommand): void {
  program
    .command("worker")
    .description("Works on sessions until it is told to stop. Any number of workers share the work.")
    .addHelpText("after", HELP)
    .action(async () => work(context, runCommand));
}

const HELP = `
On PostgreSQL (DATABASE_URL) workers run on any number of machines. The embedded database takes one process: use
poolwise serve, or one worker. It also starts the sessions that are due at the end of billing cycles.

SIGTERM or Ctrl-C: hands on what it has, brings what cannot be handed on to its end, and ends with 0; a second one ends
it at once. Whatever was cut off is taken up again by the next worker. Logs are JSON lines on standard error; --quiet
turns them off.

Example:
  DATABASE_URL=postgres://poolwise@db/poolwise poolwise worker
`;

async function work(context: CliContext, runCommand: RunCommand): Promise<void> {
  const held = await holdStore("poolwise worker", context, runCommand);
  const { signal, dispose } = onInterrupt();
  const { log, db } = held.runtime;
  try {
    const pipeline = await held.runtime.pipeline();
    log.info({ database: db.kind, pid: process.pid }, "The worker has begun");
    signal.addEventListener("abort", () => log.info({}, "Stopping; a second signal stops at once"));
    await runWorker(pipeline, { signal });
    log.info({}, "The worker has stopped");
  } finally {
    dispose();
    await held.close();
  }
}
