import { PoolwiseError } from "../../billing/errors.ts";

/** What is stored of a session is not what it came to. */
export function disagrees(sessionId: string, what: string): PoolwiseError {
  return new PoolwiseError("internal-error", `The totals of session ${sessionId} do not add up: ${what}.`);
}
