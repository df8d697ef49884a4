import { setTimeout as sleep } from "node:timers/promises";
import { PoolwiseError } from "../../../billing/errors.ts";
import type { Database } from "../../../ports/database.ts";
import { announce, openCurrentDatabase } from "../../runtime/open-database.ts";
import type { Runtime } from "../../runtime/open-runtime.ts";
import type { Settings } from "../../settings/definitions.ts";
import type { CliContext, RunCommand } from "../context.ts";
import { readVersion } from "../version.ts";
import { commandSocket } from "./command-socket.ts";
import { hostCommands } from "./host-commands.ts";
import { commandSettings, noteFirstUse, openRuntimeOrClose } from "./in-store.ts";

export interface HeldStore {
  readonly runtime: Runtime;
  close(): Promise<void>;
}

/** How long a process that is to stay waits for a command that is just using the embedded database. */
const PATIENCE_MS = 10_000;

/**
 * The store for a process that stays and works on messages. Where the database is embedded, commands of other processes
 * run here. @throws PoolwiseError `database-locked` saying who holds it.
 */
export async function holdStore(
  purpose: string,
  context: CliContext,
  runCommand: RunCommand,
): Promise<HeldStore> {
  const { settings, env } = commandSettings(context);
  noteFirstUse(settings, context);
  const db = await openPatiently(settings, purpose);
  const options = { settings, env, db, programVersion: readVersion(), works: true, logs: !context.quiet };
  const runtime = await openRuntimeOrClose(options);
  try {
    const host = db.kind === "pglite" ? await hostCommands(runtime, runCommand) : undefined;
    await announce(db, commandSocket(settings.DATA_DIR));
    return {
      runtime,
      async close() {
        await host?.close();
        await runtime.close();
      },
    };
  } catch (error) {
    await runtime.close();
    throw error;
  }
}

/** Whoever says where it answers stays; anybody else is soon done. */
async function openPatiently(settings: Settings, purpose: string): Promise<Database> {
  const giveUpMs = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await openCurrentDatabase(settings, purpose);
    } catch (error) {
      const passing =
        error instanceof PoolwiseError &&
        error.code === "database-locked" &&
        error.data["address"] === undefined;
      if (!passing || performance.now() >= giveUpMs) throw error;
      await sleep(200);
    }
  }
}
