import { expect, test } from "vitest";
import { computeBill } from "../../billing/compute-bill.ts";
import { BILLABLE_STATUSES } from "../../billing/fleet.ts";
import { prepareFleet } from "../../billing/problem.ts";
import { check, linesOf, PLAIN_SETTINGS } from "../../certificate/fixtures/claims.ts";
import { inputsOf } from "../../certificate/fixtures/small-fleet.ts";
import type { ProofNode } from "../../optimizer/solution.ts";
import { certificateText } from "./certificate-document.ts";
import type { Optimization } from "./optimization.ts";

const INPUTS = inputsOf({
  plans: [
    { code: "P", type: "pooled", pool: "__proto__", monthly: "1.00", includedMb: 1, rate: "0.50" },
    { code: 'U"', type: "unlimited", monthly: "2.00", maxDevices: 2 },
  ],
  sims: [
    { plan: 'U"', usageMb: 9, status: "gone" },
    { plan: "P", usageMb: 0.5 },
    { plan: "P", usageMb: 7 },
  ],
});
const LEAF: ProofNode = {
  kind: "leaf",
  poolPrices: ["0.5"],
  maxDevices: ["0.000", "0.0"],
  minDevices: ["0", "0"],
  maxChanges: "0",
};

function runWith(proof: ProofNode, maxChanges: number): Optimization {
  const terms = { switchCost: 250_000, minSaving: 0, maxChanges, billableStatuses: BILLABLE_STATUSES };
  const { problem, rows, participation, ratingClass } = prepareFleet(
    INPUTS.fleet,
    INPUTS.tariff,
    undefined,
    terms,
  );
  const bill = (plans: Uint16Array) =>
    computeBill(INPUTS.fleet, problem.table, ratingClass, participation, plans);
  const recommended = Uint16Array.of(1, 0, 1);
  return {
    fleet: INPUTS.fleet,
    tariff: INPUTS.tariff,
    table: problem.table,
    eligibility: undefined,
    terms,
    period: undefined,
    participation,
    recommended,
    before: bill(INPUTS.fleet.ratePlan),
    after: bill(recommended),
    currentFeasible: true,
    penalty: 250_000,
    changes: 1,
    winner: "certified",
    strategies: [],
    certified: { bound: 3_000_000, lattice: 250_000, proof, rows, status: "gap" },
    poolPrices: Float64Array.of(500_000),
    groups: [],
  };
}

function recheck(proof: ProofNode, maxChanges = Number.POSITIVE_INFINITY) {
  const text =
    certificateText(runWith(proof, maxChanges), { inputs: { ...INPUTS.hashes }, quarantine: false }) ?? "";
  const settings = {
    ...PLAIN_SETTINGS,
    switch_cost: "0.25",
    max_changes: Number.isFinite(maxChanges) ? maxChanges : null,
  };
  return { text, result: check(INPUTS, linesOf(INPUTS, settings, ['U"', "P", 'U"']), text) };
}

test("writes a certificate that the checker accepts, names and all", () => {
  // SIM 2 on P: 1 + 0.75 + 3.00 by price, on U: 2.25; the bound is 0.75 + 2.25
  const { text, result } = recheck(LEAF);
  expect(result.reasons).toEqual([]);
  expect(result.figures).toMatchObject({ bill: "3.00", penalties: "0.25", bound: "3.00" });
  expect(JSON.parse(text)).toMatchObject({ bill: "3.00", bound: "3.00", gap: 0.25 / 3, lattice: "0.25" });
  expect(text).toContain(
    '"prices":{"pools":{"__proto__":"0.5"},"max_devices":{},"min_devices":{},"max_changes":"0"}',
  );
});

test("names the SIM of the fleet for the SIM of the problem, and the cap on changes", () => {
  const sim: ProofNode = { kind: "sim", sim: 1, plan: 1, on: LEAF, off: LEAF };
  const { text, result } = recheck({ kind: "pool", pool: 0, blocks: 3, atMost: sim, atLeast: LEAF }, 1);
  expect(result.reasons).toEqual([]);
  expect(text).toContain(`"sim":"${INPUTS.fleet.iccid(2)}","plan":"U\\"","on":`);
  expect(result.figures.leaves).toBe(3);
});

test("writes a proof of any depth", () => {
  let proof: ProofNode = LEAF;
  for (let blocks = 50_000; blocks > 0; blocks--)
    proof = { kind: "pool", pool: 0, blocks, atMost: LEAF, atLeast: proof };
  expect(recheck(proof).result.reasons).toEqual([]);
});

test("there is no certificate where the certified solver was not asked for", () => {
  expect(
    certificateText({ ...runWith(LEAF, 5), certified: undefined }, { inputs: {}, quarantine: false }),
  ).toBeUndefined();
});
