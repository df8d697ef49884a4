import { dateKey, daysInMonth } from "./zoned-time.ts";
import type { LocalDate } from "./zoned-time.ts";

const INSTANT = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.\d{1,3})?(Z|[+-]\d{2}:?\d{2})$/;
const DAY = /^(\d{4})-(\d{2})-(\d{2})(Z|[+-]\d{2}:?\d{2})?$/;

/** `2016-04-18T17:31:34+00:00` or `…Z` as milliseconds; undefined where the text is no such date. */
export function parseInstantMs(text: string): number | undefined {
  const match = INSTANT.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, offset] = match;
  if (dayOf(year, month, day) === undefined) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const wall = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  );
  return wall - offsetMs(offset ?? "Z");
}

export interface CarrierDay {
  readonly date: LocalDate;
  readonly key: string;
  /** Absent where the text had no offset. */
  readonly offset: string | undefined;
}

/** `2016-04-18`, `2016-04-18Z` or `2016-04-18+05:00`; undefined where the text is no such date. */
export function parseDay(text: string): CarrierDay | undefined {
  const match = DAY.exec(text);
  if (match === null) return undefined;
  const date = dayOf(match[1], match[2], match[3]);
  return date === undefined ? undefined : { date, key: dateKey(date), offset: match[4] };
}

function dayOf(yearText?: string, monthText?: string, dayText?: string): LocalDate | undefined {
  const date = { year: Number(yearText), month: Number(monthText), day: Number(dayText) };
  if (date.month < 1 || date.month > 12) return undefined;
  return date.day < 1 || date.day > daysInMonth(date.year, date.month) ? undefined : date;
}

function offsetMs(offset: string): number {
  if (offset === "Z") return 0;
  const digits = offset.replace(":", "");
  const minutes = Number(digits.slice(1, 3)) * 60 + Number(digits.slice(3, 5));
  return (digits.startsWith("-") ? -minutes : minutes) * 60_000;
}

/** The date format of device details: `2016-06-29 00:21:33.339+0000`. */
export function formatDetailDate(instantMs: number): string {
  return new Date(instantMs).toISOString().replace("T", " ").replace("Z", "+0000");
}
