import type { Fault } from "../../../billing/errors.ts";
import { FaultList } from "../../../carriers/files/collect-faults.ts";
import type { InputSource } from "../../../carriers/files/input-source.ts";
import { sourceName } from "../../../carriers/files/input-source.ts";
import type { ReadProgress } from "../../../carriers/files/read-progress.ts";
import { readRows } from "../../../carriers/files/read-rows.ts";
import { cellText, type CellRow, type RowConsumer } from "../../../carriers/files/row-consumer.ts";
import type { AssignmentLine, ClaimedAssignment } from "../../../certificate/assignment-lines.ts";
import { ASSIGNMENT_COLUMNS, AssignmentCollector } from "../../../certificate/assignment-lines.ts";
import type { CheckInputs } from "../../../certificate/check-inputs.ts";

/**
 * Reads an `assignments.csv` line by line.
 * @throws PoolwiseError `file-unreadable` or `input-invalid`.
 */
export async function readAssignmentFile(
  source: InputSource,
  inputs: CheckInputs,
  onProgress?: (progress: ReadProgress) => void,
): Promise<ClaimedAssignment> {
  const consumer = new AssignmentRows(sourceName(source), new AssignmentCollector(inputs));
  await readRows(source, consumer, onProgress);
  return consumer.finish();
}

/** Columns are found by their exact names: a carried column may differ from ours in case alone. */
class AssignmentRows implements RowConsumer {
  readonly knownColumns = ASSIGNMENT_COLUMNS;
  readonly #faults: FaultList;
  readonly #collector: AssignmentCollector;
  readonly #at = new Map<keyof AssignmentLine, number>();
  #width = 0;

  constructor(name: string, collector: AssignmentCollector) {
    this.#faults = new FaultList(name);
    this.#collector = collector;
  }

  header(cells: readonly string[], line: number): void {
    this.#width = cells.length;
    for (const column of ASSIGNMENT_COLUMNS) {
      const at = cells.indexOf(column);
      if (at < 0)
        this.#faults.add({
          line,
          column,
          message: "the header does not have this column. Expected the assignments.csv that optimize writes.",
        });
      else if (cells.includes(column, at + 1))
        this.#faults.add({ line, column, message: "this column stands twice." });
      else this.#at.set(column, at);
    }
  }

  row(row: CellRow): void {
    if (this.#at.size < ASSIGNMENT_COLUMNS.length) return;
    if (row.count !== this.#width) {
      this.#faults.add({
        line: row.line,
        message: `the row has ${row.count} cells where the header has ${this.#width}.`,
      });
      return;
    }
    const cell = (column: keyof AssignmentLine): string => cellText(row, this.#at.get(column) ?? 0);
    this.#collector.add({
      iccid: cell("iccid"),
      current_plan: cell("current_plan"),
      recommended_plan: cell("recommended_plan"),
      changed: cell("changed"),
      usage_mb: cell("usage_mb"),
      current_cost: cell("current_cost"),
      recommended_cost: cell("recommended_cost"),
      saving: cell("saving"),
    });
  }

  broken(fault: Omit<Fault, "file">): void {
    this.#faults.add(fault);
  }

  finish(): ClaimedAssignment {
    if (this.#width === 0)
      this.#faults.add({ message: "the file is empty. Expected the assignments.csv that optimize writes." });
    this.#faults.throwIfAny();
    return this.#collector.finish();
  }
}
