import type { NotificationOutcome } from "../../adapters/store/notifications.ts";
import { retryDelayMs } from "../../carriers/retry-delay.ts";

const TERMS = { attempts: 200, firstDelayMs: 10_000, maxDelayMs: 3_600_000, budgetMs: 24 * 3_600_000 };
/** However old a notification is when a worker first sees it, it is tried so often. */
const ATTEMPTS_AT_LEAST = 5;

/** Another attempt later, by exponential back-off with full jitter, or none once a day is over. */
export function retryOrGiveUp(
  { attempts, ageSeconds }: { readonly attempts: number; readonly ageSeconds: number },
  { error, askedSeconds }: { readonly error: string; readonly askedSeconds?: number | undefined },
  random: () => number = Math.random,
): NotificationOutcome {
  const late = ageSeconds * 1_000 >= TERMS.budgetMs && attempts >= ATTEMPTS_AT_LEAST;
  if (late || attempts >= TERMS.attempts)
    return { kind: "failed", error: `given up after ${attempts} attempts; the last one: ${error}` };
  const asked = askedSeconds === undefined ? undefined : askedSeconds * 1_000;
  return { kind: "retry", afterSeconds: retryDelayMs(TERMS, attempts, asked, random) / 1_000, error };
}
