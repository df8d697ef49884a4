import { setTimeout as sleep } from "node:timers/promises";
import type { z } from "zod";
import { PoolwiseError } from "../../billing/errors.ts";
import type { Pace } from "../../ports/pace.ts";
import { BREAKER_TERMS, createBreaker } from "../breaker.ts";
import type { Breaker, BreakerTerms } from "../breaker.ts";
import type { CallFailure, CallResult } from "../call-failure.ts";
import { parseExactJson } from "../decode-body.ts";
import { exchange } from "../exchange.ts";
import { RETRY_TERMS, retryDelayMs } from "../retry-delay.ts";
import type { RetryTerms } from "../retry-delay.ts";
import {
  fromFailedAnswer,
  fromNoAnswer,
  fromNoTurn,
  fromOpenBreaker,
  fromUnusableAnswer,
} from "./failure.ts";
import type { CallPlace } from "./failure.ts";
import type { JasperSettings } from "./settings.ts";

export interface ApiCall<Schema extends z.ZodType> {
  readonly method: "GET" | "PUT";
  /** `/devices/{iccid}`: what stands in braces is filled from `path`, encoded. */
  readonly route: string;
  readonly path?: Readonly<Record<string, string>> | undefined;
  readonly query?: Readonly<Record<string, string | undefined>> | undefined;
  readonly body?: unknown;
  readonly schema: Schema;
  readonly signal?: AbortSignal | undefined;
}

export interface JasperClientOptions {
  readonly settings: JasperSettings;
  readonly pace: Pace;
  readonly now?: (() => number) | undefined;
  readonly random?: (() => number) | undefined;
  readonly retry?: RetryTerms | undefined;
  readonly breaker?: BreakerTerms | undefined;
  /** Told of every sending, for logs and metrics. Carries no credentials. */
  readonly onCall?: ((event: CallEvent) => void) | undefined;
}

export interface CallEvent {
  readonly account: string;
  readonly route: string;
  readonly attempt: number;
  readonly milliseconds: number;
  /** "ok", or the code of the error. */
  readonly outcome: string;
  readonly carrierCode: string | undefined;
}

/** How often an answer that cannot be read is asked for again. */
const UNUSABLE_ATTEMPTS = 3;
/** The carrier measures its pace in windows of one second. */
const THROTTLE_HOLD_MS = 1_000;
/** A shorter key would be found everywhere. */
const SHORTEST_REDACTED = 6;

/** Control Center over HTTP: paced, guarded, classified. Repeats only what may be repeated. */
export class JasperClient {
  readonly settings: JasperSettings;
  readonly #options: JasperClientOptions;
  readonly #now: () => number;
  readonly #retry: RetryTerms;
  readonly #breaker: Breaker<CallResult<unknown>>;
  readonly #authorization: string;
  #locked: CallFailure | undefined;

