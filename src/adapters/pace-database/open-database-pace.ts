import { setTimeout as sleep } from "node:timers/promises";
import type { Database } from "../../ports/database.ts";
import type { AcquireOptions, Pace, PaceLimits, PaceSlot } from "../../ports/pace.ts";
import { PoolwiseError } from "../../billing/errors.ts";
import { hasGone } from "../sql/presence.ts";

const LEASE_MS = 120_000;
/** How soon to ask again where other processes have all the calls that may be under way. */
const BUSY_MS = 10;
/** A carrier may go on with a call that nobody waits for any more. */
const ABANDONED_MS = 5_000;
/** How often to look for such calls while all are taken. */
const LOOK_MS = 1_000;
const MAX_TIMER_MS = 2 ** 31 - 1;

interface Answer {
  readonly callId: number | null;
  readonly waitMs: number;
  readonly isBusy: boolean;
}

/** Calls in a window, as the database counts them; null where there is no limit. */
function windowOf(callsPerSecond: number): { calls: number | null; windowMs: number } {
  if (callsPerSecond === Number.POSITIVE_INFINITY) return { calls: null, windowMs: 0 };
  if (Number.isInteger(callsPerSecond)) return { calls: callsPerSecond, windowMs: 1_000 };
  return { calls: 1, windowMs: 1_000 / callsPerSecond };
}

/** Turns within this process: whoever stands first asks the database, the others wait for it. */
class Line {
  #last: Promise<void> = Promise.resolve();

  /** Resolves when the caller stands first; it must call what it gets to let the next one on. */
  async join(): Promise<() => void> {
    const before = this.#last;
    let leave = (): void => undefined;
    this.#last = new Promise((resolve) => {
      leave = resolve;
    });
    await before;
    return leave;
  }
}

/** Calls of this process, so that the end of one wakes whoever waits for it. */
class Endings {
  #waiting: (() => void)[] = [];

  next(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  tell(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

interface Account {
  readonly line: Line;
  readonly endings: Endings;
}

/**
 * One pace per carrier account for all processes on one database: first come first served within a process. A call
 * counts until one window after its answer, as in the pace of one process (begin_carrier_call); that of a worker that
 * died, until one window after it was given up.
 */
export function openDatabasePace(database: Database): Pace {
  const accounts = new Map<string, Account>();

  function accountOf(name: string): Account {
    const known = accounts.get(name) ?? { line: new Line(), endings: new Endings() };
    accounts.set(name, known);
    return known;
  }

  /** The call of a worker that died ends with what it may still take at the carrier, not with its lease. */
  async function endAbandoned(account: string): Promise<void> {
    const gone = hasGone("holder::int", database.kind, "$2::int");
    await database.query(
      `UPDATE carrier_calls SET ended_at = clock_timestamp() WHERE account = $1 AND ended_at IS NULL
         AND begun_at < clock_timestamp() - make_interval(secs => ${ABANDONED_MS / 1_000}) AND ${gone}`,
      [account, await database.present()],
    );
  }

  async function ask(account: string, limits: PaceLimits, leaseMs: number): Promise<Answer> {
    const { calls, windowMs } = windowOf(limits.callsPerSecond);
    const { rows } = await database.query<Answer>(
      `SELECT call_id AS "callId", wait_ms AS "waitMs", is_busy AS "isBusy" FROM begin_carrier_call($1, $2, $3, $4, $5, $6)`,
      [account, String(await database.present()), calls, windowMs, limits.concurrency, leaseMs],
    );
    const [answer] = rows;
    if (answer === undefined)
      throw new PoolwiseError("internal-error", "Asking for a carrier call gave no answer.");
    return answer;
  }

  function slotOf(callId: number, endings: Endings): PaceSlot {
    let ending: Promise<void> | undefined;
    const end = async (): Promise<void> => {
      // Where the database is away, the lease ends the call.
      await database.query("SELECT end_carrier_call($1)", [callId]).catch(() => undefined);
      endings.tell();
    };
    return {
      release() {
        ending ??= end();
        return ending;
      },
    };
  }

  async function waitInFront(
    name: string,
    limits: PaceLimits,
    { signal, leaseMs = LEASE_MS }: AcquireOptions,
    deadlineMs: number,
  ): Promise<PaceSlot | undefined> {
    const { endings } = accountOf(name);
    let lookAtMs = performance.now() + LOOK_MS;
    for (;;) {
      signal?.throwIfAborted();
      const { callId, waitMs, isBusy } = await ask(name, limits, leaseMs);
      if (callId !== null) {
        const slot = slotOf(callId, endings);
        if (signal?.aborted === true) await slot.release();
        signal?.throwIfAborted();
        return slot;
      }
      if (isBusy && performance.now() >= lookAtMs) {
        await endAbandoned(name);
        lookAtMs = performance.now() + LOOK_MS;
      }
      const leftMs = deadlineMs - performance.now();
      if (waitMs > leftMs || leftMs <= 0) return undefined;
      const pause = new AbortController();
      const ended = isBusy && waitMs === 0 ? [endings.next()] : [];
      const timer = sleep(Math.min(Math.max(waitMs, isBusy ? BUSY_MS : 0), leftMs, MAX_TIMER_MS), undefined, {
        signal: signal === undefined ? pause.signal : AbortSignal.any([signal, pause.signal]),
      }).catch(() => undefined);
      await Promise.race([timer, ...ended]);
      pause.abort();
    }
  }

  async function acquire(
    name: string,
    limits: PaceLimits,
    options: AcquireOptions,
  ): Promise<PaceSlot | undefined> {
    const deadlineMs = performance.now() + (options.maxWaitMs ?? Number.POSITIVE_INFINITY);
    const joined = accountOf(name).line.join();
    const calledOff = whenOver(options.signal, deadlineMs);
    try {
      const leave = await Promise.race([joined, calledOff.over]);
      if (leave === undefined) {
        void joined.then((pass) => pass());
        options.signal?.throwIfAborted();
        return undefined;
      }
      try {
        return await waitInFront(name, limits, options, deadlineMs);
      } finally {
        leave();
      }
    } finally {
      calledOff.stop();
    }
  }

  return {
    acquire: (account, limits, options = {}) => acquire(account, limits, options),
    async hold(account, forMs) {
      await database.query("SELECT hold_carrier_calls($1, $2)", [account, forMs]);
    },
  };
}

/** Resolves when the signal is aborted or the deadline has come. */
function whenOver(
  signal: AbortSignal | undefined,
  deadlineMs: number,
): { over: Promise<undefined>; stop: () => void } {
  const stopping = new AbortController();
  const leftMs = Math.min(Math.max(0, deadlineMs - performance.now()), MAX_TIMER_MS);
  const signals = signal === undefined ? [stopping.signal] : [signal, stopping.signal];
  const timed = deadlineMs === Number.POSITIVE_INFINITY ? MAX_TIMER_MS : leftMs;
  const over = sleep(timed, undefined, { signal: AbortSignal.any(signals), ref: false }).catch(
    () => undefined,
  );
  return { over, stop: () => stopping.abort() };
}
