import { daysOf } from "../clock/billing-calendar.ts";
import type { BillingCycle } from "../clock/billing-calendar.ts";
import { STREAM, hash32, normal, uniform } from "../fleet/draws.ts";
import { FIRMWARE_BYTES, FIRMWARE_COHORTS, PROFILES } from "../fleet/profiles.ts";
import type { DeviceStore } from "./device-store.ts";

export interface UsageCorrection {
  readonly cycleNumber: number;
  /** When the traffic happened, within the cycle. */
  readonly usageMs: number;
  /** When the carrier learnt of it. */
  readonly knownMs: number;
  /** Negative where usage is taken back. */
  readonly bytes: number;
}

const MONTH_DAYS = 30;
const NOISE_SIGMA = 0.15;

/**
 * The call records of the fleet, not stored but computed: how much a device had used at an instant of a cycle is
 * a function of the seed, rising with time. Corrections are the only records kept.
 */
export class UsageStore {
  readonly #seed: number;
  readonly #devices: DeviceStore;
  readonly #corrections = new Map<number, UsageCorrection[]>();
  readonly #weightBefore = new Float64Array(40);

  constructor(seed: number, devices: DeviceStore) {
    this.#seed = seed;
    this.#devices = devices;
  }

  correct(device: number, correction: UsageCorrection): void {
    this.#corrections.set(device, [...(this.#corrections.get(device) ?? []), correction]);
  }

