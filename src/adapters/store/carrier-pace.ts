import type { SqlExecutor } from "../../ports/database.ts";
import { PoolwiseError } from "../../billing/errors.ts";

/** Leave to call the carrier, or how long to wait before asking again. */
export type CallPermit =
  | { readonly granted: true; readonly leaseId: number; readonly waitMs: number }
  | { readonly granted: false; readonly refusal: "busy" | "breaker"; readonly waitMs: number };

export interface PermitRequest {
  readonly accountId: number;
  /** Which worker asks, for whoever looks at the leases. */
  readonly holder: string;
  /** After how long the call counts as dead, from the moment it may begin. */
  readonly leaseSeconds: number;
  /** How long the breaker stays open before one call may try again. */
  readonly recoverySeconds: number;
}

interface PermitRow {
  readonly granted: boolean;
  readonly leaseId: number | null;
  readonly waitMs: number;
  readonly refusal: "busy" | "breaker" | null;
}

/**
 * Asks for one call to a carrier account at the pace that all workers share. Granted: sleep `waitMs`, call, and
 * give the lease back with `releaseCall`, whatever happened.
 */
export async function acquireCall(executor: SqlExecutor, request: PermitRequest): Promise<CallPermit> {
  const { accountId, holder, leaseSeconds, recoverySeconds } = request;
  const { rows } = await executor.query<PermitRow>(
    `SELECT granted, lease_id AS "leaseId", wait_ms AS "waitMs", refusal FROM acquire_carrier_call($1, $2, $3, $4)`,
    [accountId, holder, leaseSeconds, recoverySeconds],
  );
  const [row] = rows;
  if (row === undefined)
    throw new PoolwiseError("internal-error", "Asking for a carrier call gave no answer.");
  if (row.granted && row.leaseId !== null) return { granted: true, leaseId: row.leaseId, waitMs: row.waitMs };
  return { granted: false, refusal: row.refusal ?? "busy", waitMs: row.waitMs };
}

export type CallOutcome =
  /** The carrier is there, whatever it said: a refusal of our request is an answer. */
  | { readonly kind: "answered" }
  /** It asks for a pause, which all workers keep. */
  | { readonly kind: "throttled"; readonly pauseSeconds: number }
  /** No answer, or a server error. `threshold` of them in a row open the breaker. */
  | { readonly kind: "failed"; readonly threshold: number; readonly reason: string };

export type BreakerState = "CLOSED" | "OPEN" | "HALF_OPEN";

/** Gives a lease back; the state of the breaker afterwards, undefined where the lease had expired. */
export async function releaseCall(
  executor: SqlExecutor,
  leaseId: number,
  outcome: CallOutcome,
): Promise<BreakerState | undefined> {
  const { rows } = await executor.query<{ breaker: BreakerState | null }>(
    "SELECT release_carrier_call($1, $2, $3, $4, $5) AS breaker",
    [
      leaseId,
      outcome.kind,
      outcome.kind === "throttled" ? outcome.pauseSeconds : 0,
      outcome.kind === "failed" ? outcome.threshold : 1,
      outcome.kind === "failed" ? outcome.reason : null,
    ],
  );
  return rows[0]?.breaker ?? undefined;
}
