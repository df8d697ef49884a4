import { afterAll, beforeAll, expect, test } from "vitest";
import { describeOnEachKind } from "./fixtures/each-kind.ts";
import { retryDeadLetter } from "../../src/adapters/store/dead-letters.ts";
import { openPgBossQueue } from "../../src/adapters/queue-pgboss/open-pgboss-queue.ts";
import { PIPELINE_QUEUES } from "../../src/pipeline/context.ts";
import type { JasperSimulator } from "../../simulator/jasper/start-jasper-simulator.ts";
import { openSite } from "./fixtures/open-site.ts";
import { spawnWorker } from "./fixtures/spawn-worker.ts";
import { startStillCarrier } from "./fixtures/start-still-carrier.ts";

let simulator: JasperSimulator;
beforeAll(async () => {
  simulator = await startStillCarrier({ devices: 40, seed: 5 });
});
afterAll(async () => {
  await simulator.close();
});

describeOnEachKind("a message whose worker is killed each time", (kind) => {
  test("ends-as-a-dead-letter-with-its-session-failed-and-can-be-retried", async () => {
    const site = await openSite(kind, simulator);
    let deaths = 0;
    for (; deaths < 12; deaths++) {
      const worker = spawnWorker(site.settings);
      const lethal = await worker.when(([kind_, what]) => what === "optimize:started" || kind_ === "done");
      if (lethal?.[0] === "done") {
        expect(await worker.ended).toBe(0);
        break;
      }
      await worker.kill();
    }
    expect(deaths).toBe(5);
    await site.inside(async (database) => {
      const session = await database.query("SELECT status, stage, reason FROM optimization_sessions");
      expect(session.rows).toEqual([
        {
          status: "FAILED",
          stage: "optimize",
          reason: expect.stringContaining("the worker that had it died") as string,
        },
      ]);
      const { rows } = await database.query<{ id: string }>(
        "SELECT dead_letter_id AS id, classification, receive_count AS times, status FROM dead_letters",
      );
      expect(rows).toMatchObject([{ classification: "optimize: worker died", times: 5, status: "NEW" }]);
      // Its session has ended: a retry is taken, finds nothing left to do and stops nothing.
      const queue = await openPgBossQueue(database, { queues: PIPELINE_QUEUES, maintain: false });
      await retryDeadLetter(database, queue, rows[0]?.id ?? "", "ada");
      await queue.close();
    });
    const next = spawnWorker({ ...site.settings, START_ALWAYS: "yes" });
    expect(await next.ended).toBe(0);
    await site.inside(async (database) => {
      const { rows } = await database.query("SELECT status FROM optimization_sessions ORDER BY created_at");
      expect(rows).toEqual([{ status: "FAILED" }, { status: "COMPLETED" }]);
      expect((await database.query("SELECT FROM dead_letters")).rowCount).toBe(1);
      expect((await database.query("SELECT FROM pgboss.job WHERE state <= 'active'")).rowCount).toBe(0);
    });
    await site.close();
  }, 180_000);
});
