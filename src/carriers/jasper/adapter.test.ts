import { readFileSync } from "node:fs";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { PoolwiseError } from "../../billing/errors.ts";
import type { Carrier } from "../../ports/carrier.ts";
import { createJasperCarrier } from "./adapter.ts";
import { optionsFor, startScriptedCarrier } from "./fixtures/scripted-carrier.ts";
import type { Received, Reply, ScriptedCarrier } from "./fixtures/scripted-carrier.ts";
import type { JasperSettingsInput } from "./settings.ts";

let scripted: ScriptedCarrier | undefined;
afterEach(async () => {
  await scripted?.close();
  scripted = undefined;
});

const fixture = (name: string): Reply => ({
  text: readFileSync(new URL(`fixtures/${name}.json`, import.meta.url)),
});

async function start(
  script: Reply | ((request: Received) => Reply),
  settings: Partial<JasperSettingsInput> = {},
): Promise<{ carrier: Carrier; scripted: ScriptedCarrier }> {
  const started = await startScriptedCarrier(typeof script === "function" ? script : () => script);
  scripted = started;
  return { carrier: createJasperCarrier(optionsFor(started.url, settings)), scripted: started };
}

describe("answers are read as they come", () => {
  test("device details: dates with a space and an offset, an account number for text, nulls", async () => {
    const { carrier } = await start(fixture("device-details"));
    expect(await carrier.readDevice("8988217000000000000")).toEqual({
      iccid: "8988217000000000000",
      status: "ACTIVATED",
      ratePlan: "Tracker, 5 MB",
      communicationPlan: "Data only",
      dateUpdated: new Date("2016-07-01T11:20:11.105Z"),
      dateActivated: new Date("2016-06-29T00:21:33.339Z"),
      dateAdded: new Date("2016-06-22T21:36:49.231Z"),
      accountId: "100020620",
    });
  });

  test("an answer about another SIM is not taken", async () => {
    const { carrier } = await start(fixture("device-details"));
    await expect(carrier.readDevice("8988217000000000018")).rejects.toMatchObject({
      code: "carrier-answer-invalid",
    });
  });

  test("usage by zone: the key names plan and version where the row does not", async () => {
    const { carrier, scripted } = await start(fixture("usage-in-zone"), { timeZone: "Asia/Shanghai" });
    const usage = await carrier.readUsageByPlan("89860117750000000017", "2018-08-27");
    expect(scripted.received[0]?.query.get("cycleStartDate")).toBe("2018-08-27+08:00");
    expect(usage).toEqual({
      iccid: "89860117750000000017",
      cycleStart: new Date("2018-08-26T16:00:00Z"),
      cycleEnd: new Date("2018-09-26T15:59:59Z"),
      rows: [
        {
          iccid: "89860117750000000017",
          ratePlan: "MON-FLEX, 300M SP",
          version: "1",
          zone: "home",
          bytes: 61_489_152,
        },
        {
          iccid: "89860117750000000017",
          ratePlan: "MON-FLEX, 300M SP",
          version: "1",
          zone: "roaming",
          bytes: 2_048,
        },
      ],
    });
  });

  test("rate plans: text for booleans, prices to the last digit, bad rows set aside one by one", async () => {
    const { carrier } = await start(fixture("rate-plans"));
    const { plans, rejected, cursor } = await carrier.listRatePlans({});
    expect(cursor).toBeUndefined();
    expect(plans).toEqual([
      {
        id: "411",
        name: "Monthly-Flexible-Pool",
        version: "2",
        versionId: "8123",
        status: "PUBLISHED",
        type: "Monthly - Pooled Subscriber",
        subscriptionCharge: "1.10",
        subscriptionChargeUnit: "USD",
        accountId: undefined,
        zones: [
          {
            zone: "Home, North",
            includedData: "5",
            includedDataUnit: "MB",
            bulkOverage: true,
            roundingUnit: "KB",
            roundingFrequency: "per session",
            overage: [
              {
                subscribersMoreThan: "0",
                subscribersUpTo: "Unlimited",
                dataOverage: "0.0029296875",
                dataOverageUnit: "KB",
              },
              {
                subscribersMoreThan: "1000",
                subscribersUpTo: "",
                dataOverage: "0.0025",
                dataOverageUnit: "KB",
              },
            ],
          },
        ],
      },
    ]);
    expect(rejected).toEqual([
      { place: "GET /rateplans page 1 row 2", iccid: "", reason: "a rate plan without a name" },
      {
        place: "GET /rateplans page 1 row 3",
        iccid: "Event 1 GB",
        reason: "subscriptionCharge: a decimal number is expected, not ten",
      },
    ]);
  });

  test("usage of a plan: zones stay apart, text for numbers, no figure is not zero, bad rows are set aside", async () => {
    const { carrier, scripted } = await start(fixture("usages"));
    const page = await carrier.listUsage({
      plans: [{ name: "Individual 5 MB", versions: ["3"] }],
      cycleStart: "2026-06-01",
    });
    expect(Object.fromEntries(scripted.received[0]?.query ?? [])).toEqual({
      ratePlanName: "Individual 5 MB",
      ratePlanVersion: "3",
      cycleStartDate: "2026-06-01",
      usageType: "DATA",
      pageSize: "50",
      pageNumber: "1",
    });
    expect(page.rows.map(({ iccid, zone, bytes }) => [iccid, zone, bytes])).toEqual([
      ["89010000000000000019", "home", 1_000],
      ["89010000000000000027", "home", 2_500],
      ["89010000000000000035", "home", undefined],
      ["89010000000000000019", "roaming", 24],
    ]);
    expect(page.rejected.map(({ place, iccid, reason }) => [place, iccid, reason])).toEqual([
      [
        "GET /usages of Individual 5 MB, page 1, zone 1 row 4",
        "8.901E+18",
        "an ICCID of 18 to 22 digits is expected",
      ],
      [
        "GET /usages of Individual 5 MB, page 1, zone 1 row 5",
        "89010000000000000043",
        "usage.dataUsage: a whole number from 0 to 2^50 is expected, not -4",
      ],
    ]);
  });

  test("zones without a name are not taken for one another across pages", async () => {
    const zoneOf = (iccid: string, dataUsage: number, lastPage: boolean) => ({
      json: { lastPage, zones: [{ devices: [{ deviceId: iccid, usage: { dataUsage } }] }] },
    });
    const { carrier } = await start((request) =>
      request.query.get("pageNumber") === "1"
        ? zoneOf("89010000000000000019", 5, false)
        : zoneOf("89010000000000000019", 7, true),
    );
    const plans = [{ name: "A", versions: [] }];
    const first = await carrier.listUsage({ plans });
    const second = await carrier.listUsage({ plans, cursor: first.cursor });
    expect(second.cursor).toBeUndefined();
    expect(new Set([...first.rows, ...second.rows].map((row) => row.zone)).size).toBe(2);
  });
});

