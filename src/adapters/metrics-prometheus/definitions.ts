interface MetricDefinition {
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper ends of a histogram's classes. */
  readonly buckets?: readonly number[];
}

const ACCOUNT = ["tenant", "account"];
const DURATIONS = [1, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400];
const SHARES = [0, 1, 2, 5, 10, 15, 20, 30, 50, 75, 100];

/** Every metric, without the prefix `poolwise_`. No label holds a session: each value would be a series of its own. */
export const METRICS = {
  optimization_duration_seconds: {
    type: "histogram",
    help: "OptimizationDuration: from the start of a session to its end",
    labels: ACCOUNT,
    buckets: DURATIONS,
  },
  devices_optimized: {
    type: "counter",
    help: "DevicesOptimized: SIMs in completed sessions",
    labels: ACCOUNT,
  },
  cost_savings: {
    type: "gauge",
    help: "CostSavings: what the last completed session saves in its cycle, in the account's currency",
    labels: [...ACCOUNT, "currency"],
  },
  savings_percentage: {
    type: "histogram",
    help: "SavingsPercentage: saving of a session in percent of what the fleet costs today",
    labels: ACCOUNT,
    buckets: SHARES,
  },
  sync_completeness: {
    type: "gauge",
    help: "Part of the fleet, 0 to 1, that the last sync could read; a session goes on with a complete sync only",
    labels: ACCOUNT,
  },
  sync_duration_seconds: {
    type: "histogram",
    help: "How long a sync took",
    labels: ACCOUNT,
    buckets: DURATIONS,
  },
  usage_age_seconds: {
    type: "gauge",
    help: "Age of the usage that the last session was optimised on",
    labels: ACCOUNT,
  },
  queue_age_seconds: { type: "gauge", help: "Age of the oldest message that is ready", labels: ["queue"] },
  queue_depth: { type: "gauge", help: "Messages of a queue by state", labels: ["queue", "state"] },
  sessions_ended: { type: "counter", help: "Sessions by how they ended", labels: [...ACCOUNT, "status"] },
  sessions_active: { type: "gauge", help: "Sessions that have not ended", labels: [] },
  messages_failed: {
    type: "counter",
    help: "Messages whose handling failed, by stage and error code",
    labels: ["stage", "code"],
  },
  dead_letters: {
    type: "gauge",
    help: "Messages that failed for good and that nobody has dealt with",
    labels: ["queue"],
  },
  change_failures: {
    type: "counter",
    help: "Plan changes that a carrier refused or that could not be confirmed",
    labels: ACCOUNT,
  },
  carrier_call_duration_seconds: {
    type: "histogram",
    help: "Calls to carriers by account, route and outcome",
    labels: ["account", "route", "outcome"],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60],
  },
  notifications: {
    type: "counter",
    help: "Notifications by channel and what became of them",
    labels: ["channel", "outcome"],
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

export type PrometheusMetric = keyof typeof METRICS;

export const METRIC_LIST = Object.entries(METRICS) as readonly (readonly [
  PrometheusMetric,
  MetricDefinition,
])[];
