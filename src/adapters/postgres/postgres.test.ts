import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { databaseContract } from "../../ports/database-contract.ts";
import { createTestPostgres, describeOnPostgres, openTestPostgres } from "../store/test-postgres.ts";
import { openPostgres } from "./open-postgres.ts";

describeOnPostgres("PostgreSQL", () => {
  databaseContract("PostgreSQL through a pool", () => openTestPostgres());

  test("a-connection-that-is-cut-fails-its-transaction-and-is-replaced", async () => {
    const database = await openTestPostgres(2);
    await database.script("CREATE TABLE kept (id integer)");
    const cut = database.transaction(async (transaction) => {
      await transaction.query("INSERT INTO kept VALUES (1)");
      await transaction.query("SELECT pg_terminate_backend(pg_backend_pid())");
    });
    await expect(cut).rejects.toMatchObject({ code: "database-unavailable" });
    expect((await database.query("SELECT count(*) AS n FROM kept")).rows).toEqual([{ n: 0 }]);
    await database.close();
  });

  test("idle-connections-that-are-cut-are-replaced", async () => {
    const database = await openTestPostgres(3);
    await Promise.all([1, 2, 3].map((n) => database.query("SELECT pg_sleep(0.05), $1::int", [n])));
    const killer = await openTestPostgres(1);
    const { rows } = await database.query<{ name: string }>("SELECT current_database() AS name");
    await killer.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", [
      rows[0]?.name ?? "",
    ]);
    await killer.close();
    let answers = 0;
    for (let attempt = 0; attempt < 20 && answers < 5; attempt++) {
      await database.query("SELECT 1").then(
        () => answers++,
        (error: unknown) => expect(error).toMatchObject({ code: "database-unavailable" }),
      );
    }
    expect(answers).toBe(5);
    await database.close();
  });

  test("listening-goes-on-after-its-connection-was-cut", async () => {
    const database = await openTestPostgres(2);
    const heard: string[] = [];
    await database.listen("news", (payload) => heard.push(payload));
    await database.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'",
    );
    for (let attempt = 0; heard.length === 0 && attempt < 100; attempt++) {
      await database.query("SELECT pg_notify('news', 'again'), pg_sleep(0.05)");
    }
    expect(heard[0]).toBe("again");
    await database.close();
  }, 20_000);

  test("statements-and-connections-are-waited-for-no-longer-than-allowed", async () => {
    const { url, drop } = await createTestPostgres();
    const database = openPostgres({ url, poolSize: 1, timeoutMs: 300 });
    await expect(database.query("SELECT pg_sleep(20)")).rejects.toMatchObject({
      code: "database-timeout",
      data: { sqlState: "57014" },
    });
    const holding = database.transaction((transaction) => transaction.query("SELECT pg_sleep(1)"), {
      timeoutMs: 5_000,
    });
    await expect(database.query("SELECT 1")).rejects.toMatchObject({ code: "database-timeout" });
    await holding;
    await expect(database.query("SELECT pg_sleep(20)")).rejects.toMatchObject({ code: "database-timeout" });
    await database.close();
    await drop();
  }, 20_000);

  test("a-stream-goes-at-its-readers-pace-however-long-that-takes", async () => {
    const { url, drop } = await createTestPostgres();
    const database = openPostgres({ url, poolSize: 1, timeoutMs: 500 });
    let bytes = 0;
    for await (const chunk of database.copyOut("SELECT repeat('x', 999) FROM generate_series(1, 40000)")) {
      if (bytes === 0) await sleep(1_500);
      bytes += chunk.length;
    }
    expect(bytes).toBe(40_000_000);
    await expect(database.query("SELECT pg_sleep(20)")).rejects.toMatchObject({ code: "database-timeout" });
    await database.close();
    await drop();
  }, 60_000);

  test("of-two-transactions-that-wait-for-each-other-one-is-told-to-try-again", async () => {
    const database = await openTestPostgres(2);
    await database.script(
      "CREATE TABLE counters (id integer PRIMARY KEY, n integer); INSERT INTO counters VALUES (1, 0), (2, 0)",
    );
    let arrived = 0;
    let go = (): void => undefined;
    const both = new Promise<void>((resolve) => {
      go = resolve;
    });
    const lock = (first: number, second: number): Promise<void> =>
      database.transaction(async (transaction) => {
        await transaction.query("UPDATE counters SET n = n + 1 WHERE id = $1", [first]);
        if (++arrived === 2) go();
        await both;
        await transaction.query("UPDATE counters SET n = n + 1 WHERE id = $1", [second]);
      });
    const outcomes = await Promise.allSettled([lock(1, 2), lock(2, 1)]);
    const failed = outcomes.filter((outcome) => outcome.status === "rejected");
    expect(failed).toHaveLength(1);
    expect(failed[0]?.reason).toMatchObject({ code: "database-conflict" });
    await database.close();
  }, 20_000);
});

test("a-server-that-is-not-there-is-said-without-the-password", async () => {
  const database = openPostgres({
    url: "postgres://someone:s3cretpassword@127.0.0.1:1/nowhere",
    poolSize: 1,
    timeoutMs: 2_000,
  });
  const error: unknown = await database.query("SELECT 1").catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "database-unavailable" });
  expect(JSON.stringify(error) + String(error)).not.toContain("s3cretpassword");
  expect(await database.health()).toMatchObject({ ok: false });
  await database.close();
});

test("an-address-that-is-none-is-refused-without-showing-it", () => {
  expect(() =>
    openPostgres({ url: "mysql://root:s3cretpassword@db", poolSize: 1, timeoutMs: 1_000 }),
  ).toThrow(
    /^DATABASE_URL is not a PostgreSQL address: expected postgres:\/\/user:password@host:port\/database\.$/,
  );
});