describe("a device row", () => {
  const listing = async (row: unknown, settings: Partial<JasperSettingsInput> = {}) => {
    const { carrier } = await start(
      { json: { pageNumber: 1, lastPage: "TRUE", devices: [row] } },
      { tillDefault: "none", ...settings },
    );
    const page = await carrier.listDevices({});
    return page.devices[0] ?? page.rejected[0]?.reason;
  };
  const iccid = "8901410321111851072";

  test("comes through odd capitals, blanks and missing fields", async () => {
    expect(
      await listing({ ICCID: ` ${iccid} `, Status: "activated", RATEPLAN: " Plan A ", other: 1 }),
    ).toEqual({
      iccid,
      status: "ACTIVATED",
      ratePlan: " Plan A ",
      communicationPlan: "",
    });
  });

  test.each([
    ["as-given", iccid, iccid],
    ["19-to-20", iccid, `${iccid}0`],
    ["20-to-19", `${iccid}0`, iccid],
  ] as const)("has its ICCID in the form asked for: %s", async (iccidForm, given, expected) => {
    expect(await listing({ iccid: given, status: "ACTIVATED", ratePlan: "A" }, { iccidForm })).toMatchObject({
      iccid: expected,
    });
    const { carrier, scripted } = await start(
      () => ({ status: 404, json: { errorMessage: "no", errorCode: "20000001" } }),
      { iccidForm },
    );
    await carrier.readUsage(expected);
    expect(scripted.received[0]?.path).toBe(`/rws/api/v1/devices/${given}/ctdUsages`);
  });

  test.each([
    [{ iccid: "8.90141E+18" }, {}, "18 to 22 digits"],
    [{ iccid: `${iccid}F` }, {}, "18 to 22 digits"],
    [{ iccid: `${iccid}1` }, { iccidForm: "20-to-19" }, "not the check digit"],
    [{ iccid: `${iccid}0` }, { iccidForm: "19-to-20" }, "19 digits are expected"],
    [{}, {}, "18 to 22 digits"],
    ["nonsense", {}, "expected object"],
    [{ iccid, ratePlan: { name: "A" } }, {}, "ratePlan"],
  ] as [unknown, Partial<JasperSettingsInput>, string][])(
    "%j is set aside with its reason",
    async (row, settings, reason) => {
      expect(await listing(row, settings)).toContain(reason);
    },
  );

  test("a number too long for a double keeps its digits", async () => {
    const { carrier } = await start(
      {
        text: '{"pageNumber":1,"lastPage":true,"devices":[{"iccid":89014103211118510720,"status":"ACTIVATED"}]}',
      },
      { tillDefault: "none" },
    );
    expect((await carrier.listDevices({})).devices[0]?.iccid).toBe("89014103211118510720");
  });
});

