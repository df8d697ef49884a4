import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cycleAt, periodDays } from "./billing-cycle.ts";
import type { BillingCycle } from "./billing-cycle.ts";
import { dayNumberOf, formatDate, readDate } from "./calendar-date.ts";
import { instantOf, localTimeAt } from "./zoned-time.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const ZONES = [
  "UTC",
  "America/New_York",
  "Europe/Berlin",
  "Australia/Sydney",
  "Australia/Lord_Howe",
  "Asia/Kathmandu",
  "Pacific/Chatham",
  "America/Sao_Paulo",
  "America/St_Johns",
  "Africa/Casablanca",
  "Pacific/Kiritimati",
  "Pacific/Pago_Pago",
  "America/Havana",
  "Africa/Cairo",
  "Asia/Shanghai",
];

const at = (iso: string): number => Date.parse(iso);

function shown(cycle: BillingCycle): string[] {
  const iso = (instantMs: number) => new Date(instantMs).toISOString().replace(":00.000Z", "Z");
  return [cycle.start, cycle.end, String(cycle.days), iso(cycle.startMs), iso(cycle.endMs)];
}

describe("the days of a period", () => {
  it.each([
    ["2026-01-01", "2026-02-01", 31],
    ["2026-02-01", "2026-03-01", 28],
    ["2028-02-01", "2028-03-01", 29],
    ["2000-02-28", "2000-03-01", 2],
    ["1900-02-28", "1900-03-01", 1],
    ["2026-04-01", "2026-05-01", 30],
    ["2026-12-31", "2027-01-01", 1],
    ["2026-03-08", "2026-03-09", 1],
    ["2026-01-01", "2027-01-01", 365],
    ["2028-01-01", "2029-01-01", 366],
    ["0001-01-01", "0001-12-31", 364],
    ["9999-01-01", "9999-12-31", 364],
  ])("from %s to %s are %d", (start, end, days) => {
    expect(periodDays(start, end)).toBe(days);
  });

  it.each([
    ["2026-02-30", "2026-03-01", /period start "2026-02-30" is not a date/],
    ["2026-02-01", "2026-02-29", /period end "2026-02-29" is not a date/],
    ["2026-13-01", "2027-01-01", /YYYY-MM-DD/],
    ["2026-00-10", "2027-01-01", /YYYY-MM-DD/],
    ["2026-1-1", "2026-02-01", /YYYY-MM-DD/],
    ["2026-01-00", "2026-02-01", /YYYY-MM-DD/],
    ["2026-01-01T00:00:00Z", "2026-02-01", /YYYY-MM-DD/],
    ["01/02/2026", "2026-02-01", /YYYY-MM-DD/],
    ["", "2026-02-01", /YYYY-MM-DD/],
    ["2026-01-01\n", "2026-02-01", /YYYY-MM-DD/],
    ["2026-02-01", "2026-02-01", /has no days/],
    ["2026-02-01", "2027-02-03", /has 367 days/],
    ["2026-03-01", "2026-02-01", /has no days/],
  ])("from %j to %j are refused", (start, end, message) => {
    const refused = expect.objectContaining({
      code: "option-invalid",
      message: expect.stringMatching(message),
    });
    expect(() => periodDays(start, end)).toThrow(refused);
  });

  it("agree with another calendar on every date", () => {
    fc.assert(
      fc.property(fc.integer({ min: -719_162, max: 2_932_896 }), (day) => {
        const text = new Date(day * DAY_MS).toISOString().slice(0, 10);
        const date = readDate(text, "date");
        expect(dayNumberOf(date)).toBe(day);
        expect(formatDate(date)).toBe(text);
      }),
      { seed: 20_261_108, numRuns: 2_000 },
    );
  });
});

