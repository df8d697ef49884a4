import type { Transaction } from "../../ports/database.ts";
import type { SessionRow } from "../session/session-row.ts";
import type { PreparedGroup, PricedPlans } from "./form-groups.ts";

/** A pool that SIMs of a session may share. */
export interface RatePool {
  readonly pool: string;
  readonly candidatePlans: readonly string[];
  /** Of its candidate plans: "full", "active_days", "days30". */
  readonly proration: readonly string[];
  readonly groupIds: readonly number[];
  /** The largest average usage per day, in bytes, of a SIM that may join; null where none is known. */
  readonly maxAverageUsageBytes: number | null;
}

/** The pools of a session with the plans and groups that may use them. */
export async function formRatePools(
  within: Transaction,
  session: SessionRow,
  groups: readonly PreparedGroup[],
  { tariff }: PricedPlans,
): Promise<RatePool[]> {
  const pools: RatePool[] = [];
  const most = await mostUsageByGroup(within, session);
  for (const name of new Set(tariff.plans.map((plan) => plan.pool))) {
    const candidates = tariff.plans.filter(
      (plan, index) => plan.pool === name && groups.some(({ plans }) => plans.includes(index)),
    );
    if (name === "" || candidates.length === 0) continue;
    const joining = groups.filter(({ plans }) => plans.some((plan) => tariff.plans[plan]?.pool === name));
    const averages = joining.flatMap(({ groupId }) => most.get(groupId) ?? []);
    pools.push({
      pool: name,
      candidatePlans: candidates.map(({ code }) => code),
      proration: [...new Set(candidates.map(({ proration }) => proration))],
      groupIds: joining.map(({ groupId }) => groupId),
      maxAverageUsageBytes: averages.length === 0 ? null : Math.max(...averages),
    });
  }
  return pools;
}

/** The largest average usage per day of a SIM, of each group that has one. */
async function mostUsageByGroup(
  within: Transaction,
  { sessionId, periodId }: SessionRow,
): Promise<ReadonlyMap<number, number>> {
  const { rows } = await within.query<{ groupId: number; most: number }>(
    `SELECT device.communication_group_id AS "groupId", max(average_usage_bytes) AS most FROM session_devices device
     JOIN device_usage_statistics used ON used.billing_period_id = $2 AND used.iccid = device.iccid
     WHERE device.session_id = $1 AND device.communication_group_id IS NOT NULL GROUP BY 1`,
    [sessionId, periodId],
  );
  return new Map(rows.map(({ groupId, most }) => [groupId, most]));
}
