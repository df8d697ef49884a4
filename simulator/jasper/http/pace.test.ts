import { afterEach, describe, expect, it } from "vitest";
import { startWithCaller } from "../fixtures/caller.ts";
import type { Caller } from "../fixtures/caller.ts";
import type { ThrottleStyle } from "../options.ts";
import { Throttle } from "./throttle.ts";

let caller: Caller | undefined;
afterEach(async () => {
  await caller?.simulator.close();
  caller = undefined;
});

describe("the pace", () => {
  it("is counted in whole seconds: the calls above it are violations and are refused", () => {
    const throttle = new Throttle({ callsPerSecond: 5, concurrency: 1, throttleWindow: "fixed" });
    const allowed = [0, 1, 2, 3, 4, 5, 6, 1000].map((ms) => {
      const within = throttle.enter(7_000_000 + ms);
      throttle.leave();
      return within;
    });
    expect(allowed).toEqual([true, true, true, true, true, false, false, true]);
    expect(throttle.violations).toEqual({ rate: 2, concurrency: 0 });
    expect(throttle.mostInOneSecond).toBe(7);
  });

  it("can be any second", () => {
    const throttle = new Throttle({ callsPerSecond: 2, concurrency: 0, throttleWindow: "sliding" });
    expect([900, 990, 1010, 2011].map((ms) => throttle.enter(ms))).toEqual([true, true, false, true]);
  });

  it("allows one call at a time: the second one is a violation and is refused", async () => {
    caller = await startWithCaller({ concurrency: 1, callsPerSecond: 0, latencyMs: 50 });
    const replies = await Promise.all([caller.get("/echo/1"), caller.get("/echo/2"), caller.get("/echo/3")]);
    expect(replies.map((reply) => reply.status).toSorted((a, b) => a - b)).toEqual([200, 400, 400]);
    expect(caller.simulator.control.stats()).toMatchObject({
      violations: { rate: 0, concurrency: 2 },
      throttled: 2,
    });
    expect(caller.simulator.control.stats().mostAtOnce).toBeGreaterThan(1);
  });

  it("finds no fault with one call after another", async () => {
    caller = await startWithCaller({ concurrency: 1, callsPerSecond: 0 });
    for (let i = 0; i < 200; i++) expect((await caller.get("/echo/x")).status).toBe(200);
    expect(caller.simulator.control.stats()).toMatchObject({
      calls: 200,
      violations: { rate: 0, concurrency: 0 },
      mostAtOnce: 1,
    });
  });

  it("frees the place of a caller who hangs up", async () => {
    caller = await startWithCaller({
      concurrency: 1,
      callsPerSecond: 0,
      faults: ["F4:kind=slow,delayMs=60000,call=1"],
    });
    const { simulator } = caller;
    const headers = {
      Authorization: `Basic ${Buffer.from(`${simulator.username}:${simulator.apiKey}`).toString("base64")}`,
    };
    await expect(
      fetch(`${simulator.url}/echo/x`, { headers, signal: AbortSignal.timeout(50) }),
    ).rejects.toThrow(/abort|timeout/i);
    await expect.poll(async () => (await caller?.get("/echo/x"))?.status).toBe(200);
  });

  it.each([
    ["400", 400, "40000029"],
    ["429", 429, "40000029"],
    ["429-bare", 429, undefined],
    ["503", 503, undefined],
  ] as const)(
    "is refused in the tenant's style: %s",
    async (throttleStyle: ThrottleStyle, status, errorCode) => {
      caller = await startWithCaller({ throttleStyle, faults: ["F1:call=1"] });
      const reply = await caller.get("/echo/x");
      expect([reply.status, reply.json?.["errorCode"]]).toEqual([status, errorCode]);
    },
  );
});

describe("credentials", () => {
  it("are asked for on every route, with the realm", async () => {
    caller = await startWithCaller();
    const { url } = caller.simulator;
    const bare = await fetch(`${url}/devices`);
    expect([bare.status, bare.headers.get("www-authenticate")]).toEqual([401, 'Basic realm="Jasper"']);
    expect(await bare.json()).toEqual({
      errorMessage: "Full authentication is required to access this resource",
    });
    const headers = { Authorization: `Basic ${Buffer.from("simulator:wrong").toString("base64")}` };
    for (const path of ["/devices", "/usages", "/rateplans", "/echo/x", "/devices/1/ctdUsages"]) {
      const wrong = await fetch(url + path, { headers });
      expect([wrong.status, await wrong.json()]).toEqual([
        401,
        { errorMessage: "Invalid credentials", errorCode: "10000001" },
      ]);
    }
  });

  it("expire", async () => {
    const users = [
      {
        username: "u",
        apiKey: "k",
        role: "AccountAdmin",
        accountType: "Advantage",
        keyExpiry: "2026-03-28T10:00:00Z",
      } as const,
    ];
    caller = await startWithCaller({ users });
    expect((await caller.get("/echo/x")).status).toBe(200);
    caller.simulator.control.setClock("2026-03-28T10:00:00Z");
    expect((await caller.get("/echo/x")).json?.["errorCode"]).toBe("10000001");
  });
});
