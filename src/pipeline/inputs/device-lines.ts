import { formatMegabytesExact } from "../../billing/decimal.ts";
import { copyCells } from "../../ports/copy-text.ts";
import type { ByteText } from "../../reports/byte-text.ts";
import { csvLine } from "../tariff/csv-text.ts";

const NEWLINE = 0x0a;
const TAB = 0x09;
const ZERO = 0x30;
const TRUE = 0x74;
/** Cells of every row; `usage_bytes` is the third. */
const FIXED_CELLS = 5;
const USAGE = 2;

/** Bytes that COPY escapes or CSV quotes: a row with one of them is taken apart as text. */
const SPECIAL = new Uint8Array(256);
for (const character of '\\",\r') SPECIAL[character.charCodeAt(0)] = 1;

/** Rows of `deviceRows` as lines of a devices file: cells are copied as they stand, usage becomes decimal MB. */
export class DeviceLines {
  readonly #out: ByteText;
  /** Place of the cell that says whether a SIM is locked; -1 where the rows have none. */
  readonly #locked: number;
  #rest: Buffer = Buffer.alloc(0);

  constructor(out: ByteText, columns: readonly string[]) {
    this.#out = out;
    this.#locked = columns.includes("locked") ? FIXED_CELLS + columns.indexOf("locked") : -1;
  }

  /** Writes the rows that end in a chunk; the rest waits for the next one. */
  push(chunk: Uint8Array): void {
    const bytes = Buffer.concat([this.#rest, chunk]);
    let start = 0;
    for (let end = 0; (end = bytes.indexOf(NEWLINE, start)) >= 0; start = end + 1)
      if (isSpecial(bytes, start, end)) this.#writeText(bytes.toString("utf8", start, end));
      else this.#writeCells(bytes, start, end);
    this.#rest = bytes.subarray(start);
  }

  #writeCells(bytes: Buffer, start: number, end: number): void {
    let cell = 0;
    for (let from = start, at = start; at <= end; at++) {
      if (at < end && bytes[at] !== TAB) continue;
      if (cell > 0) this.#out.write(",");
      if (cell === USAGE) this.#out.write(formatMegabytesExact(wholeNumber(bytes, from, at)));
      else if (cell === this.#locked) this.#out.write(bytes[from] === TRUE ? "yes" : "no");
      else this.#out.writePart(bytes, from, at);
      from = at + 1;
      cell++;
    }
    this.#out.write("\n");
  }

  #writeText(line: string): void {
    const cells = copyCells(line).map((cell) => cell ?? "");
    const usage = cells[USAGE] ?? "";
    cells[USAGE] = usage === "" ? "" : formatMegabytesExact(Number(usage));
    if (this.#locked >= 0) cells[this.#locked] = cells[this.#locked] === "t" ? "yes" : "no";
    this.#out.write(csvLine(cells));
  }
}

function isSpecial(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (SPECIAL[bytes[at] as number] === 1) return true;
  return false;
}

function wholeNumber(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) value = value * 10 + (bytes[at] as number) - ZERO;
  return value;
}
