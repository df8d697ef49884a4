import { grown } from "./grow-column.ts";

/** Lines of SIMs, kept only where a line is not the one after the SIM before it. */
export class LineNumbers {
  #sims = new Float64Array(64);
  #lines = new Float64Array(64);
  #count = 0;
  #expected = -1;

  set(sim: number, line: number): void {
    if (line !== this.#expected) {
      if (this.#count === this.#sims.length) {
        this.#sims = grown(this.#sims, this.#count * 2);
        this.#lines = grown(this.#lines, this.#count * 2);
      }
      this.#sims[this.#count] = sim;
      this.#lines[this.#count] = line;
      this.#count++;
    }
    this.#expected = line + 1;
  }

  get(sim: number): number {
    let low = 0;
    let high = this.#count - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#sims[middle] as number) <= sim) low = middle;
      else high = middle - 1;
    }
    return (this.#lines[low] as number) + sim - (this.#sims[low] as number);
  }
}
