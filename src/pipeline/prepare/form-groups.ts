import type { Eligibility, Tariff } from "../../billing/rate-plan.ts";
import type { SqlExecutor, Transaction } from "../../ports/database.ts";
import type { SessionRow } from "../session/session-row.ts";

/** SIMs of a session with the same set of eligible plans. */
export interface PreparedGroup {
  readonly groupId: number;
  readonly communicationPlans: readonly string[];
  /** Plan indices. */
  readonly plans: readonly number[];
  readonly devices: number;
}

export interface PricedPlans {
  readonly tariff: Tariff;
  readonly eligibility: Eligibility;
  readonly setAside: ReadonlySet<number>;
  readonly planIds: readonly number[];
}

/** SIMs of a period that a session takes up: the rest has no plan that could be priced, and is not billed. $1: the session. */
const fleetFrom = (devices: string): string => `
  SELECT known.*, plan.rate_plan_id, coalesce(known.communication_plan, '') AS group_key,
    CASE WHEN known.usage_period_id = session.billing_period_id THEN known.usage_bytes END AS cycle_bytes
  FROM optimization_sessions session
  JOIN ${devices} known ON known.carrier_account_id = session.service_provider_id AND known.vanished_at IS NULL
  LEFT JOIN session_rate_plans candidate JOIN rate_plans plan USING (rate_plan_id)
    ON candidate.session_id = session.session_id AND plan.code = known.rate_plan
  WHERE session.session_id = $1`;

const SESSION_FLEET = fleetFrom("devices");

/** In the order of their ICCIDs, in which they already lie, where joins leave it as it is. $2: the carrier account. */
export const SESSION_FLEET_IN_ORDER = fleetFrom(
  "(SELECT * FROM devices WHERE carrier_account_id = $2 ORDER BY iccid OFFSET 0)",
);

interface CommunicationPlanRow {
  readonly name: string;
  readonly devices: number;
  /** SIMs whose usage is known, and what they used. */
  readonly known: number;
  readonly bytes: string | null;
  readonly min: number | null;
  readonly max: number | null;
}

/** Groups a session's SIMs by what their communication plans allow, with each group's usage. */
export async function formGroups(
  within: Transaction,
  session: SessionRow,
  priced: PricedPlans,
): Promise<PreparedGroup[]> {
  const { rows } = await within.query<CommunicationPlanRow>(
    `SELECT group_key AS name, count(*) AS devices, count(cycle_bytes) AS known, sum(cycle_bytes)::text AS bytes,
       min(cycle_bytes) AS min, max(cycle_bytes) AS max
     FROM (${SESSION_FLEET}) fleet WHERE rate_plan_id IS NOT NULL GROUP BY group_key ORDER BY group_key COLLATE "C"`,
    [session.sessionId],
  );
  const byPlans = new Map<string, { members: CommunicationPlanRow[]; plans: number[] }>();
  for (const row of rows) {
    const plans = eligiblePlans(row.name, priced);
    const key = plans.join(",");
    const group = byPlans.get(key);
    if (group === undefined) byPlans.set(key, { members: [row], plans });
    else group.members.push(row);
  }
  const groups: PreparedGroup[] = [];
  for (const { members, plans } of byPlans.values())
    groups.push(await insertGroup(within, session, members, plans, priced.planIds));
  return groups;
}

function eligiblePlans(communicationPlan: string, { tariff, eligibility, setAside }: PricedPlans): number[] {
  const allowed = eligibility?.get(communicationPlan);
  return tariff.plans.flatMap((plan, index) =>
    plan.available && !setAside.has(index) && (eligibility === undefined || allowed?.has(plan.code) === true)
      ? [index]
      : [],
  );
}

async function insertGroup(
  within: SqlExecutor,
  { sessionId, tenantId }: SessionRow,
  members: readonly CommunicationPlanRow[],
  plans: readonly number[],
  planIds: readonly number[],
): Promise<PreparedGroup> {
  const ids = plans.flatMap((plan) => planIds[plan] ?? []);
  const names = members.map(({ name }) => name);
  const { rows } = await within.query<{ groupId: number; devices: number }>(
    `INSERT INTO communication_groups (tenant_id, session_id, communication_plans, rate_plan_ids, device_count, total_usage_bytes,
       average_usage_bytes, min_usage_bytes, max_usage_bytes)
     SELECT $2, $1, $3, $4, sum(devices), sum(bytes), round(sum(bytes) / nullif(sum(known), 0), 3), min(least), max(most)
     FROM unnest($5::int[], $6::int[], $7::numeric[], $8::bigint[], $9::bigint[]) AS member (devices, known, bytes, least, most)
     RETURNING communication_group_id AS "groupId", device_count AS devices`,
    [
      sessionId,
      tenantId,
      names,
      ids,
      members.map(({ devices }) => devices),
      members.map(({ known }) => known),
      members.map(({ bytes }) => bytes),
      members.map(({ min }) => min),
      members.map(({ max }) => max),
    ],
  );
  const { groupId = 0, devices = 0 } = rows[0] ?? {};
  return { groupId, communicationPlans: names, plans, devices };
}
