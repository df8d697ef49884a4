import { afterEach, describe, expect, it } from "vitest";
import { SINCE, startWithCaller } from "../fixtures/caller.ts";
import type { Caller } from "../fixtures/caller.ts";

let caller: Caller;
afterEach(() => caller.simulator.close());

const outcome = async (path = "/echo/x"): Promise<unknown[]> => {
  const reply = await caller.get(path, path === "/devices" ? SINCE : {});
  return [reply.status, reply.json?.["errorCode"]];
};

describe("F1", () => {
  it("refuses a call as throttled without counting it against the caller", async () => {
    caller = await startWithCaller({ faults: ["F1:calls=2"] });
    expect(await outcome()).toEqual([200, undefined]);
    expect(await outcome()).toEqual([400, "40000029"]);
    expect(caller.simulator.control.stats()).toMatchObject({
      throttled: 1,
      violations: { rate: 0, concurrency: 0 },
    });
  });
});

describe("F2", () => {
  it("refuses credentials without a code, with one, or from one call on for good", async () => {
    caller = await startWithCaller({
      faults: ["F2:call=1", "F2:kind=invalid,call=2", "F2:kind=expired,call=4"],
    });
    expect(await outcome()).toEqual([401, undefined]);
    expect(await outcome()).toEqual([401, "10000001"]);
    expect(await outcome()).toEqual([200, undefined]);
    expect([await outcome(), await outcome()]).toEqual([
      [401, "10000001"],
      [401, "10000001"],
    ]);
  });
});

describe("F3", () => {
  it("does not find the SIM it names, and finds others", async () => {
    caller = await startWithCaller();
    const [hidden = "", other = ""] = caller.activeSims();
    caller.simulator.control.injectFault({ fault: "F3", iccids: [hidden] });
    expect(await outcome(`/devices/${hidden}`)).toEqual([404, "20000001"]);
    expect(await outcome(`/devices/${other}`)).toEqual([200, undefined]);
  });
});

describe("F4", () => {
  it("answers 500 as JSON, 503 and 504 as HTML, resets, or takes its time", async () => {
    caller = await startWithCaller({
      faults: [
        "F4:kind=500,call=1",
        "F4:kind=503,call=2",
        "F4:kind=504,call=3",
        "F4:kind=reset,call=4",
        "F4:kind=slow,delayMs=60,call=5",
      ],
    });
    expect(await outcome()).toEqual([500, "30000001"]);
    for (const status of [503, 504]) {
      const reply = await caller.get("/echo/x");
      expect([reply.status, reply.json, reply.text.startsWith("<!DOCTYPE html>")]).toEqual([
        status,
        undefined,
        true,
      ]);
    }
    await expect(caller.get("/echo/x")).rejects.toThrow("fetch failed");
    const begunMs = performance.now();
    expect(await outcome()).toEqual([200, undefined]);
    expect(performance.now() - begunMs).toBeGreaterThanOrEqual(55);
  });

  it("strikes the same calls for the same seed, about as often as its probability", async () => {
    const struck = async (seed: number): Promise<number[]> => {
      caller = await startWithCaller({ seed, devices: 5, faults: ["F4:kind=500,probability=0.3"] });
      const calls: number[] = [];
      for (let call = 1; call <= 100; call++) if ((await outcome())[0] === 500) calls.push(call);
      await caller.simulator.close();
      return calls;
    };
    const first = await struck(3);
    expect(await struck(3)).toEqual(first);
    expect(await struck(4)).not.toEqual(first);
    expect(first.length).toBeGreaterThan(15);
    expect(first.length).toBeLessThan(45);
  });

  it("keeps to its window on the simulator's clock, its route and its number of times", async () => {
    caller = await startWithCaller({
      faults: ["F4:kind=500,from=2026-03-28T10:00:00Z,until=2026-03-28T11:00:00Z,route=echo,times=1"],
    });
    expect((await outcome())[0]).toBe(200);
    caller.simulator.control.setClock("2026-03-28T10:00:00Z");
    expect((await outcome("/devices"))[0]).toBe(200);
    expect((await outcome())[0]).toBe(500);
    expect((await outcome())[0]).toBe(200);
    expect(caller.simulator.control.stats().faults).toEqual([{ id: 1, fault: "F4", struck: 1 }]);
  });
});

describe("F16", () => {
  it("takes away the bulk usage, zone and audit routes", async () => {
    caller = await startWithCaller({ faults: ["F16:calls=2-4", "F16:kind=role,calls=5-9"] });
    const [iccid = ""] = caller.activeSims();
    const bulk = "/usages?ratePlanName=MON-FLEX%201MB";
    expect(await outcome(bulk)).toEqual([200, undefined]);
    expect(await outcome(bulk)).toEqual([403, "10000079"]);
    expect(await outcome(`/devices/${iccid}/usageInZone`)).toEqual([403, "10000079"]);
    expect(await outcome(`/devices/${iccid}/ctdUsages`)).toEqual([200, undefined]);
    expect(await outcome(bulk)).toEqual([403, "10000030"]);
  });
});

describe("F17", () => {
  it("answers everything with a 503 page for two hours around the end of the cycle", async () => {
    caller = await startWithCaller({ faults: ["F17"] });
    const statuses: unknown[] = [];
    for (const at of [
      "2026-04-01T02:59:59Z",
      "2026-04-01T03:00:00Z",
      "2026-04-01T04:59:59Z",
      "2026-04-01T05:00:00Z",
    ]) {
      caller.simulator.control.setClock(at);
      statuses.push((await outcome("/devices"))[0]);
    }
    expect(statuses).toEqual([200, 503, 503, 200]);
  });

  it("or for the window it is given", async () => {
    caller = await startWithCaller({ faults: ["F17:from=2026-03-28T09:00:00Z,until=2026-03-28T12:00:00Z"] });
    expect((await outcome())[0]).toBe(503);
    caller.simulator.control.setClock("2026-03-28T12:00:00Z");
    expect((await outcome())[0]).toBe(200);
  });
});
