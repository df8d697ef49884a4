import { describe, expect, test } from "vitest";
import { maximizeDual, rowScales, startPrices } from "./dual.ts";
import { FAMILY_NAMES, randomCase } from "./fixtures/random-case.ts";
import { LocalSearch } from "./improve.ts";
import type { Instance } from "./instance.ts";
import { compileInstance } from "./instance.ts";
import type { Items } from "./items.ts";
import { itemsOfAllSims } from "./items.ts";
import { evaluate, rootRanges } from "./lagrangian.ts";
import { seededRandom } from "./random.ts";
import type { SearchState } from "./search-state.ts";
import { brokenLimits, choiceOf, objectiveOf, stateOf } from "./search-state.ts";

const BREACH = 1e12;
const STEPS = 60;

/** The sums that a search keeps, made anew from the choice alone. */
function expectSumsOf(instance: Instance, items: Items, state: SearchState): void {
  const anew = stateOf(instance, items, choiceOf(items, state));
  expect({ ...state }).toEqual({ ...anew });
}

/** Bill + penalty less L: what regret and waste must come to, but for the rounding of charges. */
function excessByCost(instance: Instance, items: Items, prices: Float64Array, state: SearchState): number {
  const bound = evaluate(instance, items, rootRanges(instance), prices, undefined).value;
  return objectiveOf(instance, state) - bound;
}

describe.each(FAMILY_NAMES)("a local search on %s", (family) => {
  test("keeps, after every step, the sums and the excess that full recomputation gives", () => {
    const { prepared } = randomCase(family, 7, 24, 4);
    const instance = compileInstance(prepared.problem);
    const items = itemsOfAllSims(instance);
    const { prices } = maximizeDual(instance, items, rootRanges(instance), {
      start: startPrices(instance, rowScales(instance, items)),
      radius: 0.4,
      tolerance: 1,
      maxEvaluations: 100,
    });
    const state = stateOf(instance, items, new Uint16Array(items.count));
    const search = new LocalSearch(instance, items, prices, state, BREACH);
    const random = seededRandom(11);
    const losses = instance.pools.reduce((sum, pool) => sum + pool.roundingLoss, 1);
    for (let step = 0; step < STEPS; step++) {
      const before = search.excess();
      const kind = step % 4;
      let won = 0;
      if (kind < 2) {
        const item = Math.floor(random() * items.count);
        const first = items.start[item] as number;
        const options = (items.start[item + 1] as number) - first;
        search.apply(item, first + Math.floor(random() * options));
      } else {
        won = kind === 2 ? search.singles() : search.pairs(search.candidates(80, 6));
        const scale = 1e-9 * (Math.abs(before) + BREACH * brokenLimits(instance, state)) + 1e-3;
        expect(Math.abs(before - won - search.excess())).toBeLessThanOrEqual(scale);
      }
      expectSumsOf(instance, items, state);
      if (brokenLimits(instance, state) > 0) continue;
      const cost = excessByCost(instance, items, prices, state);
      const room = losses + 1e-9 * objectiveOf(instance, state);
      expect(Math.abs(search.excess() - cost)).toBeLessThanOrEqual(room);
    }
  });
});
