import type { BillingCycle } from "../clock/billing-calendar.ts";
import { latestVersion } from "../catalogue/rate-plan-catalogue.ts";
import type { PlanVersion } from "../catalogue/rate-plan-catalogue.ts";
import { reportedBytes } from "../faults/late-usage.ts";
import { ok } from "../http/answer.ts";
import type { Answer } from "../http/answer.ts";
import type { Call, RouteContext } from "../http/call.ts";
import { refuse } from "../http/carrier-errors.ts";
import { allowOnly, readDay, readPage } from "../http/query.ts";
import { usersOfPlan } from "../store/plan-users.ts";
import { ofLastThreeCycles, usageOnPlan } from "../store/zoned-usage.ts";

const PARAMETERS = [
  "ratePlanName",
  "cycleStartDate",
  "usageType",
  "ratePlanVersion",
  "pageNumber",
  "pageSize",
  "fields",
];

/** GET /usages: usage of all SIMs on a plan, zone by zone. SIMs without usage are left out. */
export function usages(context: RouteContext, call: Call): Answer {
  allowOnly(call.query, PARAMETERS);
  const { world } = context;
  const version = readVersion(context, call);
  const cycle = readCycle(context, call);
  const usageType = call.query.get("usageType") ?? "ALL";
  if (!["ALL", "DATA", "SMS", "VOICE"].includes(usageType)) refuse("10000028", "UsageType is invalid.");
  const page = readPage(call.query, world.settings.pageSizeOver);
  const rows = usersOfPlan(world, version, cycle, call.nowMs, { anew: page.number === 1 });
  const onPage = rows.slice(page.offset, page.offset + page.size);
  const zones = Object.groupBy(onPage, (row) => row.zone);
  return ok({
    ratePlanName: version.plan.name,
    ratePlanVersion: version.number,
    cycleStartDate: cycle.key,
    pageNumber: page.number,
    zones: Object.entries(zones).map(([zone, devices]) => ({
      zone,
      devices: (devices ?? []).map(({ device }) => ({
        deviceId: world.devices.iccidOf(device),
        usage: usageBody(context, call, { device, zone, version, cycle, usageType }),
      })),
    })),
    lastPage: page.offset + page.size >= rows.length,
  });
}

function readVersion({ world }: RouteContext, call: Call): PlanVersion {
  const name = call.query.get("ratePlanName");
  if (name === null || name === "") refuse("10000011", "RatePlanName is required.");
  const plan = world.catalogue.named(name) ?? refuse("10000013");
  if (plan.shared) refuse("10000013", "Shared rate plans are not supported.");
  const number = call.query.get("ratePlanVersion");
  if (number === null) return latestVersion(plan);
  return plan.versions.find((version) => String(version.number) === number) ?? refuse("10000013");
}

function readCycle({ world }: RouteContext, call: Call): BillingCycle {
  const text = call.query.get("cycleStartDate");
  if (text === null) return world.calendar.at(call.nowMs);
  return ofLastThreeCycles(world, readDay(text, "optional").key, call.nowMs) ?? refuse("10000032");
}

interface Row {
  readonly device: number;
  readonly zone: string;
  readonly version: PlanVersion;
  readonly cycle: BillingCycle;
  readonly usageType: string;
}

function usageBody(context: RouteContext, call: Call, row: Row): Record<string, number> {
  const { world } = context;
  const bytes = bytesOf(context, call, row);
  const sms =
    row.zone === row.version.terms.zones[0] ? world.usage.smsUntil(row.device, row.cycle, call.nowMs) : 0;
  const body: Record<string, number> = {};
  if (row.usageType === "ALL" || row.usageType === "DATA") {
    body["dataUsage"] = reportedBytes(context, call, { device: row.device, cycle: row.cycle, bytes });
  }
  if (row.usageType === "ALL" || row.usageType === "SMS") {
    body["smsMOUsage"] = Math.ceil(sms / 2);
    body["smsMTUsage"] = Math.floor(sms / 2);
  }
  if (row.usageType === "ALL" || row.usageType === "VOICE") {
    body["voiceMOUsage"] = 0;
    body["voiceMTUsage"] = 0;
  }
  return body;
}

function bytesOf({ world }: RouteContext, call: Call, { device, zone, version, cycle }: Row): number {
  return usageOnPlan(world, device, version, cycle, call.nowMs)
    .filter((usage) => usage.zone === zone)
    .reduce((sum, usage) => sum + usage.bytes, 0);
}
