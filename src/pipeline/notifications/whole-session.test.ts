import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { openWebhook } from "../../adapters/webhook/open-webhook.ts";
import type { SessionView } from "../context.ts";
import { openMailReceiver, openWebhookReceiver } from "../fixtures/receivers.ts";
import type { MailReceiver, WebhookReceiver } from "../fixtures/receivers.ts";
import { openRig } from "../fixtures/rig.ts";
import type { Rig } from "../fixtures/rig.ts";
import { sessionView } from "../session/session-view.ts";
import { startSession } from "../session/start-session.ts";
import { runWorker } from "../worker/run-worker.ts";

let rig: Rig;
let mail: MailReceiver;
let webhook: WebhookReceiver;
afterEach(async () => {
  await rig.close();
  await mail.close();
  webhook.close();
});

async function runToItsEnd(setUp: Parameters<typeof openRig>[0]): Promise<SessionView> {
  rig = await openRig(setUp);
  mail = await openMailReceiver();
  webhook = await openWebhookReceiver();
  const notifiers = {
    mail: { mailer: mail.mailer, recipients: ["finance@example.com"] },
    webhook: { webhook: openWebhook({ secret: "a secret of many characters" }), url: webhook.url },
  };
  const stopping = new AbortController();
  // Nothing is looked for in the time of this test: what is sent is sent because it was decided.
  const options = { signal: stopping.signal, watchEveryMs: 600_000, startsScheduled: false };
  const workers = ["one", "two"].map(async (workerName) =>
    runWorker({ ...rig.context, notifiers, workerName }, options),
  );
  const { sessionId } = await startSession(rig.context, { accountId: rig.account.accountId });
  const isOver = ({ completed_at: ended, notifications }: SessionView): boolean =>
    ended !== null && notifications.every(({ status }) => status === "sent");
  for (;;) {
    const view = await sessionView(rig.context, sessionId);
    if (isOver(view)) break;
    await sleep(50);
  }
  stopping.abort();
  await Promise.all(workers);
  return await sessionView(rig.context, sessionId);
}

test("a-session-ends-with-one-mail-and-one-call-as-soon-as-it-has-ended", async () => {
  const view = await runToItsEnd({ simulator: { devices: 120 } });
  const { savings, currency } = view.summary as { savings: string; currency: string };
  expect(view.status).toBe("COMPLETED");
  expect(view.notifications.map(({ channel, status, attempts }) => [channel, status, attempts])).toEqual([
    ["mail", "sent", 1],
    ["webhook", "sent", 1],
  ]);
  expect(mail.mails).toHaveLength(1);
  expect(mail.mails[0]?.subject).toContain(
    `main: ${currency} ${Number(savings).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`,
  );
  expect(mail.mails[0]?.attachments.map(({ filename }) => filename)).toEqual(["report.xlsx"]);
  expect(webhook.calls).toHaveLength(1);
  expect(JSON.parse(webhook.calls[0]?.body ?? "")).toMatchObject({
    type: "session.completed",
    tenant: "default",
    data: { session: view.id, savings, currency, account: { name: "main" } },
  });
});

test("of-invalid-plans-the-webhook-is-told-and-people-hear-why-the-session-failed", async () => {
  const spoil = (csv: string): string => csv.replace(/^(MON-FLEX 10MB,.*?,charge,)[^,]+,/m, "$1,");
  const view = await runToItsEnd({ simulator: { devices: 60 }, plans: spoil });
  expect(view.status).toBe("FAILED");
  expect(mail.mails).toHaveLength(1);
  expect(mail.mails[0]?.subject).toContain("the session failed");
  expect(mail.mails[0]?.text?.replaceAll("\n", " ")).toContain("MON-FLEX 10MB (overage_rate is missing");
  const told = webhook.calls.map(({ body }) => JSON.parse(body) as { type: string; data: object });
  const about = Object.fromEntries(told.map(({ type, data }) => [type, data]));
  expect(told).toHaveLength(2);
  expect(about["rate_plans.invalid"]).toMatchObject({
    session: view.id,
    refused: true,
    plan_count: 1,
    plans: [{ plan: "MON-FLEX 10MB" }],
  });
  expect(about["session.failed"]).toMatchObject({ session: view.id, code: "plan-invalid", stage: "prepare" });
});
