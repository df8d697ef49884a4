import { afterEach, describe, expect, test } from "vitest";
import { startJasperSimulator } from "../../simulator/jasper/start-jasper-simulator.ts";
import type { JasperSimulator } from "../../simulator/jasper/start-jasper-simulator.ts";
import type { JasperSimulatorOptions } from "../../simulator/jasper/options.ts";
import { PoolwiseError } from "../../src/billing/errors.ts";
import { createJasperCarrier } from "../../src/carriers/jasper/adapter.ts";
import { parseJasperSettings } from "../../src/carriers/jasper/settings.ts";
import type { JasperSettingsInput } from "../../src/carriers/jasper/settings.ts";
import { createLocalPace } from "../../src/carriers/local-pace.ts";
import type { Carrier, CarrierDevice, DevicePage } from "../../src/ports/carrier.ts";

const CLOCK = "2026-06-28T15:00:00Z";

let simulator: JasperSimulator | undefined;
afterEach(async () => {
  await simulator?.close();
  simulator = undefined;
});

async function start(
  options: Partial<JasperSimulatorOptions> = {},
  settings: Partial<JasperSettingsInput> = {},
) {
  const started = await startJasperSimulator({
    devices: 620,
    clock: CLOCK,
    clockRate: 0,
    callsPerSecond: 0,
    concurrency: 1,
    otherPlans: 4,
    ...options,
  });
  simulator = started;
  return { simulator: started, carrier: carrierOf(started, settings) };
}

function carrierOf(on: JasperSimulator, settings: Partial<JasperSettingsInput> = {}): Carrier {
  return createJasperCarrier({
    settings: parseJasperSettings({
      account: "simulated",
      baseUrl: on.url,
      username: on.username,
      apiKey: on.apiKey,
      callsPerSecond: 0,
      timeoutMs: 2_000,
      timeZone: "America/New_York",
      lookBack: { since: "2015-01-01" },
      ...settings,
    }),
    pace: createLocalPace(),
    retry: { attempts: 10, firstDelayMs: 2, maxDelayMs: 700, budgetMs: 60_000 },
    random: () => 0.95,
    breaker: { failures: 12, firstBreakMs: 50, maxBreakMs: 100 },
  });
}

interface Listed {
  readonly fleet: Map<string, CarrierDevice>;
  readonly last: DevicePage;
  readonly rejected: number;
}

/** As the pipeline does: the row with the highest sequence is the truth, and a failed step is repeated from its cursor. */
async function listFleet(carrier: Carrier, between: (page: DevicePage) => void = () => {}): Promise<Listed> {
  const fleet = new Map<string, CarrierDevice>();
  let rejected = 0;
  let cursor: string | undefined;
  for (;;) {
    const page: DevicePage = await carrier.listDevices({ cursor });
    for (const device of page.devices) fleet.set(device.iccid, device);
    rejected += page.rejected.length;
    if (page.cursor === undefined) return { fleet, last: page, rejected };
    cursor = page.cursor;
    between(page);
  }
}

/** Bulk first, over every plan and version; SIMs of unserved plans, and those without a figure, one by one. */
async function fetchUsage(
  carrier: Carrier,
  fleet: ReadonlyMap<string, CarrierDevice>,
): Promise<Map<string, number | undefined>> {
  const versions = new Map<string, string[]>();
  for (const { ratePlan } of fleet.values()) versions.set(ratePlan, []);
  let cursor: string | undefined;
  do {
    const page = await carrier.listRatePlans({ cursor });
    for (const plan of page.plans)
      versions.set(plan.name, [...(versions.get(plan.name) ?? []), plan.version]);
    cursor = page.cursor;
  } while (cursor !== undefined);
  const plans = [...versions].map(([name, list]) => ({ name, versions: list }));
  const rows = new Map<string, Map<string, number | undefined>>();
  const unserved = new Set<string>();
  do {
    const page = await carrier.listUsage({ plans, cursor });
    for (const row of page.rows) {
      const own = rows.get(row.iccid) ?? new Map<string, number | undefined>();
      rows.set(row.iccid, own.set(`${row.ratePlan}|${row.version}|${row.zone}`, row.bytes));
    }
    for (const plan of page.unserved) unserved.add(plan.ratePlan);
    cursor = page.cursor;
  } while (cursor !== undefined);
  const usage = new Map<string, number | undefined>();
  for (const { iccid, ratePlan } of fleet.values()) {
    const own = [...(rows.get(iccid)?.values() ?? [])];
    const alone = unserved.has(ratePlan) || own.includes(undefined);
    usage.set(
      iccid,
      alone
        ? (await carrier.readUsage(iccid))?.bytes
        : own.reduce((sum: number, bytes) => sum + (bytes ?? 0), 0),
    );
  }
  return usage;
}

