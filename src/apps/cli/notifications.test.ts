import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { SessionView } from "../../pipeline/context.ts";
import { openMailReceiver, openWebhookReceiver } from "../../pipeline/fixtures/receivers.ts";
import type { MailReceiver, WebhookReceiver } from "../../pipeline/fixtures/receivers.ts";
import { addAccount, openCliRig } from "./fixtures/cli-rig.ts";
import type { CliRig } from "./fixtures/cli-rig.ts";

// Every command opens the embedded database, and a session takes several.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

let mail: MailReceiver;
let webhook: WebhookReceiver;
let rig: CliRig;
let account: string;

beforeAll(async () => {
  mail = await openMailReceiver();
  webhook = await openWebhookReceiver(
    (response, call) => void response.writeHead(call === 0 ? 400 : 204).end(),
  );
  rig = await openCliRig({
    env: {
      SMTP_URL: `smtp://127.0.0.1:${mail.port}`,
      EMAIL_FROM: "poolwise@example.com",
      EMAIL_RECIPIENTS: "finance@example.com, ops@example.com",
      WEBHOOK_URL: webhook.url,
      WEBHOOK_SECRET: "a signing secret of many characters",
      PUBLIC_URL: "https://poolwise.example.com",
    },
  });
  account = String(await addAccount(rig));
});
afterAll(async () => {
  await rig.close();
  await mail.close();
  webhook.close();
});

test("a-session-that-is-waited-for-has-told-of-its-end-when-the-command-ends", async () => {
  const started = ["session", "start", "--account", account, "--any-time", "--wait", "--json"];
  const view = JSON.parse((await rig.cli(started)).out) as SessionView;
  expect(view.status).toBe("COMPLETED");
  expect(mail.mails).toHaveLength(1);
  const [sent] = mail.mails;
  expect(Array.isArray(sent?.to) ? sent.to : sent?.to?.text).toBe("finance@example.com, ops@example.com");
  expect(sent?.html).toContain(
    `https://poolwise.example.com/objects/sessions/${view.id}/report.html?expires=`,
  );
  expect(webhook.calls).toHaveLength(1);
  const shown = JSON.parse((await rig.cli(["session", "show", view.id, "--json"])).out) as SessionView;
  expect(shown.notifications.map(({ channel, status, error }) => [channel, status, error])).toEqual([
    ["mail", "sent", null],
    ["webhook", "failed", "the receiver answered HTTP 400"],
  ]);
  const text = await rig.cli(["session", "show", view.id]);
  expect(text.out).toContain("The webhook could not be told: the receiver answered HTTP 400");
});

test("what-failed-is-listed-and-sent-again-by-the-next-worker-once-a-person-says-so", async () => {
  const listed = await rig.cli(["notifications", "list", "--json"]);
  const { notifications } = JSON.parse(listed.out) as { notifications: { id: string; status: string }[] };
  expect(notifications).toMatchObject([{ status: "failed" }]);
  const served = rig.start(["serve"]);
  await served.says(/answers at/);
  expect(await rig.cli(["notifications", "send", notifications[0]?.id ?? ""])).toMatchObject({ status: 0 });
  await vi.waitFor(() => expect(webhook.calls).toHaveLength(2), 30_000);
  const [first, second] = webhook.calls;
  expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
  expect(second?.body).toBe(first?.body);
  await served.says(/Notification sent/);
  expect((await rig.cli(["notifications", "list"])).out).toContain(
    "Nothing waits to be sent, and nothing failed.",
  );
  served.child.kill("SIGTERM");
  expect(await served.ended()).toMatchObject({ status: 0 });
  expect(mail.mails).toHaveLength(1);
});
