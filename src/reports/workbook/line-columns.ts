import type { ByteText } from "../byte-text.ts";
import { byteMarks } from "../byte-text.ts";
import { exactMoney } from "../number-text.ts";
import { decimalXml, textXml } from "./cell.ts";
import { MAX_CELL_CHARACTERS, fitsDouble } from "./cell-text.ts";
import type { StyleIndex } from "./styles.ts";
import { Style } from "./styles.ts";

/** What needs a look; an underscore may begin what reads as an escape. */
const MARKS = byteMarks({ "&": 1, "<": 1, ">": 1, _: 1 });
const SPACE = 0x20;
const TEN = 10;
const ZERO = 0x30;
const CLOSE_TEXT = Buffer.from("</t></is></c>");
const CLOSE_NUMBER = Buffer.from("</v></c>");
/** Micros below which an amount has at most the 15 digits of a spreadsheet's numbers. */
const SURELY_FITS = 1e14;

/** A piece of XML with the number of the row in it, row after row. */
export class RowPiece {
  readonly #before: string;
  readonly #after: string;
  #row = -1;
  #bytes = Buffer.alloc(0);
  #lastDigit = 0;

  constructor(before: string, after: string) {
    this.#before = before;
    this.#after = after;
  }

  /** From one row to the next, mostly the last digit alone changes. */
  at(row: number): Uint8Array {
    const digit = row % TEN;
    if (row !== this.#row + 1 || digit === 0) {
      this.#bytes = Buffer.from(`${this.#before}${row}${this.#after}`);
      this.#lastDigit = this.#bytes.length - this.#after.length - 1;
    }
    this.#bytes[this.#lastDigit] = ZERO + digit;
    this.#row = row;
    return this.#bytes;
  }
}

/** A column of texts in writing, a cell for each row that has one: as `textXml` has them. */
export class TextColumn {
  readonly #letters: string;
  readonly #open: RowPiece;

  constructor(letters: string) {
    this.#letters = letters;
    this.#open = new RowPiece(`<c r="${letters}`, `" s="${Style.text}" t="inlineStr"><is><t>`);
  }

  write(out: ByteText, row: number, text: string): void {
    const open = this.#open.at(row);
    if (text === "") return;
    const from = out.length;
    out.writeBytes(open);
    const plain = !hasOuterBlank(text) && out.writeMarked(text, MARKS) === 0;
    if (plain && text.length <= MAX_CELL_CHARACTERS) return out.writeBytes(CLOSE_TEXT);
    out.cut(from);
    out.write(textXml(`${this.#letters}${row}`, text));
  }
}

function hasOuterBlank(text: string): boolean {
  return text.charCodeAt(0) <= SPACE || text.charCodeAt(text.length - 1) <= SPACE;
}

/** A column of numbers in writing: as `decimalXml` has them. */
export class NumberColumn {
  readonly #letters: string;
  readonly #style: StyleIndex;
  readonly #open: RowPiece;

  constructor(letters: string, style: StyleIndex) {
    this.#letters = letters;
    this.#style = style;
    this.#open = new RowPiece(`<c r="${letters}`, `" s="${style}"><v>`);
  }

  writeDecimal(out: ByteText, row: number, decimal: string): void {
    const open = this.#open.at(row);
    if (!fitsDouble(decimal)) return out.write(decimalXml(`${this.#letters}${row}`, decimal, this.#style));
    out.writeBytes(open);
    out.write(decimal);
    out.writeBytes(CLOSE_NUMBER);
  }

  writeMoney(out: ByteText, row: number, micros: number): void {
    if (Math.abs(micros) >= SURELY_FITS) return this.writeDecimal(out, row, exactMoney(micros));
    out.writeBytes(this.#open.at(row));
    out.writeMoney(micros);
    out.writeBytes(CLOSE_NUMBER);
  }
}
