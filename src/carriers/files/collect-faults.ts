import { PoolwiseError, faultText, type ErrorCode, type Fault } from "../../billing/errors.ts";

const KEPT = 20;

/** The first faults of a file, and how many there are. */
export class FaultList {
  readonly file: string;
  readonly faults: Fault[] = [];
  count = 0;

  constructor(file: string) {
    this.file = file;
  }

  add(fault: Omit<Fault, "file">): void {
    this.count++;
    if (this.faults.length < KEPT) this.faults.push({ file: this.file, ...fault });
  }

  /** @throws PoolwiseError with all faults, where there are any. */
  throwIfAny(code: ErrorCode = "input-invalid"): void {
    if (this.count > 0) throw faultsError(code, [this]);
  }
}

/** One error for the faults of several files. */
export function faultsError(code: ErrorCode, lists: readonly FaultList[], summary?: string): PoolwiseError {
  const faults = lists.flatMap((list) => list.faults);
  const faultCount = lists.reduce((sum, list) => sum + list.count, 0);
  const files = [...new Set(lists.filter((list) => list.count > 0).map((list) => list.file))];
  const [first] = faults;
  const message =
    summary ??
    (faultCount === 1 && first !== undefined
      ? faultText(first)
      : `${files.join(", ")}: ${faultCount.toLocaleString("en-US")} faults${faultCount > KEPT ? `, of which the first ${KEPT} are listed` : ""}.`);
  return new PoolwiseError(code, message, { faults: faults.slice(0, KEPT), faultCount, data: { files } });
}