describe("the cycle that holds an instant", () => {
  it.each([
    [
      "2026-01-15T12:00Z",
      1,
      "UTC",
      ["2026-01-01", "2026-02-01", "31", "2026-01-01T00:00Z", "2026-02-01T00:00Z"],
    ],
    [
      "2026-02-01T04:59Z",
      1,
      "America/New_York",
      ["2026-01-01", "2026-02-01", "31", "2026-01-01T05:00Z", "2026-02-01T05:00Z"],
    ],
    [
      "2026-02-01T05:00Z",
      1,
      "America/New_York",
      ["2026-02-01", "2026-03-01", "28", "2026-02-01T05:00Z", "2026-03-01T05:00Z"],
    ],
    [
      "2028-02-10T00:00Z",
      1,
      "UTC",
      ["2028-02-01", "2028-03-01", "29", "2028-02-01T00:00Z", "2028-03-01T00:00Z"],
    ],
    [
      "2018-09-26T03:02Z",
      27,
      "Asia/Shanghai",
      ["2018-08-27", "2018-09-27", "31", "2018-08-26T16:00Z", "2018-09-26T16:00Z"],
    ],
  ] as const)("%s on cycle day %d in %s", (instant, cycleDay, zone, expected) => {
    expect(shown(cycleAt(at(instant), cycleDay, zone))).toEqual(expected);
  });

  it.each([
    [
      "spring forward, north",
      "2026-03-20T00:00Z",
      "America/New_York",
      "2026-03-01T05:00Z",
      "2026-04-01T04:00Z",
    ],
    ["fall back, north", "2026-11-20T00:00Z", "America/New_York", "2026-11-01T04:00Z", "2026-12-01T05:00Z"],
    [
      "spring forward, south",
      "2026-10-20T00:00Z",
      "Australia/Sydney",
      "2026-09-30T14:00Z",
      "2026-10-31T13:00Z",
    ],
    ["fall back, south", "2026-04-20T00:00Z", "Australia/Sydney", "2026-03-31T13:00Z", "2026-04-30T14:00Z"],
    [
      "half an hour of summer time",
      "2026-10-20T00:00Z",
      "Australia/Lord_Howe",
      "2026-09-30T13:30Z",
      "2026-10-31T13:00Z",
    ],
    ["45 minutes east", "2026-07-20T00:00Z", "Asia/Kathmandu", "2026-06-30T18:15Z", "2026-07-31T18:15Z"],
    [
      "45 minutes and summer time",
      "2026-09-20T00:00Z",
      "Pacific/Chatham",
      "2026-08-31T11:15Z",
      "2026-09-30T10:15Z",
    ],
    ["14 hours east", "2026-05-15T00:00Z", "Pacific/Kiritimati", "2026-04-30T10:00Z", "2026-05-31T10:00Z"],
    ["11 hours west", "2026-05-15T00:00Z", "Pacific/Pago_Pago", "2026-05-01T11:00Z", "2026-06-01T11:00Z"],
  ])("has calendar days whatever the clocks do: %s", (_, instant, zone, start, end) => {
    const cycle = cycleAt(at(instant), 1, zone);
    expect(shown(cycle).slice(3)).toEqual([start, end]);
    expect(cycle.days).toBe(periodDays(cycle.start, cycle.end));
  });

  it.each([
    ["2026-02-15T00:00Z", 31, "2026-01-31", "2026-02-28", 28],
    ["2026-02-28T00:00Z", 31, "2026-02-28", "2026-03-31", 31],
    ["2028-02-29T00:00Z", 30, "2028-02-29", "2028-03-30", 30],
    ["2026-02-28T12:00Z", 29, "2026-02-28", "2026-03-29", 29],
    ["2026-04-30T00:00Z", 31, "2026-04-30", "2026-05-31", 31],
    ["2026-05-30T23:59Z", 31, "2026-04-30", "2026-05-31", 31],
    ["2027-01-01T00:00Z", 15, "2026-12-15", "2027-01-15", 31],
    ["2026-12-31T00:00Z", 31, "2026-12-31", "2027-01-31", 31],
  ])(
    "begins on the last day of a month too short for it: %s, cycle day %d",
    (instant, cycleDay, start, end, days) => {
      const cycle = cycleAt(at(instant), cycleDay, "UTC");
      expect([cycle.start, cycle.end, cycle.days]).toEqual([start, end, days]);
    },
  );

  it("begins at the change where clocks skip midnight", () => {
    const cycle = cycleAt(at("2018-11-20T00:00Z"), 4, "America/Sao_Paulo");
    expect(shown(cycle).slice(3)).toEqual(["2018-11-04T03:00Z", "2018-12-04T02:00Z"]);
    const cairo = cycleAt(at("2024-05-01T00:00Z"), 26, "Africa/Cairo");
    expect(shown(cairo).slice(3)).toEqual(["2024-04-25T22:00Z", "2024-05-25T21:00Z"]);
  });

  it("begins at the first of two midnights, and holds the hour in which clocks go back to the day before", () => {
    const havana = cycleAt(at("2026-11-01T05:30Z"), 1, "America/Havana");
    expect(shown(havana).slice(3)).toEqual(["2026-11-01T04:00Z", "2026-12-01T05:00Z"]);
    const backOneMinutePastMidnight = cycleAt(at("2010-11-07T02:50Z"), 7, "America/St_Johns");
    expect(shown(backOneMinutePastMidnight).slice(3)).toEqual(["2010-11-07T02:30Z", "2010-12-07T03:30Z"]);
  });

  it("begins at the change where a whole day is skipped", () => {
    expect(shown(cycleAt(at("2012-01-10T00:00Z"), 30, "Pacific/Apia"))[3]).toBe("2011-12-30T10:00Z");
  });

  it("holds the instant, has 28 to 31 days, and touches its neighbours, in every zone at any time", () => {
    const instants = fc.integer({ min: at("1990-01-01T00:00Z"), max: at("2060-01-01T00:00Z") });
    fc.assert(
      fc.property(
        instants,
        fc.integer({ min: 1, max: 31 }),
        fc.constantFrom(...ZONES),
        (instant, cycleDay, zone) => {
          const cycle = cycleAt(instant, cycleDay, zone);
          expect(cycle.startMs <= instant && instant < cycle.endMs).toBe(true);
          expect(cycle.days).toBe(periodDays(cycle.start, cycle.end));
          expect(cycle.days).toBeGreaterThanOrEqual(28);
          expect(cycle.days).toBeLessThanOrEqual(31);
          expect(Math.abs(cycle.endMs - cycle.startMs - cycle.days * DAY_MS)).toBeLessThanOrEqual(HOUR_MS);
          expect(cycleAt(cycle.startMs, cycleDay, zone)).toEqual(cycle);
          expect(cycleAt(cycle.endMs - 1, cycleDay, zone)).toEqual(cycle);
          expect(cycleAt(cycle.endMs, cycleDay, zone).startMs).toBe(cycle.endMs);
          expect(cycleAt(cycle.startMs - 1, cycleDay, zone).endMs).toBe(cycle.startMs);
        },
      ),
      { seed: 20_261_109, numRuns: 400 },
    );
  });

  it.each([0, 32, 1.5, Number.NaN, -1])("refuses the cycle day %d", (cycleDay) => {
    expect(() => cycleAt(0, cycleDay, "UTC")).toThrow(expect.objectContaining({ code: "option-invalid" }));
  });

  it("refuses a time zone and an instant that do not exist", () => {
    expect(() => cycleAt(0, 1, "Mars/Olympus")).toThrow(/The time zone "Mars\/Olympus" is not known/);
    expect(() => cycleAt(Number.NaN, 1, "UTC")).toThrow(expect.objectContaining({ code: "option-invalid" }));
    expect(() => cycleAt(9e15, 1, "UTC")).toThrow(expect.objectContaining({ code: "option-invalid" }));
  });
});

describe("local time", () => {
  it("is read to the millisecond, before 1970 too", () => {
    expect(localTimeAt(-1, "UTC")).toEqual({ year: 1969, month: 12, day: 31, timeOfDayMs: DAY_MS - 1 });
    expect(localTimeAt(at("2026-07-01T00:00:00.250Z"), "Asia/Kathmandu")).toEqual({
      year: 2026,
      month: 7,
      day: 1,
      timeOfDayMs: 5.75 * HOUR_MS + 250,
    });
  });

  it("turns an hour that clocks skip into the instant of the change, one that they repeat into its first", () => {
    const day = (iso: string) => dayNumberOf(readDate(iso, "date"));
    expect(instantOf(day("2026-03-08"), 2, "America/New_York")).toBe(at("2026-03-08T07:00Z"));
    expect(instantOf(day("2026-11-01"), 1, "America/New_York")).toBe(at("2026-11-01T05:00Z"));
    expect(instantOf(day("2026-10-04"), 2, "Australia/Lord_Howe")).toBe(at("2026-10-03T15:30Z"));
  });
});
