import type { BillingCycle } from "../clock/billing-calendar.ts";
import { parseInstantMs } from "../clock/carrier-dates.ts";
import { parseFaults } from "../faults/fault-spec.ts";
import type { FaultSpec } from "../faults/fault-spec.ts";
import type { FaultInjector } from "../faults/fault-injector.ts";
import type { CarrierApi } from "../http/carrier-api.ts";
import { CallStats } from "../http/call-stats.ts";
import type { Invoice } from "../billing-engine/invoice.ts";
import { applyDueChanges } from "../store/apply-change.ts";
import { invoiceOf } from "../world.ts";
import type { World } from "../world.ts";
import { editBehindOnesBack } from "./background-edit.ts";
import type { BackgroundEdit } from "./background-edit.ts";
import { truthRows } from "./truth.ts";
import type { TruthRow } from "./truth.ts";

export interface SimulatorStats {
  readonly calls: number;
  readonly throttled: number;
  /** Calls that broke the pace: too many in a second, or more than one at a time. */
  readonly violations: { readonly rate: number; readonly concurrency: number };
  readonly mostAtOnce: number;
  readonly mostInOneSecond: number;
  readonly elapsedSeconds: number;
  readonly routes: Readonly<Record<string, number>>;
  readonly statuses: Readonly<Record<string, number>>;
  readonly faults: readonly { readonly id: number; readonly fault: string; readonly struck: number }[];
  readonly devices: number;
  readonly pendingChanges: number;
  readonly clock: string;
  readonly cycle: { readonly startDate: string; readonly start: string; readonly end: string };
}

/** Everything a test may do to the simulator, or ask it, behind the carrier's face. */
export class JasperControl {
  readonly world: World;
  readonly faults: FaultInjector;
  readonly #api: CarrierApi;

  constructor(world: World, faults: FaultInjector, api: CarrierApi) {
    this.world = world;
    this.faults = faults;
    this.#api = api;
  }

  stats(): SimulatorStats {
    const { stats, throttle } = this.#api;
    const nowMs = this.world.clock.nowMs();
    const cycle = this.world.calendar.at(nowMs);
    return {
      calls: stats.calls,
      throttled: stats.throttled,
      violations: { ...throttle.violations },
      mostAtOnce: throttle.mostAtOnce,
      mostInOneSecond: throttle.mostInOneSecond,
      elapsedSeconds: stats.elapsedSeconds,
      routes: { ...stats.routes },
      statuses: { ...stats.statuses },
      faults: this.faults.active.map(({ id, spec, struck }) => ({ id, fault: spec.fault, struck })),
      devices: this.world.devices.count,
      pendingChanges: this.world.pending.size,
      clock: new Date(nowMs).toISOString(),
      cycle: {
        startDate: cycle.key,
        start: new Date(cycle.startMs).toISOString(),
        end: new Date(cycle.endMs).toISOString(),
      },
    };
  }

  resetStats(): void {
    this.#api.stats = new CallStats();
    this.#api.throttle.reset();
  }

  setLimits(limits: { readonly callsPerSecond?: number; readonly concurrency?: number }): void {
    this.#api.throttle.setLimits(limits);
  }

  /** Returns the numbers under which the faults can be switched off again. */
  injectFault(spec: FaultSpec | string): number[] {
    const specs = typeof spec === "string" ? parseFaults(spec) : [spec];
    return specs.map((one) => this.faults.inject(one));
  }

  clearFaults(id?: number): boolean {
    return this.faults.clear(id);
  }

  advanceClock(ms: number): void {
    this.world.clock.advance(ms);
    applyDueChanges(this.world, this.world.clock.nowMs());
  }

  /** ISO-8601; never back. */
  setClock(instant: string): void {
    const ms = parseInstantMs(instant);
    if (ms === undefined) throw new RangeError(`"${instant}" is no ISO-8601 instant.`);
    this.world.clock.set(ms);
    applyDueChanges(this.world, this.world.clock.nowMs());
  }

  /** The cycle that starts on a local date, or the current one. */
  cycle(startDate?: string): BillingCycle {
    if (startDate === undefined) return this.world.calendar.at(this.world.clock.nowMs());
    const cycle = this.world.calendar.starting(startDate);
    if (cycle === undefined) throw new RangeError(`No billing cycle starts on ${startDate}.`);
    return cycle;
  }

  /** The invoice by the usage known now; `projected` takes an open cycle to its end, as the fleet will really behave. */
  invoice(startDate?: string, projected = false): Invoice {
    const cycle = this.cycle(startDate);
    const nowMs = this.world.clock.nowMs();
    return invoiceOf(this.world, cycle, projected ? Math.max(nowMs, cycle.endMs) : nowMs);
  }

  truth(startDate?: string): Generator<TruthRow> {
    return truthRows(this.world, this.cycle(startDate), this.world.clock.nowMs());
  }

  edit(edit: BackgroundEdit): void {
    editBehindOnesBack(this.world, edit);
  }
}
