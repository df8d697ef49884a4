import { afterEach, describe, expect, it } from "vitest";
import { SINCE, startWithCaller } from "./fixtures/caller.ts";
import type { Caller } from "./fixtures/caller.ts";
import { startJasperSimulator } from "./start-jasper-simulator.ts";

let caller: Caller;
afterEach(() => caller.simulator.close());

async function control(path: string, method = "GET", body?: unknown): Promise<Response> {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  return fetch(`${caller.simulator.origin}/__sim/${path}`, init);
}

describe("the simulator", () => {
  it("gives a second run of the same seed the same answers", async () => {
    const texts: string[] = [];
    for (let run = 0; run < 2; run++) {
      caller = await startWithCaller({ devices: 300, seed: 11 });
      const [iccid = ""] = await caller.listAll();
      const paths = [
        "/rateplans",
        "/usages?ratePlanName=MON-FLEX%2010MB",
        `/devices/${iccid}`,
        `/devices/${iccid}/usageInZone`,
      ];
      const replies = await Promise.all(paths.map((path) => caller.get(path)));
      texts.push([caller.simulator.apiKey, ...replies.map((reply) => reply.text)].join("\n"));
      await caller.simulator.close();
    }
    expect(texts[1]).toBe(texts[0]);
  });

  it("pages through 100,000 SIMs, late pages as readily as early ones", async () => {
    caller = await startWithCaller({ devices: 100_000 });
    const timed = async (first: number): Promise<number> => {
      const begunMs = performance.now();
      for (let pageNumber = first; pageNumber < first + 150; pageNumber++)
        await caller.get("/devices", { ...SINCE, pageNumber });
      return performance.now() - begunMs;
    };
    await timed(1);
    const early = await timed(1);
    const late = await timed(1850);
    expect(late).toBeLessThan(early * 5);
    const reply = await caller.get("/devices", { ...SINCE, pageNumber: 2000 });
    expect(reply.json?.["lastPage"]).toBe(true);
  });

  it("carries the carrier's own clock in the Date header", async () => {
    caller = await startWithCaller();
    const { headers } = await caller.get("/echo/x");
    expect(headers.get("date")).toBe("Sat, 28 Mar 2026 09:00:00 GMT");
  });

  it.each([
    [{ devices: 0 }, "devices"],
    [{ devices: 5, cycleDay: 32 }, "cycleDay"],
    [{ devices: 5, timeZone: "Mars/X" }, "timeZone"],
    [{ devices: 5, clock: "noon" }, "clock"],
    [{ devices: 5, faults: ["F99"] }, "F99"],
    [{ devices: 5, users: [] }, "users"],
  ])("refuses %j", async (options, named) => {
    caller = await startWithCaller({ devices: 1 });
    await expect(startJasperSimulator(options)).rejects.toThrow(named);
  });
});

