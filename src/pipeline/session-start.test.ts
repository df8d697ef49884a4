import { afterEach, expect, test } from "vitest";
import { PoolwiseError } from "../billing/errors.ts";
import type { StartedSession } from "./context.ts";
import type { Rig } from "./fixtures/rig.ts";
import { drain, openRig } from "./fixtures/rig.ts";
import { cancelSession } from "./session/cancel-session.ts";
import { listSessions } from "./session/list-sessions.ts";
import { sessionView } from "./session/session-view.ts";
import { startSession } from "./session/start-session.ts";

let rig: Rig;
afterEach(async () => {
  await rig.close();
});

const at = (iso: string) => rig.with({ clock: () => Date.parse(iso) });

test("two-triggers-at-once-start-one-session-and-the-other-is-told-which", async () => {
  rig = await openRig({ simulator: { devices: 20 } });
  const request = { accountId: rig.account.accountId };
  const triggers = await Promise.allSettled(
    Array.from({ length: 6 }, () => startSession(rig.context, request)),
  );
  const started = triggers.filter(
    (each): each is PromiseFulfilledResult<StartedSession> => each.status === "fulfilled",
  );
  const refused = triggers.filter((each): each is PromiseRejectedResult => each.status === "rejected");
  expect(started).toHaveLength(1);
  for (const { reason } of refused)
    expect(reason).toMatchObject({
      code: "session-running",
      data: { sessionId: started[0]?.value.sessionId },
    });
  expect(await listSessions(rig.context)).toHaveLength(1);
});

test("the-database-itself-holds-one-session-per-account-and-cycle", async () => {
  rig = await openRig({ simulator: { devices: 20 } });
  await startSession(rig.context, { accountId: rig.account.accountId });
  const copy = rig.context.db.query(
    `INSERT INTO optimization_sessions (service_provider_id, tenant_id, billing_period_id) SELECT service_provider_id, tenant_id, billing_period_id FROM optimization_sessions`,
  );
  await expect(copy).rejects.toMatchObject({ data: { constraint: "optimization_sessions_one_active" } });
});

test("outside-the-window-a-session-starts-only-where-a-person-asks-for-it-and-that-is-recorded", async () => {
  rig = await openRig({ simulator: { devices: 20 } });
  const early = at("2026-03-10T12:00:00Z");
  const request = { accountId: rig.account.accountId };
  const refusal = startSession(early, request);
  await expect(refusal).rejects.toMatchObject({
    code: "window-closed",
    data: { opens: "2026-03-24T04:00:00.000Z", closes: "2026-04-01T04:00:00.000Z" },
  });
  await expect(refusal).rejects.toBeInstanceOf(PoolwiseError);
  const { sessionId } = await startSession(early, { ...request, anyTime: true, actor: "ada" });
  expect(await sessionView(early, sessionId)).toMatchObject({
    any_time: true,
    actor: "ada",
    status: "PENDING",
    period: { start: "2026-03-01", end: "2026-04-01", days: 31 },
  });
});

test("the-window-opens-by-the-accounts-clock", async () => {
  rig = await openRig({ simulator: { devices: 20 } });
  const request = { accountId: rig.account.accountId };
  await expect(startSession(at("2026-03-24T03:59:59Z"), request)).rejects.toMatchObject({
    code: "window-closed",
  });
  await expect(startSession(at("2026-03-24T04:00:00Z"), request)).resolves.toMatchObject({
    supersedes: undefined,
  });
});

test("on-the-last-day-a-new-session-takes-the-place-of-the-running-one", async () => {
  rig = await openRig({ simulator: { devices: 20 } });
  const request = { accountId: rig.account.accountId };
  const lastDay = at("2026-03-31T12:00:00Z");
  const first = await startSession(rig.context, request);
  const second = await startSession(lastDay, request);
  expect(second.supersedes).toBe(first.sessionId);
  const superseded = {
    status: "CANCELLED",
    error_code: "superseded",
    reason: `Superseded by session ${second.sessionId}, started on the last day of the cycle.`,
  };
  expect(await sessionView(lastDay, first.sessionId)).toMatchObject(superseded);
  await drain(rig.context);
  expect(await sessionView(lastDay, second.sessionId)).toMatchObject({
    status: "COMPLETED",
    supersedes: first.sessionId,
  });
  expect(await sessionView(lastDay, first.sessionId)).toMatchObject(superseded);
});

test("a-session-that-is-cancelled-stays-so-whatever-was-under-way-for-it", async () => {
  rig = await openRig({ simulator: { devices: 60 } });
  const { sessionId } = await startSession(rig.context, { accountId: rig.account.accountId });
  const cancelling = rig.with({
    fault: async (point) => {
      if (point === "sync:page-read")
        await cancelSession(rig.context, sessionId, { actor: "ada" }).catch(() => undefined);
    },
  });
  await drain(cancelling);
  expect(await sessionView(rig.context, sessionId)).toMatchObject({
    status: "CANCELLED",
    reason: "Cancelled by ada.",
  });
  const { rows } = await rig.context.db.query("SELECT status, complete FROM sync_runs");
  expect(rows).toEqual([{ status: "CANCELLED", complete: false }]);
  await expect(cancelSession(rig.context, sessionId, { actor: "ada" })).rejects.toMatchObject({
    code: "option-invalid",
  });
  await expect(startSession(rig.context, { accountId: rig.account.accountId })).resolves.toBeDefined();
});

test("unknown-accounts-sessions-and-terms-are-refused", async () => {
  rig = await openRig({ simulator: { devices: 20 } });
  const wrong = { code: "option-invalid" };
  await expect(startSession(rig.context, { accountId: 99 })).rejects.toMatchObject(wrong);
  await expect(
    startSession(rig.context, { accountId: rig.account.accountId, tenantId: 2 }),
  ).rejects.toMatchObject(wrong);
  await expect(
    startSession(rig.context, { accountId: rig.account.accountId, switchCost: "-1" }),
  ).rejects.toMatchObject(wrong);
  await expect(
    startSession(rig.context, { accountId: rig.account.accountId, maxChanges: 1.5 }),
  ).rejects.toMatchObject(wrong);
  await expect(sessionView(rig.context, "no-such-session")).rejects.toMatchObject(wrong);
  await expect(sessionView(rig.context, crypto.randomUUID())).rejects.toMatchObject(wrong);
});
