import type { Cache } from "../ports/cache.ts";
import type { Carrier } from "../ports/carrier.ts";
import type { Database } from "../ports/database.ts";
import type { ObjectStore } from "../ports/object-store.ts";
import type { Pace } from "../ports/pace.ts";
import type { Queue, QueueDefinition } from "../ports/queue.ts";
import type { KeptReports } from "./finish/kept-reports.ts";
import type { Notifiers } from "./notifications/notifiers.ts";

/** Messages that read from carriers and get a session ready. */
export const SYNC_QUEUE = "device-sync";
/** Messages that optimise units and finish sessions. */
export const OPTIMIZATION_QUEUE = "carrier-optimization";

/** Every queue of the pipeline: what the Queue adapter is opened with. */
export const PIPELINE_QUEUES: readonly QueueDefinition[] = [
  { name: SYNC_QUEUE, maxReceives: 8 },
  { name: OPTIMIZATION_QUEUE, maxReceives: 5 },
];

/** A structured logger in the manner of pino. Fields carry ids and figures, never secrets or payloads. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): Log;
}

/** The metrics that the pipeline reports; the labels are the tenant and the carrier account, never the session. */
export type MetricName =
  | "optimization_duration_seconds"
  | "devices_optimized"
  | "cost_savings"
  | "savings_percentage"
  | "sync_completeness"
  | "sync_duration_seconds"
  | "usage_age_seconds"
  | "queue_age_seconds"
  | "sessions_ended"
  | "messages_failed"
  | "dead_letters"
  | "notifications";

export type MetricLabels = Readonly<Record<string, string>>;

export interface Metrics {
  /** Adds to a counter. */
  count(name: MetricName, by: number, labels?: MetricLabels): void;
  /** Sets a gauge. */
  gauge(name: MetricName, value: number, labels?: MetricLabels): void;
  /** Adds an observation to a histogram. */
  observe(name: MetricName, value: number, labels?: MetricLabels): void;
}

/** A carrier account as its row says. The secret is not part of it. */
export interface CarrierAccount {
  readonly accountId: number;
  readonly tenantId: number;
  readonly name: string;
  readonly kind: "jasper" | "thingspace" | "files";
  readonly baseUrl: string | undefined;
  readonly username: string | undefined;
  readonly secretEnv: string | undefined;
  readonly timeZone: string;
  readonly cycleDay: number;
  readonly currency: string;
  readonly callsPerSecond: number;
  readonly concurrency: number;
  readonly startHour: number;
  readonly lastSyncAt: Date | undefined;
  readonly lastFullSyncAt: Date | undefined;
  readonly disabled: boolean;
  /** Carrier rules of this account, parsed by whoever reads them. */
  readonly settings: Readonly<Record<string, unknown>>;
}

export type NotificationChannel = "mail" | "webhook" | "sns";

/** What the pipeline needs of the program's settings. Durations in milliseconds. */
export interface PipelineSettings {
  /** OPTIMIZATION_WINDOW_DAYS. */
  readonly windowDays: number;
  /** MAX_PAGES_TO_PROCESS. */
  readonly maxPages: number;
  /** SANITY_CHECK_TIME_LIMIT: how long one message may read from a carrier before it hands on. */
  readonly stepLimitMs: number;
  /** QUEUES_PER_INSTANCE: messages that one worker handles at once. */
  readonly unitsPerWorker: number;
  /** INVALID_PLANS. */
  readonly invalidPlans: "fail" | "quarantine";
  /** Part of the rows, 0 to 1, that may be unreadable before a sync counts as incomplete. */
  readonly maxQuarantinedShare: number;
  /** After how many days a sync reads every SIM again rather than the changed ones. */
  readonly fullSyncDays: number;
  /** A session that has not moved for so long is ended. */
  readonly stallLimitMs: number;
  /** How long a session may take in all. */
  readonly sessionLimitMs: number;
  /** How long the certified solver may take on one unit; undefined: until its work budget is used up. */
  readonly solveLimitMs: number | undefined;
  /** Channels that have somewhere to go. */
  readonly channels: readonly NotificationChannel[];
  readonly programVersion: string;
}

export const DEFAULT_PIPELINE_SETTINGS: PipelineSettings = {
  windowDays: 8,
  maxPages: 1_000,
  stepLimitMs: 300_000,
  unitsPerWorker: 10,
  invalidPlans: "fail",
  maxQuarantinedShare: 0.01,
  fullSyncDays: 1,
  stallLimitMs: 3_600_000,
  sessionLimitMs: 48 * 3_600_000,
  solveLimitMs: undefined,
  channels: [],
  programVersion: "0.0.0",
};

