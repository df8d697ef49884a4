import type { PreparedGroup, PricedPlans } from "./form-groups.ts";

/** A pool that SIMs of a session may share. */
export interface RatePool {
  readonly pool: string;
  readonly candidatePlans: readonly string[];
  /** Of its candidate plans: "full", "active_days", "days30". */
  readonly proration: readonly string[];
  readonly groupIds: readonly number[];
  /** The largest average usage per day, in bytes, of a SIM that may join; null where none is known, or not yet. */
  readonly maxAverageUsageBytes: number | null;
}

/** The pools of a session with the plans and groups that may use them. */
export function formRatePools(groups: readonly PreparedGroup[], { tariff }: PricedPlans): RatePool[] {
  const pools: RatePool[] = [];
  for (const name of new Set(tariff.plans.map((plan) => plan.pool))) {
    const candidates = tariff.plans.filter(
      (plan, index) => plan.pool === name && groups.some(({ plans }) => plans.includes(index)),
    );
    if (name === "" || candidates.length === 0) continue;
    const joining = groups.filter(({ plans }) => plans.some((plan) => tariff.plans[plan]?.pool === name));
    pools.push({
      pool: name,
      candidatePlans: candidates.map(({ code }) => code),
      proration: [...new Set(candidates.map(({ proration }) => proration))],
      groupIds: joining.map(({ groupId }) => groupId),
      maxAverageUsageBytes: null,
    });
  }
  return pools;
}
