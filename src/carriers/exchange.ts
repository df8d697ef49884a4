import { decodeBody } from "./decode-body.ts";

/** One HTTP request, sent once. */
export interface Exchange {
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** From sending to the last byte of the answer. */
  readonly timeoutMs: number;
  readonly maxBodyBytes: number;
  readonly signal?: AbortSignal | undefined;
}

export type ExchangeResult =
  | { readonly answered: true; readonly status: number; readonly headers: Headers; readonly text: string }
  /** Whether the carrier acted on the request is not known, unless `sent` is false. */
  | { readonly answered: false; readonly sent: boolean; readonly reason: string };

/** Sends once and reads the whole answer. Redirects are not followed: credentials go to the configured host alone. */
export async function exchange(request: Exchange): Promise<ExchangeResult> {
  const timeout = AbortSignal.timeout(request.timeoutMs);
  const signal = request.signal === undefined ? timeout : AbortSignal.any([timeout, request.signal]);
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers: { ...request.headers },
      redirect: "manual",
      signal,
      ...(request.body === undefined ? {} : { body: request.body }),
    });
    const bytes = await readAtMost(response, request.maxBodyBytes);
    if (bytes === undefined) {
      return {
        answered: false,
        sent: true,
        reason: `the answer is longer than ${request.maxBodyBytes} bytes`,
      };
    }
    const text = decodeBody(bytes, response.headers.get("content-type"));
    return { answered: true, status: response.status, headers: response.headers, text };
  } catch (error) {
    request.signal?.throwIfAborted();
    if (timeout.aborted)
      return { answered: false, sent: true, reason: `no answer within ${request.timeoutMs / 1000} s` };
    return { answered: false, ...networkReason(error) };
  }
}

async function readAtMost(response: Response, maxBytes: number): Promise<Uint8Array | undefined> {
  if (response.body === null) return new Uint8Array();
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body as unknown as AsyncIterable<Uint8Array>) {
    size += part.length;
    if (size > maxBytes) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts, size);
}

const BEFORE_SENDING: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection was refused",
  ENOTFOUND: "the host name is not known",
  EAI_AGAIN: "the host name could not be looked up",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "the network cannot be reached",
  ECONNRESET: "the connection was reset",
  EPIPE: "the connection was closed while sending",
  UND_ERR_SOCKET: "the connection was closed before the answer was complete",
  UND_ERR_CONNECT_TIMEOUT: "the connection could not be opened in time",
  UND_ERR_HEADERS_TIMEOUT: "the answer did not begin in time",
  UND_ERR_BODY_TIMEOUT: "the answer did not end in time",
};

function networkReason(error: unknown): { sent: boolean; reason: string } {
  const code = codeOf(error);
  if (code === undefined) return { sent: true, reason: "the connection failed" };
  const certificate = /CERT|TLS|SSL|SELF_SIGNED|ALTNAME/.test(code);
  const reason =
    WORDS[code] ??
    (certificate ? `the host's certificate was not accepted (${code})` : `the connection failed (${code})`);
  return { sent: !BEFORE_SENDING.has(code) && !certificate, reason };
}

/** The system's code stands on the error, its cause, or the first of several attempts. */
function codeOf(error: unknown): string | undefined {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; depth++) {
    if ("code" in at && typeof at.code === "string") return at.code;
    at = at instanceof AggregateError ? at.errors[0] : at.cause;
  }
  return undefined;
}
