/** Each distinct text once, known by a number; 0 is the empty text. */
export class StringTable {
  readonly #texts: string[] = [""];
  readonly #codes = new Map<string, number>([["", 0]]);

  codeOf(text: string): number {
    let code = this.#codes.get(text);
    if (code === undefined) {
      code = this.#texts.length;
      this.#texts.push(text);
      this.#codes.set(text, code);
    }
    return code;
  }

  textOf(code: number): string {
    return this.#texts[code] ?? "";
  }
}
