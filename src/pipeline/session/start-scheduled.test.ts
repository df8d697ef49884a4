import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { PipelineContext, SessionStatus } from "../context.ts";
import type { Rig } from "../fixtures/rig.ts";
import { openRig } from "../fixtures/rig.ts";
import { runWorker } from "../worker/run-worker.ts";
import { endSession } from "./end-session.ts";
import { startScheduled } from "./start-scheduled.ts";
import { startSession } from "./start-session.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

// March 2026 in New York, from 04:00 UTC on the 24th (summer time) to 04:00 UTC on 1 April.
const BEFORE = "2026-03-24T03:59:00Z";
const OPENING = "2026-03-24T04:00:00Z";
const LAST_DAY = "2026-03-31T04:00:00Z";

let rig: Rig;
beforeEach(async () => {
  rig = await openRig({ simulator: { devices: 5 } });
  await rig.context.db.query("UPDATE rate_plans SET created_at = '2026-01-01'");
});
afterEach(() => rig.close());

const at = (iso: string): PipelineContext => rig.with({ clock: () => Date.parse(iso) });

/** What is due at that time; it counts as started then. */
async function due(iso: string): Promise<number> {
  const started = await startScheduled(at(iso));
  await stamp(iso, started);
  return started.length;
}

async function person(iso: string): Promise<string> {
  const { sessionId } = await startSession(at(iso), { accountId: rig.account.accountId, anyTime: true });
  await stamp(iso, [sessionId]);
  return sessionId;
}

/** The database's clock is the real one. */
async function stamp(iso: string, ids: readonly string[]): Promise<void> {
  for (const id of ids)
    await rig.context.db.query("UPDATE optimization_sessions SET created_at = $2 WHERE session_id = $1", [
      id,
      iso,
    ]);
}

async function end(status: Exclude<SessionStatus, "PENDING" | "RUNNING">): Promise<void> {
  const { rows } = await rig.context.db.query<{ id: string }>(
    "SELECT session_id AS id FROM optimization_sessions WHERE status IN ('PENDING', 'RUNNING')",
  );
  for (const { id } of rows) {
    if (status === "COMPLETED")
      await rig.context.db.query(
        `UPDATE optimization_sessions SET status = 'COMPLETED', stage = 'done', completed_at = now(), device_count = 5,
           baseline_cost = 1, optimized_cost = 1, cost_savings = 0 WHERE session_id = $1`,
        [id],
      );
    else
      await rig.context.db.transaction((within) =>
        endSession(rig.context, within, id, {
          status,
          errorCode: "carrier-unreachable",
          reason: "For the test.",
        }),
      );
  }
}

async function statuses(): Promise<string[]> {
  const { rows } = await rig.context.db.query<{ line: string }>(
    "SELECT trigger_kind || ' ' || status AS line FROM optimization_sessions ORDER BY created_at",
  );
  return rows.map(({ line }) => line);
}

test("one-starts-when-the-window-opens-and-no-second-whatever-becomes-of-time-until-the-last-day", async () => {
  expect(await due(BEFORE)).toBe(0);
  expect(await due(OPENING)).toBe(1);
  expect(await due("2026-03-24T04:00:10Z")).toBe(0);
  await end("COMPLETED");
  for (const day of [24, 25, 28, 30]) expect(await due(`2026-03-${day}T12:00:00Z`)).toBe(0);
  expect(await due(LAST_DAY)).toBe(1);
  await end("COMPLETED");
  expect(await due("2026-03-31T20:00:00Z")).toBe(0);
  expect(await statuses()).toEqual(["schedule COMPLETED", "schedule COMPLETED"]);
});

test("the-next-cycle-has-its-own", async () => {
  expect(await due(LAST_DAY)).toBe(1);
  await end("COMPLETED");
  expect(await due("2026-04-10T12:00:00Z")).toBe(0);
  expect(await due("2026-04-25T12:00:00Z")).toBe(1);
});

test("on-the-last-day-it-takes-the-place-of-one-that-still-runs-but-not-of-one-of-that-day", async () => {
  expect(await due("2026-03-30T12:00:00Z")).toBe(1);
  expect(await due(LAST_DAY)).toBe(1);
  expect(await statuses()).toEqual(["schedule CANCELLED", "schedule PENDING"]);
  expect(await due("2026-03-31T05:00:00Z")).toBe(0);
  await end("CANCELLED");
  await person("2026-03-31T06:00:00Z");
  expect(await due("2026-03-31T12:00:00Z")).toBe(0);
});

test("one-that-failed-is-tried-again-the-next-day-and-on-the-last-day-after-an-hour", async () => {
  expect(await due(OPENING)).toBe(1);
  await end("FAILED");
  expect(await due("2026-03-24T20:00:00Z")).toBe(0);
  expect(await due("2026-03-25T12:00:00Z")).toBe(1);
  await end("COMPLETED");
  expect(await due(LAST_DAY)).toBe(1);
  await end("FAILED");
  expect(await due("2026-03-31T04:59:00Z")).toBe(0);
  expect(await due("2026-03-31T05:00:00Z")).toBe(1);
});

