export interface RetryTerms {
  /** Sendings of one call in all, at least 1. */
  readonly attempts: number;
  /** The first back-off is drawn below this; each next one below twice as much. */
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
  /** No further attempt begins once a call has taken this long. */
  readonly budgetMs: number;
}

export const RETRY_TERMS: RetryTerms = {
  attempts: 7,
  firstDelayMs: 500,
  maxDelayMs: 30_000,
  budgetMs: 150_000,
};

/** Exponential back-off with full jitter after failed attempt 1, 2, …; never less than the carrier asked for. */
export function retryDelayMs(
  terms: RetryTerms,
  attempt: number,
  askedMs: number | undefined,
  random: () => number,
): number {
  const ceiling = Math.min(terms.maxDelayMs, terms.firstDelayMs * 2 ** (attempt - 1));
  return Math.max(askedMs ?? 0, Math.floor(random() * ceiling));
}

/** `Retry-After` in seconds or as a date, in milliseconds from now; undefined where it is absent or unreadable. */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
