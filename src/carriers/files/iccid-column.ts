import { grown } from "./grow-column.ts";

const WORDS = 3;
/** Slots from which on the hash only doubles, to spare memory. */
const LARGE = 1 << 20;
const FEWEST_SLOTS = 1 << 12;
const MIN_DIGITS = 18;
const MAX_DIGITS = 22;
const ZERO = 0x30;
/** Fills the places after the last digit, as on the SIM itself. */
const FILLER = 0xf;

/**
 * ICCIDs as text of 18 to 22 digits in 12 bytes each: four bits a digit, so that leading zeros and the length are
 * kept. None repeats while they ascend; from the first that does not on, an open-addressing hash over them finds
 * repeated ones.
 */
export class IccidColumn {
  #words = new Uint32Array(WORDS * 1024);
  /** 1 + index of the SIM; 0 where the slot is free. */
  #slots = new Uint32Array(FEWEST_SLOTS);
  #size = 0;
  /** Each is greater than the one before: the hash is still empty. */
  #ascends = true;
  readonly #next = new Uint32Array(WORDS);

  get size(): number {
    return this.#size;
  }

  /** Takes the digits at `bytes[start..end)` for the next operation. false: they are no ICCID. */
  take(bytes: Uint8Array, start: number, end: number): boolean {
    const length = end - start;
    if (length < MIN_DIGITS || length > MAX_DIGITS) return false;
    let position = start;
    for (let word = 0; word < WORDS; word++) {
      let value = 0;
      for (let place = 0; place < 8; place++, position++) {
        const digit = position < end ? (bytes[position] as number) - ZERO : FILLER;
        if (position < end && (digit < 0 || digit > 9)) return false;
        value = (value << 4) | digit;
      }
      this.#next[word] = value;
    }
    return true;
  }

  /** Index of the SIM that has the ICCID taken last; -1 where none has. */
  find(): number {
    if (this.#ascends) this.#hashAll();
    const [a, b, c] = this.#next as unknown as [number, number, number];
    const mask = this.#slots.length - 1;
    const words = this.#words;
    for (let slot = hash(a, b, c) & mask; ; slot = (slot + 1) & mask) {
      const sim = (this.#slots[slot] as number) - 1;
      if (sim < 0) return -1;
      if (words[sim * WORDS] === a && words[sim * WORDS + 1] === b && words[sim * WORDS + 2] === c)
        return sim;
    }
  }

  /** Adds the ICCID taken last as the next SIM, or finds the SIM that has it: then nothing is added. */
  findOrAdd(): number {
    const a = this.#next[0] as number;
    const b = this.#next[1] as number;
    const c = this.#next[2] as number;
    if (this.#ascends) {
      if (this.#isPastLast(a, b, c)) return this.#append(a, b, c);
      this.#hashAll();
    }
    if (this.#size * 2 >= this.#slots.length) this.#rehash(moreSlots(this.#slots.length));
    const slots = this.#slots;
    const words = this.#words;
    const mask = slots.length - 1;
    let slot = hash(a, b, c) & mask;
    for (let taken = slots[slot] as number; taken !== 0; taken = slots[slot] as number) {
      const at = (taken - 1) * WORDS;
      if (words[at] === a && words[at + 1] === b && words[at + 2] === c) return taken - 1;
      slot = (slot + 1) & mask;
    }
    slots[slot] = this.#size + 1;
    return this.#append(a, b, c);
  }

  #isPastLast(a: number, b: number, c: number): boolean {
    const last = (this.#size - 1) * WORDS;
    if (last < 0) return true;
    const words = this.#words;
    if (words[last] !== a) return (words[last] as number) < a;
    if (words[last + 1] !== b) return (words[last + 1] as number) < b;
    return (words[last + 2] as number) < c;
  }

  #append(a: number, b: number, c: number): -1 {
    const at = this.#size * WORDS;
    if (at === this.#words.length) this.#words = grown(this.#words, at * 2);
    this.#words[at] = a;
    this.#words[at + 1] = b;
    this.#words[at + 2] = c;
    this.#size++;
    return -1;
  }

  #hashAll(): void {
    this.#ascends = false;
    let slots = this.#slots.length;
    while (this.#size * 2 >= slots) slots = moreSlots(slots);
    this.#rehash(slots);
  }

  #rehash(length: number): void {
    const slots = new Uint32Array(length);
    const mask = slots.length - 1;
    for (let sim = 0; sim < this.#size; sim++) {
      const at = sim * WORDS;
      let slot =
        hash(this.#words[at] as number, this.#words[at + 1] as number, this.#words[at + 2] as number) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = sim + 1;
    }
    this.#slots = slots;
  }

  /** Drops the hash and the spare room; gives the reader of the column. */
  finish(): (sim: number) => string {
    this.#slots = new Uint32Array(0);
    const words = grown(this.#words, this.#size * WORDS);
    this.#words = words;
    return (sim) => iccidText(words, sim);
  }
}

const digits = Buffer.alloc(WORDS * 8);

const moreSlots = (slots: number): number => slots * (slots < LARGE ? 4 : 2);

function iccidText(words: Uint32Array, sim: number): string {
  if (!(sim >= 0 && (sim + 1) * WORDS <= words.length))
    throw new RangeError(`SIM ${sim} is not in the fleet`);
  for (let place = 0; place < digits.length; place++) {
    const word = words[sim * WORDS + (place >>> 3)] as number;
    const digit = (word >>> (28 - 4 * (place & 7))) & 0xf;
    if (digit === FILLER) return digits.toString("latin1", 0, place);
    digits[place] = ZERO + digit;
  }
  return digits.toString("latin1");
}

/** Scatters three words over 32 bits (the finaliser of MurmurHash3, by Austin Appleby, public domain). */
function hash(a: number, b: number, c: number): number {
  let h = Math.imul(a, 0xcc9e2d51) ^ Math.imul(b, 0x1b873593) ^ Math.imul(c ^ (b >>> 7), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
