import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { openFolderObjects } from "../../adapters/objects-folder/open-folder-objects.ts";
import { oneRow } from "../../adapters/store/test-rows.ts";
import { describeOnEachStore } from "../../adapters/store/test-suites.ts";
import { isSignatureValid, openWebhook } from "../../adapters/webhook/open-webhook.ts";
import type { Database } from "../../ports/database.ts";
import type { ObjectStore } from "../../ports/object-store.ts";
import { addEndedSession } from "../fixtures/ended-session.ts";
import { openMailReceiver, openWebhookReceiver } from "../fixtures/receivers.ts";
import type { Answer, MailReceiver, WebhookReceiver } from "../fixtures/receivers.ts";
import { sendNotifications } from "./send-notifications.ts";
import type { SenderContext } from "./sender-context.ts";

const SECRET = "a secret of many characters";
const quiet = (): void => undefined;
const silent = { debug: quiet, info: quiet, warn: quiet, error: quiet, child: () => silent };

interface Row {
  readonly status: string;
  readonly attempts: number;
  readonly last_error: string | null;
  readonly provider_reference: string | null;
  readonly wait: number;
}

describeOnEachStore("sending notifications", (open) => {
  let db: Database;
  let folder: string;
  let objects: ObjectStore;
  let mail: MailReceiver;
  const webhooks: WebhookReceiver[] = [];
  const counted: string[] = [];

  beforeAll(async () => {
    db = await open();
    folder = await mkdtemp(join(tmpdir(), "poolwise-notify-"));
    objects = await openFolderObjects({
      folder,
      links: { address: "https://pool.example.com/objects", secret: "s" },
    });
  });
  afterAll(async () => {
    await db.close();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    // A suite's earlier notifications are none of a later test's.
    await db.query("DELETE FROM notifications");
    counted.length = 0;
    mail = await openMailReceiver();
  });
  afterEach(async () => {
    await mail.close();
    for (const each of webhooks.splice(0)) each.close();
  });

  const hook = async (answer?: Answer): Promise<WebhookReceiver> => {
    const opened = await openWebhookReceiver(answer);
    webhooks.push(opened);
    return opened;
  };
  const HANGS_MS = 300;
  const context = (changes: Partial<SenderContext> = {}, webhookMs = 10_000): SenderContext => ({
    db,
    objects,
    log: silent,
    metrics: {
      count: (_name, _by, labels) => void counted.push(`${labels?.["channel"]} ${labels?.["outcome"]}`),
    },
    notifiers: {
      mail: { mailer: mail.mailer, recipients: ["default@example.com"] },
      webhook: { webhook: openWebhook({ secret: SECRET, timeoutMs: webhookMs }), url: undefined },
    },
    ...changes,
  });
  const told = async (channel: "mail" | "webhook"): Promise<Row> =>
    oneRow<Row>(
      db,
      `SELECT status, attempts, last_error, provider_reference,
         extract(epoch FROM next_attempt_at - clock_timestamp())::float8 AS wait FROM notifications WHERE channel = $1`,
      [channel],
    );
  const makeDue = async (): Promise<void> =>
    void (await db.query(
      "UPDATE notifications SET next_attempt_at = now(), claimed_until = CASE WHEN status = 'SENDING' THEN now() - interval '1 s' END",
    ));
  const MINE = { recipients: ["finance@customer.example"] };

  test("each-channel-is-told-once-with-what-it-needs", async () => {
    const { url, calls } = await hook();
    const { sessionId } = await addEndedSession({ db, objects }, { tenant: { ...MINE, url } });
    expect(await sendNotifications(context(), "a")).toBe(2);
    expect(await sendNotifications(context(), "a")).toBe(0);
    expect(mail.mails).toHaveLength(1);
    const [sent] = mail.mails;
    expect(sent?.subject).toBe("main: USD 499.75 (20.0 %) to save in the cycle to 31 March 2026");
    expect(sent?.html).toContain("https://pool.example.com/objects/sessions/");
    expect(sent?.text).toContain("Proven to within 0.013 % of the least possible");
    expect(sent?.attachments.map(({ filename, size }) => [filename, size])).toEqual([["report.xlsx", 1_000]]);
    expect(calls).toHaveLength(1);
    const { headers, body = "" } = calls[0] ?? {};
    const signed = {
      id: String(headers?.["webhook-id"]),
      timestampSeconds: Number(headers?.["webhook-timestamp"]),
      signature: String(headers?.["webhook-signature"]),
      body,
    };
    expect(isSignatureValid(SECRET, signed, Date.now())).toBe(true);
    expect(JSON.parse(body)).toMatchObject({
      id: signed.id,
      type: "session.completed",
      data: { session: sessionId, savings: "499.75" },
    });
    expect(counted.toSorted()).toEqual(["mail sent", "webhook sent"]);
  });

  test("two-senders-at-once-send-once", async () => {
    const { url, calls } = await hook();
    for (let more = 0; more < 6; more++) await addEndedSession({ db, objects }, { tenant: { ...MINE, url } });
    const taken = await Promise.all(["a", "b"].map(async (holder) => sendNotifications(context(), holder)));
    expect(taken.reduce((sum, each) => sum + each, 0)).toBe(12);
    expect(mail.mails).toHaveLength(6);
    expect(new Set(mail.mails.map(({ messageId }) => messageId)).size).toBe(6);
    expect(new Set(calls.map(({ headers }) => headers["webhook-id"])).size).toBe(6);
    expect(calls).toHaveLength(6);
  });

  test("a-tenant-is-told-of-its-own-sessions-only", async () => {
    const [first, second] = [await hook(), await hook()];
    const one = await addEndedSession(
      { db, objects },
      { tenant: { recipients: ["a@one.example"], url: first.url } },
    );
    const two = await addEndedSession(
      { db, objects },
      { tenant: { recipients: ["b@two.example"], url: second.url } },
    );
    await sendNotifications(context(), "a");
    const seen = mail.mails.map(({ to, text }) => [
      Array.isArray(to) ? "" : to?.text,
      text?.includes(one.sessionId),
    ]);
    expect(Object.fromEntries(seen)).toEqual({ "a@one.example": true, "b@two.example": false });
    expect(first.calls.map(({ body }) => body.includes(one.sessionId))).toEqual([true]);
    expect(second.calls.map(({ body }) => body.includes(two.sessionId))).toEqual([true]);
  });

  test("a-tenant-without-recipients-is-not-told-through-those-of-the-default-tenant", async () => {
    const fallback = await hook();
    await addEndedSession({ db, objects });
    const notifiers = context().notifiers;
    await sendNotifications(
      context({
        notifiers: { ...notifiers, webhook: { webhook: openWebhook({ secret: SECRET }), url: fallback.url } },
      }),
      "a",
    );
    expect(mail.mails).toEqual([]);
    expect(fallback.calls).toEqual([]);
    expect([(await told("mail")).status, (await told("webhook")).status]).toEqual(["SKIPPED", "SKIPPED"]);
  });

  test("the-default-tenant-has-the-places-of-the-settings", async () => {
    const { url, calls } = await hook();
    const { tenantId } = await addEndedSession({ db, objects });
    await db.query("UPDATE tenants SET name = 'aside' WHERE name = 'default'");
    await db.query("UPDATE tenants SET name = 'default' WHERE tenant_id = $1", [tenantId]);
    try {
      const { mail: byMail } = context().notifiers ?? {};
      const webhook = { webhook: openWebhook({ secret: SECRET }), url };
      await sendNotifications(context({ notifiers: { ...(byMail && { mail: byMail }), webhook } }), "a");
    } finally {
      await db.query("UPDATE tenants SET name = 'once default' WHERE tenant_id = $1", [tenantId]);
      await db.query("UPDATE tenants SET name = 'default' WHERE name = 'aside'");
    }
    expect(mail.mails[0]?.headerLines.find(({ key }) => key === "to")?.line).toContain("default@example.com");
    expect(calls).toHaveLength(1);
  });

  test("a-large-workbook-is-linked-and-not-attached", async () => {
    await addEndedSession({ db, objects }, { tenant: MINE, workbookBytes: 6_000_000, channels: ["mail"] });
    await sendNotifications(context(), "a");
    expect(mail.mails[0]?.attachments).toEqual([]);
    expect(mail.mails[0]?.text).toContain("report.xlsx (5.7 MB)");
  });

  test("a-mail-server-that-takes-no-such-size-gets-the-mail-without-its-workbook", async () => {
    await mail.close();
    mail = await openMailReceiver({
      beforeAnswer: async (taken) => {
        await Promise.resolve();
        if (taken.attachments.length > 0)
          throw Object.assign(new Error("message exceeds fixed maximum size"), { responseCode: 552 });
      },
    });
    await addEndedSession({ db, objects }, { tenant: MINE, channels: ["mail"] });
    await sendNotifications(context(), "a");
    expect(mail.mails.map(({ attachments }) => attachments.length)).toEqual([1, 0]);
    expect(mail.mails[1]?.text).not.toContain("attached");
    expect(await told("mail")).toMatchObject({ status: "SENT", attempts: 1 });
  });

  test("without-links-a-large-workbook-is-asked-for-by-a-command", async () => {
    const unlinked = await openFolderObjects({ folder });
    const { sessionId } = await addEndedSession(
      { db, objects },
      { tenant: MINE, workbookBytes: 6_000_000, channels: ["mail"] },
    );
    await sendNotifications(context({ objects: unlinked }), "a");
    expect(mail.mails[0]?.attachments).toEqual([]);
    expect(mail.mails[0]?.text).toContain(`poolwise session report ${sessionId} --out DIR`);
    expect(mail.mails[0]?.text).not.toContain("https://");
  });

  test("names-from-outside-are-text-in-a-mail-and-end-no-header", async () => {
    const { tenantId } = await addEndedSession({ db, objects }, { tenant: MINE, channels: ["mail"] });
    const hostile = "<img src=x onerror=alert(1)>\r\nBcc: thief@example.net\u202e";
    await db.query("UPDATE carrier_accounts SET name = $2 WHERE tenant_id = $1", [tenantId, hostile]);
    await db.query(
      `UPDATE optimization_sessions SET summary = jsonb_set(summary, '{plans,0,plan}', to_jsonb($2::text)) WHERE tenant_id = $1`,
      [tenantId, `<script>${"x".repeat(500)}`],
    );
    await sendNotifications(context(), "a");
    const [sent] = mail.mails;
    expect(sent?.html).not.toMatch(/<img|<script/);
    expect(sent?.html).toContain("&lt;img src=x onerror=alert(1)&gt; Bcc: thief@example.net");
    expect(sent?.bcc).toBeUndefined();
    expect(sent?.subject).toContain("<img src=x onerror=alert(1)> Bcc: thief@example.net: USD");
    const to = sent?.to;
    expect(Array.isArray(to) ? to : to?.text).toBe("finance@customer.example");
  });

  const faults: readonly (readonly [string, Answer, RegExp])[] = [
    ["fails", (response) => void response.writeHead(500).end(), /HTTP 500/],
    ["hangs", () => undefined, /cannot be reached.*timeout/i],
    ["resets the connection", (response) => void response.destroy(), /cannot be reached/],
  ];
  test.each(faults)(
    "a-webhook-receiver-that-%s-is-called-again-with-the-same-id",
    async (way, fault, error) => {
      const { url, calls } = await hook((response, call) =>
        call === 0 ? fault(response, call) : void response.writeHead(200).end(),
      );
      await addEndedSession({ db, objects }, { tenant: { url }, channels: ["webhook"] });
      await sendNotifications(way === "hangs" ? context({}, HANGS_MS) : context(), "a");
      const first = await told("webhook");
      expect(first).toMatchObject({ status: "PENDING", attempts: 1 });
      expect(first.last_error).toMatch(error);
      expect(first.wait).toBeLessThan(10);
      await makeDue();
      await sendNotifications(context(), "b");
      expect(await told("webhook")).toMatchObject({ status: "SENT", attempts: 2, last_error: null });
      expect(new Set(calls.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
      expect(new Set(calls.map(({ body }) => body)).size).toBe(1);
      expect(calls).toHaveLength(2);
    },
  );

  test("a-receiver-that-asks-for-time-gets-it", async () => {
    const { url } = await hook((response) => void response.writeHead(429, { "retry-after": "900" }).end());
    await addEndedSession({ db, objects }, { tenant: { url }, channels: ["webhook"] });
    await sendNotifications(context(), "a");
    const { status, wait } = await told("webhook");
    expect(status).toBe("PENDING");
    expect(wait).toBeGreaterThan(800);
    expect(await sendNotifications(context(), "a")).toBe(0);
  });

  test("a-redirect-is-not-followed-and-given-up", async () => {
    const elsewhere = await hook();
    const { url } = await hook((response) => void response.writeHead(307, { location: elsewhere.url }).end());
    await addEndedSession({ db, objects }, { tenant: { url }, channels: ["webhook"] });
    await sendNotifications(context(), "a");
    expect(elsewhere.calls).toEqual([]);
    expect(await told("webhook")).toMatchObject({
      status: "FAILED",
      last_error: "the receiver answered HTTP 307",
    });
    expect(counted).toEqual(["webhook failed"]);
  });

  test("an-endless-answer-is-not-read", async () => {
    let written = 0;
    const { url } = await hook((response) => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) written++;
      };
      response.on("drain", more);
      more();
    });
    await addEndedSession({ db, objects }, { tenant: { url }, channels: ["webhook"] });
    await sendNotifications(context(), "a");
    expect(await told("webhook")).toMatchObject({ status: "SENT" });
    const before = written;
    await sleep(200);
    expect(written).toBeLessThan(before + 200);
  });

  test("after-a-day-of-attempts-it-is-given-up-and-says-why", async () => {
    const { url } = await hook((response) => void response.writeHead(503).end());
    await addEndedSession({ db, objects }, { tenant: { url }, channels: ["webhook"] });
    await db.query("UPDATE notifications SET created_at = now() - interval '25 hours', attempts = 30");
    await sendNotifications(context(), "a");
    expect(await told("webhook")).toMatchObject({
      status: "FAILED",
      last_error: "given up after 31 attempts; the last one: the receiver answered HTTP 503",
    });
  });

  test("what-waited-for-a-worker-for-days-is-still-tried-several-times", async () => {
    const { url } = await hook((response) => void response.writeHead(503).end());
    await addEndedSession({ db, objects }, { tenant: { url }, channels: ["webhook"] });
    await db.query("UPDATE notifications SET created_at = now() - interval '3 days'");
    await sendNotifications(context(), "a");
    expect(await told("webhook")).toMatchObject({ status: "PENDING", attempts: 1 });
  });

  test("a-mail-server-that-is-away-is-tried-again", async () => {
    await addEndedSession({ db, objects }, { tenant: MINE, channels: ["mail"] });
    await mail.close();
    await sendNotifications(context(), "a");
    expect(await told("mail")).toMatchObject({ status: "PENDING", attempts: 1 });
    mail = await openMailReceiver();
    await makeDue();
    await sendNotifications(context(), "a");
    expect(await told("mail")).toMatchObject({ status: "SENT", attempts: 2 });
    expect(mail.mails).toHaveLength(1);
  });

  test("an-object-store-that-fails-delays-a-mail-and-loses-none", async () => {
    await addEndedSession({ db, objects }, { tenant: MINE, channels: ["mail"] });
    const away = { ...objects, get: () => Promise.reject(new Error("the store is away")) };
    await sendNotifications(context({ objects: away }), "a");
    expect(await told("mail")).toMatchObject({ status: "PENDING", last_error: "the store is away" });
    await makeDue();
    await sendNotifications(context(), "a");
    expect(mail.mails).toHaveLength(1);
  });

  test("whom-the-server-did-not-take-the-mail-for-is-on-record", async () => {
    await mail.close();
    mail = await openMailReceiver({
      onRcptTo: ({ address }, _session, done) =>
        address.startsWith("gone")
          ? done(Object.assign(new Error("no such user"), { responseCode: 550 }))
          : done(),
    });
    const recipients = ["finance@customer.example", "gone@customer.example"];
    await addEndedSession({ db, objects }, { tenant: { recipients }, channels: ["mail"] });
    await sendNotifications(context(), "a");
    const { status, provider_reference: reference } = await told("mail");
    expect(status).toBe("SENT");
    expect(reference).toContain("not for gone@customer.example");
  });

  test("a-channel-that-this-process-has-not-is-left-to-others", async () => {
    const { url } = await hook();
    await addEndedSession({ db, objects }, { tenant: { ...MINE, url } });
    await sendNotifications(
      context({ notifiers: { webhook: { webhook: openWebhook({ secret: SECRET }), url } } }),
      "a",
    );
    expect([(await told("mail")).status, (await told("webhook")).status]).toEqual(["PENDING", "SENT"]);
  });
});
