import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CarriedCells } from "./carried-cells.ts";
import { DictionaryBuilder } from "./dictionary-builder.ts";
import { iccidOf } from "./fixtures/device-files.ts";
import { IccidColumn } from "./iccid-column.ts";
import { LineNumbers } from "./line-numbers.ts";
import type { CellRow } from "./row-consumer.ts";

function rowOf(...cells: string[]): CellRow {
  const starts: number[] = [];
  const ends: number[] = [];
  let bytes = Buffer.alloc(0);
  for (const cell of cells) {
    starts.push(bytes.length);
    bytes = Buffer.concat([bytes, Buffer.from(cell)]);
    ends.push(bytes.length);
  }
  return {
    bytes,
    starts: Int32Array.from(starts),
    ends: Int32Array.from(ends),
    count: cells.length,
    line: 1,
  };
}

describe("columns of a large file", () => {
  it("keep more distinct texts than 16 bits can number", () => {
    const dictionary = new DictionaryBuilder();
    const texts = Array.from({ length: 70_000 }, (_, i) => `place ${i}`);
    texts.forEach((text, row) => {
      const bytes = Buffer.from(text);
      dictionary.set(row, dictionary.codeOf(bytes, 0, bytes.length));
    });
    const { codes, values } = dictionary.finish(texts.length);
    expect(codes).toBeInstanceOf(Uint32Array);
    expect(Array.from(codes, (code) => values[code])).toEqual(texts);
  });

  it("keep carried cells across blocks of memory", () => {
    const carried = new CarriedCells([0, 2]);
    const cells = Array.from(
      { length: 40 },
      (_, sim) => [String(sim).repeat(300_000), "not carried", `ü${sim}`] as const,
    );
    cells.forEach((row, sim) => carried.set(sim, rowOf(...row)));
    for (const [sim, row] of cells.entries()) {
      expect(carried.get(sim)).toEqual([row[0], row[2]]);
      expect(carried.equals(sim, rowOf(...row))).toBe(true);
      expect(carried.equals(sim, rowOf(row[0], "not carried", "other"))).toBe(false);
    }
  });

  it("know the line of every SIM through gaps", () => {
    const lines = new LineNumbers();
    const expected = Array.from({ length: 1_000 }, (_, sim) => 2 + sim + Math.floor(sim / 7) * 3);
    expected.forEach((line, sim) => lines.set(sim, line));
    expect(expected.map((_, sim) => lines.get(sim))).toEqual(expected);
  });

  it("tell apart ICCIDs that differ in their last digit or in their length", () => {
    const iccids = new IccidColumn();
    const texts = [iccidOf(1), iccidOf(2), `${iccidOf(1)}0`, iccidOf(1).slice(0, 18), `0${iccidOf(1)}`];
    for (const text of texts) {
      const bytes = Buffer.from(text);
      expect(iccids.take(bytes, 0, bytes.length)).toBe(true);
      expect(iccids.findOrAdd()).toBe(-1);
    }
    texts.forEach((text, sim) => {
      iccids.take(Buffer.from(text), 0, text.length);
      expect(iccids.find()).toBe(sim);
      expect(iccids.findOrAdd()).toBe(sim);
    });
    const textOf = iccids.finish();
    expect(texts.map((_, sim) => textOf(sim))).toEqual(texts);
  });

  it("find the SIM of an ICCID that stands twice, in order or out of it", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 400 }), { maxLength: 600 }),
        fc.nat({ max: 600 }),
        (drawn, ordered) => {
          const numbers = [...new Set(drawn.slice(0, ordered))].toSorted((a, b) => a - b).concat(drawn);
          const iccids = new IccidColumn();
          const simOf = new Map<number, number>();
          for (const number of numbers) {
            const bytes = Buffer.from(iccidOf(number));
            iccids.take(bytes, 0, bytes.length);
            expect(iccids.findOrAdd()).toBe(simOf.get(number) ?? -1);
            if (!simOf.has(number)) simOf.set(number, simOf.size);
          }
          for (const number of [...simOf.keys(), 500]) {
            const bytes = Buffer.from(iccidOf(number));
            iccids.take(bytes, 0, bytes.length);
            expect(iccids.find()).toBe(simOf.get(number) ?? -1);
          }
          const textOf = iccids.finish();
          expect([...simOf.values()].map(textOf)).toEqual([...simOf.keys()].map(iccidOf));
        },
      ),
      { seed: 20261126, numRuns: 200 },
    );
  });
});
