import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Database } from "./database.ts";
import { deadLetterQueue, MAX_MESSAGE_BYTES } from "./queue.ts";
import type { OutgoingMessage, Queue, QueueDefinition, ReceivedMessage } from "./queue.ts";

export interface QueueUnderTest {
  readonly queue: Queue;
  /** The database whose transactions `within` takes; undefined where the queue has none. */
  readonly database: Database | undefined;
  readonly close: () => Promise<void>;
}

/** The queues the suite uses; `open` must make them. Names differ from run to run, as a service remembers. */
export function contractQueues(): { work: QueueDefinition; brittle: QueueDefinition } {
  const run = randomUUID().slice(0, 8);
  return {
    work: { name: `contract-work-${run}`, maxReceives: 4 },
    brittle: { name: `contract-brittle-${run}`, maxReceives: 2 },
  };
}

/** What every Queue does, at the least. The suite takes about 15 s, as visibility is counted in seconds. */
export function queueContract(
  name: string,
  open: (definitions: readonly QueueDefinition[]) => Promise<QueueUnderTest>,
): void {
  describe(`queue contract: ${name}`, () => {
    const definitions = contractQueues();
    const work = definitions.work.name;
    const brittle = definitions.brittle.name;
    let under: QueueUnderTest;
    let queue: Queue;

    beforeAll(async () => {
      under = await open([definitions.work, definitions.brittle]);
      queue = under.queue;
    }, 60_000);
    afterAll(async () => {
      await under.close();
    });

    const receive = async (
      from = work,
      max = 10,
      visibilitySeconds = 30,
    ): Promise<readonly ReceivedMessage[]> =>
      await queue.receive(from, { max, visibilitySeconds, waitSeconds: 0 });

    async function receiveOne(
      from = work,
      visibilitySeconds = 30,
      waitSeconds = 5,
    ): Promise<ReceivedMessage> {
      const [message] = await queue.receive(from, { max: 1, visibilitySeconds, waitSeconds });
      if (message === undefined) throw new Error(`expected a message in ${from}`);
      return message;
    }

    /** Everything that can be had now, acknowledged. */
    async function drain(from = work): Promise<ReceivedMessage[]> {
      const all: ReceivedMessage[] = [];
      for (;;) {
        const messages = await receive(from);
        if (messages.length === 0) return all;
        for (const message of messages) await queue.acknowledge(message);
        all.push(...messages);
      }
    }

    test("delivers-what-was-sent-and-no-more-once-acknowledged", async () => {
      const body = {
        kind: "page",
        numbers: [1, 2.5, -3],
        text: 'ü "quoted" \\ €𝄞\n',
        nested: { yes: true, nothing: null },
      };
      const before = Date.now();
      const [id] = await queue.send(work, [{ body }]);
      const message = await receiveOne();
      expect(message).toMatchObject({ queue: work, id, body, receiveCount: 1 });
      expect(message.source).toBeUndefined();
      expect(Math.abs(message.sentAt.getTime() - before)).toBeLessThan(60_000);
      expect(await receive()).toEqual([]);
      expect(await queue.acknowledge(message)).toBe(true);
      expect(await receive()).toEqual([]);
    });

    test("sends-any-number-and-delivers-each-once", async () => {
      const count = 37;
      const sent = await queue.send(
        work,
        Array.from({ length: count }, (_, index): OutgoingMessage => ({ body: { index } })),
      );
      expect(new Set(sent).size).toBe(count);
      const received = await drain();
      expect(received.map(({ body }) => body["index"]).toSorted((a, b) => Number(a) - Number(b))).toEqual([
        ...Array(count).keys(),
      ]);
      expect(new Set(received.map(({ id }) => id))).toEqual(new Set(sent));
    });

    test("receives-at-most-what-was-asked-for", async () => {
      await queue.send(
        work,
        Array.from({ length: 5 }, () => ({ body: {} })),
      );
      const first = await receive(work, 3);
      expect(first.length).toBeLessThanOrEqual(3);
      expect(first.length).toBeGreaterThan(0);
      for (const message of first) await queue.acknowledge(message);
      await drain();
    });

    test("two-receivers-never-get-the-same-delivery", async () => {
      await queue.send(
        work,
        Array.from({ length: 40 }, (_, index) => ({ body: { index } })),
      );
      const takers = await Promise.all(Array.from({ length: 4 }, () => drain()));
      const ids = takers.flat().map(({ id }) => id);
      expect(ids.length).toBe(40);
      expect(new Set(ids).size).toBe(40);
    });

    test("comes-back-when-its-visibility-ends", async () => {
      await queue.send(work, [{ body: { step: 1 } }]);
      const first = await receiveOne(work, 1);
      expect(await receive()).toEqual([]);
      await sleep(1_300);
      const second = await receiveOne();
      expect(second).toMatchObject({ id: first.id, receiveCount: 2 });
      expect(second.receipt).not.toBe(first.receipt);
      expect(await queue.acknowledge(second)).toBe(true);
    }, 20_000);

    test("an-old-receipt-does-nothing", async () => {
      await queue.send(work, [{ body: {} }]);
      const first = await receiveOne(work, 1);
      await sleep(1_300);
      const second = await receiveOne();
      expect(await queue.acknowledge(first)).toBe(false);
      expect(await queue.extend(first, 30)).toBe(false);
      expect(await queue.giveBack(first)).toBe(false);
      expect(await queue.reject(first, { reason: "late" })).toBe(false);
      expect(await queue.acknowledge(second)).toBe(true);
      expect(await receive()).toEqual([]);
    }, 20_000);

    test("stays-hidden-while-it-is-extended", async () => {
      await queue.send(work, [{ body: {} }]);
      const message = await receiveOne(work, 1);
      expect(await queue.extend(message, 30)).toBe(true);
      await sleep(1_300);
      expect(await receive()).toEqual([]);
      expect(await queue.extend(message, 1)).toBe(true);
      await sleep(1_300);
      const again = await receiveOne();
      expect(again.receiveCount).toBe(2);
      await queue.acknowledge(again);
    }, 20_000);

    test("comes-back-at-once-or-after-a-delay-when-given-back", async () => {
      await queue.send(work, [{ body: {} }]);
      expect(await queue.giveBack(await receiveOne())).toBe(true);
      const again = await receiveOne();
      expect(again.receiveCount).toBe(2);
      expect(await queue.giveBack(again, { delaySeconds: 1, reason: "the carrier is away" })).toBe(true);
      expect(await receive()).toEqual([]);
      await sleep(1_200);
      const third = await receiveOne();
      expect(third.receiveCount).toBe(3);
      await queue.acknowledge(third);
    }, 20_000);

    test("is-delivered-after-its-delay", async () => {
      await queue.send(work, [{ body: { late: true }, delaySeconds: 1 }, { body: { late: false } }]);
      expect((await drain()).map(({ body }) => body["late"])).toEqual([false]);
      await sleep(1_200);
      expect((await drain()).map(({ body }) => body["late"])).toEqual([true]);
    }, 20_000);

    test("a-dedup-id-is-delivered-once", async () => {
      const dedupId = `start ${randomUUID()}`;
      const body = { once: true };
      expect(
        await queue.send(work, [
          { body, dedupId },
          { body, dedupId },
        ]),
      ).toHaveLength(1);
      expect(await queue.send(work, [{ body, dedupId }])).toEqual([]);
      await drain();
      expect(await queue.send(work, [{ body, dedupId }])).toEqual([]);
      expect(await drain()).toEqual([]);
      expect(await queue.send(brittle, [{ body, dedupId }])).toHaveLength(1);
      expect(await drain(brittle)).toHaveLength(1);
    });

    test("goes-to-the-dead-letters-after-its-last-delivery", async () => {
      const body = { poison: true };
      const [id] = await queue.send(brittle, [{ body }]);
      await queue.giveBack(await receiveOne(brittle), { reason: "first" });
      const last = await receiveOne(brittle);
      expect(last.receiveCount).toBe(2);
      await queue.giveBack(last, { reason: "second" });
      expect(await receive(brittle)).toEqual([]);
      expect((await queue.depth(brittle)).dead).toBe(1);
      const dead = await receiveOne(deadLetterQueue(brittle));
      expect(dead).toMatchObject({ body, source: { queue: brittle, id, receiveCount: 2 } });
      expect(await queue.acknowledge(dead)).toBe(true);
      expect((await queue.depth(brittle)).dead).toBe(0);
    });

    test("a-message-whose-workers-die-goes-to-the-dead-letters-too", async () => {
      await queue.send(brittle, [{ body: { killer: true } }]);
      await receiveOne(brittle, 1);
      await sleep(1_300);
      await receiveOne(brittle, 1);
      await sleep(1_300);
      expect(await receive(brittle)).toEqual([]);
      const [dead] = await drain(deadLetterQueue(brittle));
      expect(dead?.body).toEqual({ killer: true });
    }, 20_000);

    test("poison-does-not-block-the-messages-behind-it", async () => {
      await queue.send(brittle, [{ body: { poison: true } }]);
      await queue.send(brittle, [{ body: { poison: false } }]);
      const good: ReceivedMessage[] = [];
      for (let round = 0; round < 10 && good.length === 0; round++) {
        for (const message of await receive(brittle)) {
          if (message.body["poison"] === true) await queue.giveBack(message);
          else {
            good.push(message);
            await queue.acknowledge(message);
          }
        }
      }
      expect(good).toHaveLength(1);
      await receive(brittle).then((rest) => Promise.all(rest.map((message) => queue.giveBack(message))));
      await drain(deadLetterQueue(brittle));
    });

    test("goes-to-the-dead-letters-at-once-when-rejected", async () => {
      await queue.send(work, [{ body: { hopeless: true } }]);
      expect(await queue.reject(await receiveOne(), { reason: "unknown kind of message" })).toBe(true);
      expect(await receive()).toEqual([]);
      const dead = await receiveOne(deadLetterQueue(work));
      expect(dead).toMatchObject({ body: { hopeless: true }, source: { queue: work, receiveCount: 1 } });
      await queue.acknowledge(dead);
    });

    test("a-waiting-receiver-gets-a-message-that-is-sent-meanwhile", async () => {
      const waiting = queue.receive(work, { max: 1, visibilitySeconds: 30, waitSeconds: 10 });
      await sleep(50);
      await queue.send(work, [{ body: { awaited: true } }]);
      const [message] = await waiting;
      expect(message?.body).toEqual({ awaited: true });
      if (message !== undefined) await queue.acknowledge(message);
    }, 20_000);

    test("a-waiting-receiver-can-be-called-off", async () => {
      const calling = new AbortController();
      const waiting = queue.receive(work, {
        max: 1,
        visibilitySeconds: 30,
        waitSeconds: 20,
        signal: calling.signal,
      });
      await sleep(50);
      calling.abort();
      expect(await waiting).toEqual([]);
    }, 15_000);

    test("counts-its-depth", async () => {
      await queue.send(work, [{ body: {} }, { body: {} }, { body: {}, delaySeconds: 60 }]);
      const taken = await receiveOne();
      expect(await queue.depth(work)).toMatchObject({ ready: 1, delayed: 1, inFlight: 1, dead: 0 });
      await queue.acknowledge(taken);
      await drain();
    });

    test("refuses-a-message-that-is-too-large-and-sends-none", async () => {
      const large = { body: { filling: "x".repeat(MAX_MESSAGE_BYTES) } };
      const before = await queue.depth(work);
      await expect(queue.send(work, [{ body: {} }, large])).rejects.toMatchObject({
        code: "message-too-large",
      });
      expect((await queue.depth(work)).ready).toBe(before.ready);
      await queue.send(work, [{ body: { filling: "x".repeat(MAX_MESSAGE_BYTES - 20) } }]);
      expect((await drain()).map(({ body }) => JSON.stringify(body).length)).toEqual([MAX_MESSAGE_BYTES - 6]);
    });

    test("refuses-unknown-queues-and-figures-out-of-range", async () => {
      const wrong = { code: "option-invalid" };
      await expect(queue.send("no-such-queue", [{ body: {} }])).rejects.toMatchObject(wrong);
      await expect(queue.receive(work, { max: 11, visibilitySeconds: 30 })).rejects.toMatchObject(wrong);
      await expect(queue.receive(work, { max: 1, visibilitySeconds: 0 })).rejects.toMatchObject(wrong);
      await expect(queue.send(work, [{ body: {}, delaySeconds: 901 }])).rejects.toMatchObject(wrong);
      await expect(queue.send(work, [{ body: {}, delaySeconds: 0.5 }])).rejects.toMatchObject(wrong);
      expect(await queue.send(work, [])).toEqual([]);
    });

    test("sends-with-its-transaction-or-not-at-all", async (context) => {
      const { database } = under;
      if (database === undefined) return context.skip();
      await drain();
      const rolledBack = database.transaction(async (within) => {
        await queue.send(work, [{ body: { stage: "rolled back" } }], { within });
        throw new RangeError("stop");
      });
      await expect(rolledBack).rejects.toThrow(RangeError);
      expect(await receive()).toEqual([]);
      await database.transaction(async (within) => {
        await queue.send(work, [{ body: { stage: "committed" } }], { within });
        await queue.send(brittle, [{ body: { stage: "other queue" } }], { within });
      });
      expect((await drain()).map(({ body }) => body["stage"])).toEqual(["committed"]);
      expect(await drain(brittle)).toHaveLength(1);
    });

    test("acknowledges-and-sends-on-in-one-transaction", async (context) => {
      const { database } = under;
      if (database === undefined) return context.skip();
      await queue.send(work, [{ body: { stage: 1 } }]);
      const message = await receiveOne();
      const hop = (fail: boolean): Promise<boolean> =>
        database.transaction(async (within) => {
          await queue.send(work, [{ body: { stage: 2 } }], { within });
          const done = await queue.acknowledge(message, { within });
          if (fail) throw new RangeError("stop");
          return done;
        });
      await expect(hop(true)).rejects.toThrow(RangeError);
      expect(await queue.extend(message, 30)).toBe(true);
      expect(await hop(false)).toBe(true);
      expect((await drain()).map(({ body }) => body["stage"])).toEqual([2]);
    });
  });
}