/** Where a fault may be injected: between two statements, or between a commit and what follows it. */
export type FaultPoint =
  | "start:before-commit"
  | "start:after-commit"
  | "sync:page-read"
  | "sync:before-commit"
  | "sync:after-commit"
  | "sync:before-merge"
  | "sync:merged"
  | "sync:after-merge"
  | "prepare:snapshot-taken"
  | "prepare:before-commit"
  | "prepare:after-commit"
  | "optimize:started"
  | "optimize:solved"
  | "optimize:assignments-stored"
  | "optimize:before-commit"
  | "optimize:after-commit"
  | "finish:inputs-written"
  | "finish:reports-written"
  | "finish:before-commit"
  | "finish:after-commit"
  | "notify:claimed"
  | "notify:before-content"
  | "notify:delivered";

/** Everything a stage may use. One per process. */
export interface PipelineContext {
  readonly db: Database;
  readonly queue: Queue;
  readonly objects: ObjectStore;
  readonly keptReports: KeptReports;
  readonly cache?: Cache;
  /** The carrier of an account; the same one each time. @throws PoolwiseError `settings-invalid`. */
  readonly carriers: (account: CarrierAccount) => Promise<Carrier>;
  readonly pace: Pace;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly settings: PipelineSettings;
  readonly log: Log;
  readonly metrics: Metrics;
  /** How this process tells people and systems outside; undefined: it leaves that to others. */
  readonly notifiers?: Notifiers;
  /** Names this process in the units that it takes up. */
  readonly workerName: string;
  /** Throws, or never returns, where a fault is to be injected. */
  readonly fault?: (point: FaultPoint) => Promise<void> | void;
}

export type SessionStatus = "PENDING" | "RUNNING" | "COMPLETED" | "FAILED" | "CANCELLED";
export type SessionStage = "start" | "sync" | "prepare" | "optimize" | "finish" | "done";

/** What `startSession` in session/start-session.ts is asked. */
export interface StartRequest {
  readonly accountId: number;
  /** Only accounts of this tenant; undefined: of any. */
  readonly tenantId?: number;
  /** A person asks for it outside the window; recorded. */
  readonly anyTime?: boolean;
  readonly trigger?: "schedule" | "person" | "api";
  /** Who asked. */
  readonly actor?: string;
  /** Decimal amounts in the account's currency. */
  readonly switchCost?: string;
  readonly minSaving?: string;
  readonly maxChanges?: number;
}

export interface StartedSession {
  readonly sessionId: string;
  /** The running session that was cancelled to make room, on the last day of a cycle. */
  readonly supersedes: string | undefined;
}

/** What somebody is told of a session, by one channel. */
export interface SessionNotification {
  readonly id: string;
  readonly channel: NotificationChannel;
  readonly kind: string;
  /** uncertain: a mail that may or may not have been sent; skipped: nobody is to be told. */
  readonly status: "pending" | "sending" | "sent" | "failed" | "uncertain" | "skipped";
  readonly attempts: number;
  readonly error: string | null;
  readonly sent_at: string | null;
}

/** A session as `session show --json` prints it. */
export interface SessionView {
  readonly id: string;
  readonly status: SessionStatus;
  readonly reason: string | null;
  readonly error_code: string | null;
  readonly stage: SessionStage;
  /** 0 to 1, and what is being counted. */
  readonly progress: {
    readonly fraction: number;
    readonly done: number;
    readonly total: number | null;
    readonly unit: string;
  };
  readonly account: { readonly id: number; readonly name: string };
  readonly period: { readonly start: string; readonly end: string; readonly days: number };
  readonly sync: {
    readonly kind: "full" | "incremental";
    readonly complete: boolean;
    /** SIMs of the fleet. */
    readonly devices: number | null;
    /** SIMs that the carrier was read for: all of them, or in an incremental sync those that had changed. */
    readonly read: number | null;
    readonly quarantined: number;
    readonly duplicates: number | null;
    /** SIMs that came again with other data; what came last counts. */
    readonly conflicts: number | null;
    readonly seconds: number | null;
  } | null;
  /** As summary.json; null before the session is completed. */
  readonly summary: unknown;
  readonly created_at: string;
  readonly started_at: string | null;
  readonly completed_at: string | null;
  readonly actor: string | null;
  readonly any_time: boolean;
  readonly supersedes: string | null;
  readonly notifications: readonly SessionNotification[];
}

/** A line of `session list`. */
export interface SessionListing {
  readonly id: string;
  readonly status: SessionStatus;
  readonly stage: SessionStage;
  readonly reason: string | null;
  readonly account: { readonly id: number; readonly name: string };
  readonly period: { readonly start: string; readonly end: string };
  readonly devices: number | null;
  readonly savings: string | null;
  readonly currency: string | null;
  readonly created_at: string;
  readonly completed_at: string | null;
}
