import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cellText, type RowConsumer } from "./row-consumer.ts";
import { CsvSplitter } from "./split-csv.ts";

interface Collected {
  readonly header: readonly string[] | undefined;
  readonly rows: readonly (readonly string[])[];
  readonly lines: readonly number[];
  readonly broken: { line?: number; message: string } | undefined;
}

function split(
  content: string | Uint8Array,
  pieceBytes = 1 << 20,
  knownColumns: readonly string[] = ["a", "b"],
): Collected {
  const all = Buffer.from(content as string);
  const pieces: Buffer[] = [];
  for (let at = 0; at < all.length; at += pieceBytes) pieces.push(all.subarray(at, at + pieceBytes));
  return splitPieces(pieces, knownColumns);
}

function splitPieces(pieces: readonly Buffer[], knownColumns: readonly string[]): Collected {
  let header: readonly string[] | undefined;
  let broken: Collected["broken"];
  const rows: string[][] = [];
  const lines: number[] = [];
  const consumer: RowConsumer = {
    knownColumns,
    header: (cells) => void (header = cells),
    row: (row) => {
      rows.push(Array.from({ length: row.count }, (_, cell) => cellText(row, cell)));
      lines.push(row.line);
    },
    broken: (fault) => void (broken = fault),
  };
  const splitter = new CsvSplitter(consumer);
  pieces.every((piece) => splitter.push(piece));
  splitter.finish();
  return { header, rows, lines, broken };
}

const cell = fc.string({ unit: fc.constantFrom(..."abß1 ,;|\t\"'\r\n=€😀".split(/(?:)/u)), maxLength: 8 });

function render(cells: readonly string[], separator: string, quoteAll: boolean): string {
  return cells
    .map((text) => {
      const needed = text.includes(separator) || /["\r\n]/.test(text);
      return quoteAll || needed ? `"${text.replaceAll('"', '""')}"` : text;
    })
    .join(separator);
}

describe("splitting CSV", () => {
  it("reads back any table, however it is quoted, ended and cut into pieces, as csv-parse does", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(cell, cell), { maxLength: 12 }),
        fc.constantFrom(",", ";", "\t", "|"),
        fc.constantFrom("\n", "\r\n"),
        fc.array(fc.boolean(), { minLength: 13, maxLength: 13 }),
        fc.integer({ min: 1, max: 40 }),
        fc.boolean(),
        (table, separator, newline, quoted, pieceBytes, lastNewline) => {
          const lines = [["a", "b"], ...table].map((row, i) => render(row, separator, quoted[i] ?? false));
          const text = lines.join(newline) + (lastNewline ? newline : "");
          const mine = split(text, pieceBytes);
          const theirs = parse(text, {
            delimiter: separator,
            record_delimiter: newline,
            relax_column_count: true,
          }).filter((row) => row.some((field) => /[^ \t]/.test(field)));
          expect(mine.broken).toBeUndefined();
          expect([mine.header, ...mine.rows]).toEqual(theirs);
        },
      ),
      { numRuns: 400, seed: 1 },
    );
  });

  it("never throws on any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 50 }), (bytes, pieceBytes) => {
        split(bytes, pieceBytes);
      }),
      { numRuns: 300, seed: 2 },
    );
  });

  it("counts lines through blank lines and through line breaks inside quotes", () => {
    const { rows, lines } = split('a,b\n\n1,"x\ny"\n \t,\n2,z\n');
    expect(rows).toEqual([
      ["1", "x\ny"],
      ["2", "z"],
    ]);
    expect(lines).toEqual([3, 6]);
  });

  it("reads the line ends of old Macs", () => {
    expect(split("a,b\r1,2\r3,4").rows).toEqual([
      ["1", "2"],
      ["3", "4"],
    ]);
  });

  it("finds the separator by the known columns, not by what stands most often", () => {
    expect(split("note,x;a;b\n1;2;3\n").header).toEqual(["note,x", "a", "b"]);
    expect(split("sep=|\na|b\n1|2\n").rows).toEqual([["1", "2"]]);
  });

  it("keeps a quote inside an unquoted cell as it stands", () => {
    expect(split('a,b\n1,5" tablet\n').rows).toEqual([["1", '5" tablet']]);
  });

  it("stops at a quote that never closes, naming where it opened", () => {
    expect(split('a,b\n1,2\n3,"4\n5,6\n').broken?.message).toContain("begins at line 3");
    expect(split(`a,b\n1,"${"x".repeat(3 << 20)}`).broken?.message).toContain("KiB begins here");
  });

  it("stops at text after a closing quote", () => {
    expect(split('a,b\n1,"2"3\n').broken).toMatchObject({
      line: 2,
      message: expect.stringContaining("closing quote") as string,
    });
  });

  it("stops at a line that is not UTF-8, naming it", () => {
    const latin1 = Buffer.concat([Buffer.from("a,b\n1,2\n3,M"), Buffer.from([0xfc]), Buffer.from("nchen\n")]);
    expect(split(latin1).broken).toMatchObject({
      line: 3,
      message: expect.stringContaining("UTF-8") as string,
    });
  });

  it("takes a piece of nothing for nothing, whatever the pieces before it left in memory", () => {
    const [start, rest] = [Buffer.from("a\né\né\n").subarray(0, 6), Buffer.from("é\n").subarray(1)];
    const pieces = [start, rest, Buffer.alloc(0)];
    expect(splitPieces(pieces, ["a"])).toMatchObject({ rows: [["é"], ["é"]], broken: undefined });
  });

  it("refuses a header of a million columns without reading on", () => {
    expect(split(`${"c,".repeat(1_000_000)}c\n1\n`).broken?.message).toMatch(/KiB|columns/);
    expect(split(`${"c,".repeat(20_000)}c\n1\n`).broken?.message).toContain("20001 columns");
  });
});
