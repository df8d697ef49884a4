import { join } from "node:path";
import type { Bill } from "../../src/billing/bill.ts";
import { computeBill } from "../../src/billing/compute-bill.ts";
import { BILLABLE_STATUSES } from "../../src/billing/fleet.ts";
import { prepareFleet } from "../../src/billing/problem.ts";
import { readDevices } from "../../src/carriers/files/read-devices.ts";
import { readTariff } from "../../src/carriers/files/read-tariff.ts";

const EXAMPLES = join(import.meta.dirname, "..", "..", "examples");
const TERMS = { switchCost: 0, minSaving: 0, maxChanges: Infinity, billableStatuses: BILLABLE_STATUSES };

/** Today's bill of an example that is only devices and plans. */
export async function priceToday(name: string): Promise<Bill> {
  const { tariff } = await readTariff({ plans: join(EXAMPLES, name, "plans.csv") }, { currency: "USD" });
  const devices = await readDevices(join(EXAMPLES, name, "devices.csv"), tariff);
  const { problem, ratingClass, participation } = prepareFleet(devices, tariff, undefined, TERMS);
  return computeBill(devices, problem.table, ratingClass, participation, devices.ratePlan);
}
