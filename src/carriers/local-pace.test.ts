import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { paceContract } from "../ports/pace-contract.ts";
import { createLocalPace } from "./local-pace.ts";

paceContract("within one process", async () => {
  const pace = createLocalPace();
  return { one: pace, other: pace, close: async () => {} };
});

function fakeTime(): void {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
  afterEach(() => void vi.useRealTimers());
}

interface Run {
  readonly callsPerSecond: number;
  readonly concurrency: number;
  readonly latenciesMs: readonly number[];
  readonly calls: number;
  /** What the way to the carrier takes at the most. */
  readonly wayMs?: number;
}

/** When each call reached the carrier: some part of its latency after it was sent, 40 ms at the most unless told. */
async function arrivals({
  callsPerSecond,
  concurrency,
  latenciesMs,
  calls,
  wayMs = 40,
}: Run): Promise<{ seen: number[]; mostAtOnce: number }> {
  const pace = createLocalPace(() => performance.now());
  const seen: number[] = [];
  let open = 0;
  let mostAtOnce = 0;
  const one = async (index: number): Promise<void> => {
    const slot = await pace.acquire("account", { callsPerSecond, concurrency });
    mostAtOnce = Math.max(mostAtOnce, ++open);
    const latencyMs = latenciesMs[index % latenciesMs.length] ?? 0;
    seen.push(performance.now() + Math.min(wayMs, latencyMs) * ((index * 7) % 11) * 0.1);
    await new Promise<void>((resolve) => void setTimeout(resolve, latencyMs));
    open--;
    await slot?.release();
  };
  const all = Promise.all(Array.from({ length: calls }, (_, index) => one(index)));
  await vi.runAllTimersAsync();
  await all;
  return { seen: seen.toSorted((a, b) => a - b), mostAtOnce };
}

/** Most arrivals in any window `[t, t + 1 s)`. */
function mostInOneSecond(seen: readonly number[]): number {
  let most = 0;
  for (let from = 0, to = 0; to < seen.length; to++) {
    while ((seen[to] ?? 0) - (seen[from] ?? 0) >= 1000) from++;
    most = Math.max(most, to - from + 1);
  }
  return most;
}

describe("the pace of an account", () => {
  fakeTime();

  test("is never exceeded in any second as the carrier sees it, nor are more calls open than allowed", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 7 }),
        async (callsPerSecond, concurrency, latenciesMs) => {
          const { seen, mostAtOnce } = await arrivals({
            callsPerSecond,
            concurrency,
            latenciesMs,
            calls: 60,
          });
          expect(seen.length).toBe(60);
          expect(mostInOneSecond(seen)).toBeLessThanOrEqual(callsPerSecond);
          expect(mostAtOnce).toBeLessThanOrEqual(concurrency);
        },
      ),
      { seed: 20_261_123, numRuns: 60 },
    );
  });

  test("is never exceeded where calls reach the carrier at any time until their answers", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: 1, maxLength: 6 }),
        async (callsPerSecond, concurrency, delaysMs) => {
          const latenciesMs = [3, ...delaysMs];
          const wayMs = Number.POSITIVE_INFINITY;
          const { seen } = await arrivals({ callsPerSecond, concurrency, latenciesMs, calls: 60, wayMs });
          expect(mostInOneSecond(seen)).toBeLessThanOrEqual(callsPerSecond);
        },
      ),
      { seed: 20_261_126, numRuns: 60 },
    );
  });

  test.each([1, 2, 5, 10, 50])(
    "is used to 95 percent at %i calls a second, one at a time, where the carrier answers in time",
    async (callsPerSecond) => {
      for (const latencyMs of [0, 5, 700 / callsPerSecond]) {
        const calls = callsPerSecond * 20;
        // How far away the carrier is takes time to learn: 5 ms a second.
        const learning = Math.ceil((callsPerSecond * latencyMs) / 5) + callsPerSecond;
        const { seen } = await arrivals({
          callsPerSecond,
          concurrency: 1,
          latenciesMs: [latencyMs],
          calls: learning + calls + 1,
        });
        const begun = seen[learning] ?? 0;
        const inTwentySeconds = seen.filter((at) => at >= begun && at < begun + 20_000).length;
        expect(inTwentySeconds).toBeGreaterThanOrEqual(0.95 * calls);
      }
    },
  );

  test("a call that reaches the carrier late, as it opened a connection or stalled, does not crowd a second", async () => {
    const pace = createLocalPace(() => performance.now());
    const seen: number[] = [];
    const calls = async (): Promise<void> => {
      for (let call = 0; call < 40; call++) {
        const slot = await pace.acquire("account", { callsPerSecond: 5, concurrency: 1 });
        const latencyMs = call === 0 || call === 17 ? 350 : 10;
        seen.push(performance.now() + latencyMs - 5);
        await new Promise<void>((resolve) => void setTimeout(resolve, latencyMs));
        await slot?.release();
      }
    };
    const all = calls();
    await vi.runAllTimersAsync();
    await all;
    expect(mostInOneSecond(seen)).toBe(5);
  });

  test("below one call a second it spaces them", async () => {
    const { seen } = await arrivals({ callsPerSecond: 0.5, concurrency: 1, latenciesMs: [1], calls: 5 });
    for (let i = 1; i < seen.length; i++)
      expect((seen[i] ?? 0) - (seen[i - 1] ?? 0)).toBeGreaterThanOrEqual(1_950);
  });

  test("waits out a hold, and a shorter one does not shorten it", async () => {
    const pace = createLocalPace(() => performance.now());
    const begun = performance.now();
    await pace.hold("account", 3_000);
    await pace.hold("account", 10);
    const waiting = pace
      .acquire("account", { callsPerSecond: 5, concurrency: 1 })
      .then(() => performance.now() - begun);
    await vi.runAllTimersAsync();
    expect(await waiting).toBeGreaterThanOrEqual(3_000);
  });

  test("gives up where the turn does not come in time, and leaves the line to others", async () => {
    const pace = createLocalPace(() => performance.now());
    const limits = { callsPerSecond: 1_000, concurrency: 1 };
    const first = await pace.acquire("account", limits);
    const late = pace.acquire("account", limits, { maxWaitMs: 100 });
    const next = pace.acquire("account", limits);
    await vi.advanceTimersByTimeAsync(200);
    expect(await late).toBeUndefined();
    await first?.release();
    await first?.release();
    await vi.runAllTimersAsync();
    expect(await next).toBeDefined();
    await pace.hold("account", 5_000);
    expect(await pace.acquire("account", limits, { maxWaitMs: 100 })).toBeUndefined();
  });

  test("an aborted wait ends at once with the signal's reason", async () => {
    const pace = createLocalPace(() => performance.now());
    await pace.hold("account", 60_000);
    const controller = new AbortController();
    const waiting = pace.acquire(
      "account",
      { callsPerSecond: 5, concurrency: 1 },
      { signal: controller.signal },
    );
    controller.abort(new Error("stopped"));
    await expect(waiting).rejects.toThrow("stopped");
  });

  test("accounts do not wait for each other", async () => {
    const pace = createLocalPace(() => performance.now());
    await pace.hold("one", 60_000);
    expect(await pace.acquire("other", { callsPerSecond: 1, concurrency: 1 })).toBeDefined();
  });
});
