import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startWithCaller } from "../fixtures/caller.ts";
import type { Caller } from "../fixtures/caller.ts";

let caller: Caller;
let iccid: string;
beforeEach(async () => {
  caller = await startWithCaller();
  iccid = caller.activeSims("MON-FLEX 10MB", "LTE-M Telematics")[0] ?? "";
});
afterEach(() => caller.simulator.close());

async function planOf(sim: string): Promise<unknown> {
  return (await caller.get(`/devices/${sim}`)).json?.["ratePlan"];
}

async function trail(sim: string): Promise<Record<string, unknown>[]> {
  return (await caller.get(`/devices/${sim}/auditTrails`)).json?.["deviceAuditTrails"] as Record<
    string,
    unknown
  >[];
}

describe("a change at once", () => {
  it("is answered with the ICCID, shows in details, moves the SIM to the end of the list and is in the trail", async () => {
    const reply = await caller.put(iccid, { ratePlan: "MON-FLEX 3MB", accountCustom1: "x" });
    expect([reply.status, reply.json]).toEqual([200, { iccid }]);
    expect(await planOf(iccid)).toBe("MON-FLEX 3MB");
    expect((await caller.listAll()).at(-1)).toBe(iccid);
    expect(await trail(iccid)).toEqual([
      expect.objectContaining({ field: "accountCustom1", priorValue: "", value: "x", status: "Completed" }),
      expect.objectContaining({
        field: "ratePlan",
        priorValue: "MON-FLEX 10MB",
        value: "MON-FLEX 3MB",
        userName: "simulator",
      }),
    ]);
  });

  it("repeated leaves one record", async () => {
    await caller.put(iccid, { ratePlan: "MON-FLEX 3MB" });
    await caller.put(iccid, { ratePlan: "MON-FLEX 3MB" });
    expect(await trail(iccid)).toHaveLength(1);
  });
});

describe("a change on a later day", () => {
  it("is pending in the trail and happens at local midnight, once", async () => {
    const reply = await caller.put(iccid, { ratePlan: "MON-FLEX 3MB", effectiveDate: "2026-04-02-04:00" });
    expect(reply.status).toBe(202);
    expect(await trail(iccid)).toMatchObject([
      { status: "Pending", effectiveDate: "2026-04-02 04:00:00.000+0000" },
    ]);
    caller.simulator.control.setClock("2026-04-02T03:59:59Z");
    expect(await planOf(iccid)).toBe("MON-FLEX 10MB");
    caller.simulator.control.setClock("2026-04-02T04:00:00Z");
    expect(await planOf(iccid)).toBe("MON-FLEX 3MB");
    expect(await trail(iccid)).toMatchObject([{ status: "Completed", value: "MON-FLEX 3MB" }]);
  });

  it("today means now; the past, too far ahead, and other formats are refused", async () => {
    const code = async (effectiveDate: string): Promise<unknown> =>
      (await caller.put(iccid, { ratePlan: "MON-FLEX 3MB", effectiveDate })).json?.["errorCode"];
    expect(await code("2026-03-27-04:00")).toBe("10000012");
    expect(await code("2026-09-25-04:00")).toBe("10000012");
    expect(await code("2026-03-30")).toBe("10000012");
    expect(await code("30.03.2026")).toBe("10000012");
    expect(await planOf(iccid)).toBe("MON-FLEX 10MB");
    expect(await code("2026-09-24-04:00")).toBeUndefined();
    expect(await code("2026-03-28Z")).toBeUndefined();
    expect(await planOf(iccid)).toBe("MON-FLEX 3MB");
  });
});

describe("refused changes", () => {
  it.each([
    [{}, "10000011"],
    [{ effectiveDate: "2026-04-02Z" }, "10000011"],
    ["{not json", "10000023"],
    [[1], "10000023"],
    [{ ratePlan: "no such plan" }, "10000013"],
    [{ ratePlan: "Legacy 3G 5MB" }, "10000013"],
    [{ ratePlan: "Event Pass 1GB" }, "10000013"],
    [{ ratePlan: "Monthly Unlimited Video" }, "10000013"],
    [{ communicationPlan: "Carrier pigeon" }, "10000014"],
    [{ status: "SLEEPING" }, "10000005"],
    [{ status: "INVENTORY" }, "10000029"],
    [{ overageLimitOverride: "ALWAYS" }, "10000016"],
    [{ operatorCustom1: "x" }, "10000008"],
    [{ customerCustom1: "x" }, "10000010"],
    [{ colour: "red" }, "10000028"],
    [{ customer: "x".repeat(61) }, "10000015"],
  ])("%j with %s, and nothing changes", async (body, errorCode) => {
    const before = await caller.get(`/devices/${iccid}`);
    expect((await caller.put(iccid, body)).json?.["errorCode"]).toBe(errorCode);
    expect((await caller.get(`/devices/${iccid}`)).json).toEqual(before.json);
  });

  it("a SIM that is PURGED stays as it is", async () => {
    await caller.put(iccid, { status: "PURGED" });
    expect((await caller.put(iccid, { status: "ACTIVATED" })).json?.["errorCode"]).toBe("10000005");
  });

  it("more changes in a cycle than the contract allows", async () => {
    const limited = await startWithCaller({ contract: { maxChangesPerCycle: 1 } });
    try {
      expect((await limited.put(iccid, { ratePlan: "MON-FLEX 3MB" })).status).toBe(200);
      expect((await limited.put(iccid, { ratePlan: "MON-FLEX 10MB" })).json?.["errorCode"]).toBe("10000013");
      limited.simulator.control.setClock("2026-04-01T04:00:00Z");
      expect((await limited.put(iccid, { ratePlan: "MON-FLEX 10MB" })).status).toBe(200);
    } finally {
      await limited.simulator.close();
    }
  });
});

describe("the audit trail", () => {
  it("is newest first, pages, and reaches back as many days as asked", async () => {
    for (let i = 0; i < 3; i++) {
      await caller.put(iccid, { accountCustom1: `v${i}` });
      caller.simulator.control.advanceClock(20 * 86_400_000);
    }
    const ask = async (parameters: Record<string, string | number>) =>
      (await caller.get(`/devices/${iccid}/auditTrails`, parameters)).json ?? {};
    const values = (body: Record<string, unknown>): unknown[] =>
      (body["deviceAuditTrails"] as { value: string }[]).map((r) => r.value);
    expect(values(await ask({}))).toEqual(["v2"]);
    expect(values(await ask({ daysOfHistory: 365 }))).toEqual(["v2", "v1", "v0"]);
    const second = await ask({ daysOfHistory: 365, pageSize: 2, pageNumber: 2 });
    expect([values(second), second["lastPage"]]).toEqual([["v0"], true]);
    expect((await ask({ daysOfHistory: 366 }))["errorCode"]).toBe("10000049");
  });
});
