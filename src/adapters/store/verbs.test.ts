import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Database } from "../../ports/database.ts";
import type { Queue } from "../../ports/queue.ts";
import { openPgBossQueue } from "../queue-pgboss/open-pgboss-queue.ts";
import { discardDeadLetter, recordDeadLetters, retryDeadLetter } from "./dead-letters.ts";
import { addNotification, claimNotifications, noteHandingOver, settleNotification } from "./notifications.ts";
import { addSessionEvent, SESSION_EVENTS_CHANNEL, writeAudit } from "./records.ts";
import { describeOnEachStore } from "./test-suites.ts";
import { advanceSync } from "./sync-cursor.ts";
import { addTestAccount, oneRow } from "./test-rows.ts";
import type { TestAccount } from "./test-rows.ts";
import { finishUnit, startUnit } from "./units.ts";

async function addSession(
  database: Database,
  { tenantId, accountId, periodId }: TestAccount,
  status = "RUNNING",
): Promise<string> {
  const row = await oneRow<{ session_id: string }>(
    database,
    `INSERT INTO optimization_sessions (service_provider_id, tenant_id, billing_period_id, status) VALUES ($1, $2, $3, $4) RETURNING session_id`,
    [accountId, tenantId, periodId, status],
  );
  return row.session_id;
}

