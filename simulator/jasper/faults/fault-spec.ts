import { parseInstantMs } from "../clock/carrier-dates.ts";
import { ROUTES } from "../http/call.ts";
import type { RouteName } from "../http/call.ts";

/** What each fault does, and the kinds of it; without `kind` the first listed, or any where the first is `any`. */
export const FAULTS = {
  F1: { title: "the rest of the second is refused as throttled", kinds: ["burst"] },
  F2: { title: "credentials refused", kinds: ["no-code", "invalid", "expired"] },
  F3: { title: "404 20000001 for a device", kinds: ["not-found"] },
  F4: { title: "server trouble", kinds: ["any", "500", "503", "504", "reset", "slow"] },
  F5: { title: "a change is made but its answer is lost", kinds: ["reset", "silence"] },
  F6: { title: "a change is answered 200 and made later", kinds: ["later"] },
  F7: { title: "some SIM and plan pairs are refused with 10000013", kinds: ["refused"] },
  F8: { title: "devices are edited while they are listed", kinds: ["edited"] },
  F9: {
    title: "the list ends one year after modifiedSince unless modifiedTill is given",
    kinds: ["truncated"],
  },
  F10: { title: "paging misbehaves", kinds: ["never-last", "empty-page", "repeated-page"] },
  F11: {
    title: "bodies misbehave",
    kinds: ["any", "malformed", "latin1", "key-case", "null-usage", "string-number", "html"],
  },
  F12: { title: "usage comes late or goes down", kinds: ["late", "decrease"] },
  F13: { title: "a rate plan changes", kinds: ["renamed", "unpublished", "new-version"] },
  F14: { title: "a SIM leaves", kinds: ["any", "moved", "purged", "replaced"] },
  F15: { title: "somebody else changes a rate plan", kinds: ["changed"] },
  F16: { title: "the account loses usages, usageInZone and auditTrails", kinds: ["essential", "role"] },
  F17: { title: "maintenance: every call is answered 503", kinds: ["maintenance"] },
} as const;

export type FaultName = keyof typeof FAULTS;

/** One fault and when it strikes; conditions that are absent always hold. */
export interface FaultSpec {
  readonly fault: FaultName;
  readonly kind?: string;
  /** 0 to 1, drawn for each call (each SIM and plan for F7, each SIM for late usage). Default 1. */
  readonly probability?: number;
  /** Calls about these SIMs; for F8, F12, F14 and F15 the SIMs that it happens to. */
  readonly iccids?: readonly string[];
  /** Numbers of calls since the simulator started, both included. */
  readonly calls?: { readonly from: number; readonly to: number };
  /** By the simulator's clock, ISO-8601, `until` not included. F17 without them spans the end of the cycle. */
  readonly from?: string;
  readonly until?: string;
  readonly route?: RouteName;
  /** How often at most. F13, F14 and F15 happen once unless this says otherwise. */
  readonly times?: number;
  /** F4 slow and F5 silence: how long. Default 60 s. */
  readonly delayMs?: number;
  /** F6: how long the change takes, by the simulator's clock (default 60 s). F12: how long after the close late usage arrives (default 48 h). */
  readonly delaySeconds?: number;
  /** F12: how much of the usage is late or taken back, 0 to 100. Default 10. */
  readonly percent?: number;
  /** F8: edits for each call. Default 1. */
  readonly count?: number;
  /** F10: the page that is empty or comes twice. */
  readonly page?: number;
  /** F13: which plan. F15: the plan that the SIM is put on. */
  readonly plan?: string;
  /** F13: the new name. */
  readonly to?: string;
  /** F13 new-version: its charge for each SIM. */
  readonly charge?: string;
}

const NUMBERS = ["probability", "times", "delayMs", "delaySeconds", "percent", "count", "page"] as const;
const TEXTS = ["kind", "from", "until", "plan", "to", "charge"] as const;

const CHANCE_OF_ALL = 0.02;

/**
 * `F4:kind=503,probability=0.1,calls=10-20`. `all` stands for every fault, each with probability 0.02 unless it says
 * another. Throws RangeError.
 */
export function parseFaults(text: string): FaultSpec[] {
  const [name = "", ...rest] = text.split(":");
  const conditions = readParameters(rest.join(":"));
  if (name.toLowerCase() !== "all") return [checked({ fault: faultName(name), ...conditions })];
  const names = Object.keys(FAULTS) as FaultName[];
  return names.map((fault) => checked({ fault, probability: CHANCE_OF_ALL, ...conditions }));
}

/** Throws RangeError where a specification makes no sense. */
export function checked(spec: FaultSpec): FaultSpec {
  faultName(spec.fault);
  const kinds: readonly string[] = FAULTS[spec.fault].kinds;
  if (spec.kind !== undefined && !kinds.includes(spec.kind)) {
    throw new RangeError(`${spec.fault} has no kind "${spec.kind}"; it has ${kinds.join(", ")}.`);
  }
  const { probability = 1 } = spec;
  if (!(probability >= 0 && probability <= 1))
    throw new RangeError(`probability is 0 to 1, got ${probability}.`);
  for (const at of [spec.from, spec.until]) {
    if (at !== undefined && parseInstantMs(at) === undefined)
      throw new RangeError(`"${at}" is no ISO-8601 instant.`);
  }
  if (spec.route !== undefined && !ROUTES.includes(spec.route)) {
    throw new RangeError(`There is no route "${spec.route}"; the routes are ${ROUTES.join(", ")}.`);
  }
  return spec;
}

function faultName(name: string): FaultName {
  const upper = name.toUpperCase();
  if (Object.hasOwn(FAULTS, upper)) return upper as FaultName;
  throw new RangeError(
    `There is no fault "${name}"; the faults are ${Object.keys(FAULTS).join(", ")} and all.`,
  );
}

function readParameters(text: string): Omit<FaultSpec, "fault"> {
  const read: Record<string, unknown> = {};
  for (const [, name = "", quoted, plain = ""] of text.matchAll(/([^=,]+)=(?:"([^"]*)"|([^,]*))/g)) {
    readParameter(read, name.trim(), quoted ?? plain.trim());
  }
  const unread = text
    .replaceAll(/([^=,]+)=(?:"([^"]*)"|([^,]*))/g, "")
    .replaceAll(",", "")
    .trim();
  if (unread !== "") throw new RangeError(`"${unread}" is no condition of a fault; name=value was expected.`);
  return read;
}

function readParameter(read: Record<string, unknown>, name: string, value: string): void {
  const known = [...NUMBERS, ...TEXTS, "route", "iccid", "calls", "call"];
  if (!known.includes(name))
    throw new RangeError(`"${name}" is no condition of a fault; they are ${known.join(", ")}.`);
  if (name === "iccid") read["iccids"] = value.split("+");
  else if (name === "calls" || name === "call") read["calls"] = readRange(value);
  else read[name] = (NUMBERS as readonly string[]).includes(name) ? readNumber(name, value) : value;
}

function readNumber(name: string, value: string): number {
  const number = value === "" ? Number.NaN : Number(value);
  if (!(number >= 0)) throw new RangeError(`${name} must be a number from 0 up, got "${value}".`);
  return number;
}

function readRange(value: string): { from: number; to: number } {
  const [from, to = from] = value.split("-").map(Number);
  if (from === undefined || to === undefined || !(from >= 1 && to >= from)) {
    throw new RangeError(`calls must be a number or a range such as 10-20, got "${value}".`);
  }
  return { from, to };
}
