import type { Mail, MailOutcome } from "../../adapters/mail-smtp/open-mailer.ts";
import type { ClaimedNotification, NotificationOutcome } from "../../adapters/store/notifications.ts";
import { noteHandingOver } from "../../adapters/store/notifications.ts";
import { PoolwiseError } from "../../billing/errors.ts";
import { sessionMail } from "../../reports/mail/session-mail.ts";
import { mailedReports } from "./mailed-reports.ts";
import type { Notifiers } from "./notifiers.ts";
import { readEndedSession, toMailedSession } from "./read-mailed-session.ts";
import type { NotifiedTenant } from "./read-tenant.ts";
import { retryOrGiveUp } from "./retry-rule.ts";
import type { SenderContext } from "./sender-context.ts";

/** How long handing over the content may take before others count the mail as uncertain. */
const HAND_OVER_SECONDS = 300;

/**
 * Hands a session's mail in, at most once: a mail has no key by which a receiver drops a second one. Where its content
 * was on its way and nobody knows what became of it, it is `uncertain`, for a person to look after.
 */
export async function deliverMail(
  context: SenderContext,
  { mailer }: NonNullable<Notifiers["mail"]>,
  notification: ClaimedNotification,
  tenant: NotifiedTenant,
  holder: string,
): Promise<NotificationOutcome> {
  const { id, uncertain } = notification;
  if (uncertain) return notKnown(id, "its sender ended while the mail server was taking it");
  if (tenant.recipients.length === 0)
    return { kind: "skipped", error: `tenant ${tenant.name} has no mail recipients` };
  const handOver = async (): Promise<void> => {
    await context.fault?.("notify:before-content");
    if (!(await noteHandingOver(context.db, id, holder, HAND_OVER_SECONDS)))
      throw new Error("another sender has this mail");
  };
  const outcome = await mailer.send(await compose(context, notification, tenant, "attached"), handOver);
  if (outcome.kind !== "refused" || !outcome.isTooLarge) return toNotificationOutcome(notification, outcome);
  const shorter = await compose(context, notification, tenant, "left");
  return toNotificationOutcome(notification, await mailer.send(shorter, handOver));
}

async function compose(
  context: SenderContext,
  { id, sessionId, tenantId }: ClaimedNotification,
  { recipients }: NotifiedTenant,
  workbook: "attached" | "left",
): Promise<Mail> {
  if (sessionId === null)
    throw new PoolwiseError("internal-error", `Notification ${id} is a mail about no session.`);
  const session = await readEndedSession(context.db, { sessionId, tenantId });
  const reports = await mailedReports(context, sessionId, workbook);
  const { attachments } = reports;
  return {
    ...sessionMail(toMailedSession(session, reports)),
    to: recipients,
    id: `poolwise.${id}`,
    attachments,
  };
}

function toNotificationOutcome(notification: ClaimedNotification, outcome: MailOutcome): NotificationOutcome {
  if (outcome.kind === "sent") return { kind: "sent", reference: takenBy(outcome) };
  if (outcome.kind === "refused") return { kind: "failed", error: outcome.error };
  if (outcome.kind === "unknown") return notKnown(notification.id, outcome.error);
  return retryOrGiveUp(notification, { error: outcome.error });
}

/** The server's answer, and whom it did not take the mail for: the others have it, so it is not sent again. */
function takenBy({ reference, rejected }: Extract<MailOutcome, { kind: "sent" }>): string {
  return rejected.length === 0 ? reference : `${reference}; not for ${rejected.join(", ")}`;
}

function notKnown(id: string, why: string): NotificationOutcome {
  return {
    kind: "uncertain",
    error: `${why}; ask the recipients whether the mail with Message-ID poolwise.${id} came; if not: poolwise notifications send ${id}`,
  };
}
