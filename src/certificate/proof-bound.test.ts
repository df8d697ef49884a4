import fc from "fast-check";
import { expect, test } from "vitest";
import { mayTake, prepareFleet } from "../billing/problem.ts";
import { BILLABLE_STATUSES } from "../billing/fleet.ts";
import { checkLattice } from "./check-lattice.ts";
import { GRAINS_PER_MICRO } from "./exact.ts";
import { exactBill } from "./exact-bill.ts";
import type { ExactFleet } from "./exact-fleet.ts";
import { exactFleet } from "./exact-fleet.ts";
import { anyInputs } from "./fixtures/any-inputs.ts";
import type { NodeJson } from "./fixtures/claims.ts";
import { settingsOf } from "./fixtures/claims.ts";
import { randomProof } from "./fixtures/random-proof.ts";
import { inputsOf } from "./fixtures/small-fleet.ts";
import type { Limits } from "./limits.ts";
import { checkLimits, limitsOf } from "./limits.ts";
import { readProof } from "./read-proof.ts";
import { Reasons } from "./reasons.ts";
import { resolveProof } from "./resolve-proof.ts";
import type { ProvenBound } from "./walk-proof.ts";
import { walkProof } from "./walk-proof.ts";

const limited = fc.record({
  instance: anyInputs,
  min: fc.array(fc.constantFrom(0, 0, 1, 2), { minLength: 4, maxLength: 4 }),
  max: fc.array(fc.constantFrom(Infinity, Infinity, 1, 3), { minLength: 4, maxLength: 4 }),
});

/** Bill + penalties in micros of every assignment that keeps the limits. */
function* feasibleTotals(fleet: ExactFleet, limits: Limits): Generator<bigint> {
  const rows = Array.from({ length: fleet.size }, (_, row) => row).filter((row) => fleet.inBill(row));
  const choices = rows.map((row) => fleet.options(row).plan.slice(0, fleet.options(row).count));
  const plans = Uint16Array.from(fleet.current);
  const count = choices.reduce((product, plans) => product * plans.length, 1);
  for (let index = 0; index < count; index++) {
    let rest = index;
    let penalties = 0n;
    rows.forEach((row, k) => {
      const options = choices[k] as number[];
      plans[row] = options[rest % options.length] as number;
      rest = Math.floor(rest / options.length);
      if (plans[row] !== fleet.current[row]) penalties += fleet.penalty(row);
    });
    const broken = new Reasons();
    checkLimits(fleet, limits, plans, broken);
    if (broken.count === 0) yield exactBill(fleet, plans).total + penalties;
  }
}

function proven(fleet: ExactFleet, limits: Limits, root: NodeJson): ProvenBound {
  const reasons = new Reasons();
  const proof = readProof(root, reasons);
  const steps = proof && resolveProof(proof, fleet, limits, reasons);
  const bound = steps && walkProof(steps, fleet, limits, reasons);
  if (bound === undefined) throw new Error(reasons.list.join(" "));
  return bound;
}

function drawFrom(choices: readonly number[]): (below: number) => number {
  let at = 0;
  return (below) => (choices[at++ % choices.length] as number) % below;
}

test("no proof comes to more than the true optimum, whatever its prices and branchings", () => {
  let tight = 0;
  let branched = 0;
  fc.assert(
    fc.property(
      limited,
      fc.array(fc.nat(1_000), { minLength: 40, maxLength: 40 }),
      ({ instance, min, max }, choices) => {
        const plans = instance.sketch.plans.map((plan, index) => ({
          ...plan,
          minDevices: Math.min(min[index] ?? 0, max[index] ?? Infinity),
          maxDevices: max[index] ?? Infinity,
        }));
        const settings = settingsOf(instance.settings);
        const fleet = exactFleet(inputsOf({ ...instance.sketch, plans }), settings);
        const limits = limitsOf(fleet, settings);
        const totals = [...feasibleTotals(fleet, limits)].map((total) => total * GRAINS_PER_MICRO);
        const { bound, leaves, emptyLeaves } = proven(
          fleet,
          limits,
          randomProof(fleet, limits, drawFrom(choices), 4),
        );
        if (leaves - emptyLeaves > 1) branched++;
        for (const total of totals) expect(bound !== undefined && total >= bound).toBe(true);
        if (bound !== undefined && totals.includes(bound)) tight++;
      },
    ),
    { seed: 4_711, numRuns: 4_000 },
  );
  expect(tight).toBeGreaterThan(100);
  expect(branched).toBeGreaterThan(400);
});

test("a lattice that is accepted divides bill + penalties of every assignment", () => {
  let coarse = 0;
  fc.assert(
    fc.property(
      anyInputs,
      fc.constantFrom(1n, 10_000n, 50_000n, 250_000n),
      ({ sketch, settings }, lattice) => {
        const fleet = exactFleet(inputsOf(sketch), settingsOf(settings));
        const reasons = new Reasons();
        checkLattice(fleet, lattice, reasons);
        if (reasons.count > 0) return;
        if (lattice > 1n) coarse++;
        const limits = limitsOf(fleet, settingsOf(settings));
        for (const total of feasibleTotals(fleet, limits)) expect(total % lattice).toBe(0n);
      },
    ),
    { seed: 815, numRuns: 400 },
  );
  expect(coarse).toBeGreaterThan(30);
});

test("finds the same eligible plans and the same SIMs in the bill as the product", () => {
  fc.assert(
    fc.property(anyInputs, ({ sketch, settings }) => {
      const inputs = inputsOf(sketch);
      const terms = {
        switchCost: 0,
        minSaving: 0,
        maxChanges: Infinity,
        billableStatuses: BILLABLE_STATUSES,
      };
      const { problem, rows } = prepareFleet(
        inputs.fleet,
        inputs.tariff,
        inputs.eligibility,
        terms,
        inputs.setAside,
      );
      const fleet = exactFleet(inputs, settingsOf(settings));
      const billed = Array.from({ length: fleet.size }, (_, row) => row).filter((row) => fleet.inBill(row));
      expect([...rows]).toEqual(billed);
      billed.forEach((row, sim) => {
        const { plan, count } = fleet.options(row);
        const theirs = fleet.plans.flatMap((_, index) => (mayTake(problem, sim, index) ? [index] : []));
        expect(plan.slice(0, count).sort((a, b) => a - b)).toEqual(theirs);
      });
    }),
    { seed: 99, numRuns: 400 },
  );
});
