import { reportedBytes } from "../faults/late-usage.ts";
import { ok } from "../http/answer.ts";
import type { Answer } from "../http/answer.ts";
import type { Call, RouteContext } from "../http/call.ts";
import { allowOnly, project } from "../http/query.ts";
import { overrideOf } from "../store/apply-change.ts";
import { identity } from "./device-details.ts";
import { findDevice } from "./find-device.ts";

/** GET /devices/{iccid}/ctdUsages: the whole cycle to date, whatever plans it was made on. */
export function ctdUsages(context: RouteContext, call: Call): Answer {
  allowOnly(call.query, ["fields"]);
  const { world } = context;
  const device = findDevice(context, call);
  const cycle = world.calendar.at(call.nowMs);
  const bytes = world.usage.bytesUntil(device, cycle, call.nowMs, call.nowMs);
  const body = {
    ...identity(world, device),
    status: world.devices.statusOf(device),
    ratePlan: world.catalogue.version(world.devices.planVersion[device] as number).plan.name,
    communicationPlan: world.communicationPlans[world.devices.communicationPlan[device] as number] ?? null,
    ctdDataUsage: reportedBytes(context, call, { device, cycle, bytes }),
    ctdSMSUsage: world.usage.smsUntil(device, cycle, call.nowMs),
    ctdVoiceUsage: 0,
    ctdSessionCount: world.usage.sessionsUntil(device, cycle, call.nowMs),
    overageLimitReached: false,
    overageLimitOverride: overrideOf(world, device),
  };
  return ok(project(body, call.query));
}
