import type { Command } from "commander";
import type { FastifyInstance } from "fastify";
import { PoolwiseError } from "../../billing/errors.ts";
import { runWorker } from "../../pipeline/worker/run-worker.ts";
import { openServer } from "../server/open-server.ts";
import type { Settings } from "../settings/definitions.ts";
import type { CliContext, RunCommand } from "./context.ts";
import { onInterrupt } from "./interrupt.ts";
import { holdStore } from "./store/hold-store.ts";
import { readVersion } from "./version.ts";

export function register(program: Command, context: CliContext, runCommand: RunCommand): void {
  program
    .command("serve")
    .description("Answers over HTTP and works on sessions, in one process, until it is told to stop.")
    .addHelpText("after", HELP)
    .action(async () => serve(context, runCommand));
}

const HELP = `
It listens on HOST (127.0.0.1) and PORT (8080): /healthz, /readyz, /metrics, and links to reports below /objects. It uses
the embedded database in DATA_DIR unless DATABASE_URL is set; while it holds that, other commands go through it. It also
starts the sessions that are due at the end of billing cycles. Settings: docs/settings.md.

SIGTERM or Ctrl-C: hands on what it has and ends with 0; a second one ends it at once. Logs are JSON lines on standard
error; --quiet turns them off.

Example:
  PORT=8080 poolwise serve
`;

async function serve(context: CliContext, runCommand: RunCommand): Promise<void> {
  const held = await holdStore("poolwise serve", context, runCommand);
  const { signal, dispose } = onInterrupt();
  const { runtime } = held;
  let server: FastifyInstance | undefined;
  try {
    const pipeline = await runtime.pipeline();
    server = await openServer({ runtime, pipeline, version: readVersion() });
    const address = await listen(server, runtime.settings);
    context.print(`Poolwise answers at ${address}`);
    signal.addEventListener("abort", () => runtime.log.info({}, "Stopping; a second signal stops at once"));
    await runWorker(pipeline, { signal });
  } finally {
    await server?.close();
    dispose();
    await held.close();
  }
}

async function listen(server: FastifyInstance, { HOST, PORT }: Settings): Promise<string> {
  try {
    return await server.listen({ host: HOST, port: PORT });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    const why = REFUSALS[code];
    if (why === undefined) throw error;
    throw new PoolwiseError("settings-invalid", `HOST ${HOST} and PORT ${PORT}: ${why}.`, { cause: error });
  }
}

const REFUSALS: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program listens there. Set another PORT, or 0 for any free one",
  EACCES: "this user may not listen there. Set a PORT from 1024 up",
  EADDRNOTAVAIL:
    "this machine has no such address. Set HOST to 127.0.0.1, 0.0.0.0 or an address of this machine",
  ENOTFOUND: "there is no such host. Set HOST to 127.0.0.1, 0.0.0.0 or an address of this machine",
};
