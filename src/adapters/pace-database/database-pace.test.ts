import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { paceContract } from "../../ports/pace-contract.ts";
import type { Database } from "../../ports/database.ts";
import { describeOnEachStore } from "../store/test-suites.ts";
import { describeOnPostgres } from "../store/test-postgres.ts";
import { openTestPostgresStore, openTestStore } from "../store/test-store.ts";
import { openDatabasePace } from "./open-database-pace.ts";

describe("pace on PGlite", () => {
  paceContract("two holders on one embedded database", async () => {
    const database = await openTestStore();
    return {
      one: openDatabasePace(database),
      other: openDatabasePace(database),
      close: () => database.close(),
    };
  });
});

describeOnPostgres("pace on PostgreSQL", () => {
  paceContract("two holders on one PostgreSQL", async () => {
    const database = await openTestPostgresStore();
    return {
      one: openDatabasePace(database),
      other: openDatabasePace(database),
      close: () => database.close(),
    };
  });
});

describeOnEachStore("pace in the database", (open) => {
  let database: Database;
  beforeAll(async () => {
    database = await open();
  }, 60_000);
  afterAll(async () => {
    await database.close();
  });

  test("a-worker-that-died-lets-go-of-its-call", async () => {
    const [dying, living] = [openDatabasePace(database), openDatabasePace(database)];
    const limits = { callsPerSecond: 1_000, concurrency: 1 };
    await dying.acquire("died", limits, { leaseMs: 300 });
    expect(await living.acquire("died", limits, { maxWaitMs: 50 })).toBeUndefined();
    expect(await living.acquire("died", limits, { maxWaitMs: 5_000 })).toBeDefined();
  });

  test("a-call-that-was-answered-late-counts-from-its-answer", async () => {
    const pace = openDatabasePace(database);
    const limits = { callsPerSecond: 2, concurrency: 5 };
    const slow = await pace.acquire("late", limits);
    const quick = await pace.acquire("late", limits);
    await quick?.release();
    await sleep(400);
    const answeredMs = performance.now();
    await slow?.release();
    // The quick one leaves the window first, and lets one call on.
    await pace.acquire("late", limits);
    await pace.acquire("late", limits);
    expect(performance.now() - answeredMs).toBeGreaterThanOrEqual(990);
  });

  test("a-call-without-an-answer-counts-until-it-is-given-up-and-a-second-longer", async () => {
    const pace = openDatabasePace(database);
    const limits = { callsPerSecond: 1, concurrency: 5 };
    const begunMs = performance.now();
    await pace.acquire("silent", limits, { leaseMs: 1_500 });
    await pace.acquire("silent", limits);
    expect(performance.now() - begunMs).toBeGreaterThanOrEqual(2_490);
  });

  test("where-even-the-quickest-calls-take-long-the-pace-is-used-all-the-same", { retry: 3 }, async () => {
    const pace = openDatabasePace(database);
    const startsMs: number[] = [];
    await pace.hold("far", 0);
    // As it stands after a minute of such calls.
    await database.query("UPDATE carrier_pace SET quickest_ms = 300 WHERE account = 'far'");
    while (startsMs.length < 7) {
      const slot = await pace.acquire("far", { callsPerSecond: 2, concurrency: 1 });
      startsMs.push(performance.now());
      await sleep(300);
      await slot?.release();
    }
    const [first = 0, last = 0] = [startsMs[0], startsMs[6]];
    // Counted from the answers alone, each second's calls take 1.3 s.
    expect(3_000 / (last - first)).toBeGreaterThanOrEqual(0.9);
  });

  test("no-limit-is-no-limit", async () => {
    const pace = openDatabasePace(database);
    const limits = { callsPerSecond: Number.POSITIVE_INFINITY, concurrency: 40 };
    const slots = await Promise.all(
      Array.from({ length: 40 }, () => pace.acquire("free", limits, { maxWaitMs: 5_000 })),
    );
    expect(slots.filter((slot) => slot !== undefined)).toHaveLength(40);
    expect(await pace.acquire("free", limits, { maxWaitMs: 50 })).toBeUndefined();
  });

  test("accounts-do-not-wait-for-each-other", async () => {
    const pace = openDatabasePace(database);
    const limits = { callsPerSecond: 1, concurrency: 1 };
    expect(await pace.acquire("account-a", limits)).toBeDefined();
    expect(await pace.acquire("account-b", limits, { maxWaitMs: 500 })).toBeDefined();
    expect(await pace.acquire("account-a", limits, { maxWaitMs: 100 })).toBeUndefined();
  });
});
