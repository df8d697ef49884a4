import type { BillingCycle } from "./billing-cycle.ts";
import { dayNumberOf, readDate } from "./calendar-date.ts";
import { PoolwiseError } from "./errors.ts";
import { instantOf } from "./zoned-time.ts";

/** Where an instant stands to the days of a cycle in which sessions start by themselves. */
export interface TimingWindow {
  /** Whether it is one of the last days of the cycle, at or after its start hour. */
  readonly open: boolean;
  /** Whether it is the last day of the cycle, at any hour: a new session then takes the place of a running one. */
  readonly lastDay: boolean;
  /** Milliseconds: the opening that holds the instant, or the next one; undefined where the cycle has none left. */
  readonly opensMs: number | undefined;
  /** Milliseconds: the end of the cycle. */
  readonly closesMs: number;
}

/**
 * Whether an instant lies in the last `days` days of a cycle, each from `startHour` (0 to 23) to midnight by the
 * account's clocks. A cycle of fewer days is in the window as a whole.
 * @throws PoolwiseError `settings-invalid` for days below 1 or an hour that does not exist.
 */
export function lastDaysWindow(
  instantMs: number,
  cycle: BillingCycle,
  timeZone: string,
  { days, startHour }: { readonly days: number; readonly startHour: number },
): TimingWindow {
  if (!Number.isInteger(days) || days < 1) throw settingInvalid("window days", days, "1 or more");
  if (!Number.isInteger(startHour) || startHour < 0 || startHour > 23) {
    throw settingInvalid("start hour", startHour, "from 0 to 23");
  }
  const end = dayNumberOf(readDate(cycle.end, "cycle end"));
  const inCycle = instantMs >= cycle.startMs && instantMs < cycle.endMs;
  const at = { lastDay: inCycle && instantMs >= instantOf(end - 1, 0, timeZone), closesMs: cycle.endMs };
  for (let day = end - Math.min(days, cycle.days); day < end; day++) {
    if (instantMs >= instantOf(day + 1, 0, timeZone)) continue;
    const opensMs = instantOf(day, startHour, timeZone);
    return { open: instantMs >= opensMs, opensMs, ...at };
  }
  return { open: false, opensMs: undefined, ...at };
}

function settingInvalid(field: string, got: number, expected: string): PoolwiseError {
  return new PoolwiseError(
    "settings-invalid",
    `The ${field} of the timing window is ${got}. Give a whole number ${expected}.`,
    { data: { field, got } },
  );
}
