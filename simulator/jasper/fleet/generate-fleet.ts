import type { BillingCycle } from "../clock/billing-calendar.ts";
import { COMMUNICATION_PLANS } from "../catalogue/contract-plans.ts";
import { UNUSUAL_PLANS } from "../catalogue/other-plans.ts";
import type { PlanVersion, RatePlanCatalogue } from "../catalogue/rate-plan-catalogue.ts";
import type { DeviceStore } from "../store/device-store.ts";
import { RecencyOrder } from "../store/recency-order.ts";
import { statusCode } from "../store/statuses.ts";
import type { Status } from "../store/statuses.ts";
import { STREAM, hash32, normal, pickWeighted, uniform } from "./draws.ts";
import { PLANS_BY_HABIT, PROFILES } from "./profiles.ts";

export interface FleetRecipe {
  readonly seed: number;
  readonly nowMs: number;
  readonly cycle: BillingCycle;
  /** Part of the fleet on plans outside the contract, 0 to 1. */
  readonly unusualPlanShare: number;
}

const LOT = 500;
const DAY_MS = 86_400_000;
const OLDEST_DAYS = 1100;

const STATUS_SHARES: readonly (readonly [Status, number])[] = [
  ["ACTIVATED", 93.6],
  ["TEST_READY", 0.9],
  ["ACTIVATION_READY", 1],
  ["INVENTORY", 1.5],
  ["DEACTIVATED", 2],
  ["RETIRED", 0.7],
  ["PURGED", 0.3],
];

/** Fills the columns of the fleet and returns it in the order of its last changes. */
export function generateFleet(
  devices: DeviceStore,
  catalogue: RatePlanCatalogue,
  recipe: FleetRecipe,
): RecencyOrder {
  const choosePlan = planChooser(catalogue, recipe);
  for (let device = 0; device < devices.count; device++) {
    const profile = pickWeighted(PROFILE_SHARES, uniform(recipe.seed, STREAM.profile, device));
    const communicationPlan = chooseCommunicationPlan(recipe.seed, device, profile);
    devices.profile[device] = profile;
    devices.communicationPlan[device] = communicationPlan;
    devices.planVersion[device] = choosePlan(device, communicationPlan);
    writeDates(devices, device, recipe);
    writeUsage(devices, device, recipe);
  }
  return orderByLastChange(devices, recipe);
}

const PROFILE_SHARES = PROFILES.map((profile) => profile.share);
const COMMUNICATION_SHARES = PROFILES.map((profile) =>
  COMMUNICATION_PLANS.map((name) => profile.communicationPlans[name] ?? 0),
);

function chooseCommunicationPlan(seed: number, device: number, profile: number): number {
  return pickWeighted(COMMUNICATION_SHARES[profile] ?? [], uniform(seed, STREAM.communicationPlan, device));
}

function planChooser(
  catalogue: RatePlanCatalogue,
  recipe: FleetRecipe,
): (device: number, plan: number) => number {
  const versionsOf = (name: string): readonly PlanVersion[] => {
    const plan = catalogue.named(name);
    if (plan === undefined) throw new RangeError(`The fleet asks for an unknown rate plan "${name}".`);
    return plan.versions;
  };
  const choices = COMMUNICATION_PLANS.map((name) => {
    const habits = Object.entries(PLANS_BY_HABIT[name] ?? {});
    return { plans: habits.map(([plan]) => versionsOf(plan)), weights: habits.map(([, weight]) => weight) };
  });
  const unusual = UNUSUAL_PLANS.map(versionsOf);
  const oneOf = (versions: readonly PlanVersion[] | undefined, device: number): number =>
    versions?.[hash32(recipe.seed, STREAM.plan, device, 1) % versions.length]?.code ?? 0;
  return (device, communicationPlan) => {
    const draw = uniform(recipe.seed, STREAM.ratePlan, device);
    if (uniform(recipe.seed, STREAM.plan, device) < recipe.unusualPlanShare) {
      return oneOf(unusual[Math.floor(draw * unusual.length)], device);
    }
    const choice = choices[communicationPlan];
    return oneOf(choice?.plans[pickWeighted(choice.weights, draw)], device);
  };
}

