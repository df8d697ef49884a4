const formatters = new Map<string, Intl.DateTimeFormat>();

export interface LocalDate {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
}

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(timeZone);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat("en-US", {
      timeZone,
      calendar: "gregory",
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formatters.set(timeZone, formatter);
  }
  return formatter;
}

/** The wall-clock reading of an instant, expressed as if it were UTC milliseconds. */
function wallClockMs(timeZone: string, instantMs: number): number {
  const read: Record<string, number> = {};
  for (const part of formatterOf(timeZone).formatToParts(instantMs)) read[part.type] = Number(part.value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = read;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

export function localDateAt(timeZone: string, instantMs: number): LocalDate {
  const wall = new Date(wallClockMs(timeZone, instantMs));
  return { year: wall.getUTCFullYear(), month: wall.getUTCMonth() + 1, day: wall.getUTCDate() };
}

/**
 * The first instant of a local calendar day. Where a clock change skips midnight, that is the instant of the
 * change; where it repeats midnight, the earlier one.
 */
export function startOfLocalDayMs(timeZone: string, date: LocalDate): number {
  const wanted = Date.UTC(date.year, date.month - 1, date.day);
  const dayMs = 86_400_000;
  const offsets = [wanted - dayMs, wanted + dayMs].map((at) => wallClockMs(timeZone, at) - at);
  const candidates = offsets.map((offset) => wanted - offset).toSorted((a, b) => a - b);
  const exact = candidates.find((at) => wallClockMs(timeZone, at) === wanted);
  if (exact !== undefined) return exact;
  let before = (candidates[0] ?? wanted) - 3_600_000;
  let after = (candidates[1] ?? wanted) + 3_600_000;
  while (after - before > 1000) {
    const middle = before + Math.floor((after - before) / 2000) * 1000;
    if (wallClockMs(timeZone, middle) >= wanted) after = middle;
    else before = middle;
  }
  return after;
}

export function isTimeZone(timeZone: string): boolean {
  try {
    formatterOf(timeZone);
    return true;
  } catch {
    return false;
  }
}

export function daysInMonth(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

export function dateKey(date: LocalDate): string {
  return `${String(date.year).padStart(4, "0")}-${String(date.month).padStart(2, "0")}-${String(date.day).padStart(2, "0")}`;
}

/** The date that many days later, by the calendar. */
export function addDays(date: LocalDate, days: number): LocalDate {
  const moved = new Date(Date.UTC(date.year, date.month - 1, date.day + days));
  return { year: moved.getUTCFullYear(), month: moved.getUTCMonth() + 1, day: moved.getUTCDate() };
}
