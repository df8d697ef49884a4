import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import { METRIC_LIST } from "./definitions.ts";
import type { PrometheusMetric } from "./definitions.ts";

type Labels = Readonly<Record<string, string>>;

/** What is measured, kept in this process until it is asked for. A label that a metric does not have is left out. */
export interface PrometheusMetrics {
  count(name: PrometheusMetric, by: number, labels?: Labels): void;
  gauge(name: PrometheusMetric, value: number, labels?: Labels): void;
  observe(name: PrometheusMetric, value: number, labels?: Labels): void;
  /** Takes away every series of a gauge, so that what is no longer there is no longer told. */
  clear(name: PrometheusMetric): void;
  /** Calls `refresh` before each answer: for gauges that stand in the database. */
  onScrape(refresh: () => Promise<void>): void;
  readonly contentType: string;
  /** In Prometheus's text format. */
  text(): Promise<string>;
}

type Instrument = Counter | Gauge | Histogram;

const PREFIX = "poolwise_";

export function openPrometheusMetrics(): PrometheusMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const instruments = new Map<string, { instrument: Instrument; labels: readonly string[] }>();
  for (const [name, { type, help, labels, buckets }] of METRIC_LIST) {
    const common = { name: PREFIX + name, help, labelNames: [...labels], registers: [registry] };
    const instrument =
      type === "counter"
        ? new Counter(common)
        : type === "gauge"
          ? new Gauge(common)
          : new Histogram({ ...common, ...(buckets && { buckets: [...buckets] }) });
    instruments.set(name, { instrument, labels });
  }
  const refreshers: (() => Promise<void>)[] = [];

  function find(
    name: string,
    given: Labels,
  ): { instrument: Instrument | undefined; labels: Record<string, string> } {
    const found = instruments.get(name);
    const labels = Object.entries(given).filter(([label]) => found?.labels.includes(label) === true);
    return { instrument: found?.instrument, labels: Object.fromEntries(labels) };
  }

  return {
    contentType: registry.contentType,
    count(name, by, given = {}) {
      const { instrument, labels } = find(name, given);
      if (instrument instanceof Counter || instrument instanceof Gauge) instrument.inc(labels, by);
    },
    gauge(name, value, given = {}) {
      const { instrument, labels } = find(name, given);
      if (instrument instanceof Gauge) instrument.set(labels, value);
      else if (instrument instanceof Histogram) instrument.observe(labels, value);
    },
    observe(name, value, given = {}) {
      const { instrument, labels } = find(name, given);
      if (instrument instanceof Histogram) instrument.observe(labels, value);
      else if (instrument instanceof Gauge) instrument.set(labels, value);
    },
    clear(name) {
      instruments.get(name)?.instrument.reset();
    },
    onScrape(refresh) {
      refreshers.push(refresh);
    },
    async text() {
      // A database that is away must not take the figures of this process with it.
      await Promise.allSettled(refreshers.map((refresh) => refresh()));
      return await registry.metrics();
    },
  };
}
