import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startWithCaller } from "../fixtures/caller.ts";
import type { Caller } from "../fixtures/caller.ts";

let caller: Caller;
beforeAll(async () => {
  caller = await startWithCaller();
});
afterAll(() => caller.simulator.close());

type Plan = Record<string, unknown> & { name: string; version: number; type: string };

async function allPlans(): Promise<Plan[]> {
  const plans: Plan[] = [];
  for (let pageNumber = 1; ; pageNumber++) {
    const { json = {} } = await caller.get("/rateplans", { pageNumber });
    plans.push(...(json["ratePlans"] as Plan[]));
    if (json["lastPage"] === true) return plans;
  }
}

describe("rate plans", () => {
  it("need paging, are of many kinds, and one has two live versions", async () => {
    const plans = await allPlans();
    expect(plans.length).toBeGreaterThan(120);
    const types = new Set(plans.map((plan) => plan.type));
    for (const type of [
      "Monthly Individual",
      "Monthly Flexible Pool",
      "Monthly Fixed Pool",
      "Monthly Individual Tiered",
      "Prepaid Individual",
      "Event",
    ]) {
      expect(types).toContain(type);
    }
    expect(plans.filter((plan) => plan.name === "MON-FLEX 300MB").map((plan) => plan.version)).toEqual([
      1, 2,
    ]);
  });

  it("show published plans only", async () => {
    const names = (await allPlans()).map((plan) => plan.name);
    expect(names).not.toContain("Legacy 3G 5MB");
    expect(names).toContain("Telemetry Capped 2MB, EU");
    expect(names).toContain("MON-FLEX 1GB Zürich");
  });

  it("tell prices by zone, with truth values and limits as text", async () => {
    const plan = (await allPlans()).find(({ name }) => name === "MON-FLEX 50MB");
    expect(plan).toMatchObject({
      subscriptionCharge: 3.6,
      zones: { reportOverageAsRoaming: { Home: "false", "Roaming EU": "true" } },
      dataUsage: {
        zones: {
          Home: {
            includedData: 50,
            includedDataUnit: "MB",
            bulkOverageEnabled: "true",
            tiers: [
              {
                subscribersMoreThan: "0",
                subscribersUpTo: "unlimited",
                dataOverage: 0.12,
                dataOverageUnit: "MB",
              },
            ],
          },
        },
      },
    });
  });

  it("are refused with a parameter of operators, for another account, and to lesser roles", async () => {
    expect((await caller.get("/rateplans", { shared: "true" })).json?.["errorCode"]).toBe("10000028");
    expect((await caller.get("/rateplans", { accountId: "5" })).json?.["errorCode"]).toBe("10000062");
    const users = [
      { username: "reader", apiKey: "k", role: "AccountReadOnly", accountType: "Essential" } as const,
    ];
    const lesser = await startWithCaller({ users });
    try {
      const [iccid = ""] = lesser.activeSims();
      expect((await lesser.get("/rateplans")).json?.["errorCode"]).toBe("10000030");
      expect((await lesser.put(iccid, { deviceID: "x" })).json?.["errorCode"]).toBe("10000030");
      for (const path of ["/usages", `/devices/${iccid}/usageInZone`, `/devices/${iccid}/auditTrails`]) {
        expect((await lesser.get(path)).json?.["errorCode"]).toBe("10000079");
      }
      expect((await lesser.get(`/devices/${iccid}/ctdUsages`)).status).toBe(200);
    } finally {
      await lesser.simulator.close();
    }
  });
});