  /** Bytes used from the start of the cycle until `untilMs`, as far as the carrier can know at `knownMs`. */
  bytesUntil(device: number, cycle: BillingCycle, untilMs: number, knownMs: number): number {
    const end = Math.min(untilMs, cycle.endMs, knownMs);
    if (end <= cycle.startMs) return 0;
    const bytes = this.#regularBytes(device, cycle, end) + this.#firmwareBytes(device, cycle, end);
    return Math.max(0, bytes + this.#correctedBytes(device, cycle, untilMs, knownMs));
  }

  bytesBetween(device: number, cycle: BillingCycle, fromMs: number, toMs: number, knownMs: number): number {
    const before = this.bytesUntil(device, cycle, fromMs, knownMs);
    return Math.max(0, this.bytesUntil(device, cycle, toMs, knownMs) - before);
  }

  /** The part of a number of bytes that was used abroad. */
  roamingBytes(device: number, bytes: number): number {
    const draw = uniform(this.#seed, STREAM.roaming, device);
    return draw > 0.03 ? 0 : Math.floor(bytes * (0.05 + draw * 10));
  }

  smsUntil(device: number, cycle: BillingCycle, untilMs: number): number {
    if (this.bytesUntil(device, cycle, untilMs, untilMs) === 0) return 0;
    const perCycle = hash32(this.#seed, STREAM.sms, device, cycle.number) % 9;
    const elapsed = (Math.min(untilMs, cycle.endMs) - cycle.startMs) / (cycle.endMs - cycle.startMs);
    return Math.floor(perCycle * elapsed);
  }

  sessionsUntil(device: number, cycle: BillingCycle, untilMs: number): number {
    let sessions = 0;
    for (let day = 0; day < daysOf(cycle) && (cycle.dayStartsMs[day] as number) < untilMs; day++) {
      sessions += this.sessionsOfDay(device, cycle, day);
    }
    return sessions;
  }

  /** At least one where the device sent anything that day. */
  sessionsOfDay(device: number, cycle: BillingCycle, day: number): number {
    const from = cycle.dayStartsMs[day] as number;
    const to = cycle.dayStartsMs[day + 1] as number;
    if (this.bytesBetween(device, cycle, from, to, to) === 0) return 0;
    return 1 + (hash32(this.#seed, STREAM.sessions, device, cycle.number * 32 + day) % 4);
  }

  #regularBytes(device: number, cycle: BillingCycle, untilMs: number): number {
    const mean = this.#devices.meanBytes[device] as number;
    if (mean === 0) return 0;
    this.#weighDays(device, cycle);
    const noise = Math.exp(
      NOISE_SIGMA * normal(this.#seed, STREAM.cycleNoise, device, cycle.number) - NOISE_SIGMA ** 2 / 2,
    );
    const wholeCycle = (mean * noise * daysOf(cycle)) / MONTH_DAYS;
    const activeShare =
      this.#activeWeight(device, cycle, untilMs) / (this.#weightBefore[daysOf(cycle)] as number);
    return Math.floor(wholeCycle * activeShare);
  }

  #weighDays(device: number, cycle: BillingCycle): void {
    let sum = 0;
    for (let day = 0; day < daysOf(cycle); day++) {
      this.#weightBefore[day] = sum;
      sum += 0.6 + 0.8 * uniform(this.#seed, STREAM.dayWeight, device, cycle.number * 32 + day);
    }
    this.#weightBefore[daysOf(cycle)] = sum;
  }

  #activeWeight(device: number, cycle: BillingCycle, untilMs: number): number {
    const fromMs = this.#devices.activeFromMs[device] as number;
    const stopMs = this.#devices.activeUntilMs[device] as number;
    let weight = this.#weightOf(cycle, fromMs, Math.min(stopMs, untilMs));
    for (const spell of this.#devices.pastSpells.get(device) ?? []) {
      weight += this.#weightOf(cycle, spell.fromMs, Math.min(spell.untilMs, untilMs));
    }
    return weight;
  }

  #weightOf(cycle: BillingCycle, fromMs: number, toMs: number): number {
    return fromMs >= toMs ? 0 : this.#weightUntil(cycle, toMs) - this.#weightUntil(cycle, fromMs);
  }

  #weightUntil(cycle: BillingCycle, atMs: number): number {
    if (atMs <= cycle.startMs) return 0;
    const days = daysOf(cycle);
    if (atMs >= cycle.endMs) return this.#weightBefore[days] as number;
    let day = Math.min(days - 1, Math.floor((atMs - cycle.startMs) / 86_400_000));
    while (day > 0 && (cycle.dayStartsMs[day] as number) > atMs) day--;
    while (day < days - 1 && (cycle.dayStartsMs[day + 1] as number) <= atMs) day++;
    const start = cycle.dayStartsMs[day] as number;
    const part = (atMs - start) / ((cycle.dayStartsMs[day + 1] as number) - start);
    const before = this.#weightBefore[day] as number;
    return before + part * ((this.#weightBefore[day + 1] as number) - before);
  }

  /** On one day of the cycle one cohort of the larger devices fetches new firmware. */
  #firmwareBytes(device: number, cycle: BillingCycle, untilMs: number): number {
    const profile = PROFILES[this.#devices.profile[device] as number];
    if (
      profile === undefined ||
      !profile.updatesFirmware ||
      (this.#devices.meanBytes[device] as number) === 0
    )
      return 0;
    const draw = hash32(this.#seed, STREAM.firmware, cycle.number);
    if (device % FIRMWARE_COHORTS !== draw % FIRMWARE_COHORTS) return 0;
    const dayMs = (cycle.dayStartsMs[(draw >>> 8) % daysOf(cycle)] as number) + 3 * 3_600_000;
    const active =
      dayMs >= (this.#devices.activeFromMs[device] as number) &&
      dayMs < (this.#devices.activeUntilMs[device] as number);
    return active && dayMs < untilMs ? FIRMWARE_BYTES : 0;
  }

  #correctedBytes(device: number, cycle: BillingCycle, untilMs: number, knownMs: number): number {
    let bytes = 0;
    for (const correction of this.#corrections.get(device) ?? []) {
      const counts = correction.cycleNumber === cycle.number && correction.usageMs < untilMs;
      if (counts && correction.knownMs <= knownMs) bytes += correction.bytes;
    }
    return bytes;
  }
}