/** SIMs come in lots; most were activated long ago, one in a hundred during the current cycle. */
function writeDates(devices: DeviceStore, device: number, recipe: FleetRecipe): void {
  const { seed, nowMs, cycle } = recipe;
  const lotAgeDays = 120 + uniform(seed, STREAM.lot, Math.floor(device / LOT)) * (OLDEST_DAYS - 120);
  const addedMs = wholeSeconds(nowMs - lotAgeDays * DAY_MS);
  const draw = uniform(seed, STREAM.activation, device);
  const thisCycle = cycle.startMs + (draw * 100 * (nowMs - cycle.startMs)) / 1.2;
  const activatedMs = draw < 0.012 ? wholeSeconds(thisCycle) : wholeSeconds(addedMs + draw * 60 * DAY_MS);
  const status =
    STATUS_SHARES[pickWeighted(STATUS_WEIGHTS, uniform(seed, STREAM.status, device))]?.[0] ?? "ACTIVATED";
  const wasActivated = status !== "INVENTORY" && status !== "ACTIVATION_READY" && status !== "TEST_READY";
  devices.dateAddedMs[device] = addedMs;
  devices.dateActivatedMs[device] = wasActivated ? activatedMs : 0;
  devices.status[device] = statusCode(status);
  devices.statusSinceMs[device] = statusSince(
    status,
    activatedMs,
    addedMs,
    uniform(seed, STREAM.lifetime, device),
    nowMs,
  );
}

const STATUS_WEIGHTS = STATUS_SHARES.map(([, share]) => share);

function statusSince(
  status: Status,
  activatedMs: number,
  addedMs: number,
  draw: number,
  nowMs: number,
): number {
  if (status === "ACTIVATED") return activatedMs;
  if (status === "DEACTIVATED" || status === "RETIRED" || status === "PURGED") {
    return wholeSeconds(activatedMs + Math.sqrt(draw) * (nowMs - activatedMs));
  }
  return addedMs;
}

/** Usage of an average month, and when the device sends: a few break during the current cycle. */
function writeUsage(devices: DeviceStore, device: number, recipe: FleetRecipe): void {
  const { seed, nowMs, cycle } = recipe;
  const profile = PROFILES[devices.profile[device] as number];
  const status = devices.statusOf(device);
  const median = (profile?.medianMb ?? 0) * 1_048_576;
  const mean =
    median === 0 ? 0 : median * Math.exp((profile?.sigma ?? 0) * normal(seed, STREAM.mean, device));
  const since = devices.statusSinceMs[device] as number;
  devices.meanBytes[device] = status === "TEST_READY" ? Math.min(mean, 15_000) : mean;
  const started = devices.dateActivatedMs[device] as number;
  const hasSent = started > 0 || status === "TEST_READY";
  devices.activeFromMs[device] = hasSent ? started || since : Infinity;
  const breaks = hash32(seed, STREAM.lifetime, device, 1) % 200 === 0;
  const brokenMs = cycle.startMs + uniform(seed, STREAM.lifetime, device, 2) * (nowMs - cycle.startMs);
  const inService = status === "ACTIVATED" || status === "TEST_READY";
  devices.activeUntilMs[device] = !inService ? since : breaks ? Math.max(brokenMs, started) : Infinity;
}

/** Sorts whole seconds and device numbers packed into one exact number: fewer than 2^31 and 2^22. */
function orderByLastChange(devices: DeviceStore, recipe: FleetRecipe): RecencyOrder {
  const epochMs = wholeSeconds(recipe.nowMs - 4 * 365 * DAY_MS);
  const keys = new Float64Array(devices.count);
  for (let device = 0; device < devices.count; device++) {
    keys[device] = ((lastChangeMs(devices, device, recipe) - epochMs) / 1000) * DEVICE_LIMIT + device;
  }
  keys.sort();
  const order = new RecencyOrder(devices.count);
  for (const key of keys) order.touch(key % DEVICE_LIMIT, epochMs + Math.floor(key / DEVICE_LIMIT) * 1000);
  return order;
}

export const DEVICE_LIMIT = 4_194_304;

function lastChangeMs(devices: DeviceStore, device: number, recipe: FleetRecipe): number {
  const since = Math.max(devices.statusSinceMs[device] as number, devices.dateAddedMs[device] as number);
  const draw = uniform(recipe.seed, STREAM.touched, device);
  const touchedMs = draw < 0.3 ? since + (draw / 0.3) * (recipe.nowMs - since) : since;
  return Math.min(wholeSeconds(touchedMs), wholeSeconds(recipe.nowMs) - 1000);
}

function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}
