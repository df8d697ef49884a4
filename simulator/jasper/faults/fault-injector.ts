import { parseInstantMs } from "../clock/carrier-dates.ts";
import { STREAM, hash32, uniform } from "../fleet/draws.ts";
import type { Call } from "../http/call.ts";
import { FAULTS, checked } from "./fault-spec.ts";
import type { FaultName, FaultSpec } from "./fault-spec.ts";

export interface ActiveFault {
  readonly id: number;
  readonly spec: FaultSpec;
  /** How often it has struck. */
  struck: number;
}

const HAPPENS_ONCE: readonly FaultName[] = ["F13", "F14", "F15"];

/** The faults that are switched on, and whether one strikes a call. */
export class FaultInjector {
  readonly #seed: number;
  readonly #faults: ActiveFault[] = [];
  #made = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  get active(): readonly ActiveFault[] {
    return this.#faults;
  }

  inject(spec: FaultSpec): number {
    const times = spec.times ?? (HAPPENS_ONCE.includes(spec.fault) ? 1 : Infinity);
    const id = ++this.#made;
    this.#faults.push({ id, spec: { ...checked(spec), times }, struck: 0 });
    return id;
  }

  /** Switches one fault off, or all. Whether there was any. */
  clear(id?: number): boolean {
    const kept = this.#faults.filter((fault) => id !== undefined && fault.id !== id);
    return this.#faults.splice(0, this.#faults.length, ...kept).length > kept.length;
  }

  /** The faults of that name that strike the call, counted as struck. */
  strike(
    name: FaultName,
    call: Call,
    about: "subject" | "anything" = "subject",
    ofKind: (kind: string | undefined) => boolean = () => true,
  ): ActiveFault[] {
    return this.holding(name, call, about).filter((fault) => {
      const strikes = ofKind(fault.spec.kind) && this.drawn(fault, call);
      if (strikes) fault.struck++;
      return strikes;
    });
  }

  /** The faults of that name whose conditions hold; the caller draws and counts. */
  holding(name: FaultName, call: Call, about: "subject" | "anything" = "subject"): ActiveFault[] {
    return this.#faults.filter((fault) => fault.spec.fault === name && this.#holds(fault, call, about));
  }

  /** The same answer for the same keys each time: for faults that stick to a SIM. */
  sticks(fault: ActiveFault, a: number, b = 0): boolean {
    return uniform(this.#seed ^ fault.id, STREAM.faultSim, a, b) < (fault.spec.probability ?? 1);
  }

  kindOf(
    fault: ActiveFault,
    call: Call,
    possible: readonly string[] = FAULTS[fault.spec.fault].kinds,
  ): string | undefined {
    const { kind } = fault.spec;
    const kinds = FAULTS[fault.spec.fault].kinds.filter(
      (k) => k !== "any" && k !== "slow" && possible.includes(k),
    );
    if (kind !== undefined && kind !== "any") return possible.includes(kind) ? kind : undefined;
    if (kind === undefined && FAULTS[fault.spec.fault].kinds[0] !== "any") return kinds[0];
    return kinds[this.pick(fault, call, 0) % Math.max(1, kinds.length)];
  }

  /** A whole number drawn for this fault and call. */
  pick(fault: ActiveFault, call: Call, nth: number): number {
    return hash32(this.#seed ^ fault.id, STREAM.faultPick, call.number, nth);
  }

  #holds(fault: ActiveFault, call: Call, about: "subject" | "anything"): boolean {
    const { times = Infinity, calls, route, from, until, iccids } = fault.spec;
    if (fault.struck >= times) return false;
    if (calls !== undefined && (call.number < calls.from || call.number > calls.to)) return false;
    if (route !== undefined && call.route !== route) return false;
    if (from !== undefined && call.nowMs < (parseInstantMs(from) ?? 0)) return false;
    if (until !== undefined && call.nowMs >= (parseInstantMs(until) ?? Infinity)) return false;
    return about === "anything" || iccids === undefined || iccids.includes(call.subject);
  }

  /** Whether the fault's probability picks this call. */
  drawn(fault: ActiveFault, call: Call): boolean {
    const { probability = 1 } = fault.spec;
    return probability >= 1 || uniform(this.#seed ^ fault.id, STREAM.fault, call.number) < probability;
  }
}
