import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PoolwiseError } from "../billing/errors.ts";
import { copyLine, copyRows, copyText } from "./copy-text.ts";
import type { CopyCell } from "./copy-text.ts";
import type { Database } from "./database.ts";

async function failure(work: Promise<unknown>): Promise<PoolwiseError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof PoolwiseError) return error;
  throw new Error(`expected a PoolwiseError, got ${String(error)}`);
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** What every Database does. `open` gives an empty database that the suite closes. */
export function databaseContract(name: string, open: () => Promise<Database>): void {
  describe(`database contract: ${name}`, () => {
    let database: Database;

    beforeAll(async () => {
      database = await open();
      await database.script(`
        CREATE TABLE contract_rows (id integer PRIMARY KEY, word text, amount numeric(20,6) CHECK (amount >= 0), at timestamptz);
        CREATE TABLE contract_copies (id bigint PRIMARY KEY, word text, flag boolean, amount numeric(20,6))`);
    }, 60_000);

    afterAll(async () => {
      await database.close();
    });

    const count = async (table: string): Promise<number> =>
      (await database.query<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)).rows[0]?.n ?? -1;

    test("reads-each-type-as-promised", async () => {
      const { rows } =
        await database.query(`SELECT 9007199254740991::bigint AS big, 7::int AS small, 0.1::float8 AS float,
        123456789012345.678901::numeric(24,6) AS money, true AS yes, '2026-03-29'::date AS day, 'x'::text AS word,
        '2026-03-29T01:30:00.123Z'::timestamptz AS instant, '{"a":[1,null]}'::jsonb AS doc, '\\x00ff'::bytea AS raw,
        '{1,2}'::int[] AS ints, '{9007199254740991}'::bigint[] AS bigs, '{a,"b,c"}'::text[] AS words,
        '{1.10}'::numeric[] AS amounts, NULL AS nothing, '00000000-0000-0000-0000-000000000001'::uuid AS id`);
      const row = rows[0] ?? {};
      expect(row).toMatchObject({
        big: 9007199254740991,
        small: 7,
        float: 0.1,
        money: "123456789012345.678901",
        yes: true,
        day: "2026-03-29",
        word: "x",
        instant: new Date("2026-03-29T01:30:00.123Z"),
        doc: { a: [1, null] },
        ints: [1, 2],
        bigs: [9007199254740991],
        words: ["a", "b,c"],
        amounts: ["1.10"],
        nothing: null,
        id: "00000000-0000-0000-0000-000000000001",
      });
      expect(row["raw"]).toBeInstanceOf(Uint8Array);
      expect([...(row["raw"] as Uint8Array)]).toEqual([0, 255]);
    });

    test("never-rounds-a-bigint", async () => {
      expect((await failure(database.query("SELECT 9007199254740993::bigint AS big"))).code).toBe(
        "bounds-exceeded",
      );
      expect((await database.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
    });

    test("binds-each-type-as-promised", async () => {
      const at = new Date("2026-10-25T00:30:00.000Z");
      const { rows } = await database.query<Record<string, unknown>>(
        `SELECT $1::text AS word, $2::bigint AS big, $3::numeric AS money, $4::boolean AS yes, $5::timestamptz AS at,
          $6::bytea AS raw, $7::text[] AS words, $8::jsonb AS doc, $9::int AS nothing, $10::int[] AS ints, $11::date AS day`,
        [
          "a'b\\\n",
          5n,
          "1.000001",
          true,
          at,
          new Uint8Array([1, 0, 2]),
          ["x", 'y"z', "ü,"],
          '{"k":[1]}',
          null,
          [3, 4],
          "2026-02-28",
        ],
      );
      const { raw, ...rest } = rows[0] ?? {};
      expect(rest).toEqual({
        word: "a'b\\\n",
        big: 5,
        money: "1.000001",
        yes: true,
        at,
        words: ["x", 'y"z', "ü,"],
        doc: { k: [1] },
        nothing: null,
        ints: [3, 4],
        day: "2026-02-28",
      });
      expect([...(raw as Uint8Array)]).toEqual([1, 0, 2]);
    });

    test("counts-changed-rows", async () => {
      const inserted = await database.query(
        "INSERT INTO contract_rows (id, word) VALUES (901, 'a'), (902, 'b')",
      );
      expect(inserted.rowCount).toBe(2);
      expect((await database.query("UPDATE contract_rows SET word = 'c' WHERE id = 903")).rowCount).toBe(0);
      expect((await database.query("DELETE FROM contract_rows WHERE id > 900 RETURNING id")).rowCount).toBe(
        2,
      );
    });

    test("runs-several-statements-as-a-script", async () => {
      expect(await database.script("SELECT 1 AS a; SELECT 2 AS b WHERE false; SELECT 3 AS c")).toEqual([
        [{ a: 1 }],
        [],
        [{ c: 3 }],
      ]);
    });

    test("says-which-constraint-was-broken", async () => {
      await database.query("INSERT INTO contract_rows (id) VALUES (1)");
      const duplicate = await failure(database.query("INSERT INTO contract_rows (id) VALUES (1)"));
      expect(duplicate.code).toBe("database-refused");
      expect(duplicate.data).toMatchObject({ sqlState: "23505", constraint: "contract_rows_pkey" });
      const negative = await failure(database.query("INSERT INTO contract_rows (id, amount) VALUES (2, -1)"));
      expect(negative.data).toMatchObject({ sqlState: "23514" });
      expect((await failure(database.query("SELEC 1"))).data).toMatchObject({ sqlState: "42601" });
    });

    test("a-failed-script-leaves-no-transaction-open", async () => {
      await failure(
        database.script("BEGIN; INSERT INTO contract_rows (id) VALUES (50); SELECT broken; COMMIT"),
      );
      expect((await database.query("SELECT id FROM contract_rows WHERE id = 50")).rows).toEqual([]);
    });

    test("commits-what-returns-and-rolls-back-what-throws", async () => {
      const answer = await database.transaction(async (tx) => {
        await tx.query("INSERT INTO contract_rows (id) VALUES (10)");
        return (await tx.query<{ n: number }>("SELECT count(*) AS n FROM contract_rows WHERE id = 10"))
          .rows[0]?.n;
      });
      expect(answer).toBe(1);
      const thrown = database.transaction(async (tx) => {
        await tx.query("INSERT INTO contract_rows (id) VALUES (11)");
        throw new RangeError("stop");
      });
      await expect(thrown).rejects.toThrow(RangeError);
      expect((await database.query("SELECT id FROM contract_rows WHERE id IN (10, 11)")).rows).toEqual([
        { id: 10 },
      ]);
    });

    test("a-swallowed-error-is-not-reported-as-committed", async () => {
      const work = database.transaction(async (tx) => {
        await tx.query("INSERT INTO contract_rows (id) VALUES (20)");
        await tx.query("SELECT broken").catch(() => undefined);
      });
      expect((await failure(work)).code).toBe("database-refused");
      expect((await database.query("SELECT id FROM contract_rows WHERE id = 20")).rows).toEqual([]);
    });

    test("after-commit-runs-after-a-commit-only", async () => {
      const calls: string[] = [];
      await database.transaction(async (tx) => {
        tx.afterCommit(() => calls.push("committed"));
        await tx.query("SELECT 1");
        expect(calls).toEqual([]);
      });
      await failure(
        database.transaction(async (tx) => {
          tx.afterCommit(() => calls.push("rolled back"));
          await tx.query("SELECT broken");
        }),
      );
      expect(calls).toEqual(["committed"]);
    });

    test("refuses-a-statement-beside-an-open-transaction", async () => {
      const work = database.transaction(async () => {
        await database.query("SELECT 1");
      });
      expect((await failure(work)).code).toBe("internal-error");
      expect((await database.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
    });

    test("transactions-do-not-see-each-others-work", async () => {
      await database.query("INSERT INTO contract_rows (id, amount) VALUES (30, 0)");
      const add = (): Promise<void> =>
        database.transaction(async (tx) => {
          const { rows } = await tx.query<{ amount: string }>(
            "SELECT amount FROM contract_rows WHERE id = 30 FOR UPDATE",
          );
          await sleep(2);
          await tx.query("UPDATE contract_rows SET amount = $1 WHERE id = 30", [Number(rows[0]?.amount) + 1]);
        });
      await Promise.all(Array.from({ length: 8 }, add));
      expect((await database.query("SELECT amount FROM contract_rows WHERE id = 30")).rows).toEqual([
        { amount: "8.000000" },
      ]);
    });

    test("copies-every-character-in-and-out", async () => {
      const rows: CopyCell[][] = [
        [1, "plain", true, "0.000001"],
        [2, "tab\tnew\nline\rback\\slash\\N and \\.", false, "-5"],
        [3, "", null, null],
        [4, null, true, 12],
        [9007199254740991n, "ünïcode €𝄞", false, "99999999999999.999999"],
      ];
      const text = Buffer.concat((await collect(copyText(rows))).map((chunk) => Buffer.from(chunk)));
      // Cut into threes, so that lines and characters are cut too.
      const pieces = Array.from({ length: Math.ceil(text.length / 3) }, (_, at) =>
        text.subarray(3 * at, 3 * at + 3),
      );
      expect(
        await database.copyIn(
          { table: "contract_copies", columns: ["id", "word", "flag", "amount"] },
          pieces,
        ),
      ).toBe(5);
      const out = database.copyOut(
        "SELECT id, word, flag, amount FROM contract_copies WHERE id < $1 ORDER BY id",
        ["9007199254740992"],
      );
      expect(await collect(copyRows(out))).toEqual([
        ["1", "plain", "t", "0.000001"],
        ["2", "tab\tnew\nline\rback\\slash\\N and \\.", "f", "-5.000000"],
        ["3", "", null, null],
        ["4", null, "t", "12.000000"],
        ["9007199254740991", "ünïcode €𝄞", "f", "99999999999999.999999"],
      ]);
    });

    test("copies-all-rows-or-none", async () => {
      const before = await count("contract_copies");
      const many = Array.from({ length: 200 }, (_, index) =>
        copyLine([1_000 + index, "x".repeat(100), null, null]),
      );
      const wrong = await failure(
        database.copyIn({ table: "contract_copies", columns: ["id", "word", "flag", "amount"] }, [
          ...many,
          "not-a-number\tx\t\\N\t\\N\n",
        ]),
      );
      expect(wrong.data).toMatchObject({ sqlState: "22P02" });
      async function* broken(): AsyncGenerator<string> {
        yield* many;
        await sleep(1);
        throw new RangeError("the source broke");
      }
      const stopped = database.copyIn(
        { table: "contract_copies", columns: ["id", "word", "flag", "amount"] },
        broken(),
      );
      await expect(stopped).rejects.toThrow(RangeError);
      expect(await count("contract_copies")).toBe(before);
    });

    test("copies-nothing", async () => {
      expect(await database.copyIn({ table: "contract_copies", columns: ["id"] }, [])).toBe(0);
      expect(await collect(copyRows(database.copyOut("SELECT 1 WHERE false")))).toEqual([]);
    });

    test("copies-megabytes-in-order", async () => {
      function* lines(): Generator<CopyCell[]> {
        for (let id = 0; id < 150_000; id++)
          yield [1_000_000 + id, `${"w".repeat(60)}${id}`, id % 2 === 0, null];
      }
      const target = { table: "contract_copies", columns: ["id", "word", "flag", "amount"] };
      expect(await database.copyIn(target, copyText(lines()))).toBe(150_000);
      let next = 1_000_000;
      for await (const [id] of copyRows(
        database.copyOut("SELECT id FROM contract_copies WHERE id >= 1000000 AND id < 1150000 ORDER BY id"),
      )) {
        if (Number(id) !== next++) throw new Error(`expected ${next - 1}, got ${String(id)}`);
      }
      expect(next).toBe(1_150_000);
    }, 60_000);

    test("copy-belongs-to-its-transaction", async () => {
      const thrown = database.transaction(async (tx) => {
        await tx.copyIn({ table: "contract_copies", columns: ["id"] }, ["7777\n"]);
        expect(await collect(copyRows(tx.copyOut("SELECT id FROM contract_copies WHERE id = 7777")))).toEqual(
          [["7777"]],
        );
        throw new RangeError("stop");
      });
      await expect(thrown).rejects.toThrow(RangeError);
      expect((await database.query("SELECT id FROM contract_copies WHERE id = 7777")).rows).toEqual([]);
    });

    test("copies-out-in-small-chunks-so-that-whoever-reads-them-can-do-other-things-meanwhile", async () => {
      let bytes = 0;
      let largest = 0;
      for await (const chunk of database.copyOut("SELECT repeat('x', 999) FROM generate_series(1, 5000)")) {
        bytes += chunk.length;
        largest = Math.max(largest, chunk.length);
      }
      expect(bytes).toBe(5_000_000);
      expect(largest).toBeLessThanOrEqual(2 ** 20);
    });

    test("a-reader-that-stops-early-does-no-harm", async () => {
      await database.transaction(async (tx) => {
        for await (const chunk of tx.copyOut("SELECT repeat('x', 1000) FROM generate_series(1, 5000)")) {
          expect(chunk.length).toBeGreaterThan(0);
          break;
        }
        expect((await tx.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
      });
    });

    test("hears-notifications", async () => {
      const heard: string[] = [];
      const stop = await database.listen("contract_channel", (payload) => heard.push(payload));
      await database.query("SELECT pg_notify('contract_channel', 'first')");
      for (let waited = 0; heard.length === 0 && waited < 5_000; waited += 10) await sleep(10);
      await stop();
      await database.query("SELECT pg_notify('contract_channel', 'second')");
      await sleep(50);
      expect(heard).toEqual(["first"]);
    });

    test("reports-its-health", async () => {
      const health = await database.health();
      expect(health).toMatchObject({ ok: true });
      expect(health.ok && health.latencyMs).toBeGreaterThan(0);
      const other = await open();
      await other.close();
      await other.close();
      expect(await other.health()).toMatchObject({ ok: false });
      expect((await failure(other.query("SELECT 1"))).code).toBe("database-unavailable");
    }, 60_000);
  });
}
