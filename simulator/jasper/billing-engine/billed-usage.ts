import { daysOf } from "../clock/billing-calendar.ts";
import type { BillingCycle } from "../clock/billing-calendar.ts";
import type { UsageStore } from "../store/usage-store.ts";
import type { PlanPrices } from "./plan-prices.ts";
import type { PlanShare } from "./sim-share.ts";

/** The bytes of a share after the plan's rounding, one figure for each zone that is rated apart. */
export function billedBytes(
  usage: UsageStore,
  device: number,
  cycle: BillingCycle,
  share: PlanShare,
  prices: PlanPrices,
  rule: { readonly zonesApart: boolean; readonly knownMs: number },
): number[] {
  const rated = prices.roundingBytes === 0 || prices.roundingPer === "CYCLE" ? wholeShare : dayByDay;
  const bytes = rated(usage, device, cycle, share, prices, rule.knownMs);
  if (!rule.zonesApart || prices.version.terms.zones.length < 2)
    return [roundUp(bytes, prices.roundingBytes)];
  const roaming = usage.roamingBytes(device, bytes);
  return [bytes - roaming, roaming].map((part) => roundUp(part, prices.roundingBytes));
}

type Rater = (
  usage: UsageStore,
  device: number,
  cycle: BillingCycle,
  share: PlanShare,
  prices: PlanPrices,
  knownMs: number,
) => number;

const wholeShare: Rater = (usage, device, cycle, share, _prices, knownMs) => {
  const only = share.stretches.length === 1 ? share.stretches[0] : undefined;
  if (only?.fromMs === cycle.startMs) return usage.bytesUntil(device, cycle, only.toMs, knownMs);
  return share.stretches.reduce(
    (sum, stretch) => sum + usage.bytesBetween(device, cycle, stretch.fromMs, stretch.toMs, knownMs),
    0,
  );
};

const dayByDay: Rater = (usage, device, cycle, share, prices, knownMs) => {
  let sum = 0;
  for (let day = 0; day < daysOf(cycle); day++) {
    const bytes = bytesOfDay(usage, device, cycle, share, day, knownMs);
    if (bytes === 0) continue;
    const sessions = prices.roundingPer === "SESSION" ? usage.sessionsOfDay(device, cycle, day) : 1;
    sum += sessionsRoundedUp(bytes, Math.max(1, sessions), prices.roundingBytes);
  }
  return sum;
};

function bytesOfDay(
  usage: UsageStore,
  device: number,
  cycle: BillingCycle,
  share: PlanShare,
  day: number,
  knownMs: number,
): number {
  const from = cycle.dayStartsMs[day] as number;
  const to = cycle.dayStartsMs[day + 1] as number;
  return share.stretches.reduce((sum, stretch) => {
    const start = Math.max(from, stretch.fromMs);
    const end = Math.min(to, stretch.toMs);
    return start < end ? sum + usage.bytesBetween(device, cycle, start, end, knownMs) : sum;
  }, 0);
}

/** A day's bytes in equal sessions, the last taking the remainder; each rounded up. */
function sessionsRoundedUp(bytes: number, sessions: number, unit: number): number {
  const each = Math.floor(bytes / sessions);
  return (sessions - 1) * roundUp(each, unit) + roundUp(bytes - each * (sessions - 1), unit);
}

export function roundUp(bytes: number, unit: number): number {
  return unit === 0 ? bytes : Math.ceil(bytes / unit) * unit;
}
