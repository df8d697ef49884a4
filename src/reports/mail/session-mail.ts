import { periodText } from "../titles.ts";
import { completedMail } from "./completed-mail.ts";
import { cancelledMail, failedMail } from "./ended-mail.ts";
import { mailHtml } from "./mail-html.ts";
import { mailText } from "./mail-text.ts";
import type { MailContent } from "./mail-content.ts";
import type { MailedSession } from "./mailed-session.ts";
import { plainName } from "./plain-name.ts";

/** How a session ended, as a mail: HTML that needs nothing from outside, and the same in plain text. */
export function sessionMail(session: MailedSession): {
  readonly subject: string;
  readonly html: string;
  readonly text: string;
} {
  const content = contentOf(session);
  return { subject: content.subject, html: mailHtml(content), text: mailText(content) };
}

function contentOf(session: MailedSession): MailContent {
  const { account, period, endedAt, id } = session;
  return {
    ...said(session),
    title: plainName(account.name),
    subtitle: `${periodText(period)} · ended ${endedAt}`,
    footer: [
      `Session ${id}, carrier account ${account.id}. Nothing was sent to the carrier.`,
      "You get this mail because Poolwise was set up to tell you how sessions end.",
    ],
  };
}

function said(
  session: MailedSession,
): Pick<MailContent, "subject" | "preview" | "headline" | "lead" | "blocks"> {
  const { ending } = session;
  if (ending.kind === "completed") return completedMail(session, ending);
  return ending.kind === "failed" ? failedMail(session, ending) : cancelledMail(session, ending);
}
