import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import type { PipelineContext } from "../../pipeline/context.ts";
import { PIPELINE_QUEUES } from "../../pipeline/context.ts";
import type { Database } from "../../ports/database.ts";

interface HealthParts {
  readonly db: Database;
  readonly pipeline: Pick<PipelineContext, "queue" | "objects">;
  readonly log: Logger;
  readonly version: string;
}

const ANSWER_WITHIN_MS = 5_000;

type Check = () => Promise<{ readonly ok: boolean; readonly reason?: string }>;

/** Whether the process answers at all, and whether what it works with does. Why not stands in the log alone. */
export function healthRoutes(server: FastifyInstance, { db, pipeline, log, version }: HealthParts): void {
  const checks: Readonly<Record<string, Check>> = {
    database: () => db.health(),
    queue: async () => {
      for (const { name } of PIPELINE_QUEUES) await pipeline.queue.depth(name);
      return { ok: true };
    },
    objects: () => pipeline.objects.health(),
  };
  server.get("/healthz", async (_request, reply) => {
    reply.header("cache-control", "no-store");
    return { status: "ok", version };
  });
  server.get("/readyz", async (_request, reply) => {
    const found = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => [name, await answerOf(check)] as const),
    );
    for (const [name, { ok, reason }] of found) if (!ok) log.warn({ check: name, reason }, "Not ready");
    const ready = found.every(([, { ok }]) => ok);
    reply.code(ready ? 200 : 503).header("cache-control", "no-store");
    return {
      status: ready ? "ready" : "not ready",
      checks: Object.fromEntries(found.map(([name, { ok }]) => [name, ok ? "ok" : "failed"])),
    };
  });
}

async function answerOf(check: Check): ReturnType<Check> {
  const over = new AbortController();
  const late = sleep(ANSWER_WITHIN_MS, { ok: false, reason: "no answer in time" }, { signal: over.signal });
  try {
    return await Promise.race([check(), late]);
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  } finally {
    late.catch(() => undefined);
    over.abort();
  }
}
