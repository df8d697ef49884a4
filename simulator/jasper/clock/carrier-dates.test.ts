import { describe, expect, it } from "vitest";
import { formatDetailDate, parseDay, parseInstantMs } from "./carrier-dates.ts";

describe("carrier dates", () => {
  it("read instants with Z or an offset", () => {
    const at = Date.parse("2016-04-18T17:31:34Z");
    expect(parseInstantMs("2016-04-18T17:31:34Z")).toBe(at);
    expect(parseInstantMs("2016-04-18T17:31:34+00:00")).toBe(at);
    expect(parseInstantMs("2016-04-18T19:31:34+0200")).toBe(at);
  });

  it.each([
    "2016-04-18 17:31:34Z",
    "2016-04-18T17:31:34 00:00",
    "2016-04-18",
    "2016-02-30T00:00:00Z",
    "2016-04-18T24:00:00Z",
  ])("refuse %s as an instant", (text) => expect(parseInstantMs(text)).toBeUndefined());

  it("read days with and without an offset", () => {
    expect(parseDay("2016-04-18+05:00")).toMatchObject({ key: "2016-04-18", offset: "+05:00" });
    expect(parseDay("2016-04-18Z")?.offset).toBe("Z");
    expect(parseDay("2016-04-18")?.offset).toBeUndefined();
    expect(parseDay("2016-04-31Z")).toBeUndefined();
  });

  it("write details with a space, milliseconds and +0000", () => {
    expect(formatDetailDate(Date.parse("2016-06-29T00:21:33.339Z"))).toBe("2016-06-29 00:21:33.339+0000");
  });
});
