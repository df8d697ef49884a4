import { join } from "node:path";
import { openFolderObjects } from "../../src/adapters/objects-folder/open-folder-objects.ts";
import { openPgBossQueue } from "../../src/adapters/queue-pgboss/open-pgboss-queue.ts";
import { migrate } from "../../src/adapters/store/migrate.ts";
import { oneRow } from "../../src/adapters/store/test-rows.ts";
import { createJasperCarrier } from "../../src/carriers/jasper/adapter.ts";
import { parseJasperSettings } from "../../src/carriers/jasper/settings.ts";
import { createLocalPace } from "../../src/carriers/local-pace.ts";
import { readAccount } from "../../src/pipeline/account.ts";
import type { FaultPoint, Log, PipelineContext } from "../../src/pipeline/context.ts";
import { DEFAULT_PIPELINE_SETTINGS, PIPELINE_QUEUES } from "../../src/pipeline/context.ts";
import { createKeptReports } from "../../src/pipeline/finish/kept-reports.ts";
import { sessionView } from "../../src/pipeline/session/session-view.ts";
import { startSession } from "../../src/pipeline/session/start-session.ts";
import { importEligibility } from "../../src/pipeline/tariff/import-eligibility.ts";
import { importTariff } from "../../src/pipeline/tariff/import-tariff.ts";
import { textSource } from "../../src/pipeline/tariff/load-tariff.ts";
import { runWorker } from "../../src/pipeline/worker/run-worker.ts";
import type { Database } from "../../src/ports/database.ts";
import type { PartSeconds } from "../records.ts";
import type { CpuClock, CpuSeconds } from "./cpu-clock.ts";
import type { CarrierTime } from "./carrier-time.ts";
import type { RunningSimulator } from "./simulator.ts";

export interface MeasuredSession {
  readonly sessionId: string;
  readonly seconds: number;
  /** Of these, waiting for the carrier. */
  readonly carrierSeconds: number;
  readonly calls: number;
  /** Of the whole session. */
  readonly cpu: CpuSeconds;
  /** The rest by what was being done, in order. */
  readonly parts: Readonly<Record<string, PartSeconds>>;
  /** The longest that a timer of the worker's thread came late. */
  readonly longestPauseSeconds: number;
}

interface Setting {
  readonly folder: string;
  readonly carrierTime: CarrierTime;
  readonly cpu: CpuClock;
}

const POLL_MS = 500;
const LOOK_MS = 50;
/** Points that are passed with every page: what lies between them is one part. */
const READING: ReadonlySet<FaultPoint> = new Set([
  "sync:page-read",
  "sync:before-commit",
  "sync:after-commit",
]);
const PULSE_MS = 20;

/** A full session of a new account from its start to COMPLETED, by one worker in this process. */
export async function runSession(
  database: Database,
  simulator: RunningSimulator,
  { folder, carrierTime, cpu }: Setting,
): Promise<MeasuredSession> {
  await migrate(database);
  const queue = await openPgBossQueue(database, {
    queues: PIPELINE_QUEUES,
    maintain: false,
    pollMs: POLL_MS,
  });
  const accountId = await addAccount(database, simulator);
  const pace = createLocalPace();
  const settings = parseJasperSettings({
    account: String(accountId),
    baseUrl: simulator.url,
    username: simulator.username,
    apiKey: simulator.apiKey,
    callsPerSecond: 0,
    concurrency: 8,
    timeZone: simulator.timeZone,
  });
  const carrier = createJasperCarrier({ settings, pace, now: () => simulator.nowMs });
  const clock = startClock(carrierTime, cpu);
  const context: PipelineContext = {
    db: database,
    queue,
    objects: await openFolderObjects({ folder: join(folder, "objects") }),
    keptReports: createKeptReports(),
    carriers: () => Promise.resolve(carrier),
    pace,
    clock: () => simulator.nowMs,
    settings: { ...DEFAULT_PIPELINE_SETTINGS, maxPages: 100_000 },
    log,
    metrics: { count: nothing, gauge: nothing, observe: nothing },
    workerName: "bench",
    fault: (point) => {
      if (!READING.has(point)) clock.mark(point);
    },
  };
  const pulse = watchPulse();
  const calls = carrierTime.calls();
  clock.start();
  const stop = new AbortController();
  const worker = runWorker(context, { signal: stop.signal });
  const { sessionId } = await startSession(context, { accountId, actor: "bench" });
  const view = await ended(context, sessionId);
  const measured = clock.stop();
  const longestPauseSeconds = pulse();
  stop.abort();
  await worker;
  await context.keptReports.close();
  await queue.close();
  if (view.status !== "COMPLETED") throw new Error(`the session ended ${view.status}: ${view.reason}`);
  return { sessionId, ...measured, calls: carrierTime.calls() - calls, longestPauseSeconds };
}

