import { dayNumberOf } from "./calendar-date.ts";
import type { CalendarDate } from "./calendar-date.ts";
import { PoolwiseError } from "./errors.ts";

const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;
/** The years 0001 to 9999, less a margin for time zones. */
const MIN_INSTANT_MS = -62_135_000_000_000;
const MAX_INSTANT_MS = 253_402_000_000_000;

/** A date and time of day as clocks show it in some time zone. */
export interface LocalTime extends CalendarDate {
  /** Milliseconds since the midnight that the clock counts from, 0 to 86,399,999. */
  readonly timeOfDayMs: number;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

/**
 * What clocks in a time zone show at an instant (milliseconds since 1970-01-01T00:00Z).
 * @throws PoolwiseError `option-invalid` for a time zone that is not known, or an instant outside the years 1 to 9999.
 */
export function localTimeAt(instantMs: number, timeZone: string): LocalTime {
  if (!(instantMs >= MIN_INSTANT_MS && instantMs <= MAX_INSTANT_MS)) throw instantInvalid(instantMs);
  const read: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of formatterOf(timeZone).formatToParts(instantMs)) read[type] = Number(value);
  const { year = 1, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = read;
  const belowSecondMs = ((instantMs % 1000) + 1000) % 1000;
  return { year, month, day, timeOfDayMs: ((hour * 60 + minute) * 60 + second) * 1000 + belowSecondMs };
}

/**
 * The first instant at which clocks in a time zone show an hour of a day, or have passed it: where the clock is put
 * back over it, the earlier of the two; where it is put forward over it, the instant of the change.
 * @param dayNumber days since 1970-01-01, of the date in the time zone.
 * @throws PoolwiseError `option-invalid` for a time zone that is not known.
 */
export function instantOf(dayNumber: number, hour: number, timeZone: string): number {
  const wanted = dayNumber * DAY_MS + hour * HOUR_MS;
  const offsets = [-DAY_MS, 0, DAY_MS].map((near) => clockMs(wanted + near, timeZone) - (wanted + near));
  const candidates = offsets.map((offset) => wanted - offset).toSorted((a, b) => a - b);
  const shown = candidates.find((instant) => clockMs(instant, timeZone) === wanted);
  if (shown !== undefined) return shown;
  const [earliest = wanted, , latest = wanted] = candidates;
  return changeBetween(earliest, latest, wanted, timeZone);
}

/** The first instant after `before` at which the clock is past `wanted`, which it skips between the two. */
function changeBetween(before: number, after: number, wanted: number, timeZone: string): number {
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (clockMs(middle, timeZone) > wanted) after = middle;
    else before = middle;
  }
  return after;
}

/** What the clock shows, in milliseconds as if it were UTC. */
function clockMs(instantMs: number, timeZone: string): number {
  const local = localTimeAt(instantMs, timeZone);
  return dayNumberOf(local) * DAY_MS + local.timeOfDayMs;
}

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(timeZone);
  if (formatter === undefined) {
    formatter = newFormatter(timeZone);
    formatters.set(timeZone, formatter);
  }
  return formatter;
}

function newFormatter(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat("en-US", {
      timeZone,
      calendar: "gregory",
      numberingSystem: "latn",
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  } catch (cause) {
    throw new PoolwiseError(
      "option-invalid",
      `The time zone ${JSON.stringify(timeZone)} is not known. Give an IANA name such as America/New_York.`,
      { data: { field: "time_zone", got: timeZone }, cause },
    );
  }
}

function instantInvalid(instantMs: number): PoolwiseError {
  return new PoolwiseError(
    "option-invalid",
    `${instantMs} is no instant in milliseconds between the years 1 and 9999.`,
    { data: { got: instantMs, unit: "ms" } },
  );
}
