import { afterEach, describe, expect, it } from "vitest";
import { startWithCaller } from "../fixtures/caller.ts";
import type { Caller, Reply } from "../fixtures/caller.ts";

let caller: Caller;
afterEach(() => caller.simulator.close());

interface UsagesPage {
  readonly zones: readonly {
    zone: string;
    devices: readonly { deviceId: string; usage: Record<string, number> }[];
  }[];
  readonly lastPage: boolean;
}

async function usageOfPlan(
  ratePlanName: string,
  more: Record<string, string> = {},
): Promise<Map<string, number>> {
  const bytes = new Map<string, number>();
  for (let pageNumber = 1; ; pageNumber++) {
    const page = (await caller.get("/usages", { ratePlanName, pageNumber, ...more }))
      .json as unknown as UsagesPage;
    for (const { deviceId, usage } of page.zones.flatMap((zone) => zone.devices)) {
      bytes.set(deviceId, (bytes.get(deviceId) ?? 0) + (usage["dataUsage"] ?? 0));
    }
    if (page.lastPage) return bytes;
  }
}

async function ctd(iccid: string): Promise<number> {
  return Number((await caller.get(`/devices/${iccid}/ctdUsages`)).json?.["ctdDataUsage"]);
}

type Zones = Record<string, { ratePlan: string; ratePlanVersion: string; zone: string; dataUsage: number }[]>;

function zonesOf(reply: Reply): Zones {
  return reply.json?.["deviceCycleUsageInZones"] as Zones;
}

describe("cycle-to-date usage", () => {
  it("is in whole bytes, rises with the clock and starts anew at local midnight of the cycle day", async () => {
    caller = await startWithCaller();
    const iccid = caller.activeSims("MON-FLEX 300MB", "LTE Broadband")[0] ?? "";
    const readings: number[] = [];
    for (const at of ["2026-03-29T09:00:00Z", "2026-03-31T20:00:00Z", "2026-04-01T03:59:59Z"]) {
      caller.simulator.control.setClock(at);
      readings.push(await ctd(iccid));
    }
    expect(readings).toEqual(readings.toSorted((a, b) => a - b));
    expect(Number.isInteger(readings[0]) && (readings[0] ?? 0) > 0).toBe(true);
    caller.simulator.control.setClock("2026-04-01T04:00:00Z");
    expect(await ctd(iccid)).toBe(0);
  });

  it("is not split by plan and stops with the service", async () => {
    caller = await startWithCaller();
    const iccid = caller.activeSims("MON-FLEX 300MB", "LTE Broadband")[0] ?? "";
    const before = await ctd(iccid);
    await caller.put(iccid, { ratePlan: "MON-FLEX 50MB" });
    expect(await ctd(iccid)).toBe(before);
    await caller.put(iccid, { status: "DEACTIVATED" });
    caller.simulator.control.advanceClock(86_400_000);
    expect(await ctd(iccid)).toBe(before);
  });
});

describe("usage in zone", () => {
  it("is keyed by plan and version and bounded by local midnights in UTC, the end one second early", async () => {
    caller = await startWithCaller();
    const iccid = caller.activeSims("MON-FLEX 10MB", "LTE-M Telematics")[0] ?? "";
    const reply = await caller.get(`/devices/${iccid}/usageInZone`);
    expect(reply.json).toMatchObject({
      cycleStartDate: "2026-03-01T05:00:00.000Z",
      cycleEndDate: "2026-04-01T03:59:59.000Z",
    });
    expect(Object.keys(zonesOf(reply))).toEqual(["MON-FLEX 10MB, 1"]);
    const [zone] = zonesOf(reply)["MON-FLEX 10MB, 1"] ?? [];
    expect(zone).toMatchObject({
      ratePlanVersion: "1",
      dataUsage: await ctd(iccid),
      dataUsageUnit: "bytes",
      smsmtusage: null,
    });
  });

  it("splits a cycle at the instant of the plan change", async () => {
    caller = await startWithCaller();
    const iccid = caller.activeSims("MON-FLEX 300MB", "LTE Broadband")[0] ?? "";
    const atChange = await ctd(iccid);
    await caller.put(iccid, { ratePlan: "MON-FLEX 50MB" });
    caller.simulator.control.advanceClock(2 * 86_400_000);
    const byPlan = Object.entries(zonesOf(await caller.get(`/devices/${iccid}/usageInZone`))).map(
      ([key, zones]) => [key.slice(0, -3), zones.reduce((sum, zone) => sum + zone.dataUsage, 0)] as const,
    );
    expect(byPlan).toEqual([
      ["MON-FLEX 300MB", atChange],
      ["MON-FLEX 50MB", (await ctd(iccid)) - atChange],
    ]);
    const active = await caller.get(`/devices/${iccid}/usageInZone`, { isActiveRatePlan: "true" });
    expect(Object.keys(zonesOf(active))).toEqual(["MON-FLEX 50MB, 1"]);
  });

  it("reaches back two cycles and no further", async () => {
    caller = await startWithCaller();
    const iccid = caller.activeSims()[0] ?? "";
    const ask = (cycleStartDate: string): Promise<Reply> =>
      caller.get(`/devices/${iccid}/usageInZone`, { cycleStartDate });
    expect((await ask("2026-01-01-05:00")).status).toBe(200);
    expect((await ask("2025-12-01-05:00")).json?.["errorCode"]).toBe("10000032");
    expect((await ask("2026-03-02-05:00")).json?.["errorCode"]).toBe("10000032");
    expect((await ask("2026-03-01")).json?.["errorCode"]).toBe("10000012");
    expect((await caller.get(`/devices/${iccid}/usageInZone`, { zone: "Moon" })).json?.["errorCode"]).toBe(
      "10000031",
    );
    expect(
      (await caller.get(`/devices/${iccid}/usageInZone`, { ratePlan: "none" })).json?.["errorCode"],
    ).toBe("10000013");
  });
});

