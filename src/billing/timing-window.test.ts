import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cycleAt } from "./billing-cycle.ts";
import { lastDaysWindow } from "./timing-window.ts";

const at = (iso: string): number => Date.parse(iso);
const ZONE = "America/New_York";
/** 1 to 31 March 2026; the clocks go forward on the 8th. */
const MARCH = cycleAt(at("2026-03-15T00:00Z"), 1, ZONE);
const EIGHT_DAYS = { days: 8, startHour: 6 };

function window(iso: string, setting = EIGHT_DAYS) {
  const { open, lastDay, opensMs } = lastDaysWindow(at(iso), MARCH, ZONE, setting);
  return [open, lastDay, opensMs === undefined ? undefined : new Date(opensMs).toISOString()];
}

describe("the last eight days from six o'clock, local time", () => {
  it.each([
    ["long before", "2026-03-02T12:00Z", false, false, "2026-03-24T10:00:00.000Z"],
    ["the evening before the first of them", "2026-03-24T03:59Z", false, false, "2026-03-24T10:00:00.000Z"],
    [
      "the first of them, before the hour",
      "2026-03-24T09:59:59.999Z",
      false,
      false,
      "2026-03-24T10:00:00.000Z",
    ],
    ["the first of them, at the hour", "2026-03-24T10:00Z", true, false, "2026-03-24T10:00:00.000Z"],
    ["until midnight", "2026-03-25T03:59:59.999Z", true, false, "2026-03-24T10:00:00.000Z"],
    ["the next night", "2026-03-25T04:00Z", false, false, "2026-03-25T10:00:00.000Z"],
    ["the last evening but one", "2026-03-31T03:59Z", true, false, "2026-03-30T10:00:00.000Z"],
    ["the last day, before the hour", "2026-03-31T04:00Z", false, true, "2026-03-31T10:00:00.000Z"],
    ["the last day", "2026-03-31T10:00Z", true, true, "2026-03-31T10:00:00.000Z"],
    ["the last instant", "2026-04-01T03:59:59.999Z", true, true, "2026-03-31T10:00:00.000Z"],
    ["the next cycle", "2026-04-01T04:00Z", false, false, undefined],
  ])("%s", (_, instant, open, lastDay, opens) => {
    expect(window(instant)).toEqual([open, lastDay, opens]);
  });

  it("close with the cycle", () => {
    expect(lastDaysWindow(0, MARCH, ZONE, EIGHT_DAYS).closesMs).toBe(at("2026-04-01T04:00Z"));
  });
});

describe("the window", () => {
  it("is the whole cycle where it has more days than the cycle", () => {
    expect(window("2026-03-01T05:00Z", { days: 40, startHour: 0 })).toEqual([
      true,
      false,
      "2026-03-01T05:00:00.000Z",
    ]);
    expect(window("2026-03-01T04:59Z", { days: 40, startHour: 0 })).toEqual([
      false,
      false,
      "2026-03-01T05:00:00.000Z",
    ]);
  });

  it("is the last day alone where it has one day", () => {
    expect(window("2026-03-30T23:00Z", { days: 1, startHour: 0 })).toEqual([
      false,
      false,
      "2026-03-31T04:00:00.000Z",
    ]);
    expect(window("2026-03-31T04:00Z", { days: 1, startHour: 0 })).toEqual([
      true,
      true,
      "2026-03-31T04:00:00.000Z",
    ]);
  });

  it("opens at the change where the clocks skip its hour, and by the new clock after", () => {
    const setting = { days: 31, startHour: 2 };
    expect(window("2026-03-08T06:59Z", setting)).toEqual([false, false, "2026-03-08T07:00:00.000Z"]);
    expect(window("2026-03-08T07:00Z", setting)[0]).toBe(true);
    expect(window("2026-03-09T05:59Z", setting)[0]).toBe(false);
    expect(window("2026-03-09T06:00Z", setting)[0]).toBe(true);
  });

  it("opens once, at the first of two equal hours, and stays open through the second", () => {
    const november = cycleAt(at("2026-11-15T00:00Z"), 1, ZONE);
    const open = (iso: string) => lastDaysWindow(at(iso), november, ZONE, { days: 31, startHour: 1 }).open;
    expect(
      ["2026-11-01T04:59Z", "2026-11-01T05:00Z", "2026-11-01T05:59Z", "2026-11-01T06:00Z"].map(open),
    ).toEqual([false, true, true, true]);
  });

  it("stays open to midnight on a day of 25 hours", () => {
    const november = cycleAt(at("2026-11-15T00:00Z"), 1, ZONE);
    const open = (iso: string) => lastDaysWindow(at(iso), november, ZONE, { days: 31, startHour: 12 }).open;
    expect(["2026-11-02T04:30Z", "2026-11-02T05:00Z"].map(open)).toEqual([true, false]);
  });

  it("counts days by the account's clocks, not in steps of 24 hours", () => {
    const sydney = cycleAt(at("2026-10-01T00:00Z"), 7, "Australia/Sydney");
    const open = (iso: string) =>
      lastDaysWindow(at(iso), sydney, "Australia/Sydney", { days: 4, startHour: 0 }).open;
    expect(
      ["2026-10-02T13:59Z", "2026-10-02T14:00Z", "2026-10-06T12:59Z", "2026-10-06T13:00Z"].map(open),
    ).toEqual([false, true, true, false]);
  });

  it("is open when a local calendar and clock say so, and names the opening that holds an instant", () => {
    const instants = fc.integer({ min: MARCH.startMs - 86_400_000, max: MARCH.endMs + 86_400_000 });
    const settings = fc.record({
      days: fc.integer({ min: 1, max: 31 }),
      startHour: fc.integer({ min: 0, max: 23 }),
    });
    fc.assert(
      fc.property(instants, settings, (instant, setting) => {
        const local = new Date(instant).toLocaleString("sv-SE", { timeZone: ZONE });
        const [month, day, hour] = [
          local.slice(0, 7),
          Number(local.slice(8, 10)),
          Number(local.slice(11, 13)),
        ];
        const found = lastDaysWindow(instant, MARCH, ZONE, setting);
        expect(found.open).toBe(month === "2026-03" && day > 31 - setting.days && hour >= setting.startHour);
        expect(found.lastDay).toBe(local.startsWith("2026-03-31"));
        expect(found.open).toBe(found.opensMs !== undefined && found.opensMs <= instant);
        expect(found.opensMs === undefined).toBe(instant >= MARCH.endMs);
      }),
      { seed: 20_261_110, numRuns: 300 },
    );
  });

  it.each([
    [{ days: 0, startHour: 0 }],
    [{ days: 1.5, startHour: 0 }],
    [{ days: 8, startHour: 24 }],
    [{ days: 8, startHour: -1 }],
  ])("refuses %j", (setting) => {
    expect(() => lastDaysWindow(0, MARCH, ZONE, setting)).toThrow(
      expect.objectContaining({ code: "settings-invalid" }),
    );
  });
});
