import { PoolwiseError } from "./errors.ts";

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;

/** A date of the Gregorian calendar; `month` and `day` count from 1. */
export interface CalendarDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** Days of a month, 28 to 31. */
export function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/**
 * Reads `YYYY-MM-DD`.
 * @throws PoolwiseError `option-invalid`, naming `field`, for anything else and for a day that the month does not have.
 */
export function readDate(text: string, field: string): CalendarDate {
  const match = DATE.exec(text);
  const [year, month, day] = [Number(match?.[1]), Number(match?.[2]), Number(match?.[3])];
  if (month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month)) return { year, month, day };
  throw new PoolwiseError(
    "option-invalid",
    `The ${field} ${JSON.stringify(text)} is not a date. Give a day that exists as YYYY-MM-DD.`,
    { data: { field, got: text } },
  );
}

/** `YYYY-MM-DD`. */
export function formatDate({ year, month, day }: CalendarDate): string {
  return `${String(year).padStart(4, "0")}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
}

/**
 * Days from 1970-01-01 to a date; negative before it. Years are counted from March, so that the leap day is the
 * last of its year and the months before it follow a pattern of 153 days in five (Richards 1998).
 */
export function dayNumberOf({ year, month, day }: CalendarDate): number {
  const marchYear = month > 2 ? year : year - 1;
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
  const monthDays = Math.floor((153 * ((month + 9) % 12) + 2) / 5);
  return 365 * marchYear + leapDays + monthDays + day - 1 - 719_468;
}
