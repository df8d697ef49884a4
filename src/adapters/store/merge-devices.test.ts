import { afterAll, beforeAll, expect, test } from "vitest";
import { copyText } from "../../ports/copy-text.ts";
import type { CopyCell } from "../../ports/copy-text.ts";
import type { Database } from "../../ports/database.ts";
import { describeOnEachStore } from "./test-suites.ts";
import { addTestAccount, oneRow } from "./test-rows.ts";
import type { TestAccount } from "./test-rows.ts";

const iccid = (number: number): string => `89010000000000${String(number).padStart(5, "0")}`;

interface Staged {
  readonly sim: number;
  readonly plan?: string | null;
  readonly status?: string;
  readonly modifiedAt?: string;
  readonly usage?: number | null;
  readonly msisdn?: string;
}

interface Used {
  readonly sim: number;
  readonly bytes: number;
  readonly day?: string;
  readonly part?: string;
  readonly source?: string;
}

interface Counts {
  readonly status: string;
  readonly devices: number;
  readonly duplicates: number;
  readonly conflicts: number;
  readonly inserted: number;
  readonly updated: number;
  readonly vanished: number;
  readonly usage_facts: number;
  readonly quarantined: number;
}

describeOnEachStore("merging a sync", (open) => {
  let database: Database;
  beforeAll(async () => {
    database = await open();
  }, 60_000);
  afterAll(async () => {
    await database.close();
  });

  async function stage(
    { tenantId, accountId, periodId }: TestAccount,
    sync: {
      kind?: "full" | "incremental";
      complete?: boolean;
      day: string;
      devices?: readonly Staged[];
      usage?: readonly Used[];
    },
  ): Promise<string> {
    const { sync_id: syncId } = await oneRow<{ sync_id: string }>(
      database,
      `INSERT INTO sync_runs (tenant_id, carrier_account_id, billing_period_id, kind, status, complete, usage_date, started_at)
       VALUES ($1, $2, $3, $4, 'LOADED', $5, $6, $7) RETURNING sync_id`,
      [
        tenantId,
        accountId,
        periodId,
        sync.kind ?? "full",
        sync.complete ?? true,
        sync.day,
        `${sync.day}T18:00:00Z`,
      ],
    );
    const devices = (sync.devices ?? []).map(
      ({ sim, plan = "P1", status = "ACTIVATED", modifiedAt, usage = null, msisdn }): CopyCell[] => [
        syncId,
        iccid(sim),
        plan,
        status,
        modifiedAt ?? null,
        usage,
        msisdn ?? null,
      ],
    );
    await database.copyIn(
      {
        table: "staging_devices",
        columns: ["sync_id", "iccid", "rate_plan", "status", "carrier_modified_at", "usage_bytes", "msisdn"],
      },
      copyText(devices),
    );
    const usage = (sync.usage ?? []).map(({ sim, bytes, day, part = "", source = "usages" }): CopyCell[] => [
      syncId,
      iccid(sim),
      day ?? null,
      part,
      bytes,
      source,
    ]);
    await database.copyIn(
      {
        table: "staging_usage",
        columns: ["sync_id", "iccid", "usage_date", "part", "usage_bytes", "source"],
      },
      copyText(usage),
    );
    return syncId;
  }

  interface IdleBut {
    readonly plans: readonly string[];
    readonly sims?: readonly number[];
  }
  const merge = async (syncId: string, idleBut?: IdleBut): Promise<Counts> => {
    const counts = await oneRow<Counts>(database, "SELECT * FROM usp_update_jasper_device($1, $2, $3)", [
      syncId,
      idleBut?.plans ?? null,
      (idleBut?.sims ?? []).map(iccid),
    ]);
    return { ...counts, usage_facts: await keepFacts(syncId) };
  };

  /** The account, its next cycle begun. */
  async function inApril(account: TestAccount): Promise<TestAccount> {
    const { periodId } = await oneRow<{ periodId: number }>(
      database,
      `INSERT INTO billing_periods (tenant_id, carrier_account_id, starts_at, ends_at, starts_on, ends_on)
       VALUES ($1, $2, '2026-04-01T04:00:00Z', '2026-05-01T04:00:00Z', '2026-04-01', '2026-05-01')
       RETURNING billing_period_id AS "periodId"`,
      [account.tenantId, account.accountId],
    );
    return { ...account, periodId };
  }

  /** How many facts the sync has brought, once they are kept. */
  async function keepFacts(syncId: string): Promise<number> {
    const ofSync = "FROM sync_runs WHERE sync_id = $1";
    await database.query(`SELECT keep_usage_facts(carrier_account_id) ${ofSync}`, [syncId]);
    return (await oneRow<{ facts: number }>(database, `SELECT usage_facts AS facts ${ofSync}`, [syncId]))
      .facts;
  }

  interface Device {
    readonly rate_plan: string | null;
    readonly status: string | null;
    readonly usage_bytes: number | null;
    readonly usage_source: string | null;
    readonly msisdn: string | null;
    readonly vanished: boolean;
  }
  const device = ({ accountId }: TestAccount, sim: number): Promise<Device> =>
    oneRow<Device>(
      database,
      `SELECT rate_plan, status, usage_bytes, usage_source, msisdn, vanished_at IS NOT NULL AS vanished
       FROM devices WHERE carrier_account_id = $1 AND iccid = $2`,
      [accountId, iccid(sim)],
    );

  const facts = async ({ accountId }: TestAccount, sim: number): Promise<unknown[]> =>
    (
      await database.query(
        `SELECT kind, usage_date, usage_bytes, source FROM device_usage
         WHERE carrier_account_id = $1 AND iccid = $2 ORDER BY usage_date, observed_at, source`,
        [accountId, iccid(sim)],
      )
    ).rows;

  test("takes-over-a-full-sync-once", async () => {
    const account = await addTestAccount(database);
    const syncId = await stage(account, {
      day: "2026-03-02",
      devices: [{ sim: 1 }, { sim: 2, plan: null }, { sim: 3, msisdn: "15550001" }],
      usage: [
        { sim: 1, bytes: 700 },
        { sim: 3, bytes: 30 },
      ],
    });
    const counts = {
      status: "MERGED",
      devices: 3,
      duplicates: 0,
      conflicts: 0,
      inserted: 3,
      updated: 0,
      vanished: 0,
      usage_facts: 3,
      quarantined: 0,
    };
    expect(await merge(syncId)).toMatchObject(counts);
    expect(await merge(syncId)).toMatchObject(counts);
    expect(await device(account, 1)).toEqual({
      rate_plan: "P1",
      status: "ACTIVATED",
      usage_bytes: 700,
      usage_source: "usages",
      msisdn: null,
      vanished: false,
    });
    expect(await device(account, 2)).toMatchObject({
      rate_plan: null,
      usage_bytes: 0,
      usage_source: "no row",
    });
    expect(await facts(account, 1)).toEqual([
      { kind: "cycle_to_date", usage_date: "2026-03-02", usage_bytes: 700, source: "usages" },
    ]);
  });

  test("the-carriers-latest-change-wins-whatever-was-read-last", async () => {
    const account = await addTestAccount(database);
    const syncId = await stage(account, {
      day: "2026-03-02",
      devices: [
        { sim: 1, plan: "new", modifiedAt: "2026-03-02T10:00:00Z" },
        { sim: 1, plan: "old", modifiedAt: "2026-03-01T10:00:00Z" },
        { sim: 1, plan: "older" },
        { sim: 2, plan: "first" },
        { sim: 2, plan: "last" },
        { sim: 3, plan: "same" },
        { sim: 3, plan: "same" },
      ],
    });
    expect(await merge(syncId)).toMatchObject({ devices: 3, duplicates: 4, conflicts: 2 });
    expect(await device(account, 1)).toMatchObject({ rate_plan: "new" });
    expect(await device(account, 2)).toMatchObject({ rate_plan: "last" });
  });

  test("adds-up-parts-once-each-and-never-across-sources", async () => {
    const account = await addTestAccount(database, { usageSource: "rated" });
    const syncId = await stage(account, {
      day: "2026-03-02",
      devices: [{ sim: 1 }, { sim: 2 }],
      usage: [
        { sim: 1, part: "zone1", bytes: 100 },
        { sim: 1, part: "zone2", bytes: 20 },
        { sim: 1, part: "zone1", bytes: 101 },
        { sim: 2, source: "rated", bytes: 50 },
        { sim: 2, source: "raw", bytes: 60 },
      ],
    });
    await merge(syncId);
    expect(await device(account, 1)).toMatchObject({ usage_bytes: 121 });
    expect(await device(account, 2)).toMatchObject({ usage_bytes: 50, usage_source: "rated" });
  });

  test("no-row-is-zero-or-unknown-as-the-source-has-it", async () => {
    for (const [missingUsage, expected] of [
      ["zero", 0],
      ["unknown", null],
    ] as const) {
      const account = await addTestAccount(database, { missingUsage });
      await merge(await stage(account, { day: "2026-03-02", devices: [{ sim: 1 }] }));
      expect((await device(account, 1)).usage_bytes).toBe(expected);
    }
    const incomplete = await addTestAccount(database, { missingUsage: "zero" });
    await merge(await stage(incomplete, { day: "2026-03-02", complete: false, devices: [{ sim: 1 }] }));
    expect((await device(incomplete, 1)).usage_bytes).toBeNull();
  });

  test("sims-without-usage-rows-are-idle-but-for-those-that-were-to-be-asked-for", async () => {
    const account = await addTestAccount(database, { missingUsage: "unknown" });
    const day = "2026-03-02";
    const syncId = await stage(account, {
      day,
      devices: [
        { sim: 1 },
        { sim: 2 },
        { sim: 3, plan: "unserved" },
        { sim: 4, plan: "unserved" },
        { sim: 5, plan: null },
        { sim: 6 },
        { sim: 7 },
        { sim: 8, usage: 9 },
      ],
      usage: [
        { sim: 1, bytes: 700, source: "bulk" },
        { sim: 4, bytes: 30, source: "single" },
        { sim: 7, day: "2025-12-31", bytes: 5, source: "daily" },
      ],
    });
    expect(await merge(syncId, { plans: ["unserved"], sims: [6, 99] })).toMatchObject({
      inserted: 8,
      usage_facts: 5,
      quarantined: 1,
    });
    const zero = { usage_bytes: 0, usage_source: "bulk" };
    const unknown = { usage_bytes: null, usage_source: null };
    for (const [sim, expected] of [
      [1, { usage_bytes: 700, usage_source: "bulk" }],
      [2, zero],
      [3, unknown],
      [4, { usage_bytes: 30, usage_source: "single" }],
      [5, zero],
      [6, unknown],
      [7, unknown],
      [8, zero],
    ] as const)
      expect(await device(account, sim), `SIM ${sim}`).toMatchObject(expected);
    expect(await facts(account, 2)).toEqual([
      { kind: "cycle_to_date", usage_date: day, usage_bytes: 0, source: "bulk" },
    ]);
    expect(await facts(account, 3)).toEqual([]);
  });

  test("an-incremental-sync-takes-known-sims-for-idle-too-and-leaves-those-that-it-cannot-tell-of", async () => {
    const account = await addTestAccount(database, { missingUsage: "unknown" });
    const devices = [{ sim: 1 }, { sim: 2 }, { sim: 3, plan: "unserved" }, { sim: 4 }, { sim: 5 }];
    await merge(
      await stage(account, {
        day: "2026-03-02",
        devices,
        usage: devices.map(({ sim }) => ({ sim, bytes: 10, source: "bulk" })),
      }),
    );
    await merge(await stage(account, { day: "2026-03-03", devices: devices.slice(0, 4) }));
    const syncId = await stage(account, {
      day: "2026-03-04",
      kind: "incremental",
      devices: [{ sim: 4, plan: "unserved" }, { sim: 6 }],
      usage: [{ sim: 1, bytes: 25, source: "bulk" }],
    });
    expect(await merge(syncId, { plans: ["unserved"] })).toMatchObject({
      inserted: 1,
      updated: 1,
      usage_facts: 3,
    });
    for (const [sim, bytes] of [
      [1, 25],
      [2, 0],
      [3, 10],
      [4, 10],
      [5, 10],
      [6, 0],
    ] as const)
      expect(await device(account, sim), `SIM ${sim}`).toMatchObject({
        usage_bytes: bytes,
        usage_source: "bulk",
        vanished: sim === 5,
      });
  });

  test("sims-vanish-only-when-a-complete-full-sync-misses-them-and-may-come-back", async () => {
    const account = await addTestAccount(database);
    await merge(await stage(account, { day: "2026-03-02", devices: [{ sim: 1 }, { sim: 2 }] }));
    expect(
      await merge(await stage(account, { day: "2026-03-03", complete: false, devices: [{ sim: 1 }] })),
    ).toMatchObject({ vanished: 0 });
    expect(
      await merge(await stage(account, { day: "2026-03-03", kind: "incremental", devices: [{ sim: 1 }] })),
    ).toMatchObject({ vanished: 0 });
    expect((await device(account, 2)).vanished).toBe(false);
    expect(await merge(await stage(account, { day: "2026-03-04", devices: [{ sim: 1 }] }))).toMatchObject({
      vanished: 1,
      updated: 1,
    });
    expect((await device(account, 2)).vanished).toBe(true);
    expect(
      await merge(await stage(account, { day: "2026-03-05", devices: [{ sim: 1 }, { sim: 2 }] })),
    ).toMatchObject({ vanished: 0, inserted: 0, updated: 2 });
    expect((await device(account, 2)).vanished).toBe(false);
  });

  test("another-account-and-tenant-with-the-same-iccid-is-untouched", async () => {
    const [one, other] = [await addTestAccount(database), await addTestAccount(database)];
    await merge(
      await stage(other, {
        day: "2026-03-02",
        devices: [{ sim: 1, plan: "theirs" }, { sim: 2 }],
        usage: [{ sim: 1, bytes: 5 }],
      }),
    );
    await merge(
      await stage(one, {
        day: "2026-03-02",
        devices: [{ sim: 1, plan: "ours" }],
        usage: [{ sim: 1, bytes: 9 }],
      }),
    );
    expect(await device(other, 1)).toMatchObject({ rate_plan: "theirs", usage_bytes: 5, vanished: false });
    expect(await device(other, 2)).toMatchObject({ vanished: false });
    expect(await device(one, 1)).toMatchObject({ rate_plan: "ours", usage_bytes: 9 });
  });

  test("an-incremental-sync-refreshes-the-usage-of-sims-that-nobody-edited", async () => {
    const account = await addTestAccount(database);
    await merge(
      await stage(account, {
        day: "2026-03-02",
        devices: [{ sim: 1, msisdn: "15550001" }, { sim: 2 }, { sim: 3 }],
        usage: [
          { sim: 1, bytes: 10 },
          { sim: 2, bytes: 20 },
        ],
      }),
    );
    const counts = await merge(
      await stage(account, {
        day: "2026-03-03",
        kind: "incremental",
        devices: [{ sim: 1, plan: "P2" }],
        usage: [
          { sim: 1, bytes: 11 },
          { sim: 2, bytes: 25 },
        ],
      }),
    );
    expect(counts).toMatchObject({ devices: 1, inserted: 0, updated: 1, usage_facts: 2, quarantined: 0 });
    expect(await device(account, 1)).toMatchObject({ rate_plan: "P2", usage_bytes: 11, msisdn: "15550001" });
    expect(await device(account, 2)).toMatchObject({ rate_plan: "P1", usage_bytes: 25 });
    expect(await device(account, 3)).toMatchObject({ usage_bytes: 0 });
  });

  test("usage-that-an-incremental-sync-is-told-of-a-sim-that-has-vanished-is-set-aside", async () => {
    const account = await addTestAccount(database);
    await merge(await stage(account, { day: "2026-03-02", devices: [{ sim: 1 }, { sim: 2 }] }));
    await merge(await stage(account, { day: "2026-03-03", devices: [{ sim: 1 }] }));
    const usage = [
      { sim: 1, bytes: 7 },
      { sim: 2, bytes: 9 },
    ];
    const incremental = { day: "2026-03-04", kind: "incremental", usage } as const;
    expect(await merge(await stage(account, incremental))).toMatchObject({ usage_facts: 1, quarantined: 1 });
    expect(await device(account, 2)).toMatchObject({ usage_bytes: 0, vanished: true });
    const aside = await database.query(
      "SELECT iccid, reason, content FROM quarantined_rows WHERE carrier_account_id = $1",
      [account.accountId],
    );
    expect(aside.rows).toMatchObject([
      { iccid: iccid(2), reason: "usage of a SIM that is not in the inventory", content: { usage_bytes: 9 } },
    ]);
    // Where it comes back in the same sync, its usage counts.
    expect(
      await merge(await stage(account, { ...incremental, day: "2026-03-05", devices: [{ sim: 2 }] })),
    ).toMatchObject({ quarantined: 0 });
    expect(await device(account, 2)).toMatchObject({ usage_bytes: 9, vanished: false });
  });

  test("usage-facts-are-appended-where-they-say-something-new-and-never-changed", async () => {
    const account = await addTestAccount(database);
    for (const [day, bytes] of [
      ["2026-03-02", 10],
      ["2026-03-03", 10],
      ["2026-03-04", 30],
    ] as const) {
      await merge(await stage(account, { day, devices: [{ sim: 1 }], usage: [{ sim: 1, bytes }] }));
    }
    expect(await facts(account, 1)).toMatchObject([
      { usage_date: "2026-03-02", usage_bytes: 10 },
      { usage_date: "2026-03-04", usage_bytes: 30 },
    ]);
    for (const sql of [
      "UPDATE device_usage SET usage_bytes = 0",
      "DELETE FROM device_usage",
      "TRUNCATE device_usage",
    ]) {
      await expect(database.query(sql)).rejects.toMatchObject({ data: { sqlState: "23001" } });
    }
  });

  test("facts-that-were-not-kept-yet-are-kept-by-the-next-merge-of-this-or-another-cycle", async () => {
    const account = await addTestAccount(database);
    const mergeAlone = async (day: string, bytes: number): Promise<void> => {
      const syncId = await stage(account, { day, devices: [{ sim: 1 }], usage: [{ sim: 1, bytes }] });
      await database.query("SELECT usp_update_jasper_device($1)", [syncId]);
    };
    await mergeAlone("2026-03-02", 10);
    expect(await facts(account, 1)).toEqual([]);
    await mergeAlone("2026-03-03", 10);
    await mergeAlone("2026-03-04", 30);
    expect(await facts(account, 1)).toMatchObject([{ usage_date: "2026-03-02", usage_bytes: 10 }]);
    await merge(
      await stage(await inApril(account), {
        day: "2026-04-01",
        devices: [{ sim: 1 }],
        usage: [{ sim: 1, bytes: 5 }],
      }),
    );
    const all = [
      { usage_date: "2026-03-02", usage_bytes: 10 },
      { usage_date: "2026-03-04", usage_bytes: 30 },
      { usage_date: "2026-04-01", usage_bytes: 5 },
    ];
    expect(await facts(account, 1)).toMatchObject(all);
    await database.query("SELECT keep_usage_facts($1)", [account.accountId]);
    expect(await facts(account, 1)).toMatchObject(all);
  });

  test("daily-usage-adds-up-to-the-cycle-and-late-corrections-count", async () => {
    const account = await addTestAccount(database, { missingUsage: "unknown", usageSource: "rated" });
    await merge(
      await stage(account, {
        day: "2026-03-03",
        devices: [{ sim: 1 }, { sim: 2 }],
        usage: [
          { sim: 1, day: "2026-03-01", bytes: 100, source: "raw" },
          { sim: 1, day: "2026-03-02", bytes: 50, source: "raw" },
          { sim: 1, day: "2026-03-01", bytes: 90, source: "rated" },
        ],
      }),
    );
    expect(await device(account, 1)).toMatchObject({ usage_bytes: 140 });
    expect(await device(account, 2)).toMatchObject({ usage_bytes: null });
    const later = await merge(
      await stage(account, {
        day: "2026-03-04",
        devices: [{ sim: 1 }, { sim: 2 }],
        usage: [
          { sim: 1, day: "2026-03-02", bytes: 60, source: "rated" },
          { sim: 1, day: "2026-03-01", bytes: 90, source: "rated" },
        ],
      }),
    );
    expect(later).toMatchObject({ usage_facts: 1 });
    expect(await device(account, 1)).toMatchObject({ usage_bytes: 150 });
  });

  test("a-new-cycle-begins-without-the-old-usage", async () => {
    const account = await addTestAccount(database, { missingUsage: "unknown" });
    await merge(
      await stage(account, { day: "2026-03-31", devices: [{ sim: 1 }], usage: [{ sim: 1, bytes: 999 }] }),
    );
    await merge(await stage(await inApril(account), { day: "2026-04-01", devices: [{ sim: 1 }] }));
    expect(await device(account, 1)).toMatchObject({ usage_bytes: null, usage_source: null });
  });

  test("usage-that-belongs-nowhere-is-quarantined-not-dropped", async () => {
    const account = await addTestAccount(database);
    const syncId = await stage(account, {
      day: "2026-03-02",
      devices: [{ sim: 1 }],
      usage: [
        { sim: 77, bytes: 5 },
        { sim: 1, day: "2025-12-31", bytes: 6 },
        { sim: 1, bytes: 7 },
      ],
    });
    expect(await merge(syncId)).toMatchObject({ quarantined: 2 });
    const { rows } = await database.query(
      "SELECT iccid, reason, content FROM quarantined_rows WHERE sync_id = $1 ORDER BY iccid",
      [syncId],
    );
    expect(rows).toEqual([
      {
        iccid: iccid(1),
        reason: "usage of a day in no known billing cycle",
        content: { usage_date: "2025-12-31", usage_bytes: 6 },
      },
      {
        iccid: iccid(77),
        reason: "usage of a SIM that is not in the inventory",
        content: { usage_date: null, usage_bytes: 5 },
      },
    ]);
  });

  test("a-sync-that-is-not-loaded-or-unknown-is-refused", async () => {
    const account = await addTestAccount(database);
    const syncId = await stage(account, { day: "2026-03-02", devices: [{ sim: 1 }] });
    await database.query("UPDATE sync_runs SET status = 'FAILED' WHERE sync_id = $1", [syncId]);
    await expect(merge(syncId)).rejects.toMatchObject({ data: { sqlState: "55000" } });
    await expect(merge("00000000-0000-0000-0000-000000000000")).rejects.toMatchObject({
      data: { sqlState: "P0002" },
    });
  });

  test("a-bad-iccid-fails-the-whole-merge", async () => {
    const account = await addTestAccount(database);
    const syncId = await stage(account, { day: "2026-03-02", devices: [{ sim: 1 }] });
    await database.query("INSERT INTO staging_devices (sync_id, iccid) VALUES ($1, '8.9E+18')", [syncId]);
    await expect(merge(syncId)).rejects.toMatchObject({ data: { sqlState: "23514" } });
    expect(
      (await database.query("SELECT FROM devices WHERE carrier_account_id = $1", [account.accountId]))
        .rowCount,
    ).toBe(0);
  });

  test("staging-is-emptied-for-one-sync-only", async () => {
    const account = await addTestAccount(database);
    const [first, second] = [
      await stage(account, { day: "2026-03-02", devices: [{ sim: 1 }], usage: [{ sim: 1, bytes: 1 }] }),
      await stage(account, { day: "2026-03-02", devices: [{ sim: 2 }] }),
    ];
    const left = async (): Promise<unknown[]> =>
      (
        await database.query("SELECT DISTINCT sync_id FROM staging_devices WHERE sync_id IN ($1, $2)", [
          first,
          second,
        ])
      ).rows;
    await database.query("SELECT discard_staging($1)", [first]);
    expect(await left()).toEqual([{ sync_id: second }]);
    expect((await database.query("SELECT FROM staging_usage WHERE sync_id = $1", [first])).rowCount).toBe(0);
    await database.query("SELECT discard_staging($1)", [second]);
    expect(await left()).toEqual([]);
  });
});
