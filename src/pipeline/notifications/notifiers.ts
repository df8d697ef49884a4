import type { Mailer } from "../../adapters/mail-smtp/open-mailer.ts";
import type { Webhook } from "../../adapters/webhook/open-webhook.ts";

/** How this process tells people and systems outside. What it has no means for, it leaves to others. */
export interface Notifiers {
  readonly mail?: {
    readonly mailer: Mailer;
    /** EMAIL_RECIPIENTS: of the default tenant alone. */
    readonly recipients: readonly string[];
  };
  readonly webhook?: {
    readonly webhook: Webhook;
    /** WEBHOOK_URL: of the default tenant alone. */
    readonly url: string | undefined;
  };
}
