import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { copyText } from "../../ports/copy-text.ts";
import type { CopyCell } from "../../ports/copy-text.ts";
import type { Database } from "../../ports/database.ts";
import { describeOnEachStore } from "./test-suites.ts";
import { addTestAccount, oneRow } from "./test-rows.ts";
import type { TestAccount } from "./test-rows.ts";

const MARCH_DAYS = 31;
const march = (day: number): string => `2026-03-${String(day).padStart(2, "0")}`;
const iccid = (number: number): string => `89010000000000${String(number).padStart(5, "0")}`;

interface Statistics {
  readonly days: number;
  readonly total_usage_bytes: number;
  readonly average_usage_bytes: number;
  readonly max_usage_bytes: number;
  readonly min_usage_bytes: number;
  readonly std_deviation: number;
  readonly percentile_95: number;
  readonly percentile_80: number;
  readonly usage_trend: number | null;
  readonly days_with_usage: number;
}

interface Fact {
  readonly sim: number;
  readonly day: number;
  readonly bytes: number;
  readonly kind?: "daily" | "cycle_to_date";
  readonly source?: string;
  readonly observed?: string;
}

/** The nine figures from usage per day, as plainly as they can be written. */
function naive(usage: readonly number[], offsets: readonly number[]): Statistics {
  const n = usage.length;
  const sorted = usage.toSorted((a, b) => a - b);
  const total = usage.reduce((sum, each) => sum + each, 0);
  const percentile = (share: number): number => {
    const rank = share * (n - 1);
    const low = sorted[Math.floor(rank)] ?? Number.NaN;
    return low + ((sorted[Math.ceil(rank)] ?? Number.NaN) - low) * (rank - Math.floor(rank));
  };
  const meanX = offsets.reduce((sum, each) => sum + each, 0) / n;
  const sxx = offsets.reduce((sum, x) => sum + (x - meanX) ** 2, 0);
  const sxy = offsets.reduce((sum, x, at) => sum + (x - meanX) * ((usage[at] ?? Number.NaN) - total / n), 0);
  return {
    days: n,
    total_usage_bytes: Math.round(total),
    average_usage_bytes: total / n,
    max_usage_bytes: Math.max(...usage),
    min_usage_bytes: Math.min(...usage),
    std_deviation: Math.sqrt(usage.reduce((sum, each) => sum + (each - total / n) ** 2, 0) / n),
    percentile_95: percentile(0.95),
    percentile_80: percentile(0.8),
    usage_trend: n < 2 ? null : sxy / sxx,
    days_with_usage: usage.filter((each) => each > 0).length,
  };
}

function expectClose(got: Statistics, expected: Statistics): void {
  for (const [name, value] of Object.entries(expected) as [keyof Statistics, number | null][]) {
    const figure = got[name];
    const isClose =
      value === null || figure === null
        ? value === figure
        : Math.abs(figure - value) < 1e-6 * Math.max(1, Math.abs(value));
    expect(isClose, `${name}: ${figure} for ${value}`).toBe(true);
  }
}

