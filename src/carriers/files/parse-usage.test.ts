import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseMegabytes } from "../../billing/decimal.ts";
import { MAX_BYTES } from "../../billing/units.ts";
import { UNUSUAL, parseUsage, parseUsageDigits } from "./parse-usage.ts";

function digitsOf(text: string): number {
  const bytes = Buffer.from(`x${text}x`);
  return parseUsageDigits(bytes, 1, bytes.length - 1);
}

const decimal = fc
  .tuple(
    fc.bigInt({ min: 0n, max: 99_999_999_999n }),
    fc.string({ unit: fc.constantFrom(..."0123456789"), maxLength: 24 }),
  )
  .map(([whole, fraction]) => (fraction === "" ? String(whole) : `${whole}.${fraction}`));

/** Half a byte is 2^-21 MB, so these sit on and beside the boundary of rounding. */
const nearHalf = fc
  .tuple(fc.integer({ min: 0, max: 4_000_000 }), fc.integer({ min: -2, max: 2 }))
  .map(([halves, nudge]) => {
    const scaled = BigInt(halves) * 5n ** 21n * 10n + BigInt(nudge);
    return scaled < 0n ? "0" : `${scaled / 10n ** 22n}.${(scaled % 10n ** 22n).toString().padStart(22, "0")}`;
  });

describe("usage in decimal MB", () => {
  it("comes to the same bytes by digits as by exact integers, wherever it reads the digits", () => {
    fc.assert(
      fc.property(fc.oneof(decimal, nearHalf), (text) => {
        const size = digitsOf(text);
        expect(size === UNUSUAL || BigInt(size) === parseMegabytes(text)).toBe(true);
      }),
      { numRuns: 5_000, seed: 3 },
    );
  });

  it("reads ordinary decimals by their digits alone", () => {
    for (const text of ["0", "0.4", "12.5", "1234567.123456", "3.80000000000000004441", "0.0009765625"]) {
      expect(digitsOf(text)).toBe(Number(parseMegabytes(text)));
    }
  });

  it("rounds half a byte up", () => {
    expect(parseUsage("0.000000476837158203125")).toBe(1);
    expect(parseUsage("0.000000476837158203124")).toBe(0);
  });

  it("takes a blank cell for unknown and zero for zero", () => {
    expect(parseUsage("")).toBeNaN();
    expect(parseUsage("0.00")).toBe(0);
    expect(digitsOf("")).toBe(UNUSUAL);
  });

  it("holds the bound of 1 PiB", () => {
    expect(digitsOf("1073741824")).toBe(MAX_BYTES);
    expect(parseUsage("1073741824.000001")).toMatch(/1 PiB/);
    expect(digitsOf("1073741824.000001")).toBe(UNUSUAL);
  });

  it.each([
    ["-1", "negative"],
    ["NaN", "Leave the cell blank"],
    ["null", "Leave the cell blank"],
    ["1.5e3", "scientific notation"],
    ["1,234.5", "Write 1234.5"],
    ["1,5", "Write 1.5"],
    ["1.234,5", "thousands separators"],
    ["12 MB", "carries a unit"],
    ["Infinity", "not a number"],
    ["0x10", "not a number"],
    ["1.2.3", "not a number"],
    ["١٢", "not a number"],
  ])("refuses %s and says how to mend it", (text, expected) => {
    expect(parseUsage(text)).toEqual(expect.stringContaining(expected));
    expect(digitsOf(text)).toBe(UNUSUAL);
  });
});
