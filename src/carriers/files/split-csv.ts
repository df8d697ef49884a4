import { isUtf8 } from "node:buffer";
import { declaredSeparator, detectSeparator, findLineEnd, newlineOf } from "./detect-dialect.ts";
import { MAX_COLUMNS, cellText, emptyRow, widenRow, type RowConsumer } from "./row-consumer.ts";

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;
const QUOTE = 0x22;

/** A row longer than this is an opened quote that never closes, or not a table. */
export const MAX_ROW_BYTES = 1 << 20;

type Scan = "row" | "incomplete" | "broken";

/**
 * Splits CSV (RFC 4180, with any of the usual separators) into rows without making a string per cell: a row is handed
 * over as positions in the bytes. A quote inside an unquoted cell stands for itself; text after a closing quote, or a
 * quote that never closes, ends the reading, because rows could be lost in it.
 */
export class CsvSplitter {
  readonly #consumer: RowConsumer;
  readonly #row = emptyRow();
  #bytes = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  #line = 1;
  #separator = 0;
  #newline = LF;
  #started = false;
  #broken = false;
  /** Line breaks inside quotes in the row at hand. */
  #quotedLines = 0;
  /** Cells of the row at hand with doubled quotes in them. */
  #escaped: number[] = [];

  constructor(consumer: RowConsumer) {
    this.#consumer = consumer;
  }

