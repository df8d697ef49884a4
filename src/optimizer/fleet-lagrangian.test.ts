import { describe, expect, test } from "vitest";
import { rowScales } from "./dual.ts";
import { binFleet } from "./fleet-bins.ts";
import { FAMILY_NAMES, randomCase } from "./fixtures/random-case.ts";
import { FleetLagrangian } from "./fleet-lagrangian.ts";
import { compileInstance } from "./instance.ts";
import { itemsOfAllSims } from "./items.ts";
import { evaluate, rootRanges } from "./lagrangian.ts";
import { seededRandom } from "./random.ts";

const SIMS = 600;

/** Prices of which about a third are 0, a third at their scale, and a third between. */
function drawPrices(scale: Float64Array, seed: number): Float64Array {
  const random = seededRandom(seed);
  return scale.map((size) => {
    const share = 1.5 * random() - 0.5;
    return size * Math.min(1, Math.max(0, share * 1.5));
  });
}

describe.each(FAMILY_NAMES)("%s: the Lagrangian of a binned fleet", (family) => {
  const instance = compileInstance(randomCase(family, 3, SIMS, 6).prepared.problem);
  const items = itemsOfAllSims(instance);
  const ranges = rootRanges(instance);
  const bins = binFleet(instance);
  const lagrangian = new FleetLagrangian(bins, ranges);

  test("is that of its SIMs, one by one, and never above it", () => {
    const scale = rowScales(instance, items);
    for (let seed = 1; seed <= 25; seed++) {
      const prices = drawPrices(scale, seed);
      const exact = evaluate(instance, items, ranges, prices, undefined).value;
      const binned = lagrangian.evaluate(prices).value;
      // The plain sum has rounding errors of its own; half a micro a pool may go to rounding.
      expect(binned).toBeLessThanOrEqual(exact + 1e-4 + 1e-13 * Math.abs(exact));
      expect(binned).toBeGreaterThan(exact - 2 * instance.pools.length - 1e-6 * Math.abs(exact) - 1);
    }
  });

  test("lies below its tangent everywhere", () => {
    const scale = rowScales(instance, items);
    for (let seed = 1; seed <= 10; seed++) {
      const [here, there] = [drawPrices(scale, seed), drawPrices(scale, seed + 100)];
      const { value, gradient } = lagrangian.evaluate(here);
      const tangent = gradient.reduce(
        (sum, g, r) => sum + g * ((there[r] as number) - (here[r] as number)),
        value,
      );
      expect(lagrangian.evaluate(there).value).toBeLessThanOrEqual(tangent + 1e-9 * Math.abs(tangent) + 1);
    }
  });

  test("has every SIM in one bin, between its group's least and greatest user", () => {
    expect(bins.order.toSorted()).toEqual(Uint32Array.from({ length: bins.order.length }, (_, sim) => sim));
    for (let bin = 0; bin < bins.count; bin++) {
      const group = bins.groupOf[bin] as number;
      for (const sim of bins.order.subarray(bins.first[bin], bins.first[bin + 1])) {
        expect(instance.problem.usage[sim]).toBeGreaterThanOrEqual(bins.low[group] as number);
        expect(instance.problem.usage[sim]).toBeLessThanOrEqual(bins.high[group] as number);
      }
    }
  });
});
