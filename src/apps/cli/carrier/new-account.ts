import { PoolwiseError } from "../../../billing/errors.ts";
import type { Fault } from "../../../billing/errors.ts";
import { parseJasperSettings } from "../../../carriers/jasper/settings.ts";
import { PACE_LIFTED } from "../../../pipeline/carriers/open-carriers.ts";

export interface AddOptions {
  readonly name: string;
  readonly kind: string;
  readonly baseUrl?: string;
  readonly username?: string;
  readonly secretEnv?: string;
  readonly timeZone: string;
  readonly cycleDay: number;
  readonly currency: string;
  readonly callsPerSecond?: number;
  readonly concurrency?: number;
  readonly startHour: number;
  readonly tenant: string;
  readonly json?: true;
}

/** A row of carrier_accounts before it has an id. */
export interface NewAccount {
  readonly name: string;
  readonly kind: "jasper" | "thingspace" | "files";
  readonly baseUrl: string | null;
  readonly username: string | null;
  readonly secretEnv: string | null;
  readonly timeZone: string;
  readonly cycleDay: number;
  readonly currency: string;
  readonly callsPerSecond: number;
  readonly concurrency: number;
  readonly startHour: number;
  readonly missingUsage: "zero" | "unknown";
}

const KINDS = ["jasper", "thingspace", "files"] as const;
const MOST_CALLS = 10_000;

/** @throws PoolwiseError `option-invalid` with every fault. */
export function newAccount(options: AddOptions, jasperUrl: string | undefined): NewAccount {
  const kind = KINDS.find((known) => known === options.kind);
  const account: NewAccount = {
    name: options.name.trim(),
    kind: kind ?? "files",
    baseUrl: options.baseUrl ?? (kind === "jasper" ? jasperUrl : undefined) ?? null,
    username: options.username ?? null,
    secretEnv: options.secretEnv ?? null,
    timeZone: options.timeZone,
    cycleDay: options.cycleDay,
    currency: options.currency,
    callsPerSecond: options.callsPerSecond === 0 ? PACE_LIFTED : (options.callsPerSecond ?? 5),
    concurrency: options.concurrency ?? 1,
    startHour: options.startHour,
    // Control Center leaves SIMs without usage out of its bulk route.
    missingUsage: kind === "jasper" ? "zero" : "unknown",
  };
  const faults = [
    ...(kind === undefined ? [fault("--kind", options.kind, `one of ${KINDS.join(", ")}`)] : []),
    ...ownFaults(account),
    ...(kind === undefined || kind === "files" ? [] : apiFaults(account)),
  ];
  if (faults.length === 0) return account;
  throw new PoolwiseError("option-invalid", "The carrier account is not added.", {
    faults,
    faultCount: faults.length,
  });
}

function ownFaults(account: NewAccount): Fault[] {
  const { name, timeZone, cycleDay, currency, callsPerSecond, concurrency, startHour } = account;
  const checks: readonly [boolean, Fault][] = [
    [name !== "" && name.length <= 200, fault("--name", name, "1 to 200 characters")],
    [isTimeZone(timeZone), fault("--time-zone", timeZone, "an IANA time zone such as America/New_York")],
    [cycleDay >= 1 && cycleDay <= 31, fault("--cycle-day", cycleDay, "a day from 1 to 31")],
    [/^[A-Z]{3}$/.test(currency), fault("--currency", currency, "three capital letters, such as USD")],
    [
      callsPerSecond > 0.001 && (callsPerSecond <= MOST_CALLS || callsPerSecond === PACE_LIFTED),
      fault("--calls-per-second", callsPerSecond, `a number up to ${MOST_CALLS}; 0 for no limit`),
    ],
    [concurrency >= 1 && concurrency <= 1_000, fault("--concurrency", concurrency, "1 to 1000")],
    [startHour >= 0 && startHour <= 23, fault("--start-hour", startHour, "an hour from 0 to 23")],
  ];
  return checks.filter(([sound]) => !sound).map(([, each]) => each);
}

function apiFaults(account: NewAccount): Fault[] {
  const { kind, secretEnv, baseUrl, username, name } = account;
  const faults: Fault[] = [];
  if (baseUrl === null) faults.push({ message: `--base-url is missing: the carrier's API address.` });
  if (kind === "jasper" && username === null)
    faults.push({ message: "--username is missing: the API user's name." });
  if (secretEnv === null)
    faults.push({ message: "--secret-env is missing: the NAME of the variable that holds the key." });
  // Not shown: somebody may have given the secret itself.
  else if (!/^[A-Za-z_][A-Za-z0-9_]{0,99}$/.test(secretEnv)) {
    faults.push({
      message: "--secret-env wants the NAME of an environment variable, such as JASPER_KEY, not the key.",
    });
  }
  if (kind === "jasper" && faults.length === 0)
    faults.push(...jasperFaults(name, baseUrl ?? "", username ?? ""));
  return faults;
}

function jasperFaults(account: string, baseUrl: string, username: string): readonly Fault[] {
  try {
    parseJasperSettings({ account, baseUrl, username, apiKey: "not known yet" });
    return [];
  } catch (error) {
    if (!(error instanceof PoolwiseError)) throw error;
    const options: Readonly<Record<string, string>> = { baseUrl: "--base-url", username: "--username" };
    return error.faults.map(({ column = "", message }) => ({
      message: `${options[column] ?? column}: ${message}.`,
    }));
  }
}

function fault(option: string, got: string | number, expected: string): Fault {
  return { message: `${option} is ${JSON.stringify(String(got).slice(0, 80))}; expected ${expected}.` };
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name }).format();
    return true;
  } catch {
    return false;
  }
}
