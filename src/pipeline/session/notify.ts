import { addNotification } from "../../adapters/store/notifications.ts";
import type { Transaction } from "../../ports/database.ts";
import type { Json } from "../../ports/queue.ts";
import type { NotificationChannel, PipelineContext } from "../context.ts";

export type NotificationKind = "session-completed" | "session-failed" | "session-cancelled" | "invalid-plans";

/**
 * Decides, with the transaction it is about, that a session's end (one message a channel and session) or its invalid
 * plans (the webhook alone) are to be told.
 */
export async function notifySession(
  context: PipelineContext,
  within: Transaction,
  {
    tenantId,
    sessionId,
    kind,
    payload,
  }: { tenantId: number; sessionId: string; kind: NotificationKind; payload: Json },
): Promise<void> {
  const isEnd = kind !== "invalid-plans";
  const channels: readonly NotificationChannel[] = isEnd
    ? context.settings.channels
    : context.settings.channels.filter((channel) => channel === "webhook");
  for (const channel of channels) {
    const dedupKey = `${isEnd ? "session-end" : kind}:${sessionId}:${channel}`;
    await addNotification(within, { tenantId, sessionId, channel, kind, dedupKey, payload });
  }
}
