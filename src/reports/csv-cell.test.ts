import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { csvText, neutraliseText, restoreText } from "./csv-cell.ts";

const SEED = { seed: 20261102, numRuns: 1_000 };
const HOSTILE = fc.string({
  unit: fc.constantFrom("=", "+", "-", "@", "\t", "\r", "\n", "'", '"', ",", " ", "1", ".", "a", "é", "😀"),
});

describe("CSV cells", () => {
  it("neutralises what a spreadsheet would run", () => {
    for (const text of [
      '=HYPERLINK("x")',
      "+1+1",
      "-1+1",
      "@SUM(A1)",
      "\t=1",
      "\r=1",
      "-",
      "=",
      "-2e",
      "'=1",
    ]) {
      expect(neutraliseText(text)).toBe(`'${text}`);
    }
  });

  it("leaves numbers and plain text alone", () => {
    for (const text of ["-12.5", "+4.5", "-.5", "0", "Tracker 5", "'quoted'", "a=b", ""])
      expect(neutraliseText(text)).toBe(text);
  });

  it("never begins with a formula sign unless the cell is a number, and gives back what was there", () => {
    fc.assert(
      fc.property(HOSTILE, (text) => {
        const safe = neutraliseText(text);
        expect(/^[=+\-@\t\r]/.test(safe) && Number.isNaN(Number(safe))).toBe(false);
        expect(restoreText(safe)).toBe(text);
      }),
      SEED,
    );
  });

  it("reads back through a CSV parser whatever the text holds", () => {
    fc.assert(
      fc.property(fc.array(HOSTILE, { minLength: 2, maxLength: 4 }), (texts) => {
        const [row] = parse(`${texts.map(csvText).join(",")}\n`, {
          relax_column_count: true,
          skip_empty_lines: false,
        });
        expect(row?.map(restoreText)).toEqual(texts);
      }),
      SEED,
    );
  });
});
