import { PoolwiseError } from "../../billing/errors.ts";
import type { ErrorCode } from "../../billing/errors.ts";

/** What drivers put on the errors of a PostgreSQL server. */
interface ServerError {
  readonly code?: unknown;
  readonly constraint?: unknown;
  readonly table?: unknown;
  readonly column?: unknown;
  readonly detail?: unknown;
  readonly hint?: unknown;
}

const NETWORK = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOENT",
]);
const LOST =
  /connection (terminated|ended)|terminating connection|server closed the connection|Client has encountered a connection error|Client was closed|Cannot use a pool after/i;

function codeOf(sqlState: string, message: string): ErrorCode {
  if (
    NETWORK.has(sqlState) ||
    /^(08|57P0|28)/.test(sqlState) ||
    sqlState === "53300" ||
    sqlState === "3D000"
  ) {
    return "database-unavailable";
  }
  if (sqlState === "57014" || sqlState === "55P03" || sqlState === "25P03") return "database-timeout";
  if (sqlState === "40001" || sqlState === "40P01") return "database-conflict";
  if (sqlState.startsWith("53") || sqlState === "58030" || sqlState === "ENOSPC") return "database-full";
  if (/timeout exceeded when trying to connect/i.test(message)) return "database-timeout";
  if (sqlState === "" && LOST.test(message)) return "database-unavailable";
  return "database-refused";
}

const ADVICE: Partial<Record<ErrorCode, string>> = {
  "database-unavailable":
    "Check that the server runs and that DATABASE_URL is right; it is tried again where that is safe.",
  "database-timeout": "It took longer than DB_TIMEOUT, or all DB_POOL_SIZE connections were busy.",
  "database-full": "Make room on the database's disk, or raise its limits.",
};

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

/** A driver's error as ours: SQLSTATE, constraint and column as data, and never the statement's parameters. */
export function toDatabaseError(error: unknown): PoolwiseError {
  if (error instanceof PoolwiseError) return error;
  const server: ServerError = typeof error === "object" && error !== null ? error : {};
  const message = error instanceof Error ? error.message : String(error);
  const sqlState = text(server.code) ?? "";
  const code = codeOf(sqlState, message);
  const data: Record<string, unknown> = {};
  if (sqlState !== "") data["sqlState"] = sqlState;
  for (const name of ["constraint", "table", "column", "hint"] as const) {
    const value = text(server[name as keyof ServerError]);
    if (value !== undefined) data[name] = value;
  }
  const advice = ADVICE[code] ?? text(server.hint);
  return new PoolwiseError(
    code,
    `The database says: ${message}.${advice === undefined ? "" : ` ${advice}`}`,
    {
      data,
      cause: error,
    },
  );
}

/** Whether the statement broke this unique key (or any, where none is named). */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  return (
    error instanceof PoolwiseError &&
    error.data["sqlState"] === "23505" &&
    (constraint === undefined || error.data["constraint"] === constraint)
  );
}
