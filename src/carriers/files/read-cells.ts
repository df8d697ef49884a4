import { parseMegabytes, parseScaled, divideRounded } from "../../billing/decimal.ts";
import {
  BYTES_PER_KB,
  MAX_BYTES,
  MAX_PRICE,
  bytes,
  picos,
  type Bytes,
  type Picos,
} from "../../billing/units.ts";
import type { FaultList } from "./collect-faults.ts";
import { explainNumber } from "./explain-number.ts";
import type { TableRow } from "./read-table.ts";
import { showCell } from "./show-cell.ts";
import { suggestNearest } from "./suggest-nearest.ts";

const PRICE_PLACES = 12;

/**
 * Reads the cells of one row by their kind. What cannot be read is added to the faults and comes back undefined; a
 * blank cell comes back as `blank`, and is a fault where none is given.
 */
export class CellReader {
  readonly #row: TableRow;
  readonly #faults: FaultList;

  constructor(row: TableRow, faults: FaultList) {
    this.#row = row;
    this.#faults = faults;
  }

  text(column: string): string {
    return this.#row.cells.get(column) ?? "";
  }

  fault(column: string, message: string): undefined {
    this.#faults.add({ line: this.#row.line, column, message });
    return undefined;
  }

  /** A text that may not be blank. */
  name(column: string): string | undefined {
    const text = this.text(column);
    return text === "" ? this.fault(column, "is blank. Give a name.") : text;
  }

  /** A price or rate of up to 12 decimals, zero or more. */
  price(column: string, blank?: Picos): Picos | undefined {
    const text = this.text(column);
    if (text === "") return blank ?? this.fault(column, "is blank. Write an amount; 0 where there is none.");
    const value = parseScaled(text, PRICE_PLACES);
    if (value === "too-precise")
      return this.fault(
        column,
        `${showCell(text)} has more than ${PRICE_PLACES} decimals. Round it to ${PRICE_PLACES}.`,
      );
    if (value === undefined) return this.fault(column, explainNumber(text));
    if (value < 0n) return this.fault(column, `${showCell(text)} is negative. Amounts are zero or more.`);
    if (value > MAX_PRICE)
      return this.fault(
        column,
        `${showCell(text)} is past 1,000,000,000, the most a price may be. Use a larger currency unit.`,
      );
    return picos(value);
  }

  /** Decimal MB as bytes. */
  megabytes(column: string, blank?: Bytes): Bytes | undefined {
    const text = this.text(column);
    if (text === "") return blank ?? this.fault(column, "is blank. Write an amount of MB.");
    return this.#size(column, text, parseMegabytes(text));
  }

  /** Decimal KB as bytes. */
  kilobytes(column: string, blank: Bytes): Bytes | undefined {
    const text = this.text(column);
    if (text === "") return blank;
    const scaled = parseScaled(text, PRICE_PLACES);
    if (scaled === "too-precise")
      return this.fault(column, `${showCell(text)} has more than ${PRICE_PLACES} decimals. Round it.`);
    return this.#size(
      column,
      text,
      scaled === undefined
        ? undefined
        : divideRounded(scaled * BigInt(BYTES_PER_KB), 10n ** BigInt(PRICE_PLACES)),
    );
  }

  #size(column: string, text: string, size: bigint | undefined): Bytes | undefined {
    if (size === undefined) return this.fault(column, explainNumber(text));
    if (text.startsWith("-") && size !== 0n)
      return this.fault(column, `${showCell(text)} is negative. Amounts of data are zero or more.`);
    if (size > BigInt(MAX_BYTES))
      return this.fault(
        column,
        `${showCell(text)} is past 1 PiB (1,073,741,824 MB), the most an amount of data may be.`,
      );
    return bytes(Number(size));
  }

  /** A whole number from 0. */
  count(column: string, blank: number): number | undefined {
    const text = this.text(column);
    if (text === "") return blank;
    const value = parseScaled(text, 0);
    if (typeof value !== "bigint" || value < 0n || value > 1_000_000_000n) {
      return this.fault(
        column,
        `${showCell(text)} is not a number of SIMs. Write a whole number from 0 to 1,000,000,000, or leave it blank.`,
      );
    }
    return Number(value);
  }

  word<Word extends string>(column: string, words: readonly Word[], blank?: Word): Word | undefined {
    const text = this.text(column);
    if (text === "" && blank !== undefined) return blank;
    const lower = text.toLowerCase();
    const found = words.find((word) => word === lower);
    return (
      found ??
      this.fault(
        column,
        `${text === "" ? "is blank" : `${showCell(text)} is not known`}. Write one of ${words.join(", ")}.${suggestNearest(lower, words)}`,
      )
    );
  }

  yesNo(column: string, blank: boolean): boolean | undefined {
    const text = this.text(column);
    if (text === "") return blank;
    return YES_NO.get(text.toLowerCase()) ?? this.fault(column, `${showCell(text)} is neither yes nor no.`);
  }
}

export const YES_NO: ReadonlyMap<string, boolean> = new Map([
  ["yes", true],
  ["true", true],
  ["y", true],
  ["1", true],
  ["no", false],
  ["false", false],
  ["n", false],
  ["0", false],
]);
