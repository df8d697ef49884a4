import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Database } from "../../ports/database.ts";
import { openPostgres } from "../postgres/open-postgres.ts";

const ADDRESS = process.env["POOLWISE_TEST_POSTGRES_URL"];

export interface TestPostgres {
  readonly url: string;
  /** Drops the database, whoever is still connected. */
  drop(): Promise<void>;
}

/** A new, empty database on the server of POOLWISE_TEST_POSTGRES_URL, or another. */
export async function createTestPostgres(server = ADDRESS): Promise<TestPostgres> {
  if (server === undefined) throw new Error("POOLWISE_TEST_POSTGRES_URL is not set");
  const name = `poolwise_test_${randomUUID().replaceAll("-", "")}`;
  const inServer = async (sql: string): Promise<void> => {
    const database = openPostgres({ url: server, poolSize: 1, timeoutMs: 30_000 });
    try {
      await database.query(sql);
    } finally {
      await database.close();
    }
  };
  await inServer(`CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => inServer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

/** The same, open; closing it drops it. */
export async function openTestPostgres(poolSize = 5): Promise<Database> {
  const { url, drop } = await createTestPostgres();
  const database = openPostgres({ url, poolSize, timeoutMs: 30_000 });
  let closing: Promise<void> | undefined;
  return {
    ...database,
    close() {
      closing ??= database.close().then(drop);
      return closing;
    },
  };
}

/** The tests in `body` where there is a PostgreSQL to run them against; otherwise one entry that says how to. */
export function describeOnPostgres(name: string, body: () => void): void {
  if (ADDRESS !== undefined) {
    describe(`${name}`, () => {
      body();
    });
    return;
  }
  const how = `${name}: NOT RUN, for want of a PostgreSQL. Run it with: tests/servers.sh npx vitest run`;
  test(`${how}`, (context) => {
    console.warn(how);
    expect(ADDRESS).toBeUndefined();
    context.skip();
  });
}
