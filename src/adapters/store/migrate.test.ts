import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Database } from "../../ports/database.ts";
import { openPglite } from "../pglite/open-pglite.ts";
import { assertMigrated, migrate, schemaState } from "./migrate.ts";
import { readMigrations } from "./migrations.ts";
import { describeOnPostgres, openTestPostgres } from "./test-postgres.ts";

function migrationSuite(open: () => Promise<Database>): void {
  let database: Database;
  beforeAll(async () => {
    database = await open();
  }, 60_000);
  afterAll(async () => {
    await database.close();
  });
  const all = readMigrations();

  test("an-empty-database-is-said-to-be-older", async () => {
    expect(await schemaState(database)).toEqual({
      current: 0,
      latest: all.length,
      pending: all.map(({ name }) => name),
    });
    await expect(assertMigrated(database)).rejects.toMatchObject({ code: "database-not-migrated" });
  });

  test("several-processes-at-once-migrate-once", async () => {
    const results = await Promise.all([migrate(database), migrate(database), migrate(database)]);
    expect(results.filter((applied) => applied.length > 0)).toEqual([all.map(({ name }) => name)]);
    await assertMigrated(database);
  });

  test("migrating-again-does-nothing", async () => {
    expect(await migrate(database)).toEqual([]);
  });

  test("applies-only-what-is-new", async () => {
    const next = {
      version: all.length + 1,
      name: "next",
      sql: "CREATE TABLE next_table (id integer)",
      sha256: "0".repeat(64),
    };
    expect(await migrate(database, [...all, next])).toEqual(["next"]);
    expect((await database.query("SELECT count(*) AS n FROM next_table")).rows).toEqual([{ n: 0 }]);
  });

  test("refuses-a-database-that-is-newer-than-the-program", async () => {
    for (const attempt of [migrate, schemaState, assertMigrated]) {
      await expect(attempt(database)).rejects.toMatchObject({
        code: "database-too-new",
        data: { got: all.length + 1, limit: all.length },
      });
    }
  });

  test("refuses-a-migration-that-was-edited", async () => {
    const edited = [
      ...all,
      { version: all.length + 1, name: "next", sql: "SELECT 1", sha256: "1".repeat(64) },
    ];
    await expect(migrate(database, edited)).rejects.toMatchObject({ code: "database-refused" });
  });

  test("a-migration-that-fails-leaves-nothing-behind", async () => {
    const known = [...all, { version: all.length + 1, name: "next", sql: "", sha256: "0".repeat(64) }];
    const broken = {
      version: all.length + 2,
      name: "broken",
      sql: "CREATE TABLE half_done (id integer); SELECT broken",
      sha256: "2".repeat(64),
    };
    await expect(migrate(database, [...known, broken])).rejects.toMatchObject({ code: "database-refused" });
    expect((await database.query("SELECT to_regclass('half_done') AS name")).rows).toEqual([{ name: null }]);
  });
}

describe("migrations on PGlite", () => {
  migrationSuite(() => openPglite({ folder: undefined, purpose: "test" }));
});
describeOnPostgres("migrations on PostgreSQL", () => {
  migrationSuite(() => openTestPostgres());
});
