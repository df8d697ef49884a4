import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SINCE, startWithCaller } from "../fixtures/caller.ts";
import type { Caller, DevicesPage } from "../fixtures/caller.ts";

let caller: Caller;
beforeAll(async () => {
  caller = await startWithCaller({ devices: 1203 });
});
afterAll(() => caller.simulator.close());

async function search(parameters: Record<string, string | number>): Promise<DevicesPage> {
  const reply = await caller.get("/devices", { ...SINCE, ...parameters });
  expect(reply.status).toBe(200);
  return reply.json as unknown as DevicesPage;
}

describe("searching devices", () => {
  it("pages through every SIM of the account once", async () => {
    const iccids = await caller.listAll();
    expect(iccids).toHaveLength(1203);
    expect(new Set(iccids)).toEqual(new Set([...caller.simulator.control.truth()].map((row) => row.iccid)));
  });

  it("gives rows of four fields, 50 a page, 1-based, and says which page is the last", async () => {
    const first = await search({});
    expect([first.pageNumber, first.devices.length, first.lastPage]).toEqual([1, 50, false]);
    expect(Object.keys(first.devices[0] ?? {})).toEqual(["iccid", "status", "ratePlan", "communicationPlan"]);
    const last = await search({ pageNumber: 25 });
    expect([last.devices.length, last.lastPage]).toEqual([3, true]);
  });

  it("lists the oldest change first", async () => {
    const dates: string[] = [];
    for (const pageNumber of [1, 9, 24]) {
      for (const { iccid } of (await search({ pageNumber, pageSize: 5 })).devices) {
        dates.push(
          String((await caller.get(`/devices/${iccid}`, { fields: "dateUpdated" })).json?.["dateUpdated"]),
        );
      }
    }
    expect(dates).toEqual(dates.toSorted());
    expect(new Set(dates).size).toBeGreaterThan(5);
  });

  it("keeps to the window, both ends included, and windows add up to the whole", async () => {
    const [iccid = ""] = (await search({ pageNumber: 5 })).devices.map((device) => device.iccid);
    const details = await caller.get(`/devices/${iccid}`);
    const at = String(details.json?.["dateUpdated"]).replace(" ", "T").replace(".000+0000", "Z");
    const before = new Date(Date.parse(at) - 1000).toISOString().replace(".000Z", "+00:00");
    const count = async (parameters: Record<string, string>): Promise<number> => {
      let found = 0;
      for (let pageNumber = 1; ; pageNumber++) {
        const page = await search({ ...parameters, pageNumber });
        found += page.devices.length;
        if (page.lastPage) return found;
      }
    };
    const onThatInstant = await search({ modifiedSince: at, modifiedTill: at });
    expect(onThatInstant.devices.map((device) => device.iccid)).toContain(iccid);
    expect((await count({ modifiedTill: before })) + (await count({ modifiedSince: at }))).toBe(1203);
  });

  it("filters by status and custom fields", async () => {
    const truth = [...caller.simulator.control.truth()];
    const retired = truth.filter((row) => row.status === "RETIRED").map((row) => row.iccid);
    expect((await search({ status: "RETIRED" })).devices.map((device) => device.iccid).toSorted()).toEqual(
      retired.toSorted(),
    );
    const [one = ""] = caller.activeSims();
    await caller.put(one, { accountCustom3: "depot 7" });
    expect((await search({ accountCustom3: "depot 7" })).devices.map((device) => device.iccid)).toEqual([
      one,
    ]);
  });

  it.each([
    [{}, "10000003"],
    [{ modifiedSince: "yesterday" }, "10000012"],
    [{ modifiedSince: "2016-04-18T17:31:34 00:00" }, "10000012"],
    [{ ...SINCE, modifiedTill: "2014-01-01T00:00:00Z" }, "10000027"],
    [{ ...SINCE, pageSize: 51 }, "10000006"],
    [{ ...SINCE, pageSize: 0 }, "10000006"],
    [{ ...SINCE, pageNumber: 0 }, "10000007"],
    [{ ...SINCE, status: "SLEEPING" }, "10000005"],
    [{ ...SINCE, accountId: "x" }, "10000004"],
    [{ ...SINCE, accountId: "1" }, "10000062"],
    [{ ...SINCE, colour: "red" }, "10000028"],
  ])("refuses %j with %s", async (parameters, errorCode) => {
    const reply = await caller.get("/devices", parameters as Record<string, string>);
    expect(reply.json?.["errorCode"]).toBe(errorCode);
    expect(reply.status).toBeGreaterThanOrEqual(400);
  });

  it("answers an empty last page past the end", async () => {
    expect(await search({ pageNumber: 26 })).toEqual({ pageNumber: 26, devices: [], lastPage: true });
  });
});

describe("tenants that differ", () => {
  it("look back one year only, and end the window one year after its start unless told", async () => {
    const strict = await startWithCaller({
      lookback: "one-year",
      tillDefault: "one-year",
      pastEnd: "refuse",
      pageSizeOver: "clamp",
    });
    try {
      const code = async (parameters: Record<string, string>): Promise<unknown> =>
        (await strict.get("/devices", parameters)).json?.["errorCode"];
      expect(await code(SINCE)).toBe("10000045");
      expect(await code({ modifiedSince: "2027-01-01T00:00:00Z" })).toBe("10002119");
      const reply = await strict.get("/devices", { modifiedSince: "2025-04-01T00:00:00Z", pageSize: 500 });
      expect((reply.json as unknown as DevicesPage).devices.length).toBeLessThanOrEqual(50);
      expect(await code({ modifiedSince: "2025-04-01T00:00:00Z", pageNumber: "999" })).toBe("10000007");
    } finally {
      await strict.simulator.close();
    }
  });

  it("lose SIMs silently where the window ends by itself", async () => {
    const truncating = await startWithCaller({ tillDefault: "one-year" });
    try {
      const reply = await truncating.get("/devices", {
        modifiedSince: "2024-01-01T00:00:00Z",
        pageNumber: 1,
      });
      expect(reply.status).toBe(200);
      expect((await truncating.listAll()).length).toBeLessThan(500);
    } finally {
      await truncating.simulator.close();
    }
  });
});

describe("a list that changes while it is read", () => {
  it("moves an edited SIM to the end: the next page skips one, and the moved one comes twice", async () => {
    const moving = await startWithCaller({ devices: 200 });
    try {
      const whole = await moving.listAll();
      const [edited = "", skipped] = [whole[10], whole[50]];
      const scanned = await moving.listAll(async (page) => {
        if (page === 1) await moving.put(edited, { accountCustom1: "changed" });
      });
      expect(scanned.filter((iccid) => iccid === edited)).toHaveLength(2);
      expect(scanned).not.toContain(skipped);
      expect(scanned).toHaveLength(200);
      expect((await moving.listAll()).at(-1)).toBe(edited);
    } finally {
      await moving.simulator.close();
    }
  });
});
