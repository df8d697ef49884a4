import { addDays, dateKey, daysInMonth, localDateAt, startOfLocalDayMs } from "./zoned-time.ts";
import type { LocalDate } from "./zoned-time.ts";

/** One billing cycle `[startMs, endMs)`, from local midnight to local midnight. */
export interface BillingCycle {
  /** The local date of its first day, `yyyy-MM-dd`. */
  readonly key: string;
  /** Months since year 0, so that adjacent cycles have adjacent numbers. */
  readonly number: number;
  readonly startMs: number;
  readonly endMs: number;
  /** The local midnights of its days, and the end: `days + 1` instants. */
  readonly dayStartsMs: readonly number[];
}

export function daysOf(cycle: BillingCycle): number {
  return cycle.dayStartsMs.length - 1;
}

/** Cycles that start on one day of the month (the last day of a month that is too short) in one time zone. */
export class BillingCalendar {
  readonly timeZone: string;
  readonly cycleDay: number;
  readonly #cycles = new Map<number, BillingCycle>();

  constructor(timeZone: string, cycleDay: number) {
    this.timeZone = timeZone;
    this.cycleDay = cycleDay;
  }

  at(instantMs: number): BillingCycle {
    const date = localDateAt(this.timeZone, instantMs);
    const number = monthNumber(date);
    return date.day >= this.#startDate(number).day ? this.numbered(number) : this.numbered(number - 1);
  }

  /** The cycle whose first local day is `key`, or undefined where no cycle starts on that day. */
  starting(key: string): BillingCycle | undefined {
    const [year = 0, month = 0] = key.split("-").map(Number);
    const cycle = this.numbered(year * 12 + month - 1);
    return cycle.key === key ? cycle : undefined;
  }

  numbered(number: number): BillingCycle {
    let cycle = this.#cycles.get(number);
    if (cycle === undefined) {
      cycle = this.#build(number);
      this.#cycles.set(number, cycle);
    }
    return cycle;
  }

  #startDate(number: number): LocalDate {
    const year = Math.floor(number / 12);
    const month = (number % 12) + 1;
    return { year, month, day: Math.min(this.cycleDay, daysInMonth(year, month)) };
  }

  #build(number: number): BillingCycle {
    const first = this.#startDate(number);
    const lastKey = dateKey(this.#startDate(number + 1));
    const dayStartsMs: number[] = [];
    for (let day = 0; ; day++) {
      const date = addDays(first, day);
      dayStartsMs.push(startOfLocalDayMs(this.timeZone, date));
      if (dateKey(date) === lastKey) break;
    }
    const startMs = dayStartsMs[0] ?? 0;
    const endMs = dayStartsMs[dayStartsMs.length - 1] ?? 0;
    return { key: dateKey(first), number, startMs, endMs, dayStartsMs };
  }
}

function monthNumber(date: LocalDate): number {
  return date.year * 12 + date.month - 1;
}
