import { latestVersion } from "../catalogue/rate-plan-catalogue.ts";
import type { World } from "../world.ts";
import type { Change, ChangeState } from "./change-log.ts";
import { isStatus, statusCode, statusOf } from "./statuses.ts";

/** The fields to set, by their names in the API; already validated. */
export type DeviceChange = Readonly<Record<string, string>>;

export const OVERRIDES = ["DEFAULT", "TEMPORARY_OVERRIDE", "PERMANENT_OVERRIDE"] as const;

/** Makes the change at `atMs`: the columns, the change log, and the device's place in the list. */
export function applyChange(
  world: World,
  device: number,
  change: DeviceChange,
  atMs: number,
  user: string,
): void {
  for (const [field, text] of Object.entries(change)) {
    const value = codeOf(world, field, text);
    const prior = currentCode(world, device, field);
    if (value === prior) continue;
    write(world, device, field, value, text, atMs);
    record(world, { device, atMs, effectiveMs: atMs, field, prior, value }, user, "Completed");
  }
  if (world.order.has(device)) world.order.touch(device, atMs);
}

/** Writes a change that will happen at `dueMs`; the change log shows it as pending unless `hidden`. */
export function scheduleChange(
  world: World,
  device: number,
  change: DeviceChange,
  when: { readonly nowMs: number; readonly dueMs: number; readonly hidden: boolean },
  user: string,
): void {
  const announced = when.hidden
    ? []
    : Object.entries(change).map(([field, text]) => {
        const prior = currentCode(world, device, field);
        const value = codeOf(world, field, text);
        const entry = { device, atMs: when.nowMs, effectiveMs: when.dueMs, field, prior, value };
        return record(world, entry, user, "Pending");
      });
  world.pending.add({ dueMs: when.dueMs, device, change, user, announced });
  if (!when.hidden && world.order.has(device)) world.order.touch(device, when.nowMs);
}

export function applyDueChanges(world: World, nowMs: number): void {
  for (const { dueMs, device, change, user, announced } of world.pending.takeDue(nowMs)) {
    for (const entry of announced) world.log.setState(entry, "hidden");
    applyChange(world, device, change, dueMs, user);
  }
}

function record(
  world: World,
  change: Omit<Change, "user" | "state">,
  user: string,
  state: ChangeState,
): number {
  return world.log.add({ ...change, user: world.strings.codeOf(user), state });
}

function codeOf(world: World, field: string, text: string): number {
  if (field === "ratePlan") {
    const plan = world.catalogue.named(text);
    if (plan === undefined) throw new RangeError(`There is no rate plan "${text}".`);
    return latestVersion(plan).code;
  }
  if (field === "status") {
    if (!isStatus(text)) throw new RangeError(`There is no status "${text}".`);
    return statusCode(text);
  }
  if (field === "communicationPlan") {
    const code = world.communicationPlans.indexOf(text);
    if (code < 0) throw new RangeError(`There is no communication plan "${text}".`);
    return code;
  }
  return world.strings.codeOf(text);
}

function currentCode(world: World, device: number, field: string): number {
  const { devices } = world;
  if (field === "ratePlan") return devices.planVersion[device] as number;
  if (field === "status") return devices.status[device] as number;
  if (field === "communicationPlan") return devices.communicationPlan[device] as number;
  if (field === "overageLimitOverride") return world.strings.codeOf(overrideOf(world, device));
  return world.strings.codeOf(devices.text(device, field) ?? "");
}

function write(world: World, device: number, field: string, value: number, text: string, atMs: number): void {
  const { devices } = world;
  if (field === "ratePlan") {
    devices.planVersion[device] = value;
    world.planChanges++;
  } else if (field === "status") devices.setStatus(device, statusOf(value), atMs);
  else if (field === "communicationPlan") devices.communicationPlan[device] = value;
  else if (field === "overageLimitOverride")
    devices.overageLimitOverride[device] = OVERRIDES.findIndex((o) => o === text);
  else devices.setText(device, field, text);
}

export function overrideOf(world: World, device: number): string {
  return OVERRIDES[world.devices.overageLimitOverride[device] as number] ?? "DEFAULT";
}

/** What a code of the change log reads as in the API. */
export function textOf(world: World, field: string, code: number): string {
  if (field === "ratePlan") return world.catalogue.version(code).plan.name;
  if (field === "status") return statusOf(code);
  if (field === "communicationPlan") return world.communicationPlans[code] ?? "";
  return world.strings.textOf(code);
}
