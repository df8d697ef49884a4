import { describe, expect, it } from "vitest";
import { FAULTS, parseFaults } from "./fault-spec.ts";

describe("fault specifications", () => {
  it("are read from one line of text", () => {
    expect(parseFaults("F4:kind=503,probability=0.25,calls=10-20,route=usages,times=3")).toEqual([
      { fault: "F4", kind: "503", probability: 0.25, calls: { from: 10, to: 20 }, route: "usages", times: 3 },
    ]);
    expect(parseFaults("f17:from=2026-04-01T02:00:00Z,until=2026-04-01T06:00:00Z")).toEqual([
      { fault: "F17", from: "2026-04-01T02:00:00Z", until: "2026-04-01T06:00:00Z" },
    ]);
    expect(parseFaults('F13:kind=renamed,plan="Telemetry Capped 2MB, EU",to=New name,call=7')).toEqual([
      {
        fault: "F13",
        kind: "renamed",
        plan: "Telemetry Capped 2MB, EU",
        to: "New name",
        calls: { from: 7, to: 7 },
      },
    ]);
    expect(parseFaults("F3:iccid=1+2")).toEqual([{ fault: "F3", iccids: ["1", "2"] }]);
  });

  it("take all for every fault, seldom unless told", () => {
    expect(parseFaults("all").map((spec) => [spec.fault, spec.probability])).toEqual(
      Object.keys(FAULTS).map((name) => [name, 0.02]),
    );
    expect(parseFaults("all:probability=0.5")[3]?.probability).toBe(0.5);
  });

  it.each([
    ["F18", "no fault"],
    ["F4:kind=teapot", "no kind"],
    ["F4:colour=red", "no condition"],
    ["F4:503", "no condition"],
    ["F4:probability=2", "0 to 1"],
    ["F4:probability=often", "number"],
    ["F4:calls=9-2", "range"],
    ["F4:route=nowhere", "no route"],
    ["F4:from=noon", "ISO-8601"],
  ])("are refused with a reason: %s", (text, reason) => {
    expect(() => parseFaults(text)).toThrow(RangeError);
    expect(() => parseFaults(text)).toThrow(reason);
  });
});
