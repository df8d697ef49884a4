import type { BillingCycle } from "../clock/billing-calendar.ts";
import type { Call, RouteContext } from "../http/call.ts";

/** F12 late: what the API reports of true usage while part of the call records has not arrived. */
export function reportedBytes(
  { faults, world }: RouteContext,
  call: Call,
  usage: { readonly device: number; readonly cycle: BillingCycle; readonly bytes: number },
): number {
  let bytes = usage.bytes;
  for (const fault of faults.holding("F12", call, "anything")) {
    const { kind = "late", iccids, percent = 10, delaySeconds = 48 * 3600 } = fault.spec;
    if (kind !== "late" || call.nowMs >= usage.cycle.endMs + delaySeconds * 1000) continue;
    const named = iccids === undefined || iccids.includes(world.devices.iccidOf(usage.device));
    if (!named || !faults.sticks(fault, usage.device)) continue;
    bytes -= Math.ceil((usage.bytes * percent) / 100);
    fault.struck++;
  }
  return Math.max(0, bytes);
}
