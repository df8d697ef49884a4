import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteText } from "./byte-text.ts";
import { csvText, writeCsvText } from "./csv-cell.ts";
import { exactMoney } from "./number-text.ts";
import { decimalXml, textXml } from "./workbook/cell.ts";
import { NumberColumn, TextColumn } from "./workbook/line-columns.ts";
import { Style } from "./workbook/styles.ts";

const SEED = { seed: 20261126, numRuns: 1_000 };
const CHARACTERS = [..."=+-@\t\r\n'\", 1.a_x0041_&<>é😀\u0000\u0085", "\ud800"];
const TEXT = fc.oneof(
  fc.string({ unit: fc.constantFrom(...CHARACTERS), maxLength: 60 }),
  fc.string({ maxLength: 60 }),
);
const MICROS = fc.integer({ min: -(2 ** 53 - 1), max: 2 ** 53 - 1 });

/** What is written, through memory that is small at first and used again. */
function written(write: (out: ByteText) => void): string {
  const out = new ByteText(1);
  out.write("what was there before");
  out.giveBack(out.take());
  write(out);
  return Buffer.from(out.take()).toString("utf8");
}

const inUtf8 = (text: string): string => Buffer.from(text, "utf8").toString("utf8");

describe("text in bytes", () => {
  it("is the text in UTF-8, however much there is", () => {
    fc.assert(
      fc.property(fc.array(TEXT), fc.nat({ max: 2_000 }), (texts, times) => {
        const all = Array.from({ length: times }, (_, k) => texts[k % texts.length] ?? "");
        const bytes = written((out) => {
          for (const text of all) out.write(text);
        });
        expect(bytes).toBe(all.map(inUtf8).join(""));
      }),
      { ...SEED, numRuns: 50 },
    );
  });

  it("keeps what was taken while more is written", () => {
    const out = new ByteText(4);
    out.write("first");
    expect(out.isFull).toBe(true);
    const taken = out.take();
    out.write("other");
    expect(Buffer.from(taken).toString()).toBe("first");
  });

  it("has amounts as their texts have them", () => {
    fc.assert(
      fc.property(fc.oneof(MICROS, fc.integer({ min: -20_000_000, max: 20_000_000 })), (micros) => {
        expect(written((out) => out.writeMoney(micros))).toBe(exactMoney(micros));
      }),
      SEED,
    );
  });

  it("has CSV cells as their texts have them", () => {
    fc.assert(
      fc.property(TEXT, (text) => {
        expect(written((out) => writeCsvText(out, text))).toBe(inUtf8(csvText(text)));
      }),
      SEED,
    );
  });
});

describe("a column of a sheet", () => {
  const ROWS = fc.uniqueArray(fc.integer({ min: 1, max: 1_200 }), { maxLength: 12 });
  const runsOf = (starts: readonly number[]): number[] =>
    starts.toSorted((a, b) => a - b).flatMap((start) => [start, start + 1, start + 2]);

  it("has a text's cells as a single cell is written, in whatever rows they stand", () => {
    fc.assert(
      fc.property(ROWS, fc.array(TEXT, { minLength: 1 }), (starts, texts) => {
        const column = new TextColumn("AB");
        const cells = runsOf(starts).map((row, k) => ({ row, text: texts[k % texts.length] ?? "" }));
        const bytes = written((out) => {
          for (const { row, text } of cells) column.write(out, row, text);
        });
        expect(bytes).toBe(cells.map(({ row, text }) => inUtf8(textXml(`AB${row}`, text))).join(""));
      }),
      SEED,
    );
  });

  it("has a text of Excel's most characters whole, and a longer one cut", () => {
    for (const length of [32_767, 32_768]) {
      const text = "x".repeat(length);
      expect(written((out) => new TextColumn("A").write(out, 2, text))).toBe(textXml("A2", text));
    }
  });

  it("has amounts and decimals as a single cell is written, as text where a number would lose digits", () => {
    fc.assert(
      fc.property(ROWS, MICROS, fc.stringMatching(/^\d{1,12}(\.\d{1,9})?$/), (starts, micros, decimal) => {
        const column = new NumberColumn("H", Style.moneyExact);
        for (const row of runsOf(starts)) {
          expect(written((out) => column.writeMoney(out, row, micros))).toBe(
            decimalXml(`H${row}`, exactMoney(micros), Style.moneyExact),
          );
          expect(written((out) => column.writeDecimal(out, row, decimal))).toBe(
            decimalXml(`H${row}`, decimal, Style.moneyExact),
          );
        }
      }),
      SEED,
    );
  });
});
