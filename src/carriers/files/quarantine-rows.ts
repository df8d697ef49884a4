import type { QuarantinedRow } from "./device-table.ts";

/** Rows kept at most: a file with more than this is refused anyway. */
const KEPT = 500_000;

/** Rows that could not be read, and how many there were. */
export class Quarantine {
  readonly rows: QuarantinedRow[] = [];
  count = 0;

  add(row: () => QuarantinedRow): void {
    this.count++;
    if (!this.isFull) this.rows.push(row());
  }

  get isFull(): boolean {
    return this.rows.length >= KEPT;
  }
}

/** SIMs and quarantined rows in input order: a SIM's index, or -1 - index of the quarantined row. */
export function* inInputOrder(sims: number, quarantined: readonly QuarantinedRow[]): Iterable<number> {
  let sim = 0;
  for (const [index, row] of quarantined.entries()) {
    while (sim < row.simsBefore) yield sim++;
    yield -1 - index;
  }
  while (sim < sims) yield sim++;
}
