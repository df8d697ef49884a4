import { MICRO_PLACES, readMegabytes, readSignedDecimal } from "./exact.ts";
import type { CheckInputs } from "./check-inputs.ts";
import { Reasons, quoted } from "./reasons.ts";

/** The columns of `assignments.csv` that are checked. */
export const ASSIGNMENT_COLUMNS = [
  "iccid",
  "current_plan",
  "recommended_plan",
  "changed",
  "usage_mb",
  "current_cost",
  "recommended_cost",
  "saving",
] as const;
export type AssignmentLine = Readonly<Record<(typeof ASSIGNMENT_COLUMNS)[number], string>>;

/** Stands for an empty cell of money. */
export const BLANK = -(2n ** 63n);
const NO_PLAN = 0xffff;
const MAX_MICROS = 2n ** 53n;
const NEUTRALISED = /^'+[=+\-@\t\r\n]/;

/** What an assignment says, by row of the devices file. Money in micros, `BLANK` where the cell is empty. */
export interface ClaimedAssignment {
  readonly plan: Uint16Array;
  readonly currentCost: BigInt64Array;
  readonly recommendedCost: BigInt64Array;
  readonly saving: BigInt64Array;
  /** What was wrong with single lines. */
  readonly reasons: Reasons;
}

/**
 * Takes the lines of an assignment one by one and finds each one's SIM. Lines in the order of the devices file need
 * no index of the fleet; any other order is understood as well.
 */
export class AssignmentCollector {
  readonly #inputs: CheckInputs;
  readonly #reasons = new Reasons();
  readonly #plan: Uint16Array;
  readonly #seen: Uint8Array;
  readonly #currentCost: BigInt64Array;
  readonly #recommendedCost: BigInt64Array;
  readonly #saving: BigInt64Array;
  readonly #planByCode: ReadonlyMap<string, number>;
  readonly #quarantined = new Map<string, number>();
  #rowOf: ReadonlyMap<string, number> | undefined;
  #expected = 0;

  constructor(inputs: CheckInputs) {
    const { size } = inputs.fleet;
    this.#inputs = inputs;
    this.#plan = new Uint16Array(size).fill(NO_PLAN);
    this.#seen = new Uint8Array(size);
    this.#currentCost = new BigInt64Array(size).fill(BLANK);
    this.#recommendedCost = new BigInt64Array(size).fill(BLANK);
    this.#saving = new BigInt64Array(size).fill(BLANK);
    this.#planByCode = new Map(inputs.tariff.plans.map((plan, index) => [plan.code, index]));
    for (const iccid of inputs.quarantined)
      this.#quarantined.set(iccid, (this.#quarantined.get(iccid) ?? 0) + 1);
  }

  add(line: AssignmentLine): void {
    if (this.#isQuarantined(line)) return;
    const row = this.#findRow(line.iccid);
    if (row === undefined) {
      this.#reasons.add(
        () =>
          `The assignment has a line for SIM ${quoted(line.iccid)}, which the devices file does not have.`,
      );
    } else if (this.#seen[row] === 1) {
      this.#reasons.add(() => `The assignment has more than one line for SIM ${line.iccid}.`);
    } else {
      this.#seen[row] = 1;
      this.#take(row, line);
    }
  }

  /** Ends the assignment; every SIM without a line is a reason. */
  finish(): ClaimedAssignment {
    this.#seen.forEach((seen, row) => {
      if (seen === 0)
        this.#reasons.add(() => `The assignment has no line for SIM ${this.#inputs.fleet.iccid(row)}.`);
    });
    for (const [iccid, left] of this.#quarantined) {
      if (left > 0)
        this.#reasons.add(() => `The assignment has no line for the quarantined row ${quoted(iccid)}.`);
    }
    return {
      plan: this.#plan,
      currentCost: this.#currentCost,
      recommendedCost: this.#recommendedCost,
      saving: this.#saving,
      reasons: this.#reasons,
    };
  }

  #isQuarantined(line: AssignmentLine): boolean {
    if (this.#quarantined.size === 0) return false;
    const iccid = restored(line.iccid);
    const left = this.#quarantined.get(iccid) ?? 0;
    if (left === 0 || line.current_cost + line.recommended_cost + line.saving !== "") return false;
    if (line.current_plan !== line.recommended_plan || line.changed !== "no") {
      this.#reasons.add(() => `The quarantined row ${quoted(iccid)} must keep its plan.`);
    }
    this.#quarantined.set(iccid, left - 1);
    return true;
  }

  #findRow(iccid: string): number | undefined {
    const { fleet } = this.#inputs;
    if (this.#expected < fleet.size && fleet.iccid(this.#expected) === iccid) return this.#expected++;
    this.#rowOf ??= new Map(Array.from({ length: fleet.size }, (_, row) => [fleet.iccid(row), row]));
    const row = this.#rowOf.get(iccid);
    if (row !== undefined) this.#expected = row + 1;
    return row;
  }

  #take(row: number, line: AssignmentLine): void {
    const { fleet, tariff } = this.#inputs;
    const current = fleet.ratePlan[row] as number;
    if (this.#planByCode.get(restored(line.current_plan)) !== current) {
      const code = tariff.plans[current]?.code ?? "";
      this.#reasons.add(
        () =>
          `SIM ${line.iccid}: current_plan is ${quoted(line.current_plan)}; the devices file says ${quoted(code)}.`,
      );
    }
    const plan = this.#planByCode.get(restored(line.recommended_plan));
    if (plan === undefined) {
      this.#reasons.add(
        () =>
          `SIM ${line.iccid}: recommended_plan is ${quoted(line.recommended_plan)}, which the plans file does not have.`,
      );
    } else {
      this.#plan[row] = plan;
      const changed = plan === current ? "no" : "yes";
      if (line.changed !== changed) {
        this.#reasons.add(
          () => `SIM ${line.iccid}: changed is ${quoted(line.changed)}; it must be ${quoted(changed)}.`,
        );
      }
    }
    this.#checkUsage(row, line);
    this.#currentCost[row] = this.#money(line, "current_cost");
    this.#recommendedCost[row] = this.#money(line, "recommended_cost");
    this.#saving[row] = this.#money(line, "saving");
  }

  #checkUsage(row: number, line: AssignmentLine): void {
    const usage = this.#inputs.fleet.usageBytes[row] as number;
    const claimed = line.usage_mb === "" ? undefined : readMegabytes(line.usage_mb);
    const agrees = Number.isNaN(usage) ? line.usage_mb === "" : claimed === BigInt(usage);
    if (agrees) return;
    const expected = Number.isNaN(usage) ? "unknown" : `${usage} bytes`;
    this.#reasons.add(
      () => `SIM ${line.iccid}: usage_mb is ${quoted(line.usage_mb)}; the devices file comes to ${expected}.`,
    );
  }

  #money(line: AssignmentLine, column: "current_cost" | "recommended_cost" | "saving"): bigint {
    const text = line[column];
    if (text === "") return BLANK;
    const micros = readSignedDecimal(text, MICRO_PLACES);
    if (micros !== undefined && micros < MAX_MICROS && micros > -MAX_MICROS) return micros;
    this.#reasons.add(
      () =>
        `SIM ${line.iccid}: ${column} is ${quoted(text)}; it must be a plain decimal of up to 6 places, below 2^53 millionths.`,
    );
    return BLANK;
  }
}

/** What stood in a cell before it was kept from being run as a formula by a `'` in front. */
function restored(cell: string): string {
  return NEUTRALISED.test(cell) ? cell.slice(1) : cell;
}