describe("bulk usage that is not to be had", () => {
  const refusal = (status: number, errorCode: string): Reply => ({
    status,
    json: { errorMessage: "No.", errorCode },
  });
  const plans = ["A", "B", "C"].map((name) => ({ name, versions: ["1", "2"] }));
  const empty: Reply = { json: { pageNumber: 1, zones: [], lastPage: true } };

  async function allUnserved(carrier: Carrier): Promise<string[]> {
    const unserved: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await carrier.listUsage({ plans, cursor });
      unserved.push(...page.unserved.map((plan) => plan.ratePlan));
      cursor = page.cursor;
    } while (cursor !== undefined);
    return unserved;
  }

  test("for one plan leaves the others", async () => {
    const { carrier, scripted } = await start((request) =>
      request.query.get("ratePlanName") === "B" ? refusal(400, "10000013") : empty,
    );
    expect(await allUnserved(carrier)).toEqual(["B"]);
    expect(scripted.received.length).toBe(5);
  });

  test.each(["10000079", "10000030", "10000080", "10000062"])(
    "for the account (%s) is asked once",
    async (code) => {
      const { carrier, scripted } = await start(refusal(403, code));
      expect(await allUnserved(carrier)).toEqual(["A", "B", "C"]);
      expect(scripted.received.length).toBe(1);
    },
  );

  test("because our call is wrong is an error, not a reason to ask one by one", async () => {
    const { carrier } = await start(refusal(400, "10000012"));
    await expect(allUnserved(carrier)).rejects.toMatchObject({
      code: "carrier-refused",
      message: expect.stringContaining("change the setting for dates"),
    });
  });

  test.each([
    ["an empty page that is not the last", { json: { pageNumber: 1, zones: [], lastPage: false } }],
    ["another page than asked for", { json: { pageNumber: 9, zones: [], lastPage: true } }],
  ] as [string, Reply][])("%s is asked again and then an error", async (_name, reply) => {
    const { carrier, scripted } = await start(reply);
    await expect(allUnserved(carrier)).rejects.toMatchObject({ code: "carrier-answer-invalid" });
    expect(scripted.received.length).toBe(4);
  });

  test("an answer without lastPage is no last page", async () => {
    const { carrier } = await start({ json: { pageNumber: 1, zones: [] } });
    await expect(allUnserved(carrier)).rejects.toMatchObject({
      code: "carrier-answer-invalid",
      message: expect.stringContaining("lastPage"),
    });
  });
});

