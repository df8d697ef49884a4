import { readFileSync } from "node:fs";
import { buildPlan, megabytes, price } from "../src/billing/fixtures/build-tariff.ts";
import type { RatePlan } from "../src/billing/rate-plan.ts";
import { bytes } from "../src/billing/units.ts";

/** The example's files are plain: no quotes, no blank cells. Source and licence are in its README. */
function rowsOf(file: string): Record<string, string>[] {
  const text = readFileSync(new URL(`../examples/taxi-trackers/${file}`, import.meta.url), "utf8");
  const [head = "", ...lines] = text.trim().split("\n");
  const names = head.split(",");
  return lines.map((line) => Object.fromEntries(line.split(",").map((cell, c) => [names[c] ?? "", cell])));
}

/** Bytes of each tracker in the cycle. */
export function taxiUsage(): number[] {
  return rowsOf("devices.csv").map((row) => megabytes(row.usage_mb ?? ""));
}

export function taxiPlans(): RatePlan[] {
  return rowsOf("plans.csv").map((row) =>
    buildPlan(row.plan ?? "", {
      type: "pooled",
      pool: row.plan ?? "",
      monthlyCost: price(row.monthly_cost ?? ""),
      includedBytes: megabytes(row.included_mb ?? ""),
      overageRate: price(row.overage_rate ?? ""),
      overageBlockBytes: megabytes(row.overage_block_mb ?? ""),
      usageIncrementBytes: bytes(Number(row.usage_increment_kb) * 1024),
      regulatoryFee: price(row.regulatory_fee ?? ""),
    }),
  );
}