  constructor(options: JasperClientOptions) {
    const { settings } = options;
    this.settings = settings;
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#retry = options.retry ?? RETRY_TERMS;
    this.#authorization = `Basic ${Buffer.from(`${settings.username}:${settings.apiKey}`, "utf8").toString("base64")}`;
    this.#breaker = createBreaker(
      (result: CallResult<unknown>) => !result.ok && result.failure.outage,
      (forMs) => void options.pace.hold(settings.account, forMs),
      options.breaker ?? BREAKER_TERMS,
    );
  }

  /** How long to wait after failed attempt 1, 2, … */
  delayMs(attempt: number, askedMs: number | undefined): number {
    return retryDelayMs(this.#retry, attempt, askedMs, this.#options.random ?? Math.random);
  }

  nowMs(): number {
    return this.#now();
  }

  placeOf(call: Pick<ApiCall<z.ZodType>, "method" | "route" | "path" | "query">): CallPlace {
    const asked: Record<string, string> = { ...call.path };
    for (const [key, value] of Object.entries(call.query ?? {})) if (value !== undefined) asked[key] = value;
    return {
      account: this.settings.account,
      host: this.settings.baseUrl.host,
      route: `${call.method} ${call.route}`,
      asked,
    };
  }

  /** @throws PoolwiseError `carrier-…` after the last attempt. */
  async read<Schema extends z.ZodType>(
    call: ApiCall<Schema> & { readonly method: "GET" },
  ): Promise<z.output<Schema>> {
    const result = await this.request(call);
    if (result.ok) return result.value;
    throw result.failure.error;
  }

  /** As `read`, with the failure as a value. @throws only where the caller's signal is aborted. */
  async request<Schema extends z.ZodType>(
    call: ApiCall<Schema> & { readonly method: "GET" },
  ): Promise<CallResult<z.output<Schema>>> {
    const begunMs = performance.now();
    let unusable = 0;
    for (let attempt = 1; ; attempt++) {
      const result = await this.send(call, attempt, this.#retry.budgetMs - (performance.now() - begunMs));
      if (result.ok || !result.failure.transient) return counted(result, attempt);
      if (result.failure.error.code === "carrier-answer-invalid") unusable++;
      if (attempt >= this.#retry.attempts || unusable >= UNUSABLE_ATTEMPTS) return counted(result, attempt);
      const waitMs = this.delayMs(attempt, result.failure.retryAfterMs);
      if (performance.now() - begunMs + waitMs > this.#retry.budgetMs) return counted(result, attempt);
      await sleep(waitMs, undefined, { signal: call.signal }).catch(() => call.signal?.throwIfAborted());
    }
  }

  /** Sends once, in its turn. For calls that must not be repeated blindly. */
  async send<Schema extends z.ZodType>(
    call: ApiCall<Schema>,
    attempt = 1,
    maxWaitMs = this.#retry.budgetMs,
  ): Promise<CallResult<z.output<Schema>>> {
    if (this.#locked !== undefined) return { ok: false, failure: { ...this.#locked, sent: false } };
    const place = this.placeOf(call);
    const guarded = await this.#breaker.run(() => this.#inTurn(call, place, attempt, maxWaitMs));
    if (guarded.open) return { ok: false, failure: fromOpenBreaker(place, guarded.forMs) };
    return guarded.value as CallResult<z.output<Schema>>;
  }

  async #inTurn(
    call: ApiCall<z.ZodType>,
    place: CallPlace,
    attempt: number,
    maxWaitMs: number,
  ): Promise<CallResult<unknown>> {
    const { account, callsPerSecond, concurrency, timeoutMs } = this.settings;
    const limits = { callsPerSecond, concurrency };
    const leaseMs = timeoutMs + 30_000;
    const slot = await this.#options.pace.acquire(account, limits, {
      signal: call.signal,
      maxWaitMs,
      leaseMs,
    });
    if (slot === undefined) return { ok: false, failure: fromNoTurn(place, maxWaitMs) };
    const begunMs = performance.now();
    try {
      const result =
        this.#locked === undefined
          ? await this.#exchange(call, place)
          : ({ ok: false, failure: this.#locked } as const);
      await this.#learn(result);
      this.#report(place, attempt, begunMs, result);
      return result;
    } finally {
      await slot.release();
    }
  }

  /** What every later call must know, in this process and, through the pace, in others. */
  async #learn(result: CallResult<unknown>): Promise<void> {
    if (result.ok) return;
    const { error, retryAfterMs } = result.failure;
    if (error.code === "carrier-credentials") this.#locked = result.failure;
    if (error.code === "carrier-throttled")
      await this.#options.pace.hold(this.settings.account, retryAfterMs ?? THROTTLE_HOLD_MS);
  }

  async #exchange(call: ApiCall<z.ZodType>, place: CallPlace): Promise<CallResult<unknown>> {
    const answer = await exchange({
      method: call.method,
      url: this.#urlOf(call),
      headers: {
        accept: "application/json",
        authorization: this.#authorization,
        ...(call.body === undefined ? {} : { "content-type": "application/json" }),
      },
      body: call.body === undefined ? undefined : JSON.stringify(call.body),
      timeoutMs: this.settings.timeoutMs,
      maxBodyBytes: this.settings.maxBodyBytes,
      signal: call.signal,
    });
    if (!answer.answered) return { ok: false, failure: fromNoAnswer(place, answer.reason, answer.sent) };
    if (answer.status < 200 || answer.status >= 300) {
      const text = this.#redact(answer.text);
      return {
        ok: false,
        failure: fromFailedAnswer(place, { ...answer, text, json: readJson(text)?.value }, this.#now()),
      };
    }
    const json = readJson(answer.text);
    const parsed = json === undefined ? undefined : call.schema.safeParse(json.value);
    if (parsed?.success !== true) {
      const why = parsed === undefined ? brokenJson(answer.text) : issuesOf(parsed.error);
      const text = this.#redact(answer.text);
      return {
        ok: false,
        failure: fromUnusableAnswer(place, { ...answer, text, json: undefined }, why && this.#redact(why)),
      };
    }
    return {
      ok: true,
      value: parsed.data,
      answeredAt: new Date(this.#now()),
      carrierTime: dateOf(answer.headers),
    };
  }

  #urlOf(call: ApiCall<z.ZodType>): URL {
    const url = new URL(this.settings.baseUrl);
    const path = call.route.replace(/\{(\w+)\}/g, (_whole, name: string) =>
      encodeURIComponent(call.path?.[name] ?? ""),
    );
    url.pathname = `${url.pathname}${path}`;
    for (const [key, value] of Object.entries(call.query ?? {}))
      if (value !== undefined) url.searchParams.set(key, value);
    return url;
  }

  /** A server that echoes what it was sent does not get the key into a message. */
  #redact(text: string): string {
    const { apiKey } = this.settings;
    const safe = text.replaceAll(this.#authorization.slice("Basic ".length), "[key]");
    return apiKey.length < SHORTEST_REDACTED ? safe : safe.replaceAll(apiKey, "[key]");
  }

  #report(place: CallPlace, attempt: number, begunMs: number, result: CallResult<unknown>): void {
    this.#options.onCall?.({
      account: place.account,
      route: place.route,
      attempt,
      milliseconds: performance.now() - begunMs,
      outcome: result.ok ? "ok" : result.failure.error.code,
      carrierCode: result.ok ? undefined : result.failure.carrierCode,
    });
  }
}

function readJson(text: string): { value: unknown } | undefined {
  try {
    return { value: parseExactJson(text) };
  } catch {
    return undefined;
  }
}

/** undefined: no JSON at all, which points to a wrong address. */
function brokenJson(text: string): string | undefined {
  return /^\s*[[{]/.test(text) ? "JSON that breaks off or is malformed" : undefined;
}

function issuesOf(error: z.ZodError): string {
  return error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join(".") || "the answer"}: ${issue.message}`)
    .join("; ");
}

function dateOf(headers: Headers): Date | undefined {
  const at = Date.parse(headers.get("date") ?? "");
  return Number.isNaN(at) ? undefined : new Date(at);
}

function counted<T>(result: CallResult<T>, attempts: number): CallResult<T> {
  if (result.ok || attempts === 1) return result;
  const { code, message, data } = result.failure.error;
  const error = new PoolwiseError(code, `${message} Tried ${attempts} times.`, {
    data: { ...data, attempts },
  });
  return { ok: false, failure: { ...result.failure, error } };
}
