import type { ClaimedNotification, NotificationOutcome } from "../../adapters/store/notifications.ts";
import type { Notifiers } from "./notifiers.ts";
import type { NotifiedTenant } from "./read-tenant.ts";
import { retryOrGiveUp } from "./retry-rule.ts";
import { webhookBody } from "./webhook-body.ts";

/** Calls the tenant's webhook. At least once: a receiver knows a repeat by its `webhook-id`. */
export async function deliverWebhook(
  { webhook }: NonNullable<Notifiers["webhook"]>,
  notification: ClaimedNotification,
  tenant: NotifiedTenant,
): Promise<NotificationOutcome> {
  const { webhookUrl: url } = tenant;
  if (url === undefined) return { kind: "skipped", error: `tenant ${tenant.name} has no webhook` };
  const outcome = await webhook.post({ url, id: notification.id, body: webhookBody(notification, tenant) });
  if (outcome.kind === "sent") return outcome;
  if (outcome.kind === "refused") return { kind: "failed", error: outcome.error };
  return retryOrGiveUp(notification, { error: outcome.error, askedSeconds: outcome.afterSeconds });
}
