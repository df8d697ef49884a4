import { emptyRow, widenRow, type CellRow, type RowConsumer } from "./row-consumer.ts";

/** Hands rows of texts to a consumer of bytes. */
export class RowEncoder {
  readonly #row: CellRow = { ...emptyRow(), bytes: Buffer.allocUnsafeSlow(1 << 16) };

  emit(consumer: RowConsumer, cells: readonly string[], line: number): void {
    const row = this.#row;
    let position = 0;
    row.count = 0;
    row.line = line;
    for (const cell of cells) {
      if (row.count === row.starts.length) widenRow(row);
      this.#reserve(position, cell.length * 3);
      row.starts[row.count] = position;
      position += row.bytes.write(cell, position, "utf8");
      row.ends[row.count] = position;
      row.count++;
    }
    if (position > 0) consumer.row(row);
  }

  #reserve(position: number, count: number): void {
    if (position + count <= this.#row.bytes.length) return;
    const wider = Buffer.allocUnsafeSlow((position + count) * 2);
    this.#row.bytes.copy(wider, 0, 0, position);
    this.#row.bytes = wider;
  }
}
