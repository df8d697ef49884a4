import type { AcquireOptions, Pace, PaceLimits, PaceSlot } from "../ports/pace.ts";

/** Part of a window within which a call is taken to have reached the carrier; it is also the most the pace can waste. */
const TRANSIT_PART = 0.04;
/** Timers and the carrier's clock are read in whole milliseconds. */
const ROUNDING_MS = 2;
const MAX_TIMER_MS = 2 ** 31 - 1;

interface Start {
  readonly atMs: number;
  doneMs: number | undefined;
}

interface Turn {
  readonly limits: PaceLimits;
  readonly deadlineMs: number;
  readonly grant: (slot: PaceSlot | undefined) => void;
}

/**
 * A Pace within one process. Calls may start back to back, but call i + n never before call i has surely been seen
 * by the carrier and one window has passed since: seen at the latest when it was answered, or after the usual transit.
 */
export function createLocalPace(nowMs: () => number = () => performance.now()): Pace {
  const lines = new Map<string, AccountLine>();
  const lineOf = (account: string): AccountLine => {
    let line = lines.get(account);
    if (line === undefined) lines.set(account, (line = new AccountLine(nowMs)));
    return line;
  };
  return {
    acquire: (account, limits, options = {}) => lineOf(account).join(limits, options),
    hold: async (account, forMs) => lineOf(account).hold(forMs),
  };
}

class AccountLine {
  readonly #nowMs: () => number;
  readonly #turns: Turn[] = [];
  #starts: Start[] = [];
  #inFlight = 0;
  #heldUntilMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  join(limits: PaceLimits, options: AcquireOptions): Promise<PaceSlot | undefined> {
    const { signal, maxWaitMs } = options;
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason as Error);
      const leave = (): void => {
        const place = this.#turns.indexOf(turn);
        if (place >= 0) this.#turns.splice(place, 1);
        this.#serve();
        reject(signal?.reason as Error);
      };
      const turn: Turn = {
        limits,
        deadlineMs: maxWaitMs === undefined ? Number.POSITIVE_INFINITY : this.#nowMs() + maxWaitMs,
        grant: (slot) => {
          signal?.removeEventListener("abort", leave);
          resolve(slot);
        },
      };
      signal?.addEventListener("abort", leave, { once: true });
      this.#turns.push(turn);
      this.#serve();
    });
  }

  hold(forMs: number): void {
    this.#heldUntilMs = Math.max(this.#heldUntilMs, this.#nowMs() + forMs);
    this.#serve();
  }

  #serve(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (let turn = this.#turns[0]; turn !== undefined; turn = this.#turns[0]) {
      const now = this.#nowMs();
      const earliest = this.#earliestMs(turn.limits);
      const full = this.#inFlight >= turn.limits.concurrency;
      if (earliest > turn.deadlineMs || (full && now >= turn.deadlineMs)) {
        this.#turns.shift();
        turn.grant(undefined);
        continue;
      }
      if (earliest > now || full) return this.#wakeAt(full ? turn.deadlineMs : earliest);
      this.#turns.shift();
      turn.grant(this.#start(now, turn.limits));
    }
  }

  /** A slot that becomes free, and a hold, serve the line by themselves. */
  #wakeAt(atMs: number): void {
    if (!Number.isFinite(atMs)) return;
    const waitMs = Math.ceil(atMs - this.#nowMs());
    this.#timer = setTimeout(() => this.#serve(), Math.min(Math.max(1, waitMs), MAX_TIMER_MS));
  }

  #earliestMs(limits: PaceLimits): number {
    const { calls, windowMs } = windowOf(limits.callsPerSecond);
    const earlier = Number.isFinite(calls) ? this.#starts.at(-calls) : undefined;
    const afterWindow = earlier === undefined ? 0 : seenMs(earlier, windowMs) + windowMs + ROUNDING_MS;
    return Math.max(this.#heldUntilMs, afterWindow);
  }

  #start(now: number, limits: PaceLimits): PaceSlot {
    const start: Start = { atMs: now, doneMs: undefined };
    const { calls } = windowOf(limits.callsPerSecond);
    if (Number.isFinite(calls)) {
      this.#starts.push(start);
      if (this.#starts.length > 4 * calls) this.#starts = this.#starts.slice(-calls);
    }
    this.#inFlight++;
    return {
      release: async () => {
        if (start.doneMs !== undefined) return;
        start.doneMs = this.#nowMs();
        this.#inFlight--;
        this.#serve();
      },
    };
  }
}

function windowOf(callsPerSecond: number): { calls: number; windowMs: number } {
  if (callsPerSecond === Number.POSITIVE_INFINITY) return { calls: callsPerSecond, windowMs: 0 };
  if (Number.isInteger(callsPerSecond)) return { calls: callsPerSecond, windowMs: 1000 };
  return { calls: 1, windowMs: 1000 / callsPerSecond };
}

/** When the carrier had seen a call at the latest. */
function seenMs(start: Start, windowMs: number): number {
  const transit = start.atMs + windowMs * TRANSIT_PART;
  return start.doneMs === undefined ? transit : Math.min(transit, start.doneMs);
}
