import type { Call, RouteContext } from "../http/call.ts";
import { refuse } from "../http/carrier-errors.ts";

/** The device of the path; refuses an ICCID that is none, or that is not on this account. */
export function findDevice({ world }: RouteContext, call: Call): number {
  if (!/^\d{18,22}$/.test(call.subject)) refuse("10000021");
  const device = world.devices.deviceOf(call.subject);
  if (device === undefined || world.elsewhere.has(device)) refuse("20000001");
  return device;
}
