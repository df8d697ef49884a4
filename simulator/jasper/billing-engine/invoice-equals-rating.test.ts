import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { computeBill } from "../../../src/billing/compute-bill.ts";
import { formatMegabytesExact } from "../../../src/billing/decimal.ts";
import { BILLABLE_STATUSES } from "../../../src/billing/fleet.ts";
import { prepareFleet } from "../../../src/billing/problem.ts";
import { readDevices } from "../../../src/carriers/files/read-devices.ts";
import { readEligibility } from "../../../src/carriers/files/read-eligibility.ts";
import { readTariff } from "../../../src/carriers/files/read-tariff.ts";
import { eligibilityCsv, plansCsv, poolsCsv } from "../catalogue/contract-files.ts";
import { cell } from "../catalogue/cell.ts";
import { truthRows } from "../control/truth.ts";
import { settle } from "../settings.ts";
import { createWorld, invoiceOf } from "../world.ts";
import type { BillingContract } from "./contract.ts";

const source = (name: string, text: string) => ({ name, stream: Readable.from([text]) });

/** The fleet at the end of the cycle as a devices file. */
function devicesCsv(world: ReturnType<typeof createWorld>, days: ReadonlyMap<string, number>): string {
  const cycle = world.calendar.at(Date.parse("2026-03-28T00:00:00Z"));
  const rows = [...truthRows(world, cycle, cycle.endMs)].map((row) =>
    [row.iccid, row.ratePlan, formatMegabytesExact(row.usageBytes), row.communicationPlan, row.status]
      .map(cell)
      .concat(String(days.get(row.iccid) ?? ""))
      .join(","),
  );
  return ["iccid,rate_plan,usage_mb,communication_plan,status,active_days", ...rows].join("\n");
}

describe("the invoice", () => {
  it.each<Partial<BillingContract>>([
    {},
    { mbBase: 1000 },
    { subscriptionCharge: "PRORATED" },
    { subscriptionCharge: "PRORATED", newSimAllowance: "PRORATED_DAYS" },
  ])("under %j is to the micro what Poolwise makes of the contract's files", async (contract) => {
    const settings = settle({ devices: 3000, clock: "2026-03-28T09:00:00Z", clockRate: 0, contract });
    const world = createWorld(settings);
    const cycle = world.calendar.at(world.clock.nowMs());
    world.clock.set(cycle.endMs);
    const invoice = invoiceOf(world, cycle);
    const days = new Map(
      [...invoice.lines()].map((line) => [world.devices.iccidOf(line.device), line.billableDays]),
    );

    const sources = {
      plans: source("plans.csv", plansCsv(world)),
      pools: source("pools.csv", poolsCsv(world)),
    };
    const { tariff, setAside } = await readTariff(sources, { currency: "USD", cycleDays: 31 });
    const fleet = await readDevices(source("devices.csv", devicesCsv(world, days)), tariff);
    const { eligibility } = await readEligibility(source("eligibility.csv", eligibilityCsv(world)), tariff);
    const terms = { switchCost: 0, minSaving: 0, maxChanges: Infinity, billableStatuses: BILLABLE_STATUSES };
    const { problem, ratingClass, participation } = prepareFleet(fleet, tariff, eligibility, terms);
    const bill = computeBill(fleet, problem.table, ratingClass, participation, fleet.ratePlan);

    expect(setAside).toEqual([]);
    expect(invoice.billedSims).toBe(problem.size);
    expect(invoice.total()).toBe(BigInt(bill.total));
  });
});
