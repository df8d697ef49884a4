import { afterEach, describe, expect, it } from "vitest";
import { startWithCaller } from "../fixtures/caller.ts";
import type { Caller } from "../fixtures/caller.ts";

let caller: Caller;
afterEach(() => caller.simulator.close());

async function bodyWith(kind: string): Promise<{ iccid: string; reply: Awaited<ReturnType<Caller["get"]>> }> {
  caller = await startWithCaller({ faults: [`F11:kind=${kind}`] });
  const [iccid = ""] = caller.activeSims("MON-FLEX 1GB Zürich");
  return { iccid, reply: await caller.get(`/devices/${iccid}/ctdUsages`) };
}

describe("F11", () => {
  it("breaks the JSON off", async () => {
    const { reply } = await bodyWith("malformed");
    expect([reply.status, reply.json]).toEqual([200, undefined]);
    expect(reply.text.startsWith('{"iccid"')).toBe(true);
  });

  it("writes in ISO-8859-1 and says so", async () => {
    const { iccid, reply } = await bodyWith("latin1");
    expect(reply.headers.get("content-type")).toContain("charset=ISO-8859-1");
    const credentials = Buffer.from(`${caller.simulator.username}:${caller.simulator.apiKey}`).toString(
      "base64",
    );
    const raw = await fetch(`${caller.simulator.url}/devices/${iccid}`, {
      headers: { Authorization: `Basic ${credentials}` },
    });
    const bytes = Buffer.from(await raw.arrayBuffer());
    expect(bytes.toString("latin1")).toContain("Zürich");
    expect(bytes.toString("utf8")).not.toContain("Zürich");
  });

  it("writes keys in other capitals", async () => {
    const { iccid, reply } = await bodyWith("key-case");
    expect(reply.json).toMatchObject({ iccid, rateplan: "MON-FLEX 1GB Zürich" });
  });

  it("leaves usage null, or makes it text", async () => {
    expect((await bodyWith("null-usage")).reply.json?.["ctdDataUsage"]).toBeNull();
    await caller.simulator.close();
    expect((await bodyWith("string-number")).reply.json?.["ctdDataUsage"]).toMatch(/^\d+$/);
  });

  it("damages one SIM's row of a bulk answer where told", async () => {
    caller = await startWithCaller();
    const [iccid = ""] = caller.activeSims("MON-FLEX 1MB");
    caller.simulator.control.injectFault({ fault: "F11", kind: "null-usage", iccids: [iccid] });
    const { json } = await caller.get("/usages", { ratePlanName: "MON-FLEX 1MB" });
    const { zones } = json as unknown as {
      zones: { devices: { deviceId: string; usage: { dataUsage: unknown } }[] }[];
    };
    const rows = zones.flatMap((zone) => zone.devices);
    expect(rows.filter((row) => row.usage.dataUsage === null).map((row) => row.deviceId)).toEqual([iccid]);
  });

  it("answers with a web page", async () => {
    const { reply } = await bodyWith("html");
    expect([reply.status, reply.text.startsWith("<!DOCTYPE html>")]).toEqual([200, true]);
  });
});
