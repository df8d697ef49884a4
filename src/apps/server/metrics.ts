import type { FastifyInstance } from "fastify";
import type { PrometheusMetrics } from "../../adapters/metrics-prometheus/open-metrics.ts";
import type { PipelineContext } from "../../pipeline/context.ts";
import { PIPELINE_QUEUES } from "../../pipeline/context.ts";

interface MetricsParts {
  readonly metrics: PrometheusMetrics;
  readonly pipeline: Pick<PipelineContext, "db" | "queue">;
}

/** The metrics of this process, with gauges of what stands in the database. */
export function metricsRoute(server: FastifyInstance, { metrics, pipeline }: MetricsParts): void {
  metrics.onScrape(() => gaugeQueues(metrics, pipeline));
  metrics.onScrape(() => gaugeTables(metrics, pipeline));
  server.get("/metrics", async (_request, reply) => {
    reply.header("cache-control", "no-store").type(metrics.contentType);
    return await metrics.text();
  });
}

async function gaugeQueues(metrics: PrometheusMetrics, { queue }: MetricsParts["pipeline"]): Promise<void> {
  for (const { name } of PIPELINE_QUEUES) {
    const { oldestReadySeconds, ...states } = await queue.depth(name);
    metrics.gauge("queue_age_seconds", oldestReadySeconds, { queue: name });
    for (const [state, messages] of Object.entries(states))
      metrics.gauge("queue_depth", messages, { queue: name, state });
  }
}

async function gaugeTables(metrics: PrometheusMetrics, { db }: MetricsParts["pipeline"]): Promise<void> {
  const letters = await db.query<{ queue: string; open: number }>(
    "SELECT queue, count(*) AS open FROM dead_letters WHERE status = 'NEW' GROUP BY queue",
  );
  const sessions = await db.query<{ active: number }>(
    "SELECT count(*) AS active FROM optimization_sessions WHERE status IN ('PENDING', 'RUNNING')",
  );
  metrics.clear("dead_letters");
  for (const { name } of PIPELINE_QUEUES) metrics.gauge("dead_letters", 0, { queue: name });
  for (const { queue, open } of letters.rows) metrics.gauge("dead_letters", open, { queue });
  metrics.gauge("sessions_active", sessions.rows[0]?.active ?? 0);
}
