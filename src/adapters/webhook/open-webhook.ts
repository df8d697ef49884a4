import { createHmac, timingSafeEqual } from "node:crypto";

export interface WebhookOptions {
  /** Signs; shared with whoever receives. As text, or `whsec_` and base64 as the specification has it. */
  readonly secret: string;
  /** Default 15,000. */
  readonly timeoutMs?: number;
  readonly now?: () => number;
}

export interface WebhookCall {
  readonly url: string;
  /** The same for each attempt at one call: a receiver that has seen it ignores the next. */
  readonly id: string;
  /** JSON text, sent and signed as it is. */
  readonly body: string;
}

export type WebhookOutcome =
  | { readonly kind: "sent"; readonly reference: string }
  | { readonly kind: "retry"; readonly error: string; readonly afterSeconds: number | undefined }
  | { readonly kind: "refused"; readonly error: string };

export interface Webhook {
  post(call: WebhookCall): Promise<WebhookOutcome>;
}

/** Answers after which another attempt makes sense; 4xx otherwise says that the call itself is not wanted. */
const LATER = new Set([408, 409, 425, 429]);
const GONE = 410;
const LONGEST_PAUSE_SECONDS = 3_600;

/**
 * Calls a webhook as the Standard Webhooks specification has it: `webhook-id`, `webhook-timestamp` (seconds) and
 * `webhook-signature`, which is `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`.
 */
export function openWebhook({ secret, timeoutMs = 15_000, now = Date.now }: WebhookOptions): Webhook {
  return {
    async post({ url, id, body }) {
      const address = URL.parse(url);
      if (address === null || address.username !== "" || address.password !== "")
        return {
          kind: "refused",
          error: "the address cannot be called: it is none, or has a user name in it",
        };
      const timestamp = Math.floor(now() / 1_000);
      const headers = {
        "content-type": "application/json",
        "user-agent": "Poolwise",
        "webhook-id": id,
        "webhook-timestamp": String(timestamp),
        "webhook-signature": signatureOf(secret, id, timestamp, body),
      };
      try {
        const signal = AbortSignal.timeout(timeoutMs);
        // A redirect would carry signed content to an address nobody chose.
        const answer = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal });
        await answer.body?.cancel();
        return outcomeOf(answer, now());
      } catch (error) {
        return { kind: "retry", error: reasonOf(error), afterSeconds: undefined };
      }
    },
  };
}

export function signatureOf(secret: string, id: string, timestampSeconds: number, body: string): string {
  const digest = createHmac("sha256", keyOf(secret))
    .update(`${id}.${timestampSeconds}.${body}`)
    .digest("base64");
  return `v1,${digest}`;
}

const keyOf = (secret: string): string | Buffer =>
  secret.startsWith("whsec_") ? Buffer.from(secret.slice("whsec_".length), "base64") : secret;

/** What a receiver checks: the signature, and that the call is not an old one sent again. */
export function isSignatureValid(
  secret: string,
  call: {
    readonly id: string;
    readonly timestampSeconds: number;
    readonly body: string;
    readonly signature: string;
  },
  nowMs: number,
  toleranceSeconds = 300,
): boolean {
  const { id, timestampSeconds, body, signature } = call;
  if (Math.abs(nowMs / 1_000 - timestampSeconds) > toleranceSeconds) return false;
  const expected = Buffer.from(signatureOf(secret, id, timestampSeconds, body));
  const given = Buffer.from(signature);
  return expected.length === given.length && timingSafeEqual(expected, given);
}

function outcomeOf(answer: Response, nowMs: number): WebhookOutcome {
  const { status } = answer;
  if (answer.ok) return { kind: "sent", reference: `HTTP ${status}` };
  const error = `the receiver answered HTTP ${status}`;
  if (status === GONE || (status < 500 && !LATER.has(status))) return { kind: "refused", error };
  return { kind: "retry", error, afterSeconds: askedSeconds(answer.headers.get("retry-after"), nowMs) };
}

/** `Retry-After` in seconds or as a date. */
function askedSeconds(header: string | null, nowMs: number): number | undefined {
  const text = header?.trim() ?? "";
  const after = /^\d+$/.test(text) ? Number(text) : Math.ceil((Date.parse(text) - nowMs) / 1_000);
  return after >= 0 ? Math.min(after, LONGEST_PAUSE_SECONDS) : undefined;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  const code = cause instanceof Error && "code" in cause ? ` (${String(cause.code)})` : "";
  return `the receiver cannot be reached: ${error.message}${code}`;
}
