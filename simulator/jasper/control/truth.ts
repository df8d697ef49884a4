import type { BillingCycle } from "../clock/billing-calendar.ts";
import type { World } from "../world.ts";

/** What is so, whatever the API says of it. */
export interface TruthRow {
  readonly iccid: string;
  readonly ratePlan: string;
  readonly communicationPlan: string;
  readonly status: string;
  /** In the cycle until now. */
  readonly usageBytes: number;
  /** In the cycle until its end, if nothing about the SIM changes. */
  readonly usageBytesAtClose: number;
}

/** Every SIM of the account, in the order it joined. */
export function* truthRows(world: World, cycle: BillingCycle, nowMs: number): Generator<TruthRow> {
  const { devices, catalogue, usage } = world;
  for (let device = 0; device < devices.count; device++) {
    if (world.elsewhere.has(device)) continue;
    yield {
      iccid: devices.iccidOf(device),
      ratePlan: catalogue.version(devices.planVersion[device] as number).plan.name,
      communicationPlan: world.communicationPlans[devices.communicationPlan[device] as number] ?? "",
      status: devices.statusOf(device),
      usageBytes: usage.bytesUntil(device, cycle, nowMs, nowMs),
      usageBytesAtClose: usage.bytesUntil(device, cycle, cycle.endMs, Math.max(nowMs, cycle.endMs)),
    };
  }
}
