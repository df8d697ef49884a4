import { DEFAULT_CONTRACT } from "./billing-engine/contract.ts";
import type { BillingContract } from "./billing-engine/contract.ts";
import { parseInstantMs } from "./clock/carrier-dates.ts";
import { isTimeZone } from "./clock/zoned-time.ts";
import { STREAM, hash32 } from "./fleet/draws.ts";
import type { JasperSimulatorOptions, SimulatedUser } from "./options.ts";

/** The options, checked, with every default filled in. */
export interface Settings extends Required<Omit<JasperSimulatorOptions, "contract" | "faults" | "clock">> {
  readonly contract: BillingContract;
  readonly clockStartMs: number;
}

const MAX_DEVICES = 4_000_000;

/** Throws RangeError with the option's name, what was expected and what was given. */
export function settle(options: JasperSimulatorOptions): Settings {
  const seed = options.seed ?? 1;
  whole("devices", options.devices, 1, MAX_DEVICES);
  whole("seed", seed, -(2 ** 53), 2 ** 53);
  whole("port", options.port ?? 0, 0, 65_535);
  whole("cycleDay", options.cycleDay ?? 1, 1, 31);
  whole("callsPerSecond", options.callsPerSecond ?? 5, 0, 1_000_000);
  whole("concurrency", options.concurrency ?? 1, 0, 1_000_000);
  const timeZone = options.timeZone ?? "America/New_York";
  if (!isTimeZone(timeZone))
    throw new RangeError(`timeZone must be an IANA name such as Europe/Berlin, got "${timeZone}".`);
  return {
    port: 0,
    cycleDay: 1,
    clockRate: 1,
    callsPerSecond: 5,
    concurrency: 1,
    throttleStyle: "400",
    throttleWindow: "fixed",
    users: [defaultUser(seed)],
    accountId: 100_020_620,
    currency: "USD",
    basePath: "/rws/api",
    lookback: "none",
    tillDefault: "none",
    pastEnd: "empty",
    pageSizeOver: "refuse",
    iccidLength: 20,
    zoneKeyCase: "lower",
    usageAttribution: "plan-at-the-time",
    futureChangeStatus: 202,
    latencyMs: 0,
    otherPlans: 112,
    unusualPlanShare: 0,
    ...options,
    seed: hash32(seed | 0, STREAM.apiKey, Math.floor(seed / 2 ** 32)),
    timeZone,
    clockStartMs: clockStart(options.clock),
    contract: { ...DEFAULT_CONTRACT, ...options.contract },
  };
}

function whole(name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`${name} must be a whole number from ${min} to ${max}, got ${value}.`);
  }
}

function clockStart(clock: string | undefined): number {
  if (clock === undefined) return Date.now();
  const at = parseInstantMs(clock) ?? parseInstantMs(`${clock}T00:00:00Z`);
  if (at === undefined) {
    throw new RangeError(`clock must be an instant such as 2026-03-28T09:00:00Z, got "${clock}".`);
  }
  return at;
}

function defaultUser(seed: number): SimulatedUser {
  const part = (n: number): string =>
    hash32(seed | 0, STREAM.apiKey, n)
      .toString(16)
      .padStart(8, "0");
  const apiKey = `${part(1)}-${part(2).slice(0, 4)}-${part(2).slice(4)}-${part(3).slice(0, 4)}-${part(3).slice(4)}${part(4)}`;
  return { username: "simulator", apiKey, role: "AccountAdmin", accountType: "Advantage" };
}
