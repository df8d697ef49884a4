import { afterEach, describe, expect, it } from "vitest";
import { startWithCaller } from "../fixtures/caller.ts";
import type { Caller } from "../fixtures/caller.ts";

let caller: Caller;
afterEach(() => caller.simulator.close());

const usageOf = async (iccid: string): Promise<number> =>
  Number((await caller.get(`/devices/${iccid}/ctdUsages`)).json?.["ctdDataUsage"]);

const inCycle = async (iccid: string, cycleStartDate: string): Promise<number> => {
  const { json } = await caller.get(`/devices/${iccid}/usageInZone`, { cycleStartDate });
  const zones = Object.values(
    json?.["deviceCycleUsageInZones"] as Record<string, { dataUsage: number }[]>,
  ).flat();
  return zones.reduce((sum, zone) => sum + zone.dataUsage, 0);
};

describe("F12", () => {
  it("reports too little until the late call records arrive after the close", async () => {
    caller = await startWithCaller();
    const [iccid = ""] = caller.activeSims("MON-FLEX 1MB");
    caller.simulator.control.injectFault({ fault: "F12", iccids: [iccid], percent: 20, delaySeconds: 7200 });
    caller.simulator.control.setClock("2026-04-01T05:00:00Z");
    const early = await inCycle(iccid, "2026-03-01-05:00");
    caller.simulator.control.setClock("2026-04-01T06:00:00Z");
    const late = await inCycle(iccid, "2026-03-01-05:00");
    expect(early).toBe(late - Math.ceil(late / 5));
    expect(
      [...caller.simulator.control.truth("2026-03-01")].find((row) => row.iccid === iccid)?.usageBytes,
    ).toBe(late);
  });

  it("takes usage back", async () => {
    caller = await startWithCaller();
    const [iccid = ""] = caller.activeSims("MON-FLEX 1MB");
    const before = await usageOf(iccid);
    caller.simulator.control.injectFault({ fault: "F12", kind: "decrease", times: 1, percent: 50 });
    expect(await usageOf(iccid)).toBe(before - Math.ceil(before / 2));
    expect(await usageOf(iccid)).toBe(before - Math.ceil(before / 2));
  });
});

describe("F13", () => {
  it("renames a plan in the middle of things", async () => {
    caller = await startWithCaller({ faults: ["F13:plan=MON-FLEX 1MB,to=MON-FLEX ONE,call=2"] });
    const [iccid = ""] = caller.activeSims("MON-FLEX 1MB");
    const names = [];
    for (let i = 0; i < 2; i++) names.push((await caller.get(`/devices/${iccid}`)).json?.["ratePlan"]);
    expect(names).toEqual(["MON-FLEX 1MB", "MON-FLEX ONE"]);
    expect((await caller.get("/usages", { ratePlanName: "MON-FLEX 1MB" })).json?.["errorCode"]).toBe(
      "10000013",
    );
  });

  it("unpublishes a plan: nobody may move there, its SIMs stay", async () => {
    caller = await startWithCaller({ faults: ["F13:kind=unpublished,plan=MON-FLEX 3MB,call=1"] });
    const [iccid = ""] = caller.activeSims("MON-FLEX 10MB", "LTE-M Telematics");
    const [there = ""] = caller.activeSims("MON-FLEX 3MB");
    expect((await caller.put(iccid, { ratePlan: "MON-FLEX 3MB" })).json?.["errorCode"]).toBe("10000013");
    expect((await caller.get(`/devices/${there}`)).json?.["ratePlan"]).toBe("MON-FLEX 3MB");
    const { json } = await caller.get("/rateplans");
    expect(json?.["ratePlans"]).not.toContainEqual(expect.objectContaining({ name: "MON-FLEX 3MB" }));
  });

  it("brings a new version: those who stay keep the old one, those who come get the new", async () => {
    caller = await startWithCaller({ faults: ["F13:kind=new-version,plan=MON-FLEX 3MB,charge=0.99,call=1"] });
    const [iccid = ""] = caller.activeSims("MON-FLEX 10MB", "LTE-M Telematics");
    const [there = ""] = caller.activeSims("MON-FLEX 3MB");
    await caller.put(iccid, { ratePlan: "MON-FLEX 3MB" });
    caller.simulator.control.advanceClock(1000);
    const versions = async (sim: string): Promise<string[]> =>
      Object.keys(
        (await caller.get(`/devices/${sim}/usageInZone`, { isActiveRatePlan: "true" })).json?.[
          "deviceCycleUsageInZones"
        ] as object,
      );
    expect([await versions(iccid), await versions(there)]).toEqual([
      ["MON-FLEX 3MB, 2"],
      ["MON-FLEX 3MB, 1"],
    ]);
  });
});

describe("F14", () => {
  it("moves a SIM to another account", async () => {
    caller = await startWithCaller();
    const [iccid = ""] = caller.activeSims();
    caller.simulator.control.injectFault({ fault: "F14", kind: "moved", iccids: [iccid] });
    expect((await caller.get(`/devices/${iccid}`)).json?.["errorCode"]).toBe("20000001");
    expect(await caller.listAll()).toHaveLength(499);
  });

  it("purges a SIM", async () => {
    caller = await startWithCaller();
    const [iccid = ""] = caller.activeSims();
    caller.simulator.control.injectFault({ fault: "F14", kind: "purged", iccids: [iccid] });
    expect((await caller.get(`/devices/${iccid}`)).json?.["status"]).toBe("PURGED");
  });

  it("replaces a SIM's ICCID", async () => {
    caller = await startWithCaller();
    const [iccid = ""] = caller.activeSims("MON-FLEX 1MB");
    const before = new Set(await caller.listAll());
    caller.simulator.control.injectFault({ fault: "F14", kind: "replaced", iccids: [iccid] });
    expect((await caller.get(`/devices/${iccid}`)).json?.["status"]).toBe("REPLACED");
    const [added = ""] = (await caller.listAll()).filter((sim) => !before.has(sim));
    expect((await caller.get(`/devices/${added}`)).json).toMatchObject({
      status: "ACTIVATED",
      ratePlan: "MON-FLEX 1MB",
    });
    caller.simulator.control.advanceClock(86_400_000);
    expect(await usageOf(added)).toBeGreaterThan(0);
  });
});

describe("F15", () => {
  it("is a person who changes a plan behind our back", async () => {
    caller = await startWithCaller();
    const [iccid = ""] = caller.activeSims("MON-FLEX 10MB", "LTE-M Telematics");
    caller.simulator.control.injectFault({ fault: "F15", iccids: [iccid] });
    const { json } = await caller.get(`/devices/${iccid}`);
    expect(json?.["ratePlan"]).not.toBe("MON-FLEX 10MB");
    const trail = (await caller.get(`/devices/${iccid}/auditTrails`)).json?.["deviceAuditTrails"];
    expect(trail).toMatchObject([
      { field: "ratePlan", priorValue: "MON-FLEX 10MB", userName: "operator.support" },
    ]);
  });

  it("happens to a SIM of its own choice, once", async () => {
    caller = await startWithCaller({ faults: ["F15"] });
    const before = new Map([...caller.simulator.control.truth()].map((row) => [row.iccid, row.ratePlan]));
    for (let i = 0; i < 5; i++) await caller.get("/echo/x");
    const changed = [...caller.simulator.control.truth()].filter(
      (row) => before.get(row.iccid) !== row.ratePlan,
    );
    expect(changed.length).toBeLessThanOrEqual(1);
    expect(caller.simulator.control.stats().faults).toMatchObject([{ fault: "F15", struck: 1 }]);
  });
});
