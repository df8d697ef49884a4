import { latestVersion } from "../catalogue/rate-plan-catalogue.ts";
import { moveToOtherAccount, replaceSim } from "../faults/happenings.ts";
import { applyChange, applyDueChanges } from "../store/apply-change.ts";
import type { World } from "../world.ts";

/** An edit that somebody makes in the operator's console. */
export type BackgroundEdit = SimEdit | PlanEdit;

export interface SimEdit {
  readonly iccid: string;
  /** Fields by their names in the API; none only moves the SIM to the end of the list. */
  readonly set?: Readonly<Record<string, string>>;
  readonly moveToOtherAccount?: boolean;
  readonly replace?: boolean;
  /** Bytes to add to the current cycle's usage, or to take away. */
  readonly addUsageBytes?: number;
  readonly user?: string;
}

export interface PlanEdit {
  readonly plan: string;
  readonly rename?: string;
  readonly published?: boolean;
  /** A new version with this charge for each SIM. */
  readonly newVersionCharge?: string;
}

/** Throws RangeError where the SIM, plan or field does not exist. */
export function editBehindOnesBack(world: World, edit: BackgroundEdit): void {
  applyDueChanges(world, world.clock.nowMs());
  if ("iccid" in edit) editSim(world, edit);
  else if ("plan" in edit) editPlan(world, edit);
  else throw new RangeError("An edit names an iccid or a plan.");
}

function editSim(world: World, edit: SimEdit): void {
  const nowMs = world.clock.nowMs();
  const device = world.devices.deviceOf(edit.iccid);
  if (device === undefined) throw new RangeError(`There is no SIM ${edit.iccid}.`);
  if (edit.addUsageBytes !== undefined) addUsage(world, device, nowMs, edit.addUsageBytes);
  else if (edit.moveToOtherAccount === true) moveToOtherAccount(world, device);
  else if (edit.replace === true) replaceSim(world, device, nowMs);
  else applyChange(world, device, edit.set ?? {}, nowMs, edit.user ?? "operator.user");
}

function addUsage(world: World, device: number, nowMs: number, bytes: number): void {
  if (!Number.isSafeInteger(bytes))
    throw new RangeError(`addUsageBytes must be a whole number, got ${bytes}.`);
  const cycle = world.calendar.at(nowMs);
  world.usage.correct(device, { cycleNumber: cycle.number, usageMs: nowMs - 1, knownMs: nowMs, bytes });
}

function editPlan(world: World, edit: PlanEdit): void {
  const plan = world.catalogue.named(edit.plan);
  if (plan === undefined) throw new RangeError(`There is no rate plan "${edit.plan}".`);
  if (edit.published !== undefined) plan.published = edit.published;
  if (edit.newVersionCharge !== undefined) {
    world.catalogue.addVersion(plan, {
      ...latestVersion(plan).terms,
      subscriptionCharge: edit.newVersionCharge,
    });
  }
  if (edit.rename !== undefined) world.catalogue.rename(plan, edit.rename);
}
