import { queueContract } from "../../ports/queue-contract.ts";
import type { QueueUnderTest } from "../../ports/queue-contract.ts";
import type { Database } from "../../ports/database.ts";
import type { QueueDefinition } from "../../ports/queue.ts";
import { describeOnPostgres } from "../store/test-postgres.ts";
import { openTestPostgresStore, openTestStore } from "../store/test-store.ts";
import { openPgBossQueue } from "./open-pgboss-queue.ts";

async function on(database: Database, queues: readonly QueueDefinition[]): Promise<QueueUnderTest> {
  const queue = await openPgBossQueue(database, { queues, maintain: true, pollMs: 100 });
  const close = async (): Promise<void> => {
    await queue.close();
    await database.close();
  };
  return { queue, database, close };
}

queueContract("pg-boss on PGlite", async (queues) => on(await openTestStore(), queues));

describeOnPostgres("the queue on PostgreSQL", () => {
  queueContract("pg-boss on PostgreSQL", async (queues) => on(await openTestPostgresStore(), queues));
});
