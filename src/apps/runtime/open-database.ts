import type { EmbeddedDatabase } from "../../adapters/pglite/open-pglite.ts";
import { assertMigrated, migrate } from "../../adapters/store/migrate.ts";
import { openStore } from "../../adapters/store/open-store.ts";
import type { Database } from "../../ports/database.ts";
import type { Settings } from "../settings/definitions.ts";

export type DatabaseSettings = Pick<Settings, "DATABASE_URL" | "DATA_DIR" | "DB_POOL_SIZE" | "DB_TIMEOUT">;

/** The database that the settings name, as it is. @throws PoolwiseError `database-locked`. */
export async function openDatabase(settings: DatabaseSettings, purpose: string): Promise<Database> {
  return await openStore({
    databaseUrl: settings.DATABASE_URL?.reveal(),
    dataDir: settings.DATA_DIR,
    poolSize: settings.DB_POOL_SIZE,
    timeoutMs: settings.DB_TIMEOUT,
    purpose,
  });
}

/**
 * The same with the schema of this program. An embedded database is brought up to date on the spot, as nobody else
 * uses it; a server's only by `poolwise migrate`. @throws PoolwiseError `database-not-migrated`, `database-too-new`.
 */
export async function openCurrentDatabase(settings: DatabaseSettings, purpose: string): Promise<Database> {
  const database = await openDatabase(settings, purpose);
  try {
    await (database.kind === "pglite" ? migrate(database) : assertMigrated(database));
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Tells other processes where the holder of an embedded database answers. */
export async function announce(database: Database, address: string): Promise<void> {
  if (isEmbedded(database)) await database.announce(address);
}

function isEmbedded(database: Database): database is EmbeddedDatabase {
  return database.kind === "pglite" && "announce" in database;
}
