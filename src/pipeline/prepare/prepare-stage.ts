import { addSessionEvent } from "../../adapters/store/records.ts";
import { PoolwiseError } from "../../billing/errors.ts";
import type { Transaction } from "../../ports/database.ts";
import type { PipelineContext } from "../context.ts";
import { writeTariffFiles } from "../inputs/session-inputs.ts";
import type { MessageOf } from "../messages.ts";
import { sendStage } from "../messages.ts";
import { endSession } from "../session/end-session.ts";
import { notifySession } from "../session/notify.ts";
import type { SessionRow } from "../session/session-row.ts";
import { lockAt, moveTo } from "../session/session-row.ts";
import { SET_WISE } from "../set-wise.ts";
import { loadTariff } from "../tariff/load-tariff.ts";
import type { TariffTexts } from "../tariff/tariff-files.ts";
import { tariffTexts } from "../tariff/tariff-files.ts";
import { calculateUsageStatistics } from "./calculate-usage-statistics.ts";
import type { PreparedGroup, PricedPlans } from "./form-groups.ts";
import { formGroups, SESSION_FLEET_IN_ORDER } from "./form-groups.ts";
import { formRatePools } from "./form-rate-pools.ts";

const PREPARE_LIMIT_MS = 1_800_000;

/**
 * Takes the session's snapshot of fleet and plans, forms its groups and pools, and queues its units; the usage statistics
 * of its cycle are calculated meanwhile.
 */
export async function prepareStage(
  { sessionId }: MessageOf<"prepare">,
  context: PipelineContext,
): Promise<void> {
  const { db } = context;
  const found = await db.transaction((within) => lockAt(within, sessionId, "prepare"));
  if (found === undefined) return;
  const statistics = calculateUsageStatistics(db, found);
  statistics.catch(() => undefined);
  try {
    // An embedded database does one thing after the other.
    if (db.kind === "pglite") await statistics;
    await db.transaction((within) => prepare(context, within, sessionId, statistics), {
      timeoutMs: PREPARE_LIMIT_MS,
    });
  } finally {
    await Promise.allSettled([statistics]);
  }
  await context.fault?.("prepare:after-commit");
}

/** @param statistics The session is handed on once they have been calculated. */
async function prepare(
  context: PipelineContext,
  within: Transaction,
  sessionId: string,
  statistics: Promise<void>,
): Promise<void> {
  const session = await lockAt(within, sessionId, "prepare");
  if (session === undefined) return;
  await within.script(SET_WISE);
  const texts = await tariffTexts(within, session.accountId);
  const priced = await takePlans(context, within, session, texts);
  if (priced === undefined) return;
  await writeTariffFiles(context, sessionId, texts);
  const groups = await formGroups(within, session, priced);
  const unitId = await formUnit(within, session, groups, priced);
  const { devices, excluded } = await takeFleet(within, session, groups, unitId);
  await context.fault?.("prepare:snapshot-taken");
  const ratePools = formRatePools(groups, priced);
  await within.query("UPDATE units SET result = $2 WHERE unit_id = $1", [
    unitId,
    JSON.stringify({ ratePools }),
  ]);
  await within.query(
    "UPDATE optimization_sessions SET units_total = 1, units_done = 0, device_count = $2 WHERE session_id = $1",
    [sessionId, devices + excluded],
  );
  await statistics;
  await moveTo(within, sessionId, "optimize");
  const data = { devices, excluded, groups: groups.length, pools: ratePools.length, units: 1 };
  await addSessionEvent(within, { tenantId: session.tenantId, sessionId, kind: "prepared", data });
  await sendStage(context, within, { stage: "optimize", sessionId, unitId });
  await context.fault?.("prepare:before-commit");
}

/** Of invalid plans in one notice. */
const PLANS_TOLD = 1_000;

