import type { IccidScheme } from "../fleet/iccid.ts";
import { SPARE_DEVICES } from "./recency-order.ts";
import { carriesTraffic, isFinal, statusCode, statusOf } from "./statuses.ts";
import type { Status } from "./statuses.ts";

/** The fleet in columns: `column[device]`, with room for a few devices that join later. */
export class DeviceStore {
  readonly status: Uint8Array;
  readonly planVersion: Uint16Array;
  readonly communicationPlan: Uint8Array;
  readonly overageLimitOverride: Uint8Array;
  readonly profile: Uint8Array;
  readonly dateAddedMs: Float64Array;
  readonly dateActivatedMs: Float64Array;
  /** Since when the status that the fleet was made with has held. */
  readonly statusSinceMs: Float64Array;
  /** Usage of an average month of 30 days. */
  readonly meanBytes: Float64Array;
  /** The device sends between these instants; earlier spells are in `pastSpells`. */
  readonly activeFromMs: Float64Array;
  readonly activeUntilMs: Float64Array;
  readonly pastSpells = new Map<number, { fromMs: number; untilMs: number }[]>();
  readonly #iccids: IccidScheme;
  readonly #texts = new Map<number, Map<string, string>>();
  #count: number;

  constructor(count: number, iccids: IccidScheme) {
    const capacity = count + SPARE_DEVICES;
    this.#count = count;
    this.#iccids = iccids;
    this.status = new Uint8Array(capacity);
    this.planVersion = new Uint16Array(capacity);
    this.communicationPlan = new Uint8Array(capacity);
    this.overageLimitOverride = new Uint8Array(capacity);
    this.profile = new Uint8Array(capacity);
    this.dateAddedMs = new Float64Array(capacity);
    this.dateActivatedMs = new Float64Array(capacity);
    this.statusSinceMs = new Float64Array(capacity);
    this.meanBytes = new Float64Array(capacity);
    this.activeFromMs = new Float64Array(capacity);
    this.activeUntilMs = new Float64Array(capacity);
  }

  get count(): number {
    return this.#count;
  }

  get capacity(): number {
    return this.status.length;
  }

  iccidOf(device: number): string {
    return this.#iccids.iccidOf(device);
  }

  deviceOf(iccid: string): number | undefined {
    const device = this.#iccids.deviceOf(iccid);
    return device !== undefined && device < this.#count ? device : undefined;
  }

  statusOf(device: number): Status {
    return statusOf(this.status[device] as number);
  }

  text(device: number, field: string): string | undefined {
    return this.#texts.get(device)?.get(field);
  }

  setText(device: number, field: string, text: string): void {
    let texts = this.#texts.get(device);
    if (texts === undefined) this.#texts.set(device, (texts = new Map<string, string>()));
    texts.set(field, text);
  }

  setStatus(device: number, status: Status, atMs: number): void {
    const before = this.statusOf(device);
    this.status[device] = statusCode(status);
    if (status === "ACTIVATED" && !(this.dateActivatedMs[device] as number))
      this.dateActivatedMs[device] = atMs;
    if (carriesTraffic(before) && !carriesTraffic(status)) this.#stop(device, atMs);
    if (!carriesTraffic(before) && carriesTraffic(status)) this.#start(device, atMs);
  }

  /** A copy of the device under a new ICCID; the old one keeps its history. Returns the new device's number. */
  addReplacement(device: number, atMs: number): number {
    if (this.#count >= this.capacity) throw new RangeError("The simulator has no room for another SIM.");
    const added = this.#count++;
    for (const column of [
      this.planVersion,
      this.communicationPlan,
      this.profile,
      this.meanBytes,
      this.status,
    ]) {
      column[added] = column[device] as number;
    }
    for (const column of [this.dateAddedMs, this.dateActivatedMs, this.statusSinceMs, this.activeFromMs]) {
      column[added] = atMs;
    }
    this.activeUntilMs[added] = isFinal(this.statusOf(device)) ? atMs : Infinity;
    return added;
  }

  #stop(device: number, atMs: number): void {
    this.activeUntilMs[device] = Math.min(this.activeUntilMs[device] as number, atMs);
  }

  #start(device: number, atMs: number): void {
    const fromMs = this.activeFromMs[device] as number;
    const untilMs = this.activeUntilMs[device] as number;
    if (fromMs < untilMs)
      this.pastSpells.set(device, [...(this.pastSpells.get(device) ?? []), { fromMs, untilMs }]);
    this.activeFromMs[device] = atMs;
    this.activeUntilMs[device] = Infinity;
  }
}