describe("its control routes", () => {
  it("count calls by route and status, and are not counted themselves", async () => {
    caller = await startWithCaller();
    await caller.get("/echo/x");
    await caller.get("/devices");
    await control("stats");
    expect(await (await control("stats")).json()).toMatchObject({
      calls: 2,
      routes: { echo: 1, searchDevices: 1 },
      statuses: { 200: 1, 400: 1 },
      violations: { rate: 0, concurrency: 0 },
      cycle: { startDate: "2026-03-01" },
    });
    await control("stats", "DELETE");
    expect(await (await control("stats")).json()).toMatchObject({ calls: 0, routes: {} });
  });

  it("switch faults on and off", async () => {
    caller = await startWithCaller();
    const { ids } = (await (await control("faults", "POST", { fault: "F4", kind: "500" })).json()) as {
      ids: number[];
    };
    expect((await caller.get("/echo/x")).status).toBe(500);
    await control("faults", "DELETE", { id: ids[0] });
    expect((await caller.get("/echo/x")).status).toBe(200);
    await control("faults", "POST", { spec: "F4:kind=503,times=1" });
    expect((await caller.get("/echo/x")).status).toBe(503);
    const refused = await control("faults", "POST", { spec: "F4:kind=teapot" });
    expect([refused.status, await refused.json()]).toMatchObject([
      400,
      { error: expect.stringContaining("teapot") },
    ]);
  });

  it("move the clock forward and never back", async () => {
    caller = await startWithCaller();
    await control("clock", "POST", { set: "2026-04-01T04:00:00Z", advanceMs: 1000 });
    expect(await (await control("clock")).json()).toEqual({ now: "2026-04-01T04:00:01.000Z", rate: 0 });
    expect((await control("clock", "POST", { set: "2026-03-01T00:00:00Z" })).status).toBe(400);
  });

  it("tell the truth of every SIM", async () => {
    caller = await startWithCaller({ devices: 700 });
    const [header, ...rows] = (await (await control("truth")).text()).trimEnd().split("\n");
    expect(header).toBe("iccid,rate_plan,communication_plan,status,usage_bytes,usage_bytes_at_close");
    expect(rows).toHaveLength(700);
  });

  it("edit SIMs and plans behind one's back", async () => {
    caller = await startWithCaller();
    const [iccid = ""] = caller.activeSims("MON-FLEX 10MB", "LTE-M Telematics");
    const before = Number((await caller.get(`/devices/${iccid}/ctdUsages`)).json?.["ctdDataUsage"]);
    await control("edit", "POST", { iccid, addUsageBytes: 1000 });
    await control("edit", "POST", { iccid, set: { ratePlan: "MON-FLEX 50MB" }, user: "maria" });
    await control("edit", "POST", { plan: "MON-FLEX 50MB", rename: "FIFTY" });
    expect((await caller.get(`/devices/${iccid}/ctdUsages`)).json).toMatchObject({
      ratePlan: "FIFTY",
      ctdDataUsage: before + 1000,
    });
    const trail = (await caller.get(`/devices/${iccid}/auditTrails`)).json?.["deviceAuditTrails"];
    expect(trail).toMatchObject([{ userName: "maria" }]);
    await control("edit", "POST", { iccid, moveToOtherAccount: true });
    expect((await caller.get(`/devices/${iccid}`)).status).toBe(404);
    expect((await control("edit", "POST", { iccid: "1" })).status).toBe(400);
    expect((await control("nothing")).status).toBe(404);
  });

  it("give the invoice of a cycle: the lines, the pools and the total agree", async () => {
    caller = await startWithCaller();
    await control("clock", "POST", { set: "2026-04-03T00:00:00Z" });
    const invoice = (await (await control("invoice?cycleStartDate=2026-03-01")).json()) as {
      cycle: object;
      billedSims: number;
      lines: { total: string }[];
      pools: { total: string }[];
      total: string;
    };
    expect(invoice.cycle).toMatchObject({ days: 31, closed: true, end: "2026-04-01T04:00:00.000Z" });
    const micros = (text: string): bigint => BigInt(text.replace(".", ""));
    const sum = [...invoice.lines, ...invoice.pools].reduce((all, line) => all + micros(line.total), 0n);
    expect(micros(invoice.total)).toBe(sum);
    expect(invoice.lines).toHaveLength(invoice.billedSims);
    const brief = (await (await control("invoice?cycleStartDate=2026-03-01&lines=no")).json()) as Record<
      string,
      unknown
    >;
    expect([brief["total"], brief["lines"]]).toEqual([invoice.total, undefined]);
    const csv = (await (await control("invoice.csv?cycleStartDate=2026-03-01")).text()).trimEnd().split("\n");
    expect(csv).toHaveLength(invoice.billedSims + 1);
    expect((await control("invoice?cycleStartDate=2026-03-02")).status).toBe(400);
  });

  it("know before the close what the invoice will be if nobody changes anything", async () => {
    caller = await startWithCaller();
    const total = async (query: string): Promise<unknown> =>
      (
        (await (await control(`invoice?lines=no&cycleStartDate=2026-03-01${query}`)).json()) as {
          total: string;
        }
      ).total;
    const projected = await total("&usage=projected");
    expect(await total("")).not.toBe(projected);
    await control("clock", "POST", { set: "2026-04-01T04:00:00Z" });
    expect(await total("")).toBe(projected);
  });

  it("give the contract as plans, eligibility and pools files", async () => {
    caller = await startWithCaller({ devices: 1000 });
    const file = async (name: string): Promise<string[]> =>
      (await (await control(name)).text()).trimEnd().split("\n");
    const plans = await file("plans.csv");
    expect(plans[0]).toMatch(
      /^plan,type,pool,monthly_cost,included_mb,overage,overage_rate,overage_block_mb,/,
    );
    expect(plans).toContain("MON-FLEX 5GB,pooled,MON-FLEX 5GB,24.00,5120,charge,12.00,1024,,full,no,0,yes");
    expect(plans).toContain('"Telemetry Capped 2MB, EU",individual,,0.68,2,none,,,1,full,no,0,yes');
    expect(plans).toContain("Legacy 3G 5MB,individual,,2.90,5,charge,1.00,1,,full,no,0,no");
    expect(plans).toHaveLength(13);
    expect(await file("pools.csv")).toEqual([
      "pool,included_mb,monthly_cost",
      "Monthly Fixed Pool Metering,100,30.00",
    ]);
    const eligibility = await file("eligibility.csv");
    expect(new Set(eligibility.slice(1).map((line) => line.split(",")[0])).size).toBe(5);
  });
});
