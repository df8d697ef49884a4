/** What a carrier allows one account. */
export interface PaceLimits {
  /** Calls that may start in any one second, as the carrier measures it. Below 1: one call every 1/n seconds. Infinity: no limit. */
  readonly callsPerSecond: number;
  /** Calls that may be under way at once, at least 1. */
  readonly concurrency: number;
}

/** Leave to make one call. */
export interface PaceSlot {
  /** The call is over, however it ended: from now on it cannot reach the carrier any more. May be called more than once; never throws. */
  release(): Promise<void>;
}

export interface AcquireOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds the caller is willing to wait. Default: as long as it takes. */
  readonly maxWaitMs?: number | undefined;
  /** Milliseconds after which a slot that was never released is taken back, because its process died. Default 120,000. */
  readonly leaseMs?: number | undefined;
}

/**
 * One pace per carrier account, shared by every process that holds the same Pace: what they start together stays
 * within the limits as the carrier measures them.
 */
export interface Pace {
  /**
   * Waits its turn, first come first served.
   * @returns undefined where the turn cannot come within `maxWaitMs`.
   * @throws the signal's reason when it is aborted.
   */
  acquire(account: string, limits: PaceLimits, options?: AcquireOptions): Promise<PaceSlot | undefined>;
  /** No call of this account starts for `forMs` milliseconds, in any process. Never shortens an earlier, longer hold. */
  hold(account: string, forMs: number): Promise<void>;
}