describe("usage by rate plan", () => {
  it("adds up to the cycle-to-date usage of every SIM, leaving idle SIMs out", async () => {
    caller = await startWithCaller({ devices: 800 });
    const truth = [...caller.simulator.control.truth()].filter((row) => row.ratePlan === "MON-FLEX 300MB");
    const both = [
      await usageOfPlan("MON-FLEX 300MB"),
      await usageOfPlan("MON-FLEX 300MB", { ratePlanVersion: "1" }),
    ];
    const found = new Map(both.flatMap((bytes) => [...bytes]));
    const used = truth.filter((row) => row.usageBytes > 0);
    expect(found).toEqual(new Map(used.map((row) => [row.iccid, row.usageBytes])));
    expect(used.length).toBeLessThan(truth.length);
    expect(both.every((bytes) => bytes.size > 0)).toBe(true);
  });

  it("names a SIM that roams once for each zone", async () => {
    caller = await startWithCaller({ devices: 3000 });
    const page = (zone: string) => async () => {
      const rows: string[] = [];
      for (let pageNumber = 1; ; pageNumber++) {
        const read = (await caller.get("/usages", { ratePlanName: "MON-FLEX 50MB", pageNumber }))
          .json as unknown as UsagesPage;
        rows.push(
          ...read.zones.filter((z) => z.zone === zone).flatMap((z) => z.devices.map((d) => d.deviceId)),
        );
        if (read.lastPage) return rows;
      }
    };
    const home = await page("Home")();
    const abroad = await page("Roaming EU")();
    expect(abroad.length).toBeGreaterThan(0);
    expect(new Set([...home, ...abroad]).size).toBe(home.length);
  });

  it("counts traffic on the plan it was made on, or on today's plan where the tenant does", async () => {
    caller = await startWithCaller();
    const iccid = caller.activeSims("MON-FLEX 10MB", "LTE-M Telematics")[0] ?? "";
    const before = await ctd(iccid);
    await caller.put(iccid, { ratePlan: "MON-FLEX 50MB" });
    expect((await usageOfPlan("MON-FLEX 10MB")).get(iccid)).toBe(before);
    expect((await usageOfPlan("MON-FLEX 50MB")).has(iccid)).toBe(false);
    await caller.simulator.close();
    caller = await startWithCaller({ usageAttribution: "current-plan" });
    await caller.put(iccid, { ratePlan: "MON-FLEX 50MB" });
    expect((await usageOfPlan("MON-FLEX 50MB")).get(iccid)).toBe(before);
    expect((await usageOfPlan("MON-FLEX 10MB")).has(iccid)).toBe(false);
  });

  it("refuses shared and unknown plans, versions and cycles", async () => {
    caller = await startWithCaller();
    const code = async (parameters: Record<string, string>): Promise<unknown> =>
      (await caller.get("/usages", parameters)).json?.["errorCode"];
    expect(await code({ ratePlanName: "Group Shared 10MB" })).toBe("10000013");
    expect(await code({ ratePlanName: "no such plan" })).toBe("10000013");
    expect(await code({ ratePlanName: "MON-FLEX 1MB", ratePlanVersion: "2" })).toBe("10000013");
    expect(await code({ ratePlanName: "MON-FLEX 1MB", cycleStartDate: "2025-12-01" })).toBe("10000032");
    expect(await code({ ratePlanName: "MON-FLEX 1MB", cycleStartDate: "1 March" })).toBe("10000012");
    expect(await code({})).toBe("10000011");
  });

  it("gives only the type asked for", async () => {
    caller = await startWithCaller();
    const page = (await caller.get("/usages", { ratePlanName: "MON-FLEX 1MB", usageType: "DATA" }))
      .json as unknown as UsagesPage;
    expect(Object.keys(page.zones[0]?.devices[0]?.usage ?? {})).toEqual(["dataUsage"]);
  });
});
