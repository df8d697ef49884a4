import type { Database } from "../../ports/database.ts";
import type { Queue, QueueDefinition } from "../../ports/queue.ts";
export async function openPgBossQueue(_d: Database, _o: { queues: readonly QueueDefinition[]; maintain: boolean }): Promise<Queue> {
  await Promise.resolve();
  return { close: () => Promise.resolve() } as unknown as Queue;
}
