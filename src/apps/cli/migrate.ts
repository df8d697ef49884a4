import type { Command } from "commander";
import { migrate, schemaState } from "../../adapters/store/migrate.ts";
import { openDatabase } from "../runtime/open-database.ts";
import type { Database } from "../../ports/database.ts";
import type { CliContext } from "./context.ts";
import { hostOf } from "./store/hosted.ts";
import { commandSettings, forwardOrOpen } from "./store/in-store.ts";

interface Options {
  readonly json?: true;
}

export function register(program: Command, context: CliContext): void {
  program
    .command("migrate")
    .description("Brings the schema of the database up to date.")
    .option("--json", "print what was applied as one JSON document")
    .addHelpText("after", HELP)
    .action(async (options: Options) => bringUpToDate(program, options, context));
}

const HELP = `
The database is that of DATABASE_URL, or the embedded one in DATA_DIR, which every command also brings up to date by
itself. All migrations are applied, or none. Several processes may do so at once.

Example:
  DATABASE_URL=postgres://poolwise@db/poolwise poolwise migrate
`;

async function bringUpToDate(program: Command, options: Options, context: CliContext): Promise<void> {
  const host = hostOf(context);
  if (host !== undefined) return await apply(host.runtime.db, options, context);
  const { settings } = commandSettings(context);
  const database = await forwardOrOpen(program, context, settings, (purpose) =>
    openDatabase(settings, purpose),
  );
  if (database === "forwarded") return;
  try {
    await apply(database, options, context);
  } finally {
    await database.close();
  }
}

async function apply(database: Database, options: Options, context: CliContext): Promise<void> {
  const applied = await migrate(database);
  const { current } = await schemaState(database);
  if (options.json) return context.print(JSON.stringify({ version: current, applied }));
  for (const name of applied) context.print(`applied ${name}`);
  context.print(`The database is at version ${current}${applied.length === 0 ? ", as it was" : ""}.`);
}
