import { check, linesOf, PLAIN_SETTINGS } from "../src/certificate/fixtures/claims.ts";
import type { CheckInputs } from "../src/certificate/check-inputs.ts";
import { formatMicros } from "../src/billing/decimal.ts";
import type { StrategyName } from "../src/optimizer/solution.ts";
import { certificateText } from "../src/pipeline/optimize/certificate-document.ts";
import { optimizeFleet } from "../src/pipeline/optimize/optimize-fleet.ts";
import type { BenchCase } from "./bench-case.ts";

export interface Verified {
  readonly holds: boolean;
  readonly leaves: number;
  readonly seconds: number;
  readonly reasons: readonly string[];
  /** Bill + penalty and bound of the second solve, micros, to compare with the first. */
  readonly objective: number;
  readonly bound: number;
}

const PERIOD = { start: "2026-06-01", end: "2026-07-01", days: 30 };
const STRATEGIES: readonly StrategyName[] = ["certified"];

/** Solves once more as `optimize` does, writes the certificate, and has the independent checker check it. */
export function verifyCase({ fleet, tariff, eligibility, terms }: BenchCase): Verified {
  const setAside = new Set<number>();
  const run = optimizeFleet(
    { fleet, tariff, eligibility, terms, period: PERIOD, setAside, strategies: STRATEGIES },
    { now: () => performance.now() },
  );
  const hashes = {
    devices: "d".repeat(64),
    plans: "a".repeat(64),
    ...(eligibility && { eligibility: "e".repeat(64) }),
  };
  const inputs: CheckInputs = { fleet, tariff, eligibility, setAside, quarantined: [], hashes };
  const settings = {
    ...PLAIN_SETTINGS,
    period: { start: PERIOD.start, end: PERIOD.end },
    switch_cost: formatMicros(terms.switchCost),
    max_changes: Number.isFinite(terms.maxChanges) ? terms.maxChanges : null,
  };
  const codes = Array.from(run.recommended, (plan) => tariff.plans[plan]?.code ?? "");
  const text = certificateText(run, { inputs: hashes, quarantine: false });
  const begun = performance.now();
  const result = check(inputs, linesOf(inputs, settings, codes), text);
  return {
    holds: result.holds,
    leaves: result.figures.leaves ?? 0,
    seconds: (performance.now() - begun) / 1000,
    reasons: result.reasons.slice(0, 3),
    objective: run.after.total + run.penalty,
    bound: run.certified?.bound ?? Number.NaN,
  };
}
