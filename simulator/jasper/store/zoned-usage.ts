import type { BillingCycle } from "../clock/billing-calendar.ts";
import type { PlanVersion } from "../catalogue/rate-plan-catalogue.ts";
import type { World } from "../world.ts";

export interface ZonedUsage {
  readonly version: PlanVersion;
  readonly zone: string;
  readonly bytes: number;
}

/** A device's cycle to date by plan version and zone; plans without traffic are there with 0 in their first zone. */
export function zonedUsageByPlan(
  world: World,
  device: number,
  cycle: BillingCycle,
  nowMs: number,
): ZonedUsage[] {
  const byVersion = new Map<number, number>();
  for (const { value, fromMs, toMs } of world.timeline.plans(
    device,
    cycle.startMs,
    Math.min(nowMs, cycle.endMs),
  )) {
    const bytes = world.usage.bytesBetween(device, cycle, fromMs, toMs, nowMs);
    byVersion.set(value, (byVersion.get(value) ?? 0) + bytes);
  }
  return [...byVersion].flatMap(([code, bytes]) => byZone(world, device, code, bytes));
}

/** What counts as usage of one plan version: the traffic made on it, or all traffic of the SIMs that are on it now. */
export function usageOnPlan(
  world: World,
  device: number,
  version: PlanVersion,
  cycle: BillingCycle,
  nowMs: number,
): ZonedUsage[] {
  if (world.settings.usageAttribution === "current-plan") {
    return byZone(world, device, version.code, world.usage.bytesUntil(device, cycle, nowMs, nowMs));
  }
  return zonedUsageByPlan(world, device, cycle, nowMs).filter((usage) => usage.version === version);
}

function byZone(world: World, device: number, code: number, bytes: number): ZonedUsage[] {
  const version = world.catalogue.version(code);
  const [home = "", abroad] = version.terms.zones;
  const roaming = abroad === undefined ? 0 : world.usage.roamingBytes(device, bytes);
  const rows = [{ version, zone: home, bytes: bytes - roaming }];
  return roaming === 0 || abroad === undefined ? rows : [...rows, { version, zone: abroad, bytes: roaming }];
}

/** The current cycle or one of the two before, by its first day. */
export function ofLastThreeCycles(world: World, key: string, nowMs: number): BillingCycle | undefined {
  const cycle = world.calendar.starting(key);
  const current = world.calendar.at(nowMs);
  return cycle !== undefined && cycle.number <= current.number && cycle.number > current.number - 3
    ? cycle
    : undefined;
}
