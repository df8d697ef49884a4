import fc from "fast-check";
import { expect, test } from "vitest";
import { sortedByUsage } from "./usage-order.ts";

const anyUsage = fc.oneof(
  fc.constantFrom(0, 1, 255, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1),
  fc.integer({ min: 0, max: 300 }),
  fc.maxSafeInteger().map(Math.abs),
);

test("orders as a sort by comparison does, the lower index first among equals", () => {
  fc.assert(
    fc.property(fc.array(anyUsage, { maxLength: 300 }), (usages) => {
      const usage = Float64Array.from(usages);
      const compared = usages
        .map((_, sim) => sim)
        .sort((a, b) => (usages[a] ?? 0) - (usages[b] ?? 0) || a - b);
      expect([...sortedByUsage(usage)]).toEqual(compared);
      expect([...usage]).toEqual(usages);
    }),
    { seed: 11, numRuns: 300 },
  );
});