test("whatever JSON comes, it is read or refused with an error of ours", async () => {
  let json: unknown;
  const { carrier } = await start(() => ({ json }));
  const iccid = "8901410321111851072";
  const calls = [
    () => carrier.listDevices({}),
    () => carrier.listUsage({ plans: [{ name: "A", versions: [] }] }),
    () => carrier.listRatePlans({}),
    () => carrier.listChanges({ iccid }),
    () => carrier.readDevice(iccid),
    () => carrier.readUsage(iccid),
    () => carrier.readUsageByPlan(iccid, undefined),
  ];
  const leaf = fc.oneof(
    fc.constantFrom(null, true, "true", "", -1, 1e300, iccid, "2016-06-29 00:21:33.339+0000", "__proto__"),
    fc.string(),
  );
  const names = [
    "iccid",
    "devices",
    "lastPage",
    "zones",
    "deviceId",
    "usage",
    "dataUsage",
    "ratePlans",
    "name",
    "deviceAuditTrails",
    "ctdDataUsage",
    "deviceCycleUsageInZones",
    "__proto__",
  ];
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: "small" },
      leaf,
      fc.array(tie("any"), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...names), tie("any"), { maxKeys: 6 }),
    ),
  })).any;
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(fc.constantFrom(...names), value),
      fc.nat(calls.length - 1),
      async (body, which) => {
        json = { lastPage: true, ...body };
        const outcome = await calls[which]?.().catch((error: unknown) => error);
        expect(outcome instanceof Error ? outcome : new PoolwiseError("internal-error", "")).toBeInstanceOf(
          PoolwiseError,
        );
      },
    ),
    { seed: 20_261_124, numRuns: 250 },
  );
});

describe("cursors", () => {
  test.each(["nonsense", "{}", '{"page":0}', "null"])("%s is not one of ours", async (cursor) => {
    const { carrier } = await start({ json: {} });
    await expect(carrier.listDevices({ cursor })).rejects.toMatchObject({ code: "option-invalid" });
    await expect(carrier.listRatePlans({ cursor })).rejects.toMatchObject({ code: "option-invalid" });
    await expect(carrier.listUsage({ plans: [{ name: "A", versions: [] }], cursor })).rejects.toMatchObject({
      code: "option-invalid",
    });
  });
});

test("the scan asks in windows of a year, each joined to the next, the last one open", async () => {
  const { carrier, scripted } = await start(
    { json: { pageNumber: 1, lastPage: true, devices: [] } },
    { lookBack: { since: "2022-06-01" } },
  );
  let cursor: string | undefined;
  do ({ cursor } = await carrier.listDevices({ cursor }));
  while (cursor !== undefined);
  const windows = scripted.received.map(
    ({ query }) =>
      [Date.parse(query.get("modifiedSince") ?? ""), Date.parse(query.get("modifiedTill") ?? "")] as const,
  );
  expect(new Date(windows[0]?.[0] ?? 0).toISOString()).toBe("2022-06-01T00:00:00.000Z");
  const scan = windows.slice(0, -1);
  expect(scan.map(([, till]) => Number.isNaN(till))).toEqual(
    scan.map((_window, index) => index === scan.length - 1),
  );
  const lengths = scan.slice(0, -1).map(([from, till]) => till - from);
  expect(Math.max(...lengths)).toBeLessThanOrEqual(365 * 86_400_000 + 1_000);
  const gaps = scan.slice(1).map(([from], index) => from - (scan[index]?.[1] ?? 0));
  expect(Math.max(...gaps)).toBeLessThanOrEqual(0);
  expect(Date.now() - (scan.at(-1)?.[0] ?? 0)).toBeLessThan(366 * 86_400_000);
});
