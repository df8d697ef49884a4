import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  divideRounded,
  formatMegabytesExact,
  formatMicros,
  formatPicos,
  formatScaled,
  parseMegabytes,
  parseScaled,
} from "./decimal.ts";

const SEED = { seed: 20_261_104, numRuns: 2_000 };

describe("reading a decimal", () => {
  it.each([
    ["0", 0n],
    ["12", 12_000_000_000_000n],
    ["+12", 12_000_000_000_000n],
    ["-0.5", -500_000_000_000n],
    [".25", 250_000_000_000n],
    ["-.25", -250_000_000_000n],
    ["1.", 1_000_000_000_000n],
    ["007.50", 7_500_000_000_000n],
    ["0.0029296875", 2_929_687_500n],
    ["0.000000000001", 1n],
    ["9007199254740993.000000000001", 9_007_199_254_740_993_000_000_000_001n],
  ])("takes %s exactly", (text, picos) => {
    expect(parseScaled(text, 12)).toBe(picos);
  });

  it("refuses a 13th decimal unless it is a zero", () => {
    expect(parseScaled("0.1234567890123", 12)).toBe("too-precise");
    expect(parseScaled("-.0000000000001", 12)).toBe("too-precise");
    expect(parseScaled("0.1234567890120", 12)).toBe(123_456_789_012n);
  });

  it.each([
    "",
    " ",
    ".",
    "-",
    "+",
    "+.",
    "1e3",
    "1E-3",
    "1,234.5",
    "1.234,5",
    "1 234",
    "1_000",
    " 1",
    "1 ",
    "1\n",
    "--1",
    "+-1",
    "1.2.3",
    "NaN",
    "Infinity",
    "0x10",
    "$1",
    "1%",
    "١٢",
    "１",
    "1n",
    "null",
  ])("refuses %j", (text) => {
    expect(parseScaled(text, 12)).toBeUndefined();
    expect(parseMegabytes(text)).toBeUndefined();
  });

  it("reads back what it wrote, at any number of places", () => {
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 30n), 10n ** 30n), fc.integer({ min: 0, max: 20 }), (value, places) => {
        expect(parseScaled(formatScaled(value, places), places)).toBe(value);
      }),
      SEED,
    );
  });

  it("takes a cell of a million digits in stride", () => {
    const digits = "9".repeat(1_000_000);
    expect(parseScaled(digits, 12)).toBe(BigInt(`${digits}000000000000`));
    expect(parseScaled(`0.${digits}`, 12)).toBe("too-precise");
    expect(parseMegabytes(`0.${digits}`)).toBe(1_048_576n);
  });
});

describe("dividing", () => {
  it.each([
    [1n, 2n, 1n],
    [-1n, 2n, -1n],
    [3n, 2n, 2n],
    [-3n, 2n, -2n],
    [4n, 10n, 0n],
    [-4n, 10n, 0n],
    [5n, 10n, 1n],
    [499_999n, 1_000_000n, 0n],
    [1n, 3n, 0n],
    [2n, 3n, 1n],
    [7n, 1n, 7n],
    [0n, 9n, 0n],
  ])("%d / %d rounds half away from zero to %d", (numerator, denominator, quotient) => {
    expect(divideRounded(numerator, denominator)).toBe(quotient);
  });

  it("is nearest, and symmetric about zero", () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 40n), fc.bigInt(1n, 10n ** 20n), (numerator, denominator) => {
        const quotient = divideRounded(numerator, denominator);
        const twiceOff = 2n * (quotient * denominator - numerator);
        expect(twiceOff > -denominator && twiceOff <= denominator).toBe(true);
        expect(divideRounded(-numerator, denominator)).toBe(-quotient);
      }),
      SEED,
    );
  });
});

describe("megabytes", () => {
  it.each([
    ["0", 0n],
    ["1", 1_048_576n],
    ["0.4", 419_430n],
    ["0.5", 524_288n],
    ["1.5", 1_572_864n],
    ["1073741824", 2n ** 50n],
    ["0.000000476837158203125", 1n],
    ["0.000000476837158203124", 0n],
    ["0.00000095367431640625", 1n],
    ["0.000001430511474609375", 2n],
    ["-1", -1_048_576n],
  ])("%s MB are whole bytes, half up: %d", (text, bytes) => {
    expect(parseMegabytes(text)).toBe(bytes);
  });

  it("are written so that they read back to the same bytes", () => {
    const bytes = fc.oneof(fc.integer({ min: 0, max: 2 ** 24 }), fc.maxSafeNat());
    fc.assert(
      fc.property(bytes, (bytes) => {
        expect(parseMegabytes(formatMegabytesExact(bytes))).toBe(BigInt(bytes));
      }),
      SEED,
    );
    for (const bytes of [0, 1, 2 ** 20 - 1, 2 ** 42 - 1, 2 ** 42, 2 ** 50, 2 ** 53 - 1])
      expect(parseMegabytes(formatMegabytesExact(bytes))).toBe(BigInt(bytes));
  });

  it("are written as short as they were given", () => {
    for (const text of ["0", "3.1", "0.4", "12.345", "1024", "0.000001"])
      expect(formatMegabytesExact(Number(parseMegabytes(text)))).toBe(text);
  });
});

describe("money as text", () => {
  it.each([
    [0, "0.00"],
    [1, "0.000001"],
    [10, "0.00001"],
    [500_000, "0.50"],
    [3_500_000, "3.50"],
    [3_000_000, "3.00"],
    [1_234_567, "1.234567"],
    [-2_200_000, "-2.20"],
    [9_007_199_254_740_991, "9007199254.740991"],
    [1_000_000_000_000_000, "1000000000.00"],
  ])("%d micros are %s", (micros, text) => {
    expect(formatMicros(micros)).toBe(text);
  });

  it("never writes a figure that is no whole number of micros", () => {
    expect(() => formatMicros(0.5)).toThrow(RangeError);
    expect(() => formatMicros(Number.NaN)).toThrow(RangeError);
  });

  it("writes a price to its last decimal", () => {
    expect(formatPicos(2_929_687_500n)).toBe("0.0029296875");
    expect(formatPicos(1n)).toBe("0.000000000001");
    expect(formatPicos(20_000_000_000_000n)).toBe("20");
  });
});
