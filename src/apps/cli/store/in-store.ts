import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { CommanderError } from "commander";
import { readHolder } from "../../../adapters/pglite/folder-lock.ts";
import { PoolwiseError } from "../../../billing/errors.ts";
import type { Database } from "../../../ports/database.ts";
import { openCurrentDatabase } from "../../runtime/open-database.ts";
import type { Runtime } from "../../runtime/open-runtime.ts";
import { openRuntime } from "../../runtime/open-runtime.ts";
import type { Settings } from "../../settings/definitions.ts";
import type { Environment } from "../../settings/read-settings.ts";
import { parseSettings, readEnvironment } from "../../settings/read-settings.ts";
import type { CliContext } from "../context.ts";
import { readVersion } from "../version.ts";
import { forwardCommand } from "./forward-command.ts";
import { hostOf } from "./hosted.ts";

export interface InStore extends Runtime {
  /** Aborted when nobody waits for the command's answer any more. */
  readonly signal: AbortSignal;
  /** Whether the command runs in a process that works on messages. */
  readonly isHosted: boolean;
}

/** How long a command waits for another that has the embedded database and takes no commands: most are done by then. */
const PATIENCE_MS = 15_000;

/** Settings as a command sees them: folders are relative to where it was called. */
export function commandSettings(context: CliContext): {
  readonly settings: Settings;
  readonly env: Environment;
} {
  const env = readEnvironment(context.env, context.cwd);
  const settings = parseSettings(env);
  return { settings: inFolder(settings, context.cwd), env };
}

function inFolder(settings: Settings, cwd: string): Settings {
  const { DATA_DIR, OBJECT_STORE } = settings;
  const objects =
    OBJECT_STORE === undefined || OBJECT_STORE.includes("://") ? OBJECT_STORE : resolve(cwd, OBJECT_STORE);
  return { ...settings, DATA_DIR: resolve(cwd, DATA_DIR), OBJECT_STORE: objects };
}

/**
 * Runs a command on the database: in this process, or, where another one holds the embedded database, there.
 * @throws PoolwiseError `database-locked` saying who holds it, where that one takes no commands.
 */
export async function inStore(
  program: Command,
  context: CliContext,
  work: (store: InStore) => Promise<void>,
): Promise<void> {
  const host = hostOf(context);
  if (host !== undefined) return await work({ ...host.runtime, signal: host.signal, isHosted: true });
  const { settings, env } = commandSettings(context);
  const db = await forwardOrOpen(program, context, settings, (purpose) =>
    openCurrentDatabase(settings, purpose),
  );
  if (db === "forwarded") return;
  const never = new AbortController().signal;
  const runtime = await openRuntimeOrClose({
    settings,
    env,
    db,
    programVersion: readVersion(),
    works: false,
    logs: context.debug,
  });
  try {
    await work({ ...runtime, signal: never, isHosted: false });
  } finally {
    await runtime.close();
  }
}

/** The runtime on a database; without one nobody else would close that. */
export async function openRuntimeOrClose(options: Parameters<typeof openRuntime>[0]): Promise<Runtime> {
  try {
    return openRuntime(options);
  } catch (error) {
    await options.db.close();
    throw error;
  }
}

/** Has the holder of the embedded database run the command, or opens the database here once nobody holds it. */
export async function forwardOrOpen(
  program: Command,
  context: CliContext,
  settings: Settings,
  open: (purpose: string) => Promise<Database>,
): Promise<Database | "forwarded"> {
  const giveUpMs = performance.now() + PATIENCE_MS;
  for (let told = false; ;) {
    if (await forwarded(program, context, settings)) return "forwarded";
    try {
      return await open(`poolwise ${program.args[0] ?? ""}`);
    } catch (error) {
      if (!(error instanceof PoolwiseError) || error.code !== "database-locked") throw error;
      if (performance.now() >= giveUpMs) throw error;
      const { pid, purpose } = error.data;
      if (!told)
        context.note(`Process ${String(pid)} (${String(purpose)}) has the database; waiting for it.`);
      told = true;
      await sleep(200);
    }
  }
}

/** Making a database takes some seconds, once. */
export function noteFirstUse({ DATABASE_URL, DATA_DIR }: Settings, context: CliContext): void {
  if (DATABASE_URL === undefined && !existsSync(join(DATA_DIR, "pglite")))
    context.note(`Making a database in ${DATA_DIR}; this happens once.`);
}

/** True where the command ran in the process that holds the database. */
async function forwarded(program: Command, context: CliContext, settings: Settings): Promise<boolean> {
  if (settings.DATABASE_URL !== undefined) return false;
  if ((await readHolder(settings.DATA_DIR)) === undefined) return false;
  const flags = [...(context.quiet ? ["--quiet"] : []), ...(context.debug ? ["--debug"] : [])];
  const status = await forwardCommand([...flags, ...program.args], context, settings.DATA_DIR);
  if (status === undefined) return false;
  // What was wrong has been said over there; for this code the shell adds nothing and ends with 2.
  if (status === 2) throw new CommanderError(2, "commander.help", "refused");
  context.setExitStatus(status);
  return true;
}