const nothing = (): void => undefined;
const log: Log = {
  debug: nothing,
  info: nothing,
  warn: console.error,
  error: console.error,
  child: () => log,
};

async function addAccount(database: Database, simulator: RunningSimulator): Promise<number> {
  const { id } = await oneRow<{ id: number }>(
    database,
    `INSERT INTO carrier_accounts (tenant_id, name, kind, base_url, username, time_zone, cycle_day, currency, calls_per_second, concurrency)
     VALUES (1, 'bench', 'jasper', $1, $2, $3, $4, 'USD', 1000, 8) RETURNING carrier_account_id AS id`,
    [simulator.url, simulator.username, simulator.timeZone, simulator.cycleDay],
  );
  const account = await readAccount(database, id);
  await importTariff(database, account, {
    plans: textSource("plans.csv", await simulator.file("plans.csv")),
    pools: textSource("pools.csv", await simulator.file("pools.csv")),
  });
  await importEligibility(
    database,
    account,
    textSource("eligibility.csv", await simulator.file("eligibility.csv")),
  );
  return id;
}

async function ended(
  context: PipelineContext,
  sessionId: string,
): Promise<Awaited<ReturnType<typeof sessionView>>> {
  for (;;) {
    const { rows } = await context.db.query<{ over: boolean }>(
      "SELECT completed_at IS NOT NULL AS over FROM optimization_sessions WHERE session_id = $1",
      [sessionId],
    );
    if (rows[0]?.over === true) return await sessionView(context, sessionId);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** Splits the time between two fault points to the part named by the later one, without the carrier's. */
function startClock(
  carrierTime: CarrierTime,
  cpu: CpuClock,
): {
  start: () => void;
  mark: (point: FaultPoint) => void;
  stop: () => Pick<MeasuredSession, "seconds" | "carrierSeconds" | "cpu" | "parts">;
} {
  const parts: Record<string, PartSeconds> = {};
  let cpuBegun = cpu();
  let cpuLast = cpuBegun;
  let begunMs = 0;
  let lastMs = 0;
  let carrierBegun = 0;
  let carrierLast = 0;
  const mark = (part: string): void => {
    const nowMs = performance.now();
    const carrier = carrierTime.seconds();
    const cpuNow = cpu();
    const before = parts[part] ?? { wall: 0, worker: 0, server: 0 };
    parts[part] = {
      wall: before.wall + (nowMs - lastMs) / 1000 - (carrier - carrierLast),
      worker: before.worker + cpuNow.worker - cpuLast.worker,
      server: before.server + cpuNow.server - cpuLast.server,
    };
    cpuLast = cpuNow;
    lastMs = nowMs;
    carrierLast = carrier;
  };
  return {
    start: () => {
      begunMs = lastMs = performance.now();
      carrierBegun = carrierLast = carrierTime.seconds();
      cpuBegun = cpuLast = cpu();
    },
    mark,
    stop: () => {
      mark("end");
      return {
        seconds: (lastMs - begunMs) / 1000,
        carrierSeconds: carrierLast - carrierBegun,
        cpu: { worker: cpuLast.worker - cpuBegun.worker, server: cpuLast.server - cpuBegun.server },
        parts,
      };
    },
  };
}

/** Until it is called again: the longest that a timer came late, in seconds. */
function watchPulse(): () => number {
  let lastMs = performance.now();
  let longestMs = 0;
  const look = (): void => {
    const nowMs = performance.now();
    longestMs = Math.max(longestMs, nowMs - lastMs - PULSE_MS);
    lastMs = nowMs;
  };
  const timer = setInterval(look, PULSE_MS);
  return () => {
    look();
    clearInterval(timer);
    return longestMs / 1000;
  };
}
