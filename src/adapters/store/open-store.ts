import type { Database } from "../../ports/database.ts";
import { openPglite } from "../pglite/open-pglite.ts";
import { openPostgres } from "../postgres/open-postgres.ts";

export interface StoreSettings {
  /** DATABASE_URL; undefined or empty: the embedded database in `dataDir`. */
  readonly databaseUrl: string | undefined;
  /** DATA_DIR. */
  readonly dataDir: string;
  /** DB_POOL_SIZE. */
  readonly poolSize: number;
  /** DB_TIMEOUT, in milliseconds. */
  readonly timeoutMs: number;
  /** What the database is opened for: "poolwise serve". */
  readonly purpose: string;
}

/** The database that the settings ask for, as it is: see `migrate` and `assertMigrated`. */
export async function openStore(settings: StoreSettings): Promise<Database> {
  const { databaseUrl, dataDir, poolSize, timeoutMs, purpose } = settings;
  if (databaseUrl) return openPostgres({ url: databaseUrl, poolSize, timeoutMs, applicationName: purpose });
  return await openPglite({ folder: dataDir, purpose });
}
