import { Worker } from "node:worker_threads";
import { ERROR_CODES, PoolwiseError } from "../../billing/errors.ts";
import type { ErrorCode } from "../../billing/errors.ts";
import { toDatabaseError } from "../sql/sql-errors.ts";
import type { Reply, Request, ThreadError, ThreadOptions, Work } from "./messages.ts";

/** The sources run as they are, the package from its compiled files: the thread is of the same kind as this file. */
const threadFile = new URL(import.meta.url.endsWith(".ts") ? "./thread.ts" : "./thread.js", import.meta.url);

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: PoolwiseError) => void;
}

const isOurs = (code: string | undefined): code is ErrorCode => code !== undefined && code in ERROR_CODES;

function fromThread(error: ThreadError): PoolwiseError {
  if (isOurs(error.code)) return new PoolwiseError(error.code, error.message);
  const carrier = Object.assign(
    new Error(error.message),
    error.fields,
    error.code === undefined ? {} : { code: error.code },
  );
  return toDatabaseError(carrier);
}

/** The database's thread: requests go in, each gets one reply, in order. */
export class ThreadChannel {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  readonly #onNotification: (channel: string, payload: string) => void;
  #nextId = 1;
  #dead: PoolwiseError | undefined;

  constructor(options: ThreadOptions, onNotification: (channel: string, payload: string) => void) {
    this.#onNotification = onNotification;
    this.#worker = new Worker(threadFile, { workerData: options });
    this.#worker.on("message", (reply: Reply) => this.#receive(reply));
    this.#worker.on("error", (error) => this.#die(`The embedded database stopped: ${String(error)}`));
    this.#worker.on("exit", () => this.#die("The embedded database's thread has ended"));
  }

  /** Resolves when the database is open. */
  ready(): Promise<void> {
    return this.#wait(0).then(() => undefined);
  }

  async request<Value>(work: Work, transfer: readonly ArrayBuffer[] = []): Promise<Value> {
    if (this.#dead !== undefined) throw this.#dead;
    const request: Request = { id: this.#nextId++, work };
    const reply = this.#wait(request.id);
    this.#worker.postMessage(request, transfer as ArrayBuffer[]);
    return (await reply) as Value;
  }

  async end(): Promise<void> {
    this.#dead ??= new PoolwiseError("database-unavailable", "The embedded database is closed.");
    await this.#worker.terminate();
  }

  #wait(id: number): Promise<unknown> {
    const reply = new Promise<unknown>((resolve, reject) => this.#pending.set(id, { resolve, reject }));
    // An idle database does not keep the process alive.
    this.#worker.ref();
    return reply;
  }

  #receive(reply: Reply): void {
    if ("notification" in reply) return this.#onNotification(reply.notification, reply.payload);
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if (this.#pending.size === 0) this.#worker.unref();
    if (reply.ok) pending?.resolve(reply.value);
    else pending?.reject(fromThread(reply.error));
  }

  #die(reason: string): void {
    this.#dead ??= new PoolwiseError(
      "database-unavailable",
      `${reason}. Start the program again; what was committed is kept.`,
    );
    for (const pending of this.#pending.values()) pending.reject(this.#dead);
    this.#pending.clear();
  }
}
