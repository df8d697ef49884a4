export const LOGGED_FIELDS = [
  "ratePlan",
  "status",
  "communicationPlan",
  "customer",
  "deviceID",
  "modemID",
  "overageLimitOverride",
  "fixedIPAddress",
  "fixedIpv6Address",
  "accountId",
  "iccid",
  "simNotes",
  ...numbered("accountCustom", 10),
  ...numbered("operatorCustom", 5),
  ...numbered("customerCustom", 5),
] as const;

export type LoggedField = (typeof LOGGED_FIELDS)[number];

export const CHANGE_STATES = ["Completed", "Pending", "Cancelled", "hidden"] as const;
export type ChangeState = (typeof CHANGE_STATES)[number];

export interface Change {
  readonly device: number;
  /** When it was asked for. */
  readonly atMs: number;
  readonly effectiveMs: number;
  readonly field: LoggedField;
  /** Codes: a plan version, a status, a communication plan, or a number of the string table. */
  readonly prior: number;
  readonly value: number;
  /** A number of the string table. */
  readonly user: number;
  readonly state: ChangeState;
}

function numbered(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${name}${i + 1}`);
}

/** Every change of every device, in columns, each linked to the device's change before it. */
export class ChangeLog {
  readonly #lastOf: Int32Array;
  #size = 0;
  #numbers = new Float64Array(2 * 256);
  #codes = new Int32Array(6 * 256);

  constructor(devices: number) {
    this.#lastOf = new Int32Array(devices).fill(-1);
  }

  get size(): number {
    return this.#size;
  }

  add(change: Change): number {
    const entry = this.#size++;
    if (entry * 2 >= this.#numbers.length) this.#grow();
    this.#numbers.set([change.atMs, change.effectiveMs], entry * 2);
    this.#codes.set(
      [
        change.device,
        LOGGED_FIELDS.indexOf(change.field),
        change.prior,
        change.value,
        change.user * CHANGE_STATES.length + CHANGE_STATES.indexOf(change.state),
        this.#lastOf[change.device] as number,
      ],
      entry * 6,
    );
    this.#lastOf[change.device] = entry;
    return entry;
  }

  at(entry: number): Change {
    const code = entry * 6;
    const userAndState = this.#codes[code + 4] as number;
    return {
      device: this.#codes[code] as number,
      atMs: this.#numbers[entry * 2] as number,
      effectiveMs: this.#numbers[entry * 2 + 1] as number,
      field: LOGGED_FIELDS[this.#codes[code + 1] as number] ?? "",
      prior: this.#codes[code + 2] as number,
      value: this.#codes[code + 3] as number,
      user: Math.floor(userAndState / CHANGE_STATES.length),
      state: CHANGE_STATES[userAndState % CHANGE_STATES.length] ?? "Completed",
    };
  }

  setState(entry: number, state: ChangeState): void {
    const at = entry * 6 + 4;
    const user = Math.floor((this.#codes[at] as number) / CHANGE_STATES.length);
    this.#codes[at] = user * CHANGE_STATES.length + CHANGE_STATES.indexOf(state);
  }

  hasChanges(device: number): boolean {
    return (this.#lastOf[device] as number) >= 0;
  }

  /** The device's changes, newest first. */
  *of(device: number): Generator<Change> {
    for (
      let entry = this.#lastOf[device] as number;
      entry >= 0;
      entry = this.#codes[entry * 6 + 5] as number
    ) {
      yield this.at(entry);
    }
  }

  /** The devices that left or joined the plan version at or after the instant; some may come twice. */
  *devicesThatUsed(planVersion: number, sinceMs: number): Generator<number> {
    const ratePlanField = LOGGED_FIELDS.indexOf("ratePlan");
    for (let entry = this.#size - 1; entry >= 0 && (this.#numbers[entry * 2] as number) >= sinceMs; entry--) {
      const at = entry * 6;
      if (this.#codes[at + 1] !== ratePlanField) continue;
      if (this.#codes[at + 2] === planVersion || this.#codes[at + 3] === planVersion)
        yield this.#codes[at] as number;
    }
  }

  #grow(): void {
    const numbers = new Float64Array(this.#numbers.length * 2);
    numbers.set(this.#numbers);
    this.#numbers = numbers;
    const codes = new Int32Array(this.#codes.length * 2);
    codes.set(this.#codes);
    this.#codes = codes;
  }
}
