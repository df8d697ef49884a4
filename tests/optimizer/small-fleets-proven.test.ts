import { describe, expect, test } from "vitest";
import { FAMILIES as BENCH } from "../../bench/families.ts";
import { prepareFleet } from "../../src/billing/problem.ts";
import type { Problem } from "../../src/billing/problem.ts";
import { FAMILY_NAMES, randomCase } from "../../src/optimizer/fixtures/random-case.ts";
import { objective, solveSmall } from "../../src/optimizer/fixtures/solved.ts";
import { solveMip } from "./mip.ts";

const LIMIT_SECONDS = 5;
/** What HiGHS's own tolerances may leave of its optimum. Micros. */
const MIP_SLACK = 1;

function expectProven(problem: Problem, name: string): void {
  const found = solveSmall(problem);
  if (found === undefined) return;
  expect(found.status, name).toBe("optimal");
  expect(found.bound, name).toBe(objective(found.assignment));
}

describe.each(BENCH)("fleets of the benchmark's family $name", ({ build }) => {
  const problemOf = (size: number, seed: number): Problem => {
    const { fleet, tariff, eligibility, terms } = build(size, seed);
    return prepareFleet(fleet, tariff, eligibility, terms).problem;
  };

  test("of 30 and of 50 SIMs are proven optimal, whatever the seed", () => {
    for (const seed of [1, 2, 3, 4])
      for (const size of [30, 50]) expectProven(problemOf(size, seed), `seed ${seed}, ${size} SIMs`);
  });

  test("come out as cheap as an exact MIP solver has them", async () => {
    for (const seed of [11]) {
      const problem = problemOf(20, seed);
      const found = solveSmall(problem);
      const mip = await solveMip(problem, LIMIT_SECONDS);
      expect(found?.status).toBe("optimal");
      expect(found?.bound).toBeLessThanOrEqual(mip.objective);
      if (mip.optimal && found !== undefined)
        expect(Math.abs(mip.objective - objective(found.assignment))).toBeLessThanOrEqual(MIP_SLACK);
    }
  });
});

test.each(FAMILY_NAMES)("%s: fleets of 50 SIMs are proven optimal", (family) => {
  for (const seed of [1, 2])
    for (const plans of [4, 6]) {
      const { name, prepared } = randomCase(family, seed, 50, plans);
      expectProven(prepared.problem, name);
    }
});
