import type { BillingCycle } from "../clock/billing-calendar.ts";
import { reportedBytes } from "../faults/late-usage.ts";
import { ok } from "../http/answer.ts";
import type { Answer } from "../http/answer.ts";
import type { Call, RouteContext } from "../http/call.ts";
import { refuse } from "../http/carrier-errors.ts";
import { allowOnly, project, readDay } from "../http/query.ts";
import { ofLastThreeCycles, zonedUsageByPlan } from "../store/zoned-usage.ts";
import type { ZonedUsage } from "../store/zoned-usage.ts";
import { findDevice } from "./find-device.ts";

/** GET /devices/{iccid}/usageInZone: one cycle, split by the plan in force when the traffic was made, and by zone. */
export function usageInZone(context: RouteContext, call: Call): Answer {
  allowOnly(call.query, ["cycleStartDate", "ratePlan", "zone", "isActiveRatePlan", "fields"]);
  const { world } = context;
  const device = findDevice(context, call);
  const cycle = readCycle(context, call);
  const rows = filterRows(context, call, device, zonedUsageByPlan(world, device, cycle, call.nowMs));
  const byPlan = Object.groupBy(rows, (row) => `${row.version.plan.name}, ${row.version.number}`);
  const body = {
    iccid: call.subject,
    timeStamp: new Date(call.nowMs).toISOString(),
    cycleStartDate: new Date(cycle.startMs).toISOString(),
    cycleEndDate: new Date(cycle.endMs - 1000).toISOString(),
    deviceCycleUsageInZones: Object.fromEntries(
      Object.entries(byPlan).map(([key, zones]) => [
        key,
        (zones ?? []).map((row) => zoneBody(context, call, { row, device, cycle })),
      ]),
    ),
  };
  return ok(project(body, call.query));
}

function readCycle({ world }: RouteContext, call: Call): BillingCycle {
  const text = call.query.get("cycleStartDate");
  if (text === null) return world.calendar.at(call.nowMs);
  return ofLastThreeCycles(world, readDay(text, "required").key, call.nowMs) ?? refuse("10000032");
}

function filterRows(
  { world }: RouteContext,
  call: Call,
  device: number,
  rows: readonly ZonedUsage[],
): ZonedUsage[] {
  const ratePlan = call.query.get("ratePlan");
  const zone = call.query.get("zone");
  const plan = ratePlan === null ? undefined : (world.catalogue.named(ratePlan) ?? refuse("10000013"));
  if (
    zone !== null &&
    !world.catalogue.plans.some((p) => p.versions.some((v) => v.terms.zones.includes(zone)))
  ) {
    refuse("10000031");
  }
  const activeOnly = call.query.get("isActiveRatePlan") === "true";
  const active = world.devices.planVersion[device] as number;
  return rows.filter(
    (row) =>
      (plan === undefined || row.version.plan === plan) &&
      (zone === null || row.zone === zone) &&
      (!activeOnly || row.version.code === active),
  );
}

function zoneBody(
  context: RouteContext,
  call: Call,
  { row, device, cycle }: { readonly row: ZonedUsage; readonly device: number; readonly cycle: BillingCycle },
): Record<string, unknown> {
  const [mt, mo] =
    context.world.settings.zoneKeyCase === "lower"
      ? ["smsmtusage", "smsmousage"]
      : ["SMSMTUsage", "SMSMOUsage"];
  return {
    ratePlan: row.version.plan.name,
    ratePlanVersion: String(row.version.number),
    zone: row.zone,
    dataUsage: reportedBytes(context, call, { device, cycle, bytes: row.bytes }),
    dataUsageUnit: "bytes",
    voiceMTUsage: null,
    voiceMTUsageUnit: null,
    voiceMOUsage: null,
    voiceMOUsageUnit: null,
    [mt ?? ""]: null,
    [mo ?? ""]: null,
  };
}
