import { formatDetailDate } from "../clock/carrier-dates.ts";
import { luhnDigit } from "../fleet/iccid.ts";
import { ok } from "../http/answer.ts";
import type { Answer } from "../http/answer.ts";
import type { Call, RouteContext } from "../http/call.ts";
import { allowOnly, project } from "../http/query.ts";
import type { World } from "../world.ts";
import { findDevice } from "./find-device.ts";

/** GET /devices/{iccid}. */
export function deviceDetails(context: RouteContext, call: Call): Answer {
  allowOnly(call.query, ["fields"]);
  const device = findDevice(context, call);
  return ok(project(details(context.world, device), call.query));
}

function details(world: World, device: number): Record<string, unknown> {
  const { devices, catalogue, communicationPlans } = world;
  const text = (field: string): string | null => devices.text(device, field) ?? null;
  const custom = (name: string, count: number): Record<string, string | null> =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`${name}${i + 1}`, text(`${name}${i + 1}`)]));
  return {
    ...identity(world, device),
    status: devices.statusOf(device),
    ratePlan: catalogue.version(devices.planVersion[device] as number).plan.name,
    communicationPlan: communicationPlans[devices.communicationPlan[device] as number] ?? null,
    customer: text("customer"),
    endConsumerId: null,
    dateActivated: date(devices.dateActivatedMs[device] as number),
    dateAdded: date(devices.dateAddedMs[device] as number),
    dateUpdated: date(world.order.dateOf(device) ?? 0),
    dateShipped: date(devices.dateAddedMs[device] as number),
    accountId: String(world.settings.accountId),
    fixedIPAddress: text("fixedIPAddress"),
    fixedIpv6Address: text("fixedIpv6Address"),
    ...custom("operatorCustom", 5),
    ...custom("accountCustom", 10),
    ...custom("customerCustom", 5),
    simNotes: text("simNotes"),
    deviceID: text("deviceID"),
    modemID: text("modemID"),
    globalSimType: null,
  };
}

/** Numbers that follow from the device's place in the fleet. */
export function identity(world: World, device: number): Record<string, string> {
  const digits = (count: number): string => String(device).padStart(count, "0");
  const tac = `35${digits(12)}`;
  return {
    iccid: world.devices.iccidOf(device),
    imsi: `310410${digits(9)}`,
    msisdn: `1700${digits(9)}`,
    imei: tac + luhnDigit(tac),
  };
}

function date(instantMs: number): string | null {
  return instantMs === 0 ? null : formatDetailDate(instantMs);
}
