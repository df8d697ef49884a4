import { expect, test } from "vitest";
import type { Database } from "../../ports/database.ts";
import { openPostgres } from "../postgres/open-postgres.ts";
import { openDatabasePace } from "../pace-database/open-database-pace.ts";
import { migrate } from "../store/migrate.ts";
import { createTestPostgres, describeOnPostgres } from "../store/test-postgres.ts";
import { openPgBossQueue } from "./open-pgboss-queue.ts";

const QUEUES = [{ name: "work", maxReceives: 3 }];

describeOnPostgres("what a worker that died had, on PostgreSQL", () => {
  async function withTwo(use: (dying: Database, living: Database) => Promise<void>): Promise<void> {
    const { url, drop } = await createTestPostgres();
    const open = (): Database => openPostgres({ url, poolSize: 2, timeoutMs: 30_000 });
    const [dying, living] = [open(), open()];
    await migrate(living);
    // The server of the tests may have started a moment ago, and then nobody counts as gone.
    await living.query(
      "SELECT pg_sleep(greatest(0, 11 - extract(epoch FROM now() - pg_postmaster_start_time())))",
    );
    await use(dying, living);
    await living.close();
    await drop();
  }

  test("is-delivered-again-at-once-and-what-a-living-one-has-is-not", async () => {
    await withTwo(async (dying, living) => {
      const first = await openPgBossQueue(dying, { queues: QUEUES, maintain: false });
      const second = await openPgBossQueue(living, { queues: QUEUES, maintain: false });
      await first.send("work", [{ body: { n: 1 } }]);
      const [taken] = await first.receive("work", { max: 1, visibilitySeconds: 600 });
      expect(taken?.receiveCount).toBe(1);
      expect(await second.receive("work", { max: 1, visibilitySeconds: 600, waitSeconds: 2 })).toEqual([]);
      // As at its death: its connections end and nothing is said.
      await dying.close();
      const [again] = await second.receive("work", { max: 1, visibilitySeconds: 600, waitSeconds: 20 });
      expect(again).toMatchObject({ id: taken?.id, receiveCount: 2 });
      await second.close();
    });
  }, 60_000);

  test("is-no-call-under-way-for-long", async () => {
    await withTwo(async (dying, living) => {
      const limits = { callsPerSecond: 1_000, concurrency: 1 };
      await openDatabasePace(dying).acquire("account", limits, { leaseMs: 600_000 });
      const pace = openDatabasePace(living);
      await living.query("UPDATE carrier_calls SET begun_at = begun_at - interval '10 s'");
      expect(await pace.acquire("account", limits, { maxWaitMs: 1_500 })).toBeUndefined();
      await dying.close();
      expect(await pace.acquire("account", limits, { maxWaitMs: 20_000 })).toBeDefined();
    });
  }, 60_000);
});
