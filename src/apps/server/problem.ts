import type { FastifyReply } from "fastify";
import type { ErrorCode } from "../../billing/errors.ts";
import { ERROR_CODES, PoolwiseError } from "../../billing/errors.ts";

/** Where the exit status of a code says too little for HTTP. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  "not-found": 404,
  "object-missing": 404,
  "link-invalid": 403,
  "message-too-large": 500,
  "window-closed": 409,
  "session-running": 409,
  "database-unavailable": 503,
  "database-timeout": 503,
  "database-conflict": 503,
  "database-full": 503,
  "object-store-failed": 503,
  "settings-invalid": 500,
  "database-locked": 503,
  "database-too-new": 503,
  "database-not-migrated": 503,
};

const statusOf = (code: ErrorCode): number => STATUS[code] ?? (ERROR_CODES[code].exit === 2 ? 400 : 500);

/** Any error as one of ours: what the framework refused is the caller's, anything else a fault in Poolwise. */
export function fromThrown(error: unknown): PoolwiseError {
  if (error instanceof PoolwiseError) return error;
  const status = error instanceof Error && "statusCode" in error ? Number(error.statusCode) : 500;
  if (status >= 400 && status < 500 && error instanceof Error)
    return new PoolwiseError("request-invalid", error.message, { cause: error, data: { status } });
  return new PoolwiseError("internal-error", "The request failed.", { cause: error });
}

/** Answers with an RFC 9457 problem document. What it says of a fault in Poolwise stands in the log alone. */
export async function sendProblem(reply: FastifyReply, error: PoolwiseError): Promise<void> {
  const given = error.code === "request-invalid" ? Number(error.data["status"]) : Number.NaN;
  const status = Number.isInteger(given) ? given : statusOf(error.code);
  await reply
    .code(status)
    .header("cache-control", "no-store")
    .type("application/problem+json; charset=utf-8")
    .send(
      JSON.stringify({
        type: "about:blank",
        title: ERROR_CODES[error.code].title,
        status,
        detail: error.code === "internal-error" ? "See the log of the server." : error.message,
        code: error.code,
        ...(error.faults.length > 0 && { faults: error.faults }),
      }),
    );
}
