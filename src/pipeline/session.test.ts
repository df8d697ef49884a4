import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BILLABLE_STATUSES } from "../billing/fleet.ts";
import { folderSink } from "../reports/folder-sink.ts";
import type { Rig } from "./fixtures/rig.ts";
import { openRig, runSession } from "./fixtures/rig.ts";
import { optimizeFiles } from "./fixtures/optimize-files.ts";
import { verifyFolder } from "./fixtures/verify-folder.ts";
import { writeSessionReports } from "./session/write-session-reports.ts";
import type { SessionView } from "./context.ts";

describe("a session of 2,000 SIMs", () => {
  let rig: Rig;
  let view: SessionView;
  let folder: string;

  beforeAll(async () => {
    rig = await openRig({ simulator: { devices: 2_000 } });
    folder = await mkdtemp(join(tmpdir(), "poolwise-session-"));
    view = await runSession(rig);
    if (view.status === "COMPLETED")
      await writeSessionReports(
        rig.context,
        view.id,
        await folderSink(folder),
        await folderSink(join(folder, "inputs")),
      );
  });
  afterAll(async () => {
    await rig.close();
    await rm(folder, { recursive: true, force: true });
  });

  test("completes", () => {
    expect(view).toMatchObject({
      status: "COMPLETED",
      reason: null,
      stage: "done",
      sync: { complete: true, devices: 2_000, quarantined: 0 },
    });
  });

  test("has-every-SIM-once-with-the-usage-it-had", async () => {
    const { rows } = await rig.context.db.query<{ iccid: string; plan: string; usage: number | null }>(
      "SELECT iccid, rate_plan AS plan, usage_bytes AS usage FROM session_devices WHERE session_id = $1 ORDER BY iccid",
      [view.id],
    );
    const truth = [...rig.simulator.control.truth()]
      .map((row) => ({ ...row }))
      .toSorted((a, b) => (a.iccid < b.iccid ? -1 : 1));
    expect(rows.map(({ iccid, plan }) => [iccid, plan])).toEqual(
      truth.map(({ iccid, ratePlan }) => [iccid, ratePlan]),
    );
    const billed = new Set(
      truth.filter(({ status }) => BILLABLE_STATUSES.has(status)).map(({ iccid }) => iccid),
    );
    expect(rows.filter(({ iccid }) => billed.has(iccid)).map(({ usage }) => usage)).toEqual(
      truth.filter(({ iccid }) => billed.has(iccid)).map(({ usageBytes }) => usageBytes),
    );
  });

  test("comes-to-what-optimising-the-carriers-own-files-comes-to", async () => {
    const own = await optimizeFiles(rig.simulator);
    expect(view.summary).toMatchObject({
      baseline_cost: own.baseline,
      optimized_cost: own.optimized,
      lower_bound: own.bound,
      optimized_devices: own.billed,
    });
  });

  test("is-accepted-by-the-independent-check", async () => {
    expect(await verifyFolder(folder)).toMatchObject({ holds: true, reasons: [] });
  });

  test("tells-of-its-end-once-on-each-channel", async () => {
    const { rows } = await rig.context.db.query(
      "SELECT channel, kind, status FROM notifications ORDER BY channel",
    );
    expect(rows).toEqual([
      { channel: "mail", kind: "session-completed", status: "PENDING" },
      { channel: "webhook", kind: "session-completed", status: "PENDING" },
    ]);
  });

  test("names-the-plan-that-most-of-a-group-are-on-and-the-one-most-get", async () => {
    const { rows } = await rig.context.db.query<{ id: number; stored: number[]; counted: number[] }>(
      `WITH sim AS (
         SELECT communication_group_id AS id, current_rate_plan_id AS now_on, recommended_rate_plan_id AS best
         FROM session_devices JOIN device_assignments USING (session_id, iccid)
         WHERE session_id = $1 AND communication_group_id IS NOT NULL
       )
       SELECT stored.communication_group_id AS id, ARRAY[rate_plan_id, winning_rate_plan_id] AS stored, ARRAY[
         (SELECT now_on FROM sim WHERE id = communication_group_id GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1),
         (SELECT best FROM sim WHERE id = communication_group_id GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1)] AS counted
       FROM optimization_groups stored WHERE session_id = $1 AND communication_group_id IS NOT NULL`,
      [view.id],
    );
    expect(rows.length).toBeGreaterThan(1);
    expect(rows.map(({ stored }) => stored)).toEqual(rows.map(({ counted }) => counted));
  });

  test("tells-of-each-pool-the-largest-usage-per-day-of-a-SIM-that-may-join", async () => {
    const { rows } = await rig.context.db.query<{ pool: string; told: number; largest: number }>(
      `SELECT pool ->> 'pool' AS pool, (pool ->> 'maxAverageUsageBytes')::float8 AS told, (
         SELECT max(average_usage_bytes) FROM session_devices device JOIN sync_runs run USING (session_id)
         JOIN device_usage_statistics used ON used.billing_period_id = run.billing_period_id AND used.iccid = device.iccid
         WHERE session_id = $1 AND pool -> 'groupIds' @> to_jsonb(device.communication_group_id)
       ) AS largest
       FROM units, jsonb_array_elements(result -> 'ratePools') pool WHERE session_id = $1`,
      [view.id],
    );
    expect(rows.length).toBeGreaterThan(1);
    for (const { pool, told, largest } of rows) {
      expect(told, pool).toBe(largest);
      expect(told, pool).toBeGreaterThan(0);
    }
  });

  test("numbers-its-assignments-the-same-way-each-time", async () => {
    const { rows } = await rig.context.db.query<{ id: string; number: number }>(
      `SELECT assignment_id AS id, row_number() OVER (ORDER BY iccid) - 1 AS number FROM device_assignments
       WHERE session_id = $1 AND unit_id IS NOT NULL ORDER BY iccid`,
      [view.id],
    );
    expect(rows.length).toBe(2_000);
    for (const { id, number } of rows)
      expect(id).toBe(view.id.slice(0, 24) + number.toString(16).padStart(12, "0"));
  });

  test("stores-groups-strategies-and-assignments-that-add-up", async () => {
    const { rows } = await rig.context.db.query<{ winners: string; assigned: string; total: string }>(
      `SELECT sum(optimized_cost) FILTER (WHERE communication_group_id IS NOT NULL AND is_winner) AS winners,
         max(optimized_cost) FILTER (WHERE communication_group_id IS NULL AND is_winner) AS total,
         (SELECT sum(recommended_cost) FROM device_assignments WHERE session_id = $1) AS assigned
       FROM optimization_groups WHERE session_id = $1`,
      [view.id],
    );
    expect(rows[0]?.winners).toBe(rows[0]?.assigned);
    expect(rows[0]?.total).toBe(rows[0]?.assigned);
  });
});
