import { COMMUNICATION_PLANS, ELIGIBILITY, contractPlans } from "./catalogue/contract-plans.ts";
import { addOtherPlans } from "./catalogue/other-plans.ts";
import { blockOverage } from "./catalogue/plan-terms.ts";
import { RatePlanCatalogue, latestVersion } from "./catalogue/rate-plan-catalogue.ts";
import type { RatePlan } from "./catalogue/rate-plan-catalogue.ts";
import { BillingCalendar } from "./clock/billing-calendar.ts";
import type { BillingCycle } from "./clock/billing-calendar.ts";
import { VirtualClock } from "./clock/virtual-clock.ts";
import { generateFleet } from "./fleet/generate-fleet.ts";
import { IccidScheme } from "./fleet/iccid.ts";
import { Invoice } from "./billing-engine/invoice.ts";
import type { Settings } from "./settings.ts";
import { ChangeLog } from "./store/change-log.ts";
import { DeviceStore } from "./store/device-store.ts";
import { PendingChanges } from "./store/pending-changes.ts";
import { SPARE_DEVICES } from "./store/recency-order.ts";
import type { RecencyOrder } from "./store/recency-order.ts";
import { StringTable } from "./store/string-table.ts";
import { Timeline } from "./store/timeline.ts";
import { UsageStore } from "./store/usage-store.ts";

/** Everything the operator knows: one account, its fleet, plans, usage and history. */
export interface World {
  readonly settings: Settings;
  readonly clock: VirtualClock;
  readonly calendar: BillingCalendar;
  readonly catalogue: RatePlanCatalogue;
  readonly communicationPlans: readonly string[];
  /** The rate plans sold with each communication plan. */
  readonly sold: readonly (readonly RatePlan[])[];
  readonly devices: DeviceStore;
  readonly order: RecencyOrder;
  readonly log: ChangeLog;
  readonly strings: StringTable;
  readonly pending: PendingChanges;
  readonly timeline: Timeline;
  readonly usage: UsageStore;
  /** Devices that belong to another account now. */
  readonly elsewhere: Set<number>;
  /** Counts rate plan changes, so that lists made from them know when they are stale. */
  planChanges: number;
}

export function createWorld(settings: Settings): World {
  const clock = new VirtualClock(settings.clockStartMs, settings.clockRate);
  const calendar = new BillingCalendar(settings.timeZone, settings.cycleDay);
  const catalogue = createCatalogue(settings);
  const devices = new DeviceStore(settings.devices, new IccidScheme(settings.iccidLength, settings.seed));
  const order = generateFleet(devices, catalogue, {
    seed: settings.seed,
    nowMs: settings.clockStartMs,
    cycle: calendar.at(settings.clockStartMs),
    unusualPlanShare: settings.unusualPlanShare,
  });
  const log = new ChangeLog(settings.devices + SPARE_DEVICES);
  return {
    settings,
    clock,
    calendar,
    catalogue,
    communicationPlans: COMMUNICATION_PLANS,
    sold: COMMUNICATION_PLANS.map((name) => plansSoldWith(catalogue, name)),
    devices,
    order,
    log,
    strings: new StringTable(),
    pending: new PendingChanges(),
    timeline: new Timeline(devices, log),
    usage: new UsageStore(settings.seed, devices),
    elsewhere: new Set(),
    planChanges: 0,
  };
}

function plansSoldWith(catalogue: RatePlanCatalogue, communicationPlan: string): RatePlan[] {
  return (ELIGIBILITY[communicationPlan] ?? []).flatMap((name) => catalogue.named(name) ?? []);
}

/** One plan of the contract has two live versions that differ in nothing that is billed. */
function createCatalogue(settings: Settings): RatePlanCatalogue {
  const catalogue = new RatePlanCatalogue();
  for (const { name, terms, published } of contractPlans(settings.devices)) {
    catalogue.add(name, terms, { contract: true, published: published ?? true });
  }
  addOtherPlans(catalogue, settings.otherPlans);
  const twice = catalogue.named("MON-FLEX 300MB");
  if (twice !== undefined) {
    catalogue.addVersion(twice, { ...latestVersion(twice).terms, overage: blockOverage("0.05") });
  }
  return catalogue;
}

/** The invoice of a cycle by the usage that the operator knows at `knownMs`. */
export function invoiceOf(world: World, cycle: BillingCycle, knownMs: number = world.clock.nowMs()): Invoice {
  const { devices, catalogue, timeline, usage, calendar, elsewhere, settings } = world;
  return new Invoice(
    {
      devices,
      catalogue,
      timeline,
      usage,
      contract: settings.contract,
      activationCycle: (device) => calendar.at(devices.dateActivatedMs[device] as number).number,
      ownAccount: (device) => !elsewhere.has(device),
    },
    cycle,
    knownMs,
  );
}
