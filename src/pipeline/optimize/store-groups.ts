import { formatMicros } from "../../billing/decimal.ts";
import { gapOf } from "../../optimizer/solution.ts";
import type { SqlExecutor } from "../../ports/database.ts";
import type { SessionRow } from "../session/session-row.ts";
import type { CommunicationGroup } from "../../reports/reported-run.ts";
import type { SolvedUnit } from "./solve-job.ts";

interface GroupRow {
  readonly groupId: number | null;
  readonly devices: number;
  /** Micros. */
  readonly before: number;
  readonly after: number;
  readonly isWinner: boolean;
  readonly strategy: string;
  readonly bound: number | undefined;
  readonly gap: number | undefined;
  readonly changes: number;
  readonly seconds: number;
}

/** Stores what each strategy came to on the whole unit, and what the winner comes to for each group. */
export async function storeGroups(
  within: SqlExecutor,
  session: SessionRow,
  unitId: number,
  { result, groups, strategies }: SolvedUnit,
  planIds: readonly number[],
): Promise<void> {
  const bound = result.certified?.bound;
  const devices = groups.reduce((sum, group) => sum + group.devices, 0);
  const wholes = strategies.map(({ name, bill, penalty, changes, seconds }): GroupRow => ({
    groupId: null,
    devices,
    before: result.before,
    after: bill,
    isWinner: name === result.winner,
    strategy: name,
    bound,
    gap: bound === undefined ? undefined : gapOf(bill, penalty, bound),
    changes,
    seconds,
  }));
  const ids = await groupIds(within, session.sessionId, planIds);
  const parts = groups.flatMap((group): GroupRow[] => {
    const groupId = ids(group);
    if (groupId === undefined) return [];
    const { before, after, changes } = group;
    return [
      {
        groupId,
        devices: group.devices,
        before,
        after,
        isWinner: true,
        strategy: result.winner,
        bound: undefined,
        gap: undefined,
        changes,
        seconds: 0,
      },
    ];
  });
  for (const row of [...wholes, ...parts]) await insertRow(within, session, unitId, row);
  await nameLeadingPlans(within, session.sessionId);
}

async function groupIds(
  within: SqlExecutor,
  sessionId: string,
  planIds: readonly number[],
): Promise<(group: CommunicationGroup) => number | undefined> {
  const { rows } = await within.query<{ id: number; plans: number[] }>(
    "SELECT communication_group_id AS id, rate_plan_ids AS plans FROM communication_groups WHERE session_id = $1",
    [sessionId],
  );
  const byPlans = new Map(rows.map(({ id, plans }) => [plans.join(","), id]));
  return ({ plans }) => byPlans.get(plans.map((plan) => planIds[plan]).join(","));
}

async function insertRow(
  within: SqlExecutor,
  { sessionId, tenantId }: SessionRow,
  unitId: number,
  row: GroupRow,
): Promise<void> {
  const money = (amount: number): string => formatMicros(amount);
  await within.query(
    `INSERT INTO optimization_groups (session_id, tenant_id, unit_id, communication_group_id, device_count, baseline_cost,
       optimized_cost, cost_savings, is_winner, algorithm_used, lower_bound, gap, change_count, seconds)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
    [
      sessionId,
      tenantId,
      unitId,
      row.groupId,
      row.devices,
      money(row.before),
      money(row.after),
      money(row.before - row.after),
      row.isWinner,
      row.strategy,
      row.bound === undefined ? null : money(row.bound),
      row.gap !== undefined && Number.isFinite(row.gap) ? row.gap : null,
      row.changes,
      row.seconds,
    ],
  );
}

/** The plan that most of a group's SIMs are on, and the one most of them get; of several, the one imported first. */
async function nameLeadingPlans(within: SqlExecutor, sessionId: string): Promise<void> {
  await within.query(
    `WITH pair AS (
       SELECT device.communication_group_id AS id, given.current_rate_plan_id AS now_on, given.recommended_rate_plan_id AS best, count(*) AS sims
       FROM session_devices device JOIN device_assignments given USING (session_id, iccid)
       WHERE session_id = $1 AND device.unit_id IS NOT NULL GROUP BY 1, 2, 3
     ), before AS (
       SELECT DISTINCT ON (id) id, now_on FROM pair WHERE now_on IS NOT NULL
       GROUP BY id, now_on ORDER BY id, sum(sims) DESC, now_on
     ), after AS (
       SELECT DISTINCT ON (id) id, best FROM pair WHERE best IS NOT NULL GROUP BY id, best ORDER BY id, sum(sims) DESC, best
     )
     UPDATE optimization_groups stored SET rate_plan_id = before.now_on, winning_rate_plan_id = after.best
     FROM before JOIN after USING (id)
     WHERE stored.session_id = $1 AND stored.communication_group_id = id`,
    [sessionId],
  );
}
