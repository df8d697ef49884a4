import { readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Database } from "../../ports/database.ts";
import { tables } from "./kysely.ts";
import { describeOnEachStore } from "./test-suites.ts";
import { addTestAccount } from "./test-rows.ts";
import { tablesSource } from "./test-table-source.ts";

const file = new URL("./tables.ts", import.meta.url);

/** Without what a formatter may lay out otherwise. */
const unlaid = (source: string): string => source.replaceAll(/\s+/g, "").replaceAll(/([:<=])\|/g, "$1");

describeOnEachStore("typed tables", (open) => {
  let database: Database;
  beforeAll(async () => {
    database = await open();
  }, 60_000);
  afterAll(async () => {
    await database.close();
  });

  test("the-types-are-those-of-the-schema", async () => {
    const source = await tablesSource(database);
    if (process.env["POOLWISE_WRITE_TABLES"] !== undefined) await writeFile(file, source);
    const written = await readFile(file, "utf8");
    expect(
      unlaid(written),
      "write it again: POOLWISE_WRITE_TABLES=1 npx vitest run src/adapters/store/tables",
    ).toBe(unlaid(source));
  });

  test("queries-through-kysely-read-and-write-like-the-port", async () => {
    const { tenantId } = await addTestAccount(database);
    const inserted = await tables(database)
      .insertInto("carrier_accounts")
      .values({
        tenant_id: tenantId,
        name: "typed",
        kind: "files",
        time_zone: "UTC",
        cycle_day: 5,
        currency: "EUR",
        settings: JSON.stringify({ deny: ["1"] }),
      })
      .returning(["carrier_account_id", "settings", "calls_per_second", "created_at"])
      .executeTakeFirstOrThrow();
    expect(inserted).toMatchObject({ settings: { deny: ["1"] }, calls_per_second: "5.0000" });
    expect(inserted.created_at).toBeInstanceOf(Date);
    const changed = await database.transaction((transaction) =>
      tables(transaction)
        .updateTable("carrier_accounts")
        .set({ cycle_day: 6 })
        .where("carrier_account_id", "=", inserted.carrier_account_id)
        .executeTakeFirst(),
    );
    expect(changed.numUpdatedRows).toBe(1n);
  });
});
