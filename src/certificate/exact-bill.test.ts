import fc from "fast-check";
import { expect, test } from "vitest";
import { computeBill } from "../billing/compute-bill.ts";
import { BILLABLE_STATUSES } from "../billing/fleet.ts";
import { prepareFleet } from "../billing/problem.ts";
import { PLAIN_SETTINGS, settingsOf } from "./fixtures/claims.ts";
import { anyInputs } from "./fixtures/any-inputs.ts";
import { inputsOf } from "./fixtures/small-fleet.ts";
import { exactBill, simCost } from "./exact-bill.ts";
import { exactFleet } from "./exact-fleet.ts";
import { poolShares } from "./pool-shares.ts";

const POOLED = { code: "P", type: "pooled", monthly: "1.00", includedMb: 1, rate: "0.50" } as const;

test("prices the worked example of three SIMs in one pool at 3.50, and one by one at 4.00", () => {
  const sims = [0.4, 0.4, 3.0].map((usageMb) => ({ plan: "P", usageMb }));
  const pooled = exactFleet(inputsOf({ plans: [POOLED], sims }), settingsOf(PLAIN_SETTINGS));
  expect(exactBill(pooled, pooled.current).total).toBe(3_500_000n);
  const single = exactFleet(
    inputsOf({ plans: [{ ...POOLED, type: "individual" }], sims }),
    settingsOf(PLAIN_SETTINGS),
  );
  expect(exactBill(single, single.current).total).toBe(4_000_000n);
});

test("shares a pool's overage by usage above the own allowance", () => {
  const sims = [0.4, 2.0, 3.0].map((usageMb) => ({ plan: "P", usageMb }));
  const fleet = exactFleet(inputsOf({ plans: [POOLED], sims }), settingsOf(PLAIN_SETTINGS));
  const bill = exactBill(fleet, fleet.current);
  expect(bill.total).toBe(4_500_000n);
  expect([...poolShares(fleet, fleet.current, bill)]).toEqual([0n, 500_000n, 1_000_000n]);
});

test("shares a pool's overage by usage where no member is above its own allowance", () => {
  const sims = [0.5, 1.0].map((usageMb) => ({ plan: "P", usageMb }));
  const inputs = inputsOf({
    plans: [POOLED],
    sims,
    fixedPools: [{ name: "P", includedMb: 1, monthly: "0.10" }],
  });
  const fleet = exactFleet(inputs, settingsOf(PLAIN_SETTINGS));
  const bill = exactBill(fleet, fleet.current);
  expect(bill.total).toBe(2_600_000n);
  expect([...poolShares(fleet, fleet.current, bill)]).toEqual([166_667n + 50_000n, 333_333n + 50_000n]);
});

test("gives what is left of a share to the earlier row first", () => {
  const sims = [2, 2, 2].map((usageMb) => ({ plan: "P", usageMb }));
  const plans = [{ ...POOLED, rate: "0.0000013333" }];
  const fleet = exactFleet(inputsOf({ plans, sims }), settingsOf(PLAIN_SETTINGS));
  const bill = exactBill(fleet, fleet.current);
  expect(bill.pools[0]?.overage).toBe(4n);
  expect([...poolShares(fleet, fleet.current, bill)]).toEqual([2n, 1n, 1n]);
});

test("rounds each line once, half away from zero: proration, blocks of a sub-micro price, fee and tax", () => {
  const settings = { ...PLAIN_SETTINGS, period: { start: "2026-02-01", end: "2026-03-01" } };
  const plan = {
    code: "A",
    monthly: "10",
    includedMb: 7,
    rate: "0.0029296875",
    blockMb: 1 / 1024,
    fee: "0.15",
    proration: "active_days",
  } as const;
  const inputs = inputsOf({
    plans: [plan],
    sims: [{ plan: "A", usageMb: 1 + 3 / 1024, days: 4, location: "TX" }],
    taxes: { TX: "0.0825" },
    cycleDays: 28,
  });
  const fleet = exactFleet(inputs, settingsOf(settings));
  // base 10 · 4/28 = 1.428571; included 1 MB; 3 blocks = 0.0087890625 -> 0.008789; tax 0.0825 · 1.437360 = 0.1185822
  expect(simCost(fleet, 0, 0)).toBe(1_428_571n + 8_789n + 150_000n + 118_582n);
});

test("agrees with the product's own rating on every SIM, pool and share", () => {
  fc.assert(
    fc.property(anyInputs, ({ sketch, settings, assignment }) => {
      const inputs = inputsOf(sketch);
      const terms = {
        switchCost: 0,
        minSaving: 0,
        maxChanges: Infinity,
        billableStatuses: BILLABLE_STATUSES,
      };
      const prepared = prepareFleet(inputs.fleet, inputs.tariff, inputs.eligibility, terms, inputs.setAside);
      const fleet = exactFleet(inputs, settingsOf(settings));
      const plans = Uint16Array.from(inputs.fleet.ratePlan);
      for (let row = 0; row < fleet.size; row++) {
        if (!fleet.inBill(row)) continue;
        const { plan, count } = fleet.options(row);
        plans[row] = plan[(assignment[row] ?? 0) % count] as number;
      }
      const ours = exactBill(fleet, plans);
      const theirs = computeBill(
        inputs.fleet,
        prepared.problem.table,
        prepared.ratingClass,
        prepared.participation,
        plans,
      );
      expect(Number(ours.total)).toBe(theirs.total);
      const shares = poolShares(fleet, plans, ours);
      for (let row = 0; row < fleet.size; row++) {
        const line = fleet.inBill(row)
          ? [simCost(fleet, row, plans[row] as number), shares[row]]
          : [Number.NaN, Number.NaN];
        expect(line.map(Number)).toEqual([theirs.ownCost[row], theirs.poolShare[row]]);
      }
    }),
    { seed: 20_260, numRuns: 400 },
  );
});
