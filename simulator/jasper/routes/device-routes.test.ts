import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startWithCaller } from "../fixtures/caller.ts";
import type { Caller } from "../fixtures/caller.ts";

let caller: Caller;
let iccid: string;
beforeAll(async () => {
  caller = await startWithCaller();
  iccid = caller.activeSims("MON-FLEX 10MB")[0] ?? "";
});
afterAll(() => caller.simulator.close());

describe("device details", () => {
  it("carry the documented names and the date format with a space", async () => {
    const { json = {} } = await caller.get(`/devices/${iccid}`);
    expect(json).toMatchObject({
      iccid,
      status: "ACTIVATED",
      ratePlan: "MON-FLEX 10MB",
      accountId: "100020620",
      customer: null,
    });
    expect(json["dateActivated"]).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\+0000$/);
    for (const name of [
      "deviceID",
      "modemID",
      "fixedIPAddress",
      "fixedIpv6Address",
      "accountCustom10",
      "customerCustom5",
    ]) {
      expect(json).toHaveProperty(name);
    }
  });

  it("can be cut down to some fields", async () => {
    expect((await caller.get(`/devices/${iccid}`, { fields: "iccid,ratePlan" })).json).toEqual({
      iccid,
      ratePlan: "MON-FLEX 10MB",
    });
  });

  it.each(["ctdUsages", "usageInZone", "auditTrails"])(
    "are refused like %s for a SIM that is not there",
    async (route) => {
      const absent = "89014109999999999990";
      for (const path of [`/devices/${absent}`, `/devices/${absent}/${route}`]) {
        const reply = await caller.get(path);
        expect([reply.status, reply.json?.["errorCode"]]).toEqual([404, "20000001"]);
      }
      expect((await caller.get("/devices/12ab")).json?.["errorCode"]).toBe("10000021");
    },
  );
});

describe("ICCIDs", () => {
  it("have 19 digits where the tenant says so, and 20 digits mean nothing there", async () => {
    const short = await startWithCaller({ iccidLength: 19, devices: 3 });
    try {
      const [first = ""] = await short.listAll();
      expect(first).toMatch(/^\d{19}$/);
      expect((await short.get(`/devices/${first}`)).status).toBe(200);
      expect((await short.get(`/devices/${first}0`)).status).toBe(404);
    } finally {
      await short.simulator.close();
    }
  });
});

describe("echo", () => {
  it("gives back its text", async () => {
    expect((await caller.get("/echo/hello%20there")).json).toEqual({ context: "hello there" });
  });
});

describe("paths", () => {
  it("of another version are refused with 10000024, and unknown ones with an HTML page", async () => {
    const credentials = Buffer.from(`${caller.simulator.username}:${caller.simulator.apiKey}`).toString(
      "base64",
    );
    const headers = { Authorization: `Basic ${credentials}` };
    const other = await fetch(`${caller.simulator.origin}/rws/api/v2/devices`, { headers });
    expect(await other.json()).toMatchObject({ errorCode: "10000024" });
    const console = await fetch(`${caller.simulator.origin}/login`, { headers });
    expect([console.status, console.headers.get("content-type")]).toEqual([
      404,
      "text/html; charset=ISO-8859-1",
    ]);
  });
});