  /** false: the rest cannot be read. */
  push(chunk: Uint8Array): boolean {
    if (chunk.length === 0) return !this.#broken;
    this.#append(chunk);
    if (!this.#broken) this.#split(false);
    return !this.#broken;
  }

  finish(): void {
    if (!this.#broken) this.#split(true);
  }

  /** Moves what is left of the last chunk to the front and puts the chunk behind it. */
  #append(chunk: Uint8Array): void {
    const left = this.#end - this.#start;
    if (left + chunk.length > this.#bytes.length) {
      const wider = Buffer.allocUnsafeSlow(Math.max((left + chunk.length) * 2, 1 << 16));
      this.#bytes.copy(wider, 0, this.#start, this.#end);
      this.#bytes = wider;
    } else {
      this.#bytes.copyWithin(0, this.#start, this.#end);
    }
    this.#bytes.set(chunk, left);
    this.#start = 0;
    this.#end = left + chunk.length;
    this.#row.bytes = this.#bytes;
  }

  #split(final: boolean): void {
    if (!this.#started && !this.#begin(final)) return;
    if (!this.#isUtf8(final)) return;
    while (this.#start < this.#end) {
      const line = this.#line;
      const scan = this.#scan(final);
      if (scan === "broken") return;
      if (scan === "incomplete") {
        if (this.#end - this.#start > MAX_ROW_BYTES)
          this.#stop(
            line,
            `a row of more than ${MAX_ROW_BYTES / 1024} KiB begins here: a quote opens and does not close, or this is not CSV.`,
          );
        return;
      }
      if (this.#isBlank()) continue;
      this.#row.line = line;
      this.#unescape();
      this.#emit();
      if (this.#broken) return;
    }
  }

  #emit(): void {
    const row = this.#row;
    if (this.#started) return this.#consumer.row(row);
    this.#started = true;
    if (row.count <= MAX_COLUMNS) {
      this.#consumer.header(
        Array.from({ length: row.count }, (_, cell) => cellText(row, cell)),
        row.line,
      );
    } else {
      this.#stop(
        row.line,
        `the header has ${row.count} columns; at most ${MAX_COLUMNS} are read. ${this.#expected()}`,
      );
    }
  }

  #expected(): string {
    return `Expected a header with the columns ${this.#consumer.knownColumns.join(", ")}.`;
  }

  /** Skips blank lines before the header and finds the dialect from it. false: not enough bytes yet. */
  #begin(final: boolean): boolean {
    while (this.#start < this.#end) {
      const lineEnd = findLineEnd(this.#bytes, this.#start, this.#end);
      const lookahead = lineEnd >= 0 && lineEnd + 1 >= this.#end;
      if ((lineEnd < 0 || lookahead) && !final) {
        if (this.#end - this.#start > MAX_ROW_BYTES)
          this.#stop(
            this.#line,
            `the first line is longer than ${MAX_ROW_BYTES / 1024} KiB. ${this.#expected()}`,
          );
        return false;
      }
      const text = this.#bytes.toString("utf8", this.#start, lineEnd < 0 ? this.#end : lineEnd);
      this.#newline = newlineOf(this.#bytes, lineEnd);
      const declared = declaredSeparator(text);
      if (text.trim() !== "" && declared === undefined) {
        if (this.#separator === 0) this.#separator = detectSeparator(text, this.#consumer.knownColumns);
        return true;
      }
      if (declared !== undefined) this.#separator = declared;
      if (lineEnd < 0) this.#start = this.#end;
      else this.#start = lineEnd + (this.#bytes[lineEnd] === CR && this.#bytes[lineEnd + 1] === LF ? 2 : 1);
      this.#line++;
    }
    return false;
  }

  /** Checks all whole lines at once; on a fault, finds the line. */
  #isUtf8(final: boolean): boolean {
    const end = final ? this.#end : this.#bytes.lastIndexOf(this.#newline, this.#end - 1) + 1;
    if (end <= this.#start || isUtf8(this.#bytes.subarray(this.#start, end))) return true;
    let line = this.#line;
    for (let start = this.#start; start < end; line++) {
      const found = this.#bytes.indexOf(this.#newline, start);
      const lineEnd = found < 0 || found >= end ? end : found + 1;
      if (!isUtf8(this.#bytes.subarray(start, lineEnd))) break;
      start = lineEnd;
    }
    this.#stop(line, "this line is not UTF-8. Save the file as CSV UTF-8 (in Excel: Save As, CSV UTF-8).");
    return false;
  }

  /** Finds the cells of the next row and moves behind it. */
  #scan(final: boolean): Scan {
    const bytes = this.#bytes;
    const end = this.#end;
    const separator = this.#separator;
    const newline = this.#newline;
    const row = this.#row;
    let position = this.#start;
    this.#quotedLines = 0;
    row.count = 0;
    if (this.#escaped.length > 0) this.#escaped = [];
    for (;;) {
      if (row.count === row.starts.length) widenRow(row);
      let byte = position < end ? (bytes[position] as number) : -1;
      if (byte === QUOTE) {
        const close = this.#closingQuote(position, final);
        if (typeof close === "string") return close;
        row.starts[row.count] = position + 1;
        row.ends[row.count] = close;
        position = close + 1;
        if (newline === LF && position < end && bytes[position] === CR) position++;
        byte = position < end ? (bytes[position] as number) : -1;
        if (byte !== separator && byte !== newline && byte !== -1) {
          return this.#stop(
            this.#line + this.#quotedLines,
            'there is text after a closing quote. Double a quote that belongs to the text (""), or remove it.',
          );
        }
      } else {
        const start = position;
        while (position < end && (byte = bytes[position] as number) !== separator && byte !== newline)
          position++;
        if (position >= end) byte = -1;
        row.starts[row.count] = start;
        row.ends[row.count] =
          byte !== separator && newline === LF && position > start && bytes[position - 1] === CR
            ? position - 1
            : position;
      }
      row.count++;
      if (byte === separator) {
        position++;
        continue;
      }
      if (byte === -1 && !final) return "incomplete";
      this.#start = byte === -1 ? position : position + 1;
      this.#line += 1 + this.#quotedLines;
      return "row";
    }
  }

  /** Position of the quote that closes the cell whose quote opens at `open`. */
  #closingQuote(open: number, final: boolean): number | Exclude<Scan, "row"> {
    const bytes = this.#bytes;
    const end = this.#end;
    let escaped = false;
    for (let position = open + 1; ; position++) {
      for (; position < end && bytes[position] !== QUOTE; position++) {
        if (bytes[position] === this.#newline) this.#quotedLines++;
      }
      if (position >= end && final) {
        return this.#stop(
          this.#line + this.#quotedLines,
          `a quote opens in the row that begins at line ${this.#line} and does not close. Close it, or remove the quote.`,
        );
      }
      if (position >= end || (position + 1 >= end && !final)) return "incomplete";
      if (position + 1 >= end || bytes[position + 1] !== QUOTE) {
        if (escaped) this.#escaped.push(this.#row.count);
        return position;
      }
      escaped = true;
      position++;
    }
  }

  #stop(line: number, message: string): "broken" {
    this.#broken = true;
    this.#consumer.broken({ line, message });
    return "broken";
  }

  /** No cell holds anything but blanks. */
  #isBlank(): boolean {
    const { bytes, starts, ends, count } = this.#row;
    for (let cell = 0; cell < count; cell++) {
      for (let i = starts[cell] as number; i < (ends[cell] as number); i++) {
        if (bytes[i] !== SPACE && bytes[i] !== TAB) return false;
      }
    }
    return true;
  }

  /** Makes single quotes of doubled ones, in place. */
  #unescape(): void {
    const { bytes, starts, ends } = this.#row;
    for (const cell of this.#escaped) {
      let to = starts[cell] as number;
      for (let from = to; from < (ends[cell] as number); from++) {
        bytes[to++] = bytes[from] as number;
        if (bytes[from] === QUOTE) from++;
      }
      ends[cell] = to;
    }
  }
}