function expectTrueFleet(on: JasperSimulator, { fleet, last, rejected }: Listed): void {
  const truth = [...on.control.truth()];
  const seen = new Map(
    [...fleet].map(([iccid, { ratePlan, status, communicationPlan }]) => [
      iccid,
      `${ratePlan}|${status}|${communicationPlan}`,
    ]),
  );
  expect(seen).toEqual(
    new Map(truth.map((row) => [row.iccid, `${row.ratePlan}|${row.status}|${row.communicationPlan}`])),
  );
  expect(rejected).toBe(0);
  expect(last.settled).toBe(true);
}

function expectTrueUsage(on: JasperSimulator, usage: ReadonlyMap<string, number | undefined>): void {
  expect(usage).toEqual(new Map([...on.control.truth()].map((row) => [row.iccid, row.usageBytes])));
}

async function errorOf(promise: Promise<unknown>): Promise<PoolwiseError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof PoolwiseError))
    throw new Error(`a PoolwiseError was expected, not ${String(error)}`);
  return error;
}

function struck(on: JasperSimulator): number {
  return on.control.stats().faults.reduce((sum, fault) => sum + fault.struck, 0);
}

describe("a fleet is listed and its usage fetched", () => {
  test("as it is", async () => {
    const { simulator: on, carrier } = await start();
    const listed = await listFleet(carrier);
    expectTrueFleet(on, listed);
    expectTrueUsage(on, await fetchUsage(carrier, listed.fleet));
    const { violations } = on.control.stats();
    expect(violations).toEqual({ rate: 0, concurrency: 0 });
  });

  test.each([
    ["past the end is refused", { pastEnd: "refuse" }, {}],
    ["a missing till means one year", { tillDefault: "one-year" }, {}],
    ["ICCIDs have 19 digits", { iccidLength: 19 }, {}],
    ["instants are written with Z", {}, { instantForm: "Z" }],
    ["till is not defaulted and the scan not chained", {}, { tillDefault: "none" }],
    ["the carrier's clock is months ahead of ours", { clock: "2027-03-03T03:03:03Z" }, {}],
    ["usage is counted on today's plan", { usageAttribution: "current-plan" }, {}],
  ] as [string, Partial<JasperSimulatorOptions>, Partial<JasperSettingsInput>][])(
    "where %s",
    async (_name, options, settings) => {
      const { simulator: on, carrier } = await start({ devices: 230, ...options }, settings);
      const listed = await listFleet(carrier);
      expectTrueFleet(on, listed);
      expectTrueUsage(on, await fetchUsage(carrier, listed.fleet));
    },
  );

  test.each([
    ["F1 in 400s", "F1:probability=0.2,times=3", { throttleStyle: "400" }],
    ["F1 in bare 429s", "F1:probability=0.2,times=3", { throttleStyle: "429-bare" }],
    ["F1 in 503s", "F1:probability=0.2,times=3", { throttleStyle: "503" }],
    ["F4 of every kind", "F4:probability=0.15,delayMs=2500", {}],
    ["F9", "F9", {}],
    ["F10 never-last in passing", "F10:kind=never-last,probability=0.25", {}],
    ["F10 empty-page in passing", "F10:kind=empty-page,probability=0.25", {}],
    ["F10 repeated-page in passing", "F10:kind=repeated-page,probability=0.25", {}],
    ["F11 malformed", "F11:kind=malformed,probability=0.1", {}],
    ["F11 latin1", "F11:kind=latin1,probability=0.5", {}],
    ["F11 key-case", "F11:kind=key-case,probability=0.5", {}],
    ["F11 html", "F11:kind=html,probability=0.1", {}],
    ["F11 string-number", "F11:kind=string-number,probability=0.5", {}],
    ["F16 essential", "F16:kind=essential", {}],
    ["F16 role", "F16:kind=role", {}],
  ] as [string, string, Partial<JasperSimulatorOptions>][])(
    "through %s",
    async (_name, fault, options) => {
      const { simulator: on, carrier } = await start(
        { devices: 330, faults: [fault], ...options },
        fault.startsWith("F4") ? { timeoutMs: 150 } : {},
      );
      const listed = await listFleet(carrier);
      expectTrueFleet(on, listed);
      expectTrueUsage(on, await fetchUsage(carrier, listed.fleet));
      expect(struck(on)).toBeGreaterThan(0);
    },
    60_000,
  );
});

