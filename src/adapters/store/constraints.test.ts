import { afterAll, beforeAll, expect, test } from "vitest";
import type { Database, SqlValue } from "../../ports/database.ts";
import { describeOnEachStore } from "./test-suites.ts";
import { addTestAccount, oneRow } from "./test-rows.ts";
import type { TestAccount } from "./test-rows.ts";

const SIM = "8901000000000000001";
const UNKNOWN = "00000000-0000-0000-0000-000000000000";

describeOnEachStore("what the schema refuses", (open) => {
  let database: Database;
  let ours: TestAccount;
  let theirs: TestAccount;
  let sessionId: string;
  let ourPlan: number;
  let theirPlan: number;

  const addPlan = async ({ tenantId, accountId }: TestAccount): Promise<number> =>
    (
      await oneRow<{ id: number }>(
        database,
        `INSERT INTO rate_plans (tenant_id, carrier_account_id, code, type, monthly_cost, included_bytes, overage, prorate_included)
         VALUES ($1, $2, 'P', 'unlimited', '0.002929687500', 0, 'none', false) RETURNING rate_plan_id AS id`,
        [tenantId, accountId],
      )
    ).id;

  beforeAll(async () => {
    database = await open();
    [ours, theirs] = [await addTestAccount(database), await addTestAccount(database)];
    [ourPlan, theirPlan] = [await addPlan(ours), await addPlan(theirs)];
    ({ session_id: sessionId } = await oneRow<{ session_id: string }>(
      database,
      "INSERT INTO optimization_sessions (service_provider_id, tenant_id, billing_period_id, status) VALUES ($1, $2, $3, 'RUNNING') RETURNING session_id",
      [ours.accountId, ours.tenantId, ours.periodId],
    ));
  }, 60_000);
  afterAll(async () => {
    await database.close();
  });

  async function expectRefused(
    sqlState: string,
    sql: string,
    parameters: readonly SqlValue[] = [],
  ): Promise<void> {
    await expect(database.query(sql, parameters), sql).rejects.toMatchObject({
      code: "database-refused",
      data: { sqlState },
    });
  }

  test("rows-of-one-tenant-that-point-at-another", async () => {
    const cross = [ours.tenantId, theirs.accountId];
    await expectRefused(
      "23503",
      "INSERT INTO devices (tenant_id, carrier_account_id, iccid) VALUES ($1, $2, $3)",
      [...cross, SIM],
    );
    await expectRefused(
      "23503",
      "INSERT INTO communication_plans (tenant_id, carrier_account_id, name) VALUES ($1, $2, 'x')",
      cross,
    );
    await expectRefused(
      "23503",
      "INSERT INTO optimization_sessions (tenant_id, service_provider_id, billing_period_id) VALUES ($1, $2, $3)",
      [...cross, theirs.periodId],
    );
    await expectRefused(
      "23503",
      "INSERT INTO optimization_sessions (tenant_id, service_provider_id, billing_period_id) VALUES ($1, $2, $3)",
      [theirs.tenantId, theirs.accountId, ours.periodId],
    );
    await expectRefused(
      "23503",
      "INSERT INTO session_events (tenant_id, session_id, kind) VALUES ($1, $2, 'x')",
      [theirs.tenantId, sessionId],
    );
    await expectRefused(
      "23503",
      "INSERT INTO units (tenant_id, session_id, device_count) VALUES ($1, $2, 1)",
      [theirs.tenantId, sessionId],
    );
  });

  const assign = (
    session: string,
    tenantId: number,
    from: number,
    to: number,
  ): readonly [string, readonly SqlValue[]] => [
    "INSERT INTO device_assignments (session_id, tenant_id, iccid, current_rate_plan_id, recommended_rate_plan_id) VALUES ($1, $2, $3, $4, $5)",
    [session, tenantId, SIM, from, to],
  ];

  test("assignments-that-name-sessions-tenants-or-plans-that-do-not-belong-together", async () => {
    await expectRefused("23503", ...assign(UNKNOWN, ours.tenantId, ourPlan, ourPlan));
    await expectRefused("23503", ...assign(sessionId, theirs.tenantId, ourPlan, ourPlan));
    await expectRefused("23503", ...assign(sessionId, ours.tenantId, ourPlan, theirPlan));
    await expectRefused("23503", ...assign(sessionId, ours.tenantId, 999_999, ourPlan));
    await database.query(...assign(sessionId, ours.tenantId, ourPlan, ourPlan));
    await expectRefused("23505", ...assign(sessionId, ours.tenantId, ourPlan, ourPlan));
  });

  test("snapshot-rows-of-sessions-and-units-that-there-are-not", async () => {
    await expectRefused("23503", "INSERT INTO session_devices (session_id, iccid) VALUES ($1, $2)", [
      UNKNOWN,
      SIM,
    ]);
    await expectRefused(
      "23503",
      "INSERT INTO session_devices (session_id, iccid, unit_id) VALUES ($1, $2, 999999)",
      [sessionId, SIM],
    );
  });

  test("iccids-that-were-numbers-once", async () => {
    for (const iccid of [
      "8.901E+18",
      "890100000000000000",
      "89010000000000000012345",
      "8901000000000000001F",
      "",
    ]) {
      const insert = "INSERT INTO devices (tenant_id, carrier_account_id, iccid) VALUES ($1, $2, $3)";
      const parameters = [ours.tenantId, ours.accountId, iccid];
      if (/^\d{18,22}$/.test(iccid)) await database.query(insert, parameters);
      else await expectRefused("23514", insert, parameters);
    }
  });

  test("sums-that-do-not-add-up-and-ends-without-a-reason", async () => {
    const update = (set: string): string =>
      `UPDATE optimization_sessions SET ${set} WHERE session_id = '${sessionId}'`;
    await expectRefused("23514", update("baseline_cost = 10, optimized_cost = 8, cost_savings = 1.999999"));
    await expectRefused("23514", update("status = 'FAILED', completed_at = now()"));
    await expectRefused("23514", update("status = 'CANCELLED', reason = 'x'"));
    await expectRefused("23514", update("status = 'COMPLETED', completed_at = now()"));
    await expectRefused("23514", update("status = 'IN PROGRESS'"));
    await expectRefused("23514", update("units_total = 1, units_done = 2"));
  });

  test("deleting-what-others-point-at", async () => {
    await expectRefused("23001", "DELETE FROM optimization_sessions");
    await expectRefused("23001", "DELETE FROM carrier_accounts");
  });

  test("two-winners-of-a-group-and-a-strategy-twice", async () => {
    const { id: group } = await oneRow<{ id: number }>(
      database,
      `INSERT INTO communication_groups (tenant_id, session_id, communication_plans, rate_plan_ids, device_count)
       VALUES ($1, $2, '{}', '{}', 1) RETURNING communication_group_id AS id`,
      [ours.tenantId, sessionId],
    );
    const insert = `INSERT INTO optimization_groups (session_id, tenant_id, communication_group_id, device_count, baseline_cost, optimized_cost, cost_savings, is_winner, algorithm_used)
      VALUES ($1, $2, $3, 1, 5, 4, 1, $4, $5)`;
    await database.query(insert, [sessionId, ours.tenantId, group, true, "certified"]);
    await expectRefused("23505", insert, [sessionId, ours.tenantId, group, true, "current"]);
    await expectRefused("23505", insert, [sessionId, ours.tenantId, group, false, "certified"]);
    await database.query(insert, [sessionId, ours.tenantId, group, false, "current"]);
  });

  test("holds-the-figures-that-the-seeds-types-would-not", async () => {
    await database.query(
      `UPDATE optimization_sessions SET baseline_cost = '99999999999999.999999', optimized_cost = '0.000001',
         cost_savings = '99999999999999.999998', savings_percent = '-123456.789' WHERE session_id = $1`,
      [sessionId],
    );
    await database.query("UPDATE device_assignments SET usage_bytes = 419430 WHERE session_id = $1", [
      sessionId,
    ]);
    expect(
      await oneRow(
        database,
        "SELECT cost_savings, savings_percent FROM optimization_sessions WHERE session_id = $1",
        [sessionId],
      ),
    ).toEqual({
      cost_savings: "99999999999999.999998",
      savings_percent: "-123456.789",
    });
    expect(
      await oneRow(database, "SELECT usage_mb FROM device_assignments WHERE session_id = $1", [sessionId]),
    ).toEqual({ usage_mb: "0.400000" });
  });
});
