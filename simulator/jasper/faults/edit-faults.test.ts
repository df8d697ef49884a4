import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startWithCaller } from "../fixtures/caller.ts";
import type { Caller } from "../fixtures/caller.ts";

let caller: Caller;
let iccid: string;
let other: string;
beforeEach(async () => {
  caller = await startWithCaller();
  [iccid = "", other = ""] = caller.activeSims("MON-FLEX 10MB", "LTE-M Telematics");
});
afterEach(() => caller.simulator.close());

const planOf = async (sim: string): Promise<unknown> =>
  (await caller.get(`/devices/${sim}`)).json?.["ratePlan"];

describe("F5", () => {
  it("makes the change and loses the answer", async () => {
    caller.simulator.control.injectFault("F5:times=1");
    await expect(caller.put(iccid, { ratePlan: "MON-FLEX 3MB" })).rejects.toThrow("fetch failed");
    expect(await planOf(iccid)).toBe("MON-FLEX 3MB");
    expect((await caller.put(other, { ratePlan: "MON-FLEX 3MB" })).status).toBe(200);
  });

  it("or keeps silent until the caller gives up", async () => {
    caller.simulator.control.injectFault("F5:kind=silence,delayMs=50");
    await expect(caller.put(iccid, { ratePlan: "MON-FLEX 3MB" })).rejects.toThrow("fetch failed");
    expect(await planOf(iccid)).toBe("MON-FLEX 3MB");
  });
});

describe("F6", () => {
  it("answers 200 and changes the plan only later, with nothing in the trail until then", async () => {
    caller.simulator.control.injectFault("F6:delaySeconds=300");
    expect((await caller.put(iccid, { ratePlan: "MON-FLEX 3MB" })).status).toBe(200);
    caller.simulator.control.advanceClock(299_000);
    expect(await planOf(iccid)).toBe("MON-FLEX 10MB");
    expect((await caller.get(`/devices/${iccid}/auditTrails`)).json?.["deviceAuditTrails"]).toEqual([]);
    caller.simulator.control.advanceClock(1000);
    expect(await planOf(iccid)).toBe("MON-FLEX 3MB");
  });
});

describe("F7", () => {
  it("refuses some pairs of SIM and plan each time they are asked for, and no others", async () => {
    caller.simulator.control.injectFault("F7:probability=0.5");
    const sims = caller.activeSims("MON-FLEX 10MB", "LTE-M Telematics");
    const refused = async (): Promise<string[]> => {
      const codes: string[] = [];
      for (const sim of sims)
        if ((await caller.put(sim, { ratePlan: "MON-FLEX 50MB" })).json?.["errorCode"] === "10000013")
          codes.push(sim);
      return codes;
    };
    const first = await refused();
    expect(first.length).toBeGreaterThan(0);
    expect(first.length).toBeLessThan(sims.length);
    expect(await refused()).toEqual(first);
  });

  it("can be told which", async () => {
    caller.simulator.control.injectFault({ fault: "F7", iccids: [iccid], plan: "MON-FLEX 50MB" });
    expect((await caller.put(iccid, { ratePlan: "MON-FLEX 50MB" })).json?.["errorCode"]).toBe("10000013");
    expect((await caller.put(iccid, { ratePlan: "MON-FLEX 3MB" })).status).toBe(200);
    expect((await caller.put(other, { ratePlan: "MON-FLEX 50MB" })).status).toBe(200);
  });
});