describeOnEachStore("the store's verbs", (open) => {
  let database: Database;
  let queue: Queue;
  beforeAll(async () => {
    database = await open();
    queue = await openPgBossQueue(database, { queues: [{ name: "work", maxReceives: 1 }], maintain: false });
  }, 60_000);
  afterAll(async () => {
    await queue.close();
    await database.close();
  });

  test("one-active-session-per-account-and-cycle", async () => {
    const account = await addTestAccount(database);
    const sessionId = await addSession(database, account);
    await expect(addSession(database, account, "PENDING")).rejects.toMatchObject({
      data: { constraint: "optimization_sessions_one_active" },
    });
    await database.query(
      "UPDATE optimization_sessions SET status = 'CANCELLED', reason = 'superseded', completed_at = now() WHERE session_id = $1",
      [sessionId],
    );
    await addSession(database, account);
  });

  test("two-triggers-at-once-make-one-session", async () => {
    const account = await addTestAccount(database);
    const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => addSession(database, account)));
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  test("the-last-unit-is-told-once-however-often-messages-are-delivered", async () => {
    const account = await addTestAccount(database);
    const sessionId = await addSession(database, account);
    const { rows } = await database.query<{ unit_id: number }>(
      "INSERT INTO units (tenant_id, session_id, device_count) SELECT $1, $2, 1 FROM generate_series(1, 8) RETURNING unit_id",
      [account.tenantId, sessionId],
    );
    await database.query("UPDATE optimization_sessions SET units_total = 8 WHERE session_id = $1", [
      sessionId,
    ]);
    const ids = rows.map(({ unit_id: unitId }) => unitId);
    expect(await startUnit(database, ids[0] ?? 0, "worker")).toBe(true);
    const answers = await Promise.all(
      [...ids, ...ids, ...ids].map((id) => finishUnit(database, id, { status: "DONE" })),
    );
    expect(answers.filter((isLast) => isLast)).toHaveLength(1);
    expect(await startUnit(database, ids[0] ?? 0, "worker")).toBe(false);
    expect(
      await oneRow(database, "SELECT units_done FROM optimization_sessions WHERE session_id = $1", [
        sessionId,
      ]),
    ).toEqual({ units_done: 8 });
  });

  test("a-step-of-a-sync-counts-once", async () => {
    const { tenantId, accountId, periodId } = await addTestAccount(database);
    const { sync_id: syncId } = await oneRow<{ sync_id: string }>(
      database,
      "INSERT INTO sync_runs (tenant_id, carrier_account_id, billing_period_id, kind) VALUES ($1, $2, $3, 'full') RETURNING sync_id",
      [tenantId, accountId, periodId],
    );
    const step = { syncId, version: 0, cursor: { page: 2 }, pages: 1, calls: 1, rows: 50, quarantined: 0 };
    const answers = await Promise.all(
      Array.from({ length: 3 }, () => database.transaction((transaction) => advanceSync(transaction, step))),
    );
    expect(answers.filter((isOurs) => isOurs)).toHaveLength(1);
    expect(
      await oneRow(
        database,
        "SELECT cursor, cursor_version, pages, rows_staged FROM sync_runs WHERE sync_id = $1",
        [syncId],
      ),
    ).toEqual({
      cursor: { page: 2 },
      cursor_version: 1,
      pages: 1,
      rows_staged: 50,
    });
  });

  test("a-notification-is-decided-once-and-claimed-by-one-sender", async () => {
    const { tenantId } = await addTestAccount(database);
    const dedupKey = randomUUID();
    const notification = {
      tenantId,
      channel: "mail",
      kind: "session-done",
      dedupKey,
      payload: { figures: [1] },
    } as const;
    expect([
      await addNotification(database, notification),
      await addNotification(database, notification),
    ]).toEqual([true, false]);
    const claim = async (holder: string, seconds = 60): ReturnType<typeof claimNotifications> =>
      claimNotifications(database, { holder, channels: ["mail"], limit: 10, seconds });
    const claims = await Promise.all(["a", "b", "c"].map((holder) => claim(holder, 0.3)));
    const [claimed, ...others] = claims.flat();
    if (claimed === undefined) throw new Error("nobody got it");
    expect(others).toEqual([]);
    expect(claimed).toMatchObject({ dedupKey, payload: { figures: [1] }, attempts: 1, uncertain: false });
    await sleep(400);
    const first = ["a", "b", "c"].find((_, index) => (claims[index]?.length ?? 0) > 0) ?? "";
    expect(await noteHandingOver(database, claimed.id, first, 60)).toBe(false);
    const [again] = await claim("late");
    expect(again).toMatchObject({ id: claimed.id, attempts: 2, uncertain: false });
    expect(await settleNotification(database, claimed.id, first, { kind: "sent" })).toBe(false);
    expect(
      await settleNotification(database, claimed.id, "late", {
        kind: "retry",
        afterSeconds: 0,
        error: "450",
      }),
    ).toBe(true);
    const [third] = await claim("third");
    expect(third).toMatchObject({ id: claimed.id, attempts: 3, uncertain: false });
    expect(
      await settleNotification(database, claimed.id, "third", { kind: "sent", reference: "250 ok" }),
    ).toBe(true);
    expect(await claim("fourth")).toEqual([]);
  });

  const handedOver = async (holder: string): Promise<string> => {
    const { tenantId } = await addTestAccount(database);
    const dedupKey = randomUUID();
    await addNotification(database, {
      tenantId,
      channel: "mail",
      kind: "session-done",
      dedupKey,
      payload: {},
    });
    const [claimed] = await claimMail(holder);
    if (claimed === undefined) throw new Error("nobody got it");
    expect(await noteHandingOver(database, claimed.id, holder, 0.1)).toBe(true);
    return claimed.id;
  };
  const claimMail = async (holder: string): ReturnType<typeof claimNotifications> =>
    claimNotifications(database, { holder, channels: ["mail"], limit: 10, seconds: 60 });

  test("what-was-handed-over-by-a-sender-that-fell-silent-is-uncertain-until-that-one-speaks", async () => {
    const id = await handedOver("first");
    await sleep(200);
    expect(await claimMail("second")).toMatchObject([{ id, uncertain: true }]);
    expect(await noteHandingOver(database, id, "second", 60)).toBe(false);
    expect(await settleNotification(database, id, "second", { kind: "uncertain", error: "?" })).toBe(true);
    expect(await settleNotification(database, id, "second", { kind: "sent" })).toBe(false);
    expect(await settleNotification(database, id, "first", { kind: "sent", reference: "250 ok" })).toBe(true);
  });

  test("what-a-server-did-not-take-may-be-handed-over-again", async () => {
    const id = await handedOver("first");
    const later = { kind: "retry", afterSeconds: 0, error: "451" } as const;
    expect(await settleNotification(database, id, "first", later)).toBe(true);
    expect(await claimMail("second")).toMatchObject([{ id, uncertain: false }]);
    expect(await noteHandingOver(database, id, "second", 60)).toBe(true);
    expect(await settleNotification(database, id, "second", { kind: "failed", error: "550" })).toBe(true);
  });

  test("a-sender-gets-only-what-it-can-send", async () => {
    const { tenantId } = await addTestAccount(database);
    const dedupKey = randomUUID();
    await addNotification(database, {
      tenantId,
      channel: "sns",
      kind: "session-done",
      dedupKey,
      payload: {},
    });
    expect(await claimMail("mailer")).toEqual([]);
  });

  const newDead = async (body: { readonly [key: string]: string }): Promise<void> => {
    await queue.send("work", [{ body }]);
    const [message] = await queue.receive("work", { max: 1, visibilitySeconds: 30 });
    if (message === undefined) throw new Error("no message");
    await queue.reject(message, { reason: "the carrier refused: 10000013" });
  };
  const classify = (): { classification: string; tenantId: undefined; sessionId: undefined } => ({
    classification: "carrier refused",
    tenantId: undefined,
    sessionId: undefined,
  });

  test("a-dead-letter-is-recorded-before-it-leaves-its-queue-and-retried-once", async () => {
    await newDead({ stage: "retry me" });
    const unreadable = recordDeadLetters(database, queue, "work", () => {
      throw new RangeError("classifying failed");
    });
    await expect(unreadable).rejects.toThrow(RangeError);
    expect((await queue.depth("work")).dead).toBe(1);
    await database.query(
      "UPDATE pgboss.job SET started_on = now() - interval '1 day' WHERE name = 'work-dead' AND state = 'active'",
    );
    const [letter] = await recordDeadLetters(database, queue, "work", classify);
    expect(letter).toMatchObject({
      queue: "work",
      reason: "the carrier refused: 10000013",
      classification: "carrier refused",
    });
    expect((await queue.depth("work")).dead).toBe(0);
    const id = letter?.id ?? "";
    await retryDeadLetter(database, queue, id, "ana@example.com");
    await expect(retryDeadLetter(database, queue, id, "ben@example.com")).rejects.toMatchObject({
      code: "option-invalid",
    });
    await expect(discardDeadLetter(database, id, "ben@example.com")).rejects.toMatchObject({
      code: "option-invalid",
    });
    const [message] = await queue.receive("work", { max: 10, visibilitySeconds: 30 });
    expect(message?.body).toEqual({ stage: "retry me" });
    if (message !== undefined) await queue.acknowledge(message);
  });

  test("a-dead-letter-can-be-discarded-and-an-unknown-one-is-said-to-be-unknown", async () => {
    await newDead({ stage: "drop me" });
    const [letter] = await recordDeadLetters(database, queue, "work", classify);
    await discardDeadLetter(database, letter?.id ?? "", "ana@example.com");
    const row = await oneRow(
      database,
      "SELECT status, resolved_by FROM dead_letters WHERE dead_letter_id = $1",
      [letter?.id ?? ""],
    );
    expect(row).toEqual({ status: "DISCARDED", resolved_by: "ana@example.com" });
    await expect(discardDeadLetter(database, "no-such-letter", "ana@example.com")).rejects.toMatchObject({
      code: "option-invalid",
    });
  });

  test("the-audit-log-cannot-be-changed", async () => {
    const { tenantId } = await addTestAccount(database);
    await writeAudit(database, {
      tenantId,
      actor: "ana",
      action: "session.approved",
      subjectKind: "session",
      subjectId: "1",
      data: { changes: 3 },
    });
    for (const sql of ["UPDATE audit_log SET actor = 'ben'", "DELETE FROM audit_log", "TRUNCATE audit_log"]) {
      await expect(database.query(sql)).rejects.toMatchObject({ data: { sqlState: "23001" } });
    }
  });

  test("session-events-are-heard-when-they-are-committed", async () => {
    const account = await addTestAccount(database);
    const sessionId = await addSession(database, account);
    const heard: string[] = [];
    const stop = await database.listen(SESSION_EVENTS_CHANNEL, (payload) => heard.push(payload));
    await addSessionEvent(database, {
      tenantId: account.tenantId,
      sessionId,
      kind: "stage",
      data: { stage: "sync" },
    });
    for (let waited = 0; heard.length === 0 && waited < 5_000; waited += 10) await sleep(10);
    await stop();
    expect(JSON.parse(heard[0] ?? "{}")).toMatchObject({ session: sessionId });
  });
});
