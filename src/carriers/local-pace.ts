import type { AcquireOptions, Pace, PaceLimits, PaceSlot } from "../ports/pace.ts";

/** Part of a window within which a call usually reaches the carrier; it is also what the pace wastes at most. */
const TRANSIT_PART = 0.04;
/** Timers and the carrier's clock are read in whole milliseconds. */
const ROUNDING_MS = 2;
const MAX_TIMER_MS = 2 ** 31 - 1;
/** A connection that has been idle for longer may have been closed: opening one delays the call by an unknown time. */
const CONNECTION_IDLE_MS = 3_000;
/** Weight of the latest call in the usual latency. */
const LATEST_WEIGHT = 0.1;

interface Start {
  readonly atMs: number;
  readonly windowMs: number;
  /** It may have had to open a connection first. */
  readonly cold: boolean;
  doneMs: number | undefined;
}

interface Turn {
  readonly limits: PaceLimits;
  readonly deadlineMs: number;
  readonly grant: (slot: PaceSlot | undefined) => void;
}

/**
 * A Pace within one process. Calls may start back to back, but call i + n never before one window has passed since the
 * carrier saw call i at the latest: when it was answered, or after the usual transit, unless the answer was unusually
 * late or the connection new.
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
  /** When the connections that are free now became so. */
  readonly #free: number[] = [];
  #usualMs: number | undefined;
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
    const afterWindow = earlier === undefined ? 0 : this.#seenMs(earlier) + windowMs + ROUNDING_MS;
    return Math.max(this.#heldUntilMs, afterWindow);
  }

  /** When the carrier had seen a call at the latest. A call without an end delays the others by one window at most. */
  #seenMs({ atMs, windowMs, cold, doneMs }: Start): number {
    const transitMs = windowMs * TRANSIT_PART;
    const latencyMs = (doneMs ?? this.#nowMs()) - atMs;
    const unusual = cold || latencyMs > transitMs + 2 * (this.#usualMs ?? 0);
    const lateMs = unusual ? Math.max(transitMs, latencyMs) : transitMs;
    return atMs + Math.min(windowMs, doneMs === undefined ? lateMs : Math.min(latencyMs, lateMs));
  }

  #start(now: number, limits: PaceLimits): PaceSlot {
    const { calls, windowMs } = windowOf(limits.callsPerSecond);
    const freeSince = this.#free.pop() ?? Number.NEGATIVE_INFINITY;
    const start: Start = {
      atMs: now,
      windowMs,
      cold: now - freeSince > CONNECTION_IDLE_MS,
      doneMs: undefined,
    };
    if (Number.isFinite(calls)) {
      this.#starts.push(start);
      if (this.#starts.length > 4 * calls) this.#starts = this.#starts.slice(-calls);
    }
    this.#inFlight++;
    return {
      release: async () => {
        if (start.doneMs === undefined) this.#end(start);
      },
    };
  }

  #end(start: Start): void {
    const now = this.#nowMs();
    start.doneMs = now;
    this.#free.push(now);
    this.#inFlight--;
    const latencyMs = now - start.atMs;
    if (!start.cold)
      this.#usualMs = (this.#usualMs ?? latencyMs) * (1 - LATEST_WEIGHT) + latencyMs * LATEST_WEIGHT;
    this.#serve();
  }
}

function windowOf(callsPerSecond: number): { calls: number; windowMs: number } {
  if (callsPerSecond === Number.POSITIVE_INFINITY) return { calls: callsPerSecond, windowMs: 0 };
  if (Number.isInteger(callsPerSecond)) return { calls: callsPerSecond, windowMs: 1000 };
  return { calls: 1, windowMs: 1000 / callsPerSecond };
}