/** The plans of the session, each with whether it is valid; undefined where an invalid one has ended the session. */
async function takePlans(
  context: PipelineContext,
  within: Transaction,
  session: SessionRow,
  texts: TariffTexts,
): Promise<PricedPlans | undefined> {
  const terms = { currency: session.currency, cycleDays: session.days };
  const { tariff, eligibility, setAside } = await loadTariff(texts, { ...terms, quarantine: true });
  const faults = new Map(setAside.map(({ plan, reason }) => [plan, reason]));
  await within.query(
    `INSERT INTO session_rate_plans (session_id, rate_plan_id, valid, fault)
     SELECT $1, plan.id, plan.fault IS NULL, plan.fault FROM unnest($2::int[], $3::text[]) AS plan (id, fault)`,
    [session.sessionId, [...texts.planIds], texts.planIds.map((_, index) => faults.get(index) ?? null)],
  );
  const priced = { tariff, eligibility, setAside: new Set(faults.keys()), planIds: texts.planIds };
  if (setAside.length === 0) return priced;
  const { sessionId, tenantId, accountId } = session;
  const plans = setAside.map(({ code, reason }) => ({ plan: code, reason }));
  const refused = session.terms.invalidPlans === "fail";
  await notifySession(context, within, {
    tenantId,
    sessionId,
    kind: "invalid-plans",
    payload: {
      session: sessionId,
      account: { id: accountId },
      period: { start: session.startsOn, end: session.endsOn },
      refused,
      plan_count: plans.length,
      plans: plans.slice(0, PLANS_TOLD),
    },
  });
  if (!refused) return priced;
  const names = plans.slice(0, 20).map(({ plan, reason }) => `${plan} (${reason})`);
  const more = plans.length > 20 ? `, and ${plans.length - 20} more` : "";
  const reason = `Rate plans of account ${accountId} are invalid: ${names.join(", ")}${more}. Correct them and import them again, or set INVALID_PLANS=quarantine to go on without them.`;
  await endSession(context, within, sessionId, { status: "FAILED", errorCode: "plan-invalid", reason });
  return undefined;
}

/**
 * All groups are one unit: a certificate proves one bill, and only groups that share no pool, no limit and no cap on
 * changes could be proved apart. The solver is linear in the number of SIMs.
 */
async function formUnit(
  within: Transaction,
  session: SessionRow,
  groups: readonly PreparedGroup[],
  { tariff }: PricedPlans,
): Promise<number> {
  const pools = [...new Set(tariff.plans.map((plan) => plan.pool))].filter((pool) => pool !== "");
  const { rows } = await within.query<{ id: number }>(
    `INSERT INTO units (tenant_id, session_id, communication_group_ids, pools, device_count) VALUES ($1, $2, $3, $4, $5)
     RETURNING unit_id AS id`,
    [
      session.tenantId,
      session.sessionId,
      groups.map(({ groupId }) => groupId),
      pools,
      groups.reduce((sum, { devices }) => sum + devices, 0),
    ],
  );
  const [unit] = rows;
  if (unit !== undefined) return unit.id;
  throw new PoolwiseError("internal-error", `The unit of session ${session.sessionId} was not stored.`);
}

/** Copies the fleet, so that nothing that is synced later changes what the session works on. */
async function takeFleet(
  within: Transaction,
  session: SessionRow,
  groups: readonly PreparedGroup[],
  unitId: number,
): Promise<{ devices: number; excluded: number }> {
  const keys = groups.flatMap(({ groupId, communicationPlans }) =>
    communicationPlans.map((name) => ({ groupId, name })),
  );
  // A join that sorts would leave another order than the fleet's, which its key is built in soonest.
  await within.script("SET LOCAL enable_mergejoin = off");
  const { rowCount } = await within.query(
    `INSERT INTO session_devices (session_id, iccid, unit_id, communication_group_id, rate_plan_id, rate_plan, communication_plan,
       status, location, usage_bytes, active_days, locked, switch_cost, excluded)
     SELECT $1, fleet.iccid, CASE WHEN fleet.rate_plan_id IS NOT NULL THEN $3::int END, grouped.id, fleet.rate_plan_id,
       fleet.rate_plan, fleet.communication_plan, fleet.status, fleet.location, fleet.cycle_bytes,
       CASE WHEN fleet.activated_on > $4::date THEN greatest(0, $5::date - fleet.activated_on) END,
       fleet.locked, fleet.switch_cost, CASE WHEN fleet.rate_plan_id IS NULL THEN 'rate plan not known' END
     FROM (${SESSION_FLEET_IN_ORDER}) fleet
     LEFT JOIN unnest($6::int[], $7::text[]) AS grouped (id, name) ON fleet.rate_plan_id IS NOT NULL AND grouped.name = fleet.group_key`,
    [
      session.sessionId,
      session.accountId,
      unitId,
      session.startsOn,
      session.endsOn,
      keys.map(({ groupId }) => groupId),
      keys.map(({ name }) => name),
    ],
  );
  // Which of many sessions' rows these are, and that they lie in order, is all that is asked of them.
  await within.query("ANALYZE session_devices (session_id, iccid)");
  const devices = groups.reduce((sum, group) => sum + group.devices, 0);
  return { devices, excluded: (rowCount ?? 0) - devices };
}
