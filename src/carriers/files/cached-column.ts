import { DictionaryBuilder } from "./dictionary-builder.ts";

/** A column of few distinct texts: each is read once, into a number or into why it cannot be read. */
export class CachedColumn {
  readonly #texts = new DictionaryBuilder();
  readonly #results: (number | string)[] = [];
  readonly #read: (text: string) => number | string;

  constructor(read: (text: string) => number | string) {
    this.#read = read;
  }

  at(bytes: Buffer, start: number, end: number): number | string {
    const code = this.#texts.codeOf(bytes, start, end);
    if (code === this.#results.length) this.#results.push(this.#read(this.#texts.values[code] ?? ""));
    return this.#results[code] as number | string;
  }
}
