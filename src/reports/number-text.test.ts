import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatMicros } from "../billing/decimal.ts";
import {
  count,
  exactMoney,
  gapPercent,
  pricePerMegabyte,
  roundedData,
  roundedMoney,
  roundedPercent,
} from "./number-text.ts";

const SEED = { seed: 20261101 };

describe("numbers as text", () => {
  it("writes money exactly as formatMicros does", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (micros) => {
        expect(exactMoney(micros)).toBe(formatMicros(micros));
      }),
      SEED,
    );
    for (const micros of [0, 1, 10, 100, 10_000, 100_000, 1_000_000, -1, -2_200_000, 2 ** 53 - 1]) {
      expect(exactMoney(micros)).toBe(formatMicros(micros));
    }
  });

  it("rounds for people without ever showing a real amount as nothing", () => {
    expect(roundedMoney(1_234_567_890)).toBe("1,234.57");
    expect(roundedMoney(-2_203_412)).toBe("-2.20");
    expect(roundedMoney(4_999)).toBe("0.004999");
    expect(roundedMoney(0)).toBe("0.00");
    expect(roundedPercent(0.12345)).toBe("12.3 %");
    expect(roundedPercent(0.0000001)).toBe("under 0.01 %");
    expect(gapPercent(0.0000891)).toBe("0.0089 %");
    expect(gapPercent(1e-12)).toBe("under 0.000000001 %");
    expect(gapPercent(0)).toBe("0 %");
    expect(count(1_234_567)).toBe("1,234,567");
    expect(roundedData(3_250_586)).toBe("3.1 MB");
    expect(roundedData(1)).toBe("under 0.01 MB");
    expect(roundedData(20_000 * 2 ** 20)).toBe("19.5 GB");
    expect(pricePerMegabyte(212_500)).toBe("0.2125");
    expect(pricePerMegabyte(0)).toBe("0.00");
  });
});
