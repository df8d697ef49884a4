import type { Kind } from "./kinds.ts";
import {
  decimal,
  folder,
  mailAddress,
  mailAddresses,
  oneOf,
  secretText,
  secretUrl,
  seconds,
  text,
  url,
  wholeNumber,
  yesNo,
} from "./kinds.ts";

interface Definition<Value> {
  readonly kind: Kind<Value>;
  /** As it would be written; without one the setting is off. */
  readonly fallback?: string;
  readonly about: string;
  /** Its name in the parameter store. */
  readonly parameter?: string;
}

type Optional<Value> = Definition<Value> & { readonly fallback?: never };
type Defaulted<Value> = Definition<Value> & { readonly fallback: string };

const optional = <Value>(kind: Kind<Value>, about: string, parameter?: string): Optional<Value> => ({
  kind,
  about,
  ...(parameter !== undefined && { parameter }),
});

const defaulted = <Value>(kind: Kind<Value>, fallback: string, about: string): Defaulted<Value> => ({
  kind,
  fallback,
  about,
});

const DAY_SECONDS = 86_400;

/** Every setting, in the order of the docs. Names are those of the environment. */
export const DEFINITIONS = {
  DATABASE_URL: optional(
    secretUrl(["postgres", "postgresql"], "postgres://user:password@host:5432/poolwise"),
    "PostgreSQL 15 or later. Without it the embedded database in `DATA_DIR` is used, by one process at a time",
    "/optimization/db/connection_string",
  ),
  DATA_DIR: defaulted(
    folder,
    ".poolwise",
    "The embedded database, and reports where `OBJECT_STORE` is not set",
  ),
  DB_POOL_SIZE: defaulted(
    wholeNumber(1, 1_000),
    "10",
    "Connections to PostgreSQL that one process keeps at most",
  ),
  DB_TIMEOUT: defaulted(seconds(1, 3_600), "30", "How long a connection or a statement may take"),
  PORT: defaulted(wholeNumber(0, 65_535), "8080", "Where `serve` listens; 0 for any free port"),
  HOST: defaulted(
    text,
    "127.0.0.1",
    "The address `serve` listens on; `0.0.0.0` to be reached from other machines, behind a proxy that speaks TLS",
  ),
  PUBLIC_URL: optional(
    url(["http", "https"], "https://poolwise.example.com"),
    "Where people reach `serve`; links in mails begin with it",
  ),
  OBJECT_STORE: optional(
    text,
    "Where reports are kept: a folder, or `s3://bucket/prefix`. Without it `objects` in `DATA_DIR`",
  ),
  LOG_LEVEL: defaulted(
    oneOf("debug", "info", "warn", "error", "silent"),
    "info",
    "What is logged, as JSON lines",
  ),

  OPTIMIZATION_WINDOW_DAYS: defaulted(
    wholeNumber(1, 31),
    "8",
    "Sessions start by themselves in the last days of a billing cycle: so many",
  ),
  INVALID_PLANS: defaulted(
    oneOf("fail", "quarantine"),
    "fail",
    "What an invalid rate plan does to a session: ends it, or is set aside and reported",
  ),
  MAX_PAGES_TO_PROCESS: defaulted(
    wholeNumber(1, 10_000_000),
    "1000",
    "Pages of one carrier listing; more end the session with an error, never with a part of the fleet",
  ),
  SANITY_CHECK_TIME_LIMIT: defaulted(
    seconds(1, 43_200),
    "300",
    "How long one message may read from a carrier before it hands on to the next",
  ),
  QUEUES_PER_INSTANCE: defaulted(wholeNumber(1, 1_000), "10", "Messages that one worker handles at once"),
  BATCH_SIZE: defaulted(
    wholeNumber(1, 10_000),
    "100",
    "Rows that are looked up from a carrier one by one, in one step",
  ),
  MAX_QUARANTINED_SHARE: defaulted(
    decimal(0, 1),
    "0.01",
    "Part of a carrier's rows that may be unreadable before a sync counts as incomplete",
  ),
  FULL_SYNC_DAYS: defaulted(
    decimal(0, 31),
    "1",
    "After how many days a sync reads every SIM again rather than the changed ones",
  ),
  SOLVE_TIME_LIMIT: optional(
    seconds(0.01, 43_200),
    "How long the certified solver may take on one unit; without it until the proof or its work budget is done",
  ),
  SESSION_STALL_LIMIT: defaulted(
    seconds(1, 7 * DAY_SECONDS),
    "3600",
    "A session that has not moved for so long is ended",
  ),
  SESSION_TIME_LIMIT: defaulted(seconds(1, 31 * DAY_SECONDS), "172800", "How long a session may take in all"),

  JASPER_TIMEOUT: defaulted(seconds(1, 600), "60", "How long Control Center may take to answer one call"),
  JASPER_API_URL: optional(
    url(["http", "https"], "https://restapi1.jasper.com/rws/api/v1"),
    "The base URL of `carrier add --kind jasper` where `--base-url` is left out",
    "/optimization/jasper/api_url",
  ),
  JASPER_API_KEY: optional(
    secretText(1),
    "A Control Center key; used by accounts added with `--secret-env JASPER_API_KEY`",
    "/optimization/jasper/api_key",
  ),

  SMTP_URL: optional(
    secretUrl(["smtp", "smtps"], "smtps://user:password@mail.example.com"),
    "Where mail is handed in",
  ),
  EMAIL_FROM: optional(mailAddress, "Sender of notifications; needed with `SMTP_URL`"),
  EMAIL_RECIPIENTS: optional(
    mailAddresses,
    "Who is told how a session ended. Of the default tenant; other tenants have their own",
  ),
  WEBHOOK_URL: optional(
    url(["http", "https"], "https://example.com/poolwise"),
    "What is told how a session ended, and of invalid plans. Of the default tenant; other tenants have their own",
  ),
  WEBHOOK_SECRET: optional(secretText(16), "Signs each call to a webhook; needed with `WEBHOOK_URL`"),
  SNS_TOPIC_ARN: optional(text, "The AWS topic that is told how a session ended"),

  REDIS_HOST: optional(text, "The Redis that caches; without it each process caches for itself"),
  REDIS_PORT: defaulted(wholeNumber(1, 65_535), "6379", "Its port"),
  REDIS_TTL: defaulted(seconds(1, 31 * DAY_SECONDS), "3600", "How long a value is cached"),

  ENABLE_RATE_PLAN_UPDATES: defaulted(
    yesNo,
    "false",
    "Whether approved plan changes may be sent to carriers at all",
  ),
  UPDATE_BUFFER_MINUTES: defaulted(
    decimal(0, 10_000),
    "10",
    "Plan changes must be done so many minutes before the billing cycle ends",
  ),
  MAX_UPDATE_BATCH_SIZE: defaulted(
    wholeNumber(1, 100_000),
    "250",
    "Plan changes that are sent between two checks",
  ),
  ENABLE_CROSS_PROVIDER: defaulted(
    yesNo,
    "false",
    "Whether SIMs that can move may be priced on plans of the tenant's other carrier accounts",
  ),

  CARRIER_OPTIMIZATION_QUEUE_URL: optional(
    url(["https", "http"], "https://sqs.eu-west-1.amazonaws.com/1/optimization"),
    "The SQS queue of optimisation messages; without it the queue lives in the database",
  ),
  DEVICE_SYNC_QUEUE_URL: optional(
    url(["https", "http"], "https://sqs.eu-west-1.amazonaws.com/1/sync"),
    "The SQS queue of sync messages; without it the queue lives in the database",
  ),
  PARAMETER_STORE_PREFIX: optional(
    text,
    "Where settings stand in the AWS parameter store; without it none is read",
  ),
} as const satisfies Record<string, Definition<unknown>>;

export type SettingName = keyof typeof DEFINITIONS;

type ValueOf<Entry> = Entry extends { readonly kind: Kind<infer Value> } ? Value : never;

/** Durations in milliseconds; a setting without a default is undefined where it is not set. */
export type Settings = {
  readonly [Name in SettingName]: (typeof DEFINITIONS)[Name] extends Defaulted<unknown>
    ? ValueOf<(typeof DEFINITIONS)[Name]>
    : ValueOf<(typeof DEFINITIONS)[Name]> | undefined;
};

/** The same list for code that goes through all of them. */
export const ENTRIES = Object.entries(DEFINITIONS) as readonly (readonly [
  SettingName,
  Definition<unknown>,
])[];
