import type { ClaimedNotification } from "../../adapters/store/notifications.ts";
import type { NotifiedTenant } from "./read-tenant.ts";

/** What a webhook is sent: the same text at each attempt. docs/notifications.md has the fields. */
export function webhookBody(
  { id, kind, createdAt, payload }: Pick<ClaimedNotification, "id" | "kind" | "createdAt" | "payload">,
  tenant: Pick<NotifiedTenant, "name">,
): string {
  return JSON.stringify({
    id,
    type: TYPES[kind] ?? kind,
    timestamp: createdAt.toISOString(),
    tenant: tenant.name,
    data: payload,
  });
}

/** In the manner of the Standard Webhooks specification: what it is about, a point, what happened. */
const TYPES: Readonly<Record<string, string>> = {
  "session-completed": "session.completed",
  "session-failed": "session.failed",
  "session-cancelled": "session.cancelled",
  "invalid-plans": "rate_plans.invalid",
};
