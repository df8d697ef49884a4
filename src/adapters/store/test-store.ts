import { createHash, randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { rename } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Database } from "../../ports/database.ts";
import { openPglite } from "../pglite/open-pglite.ts";
import type { EmbeddedDatabase } from "../pglite/open-pglite.ts";
import { openPgBossQueue } from "../queue-pgboss/open-pgboss-queue.ts";
import { migrate } from "./migrate.ts";
import { readMigrations } from "./migrations.ts";
import { openTestPostgres } from "./test-postgres.ts";

/** One snapshot per set of migrations and versions, shared by all test runs on this machine. */
function snapshotFile(): string {
  const find = createRequire(import.meta.url);
  const hash = createHash("sha256");
  for (const { sha256 } of readMigrations()) hash.update(sha256);
  for (const name of ["@electric-sql/pglite", "pg-boss"]) hash.update(versionOf(find.resolve(name), name));
  return join(
    tmpdir(),
    `poolwise-test-store-${process.getuid?.() ?? 0}-${hash.digest("hex").slice(0, 16)}.tar`,
  );
}

function versionOf(entry: string, name: string): string {
  const folder = entry.slice(
    0,
    entry.lastIndexOf(`${join("node_modules", name)}`) + join("node_modules", name).length,
  );
  return (JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string }).version;
}

async function makeSnapshot(file: string): Promise<void> {
  const database = await openPglite({ folder: undefined, purpose: "test" });
  try {
    await migrate(database);
    const queue = await openPgBossQueue(database, { queues: [], maintain: false });
    await queue.close();
    const draft = `${file}.${randomUUID()}`;
    await database.dump(draft);
    await rename(draft, file);
  } finally {
    await database.close();
  }
}

/** File of a migrated, empty embedded database, made where it is not there yet: see PgliteOptions.snapshot. */
export async function testSnapshot(): Promise<string> {
  const file = snapshotFile();
  if (!existsSync(file)) await makeSnapshot(file);
  return file;
}

/** A migrated, empty embedded database, in memory or in `folder`, in a fraction of a second. */
export async function openTestStore(folder?: string): Promise<EmbeddedDatabase> {
  return await openPglite({ folder, purpose: "test", snapshot: await testSnapshot() });
}

/** A migrated, empty PostgreSQL database, dropped when closed. */
export async function openTestPostgresStore(poolSize = 5): Promise<Database> {
  const database = await openTestPostgres(poolSize);
  await migrate(database);
  return database;
}
