import { openMailer } from "../../adapters/mail-smtp/open-mailer.ts";
import type { Mailer } from "../../adapters/mail-smtp/open-mailer.ts";
import { openWebhook } from "../../adapters/webhook/open-webhook.ts";
import type { Notifiers } from "../../pipeline/notifications/notifiers.ts";
import type { Settings } from "../settings/definitions.ts";

type MailSettings = Pick<Settings, "SMTP_URL" | "EMAIL_FROM">;

/** Where mail is handed in; undefined where no mail is sent. */
export function mailerOf({ SMTP_URL, EMAIL_FROM }: MailSettings): Mailer | undefined {
  if (SMTP_URL === undefined || EMAIL_FROM === undefined) return undefined;
  return openMailer({ url: SMTP_URL.reveal(), from: EMAIL_FROM });
}

/** How this process tells of sessions. A tenant may have a webhook of its own, so the secret that signs decides. */
export function notifiersOf(
  settings: MailSettings & Pick<Settings, "EMAIL_RECIPIENTS" | "WEBHOOK_URL" | "WEBHOOK_SECRET">,
): Notifiers {
  const mailer = mailerOf(settings);
  const { EMAIL_RECIPIENTS: recipients = [], WEBHOOK_URL: url, WEBHOOK_SECRET: secret } = settings;
  return {
    ...(mailer && { mail: { mailer, recipients } }),
    ...(secret && { webhook: { webhook: openWebhook({ secret: secret.reveal() }), url } }),
  };
}
