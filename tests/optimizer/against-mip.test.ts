import { expect, test } from "vitest";
import { FAMILY_NAMES, randomCase } from "../../src/optimizer/fixtures/random-case.ts";
import { objective, solveSmall } from "../../src/optimizer/fixtures/solved.ts";
import { solveMip } from "./mip.ts";

const LIMIT_SECONDS = 5;
/** What HiGHS's own tolerances may leave of its optimum. Micros. */
const MIP_SLACK = 1;

const cases = FAMILY_NAMES.flatMap((family, f) =>
  [10, 14, 18, 24, 40].map((size, n) => ({ family, seed: 100 + n, size, plans: 3 + ((f + n) % 3) })),
);

test.each(FAMILY_NAMES)(
  "%s: as cheap as an exact MIP solver, and proven no cheaper",
  async (family) => {
    for (const { seed, size, plans } of cases.filter((one) => one.family === family)) {
      const { name, prepared } = randomCase(family, seed, size, plans);
      const found = solveSmall(prepared.problem);
      const mip = await solveMip(prepared.problem, LIMIT_SECONDS);
      if (found === undefined) {
        expect(mip.objective, name).toBe(Number.POSITIVE_INFINITY);
        continue;
      }
      const ours = objective(found.assignment);
      expect(ours, name).toBeLessThanOrEqual(mip.objective);
      expect(found.bound, name).toBeLessThanOrEqual(mip.objective);
      if (mip.optimal) expect(mip.objective - ours, name).toBeLessThanOrEqual(MIP_SLACK);
    }
  },
  60_000,
);
