import { afterEach, describe, expect, test } from "vitest";
import { SYNC_QUEUE } from "./context.ts";
import { textSource } from "./tariff/load-tariff.ts";
import { importTariff } from "./tariff/import-tariff.ts";
import { drain, openRig, runSession } from "./fixtures/rig.ts";
import type { Rig } from "./fixtures/rig.ts";
import { plansCsv } from "../../simulator/jasper/catalogue/contract-files.ts";
import { sessionView } from "./session/session-view.ts";
import { startSession } from "./session/start-session.ts";
import { endStalled } from "./watchdog/end-stalled.ts";
import { takeDeadLetters } from "./watchdog/take-dead-letters.ts";

let rig: Rig;
afterEach(async () => {
  await rig.close();
});

const FEW = { simulator: { devices: 60 } };
/** Without its overage rate a plan that charges overage cannot be priced. */
const spoil = (csv: string): string => csv.replace(/^(MON-FLEX 10MB,.*?,charge,)[^,]+,/m, "$1,");

describe("a session fails with a reason to act on", () => {
  test("where-a-candidate-plan-is-invalid-and-the-webhook-is-told", async () => {
    rig = await openRig({ ...FEW, plans: spoil });
    const view = await runSession(rig);
    expect(view).toMatchObject({ status: "FAILED", stage: "prepare", error_code: "plan-invalid" });
    expect(view.reason).toContain("MON-FLEX 10MB (overage_rate is missing");
    const { rows } = await rig.context.db.query(
      "SELECT channel, kind FROM notifications ORDER BY channel, kind",
    );
    expect(rows).toEqual([
      { channel: "mail", kind: "session-failed" },
      { channel: "webhook", kind: "invalid-plans" },
      { channel: "webhook", kind: "session-failed" },
    ]);
  });

  test("where-SIMs-are-on-plans-that-were-not-imported", async () => {
    rig = await openRig(FEW);
    const csv = plansCsv(rig.simulator.control.world);
    const { accountId } = rig.account;
    await rig.context.db.query(
      "UPDATE rate_plans SET superseded_at = now() WHERE carrier_account_id = $1 AND code = 'MON-FLEX 3MB'",
      [accountId],
    );
    const view = await runSession(rig);
    expect(view).toMatchObject({
      status: "FAILED",
      stage: "sync",
      error_code: "input-invalid",
      sync: { complete: false },
    });
    expect(view.reason).toContain('"MON-FLEX 3MB" (');
    expect(view.reason).not.toContain("MON-FLEX 1MB");
    await importTariff(rig.context.db, rig.account, { plans: textSource("plans.csv", csv) });
    expect(await runSession(rig)).toMatchObject({ status: "COMPLETED" });
  });

  test("where-no-plans-were-imported", async () => {
    rig = await openRig(FEW);
    await rig.context.db.query("UPDATE rate_plans SET superseded_at = now()");
    expect(await runSession(rig)).toMatchObject({
      status: "FAILED",
      reason: expect.stringContaining("poolwise plans import") as string,
    });
    expect(rig.simulator.control.stats().calls).toBe(0);
  });

  test("where-the-list-has-more-pages-than-allowed", async () => {
    rig = await openRig({ settings: { maxPages: 2 } });
    const view = await runSession(rig);
    expect(view).toMatchObject({
      status: "FAILED",
      error_code: "carrier-page-limit",
      sync: { complete: false },
    });
    expect(view.reason).toContain("MAX_PAGES_TO_PROCESS");
    const { rows } = await rig.context.db.query("SELECT count(*) AS rows FROM staging_devices");
    expect(rows).toEqual([{ rows: 0 }]);
  });

  test("where-the-key-is-wrong", async () => {
    rig = await openRig(FEW);
    await rig.context.db.query("UPDATE carrier_accounts SET username = 'nobody'");
    expect(await runSession(rig)).toMatchObject({
      status: "FAILED",
      stage: "sync",
      error_code: "carrier-credentials",
    });
  });

  test("where-the-carrier-answers-with-a-page-for-people", async () => {
    rig = await openRig(FEW);
    await rig.context.db.query("UPDATE carrier_accounts SET base_url = base_url || '/nowhere/v1'");
    const view = await runSession(rig);
    expect(view.status).toBe("FAILED");
    expect(view.error_code).toMatch(/^carrier-/);
  });
});

