import { describe, expect, test } from "vitest";
import { PoolwiseError } from "../../billing/errors.ts";
import { formatDay, formatInstant, parseCarrierDate } from "./carrier-dates.ts";
import { parseJasperSettings } from "./settings.ts";
import type { JasperSettingsInput } from "./settings.ts";

const good: JasperSettingsInput = {
  account: "acme",
  baseUrl: "https://restapi1.example.com/rws/api/v1",
  username: "u",
  apiKey: "a-long-secret-key",
};

function faultOf(input: JasperSettingsInput): PoolwiseError {
  try {
    parseJasperSettings(input);
  } catch (error) {
    if (error instanceof PoolwiseError) return error;
    throw error;
  }
  throw new Error("the settings were accepted");
}

describe("settings", () => {
  test.each([
    ["https://restapi1.example.com", "/rws/api/v1"],
    ["https://restapi1.example.com/", "/rws/api/v1"],
    ["https://restapi1.example.com/rws/api", "/rws/api/v1"],
    ["https://restapi1.example.com/rws/api/v1/", "/rws/api/v1"],
    ["http://127.0.0.1:8080/rws/api/v1", "/rws/api/v1"],
  ])("%s is the API's base", (baseUrl, path) => {
    expect(parseJasperSettings({ ...good, baseUrl }).baseUrl.pathname).toBe(path);
  });

  test.each([
    [{ baseUrl: "http://restapi1.example.com" }, "https is expected"],
    [{ baseUrl: "restapi1.example.com" }, "a URL such as"],
    [{ baseUrl: "https://user:pass@restapi1.example.com" }, "without user"],
    [{ username: "a:b" }, "without a colon"],
    [{ timeZone: "Mars/Olympus" }, "an IANA time zone"],
    [{ concurrency: 0 }, "concurrency"],
    [{ callsPerSecond: -1 }, "callsPerSecond"],
    [{ pageSize: 51 }, "pageSize"],
    [{ apiKey: "two\nlines" }, "one line"],
  ] as [Partial<JasperSettingsInput>, string][])(
    "%j is refused without repeating the key",
    (change, words) => {
      const error = faultOf({ ...good, ...change });
      expect(error.code).toBe("settings-invalid");
      expect(error.message).toContain(words);
      const shown = `${error.message}${JSON.stringify(error.faults)}`;
      expect(shown).not.toContain("secret");
      expect(shown).not.toContain("two");
    },
  );

  test("all faults are listed at once", () => {
    expect(() => parseJasperSettings({ ...good, username: "", timeZone: "x", pageSize: 0 })).toThrow(
      /username.*timeZone.*pageSize/s,
    );
  });

  test("no limit is written 0", () => {
    expect(parseJasperSettings({ ...good, callsPerSecond: 0 }).callsPerSecond).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("dates", () => {
  test.each([
    ["2016-06-29 00:21:33.339+0000", "2016-06-29T00:21:33.339Z"],
    ["2016-04-18T17:31:34+00:00", "2016-04-18T17:31:34.000Z"],
    ["2016-04-18T17:31:34Z", "2016-04-18T17:31:34.000Z"],
    ["2018-09-26T03:02:18.393Z", "2018-09-26T03:02:18.393Z"],
    ["2016-04-18T17:31:34-0530", "2016-04-18T23:01:34.000Z"],
    ["2016-04-18+05:00", "2016-04-17T19:00:00.000Z"],
    ["2016-04-18T17:31:34.123456789Z", "2016-04-18T17:31:34.123Z"],
  ])("%s is read", (text, instant) => {
    expect(parseCarrierDate(text)?.toISOString()).toBe(instant);
  });

  test.each([
    "2016-02-30T00:00:00Z",
    "2016-04-18T17:31:34",
    "2016-04-18",
    "18/04/2016",
    "2016-13-01Z",
    "",
    "2016-04-18T25:00:00Z",
  ])("%s is not guessed at", (text) => {
    expect(parseCarrierDate(text)).toBeUndefined();
  });

  test("are written as the tenant wants them", () => {
    const at = new Date("2026-03-08T09:05:03.900Z");
    expect(formatInstant(at, "Z")).toBe("2026-03-08T09:05:03Z");
    expect(formatInstant(at, "offset")).toBe("2026-03-08T09:05:03+00:00");
    expect(formatDay("2026-03-08", "America/New_York")).toBe("2026-03-08-05:00");
    expect(formatDay("2026-03-09", "America/New_York")).toBe("2026-03-09-04:00");
    expect(formatDay("2026-03-09", "UTC")).toBe("2026-03-09+00:00");
    expect(formatDay("2026-01-01", "Asia/Kolkata")).toBe("2026-01-01+05:30");
  });
});
