import { describe, expect, test } from "vitest";
import { rowScales } from "./dual.ts";
import { DualSimplex } from "./dual-simplex.ts";
import { Exchange } from "./exchange.ts";
import { FAMILY_NAMES, randomCase } from "./fixtures/random-case.ts";
import { compileInstance } from "./instance.ts";
import { itemsOfAllSims } from "./items.ts";
import { rootRanges } from "./lagrangian.ts";
import { seededRandom } from "./random.ts";
import { brokenLimits, choiceOf, stateOf } from "./search-state.ts";

const BREACH = 1e12;
const ROUNDS = 12;

describe.each(FAMILY_NAMES)("exchanges on %s", (family) => {
  const { problem } = randomCase(family, 7, 24, 4).prepared;
  const instance = compileInstance(problem);
  const items = itemsOfAllSims(instance);
  const relaxation = new DualSimplex(instance, items, rowScales(instance, items));
  const branch = { ranges: rootRanges(instance), forbidden: undefined };
  const { prices } = relaxation.solveAnew(branch, Number.POSITIVE_INFINITY, 1_000);
  const anew = (choice: Uint16Array): Exchange =>
    new Exchange(instance, items, prices, stateOf(instance, items, choice), BREACH);

  test("keep the sums and the excess that full recomputation gives, and never end dearer than they began", () => {
    const random = seededRandom(11);
    const search = anew(new Uint16Array(items.count));
    for (let round = 0; round < ROUNDS; round++) {
      search.focus({ perPair: 6, reach: Number.POSITIVE_INFINITY }, random);
      search.kick(random, 5);
      const before = search.excess();
      search.descend();
      const again = anew(choiceOf(items, search.state));
      expect({ ...search.state }).toEqual({ ...again.state });
      const scale = 1e-9 * (Math.abs(before) + BREACH * brokenLimits(instance, search.state)) + 1e-3;
      expect(Math.abs(search.excess() - again.excess())).toBeLessThanOrEqual(scale);
      expect(search.excess()).toBeLessThanOrEqual(before + scale);
    }
  });

  test("take back everything since the last time that it was kept", () => {
    const random = seededRandom(12);
    const search = anew(new Uint16Array(items.count));
    search.focus({ perPair: 6, reach: Number.POSITIVE_INFINITY }, random);
    search.descend();
    search.keep();
    const held = choiceOf(items, search.state);
    search.kick(random, 5);
    search.descend();
    search.undo();
    expect({ ...search.state }).toEqual({ ...stateOf(instance, items, held) });
  });
});
