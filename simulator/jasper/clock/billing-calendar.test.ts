import { describe, expect, it } from "vitest";
import { BillingCalendar, daysOf } from "./billing-calendar.ts";
import { startOfLocalDayMs } from "./zoned-time.ts";

const iso = (ms: number): string => new Date(ms).toISOString();

describe("billing cycles", () => {
  it("run from local midnight to local midnight across a change to summer time", () => {
    const cycle = new BillingCalendar("America/New_York", 1).at(Date.parse("2026-03-15T12:00:00Z"));
    expect([iso(cycle.startMs), iso(cycle.endMs), daysOf(cycle)]).toEqual([
      "2026-03-01T05:00:00.000Z",
      "2026-04-01T04:00:00.000Z",
      31,
    ]);
    expect((cycle.dayStartsMs[8] as number) - (cycle.dayStartsMs[7] as number)).toBe(23 * 3_600_000);
  });

  it("express local midnight in UTC as the carrier does, from the 27th to the 26th", () => {
    const cycle = new BillingCalendar("Asia/Shanghai", 27).at(Date.parse("2018-09-26T03:02:18Z"));
    expect([iso(cycle.startMs), iso(cycle.endMs - 1000)]).toEqual([
      "2018-08-26T16:00:00.000Z",
      "2018-09-26T15:59:59.000Z",
    ]);
  });

  it("touch each other and number on through years", () => {
    const calendar = new BillingCalendar("Europe/Berlin", 5);
    let cycle = calendar.at(Date.parse("2025-01-05T00:00:00+01:00"));
    expect(cycle.key).toBe("2025-01-05");
    for (let i = 0; i < 24; i++) {
      const next = calendar.numbered(cycle.number + 1);
      expect(next.startMs).toBe(cycle.endMs);
      expect(calendar.at(cycle.endMs)).toBe(next);
      expect(calendar.at(cycle.endMs - 1)).toBe(cycle);
      cycle = next;
    }
    expect(cycle.key).toBe("2027-01-05");
  });

  it("start on the last day of a month that is too short", () => {
    const calendar = new BillingCalendar("UTC", 31);
    expect(calendar.at(Date.parse("2026-03-01T00:00:00Z")).key).toBe("2026-02-28");
    expect(calendar.starting("2026-02-28")?.endMs).toBe(Date.parse("2026-03-31T00:00:00Z"));
    expect(calendar.starting("2026-02-27")).toBeUndefined();
  });

  it("begin a day at the clock change where it skips midnight", () => {
    expect(iso(startOfLocalDayMs("America/Sao_Paulo", { year: 2018, month: 11, day: 4 }))).toBe(
      "2018-11-04T03:00:00.000Z",
    );
  });

  it("begin a day at the earlier midnight where the clock change repeats it", () => {
    expect(iso(startOfLocalDayMs("America/Havana", { year: 2025, month: 11, day: 2 }))).toBe(
      "2025-11-02T04:00:00.000Z",
    );
  });
});
