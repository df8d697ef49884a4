import { formatMicros } from "../../billing/decimal.ts";
import { gapOf } from "../../optimizer/solution.ts";
import type { SqlExecutor } from "../../ports/database.ts";
import type { SessionRow } from "../session/session-row.ts";
import type { PlannedGroup } from "./communication-groups.ts";
import type { SolvedUnit } from "./solve-job.ts";

interface GroupRow {
  readonly groupId: number | null;
  readonly devices: number;
  /** rate_plan_id of the plan that most of its SIMs are on, and of the one most of them get. */
  readonly mostAreOn?: number | undefined;
  readonly mostGet?: number | undefined;
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
        mostAreOn: planIds[group.mostAreOn],
        mostGet: planIds[group.mostGet],
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
}

async function groupIds(
  within: SqlExecutor,
  sessionId: string,
  planIds: readonly number[],
): Promise<(group: PlannedGroup) => number | undefined> {
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
    `INSERT INTO optimization_groups (session_id, tenant_id, unit_id, communication_group_id, rate_plan_id,
       winning_rate_plan_id, device_count, baseline_cost, optimized_cost, cost_savings, is_winner, algorithm_used, lower_bound,
       gap, change_count, seconds)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
    [
      sessionId,
      tenantId,
      unitId,
      row.groupId,
      row.mostAreOn ?? null,
      row.mostGet ?? null,
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
