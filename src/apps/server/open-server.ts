import fastify from "fastify";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { ERROR_CODES, PoolwiseError } from "../../billing/errors.ts";
import type { PipelineContext } from "../../pipeline/context.ts";
import { OBJECTS_PATH, objectLinks } from "../runtime/object-links.ts";
import type { Runtime } from "../runtime/open-runtime.ts";
import { healthRoutes } from "./health.ts";
import { metricsRoute } from "./metrics.ts";
import { objectRoutes } from "./objects.ts";
import { fromThrown, sendProblem } from "./problem.ts";

export interface ServerParts {
  readonly runtime: Runtime;
  readonly pipeline: PipelineContext;
  readonly version: string;
}

/** What `serve` answers over HTTP. It does not listen yet. */
export async function openServer({ runtime, pipeline, version }: ServerParts): Promise<FastifyInstance> {
  const { log } = runtime;
  const fail = async (thrown: unknown, { method, routeOptions }: FastifyRequest, reply: FastifyReply) => {
    const error = fromThrown(thrown);
    if (error.code === "internal-error" || ERROR_CODES[error.code].retry)
      log.error({ err: error.cause ?? error, method, route: routeOptions.url }, "A request failed");
    await sendProblem(reply, error);
  };
  const server = fastify({
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 600 },
    frameworkErrors: (thrown, request, reply) => void fail(thrown, request, reply),
  });
  server.setErrorHandler(fail);
  server.setNotFoundHandler(async ({ method, url }, reply) => {
    const path = url.split("?", 1)[0] ?? "";
    await sendProblem(reply, new PoolwiseError("not-found", `There is no ${method} ${path.slice(0, 200)}.`));
  });
  server.addHook("onSend", async (_request, reply) => {
    reply.header("x-content-type-options", "nosniff");
  });
  healthRoutes(server, { db: runtime.db, pipeline, log, version });
  metricsRoute(server, { metrics: runtime.metrics, pipeline });
  objectRoutes(server, OBJECTS_PATH, {
    objects: pipeline.objects,
    secret: (await objectLinks(runtime.settings))?.secret,
    clock: pipeline.clock,
  });
  return server;
}
