import { cellText, type CellRow } from "./row-consumer.ts";
import { grown } from "./grow-column.ts";

const BLOCK_BYTES = 1 << 24;
const LENGTH_BYTES = 3;

/**
 * The cells that are only carried to the output: their bytes in blocks, each cell behind its length, and one offset a
 * row. A cell is at most 16 MiB, which the longest row that is read keeps below.
 */
export class CarriedCells {
  readonly #columns: readonly number[];
  readonly #blocks: Buffer[] = [];
  #offsets = new Float64Array(1024);
  #used = BLOCK_BYTES;

  constructor(columns: readonly number[]) {
    this.#columns = columns;
  }

  /** Keeps the carried cells of a row of the file as those of a SIM; what later SIMs had is given up. */
  set(sim: number, row: CellRow): void {
    if (this.#columns.length === 0) return;
    if (sim === this.#offsets.length) this.#offsets = grown(this.#offsets, sim * 2);
    let length = 0;
    for (const cell of this.#columns)
      length += LENGTH_BYTES + (row.ends[cell] as number) - (row.starts[cell] as number);
    let block = this.#blocks.at(-1);
    if (block === undefined || this.#used + length > block.length) {
      block = Buffer.allocUnsafeSlow(Math.max(BLOCK_BYTES, length));
      this.#blocks.push(block);
      this.#used = 0;
    }
    this.#offsets[sim] = (this.#blocks.length - 1) * BLOCK_BYTES + this.#used;
    for (const cell of this.#columns) {
      const start = row.starts[cell] as number;
      const end = row.ends[cell] as number;
      block.writeUIntLE(end - start, this.#used, LENGTH_BYTES);
      row.bytes.copy(block, this.#used + LENGTH_BYTES, start, end);
      this.#used += LENGTH_BYTES + end - start;
    }
  }

  /** Whether a row of the file carries the same cells as a SIM. */
  equals(sim: number, row: CellRow): boolean {
    return this.get(sim).every((text, i) => text === cellText(row, this.#columns[i] as number));
  }

  get(sim: number): string[] {
    if (this.#columns.length === 0) return [];
    const offset = this.#offsets[sim] as number;
    const block = this.#blocks[Math.floor(offset / BLOCK_BYTES)];
    if (block === undefined) throw new RangeError(`SIM ${sim} is not in the fleet`);
    let at = offset % BLOCK_BYTES;
    return this.#columns.map(() => {
      const length = block.readUIntLE(at, LENGTH_BYTES);
      const text = block.toString("utf8", at + LENGTH_BYTES, at + LENGTH_BYTES + length);
      at += LENGTH_BYTES + length;
      return text;
    });
  }
}