test("through F1, F3 to F5 and F8 to F13 all at once: the right fleet, and right usage or none", async () => {
  const { simulator: on, carrier } = await start(
    { devices: 1_200, seed: 5 },
    { timeoutMs: 150, maxTailPasses: 30 },
  );
  const faults = ["F1", "F3", "F4", "F5", "F8", "F9", "F10", "F11", "F12"].map(
    (fault) => `${fault}:probability=0.1,times=8,delayMs=400`,
  );
  for (const fault of faults) on.control.injectFault(fault);
  const listed = await listFleet(carrier);
  expectTrueFleet(on, listed);
  expect(struck(on)).toBeGreaterThan(10);
  const usage = await fetchUsage(carrier, listed.fleet);
  on.control.clearFaults();
  const truth = new Map([...on.control.truth()].map((row) => [row.iccid, row.usageBytes]));
  const wrong = [...usage].filter(
    ([iccid, bytes]) => bytes !== undefined && bytes > (truth.get(iccid) ?? -1),
  );
  expect(wrong).toEqual([]);
}, 60_000);

describe("a fleet that changes while it is listed", () => {
  test.each([
    ["F8:count=1", 0],
    ["F8:count=3", 0],
    ["F15:probability=0.2,times=40", 0],
    ["F8:count=1", 1],
  ] as const)("%s, clock rate %i: every SIM in its newest state", async (fault, clockRate) => {
    const { simulator: on, carrier } = await start({ devices: 1_500, clockRate }, { maxTailPasses: 30 });
    const id = on.control.injectFault(fault)[0];
    const listed = await listFleet(
      carrier,
      ({ sequence }) => void (sequence === 40 && on.control.clearFaults(id)),
    );
    expect(listed.last.sequence).toBeGreaterThan(40);
    expectTrueFleet(on, listed);
  });

  test.each(["moved", "purged", "replaced"])("F14 %s: no other SIM is lost", async (kind) => {
    const { simulator: on, carrier } = await start();
    on.control.injectFault(`F14:kind=${kind},probability=0.5,times=12`);
    const { fleet, last } = await listFleet(carrier);
    expect(struck(on)).toBeGreaterThan(0);
    expect(last.settled).toBe(true);
    const truth = new Set([...on.control.truth()].map((row) => row.iccid));
    expect([...truth].filter((iccid) => !fleet.has(iccid))).toEqual([]);
    expect([...fleet.keys()].filter((iccid) => !truth.has(iccid)).length).toBeLessThanOrEqual(struck(on));
  });

  test("an incremental listing brings what was modified since, and little else", async () => {
    const { simulator: on, carrier } = await start({ clockRate: 1 });
    const { last, fleet } = await listFleet(carrier);
    on.control.advanceClock(3_600_000);
    const iccids = [...fleet.keys()].slice(0, 7);
    for (const iccid of iccids) on.control.edit({ iccid, set: { customer: "x" } });
    const modified = new Set<string>();
    let cursor: string | undefined;
    do {
      const page = await carrier.listDevices({ modifiedSince: last.startedAt, cursor });
      for (const device of page.devices) modified.add(device.iccid);
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect([...modified].toSorted()).toEqual(iccids.toSorted());
  });
});

describe("a list that cannot be trusted", () => {
  test.each([
    ["never-last", "F10:kind=never-last"],
    ["an empty page in the middle", "F10:kind=empty-page,page=3"],
    ["a repeated page", "F10:kind=repeated-page,page=4"],
  ])("%s fails loudly, with a cursor to go on from", async (_name, fault) => {
    const { simulator: on, carrier } = await start({ faults: [fault] }, { tillDefault: "none" });
    const error = await errorOf(listFleet(carrier));
    expect(error.code).toBe("carrier-answer-invalid");
    expect(error.message).toMatch(/simulated, GET \/devices .*page \d+/);
    on.control.clearFaults();
    let cursor = String(error.data["cursor"]);
    for (
      let page = await carrier.listDevices({ cursor });
      page.cursor !== undefined;
      page = await carrier.listDevices({ cursor })
    )
      cursor = page.cursor;
  });

  test("more pages than allowed", async () => {
    const { carrier } = await start({}, { tillDefault: "none" });
    const error = await errorOf(carrier.listDevices({ maxPages: 1 }));
    expect([error.code, error.data["limit"]]).toEqual(["carrier-page-limit", 1]);
    expect(error.message).toContain("MAX_PAGES_TO_PROCESS");
  });

  test("a tenant that looks back one year only says which setting to change", async () => {
    const { simulator: on, carrier } = await start({ lookback: "one-year" });
    const error = await errorOf(listFleet(carrier));
    expect([error.code, error.data["carrierCode"]]).toEqual(["carrier-refused", "10000045"]);
    expect(error.message).toContain("set the look-back to 364 days");
    const now = Date.parse(CLOCK);
    const limited = createJasperCarrier({
      settings: parseJasperSettings({
        account: "simulated",
        baseUrl: on.url,
        username: on.username,
        apiKey: on.apiKey,
        callsPerSecond: 0,
        lookBack: { days: 364 },
      }),
      pace: createLocalPace(),
      now: () => now,
    });
    const { last } = await listFleet(limited);
    expect(last.since.toISOString()).toBe(new Date(now - 364 * 86_400_000).toISOString());
  });
});

describe("F2: credentials", () => {
  test.each(["no-code", "invalid", "expired"])(
    "%s in the middle of a listing ends it at the first refusal",
    async (kind) => {
      const { simulator: on, carrier } = await start({ faults: [`F2:kind=${kind},calls=9-9999`] });
      expect((await errorOf(listFleet(carrier))).code).toBe("carrier-credentials");
      expect((await errorOf(carrier.test())).code).toBe("carrier-credentials");
      expect(on.control.stats().calls).toBe(9);
    },
  );
});

test("F3: a SIM that the carrier says it does not know is unknown, not idle", async () => {
  const { simulator: on, carrier } = await start({ devices: 60 });
  const { fleet } = await listFleet(carrier);
  const iccid = [...fleet.keys()][5] ?? "";
  on.control.injectFault({ fault: "F3", iccids: [iccid] });
  expect(await carrier.readUsage(iccid)).toBeUndefined();
  expect(await carrier.readDevice(iccid)).toBeUndefined();
  expect(await carrier.readUsageByPlan(iccid, undefined)).toBeUndefined();
});

test("F11 null-usage: no figure is not zero, on either route", async () => {
  const { simulator: on, carrier } = await start({ devices: 120 });
  const listed = await listFleet(carrier);
  const busy = [...on.control.truth()]
    .filter((row) => row.usageBytes > 0)
    .slice(0, 3)
    .map((row) => row.iccid);
  on.control.injectFault({ fault: "F11", kind: "null-usage", iccids: busy });
  const usage = await fetchUsage(carrier, listed.fleet);
  for (const { iccid, usageBytes } of on.control.truth())
    expect(usage.get(iccid)).toBe(busy.includes(iccid) ? undefined : usageBytes);
});

test("F12: usage that goes down is taken as the carrier gives it", async () => {
  const { simulator: on, carrier } = await start({ devices: 60 });
  const { fleet } = await listFleet(carrier);
  const before = await fetchUsage(carrier, fleet);
  on.control.injectFault("F12:kind=decrease,percent=30");
  const after = await fetchUsage(carrier, fleet);
  let lower = 0;
  for (const [iccid, bytes] of after) {
    expect(Number.isSafeInteger(bytes) && (bytes ?? -1) >= 0).toBe(true);
    if ((bytes ?? 0) < (before.get(iccid) ?? 0)) lower++;
  }
  expect(lower).toBeGreaterThan(0);
});

test("F13: usage of a plan that was renamed since it was listed is asked for one by one", async () => {
  const { simulator: on, carrier } = await start({ devices: 200 });
  const listed = await listFleet(carrier);
  const plan = [...listed.fleet.values()][0]?.ratePlan ?? "";
  on.control.edit({ plan, rename: "Renamed, with a comma" });
  expectTrueUsage(on, await fetchUsage(carrier, listed.fleet));
});

test("F17: maintenance ends a step as unreachable, and the same cursor goes on afterwards", async () => {
  const { simulator: on, carrier } = await start();
  const fleet = new Map<string, CarrierDevice>();
  let cursor: string | undefined;
  const maintenance = { fault: "F17", from: "2026-06-01T00:00:00Z", until: "2026-07-30T00:00:00Z" } as const;
  const outages: string[] = [];
  let last: DevicePage | undefined;
  do {
    const step: DevicePage | PoolwiseError = await carrier
      .listDevices({ cursor })
      .catch((error: unknown) => error as PoolwiseError);
    if (step instanceof Error) {
      outages.push(step.code);
      if (outages.length === 3) on.control.clearFaults();
      await new Promise((resolve) => void setTimeout(resolve, 120));
      continue;
    }
    for (const device of step.devices) fleet.set(device.iccid, device);
    ({ cursor } = step);
    last = step;
    if (step.sequence === 16 && outages.length === 0) on.control.injectFault(maintenance);
  } while (cursor !== undefined);
  expect(outages.length).toBeGreaterThanOrEqual(3);
  expect(new Set(outages)).toEqual(new Set(["carrier-unreachable"]));
  if (last === undefined) throw new Error("nothing was listed");
  expectTrueFleet(on, { fleet, last, rejected: 0 });
});

describe("a plan change", () => {
  /** A SIM and a plan that it may be moved to: the plan of another SIM with the same communication plan. */
  async function movable(
    options: Partial<JasperSimulatorOptions> = {},
    settings: Partial<JasperSettingsInput> = {},
  ) {
    const started = await start({ devices: 200, ...options }, settings);
    const { fleet } = await listFleet(started.carrier);
    const active = [...fleet.values()].filter((device) => device.status === "ACTIVATED");
    for (const device of active) {
      const other = active.find(
        (one) => one.communicationPlan === device.communicationPlan && one.ratePlan !== device.ratePlan,
      );
      if (other !== undefined)
        return { ...started, iccid: device.iccid, from: device.ratePlan, to: other.ratePlan };
    }
    throw new Error("no SIM can be moved");
  }

  const planOf = (on: JasperSimulator, iccid: string): string | undefined =>
    [...on.control.truth()].find((row) => row.iccid === iccid)?.ratePlan;

  async function changesOf(carrier: Carrier, iccid: string): Promise<number> {
    return (
      (await carrier.listChanges({ iccid }))?.changes.filter((change) => change.field === "ratePlan")
        .length ?? -1
    );
  }

  test("is made, read back and recorded once", async () => {
    const { simulator: on, carrier, iccid, from, to } = await movable();
    expect(await carrier.changePlan({ iccid, ratePlan: to, expectedPlan: from })).toEqual({
      state: "confirmed",
      ratePlan: to,
    });
    expect(planOf(on, iccid)).toBe(to);
    const trail = await carrier.listChanges({ iccid });
    expect(trail?.changes[0]).toMatchObject({ field: "ratePlan", from, to, userName: "simulator" });
  });

  test("is not sent where somebody else changed the plan meanwhile, or where it is already in force", async () => {
    const { simulator: on, carrier, iccid, from, to } = await movable();
    expect(await carrier.changePlan({ iccid, ratePlan: to, expectedPlan: "Some other plan" })).toEqual({
      state: "superseded",
      found: from,
    });
    expect(await carrier.changePlan({ iccid, ratePlan: from, expectedPlan: "Some other plan" })).toEqual({
      state: "confirmed",
      ratePlan: from,
    });
    expect(on.control.stats().routes["editDevice"]).toBeUndefined();
  });

  test.each(["reset", "silence"])(
    "F5 %s: made though the answer is lost, found by reading back, not made twice",
    async (kind) => {
      const { simulator: on, carrier, iccid, from, to } = await movable({}, { timeoutMs: 300 });
      on.control.injectFault(`F5:kind=${kind},times=1,delayMs=1000`);
      expect(await carrier.changePlan({ iccid, ratePlan: to, expectedPlan: from })).toEqual({
        state: "confirmed",
        ratePlan: to,
      });
      expect(on.control.stats().routes["editDevice"]).toBe(1);
      expect(await changesOf(carrier, iccid)).toBe(1);
    },
  );

  test("F4 on the change alone: sent again only after a read-back", async () => {
    const { simulator: on, carrier, iccid, from, to } = await movable();
    on.control.resetStats();
    on.control.injectFault({ fault: "F4", kind: "500", route: "editDevice", times: 2 });
    expect(await carrier.changePlan({ iccid, ratePlan: to, expectedPlan: from })).toEqual({
      state: "confirmed",
      ratePlan: to,
    });
    const { routes } = on.control.stats();
    expect([routes["editDevice"], routes["deviceDetails"]]).toEqual([3, 4]);
  });

  test("F5 and no reading back: unknown, not failed and not done", async () => {
    const { simulator: on, carrier, iccid, to } = await movable();
    on.control.injectFault({ fault: "F5", kind: "reset" });
    on.control.injectFault({ fault: "F4", kind: "500", route: "deviceDetails" });
    expect(await carrier.changePlan({ iccid, ratePlan: to })).toMatchObject({ state: "unknown" });
    expect(on.control.stats().routes["editDevice"]).toBe(1);
  });

  test("F6: answered 200 but not yet in force is accepted, not confirmed", async () => {
    const { simulator: on, carrier, iccid, from, to } = await movable({ faults: ["F6"] });
    expect(await carrier.changePlan({ iccid, ratePlan: to, expectedPlan: from })).toMatchObject({
      state: "accepted",
      why: expect.stringContaining(from),
    });
    on.control.advanceClock(61_000);
    expect((await carrier.readDevice(iccid))?.ratePlan).toBe(to);
  });

  test("F7: a refusal concerns its SIM alone", async () => {
    const { simulator: on, carrier, iccid, from, to } = await movable({ faults: ["F7"] });
    expect(await carrier.changePlan({ iccid, ratePlan: to, expectedPlan: from })).toMatchObject({
      state: "refused",
      carrierCode: "10000013",
    });
    expect(on.control.stats().routes["editDevice"]).toBe(1);
  });

  test("for a later day is accepted and stands in the audit trail; its lost answer is looked up there", async () => {
    const { simulator: on, carrier, iccid, from, to } = await movable();
    expect(
      await carrier.changePlan({ iccid, ratePlan: to, expectedPlan: from, effectiveDate: "2026-07-01" }),
    ).toMatchObject({ state: "accepted" });
    expect((await carrier.readDevice(iccid))?.ratePlan).toBe(from);
    expect((await carrier.listChanges({ iccid }))?.changes[0]).toMatchObject({
      to,
      effectiveDate: new Date("2026-07-01T04:00:00Z"),
    });
    on.control.injectFault({ fault: "F5", kind: "reset" });
    expect(await carrier.changePlan({ iccid, ratePlan: to, effectiveDate: "2026-07-03" })).toMatchObject({
      state: "accepted",
    });
    on.control.injectFault({ fault: "F4", kind: "500", route: "editDevice" });
    expect(await carrier.changePlan({ iccid, ratePlan: to, effectiveDate: "2026-07-05" })).toMatchObject({
      state: "unknown",
    });
    expect(on.control.stats().routes["editDevice"]).toBe(3);
  });
});

describe("the carrier's pace", () => {
  test.each(["sliding", "fixed"] as const)(
    "is kept and used while paging (%s window)",
    { retry: 2, timeout: 60_000 },
    async (throttleWindow) => {
      const callsPerSecond = 20;
      const { simulator: on, carrier } = await start(
        { devices: 4_000, callsPerSecond, throttleWindow, concurrency: 1 },
        { callsPerSecond, tillDefault: "none" },
      );
      /** How many calls the carrier had counted when so many seconds had passed since the first. */
      const counted: [seconds: number, calls: number][] = [];
      const listed = await listFleet(carrier, () => {
        const { elapsedSeconds, calls } = on.control.stats();
        counted.push([elapsedSeconds, calls]);
      });
      const { violations, throttled, elapsedSeconds, mostInOneSecond } = on.control.stats();
      expectTrueFleet(on, listed);
      expect({ ...violations, throttled }).toEqual({ rate: 0, concurrency: 0, throttled: 0 });
      expect(mostInOneSecond).toBeLessThanOrEqual(callsPerSecond);
      const fullSeconds = Math.floor(elapsedSeconds);
      expect(fullSeconds).toBeGreaterThanOrEqual(3);
      const made = Math.max(
        ...counted.filter(([seconds]) => seconds < fullSeconds).map(([, calls]) => calls),
      );
      expect(made).toBeGreaterThanOrEqual(0.95 * callsPerSecond * fullSeconds);
    },
  );
});
