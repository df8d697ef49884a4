import { MICROS_PER_UNIT } from "../billing/units.ts";

/** Room for what a full chunk is passed by. */
const SPARE_BYTES = 1 << 14;
const ZERO = 0x30;
const POINT = 0x2e;
const MINUS = 0x2d;
const MAX_ASCII = 0x7f;
/** Up to this length a text is copied unit by unit: sooner done than a call out of the engine. */
const MOST_BY_UNIT = 24;
/** UTF-8 has at most this many bytes for a UTF-16 unit. */
const MOST_BYTES_A_UNIT = 3;

/** What each byte of a text means to a format, as bits; 0 for bytes that stand for themselves. */
export type ByteMarks = Uint8Array;

/** Marks all but printable ASCII with 1, and the characters given with marks of their own. */
export function byteMarks(special: Readonly<Record<string, number>>): ByteMarks {
  const marks = new Uint8Array(256).fill(1).fill(0, 0x20, 0x7f);
  for (const [character, mark] of Object.entries(special)) marks[character.charCodeAt(0)] = mark;
  return marks;
}

/** UTF-8 in writing, for files that have a line a SIM: no string is made for a line, and most cells are copied once. */
export class ByteText {
  readonly #chunkBytes: number;
  readonly #spare: Buffer<ArrayBuffer>[] = [];
  #bytes: Buffer<ArrayBuffer>;
  #length = 0;

  constructor(chunkBytes: number) {
    this.#chunkBytes = chunkBytes;
    this.#bytes = this.#memory();
  }

  /** Bytes written since the last `take`. */
  get length(): number {
    return this.#length;
  }

  /** Whether a chunk is full: time to `take` it. */
  get isFull(): boolean {
    return this.#length >= this.#chunkBytes;
  }

  write(text: string): void {
    const { length } = text;
    this.#roomFor(length * MOST_BYTES_A_UNIT);
    if (length > MOST_BY_UNIT) return this.#encode(text);
    const bytes = this.#bytes;
    const start = this.#length;
    for (let at = 0; at < length; at++) {
      const unit = text.charCodeAt(at);
      if (unit > MAX_ASCII) return this.#encode(text);
      bytes[start + at] = unit;
    }
    this.#length = start + length;
  }

  /** Writes a text. @returns the marks of its bytes, all together. */
  writeMarked(text: string, marks: ByteMarks): number {
    const start = this.#length;
    this.write(text);
    const bytes = this.#bytes;
    const end = this.#length;
    let found = 0;
    for (let at = start; at < end; at++) found |= marks[bytes[at] as number] as number;
    return found;
  }

  writeBytes(piece: Uint8Array): void {
    this.#roomFor(piece.length);
    this.#bytes.set(piece, this.#length);
    this.#length += piece.length;
  }

  /** Writes `bytes[start..end)`, a few of them. */
  writePart(bytes: Uint8Array, start: number, end: number): void {
    this.#roomFor(end - start);
    const to = this.#length - start;
    for (let at = start; at < end; at++) this.#bytes[to + at] = bytes[at] as number;
    this.#length += end - start;
  }

  /** Integer micros as `exactMoney` has them. */
  writeMoney(micros: number): void {
    const magnitude = Math.abs(micros);
    let fraction = magnitude % MICROS_PER_UNIT;
    const whole = (magnitude - fraction) / MICROS_PER_UNIT;
    let places = 6;
    for (; places > 2 && fraction % 10 === 0; places--) fraction /= 10;
    if (micros < 0) this.#writeByte(MINUS);
    this.writeWhole(whole);
    this.#writeByte(POINT);
    this.#writeDigits(fraction, places);
  }

  /** A whole number, zero or more. */
  writeWhole(value: number): void {
    let places = 1;
    for (let above = 10; above <= value; above *= 10) places++;
    this.#writeDigits(value, places);
  }

  /** Takes back what was written past a length. */
  cut(length: number): void {
    this.#length = length;
  }

  /** Puts a byte before and behind what was written past a length. */
  surround(length: number, byte: number): void {
    this.#roomFor(2);
    this.#bytes.copyWithin(length + 1, length, this.#length);
    this.#bytes[length] = byte;
    this.#bytes[this.#length + 1] = byte;
    this.#length += 2;
  }

  /** What was written, in memory of its own; begins anew. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#bytes = this.#spare.pop() ?? this.#memory();
    this.#length = 0;
    return taken;
  }

  /** Hands back what was taken and is done with, to be written over. */
  giveBack(taken: Uint8Array<ArrayBuffer>): void {
    this.#spare.push(Buffer.from(taken.buffer));
  }

  #memory(): Buffer<ArrayBuffer> {
    return Buffer.allocUnsafeSlow(this.#chunkBytes + SPARE_BYTES);
  }

  #encode(text: string): void {
    this.#length += this.#bytes.write(text, this.#length);
  }

  #writeByte(byte: number): void {
    this.#roomFor(1);
    this.#bytes[this.#length++] = byte;
  }

  #writeDigits(value: number, places: number): void {
    this.#roomFor(places);
    let rest = value;
    for (let at = this.#length + places - 1; at >= this.#length; at--) {
      const tenth = Math.floor(rest / 10);
      this.#bytes[at] = ZERO + rest - tenth * 10;
      rest = tenth;
    }
    this.#length += places;
  }

  #roomFor(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const wider = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(wider, 0, 0, this.#length);
    this.#bytes = wider;
  }
}
