import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RecencyOrder } from "./recency-order.ts";

interface Entry {
  readonly device: number;
  readonly dateMs: number;
}

const operations = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("touch" as const), device: fc.nat(19), step: fc.nat(3) }),
    fc.record({ kind: fc.constant("remove" as const), device: fc.nat(19), step: fc.constant(0) }),
  ),
  { maxLength: 200 },
);

describe("the order of devices by their last change", () => {
  it("is the same as a plain list's after any touches and removals", () => {
    fc.assert(
      fc.property(operations, fc.nat(25), fc.nat(10), fc.nat(200), (todo, rank, count, since) => {
        const order = new RecencyOrder(20);
        let plain: Entry[] = [];
        let now = 0;
        for (const { kind, device, step } of todo) {
          now += step;
          plain = plain.filter((entry) => entry.device !== device);
          if (kind === "touch") {
            plain.push({ device, dateMs: now });
            order.touch(device, now);
          } else order.remove(device);
        }
        expect(order.size).toBe(plain.length);
        expect(order.slice(rank, count)).toEqual(
          plain.slice(rank, rank + count).map((entry) => entry.device),
        );
        expect(order.countBefore(since)).toBe(plain.filter((entry) => entry.dateMs < since).length);
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  it("holds through compaction when changes outnumber its room", () => {
    const order = new RecencyOrder(50);
    for (let i = 0; i < 50; i++) order.touch(i, i);
    for (let i = 0; i < 5000; i++) order.touch((i * 7) % 50, 100 + i);
    const expected = Array.from({ length: 50 }, (_, i) => ((4950 + i) * 7) % 50);
    expect(order.slice(0, 50)).toEqual(expected);
    expect(order.countBefore(100 + 4975)).toBe(25);
    expect(order.dateOf(expected[49] ?? -1)).toBe(5099);
  });

  it("never lets dates run backwards", () => {
    const order = new RecencyOrder(2);
    order.touch(0, 100);
    order.touch(1, 50);
    expect(order.dateOf(1)).toBe(100);
    expect(order.countBefore(100)).toBe(0);
  });
});