describeOnEachStore("usage statistics", (open) => {
  let database: Database;
  beforeAll(async () => {
    database = await open();
  }, 60_000);
  afterAll(async () => {
    await database.close();
  });

  /** Merged complete syncs on these days, SIMs activated on these, and what the sources said. */
  async function given(
    account: TestAccount,
    readDays: readonly number[],
    sims: readonly { sim: number; activated?: number }[],
    facts: readonly Fact[],
  ): Promise<void> {
    const { tenantId, accountId, periodId } = account;
    const syncIds = new Map<number, string>();
    for (const day of new Set(readDays)) {
      const syncId = randomUUID();
      syncIds.set(day, syncId);
      await database.query(
        `INSERT INTO sync_runs (sync_id, tenant_id, carrier_account_id, billing_period_id, kind, status, complete, usage_date, devices)
         VALUES ($1, $2, $3, $4, 'full', 'MERGED', true, $5, 1)`,
        [syncId, tenantId, accountId, periodId, march(day)],
      );
    }
    const anySync = [...syncIds.values()][0] ?? "";
    await database.copyIn(
      {
        table: "devices",
        columns: [
          "tenant_id",
          "carrier_account_id",
          "iccid",
          "activated_on",
          "usage_bytes",
          "usage_period_id",
        ],
      },
      copyText(
        sims.map(({ sim, activated }): CopyCell[] => [
          tenantId,
          accountId,
          iccid(sim),
          activated === undefined ? null : march(activated),
          // As a merge leaves it: what was read last.
          facts.findLast((fact) => fact.sim === sim && (fact.kind ?? "cycle_to_date") === "cycle_to_date")
            ?.bytes ?? null,
          periodId,
        ]),
      ),
    );
    await database.copyIn(
      {
        table: "device_usage",
        columns: [
          "tenant_id",
          "carrier_account_id",
          "billing_period_id",
          "iccid",
          "kind",
          "usage_date",
          "usage_bytes",
          "source",
          "sync_id",
          "observed_at",
        ],
      },
      copyText(
        facts.map(
          ({
            sim,
            day,
            bytes,
            kind = "cycle_to_date",
            source = "usages",
            observed = "2026-03-31T00:00:00Z",
          }): CopyCell[] => [
            tenantId,
            accountId,
            periodId,
            iccid(sim),
            kind,
            march(day),
            bytes,
            source,
            kind === "cycle_to_date" ? (syncIds.get(day) ?? anySync) : anySync,
            observed,
          ],
        ),
      ),
    );
  }

  const calculate = async ({ periodId }: TestAccount, through: number | null = null): Promise<number> =>
    (
      await oneRow<{ n: number }>(database, "SELECT usp_calculate_usage_statistics($1, $2) AS n", [
        periodId,
        through === null ? null : march(through),
      ])
    ).n;

  const statistics = ({ periodId }: TestAccount, sim: number): Promise<Statistics> =>
    oneRow<Statistics>(
      database,
      "SELECT * FROM device_usage_statistics WHERE billing_period_id = $1 AND iccid = $2",
      [periodId, iccid(sim)],
    );

  test("nine-figures-worked-out-by-hand", async () => {
    const account = await addTestAccount(database);
    // Read on days 1 to 5: 10, 30, 30, 70, 100, so 10, 20, 0, 40, 30 a day.
    await given(
      account,
      [1, 2, 3, 4, 5],
      [{ sim: 1 }],
      [
        [1, 10],
        [2, 30],
        [4, 70],
        [5, 100],
      ].map(([day = 0, bytes = 0]) => ({ sim: 1, day, bytes })),
    );
    expect(await calculate(account)).toBe(1);
    expectClose(await statistics(account, 1), {
      days: 5,
      total_usage_bytes: 100,
      average_usage_bytes: 20,
      max_usage_bytes: 40,
      min_usage_bytes: 0,
      // Squares from 20: 100, 0, 400, 400, 100: 1000 / 5 = 200.
      std_deviation: Math.sqrt(200),
      // Sorted 0, 10, 20, 30, 40: rank 3.8 is 38, rank 3.2 is 32.
      percentile_95: 38,
      percentile_80: 32,
      // Σ (x − 2)(y − 20) = 20 + 0 + 0 + 20 + 20 = 60, over Σ (x − 2)² = 10.
      usage_trend: 6,
      days_with_usage: 4,
    });
  });

  test("a-sim-that-used-nothing-has-zeros-not-nothing", async () => {
    const account = await addTestAccount(database);
    await given(account, [1, 2, 3], [{ sim: 1 }, { sim: 2 }], [{ sim: 1, day: 1, bytes: 0 }]);
    expect(await calculate(account)).toBe(2);
    for (const sim of [1, 2]) expectClose(await statistics(account, sim), naive([0, 0, 0], [0, 1, 2]));
  });

  test("days-between-two-reads-share-the-usage-evenly", async () => {
    const account = await addTestAccount(database);
    await given(
      account,
      [2, 5],
      [{ sim: 1 }],
      [
        { sim: 1, day: 2, bytes: 10 },
        { sim: 1, day: 5, bytes: 70 },
      ],
    );
    await calculate(account);
    expectClose(await statistics(account, 1), naive([5, 5, 20, 20, 20], [0, 1, 2, 3, 4]));
  });

  test("counts-from-the-day-a-sim-became-active", async () => {
    const account = await addTestAccount(database);
    await given(
      account,
      [2, 6],
      [
        { sim: 1, activated: 4 },
        { sim: 2, activated: 20 },
      ],
      [{ sim: 1, day: 6, bytes: 60 }],
    );
    expect(await calculate(account)).toBe(1);
    expectClose(await statistics(account, 1), naive([20, 20, 20], [0, 1, 2]));
  });

  test("a-correction-takes-usage-out-of-earlier-days", async () => {
    const account = await addTestAccount(database);
    await given(
      account,
      [1, 2, 3],
      [{ sim: 1 }],
      [
        { sim: 1, day: 1, bytes: 50 },
        { sim: 1, day: 2, bytes: 90 },
        { sim: 1, day: 3, bytes: 70 },
      ],
    );
    await calculate(account);
    expectClose(await statistics(account, 1), naive([50, 20, 0], [0, 1, 2]));
  });

  test("missing-days-are-zero-or-left-out-as-the-source-has-it", async () => {
    const days: Fact[] = [
      { sim: 1, day: 1, bytes: 10, kind: "daily" },
      { sim: 1, day: 4, bytes: 40, kind: "daily" },
    ];
    const zero = await addTestAccount(database, { missingUsage: "zero" });
    await given(zero, [4], [{ sim: 1 }, { sim: 2 }], days);
    expect(await calculate(zero)).toBe(2);
    expectClose(await statistics(zero, 1), naive([10, 0, 0, 40], [0, 1, 2, 3]));
    expectClose(await statistics(zero, 2), naive([0, 0, 0, 0], [0, 1, 2, 3]));
    const unknown = await addTestAccount(database, { missingUsage: "unknown" });
    await given(unknown, [4], [{ sim: 1 }, { sim: 2 }], days);
    expect(await calculate(unknown)).toBe(1);
    expectClose(await statistics(unknown, 1), naive([10, 40], [0, 3]));
  });

  test("one-source-counts-per-day-and-its-latest-word", async () => {
    const account = await addTestAccount(database, { usageSource: "rated" });
    await given(
      account,
      [2],
      [{ sim: 1 }],
      [
        { sim: 1, day: 1, bytes: 11, kind: "daily", source: "rated", observed: "2026-03-02T00:00:00Z" },
        { sim: 1, day: 1, bytes: 99, kind: "daily", source: "raw", observed: "2026-03-03T00:00:00Z" },
        { sim: 1, day: 2, bytes: 22, kind: "daily", source: "raw", observed: "2026-03-03T00:00:00Z" },
      ],
    );
    await calculate(account);
    expectClose(await statistics(account, 1), naive([11, 22], [0, 1]));
  });

  test("of-two-sources-that-tell-of-a-day-at-one-time-the-first-by-name-counts", async () => {
    const account = await addTestAccount(database);
    const tells = (sim: number, source: string, bytes: number): Fact => ({
      sim,
      day: 1,
      bytes,
      kind: "daily",
      source,
    });
    await given(
      account,
      [1],
      [{ sim: 1 }, { sim: 2 }],
      [tells(1, "b", 99), tells(1, "a", 11), tells(2, "a", 22), tells(2, "b", 99)],
    );
    await calculate(account);
    expectClose(await statistics(account, 1), naive([11], [0]));
    expectClose(await statistics(account, 2), naive([22], [0]));
  });

  test("stops-at-the-day-asked-for-and-can-be-run-again", async () => {
    const account = await addTestAccount(database);
    await given(
      account,
      [1, 2, 3],
      [{ sim: 1 }],
      [
        { sim: 1, day: 1, bytes: 1 },
        { sim: 1, day: 2, bytes: 3 },
        { sim: 1, day: 3, bytes: 9 },
      ],
    );
    await calculate(account, 2);
    expectClose(await statistics(account, 1), naive([1, 2], [0, 1]));
    expect(await calculate(account)).toBe(1);
    expectClose(await statistics(account, 1), naive([1, 2, 6], [0, 1, 2]));
    const [start, empty] = [await addTestAccount(database), await addTestAccount(database)];
    await given(start, [1], [{ sim: 1 }], [{ sim: 1, day: 1, bytes: 5 }]);
    await calculate(start);
    expectClose(await statistics(start, 1), naive([5], [0]));
    expect(await calculate(empty)).toBe(0);
  });

  test("agrees-with-a-plain-calculation-on-random-fleets", async () => {
    const account = await addTestAccount(database);
    const sim = fc.record({
      activated: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
      perDay: fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 1_000_000_000 })), {
        minLength: MARCH_DAYS,
        maxLength: MARCH_DAYS,
      }),
    });
    const [fleet = []] = fc.sample(fc.array(sim, { minLength: 60, maxLength: 60 }), {
      seed: 20260301,
      numRuns: 1,
    });
    const readDays = [1, 2, 3, 5, 9, 10, 14, 20, 21, 22, 25];
    const facts: Fact[] = [];
    const expected = fleet.map(({ activated, perDay }, index) => {
      const from = activated ?? 1;
      const perDaySpread: number[] = [];
      let [level, known, before] = [0, -1, 0];
      for (const day of readDays) {
        let since = 0;
        for (let each = before + 1; each <= day; each++) if (each >= from) since += perDay[each - 1] ?? 0;
        level += since;
        if (level !== known && day >= from) facts.push({ sim: index + 1, day, bytes: level });
        if (day >= from) known = level;
        const first = Math.max(before + 1, from);
        for (let each = first; each <= day; each++) perDaySpread.push(since / (day - first + 1));
        before = day;
      }
      return naive(
        perDaySpread,
        perDaySpread.map((_, at) => at),
      );
    });
    await given(
      account,
      readDays,
      fleet.map(({ activated }, index) => ({
        sim: index + 1,
        ...(activated === undefined ? {} : { activated }),
      })),
      facts,
    );
    expect(await calculate(account)).toBe(fleet.length);
    for (const [index, each] of expected.entries()) expectClose(await statistics(account, index + 1), each);
  });

  test("the-short-way-of-a-cycle-that-was-read-once-comes-to-the-same", async () => {
    const account = await addTestAccount(database);
    const sims = Array.from({ length: 40 }, (_, sim) => ({
      sim,
      ...(sim % 3 === 0 && { activated: 1 + ((sim * 7) % 20) }),
    }));
    const facts = sims.flatMap(({ sim }) =>
      sim % 5 === 0 ? [] : [{ sim, day: 17, bytes: (sim * 7_919) % 1_000 }],
    );
    await given(account, [17], sims, facts);
    const figures = async (procedure: string): Promise<unknown> => {
      const { rows } = await database.query<{ written: number }>(`SELECT ${procedure} AS written`, [
        account.periodId,
      ]);
      const kept = await database.query<Statistics & { iccid: string }>(
        `SELECT iccid, days, total_usage_bytes, average_usage_bytes, max_usage_bytes, min_usage_bytes,
           round(std_deviation::numeric, 6)::float8 AS std_deviation, percentile_95, percentile_80,
           round(usage_trend::numeric, 6)::float8 + 0 AS usage_trend, days_with_usage, through_date
         FROM device_usage_statistics WHERE billing_period_id = $1 ORDER BY iccid`,
        [account.periodId],
      );
      return { written: rows[0]?.written, kept: kept.rows };
    };
    const short = await figures(`usp_calculate_usage_statistics_of_one_read($1, '${march(17)}')`);
    expect(short).toEqual(await figures("usp_calculate_usage_statistics_of_reads($1)"));
    expect(short).toEqual(await figures("usp_calculate_usage_statistics($1)"));
    expect(short).toMatchObject({ written: expect.any(Number) as number });
  });

  test("a-cycle-that-was-read-once-keeps-its-figures-when-the-next-one-is-read", async () => {
    const account = await addTestAccount(database);
    await given(account, [31], [{ sim: 1 }], [{ sim: 1, day: 31, bytes: 310 }]);
    const { billing_period_id: april } = await oneRow<{ billing_period_id: number }>(
      database,
      `INSERT INTO billing_periods (tenant_id, carrier_account_id, starts_at, ends_at, starts_on, ends_on)
       VALUES ($1, $2, '2026-04-01T04:00:00Z', '2026-05-01T04:00:00Z', '2026-04-01', '2026-05-01') RETURNING billing_period_id`,
      [account.tenantId, account.accountId],
    );
    await database.query(
      "UPDATE sync_runs SET finished_at = '2026-03-31T18:00:00Z' WHERE billing_period_id = $1",
      [account.periodId],
    );
    await database.query(
      `INSERT INTO sync_runs (tenant_id, carrier_account_id, billing_period_id, kind, status, complete, usage_date, devices, finished_at)
       VALUES ($1, $2, $3, 'full', 'MERGED', true, '2026-04-02', 1, '2026-04-02T18:00:00Z')`,
      [account.tenantId, account.accountId, april],
    );
    for (const usagePeriod of [account.periodId, april]) {
      await database.query(
        "UPDATE devices SET usage_bytes = 7, usage_period_id = $2 WHERE carrier_account_id = $1",
        [account.accountId, usagePeriod],
      );
      await calculate(account);
      expect(await statistics(account, 1)).toMatchObject({ days: 31, total_usage_bytes: 310 });
    }
  });
});