test("one-that-a-person-cancelled-is-not-started-again-that-day", async () => {
  expect(await due(LAST_DAY)).toBe(1);
  await end("CANCELLED");
  expect(await due("2026-03-31T20:00:00Z")).toBe(0);
});

test("one-that-a-person-started-in-the-window-stands-for-it-and-an-earlier-one-does-not", async () => {
  await person("2026-03-10T12:00:00Z");
  expect(await due(OPENING)).toBe(0);
  await end("COMPLETED");
  expect(await due("2026-03-24T06:00:00Z")).toBe(1);
  await end("FAILED");
  await person("2026-03-24T07:00:00Z");
  await end("COMPLETED");
  expect(await due("2026-03-25T12:00:00Z")).toBe(0);
});

test("workers-that-look-at-once-start-one-also-on-the-last-day", async () => {
  const looks = await Promise.all(Array.from({ length: 4 }, () => startScheduled(at(OPENING))));
  expect(looks.flat()).toHaveLength(1);
  await end("COMPLETED");
  await stamp(OPENING, looks.flat());
  const last = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const started = await startScheduled(at(LAST_DAY));
      return started;
    }),
  );
  expect(last.flat()).toHaveLength(1);
  expect(await statuses()).toEqual(["schedule COMPLETED", "schedule PENDING"]);
});

test("an-account-that-is-off-of-files-or-being-set-up-has-none", async () => {
  const { db } = rig.context;
  await db.query("UPDATE rate_plans SET created_at = '2026-03-24T03:30:00Z'");
  expect(await due(OPENING)).toBe(0);
  await db.query("UPDATE carrier_accounts SET disabled_at = now()");
  expect(await due("2026-03-24T12:00:00Z")).toBe(0);
  await db.query("UPDATE carrier_accounts SET disabled_at = NULL, kind = 'files'");
  expect(await due("2026-03-24T12:00:00Z")).toBe(0);
  await db.query("UPDATE carrier_accounts SET kind = 'jasper', optimization_start_hour = 9");
  expect(await due("2026-03-24T12:00:00Z")).toBe(0);
  expect(await due("2026-03-24T13:00:00Z")).toBe(1);
});

test("an-account-that-is-set-up-wrongly-keeps-no-other-waiting", async () => {
  const { db } = rig.context;
  await db.query(
    `INSERT INTO billing_periods (tenant_id, carrier_account_id, starts_at, ends_at, starts_on, ends_on)
     VALUES (1, $1, '2026-03-01T05:00:00Z', '2026-03-29T04:00:00Z', '2026-03-01', '2026-03-29')`,
    [rig.account.accountId],
  );
  await db.query(
    `INSERT INTO carrier_accounts (tenant_id, name, kind, time_zone, cycle_day, currency) VALUES (1, 'other', 'jasper', 'UTC', 1, 'USD')`,
  );
  await db.query(
    `INSERT INTO rate_plans (tenant_id, carrier_account_id, code, version, type, pool, monthly_cost, included_bytes, overage, overage_rate,
       overage_block_bytes, usage_increment_bytes, proration, prorate_included, regulatory_fee, min_devices, available, created_at)
     SELECT 1, 2, code, version, type, pool, monthly_cost, included_bytes, overage, overage_rate, overage_block_bytes,
       usage_increment_bytes, proration, prorate_included, regulatory_fee, min_devices, available, '2026-01-01' FROM rate_plans LIMIT 1`,
  );
  const errors: object[] = [];
  const log = { ...rig.context.log, error: (fields: object) => void errors.push(fields) };
  const started = await startScheduled({ ...at(OPENING), log });
  expect(started).toHaveLength(1);
  expect(errors).toMatchObject([{ accountId: rig.account.accountId, error: { code: "settings-invalid" } }]);
});

test("a-worker-starts-what-is-due-unless-it-is-told-to-leave-that", async () => {
  for (const [startsScheduled, expected] of [
    [false, []],
    [true, ["schedule"]],
  ] as const) {
    const stopping = new AbortController();
    let looks = 0;
    const context = at(OPENING);
    // The queues are measured at the end of each look.
    const gauge: PipelineContext["metrics"]["gauge"] = (name) => {
      if (name === "queue_age_seconds" && ++looks === 3) stopping.abort();
    };
    const metrics = { ...context.metrics, gauge };
    await runWorker({ ...context, metrics }, { signal: stopping.signal, watchEveryMs: 20, startsScheduled });
    const { rows } = await rig.context.db.query<{ kind: string }>(
      "SELECT trigger_kind AS kind FROM optimization_sessions",
    );
    expect(rows.map(({ kind }) => kind)).toEqual(expected);
  }
});
