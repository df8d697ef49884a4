import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Pace, PaceLimits } from "./pace.ts";

export interface PaceUnderTest {
  /** Two holders of the same pace, as two processes are; the same object twice where it is for one process alone. */
  readonly one: Pace;
  readonly other: Pace;
  readonly close: () => Promise<void>;
}

/** What every Pace does. The suite takes about 6 s, as pace is counted in seconds. */
export function paceContract(name: string, open: () => Promise<PaceUnderTest>): void {
  describe(`pace contract: ${name}`, () => {
    let under: PaceUnderTest;
    beforeAll(async () => {
      under = await open();
    }, 60_000);
    afterAll(async () => {
      await under.close();
    });

    const limits: PaceLimits = { callsPerSecond: 1_000, concurrency: 1 };
    const anAccount = (): string => `account-${randomUUID()}`;

    // The caller's clock runs late on a loaded machine, so that calls seem closer than they were: more than one try.
    test(
      "holders together start no more calls in a second than allowed, and nearly as many",
      { retry: 3 },
      async () => {
        const account = anAccount();
        const starts: number[] = [];
        const work = async (pace: Pace): Promise<void> => {
          while (starts.length < 31) {
            const slot = await pace.acquire(account, { callsPerSecond: 10, concurrency: 2 });
            starts.push(performance.now());
            await sleep(5);
            await slot?.release();
          }
        };
        await Promise.all([work(under.one), work(under.other)]);
        const [first = 0] = starts;
        expect(starts.filter((at) => at - first < 990).length).toBeLessThanOrEqual(10);
        const spans = starts.slice(10).map((at, index) => at - (starts[index] ?? 0));
        expect(Math.min(...spans)).toBeGreaterThanOrEqual(990);
        expect(starts.filter((at) => at - first < 3_000).length).toBeGreaterThanOrEqual(27);
      },
    );

    test("holders together have no more calls open than allowed", async () => {
      const account = anAccount();
      let underWay = 0;
      let most = 0;
      const work = async (pace: Pace): Promise<void> => {
        for (let call = 0; call < 6; call++) {
          const slot = await pace.acquire(account, { callsPerSecond: 1_000, concurrency: 2 });
          most = Math.max(most, ++underWay);
          await sleep(10);
          underWay--;
          await slot?.release();
        }
      };
      await Promise.all([work(under.one), work(under.other), work(under.one), work(under.other)]);
      expect(most).toBe(2);
    });

    test("a hold by one keeps the other waiting, and a shorter one does not shorten it", async () => {
      const account = anAccount();
      const begun = performance.now();
      await under.one.hold(account, 600);
      await under.other.hold(account, 20);
      const slot = await under.other.acquire(account, limits);
      expect(performance.now() - begun).toBeGreaterThanOrEqual(590);
      await slot?.release();
    });

    test("a turn that does not come in time is no turn, and a slot may be released twice", async () => {
      const account = anAccount();
      const slot = await under.one.acquire(account, limits);
      expect(slot).toBeDefined();
      expect(await under.other.acquire(account, limits, { maxWaitMs: 100 })).toBeUndefined();
      await slot?.release();
      await slot?.release();
      const next = await under.other.acquire(account, limits, { maxWaitMs: 5_000 });
      expect(next).toBeDefined();
      expect(await under.one.acquire(account, limits, { maxWaitMs: 100 })).toBeUndefined();
      await next?.release();
    });

    test("an aborted wait ends with the signal's reason and takes no slot", async () => {
      const account = anAccount();
      const slot = await under.one.acquire(account, limits);
      const controller = new AbortController();
      const waiting = under.other.acquire(account, limits, { signal: controller.signal });
      controller.abort(new Error("stopped"));
      await expect(waiting).rejects.toThrow("stopped");
      await slot?.release();
      const next = await under.one.acquire(account, limits, { maxWaitMs: 5_000 });
      expect(next).toBeDefined();
      await next?.release();
    });
  });
}
