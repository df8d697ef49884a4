import type { DeviceChange } from "./apply-change.ts";

export interface PendingChange {
  readonly dueMs: number;
  readonly device: number;
  readonly change: DeviceChange;
  readonly user: string;
  /** The entries of the change log that announce it. */
  readonly announced: readonly number[];
}

/** Changes that wait for their instant, earliest first; those of one instant in the order they were asked for. */
export class PendingChanges {
  #waiting: PendingChange[] = [];
  #sorted = true;

  get size(): number {
    return this.#waiting.length;
  }

  add(pending: PendingChange): void {
    const last = this.#waiting.at(-1);
    this.#sorted &&= last === undefined || last.dueMs <= pending.dueMs;
    this.#waiting.push(pending);
  }

  takeDue(nowMs: number): PendingChange[] {
    if (!this.#sorted) {
      this.#waiting.sort((a, b) => a.dueMs - b.dueMs);
      this.#sorted = true;
    }
    const firstLater = this.#waiting.findIndex((pending) => pending.dueMs > nowMs);
    if (firstLater === 0) return [];
    return this.#waiting.splice(0, firstLater < 0 ? this.#waiting.length : firstLater);
  }
}
