import type { AcquireOptions, Pace, PaceLimits, PaceSlot } from "../ports/pace.ts";

/** Part of a window by which the way of a call may be shorter than that of the quickest before; it is also what the pace wastes at most where calls take alike. */
const MARGIN_PART = 0.04;
/** Part of the time between two calls by which the quickest call is forgotten with each call. */
const FORGETTING_PART = 0.005;
/** Timers and the carrier's clock are read in whole milliseconds. */
const ROUNDING_MS = 2;
const MAX_TIMER_MS = 2 ** 31 - 1;

interface Turn {
  readonly limits: PaceLimits;
  readonly deadlineMs: number;
  readonly grant: (slot: PaceSlot | undefined) => void;
}

/**
 * A Pace within one process. The carrier saw a call at some time between its start and its answer, so the calls that are
 * under way and those answered within the last window are kept below what a window allows: no delay on the way can
 * crowd a window. Where even the quickest calls take long, as the carrier is far away or slow, that much is taken back
 * from the answers, less a margin; calls that take longer than the quickest still cost what they take longer.
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
  /** When the latest calls were answered, in this order. */
  #answersMs: number[] = [];
  #inFlight = 0;
  #heldUntilMs = 0;
  /** What the quickest of the latest calls took: from 0, so that it is learnt slowly and never from one call alone. */
  #quickestMs = 0;
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
      const full = this.#isFull(turn.limits);
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

  /** A call under way may reach the carrier at any time until its answer. */
  #isFull(limits: PaceLimits): boolean {
    return this.#inFlight >= Math.min(limits.concurrency, windowOf(limits.callsPerSecond).calls);
  }

  #earliestMs(limits: PaceLimits): number {
    const { calls, windowMs } = windowOf(limits.callsPerSecond);
    const left = calls - this.#inFlight;
    const answeredMs = Number.isFinite(left) && left > 0 ? this.#answersMs.at(-left) : undefined;
    if (answeredMs === undefined) return this.#heldUntilMs;
    const takenBackMs = Math.max(0, this.#quickestMs - MARGIN_PART * windowMs);
    return Math.max(this.#heldUntilMs, answeredMs + windowMs + ROUNDING_MS - takenBackMs);
  }

  #start(startedMs: number, limits: PaceLimits): PaceSlot {
    const { calls, windowMs } = windowOf(limits.callsPerSecond);
    this.#quickestMs += (FORGETTING_PART * windowMs) / calls;
    this.#inFlight++;
    let isOpen = true;
    return {
      release: async () => {
        if (isOpen) this.#end(startedMs, calls);
        isOpen = false;
      },
    };
  }

  #end(startedMs: number, calls: number): void {
    const now = this.#nowMs();
    this.#inFlight--;
    this.#quickestMs = Math.min(this.#quickestMs, now - startedMs);
    if (Number.isFinite(calls)) {
      this.#answersMs.push(now);
      if (this.#answersMs.length > 4 * calls) this.#answersMs = this.#answersMs.slice(-calls);
    }
    this.#serve();
  }
}

function windowOf(callsPerSecond: number): { calls: number; windowMs: number } {
  if (callsPerSecond === Number.POSITIVE_INFINITY) return { calls: callsPerSecond, windowMs: 0 };
  if (Number.isInteger(callsPerSecond)) return { calls: callsPerSecond, windowMs: 1000 };
  return { calls: 1, windowMs: 1000 / callsPerSecond };
}
