import { DictionaryBuilder } from "./dictionary-builder.ts";

/** A column of few distinct texts: each is read once, into a value or into why it cannot be read. */
export class CachedColumn<Value extends number | boolean> {
  readonly #texts = new DictionaryBuilder();
  readonly #results: (Value | string)[] = [];
  readonly #read: (text: string) => Value | string;

  constructor(read: (text: string) => Value | string) {
    this.#read = read;
  }

  at(bytes: Buffer, start: number, end: number): Value | string {
    const code = this.#texts.codeOf(bytes, start, end);
    if (code === this.#results.length) this.#results.push(this.#read(this.#texts.values[code] ?? ""));
    return this.#results[code] as Value | string;
  }
}
