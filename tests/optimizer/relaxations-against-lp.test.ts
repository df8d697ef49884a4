import { describe, expect, test } from "vitest";
import { highsModel } from "../../bench/highs-model.ts";
import { maximizeDual, rowScales, startPrices } from "../../src/optimizer/dual.ts";
import { FAMILY_NAMES, randomCase } from "../../src/optimizer/fixtures/random-case.ts";
import { feasibleAssignment } from "../../src/optimizer/feasible.ts";
import { compileInstance } from "../../src/optimizer/instance.ts";
import { itemsOfAllSims } from "../../src/optimizer/items.ts";
import { rootRanges } from "../../src/optimizer/lagrangian.ts";
import { DualSimplex } from "../../src/optimizer/dual-simplex.ts";
import { linearOptimum } from "./mip.ts";

const SEEDS = [1, 2, 3, 4, 5];

/** The model of the exact solver without its whole numbers: plans and blocks may be taken in parts. */
function relaxed(model: string): string {
  return `${model.slice(0, model.indexOf("Binary"))}End\n`;
}

describe.each(FAMILY_NAMES)("on %s", (family) => {
  test("cutting planes and the simplex method both reach the optimum of the linear relaxation", async () => {
    let compared = 0;
    for (const seed of SEEDS) {
      const { problem } = randomCase(family, seed, 18, 4).prepared;
      if (problem.size === 0 || feasibleAssignment(problem).status === "infeasible") continue;
      const instance = compileInstance(problem);
      const items = itemsOfAllSims(instance);
      const ranges = rootRanges(instance);
      const scale = rowScales(instance, items);
      const dual = maximizeDual(instance, items, ranges, {
        start: startPrices(instance, scale),
        radius: 0.4,
        tolerance: 0.1,
        maxEvaluations: 600,
      });
      const optimum = (await linearOptimum(relaxed(highsModel(problem)))) * 1e6 + instance.fixedCharges;
      const room = 1e-7 * Math.abs(optimum) + 2;
      expect(Math.abs(dual.value - optimum), `cutting planes, seed ${seed}`).toBeLessThanOrEqual(room);
      const relaxation = new DualSimplex(instance, items, scale);
      const branch = { ranges, forbidden: undefined };
      const vertex = relaxation.solveAnew(branch, Number.POSITIVE_INFINITY, 1_000);
      expect(Math.abs(vertex.value - optimum), `simplex method, seed ${seed}`).toBeLessThanOrEqual(room);
      compared++;
    }
    expect(compared).toBeGreaterThan(0);
  });
});