test("with-quarantine-an-invalid-plan-is-set-aside-and-the-session-completes", async () => {
  rig = await openRig({ ...FEW, plans: spoil, settings: { invalidPlans: "quarantine" } });
  const view = await runSession(rig);
  expect(view).toMatchObject({ status: "COMPLETED", reason: null });
  const summary = view.summary as { notes: string[]; excluded: Record<string, number> };
  expect(summary.notes).toContainEqual(expect.stringContaining("Plan MON-FLEX 10MB is set aside"));
  expect(summary.excluded["current plan set aside as invalid"]).toBeGreaterThan(0);
});

test("a-carrier-that-does-not-answer-is-waited-for", async () => {
  rig = await openRig(FEW);
  const [fault] = rig.simulator.control.injectFault("F4:kind=503,probability=1");
  const { sessionId } = await startSession(rig.context, { accountId: rig.account.accountId });
  await drain(rig.context);
  const waiting = await sessionView(rig.context, sessionId);
  expect(waiting).toMatchObject({
    status: "RUNNING",
    stage: "sync",
    reason: expect.stringContaining("Waiting for the carrier") as string,
  });
  rig.simulator.control.clearFaults(fault);
  await rig.context.db.query("UPDATE pgboss.job SET start_after = now() WHERE state < 'active'");
  await drain(rig.context);
  expect(await sessionView(rig.context, sessionId)).toMatchObject({ status: "COMPLETED" });
});

test("the-watchdog-ends-what-has-stopped-moving-and-nothing-else", async () => {
  rig = await openRig(FEW);
  const { sessionId } = await startSession(rig.context, { accountId: rig.account.accountId });
  expect(await endStalled(rig.context)).toEqual([]);
  await rig.context.db.query("UPDATE optimization_sessions SET progress_at = now() - interval '61 minutes'");
  expect(await endStalled(rig.context)).toEqual([sessionId]);
  expect(await endStalled(rig.context)).toEqual([]);
  const view = await sessionView(rig.context, sessionId);
  expect(view).toMatchObject({ status: "FAILED", error_code: "session-stalled" });
  expect(view.reason).toContain("in the stage start: nothing has moved for 61 minutes");
  await drain(rig.context);
  expect(await sessionView(rig.context, sessionId)).toMatchObject({ status: "FAILED" });
});

test("a-message-that-fails-for-good-fails-its-session-and-is-kept-for-a-person", async () => {
  rig = await openRig(FEW);
  const broken = rig.with({
    fault: (point) => {
      if (point === "sync:before-merge") throw new TypeError("a fault in the program");
    },
  });
  const { sessionId } = await startSession(broken, { accountId: rig.account.accountId });
  for (let round = 0; round < 12; round++) {
    await drain(broken);
    await rig.context.db.query("UPDATE pgboss.job SET start_after = now() WHERE state < 'active'");
  }
  expect(await takeDeadLetters(rig.context)).toBe(1);
  expect(await takeDeadLetters(rig.context)).toBe(0);
  const { rows } = await rig.context.db.query(
    "SELECT queue, classification, reason, session_id = $1 AS ours, status FROM dead_letters",
    [sessionId],
  );
  expect(rows).toEqual([
    {
      queue: SYNC_QUEUE,
      classification: "sync: internal-error",
      reason: "internal-error: a fault in the program",
      ours: true,
      status: "NEW",
    },
  ]);
  expect(await sessionView(rig.context, sessionId)).toMatchObject({
    status: "FAILED",
    reason: expect.stringContaining("a fault in the program") as string,
  });
});

test("an-unreadable-message-goes-to-the-dead-letters-and-stops-nothing", async () => {
  rig = await openRig(FEW);
  await rig.context.queue.send(SYNC_QUEUE, [{ body: { stage: "teleport", sessionId: "x" } }]);
  expect(await runSession(rig)).toMatchObject({ status: "COMPLETED" });
  expect(await takeDeadLetters(rig.context)).toBe(1);
});
