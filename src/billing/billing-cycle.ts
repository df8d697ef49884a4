import type { CalendarDate } from "./calendar-date.ts";
import { dayNumberOf, daysInMonth, formatDate, readDate } from "./calendar-date.ts";
import { PoolwiseError } from "./errors.ts";
import { instantOf, localTimeAt } from "./zoned-time.ts";

/** A billing cycle `[start, end)` of a carrier account, by its calendar and as UTC instants. */
export interface BillingCycle {
  /** First day, `YYYY-MM-DD`. */
  readonly start: string;
  /** The day after the last, `YYYY-MM-DD`. */
  readonly end: string;
  /** 28 to 31. */
  readonly days: number;
  /** The first instant of the first day; of the day after the last. */
  readonly startMs: number;
  readonly endMs: number;
}

/** More than any billing cycle has, yearly ones too: a longer period has a wrong year in it. */
const MAX_PERIOD_DAYS = 366;

/**
 * Days of the period from `start` up to `end`, which is not part of it; both `YYYY-MM-DD`. 1 to 366; a billing
 * cycle has 28 to 31.
 * @throws PoolwiseError `option-invalid` for a date that does not exist, for an end that is not after the start, and for
 * more than 366 days.
 */
export function periodDays(start: string, end: string): number {
  const days = dayNumberOf(readDate(end, "period end")) - dayNumberOf(readDate(start, "period start"));
  if (days < 1) throw periodEmpty(start, end);
  if (days > MAX_PERIOD_DAYS) throw periodTooLong(start, end, days);
  return days;
}

/**
 * The cycle that holds an instant (milliseconds since 1970-01-01T00:00Z), of an account whose cycles begin on
 * `cycleDay` (1 to 31; the last day of a shorter month) at the start of that day in its IANA time zone.
 * @throws PoolwiseError `option-invalid` for a cycle day, a time zone or an instant that does not exist.
 */
export function cycleAt(instantMs: number, cycleDay: number, timeZone: string): BillingCycle {
  if (!Number.isInteger(cycleDay) || cycleDay < 1 || cycleDay > 31) throw cycleDayInvalid(cycleDay);
  const today = localTimeAt(instantMs, timeZone);
  const month = today.year * 12 + today.month - 1;
  const cycle = cycleOfMonth(month, cycleDay, timeZone);
  if (instantMs < cycle.startMs) return cycleOfMonth(month - 1, cycleDay, timeZone);
  return instantMs < cycle.endMs ? cycle : cycleOfMonth(month + 1, cycleDay, timeZone);
}

/** The cycle that begins in a month; months are counted from January of year 0. */
function cycleOfMonth(month: number, cycleDay: number, timeZone: string): BillingCycle {
  const first = firstDayIn(month, cycleDay);
  const next = firstDayIn(month + 1, cycleDay);
  const [firstNumber, nextNumber] = [dayNumberOf(first), dayNumberOf(next)];
  return {
    start: formatDate(first),
    end: formatDate(next),
    days: nextNumber - firstNumber,
    startMs: instantOf(firstNumber, 0, timeZone),
    endMs: instantOf(nextNumber, 0, timeZone),
  };
}

function firstDayIn(monthNumber: number, cycleDay: number): CalendarDate {
  const year = Math.floor(monthNumber / 12);
  const month = (monthNumber % 12) + 1;
  return { year, month, day: Math.min(cycleDay, daysInMonth(year, month)) };
}

function periodEmpty(start: string, end: string): PoolwiseError {
  return new PoolwiseError(
    "option-invalid",
    `The period from ${start} to ${end} has no days: its end is the day after its last. Give an end after the start.`,
    { data: { start, end } },
  );
}

function periodTooLong(start: string, end: string, days: number): PoolwiseError {
  return new PoolwiseError(
    "option-invalid",
    `The period from ${start} to ${end} has ${days} days; a billing cycle has 28 to 31, and no more than ${MAX_PERIOD_DAYS} are taken. Is a year wrong?`,
    { data: { start, end, got: days, limit: MAX_PERIOD_DAYS } },
  );
}

function cycleDayInvalid(cycleDay: number): PoolwiseError {
  return new PoolwiseError(
    "option-invalid",
    `The cycle day ${cycleDay} is not a day of the month. Give a whole number from 1 to 31.`,
    { data: { field: "cycle_day", got: cycleDay, limit: 31 } },
  );
}
