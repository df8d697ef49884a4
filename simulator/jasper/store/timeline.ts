import type { ChangeLog } from "./change-log.ts";
import type { DeviceStore } from "./device-store.ts";
import { statusOf } from "./statuses.ts";
import type { Status } from "./statuses.ts";

/** One stretch of time `[fromMs, toMs)` during which a value held. */
export interface Stretch<T> {
  readonly value: T;
  readonly fromMs: number;
  readonly toMs: number;
}

/** What each device carried when: read backwards from what it carries now. */
export class Timeline {
  readonly #devices: DeviceStore;
  readonly #log: ChangeLog;

  constructor(devices: DeviceStore, log: ChangeLog) {
    this.#devices = devices;
    this.#log = log;
  }

  /** The plan versions of a device over a time, in order; neighbours differ. */
  plans(device: number, fromMs: number, toMs: number): Stretch<number>[] {
    return this.#stretches(device, "ratePlan", this.#devices.planVersion[device] as number, fromMs, toMs);
  }

  planAt(device: number, atMs: number): number {
    return this.plans(device, atMs, atMs + 1)[0]?.value ?? (this.#devices.planVersion[device] as number);
  }

  statuses(device: number, fromMs: number, toMs: number): Stretch<Status>[] {
    const current = this.#devices.status[device] as number;
    const logged = this.#stretches(device, "status", current, fromMs, toMs);
    return logged.flatMap((stretch) => this.#beforeTheLog(device, stretch));
  }

  statusAt(device: number, atMs: number): Status {
    return this.statuses(device, atMs, atMs + 1)[0]?.value ?? "INVENTORY";
  }

  #stretches(
    device: number,
    field: string,
    current: number,
    fromMs: number,
    toMs: number,
  ): Stretch<number>[] {
    if (!this.#log.hasChanges(device)) return [{ value: current, fromMs, toMs }];
    const stretches: Stretch<number>[] = [];
    let value = current;
    let end = toMs;
    for (const change of this.#log.of(device)) {
      if (change.field !== field || change.state !== "Completed") continue;
      if (change.effectiveMs <= fromMs) break;
      if (change.effectiveMs < end) {
        stretches.push({ value, fromMs: change.effectiveMs, toMs: end });
        end = change.effectiveMs;
      }
      value = change.prior;
    }
    stretches.push({ value, fromMs, toMs: end });
    return stretches.toReversed();
  }

  /** The history that the fleet was made with: in stock, then active, then the status it was made with. */
  #beforeTheLog(device: number, stretch: Stretch<number>): Stretch<Status>[] {
    const made = statusOf(stretch.value);
    const sinceMs = this.#devices.statusSinceMs[device] as number;
    if (stretch.fromMs >= sinceMs) return [{ ...stretch, value: made }];
    const activatedMs = (this.#devices.dateActivatedMs[device] as number) || Infinity;
    const steps: Stretch<Status>[] = [
      { value: "INVENTORY", fromMs: -Infinity, toMs: Math.min(activatedMs, sinceMs) },
      { value: "ACTIVATED", fromMs: Math.min(activatedMs, sinceMs), toMs: sinceMs },
      { value: made, fromMs: sinceMs, toMs: Infinity },
    ];
    return steps.flatMap((step) => {
      const fromMs = Math.max(step.fromMs, stretch.fromMs);
      const toMs = Math.min(step.toMs, stretch.toMs);
      return fromMs < toMs ? [{ value: step.value, fromMs, toMs }] : [];
    });
  }
}
