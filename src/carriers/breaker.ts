import {
  BrokenCircuitError,
  circuitBreaker,
  ConsecutiveBreaker,
  DelegateBackoff,
  handleWhenResult,
} from "cockatiel";

export interface BreakerTerms {
  /** Failures in a row that open it. */
  readonly failures: number;
  readonly firstBreakMs: number;
  readonly maxBreakMs: number;
}

export const BREAKER_TERMS: BreakerTerms = { failures: 8, firstBreakMs: 10_000, maxBreakMs: 300_000 };

export type Guarded<T> =
  | { readonly open: false; readonly value: T }
  | { readonly open: true; readonly forMs: number };

/** Stops calling a carrier that is down; after a break one call at a time finds out whether it is back. */
export interface Breaker<T> {
  run(call: () => Promise<T>): Promise<Guarded<T>>;
}

/** @param opened told how long the break is, each time it opens. */
export function createBreaker<T>(
  isOutage: (result: T) => boolean,
  opened: (forMs: number) => void,
  terms: BreakerTerms = BREAKER_TERMS,
): Breaker<T> {
  let closedAgainAt = 0;
  const policy = circuitBreaker(
    handleWhenResult((result) => isOutage(result as T)),
    {
      breaker: new ConsecutiveBreaker(terms.failures),
      halfOpenAfter: new DelegateBackoff(({ attempt }) => {
        const forMs = Math.min(terms.maxBreakMs, terms.firstBreakMs * 2 ** Math.max(0, attempt - 1));
        closedAgainAt = Date.now() + forMs;
        opened(forMs);
        return forMs;
      }),
    },
  );
  return {
    run: async (call) => {
      try {
        return { open: false, value: await policy.execute(call) };
      } catch (error) {
        if (!(error instanceof BrokenCircuitError)) throw error;
        return { open: true, forMs: Math.max(0, closedAgainAt - Date.now()) };
      }
    },
  };
}
