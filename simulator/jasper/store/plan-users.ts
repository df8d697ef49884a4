import type { BillingCycle } from "../clock/billing-calendar.ts";
import type { PlanVersion } from "../catalogue/rate-plan-catalogue.ts";
import type { World } from "../world.ts";
import { usageOnPlan } from "./zoned-usage.ts";

/** A device with usage on a plan, in one zone; one that roams has a row for each zone. */
export interface PlanUser {
  readonly device: number;
  readonly zone: string;
}

interface KeptList {
  readonly planChanges: number;
  readonly devices: Int32Array;
  /** How many of `devices`, from the start, are in the plan's first zone. */
  readonly inHomeZone: number;
}

const kept = new WeakMap<World, Map<string, KeptList>>();

/** The rows of a plan's usage. Made anew for the first page or after any change of plans, else as made before. */
export function usersOfPlan(
  world: World,
  version: PlanVersion,
  cycle: BillingCycle,
  nowMs: number,
  { anew }: { readonly anew: boolean },
): { readonly length: number; slice(from: number, to: number): PlanUser[] } {
  const lists = kept.get(world) ?? new Map<string, KeptList>();
  kept.set(world, lists);
  const key = `${version.code} ${cycle.key}`;
  let list = lists.get(key);
  if (list === undefined || anew || list.planChanges !== world.planChanges) {
    list = listUsers(world, version, cycle, nowMs);
    lists.set(key, list);
  }
  const { devices, inHomeZone } = list;
  const [home = "", abroad = ""] = version.terms.zones;
  return {
    length: devices.length,
    slice: (from, to) =>
      Array.from(devices.subarray(from, to), (device, i) => ({
        device,
        zone: from + i < inHomeZone ? home : abroad,
      })),
  };
}

function listUsers(world: World, version: PlanVersion, cycle: BillingCycle, nowMs: number): KeptList {
  const home: number[] = [];
  const abroad: number[] = [];
  for (const device of candidates(world, version, cycle)) {
    if (world.elsewhere.has(device)) continue;
    for (const usage of usageOnPlan(world, device, version, cycle, nowMs)) {
      if (usage.bytes === 0) continue;
      (usage.zone === version.terms.zones[0] ? home : abroad).push(device);
    }
  }
  return {
    planChanges: world.planChanges,
    devices: Int32Array.from([...home, ...abroad]),
    inHomeZone: home.length,
  };
}

function candidates(world: World, version: PlanVersion, cycle: BillingCycle): number[] {
  const { devices, log, settings } = world;
  const found: number[] = [];
  for (let device = 0; device < devices.count; device++) {
    if (devices.planVersion[device] === version.code) found.push(device);
  }
  if (settings.usageAttribution === "current-plan") return found;
  const left = new Set(log.devicesThatUsed(version.code, cycle.startMs));
  return [...found, ...[...left].filter((device) => devices.planVersion[device] !== version.code)];
}
