import { EventEmitter, once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { PgBoss } from "pg-boss";
import { PoolwiseError } from "../../billing/errors.ts";
import type { Database, SqlExecutor, Transaction } from "../../ports/database.ts";
import { deadLetterQueue, MAX_VISIBILITY_SECONDS } from "../../ports/queue.ts";
import type {
  MessageBody,
  OutgoingMessage,
  Queue,
  QueueDefinition,
  QueueDepth,
  ReceivedMessage,
  ReceiveOptions,
} from "../../ports/queue.ts";
import { toDatabaseError } from "../sql/sql-errors.ts";
import { bossDatabase } from "./boss-database.ts";
import {
  claimOf,
  findLapsed,
  fromJob,
  hideClaimed,
  hideLonger,
  JOBS,
  setRetryDelay,
  useUpRetries,
} from "./boss-jobs.ts";
import { jobIdFor } from "./dedup-id.ts";
import { checkDelay, checkMessage, checkReceive, checkVisibility } from "./message-limits.ts";

export interface PgBossQueueOptions {
  readonly queues: readonly QueueDefinition[];
  /** Whether this process keeps the queue's tables tidy: `serve` and `worker` do, a command does not. */
  readonly maintain: boolean;
  /** How often a waiting `receive` looks again, beside being woken by this process's own sends. Default 500. */
  readonly pollMs?: number;
  /** Errors of pg-boss's own timers. */
  readonly onError?: (error: Error) => void;
}

/** Done messages are kept this long, and so is the memory of their dedup ids. */
const KEEP_DONE_SECONDS = 3_600;
const KEEP_WAITING_SECONDS = 14 * 86_400;
/** A dead letter is never thrown away by the queue: somebody decides. */
const KEEP_DEAD = { retentionSeconds: 10 * 365 * 86_400, retryLimit: 1_000_000 };

async function createQueues(boss: PgBoss, definitions: readonly QueueDefinition[]): Promise<void> {
  const common = {
    retryDelay: 0,
    deleteAfterSeconds: KEEP_DONE_SECONDS,
    retentionSeconds: KEEP_WAITING_SECONDS,
  };
  for (const { name, maxReceives } of definitions) {
    const dead = deadLetterQueue(name);
    await boss.createQueue(dead, { ...common, ...KEEP_DEAD });
    const options = { ...common, retryLimit: maxReceives - 1, deadLetter: dead };
    await boss.createQueue(name, options);
    await boss.updateQueue(name, options);
    // Known now, so that a send inside a transaction asks the database nothing beside it.
    await boss.getQueueStats(name);
    await boss.getQueueStats(dead);
  }
}

/** The queue port on pg-boss, in the schema `pgboss` of either store. Makes its tables and queues where they are missing. */
export async function openPgBossQueue(database: Database, options: PgBossQueueOptions): Promise<Queue> {
  const boss = new PgBoss({
    db: bossDatabase(database),
    backend: database.kind === "pglite" ? "pglite" : "postgres",
    schedule: false,
    supervise: options.maintain,
  });
  boss.on("error", (error) => options.onError?.(error));
  await boss.start();
  await createQueues(boss, options.queues);
  return new PgBossQueue(database, boss, options);
}

class PgBossQueue implements Queue {
  readonly #database: Database;
  readonly #boss: PgBoss;
  readonly #names: ReadonlySet<string>;
  readonly #pollMs: number;
  /** Emits a queue's name when this process has sent to it. */
  readonly #sent = new EventEmitter().setMaxListeners(0);
  readonly #closing = new AbortController();

  constructor(database: Database, boss: PgBoss, options: PgBossQueueOptions) {
    this.#database = database;
    this.#boss = boss;
    this.#names = new Set(options.queues.flatMap(({ name }) => [name, deadLetterQueue(name)]));
    this.#pollMs = options.pollMs ?? 500;
  }

  async send(
    queue: string,
    messages: readonly OutgoingMessage[],
    { within }: { within?: Transaction } = {},
  ): Promise<readonly string[]> {
    this.#checkName(queue);
    messages.forEach(checkMessage);
    if (messages.length === 0) return [];
    const jobs = new Map<string, object>();
    for (const { body, delaySeconds = 0, dedupId } of messages) {
      const id = dedupId === undefined ? crypto.randomUUID() : jobIdFor(queue, dedupId);
      if (!jobs.has(id))
        jobs.set(id, { id, data: body, startAfter: delaySeconds, expireInSeconds: MAX_VISIBILITY_SECONDS });
    }
    const ids = await asOurs(
      this.#boss.insert(queue, [...jobs.values()], {
        db: bossDatabase(within ?? this.#database),
        returnId: true,
      }),
    );
    if (within === undefined) this.#sent.emit(queue);
    else within.afterCommit(() => this.#sent.emit(queue));
    return ids ?? [];
  }

  async receive(queue: string, options: ReceiveOptions): Promise<readonly ReceivedMessage[]> {
    this.#checkName(queue);
    checkReceive(options);
    const deadline = performance.now() + (options.waitSeconds ?? 0) * 1_000;
    for (;;) {
      const woken = this.#nextSend(queue, options.signal);
      const messages = await this.#fetch(queue, options);
      const left = deadline - performance.now();
      if (
        messages.length > 0 ||
        left <= 0 ||
        options.signal?.aborted === true ||
        this.#closing.signal.aborted
      ) {
        woken.stop();
        return messages;
      }
      await Promise.race([
        woken.sent,
        sleep(Math.min(left, this.#pollMs), undefined, { signal: woken.signal }).catch(() => undefined),
      ]);
      woken.stop();
    }
  }

  async extend(message: ReceivedMessage, visibilitySeconds: number): Promise<boolean> {
    this.#checkName(message.queue);
    checkVisibility(visibilitySeconds);
    return await hideLonger(this.#database, message.queue, claimOf(message), visibilitySeconds);
  }

  async acknowledge(message: ReceivedMessage, { within }: { within?: Transaction } = {}): Promise<boolean> {
    this.#checkName(message.queue);
    const db = bossDatabase(within ?? this.#database);
    const response = await asOurs(this.#boss.complete(message.queue, claimOf(message), null, { db }));
    return affected(response) === 1;
  }

  async giveBack(
    message: ReceivedMessage,
    {
      delaySeconds = 0,
      reason,
      within,
    }: { delaySeconds?: number; reason?: string; within?: Transaction } = {},
  ): Promise<boolean> {
    this.#checkName(message.queue);
    checkDelay(delaySeconds);
    return await this.#fail(message, reason, within, (executor) =>
      setRetryDelay(executor, message.queue, claimOf(message), delaySeconds),
    );
  }

  async reject(
    message: ReceivedMessage,
    { reason, within }: { reason: string; within?: Transaction },
  ): Promise<boolean> {
    this.#checkName(message.queue);
    return await this.#fail(message, reason, within, (executor) =>
      useUpRetries(executor, message.queue, claimOf(message)),
    );
  }

  async depth(queue: string): Promise<QueueDepth> {
    this.#checkName(queue);
    const { rows } = await this.#database.query<QueueDepth>(
      `SELECT count(*) FILTER (WHERE name = $1 AND state < 'active' AND start_after <= now()) AS ready,
         count(*) FILTER (WHERE name = $1 AND state < 'active' AND start_after > now()) AS delayed,
         count(*) FILTER (WHERE name = $1 AND state = 'active') AS "inFlight",
         count(*) FILTER (WHERE name = $2 AND state <= 'active') AS dead,
         coalesce(extract(epoch FROM now() - min(greatest(created_on, start_after))
           FILTER (WHERE name = $1 AND state < 'active' AND start_after <= now())), 0)::float8 AS "oldestReadySeconds"
       FROM ${JOBS} WHERE name IN ($1, $2) AND state <= 'active'`,
      [queue, deadLetterQueue(queue)],
    );
    const [depth] = rows;
    if (depth === undefined) throw new PoolwiseError("internal-error", "Counting a queue gave no row.");
    return depth;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#boss.stop({ graceful: true, timeout: 5_000 });
  }

  #checkName(queue: string): void {
    if (this.#names.has(queue)) return;
    throw new PoolwiseError(
      "option-invalid",
      `There is no queue ${JSON.stringify(queue)}: expected one of ${[...this.#names].join(", ")}.`,
    );
  }

  #nextSend(
    queue: string,
    signal: AbortSignal | undefined,
  ): { sent: Promise<unknown>; signal: AbortSignal; stop: () => void } {
    const stopping = new AbortController();
    const signals = [stopping.signal, this.#closing.signal, ...(signal === undefined ? [] : [signal])];
    const any = AbortSignal.any(signals);
    return {
      sent: once(this.#sent, queue, { signal: any }).catch(() => undefined),
      signal: any,
      stop: () => stopping.abort(),
    };
  }

  async #fetch(
    queue: string,
    { max, visibilitySeconds }: ReceiveOptions,
  ): Promise<readonly ReceivedMessage[]> {
    const presence = await this.#database.present();
    await this.#takeBack(queue, presence);
    return await this.#database.transaction(async (transaction) => {
      const db = bossDatabase(transaction);
      const jobs = await asOurs(
        this.#boss.fetch<MessageBody>(queue, { batchSize: max, includeMetadata: true, db }),
      );
      if (jobs.length > 0)
        await hideClaimed(
          transaction,
          queue,
          jobs.map(({ id }) => id),
          { seconds: visibilitySeconds, presence },
        );
      return jobs.map((job) => fromJob(queue, job));
    });
  }

  /** What workers that died had is delivered again at once, what a living one has kept too long as well. */
  async #takeBack(queue: string, presence: number): Promise<void> {
    const lapsed = await findLapsed(this.#database, queue, presence);
    const died = lapsed.filter(({ gone }) => gone);
    const late = lapsed.filter(({ gone }) => !gone);
    if (died.length > 0)
      await asOurs(this.#boss.fail(queue, died, { message: "the worker that had it died" }));
    if (late.length > 0) await asOurs(this.#boss.fail(queue, late, { message: "not acknowledged in time" }));
  }

  async #fail(
    message: ReceivedMessage,
    reason: string | undefined,
    within: Transaction | undefined,
    prepare: (executor: SqlExecutor) => Promise<boolean>,
  ): Promise<boolean> {
    const fail = async (transaction: Transaction): Promise<boolean> => {
      if (!(await prepare(transaction))) return false;
      const output = reason === undefined ? null : { message: reason };
      const response = await asOurs(
        this.#boss.fail(message.queue, claimOf(message), output, { db: bossDatabase(transaction) }),
      );
      return affected(response) === 1;
    };
    return await (within === undefined ? this.#database.transaction(fail) : fail(within));
  }
}

const affected = (response: object): number => ("affected" in response ? Number(response.affected) : 0);

async function asOurs<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw toDatabaseError(error);
  }
}
