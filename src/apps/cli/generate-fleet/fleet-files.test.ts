import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { readDevices } from "../../../carriers/files/read-devices.ts";
import { readEligibility } from "../../../carriers/files/read-eligibility.ts";
import { readTariff } from "../../../carriers/files/read-tariff.ts";
import { fleetFiles, type FleetOptions } from "./fleet-files.ts";

function textOf(options: FleetOptions, name: string): string {
  const file = fleetFiles(options).find((one) => one.name === name);
  if (file === undefined) throw new Error(`no file ${name}`);
  return [...file.chunks].join("");
}

async function readBack(options: FleetOptions) {
  const source = (name: string) => ({ name, stream: Readable.from([Buffer.from(textOf(options, name))]) });
  const sources = { plans: source("plans.csv"), pools: source("pools.csv"), taxes: source("taxes.csv") };
  const { tariff, setAside } = await readTariff(sources, { currency: "USD", cycleDays: 30 });
  const { eligibility } = await readEligibility(source("eligibility.csv"), tariff);
  return { tariff, setAside, eligibility, devices: await readDevices(source("devices.csv"), tariff) };
}

const TEN_THOUSAND: FleetOptions = { devices: 10_000, seed: 1, prorated: false };

describe("a generated fleet", () => {
  it("is the same to the byte for the same seed, whatever is asked besides", () => {
    const files = fleetFiles(TEN_THOUSAND).map(({ name }) => textOf(TEN_THOUSAND, name));
    expect(fleetFiles(TEN_THOUSAND).map(({ name }) => textOf(TEN_THOUSAND, name))).toEqual(files);
    expect(textOf({ ...TEN_THOUSAND, prorated: true }, "devices.csv")).toBe(files[0]);
    expect(textOf({ ...TEN_THOUSAND, seed: 2 }, "devices.csv")).not.toBe(files[0]);
    const digest = createHash("sha256").update(files.join("")).digest("hex");
    expect(digest).toMatchInlineSnapshot(
      `"588f1cac60f8811b1a788f7f10dffde7770dbf81d35ac010077b67844a24a2b9"`,
    );
  });

  it("begins alike whatever its size", () => {
    const small = textOf({ ...TEN_THOUSAND, devices: 100 }, "devices.csv");
    expect(textOf(TEN_THOUSAND, "devices.csv").startsWith(small)).toBe(true);
  });

  it("reads back without a fault", async () => {
    for (const options of [TEN_THOUSAND, { devices: 1, seed: 9, prorated: true }]) {
      const { devices, setAside } = await readBack(options);
      expect(setAside).toEqual([]);
      expect(devices.size).toBe(options.devices);
      expect(devices.counts).toMatchObject({ quarantined: 0, identicalDuplicates: 0 });
      expect(devices.carriedColumns).toEqual(["cost_centre"]);
    }
  });

  it("has the mixture that it promises", async () => {
    const { devices } = await readBack(TEN_THOUSAND);
    const share = (test: (sim: number) => boolean): number => {
      let count = 0;
      for (let sim = 0; sim < devices.size; sim++) if (test(sim)) count++;
      return count / devices.size;
    };
    const communicates = (name: string) => (sim: number) =>
      devices.communicationPlan.values[devices.communicationPlan.codes[sim] as number] === name;
    expect(share((sim) => devices.usageBytes[sim] === 0)).toBeCloseTo(0.07, 1);
    expect(share(communicates("LTE-M metering"))).toBeCloseTo(0.6, 1);
    expect(share(communicates("LTE-M tracking"))).toBeCloseTo(0.25, 1);
    expect(share(communicates("4G data"))).toBeCloseTo(0.12, 1);
    expect(share(communicates("4G video"))).toBeCloseTo(0.03, 1);
    expect(share((sim) => (devices.activeDays[sim] as number) >= 0)).toBeGreaterThan(0.02);
    expect(share((sim) => devices.locked[sim] === 1)).toBeGreaterThan(0.005);
    expect(devices.counts.unknownUsage).toBeGreaterThan(0);
  });

  it("keeps its own limits, and lists every current plan as one that its SIMs may have", async () => {
    const { devices, tariff, eligibility } = await readBack(TEN_THOUSAND);
    const held = tariff.plans.map(() => 0);
    for (let sim = 0; sim < devices.size; sim++) {
      const plan = devices.ratePlan[sim] as number;
      held[plan] = (held[plan] ?? 0) + 1;
      const communicationPlan =
        devices.communicationPlan.values[devices.communicationPlan.codes[sim] as number] ?? "";
      expect(eligibility.get(communicationPlan)?.has(tariff.plans[plan]?.code ?? "")).toBe(true);
    }
    expect(tariff.plans.some((plan) => plan.minDevices > 0)).toBe(true);
    expect(tariff.plans.some((plan) => plan.maxDevices < Infinity)).toBe(true);
    tariff.plans.forEach((plan, index) => {
      expect(held[index]).toBeGreaterThanOrEqual(plan.minDevices);
      expect(held[index]).toBeLessThanOrEqual(plan.maxDevices);
    });
  });

  it("gives every SIM an ICCID whose last digit checks", () => {
    const rows = textOf({ ...TEN_THOUSAND, devices: 50 }, "devices.csv")
      .trim()
      .split("\n")
      .slice(1);
    for (const row of rows) {
      const iccid = row.split(",")[0] ?? "";
      const sum = [...iccid].reverse().reduce((total, digit, place) => {
        const value = Number(digit) * (place % 2 === 1 ? 2 : 1);
        return total + (value > 9 ? value - 9 : value);
      }, 0);
      expect(iccid).toMatch(/^\d{19}$/);
      expect(sum % 10).toBe(0);
    }
  });
});
