import { expect, test } from "vitest";
import { METRIC_LIST } from "./definitions.ts";
import { openPrometheusMetrics } from "./open-metrics.ts";

test("has-the-metrics-that-are-promised-and-no-label-for-a-session", async () => {
  const text = await openPrometheusMetrics().text();
  for (const seed of ["OptimizationDuration", "DevicesOptimized", "CostSavings", "SavingsPercentage"]) {
    expect(text).toContain(seed);
  }
  for (const [name, { labels }] of METRIC_LIST) {
    expect(text).toContain(`# HELP poolwise_${name} `);
    expect(labels.filter((label) => /session/i.test(label))).toEqual([]);
  }
});

test("counts-sets-and-observes-by-label", async () => {
  const metrics = openPrometheusMetrics();
  const account = { tenant: "1", account: "7" };
  metrics.count("devices_optimized", 40, account);
  metrics.count("devices_optimized", 2, account);
  metrics.gauge("sync_completeness", 0.5, account);
  metrics.observe("optimization_duration_seconds", 90, account);
  const text = await metrics.text();
  expect(text).toContain('poolwise_devices_optimized{tenant="1",account="7"} 42');
  expect(text).toContain('poolwise_sync_completeness{tenant="1",account="7"} 0.5');
  expect(text).toContain('poolwise_optimization_duration_seconds_bucket{le="60",tenant="1",account="7"} 0');
  expect(text).toContain('poolwise_optimization_duration_seconds_bucket{le="300",tenant="1",account="7"} 1');
});

test("leaves-out-a-label-that-a-metric-does-not-have", async () => {
  const metrics = openPrometheusMetrics();
  metrics.count("sessions_ended", 1, { tenant: "1", account: "7", status: "FAILED", session: "secret-id" });
  const text = await metrics.text();
  expect(text).toContain('poolwise_sessions_ended{tenant="1",account="7",status="FAILED"} 1');
  expect(text).not.toContain("secret-id");
});

test("asks-anew-at-each-scrape-and-answers-even-where-that-fails", async () => {
  const metrics = openPrometheusMetrics();
  let asked = 0;
  metrics.onScrape(async () => {
    await Promise.resolve();
    metrics.clear("dead_letters");
    metrics.gauge("dead_letters", ++asked, { queue: `q${asked}` });
  });
  metrics.onScrape(() => Promise.reject(new Error("the database is away")));
  await metrics.text();
  const text = await metrics.text();
  expect(text).toContain('poolwise_dead_letters{queue="q2"} 2');
  expect(text).not.toContain('queue="q1"');
});
