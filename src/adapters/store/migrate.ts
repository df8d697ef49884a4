import type { Database, SqlExecutor, Transaction } from "../../ports/database.ts";
import { PoolwiseError } from "../../billing/errors.ts";
import { readMigrations } from "./migrations.ts";
import type { Migration } from "./migrations.ts";

/** Key of the advisory lock that makes migrating processes take turns. */
const LOCK_KEY = 7_665_493_311;
const TIMEOUT_MS = 30 * 60_000;

interface Applied {
  readonly version: number;
  readonly name: string;
  readonly sha256: string;
}

export interface SchemaState {
  /** Version of the database's schema; 0 for an empty database. */
  readonly current: number;
  /** The version this program works with. */
  readonly latest: number;
  /** Names of the migrations that are still to be applied. */
  readonly pending: readonly string[];
}

async function readApplied(executor: SqlExecutor): Promise<readonly Applied[]> {
  const { rows } = await executor.query<{ known: boolean }>(
    "SELECT to_regclass('poolwise_migrations') IS NOT NULL AS known",
  );
  if (rows[0]?.known !== true) return [];
  return (
    await executor.query<Applied>("SELECT version, name, sha256 FROM poolwise_migrations ORDER BY version")
  ).rows;
}

function compare(applied: readonly Applied[], migrations: readonly Migration[]): readonly Migration[] {
  const newest = applied.at(-1);
  if (newest !== undefined && newest.version > migrations.length) {
    throw new PoolwiseError(
      "database-too-new",
      `The database's schema is at version ${newest.version} (${newest.name}), this program knows versions up to ` +
        `${migrations.length}: a newer Poolwise has used it. Upgrade this program.`,
      { data: { got: newest.version, limit: migrations.length } },
    );
  }
  for (const { version, name, sha256 } of applied) {
    if (migrations[version - 1]?.sha256 !== sha256) {
      throw new PoolwiseError(
        "database-refused",
        `Migration ${version} (${name}) in the database is not the one of this program: it was made by another build. ` +
          "Use the build that made it, or a new database.",
        { data: { version } },
      );
    }
  }
  return migrations.slice(applied.length);
}

/** Where the schema stands. Throws `database-too-new`. */
export async function schemaState(database: Database, migrations = readMigrations()): Promise<SchemaState> {
  const applied = await readApplied(database);
  const pending = compare(applied, migrations);
  return { current: applied.length, latest: migrations.length, pending: pending.map(({ name }) => name) };
}

async function applyPending(
  transaction: Transaction,
  migrations: readonly Migration[],
): Promise<readonly string[]> {
  await transaction.query("SELECT pg_advisory_xact_lock($1)", [LOCK_KEY]);
  await transaction.script(`CREATE TABLE IF NOT EXISTS poolwise_migrations (
    version integer PRIMARY KEY, name text NOT NULL, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`);
  const pending = compare(await readApplied(transaction), migrations);
  for (const { version, name, sql, sha256 } of pending) {
    await transaction.script(sql);
    await transaction.query("INSERT INTO poolwise_migrations (version, name, sha256) VALUES ($1, $2, $3)", [
      version,
      name,
      sha256,
    ]);
  }
  return pending.map(({ name }) => name);
}

/**
 * Brings the schema up to date, all or nothing; the names of the migrations that were applied. Any number of
 * processes may do so at once: one does it, the others find it done. Throws `database-too-new`.
 */
export async function migrate(database: Database, migrations = readMigrations()): Promise<readonly string[]> {
  const before = await schemaState(database, migrations);
  if (before.pending.length === 0) return [];
  return await database.transaction((transaction) => applyPending(transaction, migrations), {
    timeoutMs: TIMEOUT_MS,
  });
}

/** Throws `database-not-migrated` or `database-too-new` unless the schema is the one this program works with. */
export async function assertMigrated(database: Database): Promise<void> {
  const { current, latest, pending } = await schemaState(database);
  if (pending.length === 0) return;
  throw new PoolwiseError(
    "database-not-migrated",
    `The database's schema is at version ${current}, this program needs version ${latest}. Run: poolwise migrate`,
    { data: { got: current, limit: latest } },
  );
}
