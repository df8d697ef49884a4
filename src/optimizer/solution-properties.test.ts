import { describe, expect, test } from "vitest";
import { mayTake } from "../billing/problem.ts";
import type { RatePlan } from "../billing/rate-plan.ts";
import { picos } from "../billing/units.ts";
import { certify } from "./fixtures/certify.ts";
import type { RandomCase } from "./fixtures/random-case.ts";
import { FAMILY_NAMES, buildCase, randomCase } from "./fixtures/random-case.ts";
import { objective, solveSmall } from "./fixtures/solved.ts";
import { measure } from "./measure.ts";
import { seededRandom } from "./random.ts";
import type { Solution } from "./solution.ts";

const SEEDS = 5;
/** Rounded charge lines of a SIM (base, overage, tax) and of a pool (overage, tax). */
const LINES = { sim: 3, pool: 2 };

/** Fleets of a family with their solutions; those that are infeasible left out. */
function* solvedCases(
  family: (typeof FAMILY_NAMES)[number],
): Generator<{ run: RandomCase; found: Solution }> {
  let count = 0;
  for (let seed = 0; count < SEEDS && seed < 4 * SEEDS; seed++) {
    const run = randomCase(family, 2_000 + seed, 6 + ((seed * 5) % 11), 2 + (seed % 4));
    const found = solveSmall(run.prepared.problem);
    if (found === undefined) continue;
    count++;
    yield { run, found };
  }
  expect(count).toBe(SEEDS);
}

/** The same optimum, as far as both are proven: neither's assignment is below the other's bound. */
function expectSameOptimum(one: Solution, other: Solution, name: string, room = 0): void {
  expect(one.bound, name).toBeLessThanOrEqual(objective(other.assignment) + room);
  expect(other.bound, name).toBeLessThanOrEqual(objective(one.assignment) + room);
  if (one.status !== "optimal" || other.status !== "optimal") return;
  expect(Math.abs(objective(one.assignment) - objective(other.assignment)), name).toBeLessThanOrEqual(room);
}

function resolved(run: RandomCase, change: Partial<Parameters<typeof buildCase>[1]>): Solution {
  const { sims, tariff, eligibility, terms } = run;
  const found = solveSmall(
    buildCase(run.name, { sims, tariff, eligibility, terms, ...change }).prepared.problem,
  );
  if (found === undefined) return expect.fail(`${run.name} has become infeasible`);
  return found;
}

describe.each(FAMILY_NAMES)("a solution on %s", { timeout: 120_000 }, (family) => {
  const cases = [...solvedCases(family)];

  test("is proven in most fleets, so that the tests below compare optima", () => {
    expect(cases.filter(({ found }) => found.status === "optimal").length).toBeGreaterThanOrEqual(SEEDS - 1);
  });

  test("has every SIM once, on a plan it may take, within every limit", () => {
    for (const { run, found } of cases) {
      const { problem } = run.prepared;
      expect(found.assignment.plans).toHaveLength(problem.size);
      found.assignment.plans.forEach((plan, sim) => expect(mayTake(problem, sim, plan), run.name).toBe(true));
      expect(found.assignment, run.name).toEqual(measure(problem, found.assignment.plans));
      expect(found.assignment.feasible, run.name).toBe(true);
    }
  });

  test("has the bill, penalties and bound that the independent checker comes to", () => {
    for (const { run, found } of cases)
      expect(certify(run, found), run.name).toMatchObject({ holds: true, reasons: [] });
  });

  test("leaves locked SIMs where they are", () => {
    for (const { run, found } of cases) {
      const { problem, rows } = run.prepared;
      const locked = [...rows.keys()].filter((sim) => run.sims[rows[sim] as number]?.locked === true);
      const moved = locked.filter((sim) => found.assignment.plans[sim] !== problem.current[sim]);
      expect(moved, run.name).toEqual([]);
    }
  });

  test("is never dearer than today, where today keeps the limits", () => {
    for (const { run, found } of cases) {
      const today = measure(run.prepared.problem, run.prepared.problem.current);
      const most = today.feasible ? today.bill : Number.POSITIVE_INFINITY;
      expect(objective(found.assignment), run.name).toBeLessThanOrEqual(most);
    }
  });

  test("costs the same whatever the order of the SIMs", () => {
    for (const { run, found } of cases) {
      const random = seededRandom(5);
      const sims = run.sims
        .map((sim) => ({ sim, key: random() }))
        .sort((a, b) => a.key - b.key)
        .map(({ sim }) => sim);
      expectSameOptimum(found, resolved(run, { sims }), run.name);
    }
  });

  test("is not made dearer by one more plan that may be taken", () => {
    for (const { run, found } of cases) {
      const [template] = run.tariff.plans;
      const offer: RatePlan = {
        ...(template as RatePlan),
        code: "OFFER",
        pool: template?.pool === "" ? "" : "OFFER",
        monthlyCost: picos((template?.monthlyCost ?? 0n) / 2n),
        minDevices: 0,
        maxDevices: 3,
        available: true,
      };
      const tariff = { ...run.tariff, plans: [...run.tariff.plans, offer] };
      const eligibility =
        run.eligibility &&
        new Map([...run.eligibility].map(([name, plans]) => [name, new Set([...plans, "OFFER"])]));
      const more = resolved(run, { tariff, eligibility });
      expect(more.bound, run.name).toBeLessThanOrEqual(objective(found.assignment));
      if (more.status === "optimal")
        expect(objective(more.assignment), run.name).toBeLessThanOrEqual(objective(found.assignment));
    }
  });

  test("costs three times as much where every price does, but for what rounding takes", () => {
    for (const { run, found } of cases) {
      const thrice = resolved(run, multiplied(run, 3));
      const isWhole = run.tariff.accountTaxRate === 0n && !/proration|below|everything|taxes/.test(run.name);
      const lines =
        LINES.sim * run.prepared.problem.size + LINES.pool * run.prepared.problem.table.pools.length;
      const scaled: Solution = {
        ...found,
        bound: 3 * found.bound,
        assignment: {
          ...found.assignment,
          bill: 3 * found.assignment.bill,
          penalty: 3 * found.assignment.penalty,
        },
      };
      expectSameOptimum(scaled, thrice, run.name, isWhole ? 0 : 2 * lines);
    }
  });
});

/** The same fleet with every price, switching cost and minimum saving times `k`. */
function multiplied({ tariff, sims, terms }: RandomCase, k: number): Partial<RandomCase> {
  const times = <Price extends bigint>(price: Price) => picos(price * BigInt(k));
  return {
    tariff: {
      ...tariff,
      plans: tariff.plans.map((plan) => ({
        ...plan,
        monthlyCost: times(plan.monthlyCost),
        overageRate: times(plan.overageRate),
        regulatoryFee: times(plan.regulatoryFee),
      })),
      fixedPools: tariff.fixedPools.map((pool) => ({ ...pool, monthlyCost: times(pool.monthlyCost) })),
    },
    sims: sims.map((sim) =>
      sim.switchCost === undefined ? sim : { ...sim, switchCost: k * sim.switchCost },
    ),
    terms: { ...terms, switchCost: k * terms.switchCost, minSaving: k * terms.minSaving },
  };
}
