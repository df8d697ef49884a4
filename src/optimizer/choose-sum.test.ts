import fc from "fast-check";
import { expect, test } from "vitest";
import { chooseSum } from "./choose-sum.ts";
import type { Shift } from "./choose-sum.ts";

const SEED = { seed: 20_261_126, numRuns: 300 };

/** Below 0 a unit of allowance is wasted at 0.3, above it whole blocks of 8 are paid for. */
function waste(level: number): number {
  return level <= 0 ? -0.3 * level : Math.ceil(level / 8) * 10 - 0.3 * level;
}

function totalOf(shifts: readonly Shift[], level: number, chosen: readonly number[]): number {
  let cost = 0;
  let reached = level;
  for (const index of chosen) {
    cost += shifts[index]?.regret ?? 0;
    reached += shifts[index]?.shift ?? 0;
  }
  return cost + waste(reached);
}

const shiftsAndLevel = fc.record({
  shifts: fc.array(
    fc.record({
      shift: fc.integer({ min: -40, max: 40 }),
      regret: fc.integer({ min: 0, max: 30 }).map((n) => n / 20),
    }),
    { maxLength: 9 },
  ),
  level: fc.integer({ min: -60, max: 60 }),
});

test("no choice of shifts within reach is better", () => {
  fc.assert(
    fc.property(shiftsAndLevel, ({ shifts, level }) => {
      let least = Number.POSITIVE_INFINITY;
      for (let set = 0; set < 2 ** shifts.length; set++) {
        const chosen = shifts.flatMap((_, index) => ((set >> index) & 1 ? [index] : []));
        least = Math.min(least, totalOf(shifts, level, chosen));
      }
      const chosen = chooseSum(shifts, level, waste);
      expect(new Set(chosen).size).toBe(chosen.length);
      // The way there may stray no further than some middling shifts, which can cost the best set.
      expect(totalOf(shifts, level, chosen)).toBeLessThanOrEqual(waste(level));
      const sizes = shifts.map(({ shift }) => Math.abs(shift));
      if (Math.max(0, ...sizes) <= 2 * Math.min(40, ...sizes))
        expect(totalOf(shifts, level, chosen)).toBeCloseTo(least, 9);
    }),
    SEED,
  );
});

test("a hundred shifts meet a level that no few of them do", () => {
  const shifts = Array.from({ length: 100 }, (_, n) => ({ shift: 1000 + ((n * 7919) % 997), regret: 1e-3 }));
  const chosen = chooseSum(shifts, -50_001, waste);
  expect(totalOf(shifts, -50_001, chosen)).toBeLessThan(1.5);
});

test("nothing is taken where nothing helps", () => {
  expect(chooseSum([{ shift: 5, regret: 3 }], 0, waste)).toEqual([]);
  expect(chooseSum([], 7, waste)).toEqual([]);
});
