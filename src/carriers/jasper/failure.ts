import { PoolwiseError } from "../../billing/errors.ts";
import type { ErrorCode } from "../../billing/errors.ts";
import type { CallFailure } from "../call-failure.ts";
import { retryAfterMs } from "../retry-delay.ts";
import { apiError } from "./api-types.ts";
import { CARRIER_CODE, mendOf } from "./error-codes.ts";
import { clip } from "./quirks.ts";

/** What a message may say about a call: everything but the credentials. */
export interface CallPlace {
  readonly account: string;
  readonly host: string;
  /** Such as `GET /devices/{iccid}`. */
  readonly route: string;
  /** What was asked for, without credentials. */
  readonly asked: Readonly<Record<string, string>>;
}

export interface FailedAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** undefined where the body is not JSON. */
  readonly json: unknown;
}

interface Kind {
  readonly code: ErrorCode;
  readonly came: string;
  readonly mend: string;
  readonly transient?: boolean;
  readonly outage?: boolean;
  readonly refused?: boolean;
  readonly sent?: boolean;
  readonly carrierCode?: string | undefined;
  readonly status?: number | undefined;
  readonly retryAfterMs?: number | undefined;
}

function failureOf(place: CallPlace, kind: Kind): CallFailure {
  const { code, came, mend, carrierCode, status } = kind;
  const data: Record<string, unknown> = {
    account: place.account,
    host: place.host,
    route: place.route,
    asked: place.asked,
  };
  for (const [key, value] of Object.entries({ status, carrierCode, retryAfterMs: kind.retryAfterMs })) {
    if (value !== undefined) data[key] = value;
  }
  const asked = Object.entries(place.asked)
    .map(([key, value]) => `${key} ${value}`)
    .join(", ");
  const where = `Carrier account ${place.account}, ${place.route}${asked === "" ? "" : ` (${asked})`} at ${place.host}`;
  return {
    error: new PoolwiseError(code, `${where}: ${came}. ${mend}`, { data }),
    transient: kind.transient ?? false,
    outage: kind.outage ?? false,
    refused: kind.refused ?? false,
    sent: kind.sent ?? true,
    carrierCode,
    status,
    retryAfterMs: kind.retryAfterMs,
  };
}

/** Anything that is not a usable success: refusals, throttling, outages, and what is no API at all. */
export function fromFailedAnswer(place: CallPlace, answer: FailedAnswer, now: number): CallFailure {
  const { status } = answer;
  const said = apiError.safeParse(answer.json);
  const carrierCode = said.success && said.data.errorCode !== "" ? said.data.errorCode : undefined;
  const words = said.success && said.data.errorMessage !== "" ? `: "${clip(said.data.errorMessage)}"` : "";
  const came = `HTTP ${status}${carrierCode === undefined ? "" : `, code ${carrierCode}`}${words}`;
  const waitMs = retryAfterMs(answer.headers.get("retry-after"), now);
  const common = { came, carrierCode, status, retryAfterMs: waitMs };
  if (carrierCode === CARRIER_CODE.rateLimit || status === 429) {
    const mend =
      "The pace is more than the carrier allows, or somebody else uses the same account: lower the calls per second.";
    return failureOf(place, { ...common, code: "carrier-throttled", mend, transient: true, refused: true });
  }
  if (status === 401 || carrierCode === CARRIER_CODE.credentials) {
    const mend =
      "Check the user name and the API key (not the console's password), and whether the key has expired. Nothing more is sent with these credentials.";
    return failureOf(place, { ...common, code: "carrier-credentials", mend, refused: true });
  }
  if (status >= 500 || status === 408) {
    const mend = "The carrier has a fault or is under maintenance: the call is repeated later.";
    return failureOf(place, { ...common, code: "carrier-unreachable", mend, transient: true, outage: true });
  }
  if (status >= 300 && status < 400) {
    const target = clip(answer.headers.get("location") ?? "nowhere", 100);
    const mend =
      "Redirects are not followed, so that the key goes to one host alone: set the base URL to the API's own.";
    return failureOf(place, {
      ...common,
      code: "carrier-answer-invalid",
      came: `HTTP ${status}, a redirect to ${target}`,
      mend,
    });
  }
  if (!said.success || (carrierCode === undefined && words === "")) return notApi(place, answer);
  return failureOf(place, { ...common, code: "carrier-refused", mend: mendOf(carrierCode), refused: true });
}

function notApi(place: CallPlace, answer: FailedAnswer): CallFailure {
  const page = /^\s*<(!doctype html|html)/i.test(answer.text);
  const what = page ? "a web page" : answer.text === "" ? "an empty answer" : `"${clip(answer.text, 80)}"`;
  return failureOf(place, {
    code: "carrier-answer-invalid",
    came: `HTTP ${answer.status} with ${what} where the API's JSON is expected`,
    mend: "Check the base URL: the API's host is not the console's.",
    status: answer.status,
  });
}

/** A success whose body cannot be used. */
export function fromUnusableAnswer(
  place: CallPlace,
  answer: FailedAnswer,
  why: string | undefined,
): CallFailure {
  if (why === undefined) return { ...notApi(place, answer), transient: true };
  return failureOf(place, {
    code: "carrier-answer-invalid",
    came: `HTTP ${answer.status} with an answer that is not as documented (${clip(why, 300)})`,
    mend: "The call was repeated and the answer stayed so: show this message to the carrier.",
    transient: true,
    status: answer.status,
  });
}

export function fromNoAnswer(place: CallPlace, reason: string, sent: boolean): CallFailure {
  const mend = "Check the base URL, the network and the carrier's status; the call is repeated later.";
  return failureOf(place, {
    code: "carrier-unreachable",
    came: reason,
    mend,
    transient: true,
    outage: true,
    sent,
  });
}

export function fromOpenBreaker(place: CallPlace, forMs: number): CallFailure {
  return failureOf(place, {
    code: "carrier-unreachable",
    came: `not called, because the last calls all failed; it is tried again in ${Math.ceil(forMs / 1000)} s`,
    mend: "Check the network and the carrier's status.",
    sent: false,
    retryAfterMs: forMs,
  });
}

export function fromNoTurn(place: CallPlace, waitedMs: number): CallFailure {
  return failureOf(place, {
    code: "carrier-throttled",
    came: `no turn to call within ${Math.ceil(waitedMs / 1000)} s`,
    mend: "Other work uses up this account's calls per second, or the account is on hold after failures: it is tried again later.",
    sent: false,
    retryAfterMs: 5_000,
  });
}

/** The carrier's answers, one by one usable, do not make sense together. */
export function contradiction(place: CallPlace, came: string, mend: string, cursor?: string): PoolwiseError {
  const { error } = failureOf(place, { code: "carrier-answer-invalid", came, mend });
  return new PoolwiseError(error.code, error.message, {
    data: { ...error.data, ...(cursor === undefined ? {} : { cursor }) },
  });
}
