import { setTimeout as sleep } from "node:timers/promises";
import type {
  Channel,
  ClaimedNotification,
  NotificationOutcome,
} from "../../adapters/store/notifications.ts";
import { claimNotifications, settleNotification } from "../../adapters/store/notifications.ts";
import { PoolwiseError } from "../../billing/errors.ts";
import { deliverMail } from "./deliver-mail.ts";
import { deliverWebhook } from "./deliver-webhook.ts";
import type { Notifiers } from "./notifiers.ts";
import { readTenant } from "./read-tenant.ts";
import { retryOrGiveUp } from "./retry-rule.ts";
import type { SenderContext } from "./sender-context.ts";

/** How many are under way at once, so that one slow receiver does not hold up the others. */
const AT_ONCE = 4;
/** Until content is handed over, a sender that dies only costs this time. */
const CLAIM_SECONDS = 120;

/**
 * Sends what is due on the channels that this process has, and says what became of each. Any number of senders may do
 * so at once.
 * @param holder names this sender, and no other that ever was.
 * @returns how many were taken up.
 */
export async function sendNotifications(context: SenderContext, holder: string): Promise<number> {
  const { notifiers } = context;
  if (notifiers === undefined) return 0;
  const channels = channelsOf(notifiers);
  if (channels.length === 0) return 0;
  for (let taken = 0; ;) {
    const claim = { holder, channels, limit: AT_ONCE, seconds: CLAIM_SECONDS };
    const claimed = await claimNotifications(context.db, claim);
    if (claimed.length === 0) return taken;
    await context.fault?.("notify:claimed");
    await Promise.all(claimed.map(async (each) => sendOne(context, notifiers, each, holder)));
    taken += claimed.length;
  }
}

function channelsOf({ mail, webhook }: Notifiers): Channel[] {
  return [...(mail ? (["mail"] as const) : []), ...(webhook ? (["webhook"] as const) : [])];
}

async function sendOne(
  context: SenderContext,
  notifiers: Notifiers,
  notification: ClaimedNotification,
  holder: string,
): Promise<void> {
  const outcome = await deliver(context, notifiers, notification, holder).catch((error: unknown) =>
    retryOrGiveUp(notification, { error: textOf(error) }),
  );
  await context.fault?.("notify:delivered");
  await settle(context, notification, holder, outcome);
}

async function deliver(
  context: SenderContext,
  notifiers: Notifiers,
  notification: ClaimedNotification,
  holder: string,
): Promise<NotificationOutcome> {
  const tenant = await readTenant(context.db, notification.tenantId, notifiers);
  const { mail, webhook } = notifiers;
  if (notification.channel === "mail" && mail !== undefined)
    return await deliverMail(context, mail, notification, tenant, holder);
  if (notification.channel === "webhook" && webhook !== undefined)
    return await deliverWebhook(webhook, notification, tenant);
  throw new PoolwiseError("internal-error", `Nothing here sends ${notification.channel} notifications.`);
}

/** A database that is away for a moment must not make a sent mail uncertain or a webhook's call come twice. */
const SETTLE_PAUSES_MS = [100, 300, 1_000, 3_000, 10_000];

async function settle(
  context: SenderContext,
  notification: ClaimedNotification,
  holder: string,
  outcome: NotificationOutcome,
): Promise<void> {
  for (const pauseMs of [...SETTLE_PAUSES_MS, undefined]) {
    try {
      const isOurs = await settleNotification(context.db, notification.id, holder, outcome);
      return report(context, notification, outcome, isOurs);
    } catch (error) {
      if (pauseMs === undefined) return unsettled(context, notification, outcome, error);
      await sleep(pauseMs);
    }
  }
}

function report(
  { log, metrics }: SenderContext,
  { id, tenantId, sessionId, channel, kind, attempts }: ClaimedNotification,
  outcome: NotificationOutcome,
  isOurs: boolean,
): void {
  const about = { notification: id, tenantId, sessionId, channel, kind, attempts, outcome: outcome.kind };
  if (!isOurs) return log.warn(about, "Another sender has taken this notification over");
  metrics.count("notifications", 1, { channel, outcome: outcome.kind });
  if (outcome.kind === "sent") log.info({ ...about, answer: outcome.reference }, "Notification sent");
  else if (outcome.kind === "skipped") log.info({ ...about, error: outcome.error }, "Nobody is to be told");
  else if (outcome.kind === "retry")
    log.warn(
      { ...about, afterSeconds: outcome.afterSeconds, error: outcome.error },
      "Notification is tried again",
    );
  else log.error({ ...about, error: outcome.error }, SAID[outcome.kind]);
}

const SAID = {
  failed: "A notification could not be sent and is given up",
  uncertain: "A mail may or may not have been sent; it is not sent again",
} as const;

function unsettled(
  { log }: SenderContext,
  { id, channel }: ClaimedNotification,
  outcome: NotificationOutcome,
  error: unknown,
): void {
  const about = { notification: id, channel, outcome: outcome.kind, error };
  log.error(about, "What became of a notification could not be recorded");
}

function textOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/\s+/g, " ").slice(0, 300);
}
