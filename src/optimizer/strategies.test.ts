import { describe, expect, test } from "vitest";
import { TERMS } from "../billing/fixtures/build-fleet.ts";
import { buildPlan, buildTariff, megabytes, price } from "../billing/fixtures/build-tariff.ts";
import { naiveBill } from "../billing/fixtures/naive-bill.ts";
import { mayTake, penaltyOf } from "../billing/problem.ts";
import type { RandomCase } from "./fixtures/random-case.ts";
import { FAMILY_NAMES, buildCase, randomCase } from "./fixtures/random-case.ts";
import { measure } from "./measure.ts";
import type { StrategyName } from "./solution.ts";
import { STRATEGY_NAMES } from "./solution.ts";
import { runStrategy } from "./strategies.ts";

type Greedy = Exclude<StrategyName, "certified" | "current">;
const GREEDY = STRATEGY_NAMES.filter((name): name is Greedy => name !== "certified" && name !== "current");

/** The strategy by the letter: every insertion is priced by the whole bill with and without it, in exact fractions. */
class NaiveGreedy {
  readonly plans: Uint16Array;
  readonly #run: RandomCase;
  readonly #placed: number[] = [];
  #changes = 0;

  constructor(run: RandomCase) {
    this.#run = run;
    this.plans = Uint16Array.from(run.prepared.problem.current);
  }

  #billWith(sims: readonly number[], plan: number): bigint {
    const { tariff, prepared } = this.#run;
    const on = (sim: number, plan: number) => ({ ...this.#run.sims[prepared.rows[sim] as number], plan });
    const placed = this.#placed.map((sim) => on(sim, this.plans[sim] as number));
    return naiveBill(tariff, [...placed, ...sims.map((sim) => on(sim, plan))] as RandomCase["sims"]).total;
  }

  #takes(sims: readonly number[], plan: number): boolean {
    const { problem } = this.#run.prepared;
    const devices = this.#placed.filter((sim) => this.plans[sim] === plan).length;
    if (devices + sims.length > (problem.maxDevices[plan] as number)) return false;
    if (plan === problem.current[sims[0] as number]) return true;
    if (this.#changes + sims.length > problem.maxChanges) return false;
    return sims.every((sim) => mayTake(problem, sim, plan));
  }

  place(sims: readonly number[]): void {
    const { problem } = this.#run.prepared;
    const current = problem.current[sims[0] as number] as number;
    const others = Array.from({ length: problem.table.plans }, (_, plan) => plan).filter(
      (plan) => plan !== current,
    );
    let best = { plan: current, cost: undefined as bigint | undefined };
    for (const plan of [current, ...others]) {
      if (!this.#takes(sims, plan)) continue;
      const penalty = plan === current ? 0 : sims.reduce((sum, sim) => sum + penaltyOf(problem, sim), 0);
      const cost = this.#billWith(sims, plan) + BigInt(penalty);
      if (best.cost === undefined || cost < best.cost) best = { plan, cost };
    }
    for (const sim of sims) {
      this.plans[sim] = best.plan;
      this.#placed.push(sim);
      if (best.plan !== current) this.#changes++;
    }
  }
}

function naively(run: RandomCase, name: Greedy): Uint16Array {
  const { problem } = run.prepared;
  const greedy = new NaiveGreedy(run);
  const groups = new Map<string, number[]>();
  for (let sim = 0; sim < problem.size; sim++) {
    const current = problem.current[sim] as number;
    const choice = problem.choices[sim] as number;
    if (problem.choiceSets[choice]?.every((plan) => plan === current) === true) greedy.place([sim]);
    else {
      const key = name.startsWith("grouped") ? `${current} ${choice}` : `${sim}`;
      groups.set(key, [...(groups.get(key) ?? []), sim]);
    }
  }
  const usage = (sims: readonly number[]): number =>
    sims.reduce((sum, sim) => sum + (problem.usage[sim] as number), 0);
  const sign = name.endsWith("largest_first") ? -1 : 1;
  for (const sims of [...groups.values()].sort((a, b) => sign * (usage(a) - usage(b)))) greedy.place(sims);
  return greedy.plans;
}

describe.each(FAMILY_NAMES)("greedy insertion on %s", (family) => {
  test.each(GREEDY)("%s puts each SIM where the whole bill grows least", (name) => {
    let moved = 0;
    for (let seed = 0; seed < 6; seed++) {
      const run = randomCase(family, 700 + seed, 9, 4);
      const { problem } = run.prepared;
      const assignment = runStrategy(problem, name);
      expect([...assignment.plans], run.name).toEqual([...naively(run, name)]);
      expect(assignment, run.name).toEqual(measure(problem, assignment.plans));
      moved += assignment.changes;
    }
    expect(moved).toBeGreaterThan(0);
  });
});

const CHEAP = buildPlan("CHEAP", {
  type: "pooled",
  monthlyCost: price("1"),
  overageRate: price("1000000"),
  overageBlockBytes: megabytes("0.001"),
});
const DEAR = buildPlan("DEAR", { type: "unlimited", monthlyCost: price("50") });

/** SIMs whose overage in the pool of CHEAP would be past 2^53 micros. */
function absurdCase(plan: number, fields: Partial<typeof CHEAP> = {}) {
  const sims = ["3", "9", "12"].map((usage) => ({ plan, usageBytes: megabytes(usage) }));
  const tariff = buildTariff([{ ...CHEAP, ...fields }, DEAR], {
    accountTaxRate: price("0.0825"),
  });
  return buildCase("an absurd price", { sims, tariff, eligibility: undefined, terms: TERMS }).prepared
    .problem;
}

test.each(GREEDY)("%s passes over a plan whose overage would be past the bounds", (name) => {
  expect(runStrategy(absurdCase(1), name)).toMatchObject({ bill: 150_000_000, changes: 0, feasible: true });
});

test.each(GREEDY)("%s goes on where a pool passes the bounds on the way to a bill that does not", (name) => {
  // The SIMs that use most are placed while the allowance that the small one brings is not there yet.
  const large = { plan: 0, usageBytes: megabytes("12"), locked: true };
  const idle = { plan: 2, usageBytes: 0, locked: true };
  const tariff = buildTariff([
    CHEAP,
    DEAR,
    { ...CHEAP, code: "GIVER", pool: "CHEAP", includedBytes: megabytes("20") },
  ]);
  const { problem } = buildCase("a giver", {
    sims: [large, idle],
    tariff,
    eligibility: undefined,
    terms: TERMS,
  }).prepared;
  expect(runStrategy(problem, name)).toMatchObject({ bill: 2_000_000, changes: 0 });
});

test("a bill that is past the bounds is refused, never wrong", () => {
  const problem = absurdCase(0, { available: true });
  expect(() => measure(problem, problem.current)).toThrow("The overage of pool CHEAP");
});

test("current leaves every SIM where it is", () => {
  const { problem } = randomCase("everything", 3, 40, 5).prepared;
  expect([...runStrategy(problem, "current").plans]).toEqual([...problem.current]);
});
