import { hostname } from "node:os";
import type { Logger } from "pino";
import { openMemoryCache } from "../../adapters/cache-memory/open-memory-cache.ts";
import { openRedisCache } from "../../adapters/cache-redis/open-redis-cache.ts";
import { openLog } from "../../adapters/log-pino/open-log.ts";
import type { PrometheusMetrics } from "../../adapters/metrics-prometheus/open-metrics.ts";
import { openPrometheusMetrics } from "../../adapters/metrics-prometheus/open-metrics.ts";
import { openFolderObjects } from "../../adapters/objects-folder/open-folder-objects.ts";
import { openDatabasePace } from "../../adapters/pace-database/open-database-pace.ts";
import { openPgBossQueue } from "../../adapters/queue-pgboss/open-pgboss-queue.ts";
import { createLocalPace } from "../../carriers/local-pace.ts";
import { openCarriers } from "../../pipeline/carriers/open-carriers.ts";
import type { PipelineContext } from "../../pipeline/context.ts";
import { PIPELINE_QUEUES } from "../../pipeline/context.ts";
import { createKeptReports } from "../../pipeline/finish/kept-reports.ts";
import type { Cache } from "../../ports/cache.ts";
import type { Database } from "../../ports/database.ts";
import type { Queue } from "../../ports/queue.ts";
import type { Settings } from "../settings/definitions.ts";
import { ENTRIES } from "../settings/definitions.ts";
import type { Environment } from "../settings/read-settings.ts";
import { Secret } from "../settings/secret.ts";
import type { AccountSecrets } from "./account-secrets.ts";
import { accountSecrets } from "./account-secrets.ts";
import { notifiersOf } from "./notifiers-of.ts";
import { objectFolder, objectLinks } from "./object-links.ts";
import { pipelineSettings } from "./pipeline-settings.ts";
import { refuseUnsupported } from "./refuse-unsupported.ts";

/** What a process of the pipeline stands on. One per process; whoever opened it closes it. */
export interface Runtime {
  readonly settings: Settings;
  readonly env: Environment;
  readonly db: Database;
  readonly log: Logger;
  readonly metrics: PrometheusMetrics;
  readonly secretOf: AccountSecrets;
  /** Opens the queue, the object store and the cache at the first call. */
  pipeline(): Promise<PipelineContext>;
  close(): Promise<void>;
}

export interface RuntimeOptions {
  readonly settings: Settings;
  readonly env: Environment;
  readonly db: Database;
  readonly programVersion: string;
  /** Whether this process works on messages, and so keeps the queue's tables tidy. */
  readonly works: boolean;
  /** Without it only what stays; commands log nothing. */
  readonly logs: boolean;
  readonly clock?: () => number;
}

/** @throws PoolwiseError `settings-invalid` for what this version does not have. */
export function openRuntime(options: RuntimeOptions): Runtime {
  const { settings, env, db } = options;
  refuseUnsupported(settings);
  const secrets = knownSecrets(settings);
  const workerName = `${hostname()}:${process.pid}`;
  const level = options.logs ? settings.LOG_LEVEL : "silent";
  const log = openLog({ level, secrets, base: { worker: workerName } });
  const metrics = openPrometheusMetrics();
  const secretOf = accountSecrets(env, secrets);
  let opened: Promise<OpenPipeline> | undefined;
  return {
    settings,
    env,
    db,
    log,
    metrics,
    secretOf,
    async pipeline() {
      opened ??= openPipeline(options, { workerName, log, metrics, secretOf });
      return (await opened).context;
    },
    async close() {
      const parts = await opened?.catch(() => undefined);
      await parts?.context.keptReports.close();
      await parts?.queue.close();
      await parts?.cache.close();
      await db.close();
    },
  };
}

interface OpenPipeline {
  readonly context: PipelineContext;
  readonly queue: Queue;
  readonly cache: Cache;
}

type Parts = Pick<Runtime, "log" | "metrics" | "secretOf"> & { readonly workerName: string };

async function openPipeline(options: RuntimeOptions, parts: Parts): Promise<OpenPipeline> {
  const { settings, db, works } = options;
  const { log, metrics, workerName, secretOf } = parts;
  const links = await objectLinks(settings);
  const objects = await openFolderObjects({ folder: objectFolder(settings), ...(links && { links }) });
  const cache = await openCache(settings, log);
  const queue = await openPgBossQueue(db, {
    queues: PIPELINE_QUEUES,
    maintain: works,
    onError: (err) => log.warn({ err }, "the queue's own upkeep failed; it is tried again"),
  });
  const pace = db.kind === "pglite" ? createLocalPace() : openDatabasePace(db);
  const carriers = openCarriers({
    timeoutMs: settings.JASPER_TIMEOUT,
    secretOf,
    pace,
    now: options.clock ?? Date.now,
    onCall: ({ account, route, milliseconds, outcome, attempt, carrierCode }) => {
      metrics.observe("carrier_call_duration_seconds", milliseconds / 1_000, { account, route, outcome });
      log.debug({ account, route, milliseconds, outcome, attempt, carrierCode }, "carrier call");
    },
  });
  const context: PipelineContext = {
    db,
    queue,
    objects,
    keptReports: createKeptReports(),
    cache,
    carriers,
    pace,
    clock: options.clock ?? Date.now,
    settings: pipelineSettings(settings, options.programVersion),
    notifiers: notifiersOf(settings),
    log,
    metrics,
    workerName,
  };
  return { context, queue, cache };
}

async function openCache({ REDIS_HOST, REDIS_PORT }: Settings, log: Logger): Promise<Cache> {
  if (REDIS_HOST === undefined) return openMemoryCache();
  return await openRedisCache({
    url: `redis://${REDIS_HOST}:${REDIS_PORT}`,
    onLost: (reason) => log.warn({ reason }, "Redis is away; work goes on without the cache"),
  });
}

function knownSecrets(settings: Settings): Set<string> {
  const secrets = new Set<string>();
  for (const [name] of ENTRIES) {
    const value: unknown = settings[name];
    if (!(value instanceof Secret)) continue;
    secrets.add(value.reveal());
    const password = URL.parse(value.reveal())?.password;
    if (password !== undefined && password !== "") secrets.add(password).add(decodeURIComponent(password));
  }
  return secrets;
}
