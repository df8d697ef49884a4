import { describe, expect, it } from "vitest";
import type { RunSpec } from "../fixtures/build-run.ts";
import { buildRun } from "../fixtures/build-run.ts";
import { smallRun } from "../fixtures/small-run.ts";
import { createExplain } from "./explain.ts";

const PLANS: RunSpec["plans"] = [
  { code: "T20", cost: "5.20", includedMb: "20", overage: "0.50" },
  { code: "T5", cost: "3.00", includedMb: "5", overage: "0.50" },
  { code: "P50", type: "pooled", pool: "North", cost: "3.30", includedMb: "50", overage: "0.25" },
  { code: "P10", type: "pooled", pool: "South", cost: "3.10", includedMb: "10", overage: "0.25" },
  { code: "All", type: "unlimited", cost: "9.00" },
];

function reasonsOf(spec: Omit<RunSpec, "plans"> & Partial<Pick<RunSpec, "plans">>): string[] {
  const { run } = buildRun({ plans: PLANS, ...spec });
  const explain = createExplain(run);
  return spec.sims.map((_, row) => explain(row));
}

describe("reasons", () => {
  it("gives every line of a fleet a reason, and each moved SIM one of its own kind", () => {
    const { run } = smallRun();
    const explain = createExplain(run);
    const reasons = Array.from({ length: run.fleet.size }, (_, row) => explain(row));
    expect(reasons).toEqual([
      "Uses 3.1 MB; Tracker 5 covers it for 2.20 less a month",
      "Moved to fill pool P5: its spare 49.6 MB saves overage elsewhere; alone 0.30 dearer",
      "Stays: cheapest plan it may take; its share of pool P5's cost falls by 10.00",
      "Uses 0.25 MB; Tracker 5 covers it for 6.00 less a month",
      "Stays: locked",
      "Left out: its usage is unknown",
      "Left out: status Suspended is not billable",
      "Stays: cheapest plan it may take",
    ]);
  });

  it("says what a cheaper move rests on", () => {
    expect(
      reasonsOf({
        sims: [
          { plan: "T5", usageMb: "30", to: "T20" },
          { plan: "T5", usageMb: "500", to: "All" },
          { plan: "T20", usageMb: "2", to: "P50" },
          { plan: "T5", usageMb: "60", to: "P50" },
        ],
        bound: 1,
      }),
    ).toEqual([
      "Uses 30 MB; T20 costs 5.30 less a month, its 10 MB of overage included",
      "Uses 500 MB; All has no overage, for 241.50 less a month",
      "Uses 2 MB; P50 covers it and leaves 48 MB to pool North, for 1.90 less a month",
      "Uses 60 MB; P50 covers 50 MB and pool North shares the rest, for 27.20 less a month",
    ]);
  });

  it("names the limit that a dearer move serves", () => {
    const capped = PLANS.map((plan) => (plan.code === "T5" ? { ...plan, limits: { max: 1 } } : plan));
    expect(
      reasonsOf({
        plans: capped,
        sims: [
          { plan: "T5", usageMb: "1", to: "T20" },
          { plan: "T5", usageMb: "2" },
        ],
        currentFeasible: false,
        bound: 8_200_000,
      })[0],
    ).toBe("Moved to meet a limit: T5 takes at most 1 SIM; alone 2.20 dearer");
  });

  it("says that a SIM leaves a pool for the others' sake", () => {
    expect(
      reasonsOf({
        sims: [
          { plan: "P10", usageMb: "19", to: "All" },
          { plan: "P10", usageMb: "1" },
        ],
        bound: 1,
        poolPrices: [0, 250_000],
      })[0],
    ).toBe("Moved out of pool South: leaves 9 MB of its allowance to others; alone 5.90 dearer");
  });

  it("says what holds back a SIM that stays", () => {
    const one: RunSpec["sims"] = [{ plan: "T20", usageMb: "4" }];
    const two = PLANS.slice(0, 2);
    expect(reasonsOf({ plans: two, sims: one, terms: { minSaving: 2_500_000 }, bound: 1 })).toEqual([
      "Stays: moving to T5 saves 2.20, less than the minimum 2.50",
    ]);
    expect(reasonsOf({ plans: two, sims: one, terms: { switchCost: 2_200_000 }, bound: 1 })).toEqual([
      "Stays: moving to T5 saves 2.20, no more than the 2.20 a change costs",
    ]);
    expect(
      reasonsOf({ plans: two, sims: one, terms: { switchCost: 2_000_000, minSaving: 1_000_000 }, bound: 1 }),
    ).toEqual(["Stays: moving to T5 saves 2.20, less than the 3.00 of switching cost and minimum saving"]);
    expect(reasonsOf({ plans: two, sims: one, terms: { maxChanges: 0 }, bound: 1 })).toEqual([
      "Stays: T5 would be 2.20 cheaper, but the 0 changes allowed save more elsewhere",
    ]);
    const full = two.map((plan) => (plan.code === "T5" ? { ...plan, limits: { max: 0 } } : plan));
    expect(reasonsOf({ plans: full, sims: one, bound: 1 })).toEqual([
      "Stays: T5 would be 2.20 cheaper, but it takes at most 0 SIMs",
    ]);
    const committed = two.map((plan) => (plan.code === "T20" ? { ...plan, limits: { min: 1 } } : plan));
    expect(reasonsOf({ plans: committed, sims: one, bound: 1 })).toEqual([
      "Stays: T5 would be 2.20 cheaper, but T20 needs at least 1 SIM",
    ]);
  });

  it("says that a SIM's spare allowance is worth more to its pool", () => {
    expect(
      reasonsOf({
        sims: [
          { plan: "P50", usageMb: "1" },
          { plan: "P50", usageMb: "99" },
        ],
        bound: 1,
        poolPrices: [200_000, 0],
      })[0],
    ).toBe("Stays: its spare 49 MB saves pool North more than the 0.30 that T5 would");
  });

  it("claims nothing about pools without a certificate", () => {
    expect(
      reasonsOf({
        sims: [
          { plan: "P50", usageMb: "1" },
          { plan: "T5", usageMb: "1" },
        ],
        winner: "current",
      }),
    ).toEqual(["Stays: no cheaper choice was found", "Stays: no cheaper choice was found"]);
  });

  it("says why a SIM may not be moved", () => {
    expect(
      reasonsOf({
        plans: [...PLANS, { code: "Old", cost: "2", includedMb: "1", available: false }],
        sims: [
          { plan: "T5", usageMb: "1", communicationPlan: "lte-m" },
          { plan: "Old", usageMb: "1", communicationPlan: "none" },
          { plan: "T5", usageMb: "1", communicationPlan: "five" },
        ],
        eligibility: { none: [], five: ["T5"] },
      }),
    ).toEqual([
      "Stays: communication plan lte-m is not in the eligibility list",
      "Stays: its plan is retired and there is no other it may take",
      "Stays: no other plan it may take",
    ]);
  });
});
