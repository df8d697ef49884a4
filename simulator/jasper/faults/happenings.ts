import { latestVersion } from "../catalogue/rate-plan-catalogue.ts";
import type { RatePlan } from "../catalogue/rate-plan-catalogue.ts";
import { parseInstantMs } from "../clock/carrier-dates.ts";
import type { Call, RouteContext } from "../http/call.ts";
import { applyChange } from "../store/apply-change.ts";
import { isFinal, statusCode } from "../store/statuses.ts";
import type { World } from "../world.ts";
import type { ActiveFault } from "./fault-injector.ts";

const OPERATOR = "operator.support";

/** What happens at the operator's just before the call is handled: F8, F12 decrease, F13, F14, F15. */
export function letThingsHappen(context: RouteContext, call: Call): void {
  const { faults } = context;
  if (call.route === "searchDevices") {
    for (const fault of faults.strike("F8", call, "anything")) editWhileListed(context, fault, call);
  }
  if (["ctdUsages", "usageInZone", "usages"].includes(call.route)) takeUsageBack(context, call);
  for (const fault of faults.strike("F13", call, "anything")) changeThePlan(context, fault, call);
  for (const fault of faults.strike("F14", call, "anything")) sendAway(context, fault, call);
  for (const fault of faults.strike("F15", call, "anything")) changePlanOfSim(context, fault, call);
}

/** Prefers devices that the scan has passed already: each makes the next page skip one and comes again at the end. */
function editWhileListed({ world, faults }: RouteContext, fault: ActiveFault, call: Call): void {
  const named = namedDevices(world, fault);
  const sinceMs = parseInstantMs(call.query.get("modifiedSince") ?? "") ?? 0;
  const first = world.order.countBefore(sinceMs);
  const page = Math.max(1, Number(call.query.get("pageNumber") ?? 1) || 1);
  const passed = Math.max(1, Math.min((page - 1) * 50 || 50, world.order.size - first));
  for (let nth = 0; nth < (fault.spec.count ?? 1); nth++) {
    const rank = first + (faults.pick(fault, call, nth) % passed);
    const device = named === undefined ? world.order.slice(rank, 1)[0] : named[nth];
    if (device !== undefined) {
      applyChange(world, device, { operatorCustom5: `edit ${call.number}.${nth}` }, call.nowMs, OPERATOR);
    }
  }
}

function takeUsageBack({ world, faults }: RouteContext, call: Call): void {
  for (const fault of faults.strike("F12", call, "anything", (kind) => kind === "decrease")) {
    const device = chosenDevice(world, faults.pick(fault, call, 0), fault, call);
    if (device === undefined) continue;
    const cycle = world.calendar.at(call.nowMs);
    const bytes = world.usage.bytesUntil(device, cycle, call.nowMs, call.nowMs);
    const back = Math.ceil((bytes * (fault.spec.percent ?? 10)) / 100);
    const usageMs = cycle.startMs;
    world.usage.correct(device, { cycleNumber: cycle.number, usageMs, knownMs: call.nowMs, bytes: -back });
  }
}

/** The SIM the call is about, where it is one that the fault names; otherwise a drawn one. */
function chosenDevice(world: World, draw: number, fault: ActiveFault, call: Call): number | undefined {
  const named = namedDevices(world, fault);
  const asked = world.devices.deviceOf(call.subject);
  if (named !== undefined)
    return asked !== undefined && named.includes(asked) ? asked : named[draw % named.length];
  return asked ?? draw % world.devices.count;
}

function changeThePlan({ world, faults }: RouteContext, fault: ActiveFault, call: Call): void {
  const plan = planOf(world, fault, faults.pick(fault, call, 1));
  if (plan === undefined) return;
  const kind = faults.kindOf(fault, call);
  if (kind === "renamed") world.catalogue.rename(plan, fault.spec.to ?? `${plan.name} (new)`);
  else if (kind === "unpublished") plan.published = false;
  else {
    const { terms } = latestVersion(plan);
    const subscriptionCharge = fault.spec.charge ?? terms.subscriptionCharge;
    world.catalogue.addVersion(plan, { ...terms, subscriptionCharge });
  }
}

function planOf(world: World, fault: ActiveFault, draw: number): RatePlan | undefined {
  if (fault.spec.plan !== undefined) return world.catalogue.named(fault.spec.plan);
  const contract = world.catalogue.plans.filter((plan) => plan.contract && plan.published);
  return contract[draw % Math.max(1, contract.length)];
}

function sendAway({ world, faults }: RouteContext, fault: ActiveFault, call: Call): void {
  for (const device of namedDevices(world, fault) ?? [drawnDevice(world, faults.pick(fault, call, 1))]) {
    const kind = faults.kindOf(fault, call);
    if (kind === "moved") moveToOtherAccount(world, device);
    else if (kind === "purged") applyChange(world, device, { status: "PURGED" }, call.nowMs, OPERATOR);
    else replaceSim(world, device, call.nowMs);
  }
}

export function moveToOtherAccount(world: World, device: number): void {
  world.elsewhere.add(device);
  world.order.remove(device);
  world.planChanges++;
}

/** The same line on a new card: the old ICCID is REPLACED, the new one goes on with the same plans. */
export function replaceSim(world: World, device: number, nowMs: number): number {
  const added = world.devices.addReplacement(device, nowMs);
  applyChange(world, device, { status: "REPLACED" }, nowMs, OPERATOR);
  world.devices.status[added] = statusCode("ACTIVATED");
  world.order.touch(added, nowMs);
  world.planChanges++;
  return added;
}

function changePlanOfSim({ world, faults }: RouteContext, fault: ActiveFault, call: Call): void {
  for (const device of namedDevices(world, fault) ?? [drawnDevice(world, faults.pick(fault, call, 1))]) {
    const current = world.catalogue.version(world.devices.planVersion[device] as number).plan;
    const sold = world.sold[world.devices.communicationPlan[device] as number] ?? [];
    const others = sold.filter((plan) => plan !== current && plan.published);
    const plan =
      fault.spec.plan === undefined
        ? others[faults.pick(fault, call, 2) % Math.max(1, others.length)]
        : world.catalogue.named(fault.spec.plan);
    if (plan !== undefined) applyChange(world, device, { ratePlan: plan.name }, call.nowMs, OPERATOR);
  }
}

function namedDevices(world: World, fault: ActiveFault): number[] | undefined {
  return fault.spec.iccids?.flatMap((iccid) => world.devices.deviceOf(iccid) ?? []);
}

/** The first device from a drawn number on that is still here and not at its end. */
function drawnDevice(world: World, draw: number): number {
  const { devices } = world;
  for (let step = 0; step < devices.count; step++) {
    const device = (draw + step) % devices.count;
    if (world.order.has(device) && !isFinal(devices.statusOf(device))) return device;
  }
  return draw % devices.count;
}
