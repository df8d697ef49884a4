import { latestVersion } from "../catalogue/rate-plan-catalogue.ts";
import { addDays, dateKey, localDateAt, startOfLocalDayMs } from "../clock/zoned-time.ts";
import { changeDelaySeconds, refusesPair } from "../faults/edit-faults.ts";
import { ok } from "../http/answer.ts";
import type { Answer } from "../http/answer.ts";
import type { Call, RouteContext } from "../http/call.ts";
import { refuse } from "../http/carrier-errors.ts";
import { allowOnly, readDay } from "../http/query.ts";
import { OVERRIDES, applyChange, scheduleChange } from "../store/apply-change.ts";
import type { DeviceChange } from "../store/apply-change.ts";
import { isFinal, isPreActivation, isStatus } from "../store/statuses.ts";
import { findDevice } from "./find-device.ts";

const TEXT_FIELDS = ["customer", "deviceID", "modemID"];
const ADDRESS_FIELDS = ["ipv4Address", "ipv6Address"];
const PLAN_FIELDS = ["ratePlan", "communicationPlan", "status", "overageLimitOverride"];
const CUSTOM_FIELD = /^(account|operator|customer)Custom([1-9]|10)$/;
const ACCOMPANYING = ["effectiveDate", "apn", "pdpId"];
const MAX_DAYS_AHEAD = 180;

/** PUT /devices/{iccid}: one or more fields of one SIM, now or on a later day. */
export function editDevice(context: RouteContext, call: Call): Answer {
  const { world } = context;
  if (call.user.role === "AccountReadOnly") refuse("10000030");
  allowOnly(call.query, []);
  const device = findDevice(context, call);
  const { change, effectiveDate } = readBody(call);
  checkChange(context, call, device, change);
  const dueMs = effectiveDate === undefined ? call.nowMs : readEffectiveMs(context, call, effectiveDate);
  if (dueMs > call.nowMs) {
    scheduleChange(world, device, change, { nowMs: call.nowMs, dueMs, hidden: false }, call.user.username);
    return ok({ iccid: call.subject }, world.settings.futureChangeStatus);
  }
  const delaySeconds = changeDelaySeconds(context, call);
  if (delaySeconds > 0) {
    const later = { nowMs: call.nowMs, dueMs: call.nowMs + delaySeconds * 1000, hidden: true };
    scheduleChange(world, device, change, later, call.user.username);
  } else applyChange(world, device, change, call.nowMs, call.user.username);
  return ok({ iccid: call.subject });
}

function readBody(call: Call): { change: DeviceChange; effectiveDate: string | undefined } {
  const fields = parseObject(call.body);
  const change: Record<string, string> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value === null) continue;
    if (typeof value !== "string" && typeof value !== "number") refuse("10000023");
    if (!isField(name)) refuse("10000028", `Unrecognised parameter(s): ${name}`);
    if (!ACCOMPANYING.includes(name)) change[storedName(name)] = String(value);
  }
  if (Object.keys(change).length === 0) refuse("10000011");
  const { effectiveDate } = fields;
  if (typeof effectiveDate === "number") refuse("10000012");
  return { change, effectiveDate: typeof effectiveDate === "string" ? effectiveDate : undefined };
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text === "" ? "{}" : text);
  } catch {
    refuse("10000023");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) refuse("10000023");
  return value as Record<string, unknown>;
}

function isField(name: string): boolean {
  const known = [...TEXT_FIELDS, ...ADDRESS_FIELDS, ...PLAN_FIELDS, ...ACCOMPANYING];
  const [, level, number] = CUSTOM_FIELD.exec(name) ?? [];
  return known.includes(name) || (level !== undefined && (level === "account" || Number(number) <= 5));
}

function storedName(name: string): string {
  return name === "ipv4Address" ? "fixedIPAddress" : name === "ipv6Address" ? "fixedIpv6Address" : name;
}

function checkChange(context: RouteContext, call: Call, device: number, change: DeviceChange): void {
  checkCustomFields(call, change);
  const current = context.world.devices.statusOf(device);
  if (isFinal(current)) refuse("10000005", `A ${current} SIM cannot be edited.`);
  const { status, communicationPlan, overageLimitOverride } = change;
  if (status !== undefined) {
    if (!isStatus(status)) refuse("10000005");
    if (isPreActivation(status) && !isPreActivation(current)) refuse("10000029");
  }
  if (communicationPlan !== undefined && !context.world.communicationPlans.includes(communicationPlan)) {
    refuse("10000014");
  }
  if (
    overageLimitOverride !== undefined &&
    !OVERRIDES.some((override) => override === overageLimitOverride)
  ) {
    refuse("10000016");
  }
  if (change["customer"] !== undefined && change["customer"].length > 60) refuse("10000015");
  if (change["ratePlan"] !== undefined)
    checkRatePlan(context, call, device, change["ratePlan"], communicationPlan);
}

/** Users of the account may fill in the account's own fields only. */
function checkCustomFields(call: Call, change: DeviceChange): void {
  for (const name of Object.keys(change)) {
    if (name.startsWith("operatorCustom")) refuse("10000008");
    if (name.startsWith("customerCustom")) refuse("10000010");
    if (name.startsWith("accountCustom") && call.user.role !== "AccountAdmin") refuse("10000009");
  }
}

function checkRatePlan(
  context: RouteContext,
  call: Call,
  device: number,
  name: string,
  communicationPlan: string | undefined,
): void {
  const { world } = context;
  const plan = world.catalogue.named(name);
  if (plan === undefined || !plan.published || latestVersion(plan).terms.kind === "event") refuse("10000013");
  const current = world.catalogue.version(world.devices.planVersion[device] as number).plan;
  const carried =
    communicationPlan === undefined
      ? (world.devices.communicationPlan[device] as number)
      : world.communicationPlans.indexOf(communicationPlan);
  if (plan !== current && !world.sold[carried]?.includes(plan)) {
    refuse("10000013", "Rate plan is not valid for the communication plan of this device.");
  }
  if (plan !== current && changesThisCycle(context, call, device) >= changeLimit(context)) {
    refuse("10000013", "The rate plan has been changed too often in this billing cycle.");
  }
  if (refusesPair(context, call, name)) refuse("10000013");
}

function changeLimit({ world }: RouteContext): number {
  return world.settings.contract.maxChangesPerCycle || Infinity;
}

function changesThisCycle({ world }: RouteContext, call: Call, device: number): number {
  const { startMs } = world.calendar.at(call.nowMs);
  let changes = 0;
  for (const change of world.log.of(device)) {
    if (change.field === "ratePlan" && change.state === "Completed" && change.effectiveMs >= startMs)
      changes++;
  }
  return changes;
}

/** Local midnight of the day; a day that has begun already means now. */
function readEffectiveMs({ world }: RouteContext, call: Call, text: string): number {
  const { timeZone } = world.calendar;
  const { date, key } = readDay(text, "required");
  const today = localDateAt(timeZone, call.nowMs);
  if (key === dateKey(today)) return call.nowMs;
  const dueMs = startOfLocalDayMs(timeZone, date);
  if (dueMs <= call.nowMs || dueMs > startOfLocalDayMs(timeZone, addDays(today, MAX_DAYS_AHEAD)))
    refuse("10000012");
  return dueMs;
}
