import type { DictionaryColumn } from "../../billing/fleet.ts";
import { grown } from "./grow-column.ts";

const MAX_16_BITS = 0xffff;

/** Collects a column of few distinct texts from their bytes: a string is made only for a text that is new. */
export class DictionaryBuilder {
  readonly values: string[] = [];
  readonly #entries: Uint8Array[] = [];
  #hashes = new Uint32Array(64);
  /** 1 + code; 0 where the slot is free. */
  #slots = new Uint32Array(128);
  #codes: Uint16Array | Uint32Array = new Uint16Array(1024);

  /** Code of the text at `bytes[start..end)`, new or known. */
  codeOf(bytes: Buffer, start: number, end: number): number {
    const length = end - start;
    const key = hash(bytes, start, end);
    const mask = this.#slots.length - 1;
    let slot = key & mask;
    for (let taken = this.#slots[slot] as number; taken !== 0; taken = this.#slots[slot] as number) {
      const entry = this.#entries[taken - 1] as Uint8Array;
      if (this.#hashes[taken - 1] === key && entry.length === length && same(entry, bytes, start))
        return taken - 1;
      slot = (slot + 1) & mask;
    }
    return this.#add(slot, key, bytes, start, end);
  }

  /** Sets the code of a row; rows that are not set have code 0, the first text met. */
  set(row: number, code: number): void {
    if (row >= this.#codes.length)
      this.#codes = grown(this.#codes as Uint16Array, Math.max(row + 1, this.#codes.length * 2));
    if (code > MAX_16_BITS && this.#codes instanceof Uint16Array) this.#codes = Uint32Array.from(this.#codes);
    this.#codes[row] = code;
  }

  at(row: number): number {
    return this.#codes[row] as number;
  }

  finish(size: number): DictionaryColumn {
    return { codes: grown(this.#codes as Uint16Array, size), values: this.values };
  }

  #add(slot: number, key: number, bytes: Buffer, start: number, end: number): number {
    const code = this.values.length;
    this.values.push(bytes.toString("utf8", start, end));
    this.#entries.push(Uint8Array.prototype.slice.call(bytes, start, end));
    if (code === this.#hashes.length) this.#hashes = grown(this.#hashes, code * 2);
    this.#hashes[code] = key;
    this.#slots[slot] = code + 1;
    if ((code + 1) * 2 > this.#slots.length) this.#widen();
    return code;
  }

  #widen(): void {
    const slots = new Uint32Array(this.#slots.length * 4);
    const mask = slots.length - 1;
    for (let code = 0; code < this.values.length; code++) {
      let slot = (this.#hashes[code] as number) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = code + 1;
    }
    this.#slots = slots;
  }
}

/** A column that the file does not have: one blank text for all. */
export function blankColumn(size: number): DictionaryColumn {
  return { codes: new Uint16Array(size), values: [""] };
}

function same(entry: Uint8Array, bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < entry.length; i++) if (entry[i] !== bytes[start + i]) return false;
  return true;
}

/** FNV-1a, folded so that the low bits depend on all bytes. */
function hash(bytes: Uint8Array, start: number, end: number): number {
  let h = 0x811c9dc5;
  for (let i = start; i < end; i++) h = Math.imul(h ^ (bytes[i] as number), 0x01000193);
  return (h ^ (h >>> 15)) >>> 0;
}
