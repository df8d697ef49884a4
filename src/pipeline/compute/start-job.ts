import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { MessagePort, ResourceLimits } from "node:worker_threads";
import { MessageChannel, Worker } from "node:worker_threads";
import { ERROR_CODES, PoolwiseError } from "../../billing/errors.ts";
import type { ErrorCode, Fault } from "../../billing/errors.ts";
import type { FromThread, Job, JobPorts, JobStart, PlainError } from "./messages.ts";
import { portWritable, readPort } from "./port-stream.ts";

/** The sources run as they are, the package from its compiled files: the thread is of the same kind as this file. */
const threadFile = new URL(import.meta.url.endsWith(".ts") ? "./thread.ts" : "./thread.js", import.meta.url);

export interface JobOptions {
  /** What the job reads, by name. */
  readonly reads: Readonly<Record<string, AsyncIterable<Uint8Array | string>>>;
  /** Names of what it writes. */
  readonly writes: readonly string[];
  /** Ends the thread at once; everything of the job then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (stage: string, best: number, bound: number) => void;
  readonly resourceLimits?: ResourceLimits;
}

/** A job under way in a thread of its own, so that this one stays free. */
export interface RunningJob<Result, Last = void> {
  /** What the job comes to. */
  readonly result: Promise<Result>;
  /** What it writes under a name, at the pace of whoever reads. */
  output(name: string): AsyncIterable<Uint8Array<ArrayBuffer>>;
  /** Resolves when the job has done everything, with what its last streams came to. */
  readonly over: Promise<Last>;
  /** Ends the thread, whatever it is doing. */
  end(): Promise<void>;
}

/**
 * Starts a job. It fails with the job's own error; with `calculation-stopped` where the thread ends early, for want
 * of memory or by a fault; with what a stream that it reads throws.
 */
export function startJob<Result, Last = void>(job: Job, options: JobOptions): RunningJob<Result, Last> {
  const { signal } = options;
  signal?.throwIfAborted();
  const ports = channels(Object.keys(options.reads), options.writes);
  const worker = new Worker(threadFile, {
    workerData: { job, ...ports.theirs } satisfies JobStart,
    transferList: [...Object.values(ports.theirs.reads), ...Object.values(ports.theirs.writes)],
    ...(options.resourceLimits && { resourceLimits: options.resourceLimits }),
  });
  const result = Promise.withResolvers<Result>();
  const over = Promise.withResolvers<Last>();
  const fail = (error: unknown): void => {
    result.reject(error);
    over.reject(error);
    void worker.terminate();
  };
  for (const promise of [result.promise, over.promise]) promise.catch(() => undefined);
  const stop = (): void => fail(signal?.reason);
  signal?.addEventListener("abort", stop, { once: true });
  worker.on("message", (said: FromThread) => {
    if (said.kind === "progress") options.onProgress?.(said.stage, said.best, said.bound);
    else if (said.kind === "result") result.resolve(said.value as Result);
    else if (said.kind === "failed") fail(fromPlain(said.error));
    else over.resolve(said.value as Last);
  });
  worker.on("error", (error: Error) => fail(stopped(error)));
  worker.on("exit", () => {
    signal?.removeEventListener("abort", stop);
    fail(stopped(undefined));
  });
  for (const [name, source] of Object.entries(options.reads))
    void feed(portOf(ports.ours.reads, name), source, fail);
  return {
    result: result.promise,
    over: over.promise,
    async *output(name) {
      try {
        yield* readPort(portOf(ports.ours.writes, name));
      } catch (error) {
        // The stream breaks off before the thread has told, or could be heard to end.
        await over.promise;
        throw error;
      }
    },
    end: async () => {
      await worker.terminate();
    },
  };
}

/** Passes a stream on, and its own error; where its reader goes, the thread says why. */
async function feed(
  port: MessagePort,
  source: AsyncIterable<Uint8Array | string>,
  fail: (error: unknown) => void,
): Promise<void> {
  async function* watched(): AsyncGenerator<Uint8Array | string> {
    const iterator = source[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await iterator.next().catch((error: unknown) => {
          fail(error);
          throw error;
        });
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      await iterator.return?.();
    }
  }
  await pipeline(Readable.from(watched(), { objectMode: false }), portWritable(port)).catch(() => undefined);
}

function channels(reads: readonly string[], writes: readonly string[]): { ours: JobPorts; theirs: JobPorts } {
  const ours = { reads: {} as Record<string, MessagePort>, writes: {} as Record<string, MessagePort> };
  const theirs = { reads: {} as Record<string, MessagePort>, writes: {} as Record<string, MessagePort> };
  const open = (side: "reads" | "writes", name: string): void => {
    const { port1, port2 } = new MessageChannel();
    ours[side][name] = port1;
    theirs[side][name] = port2;
  };
  for (const name of reads) open("reads", name);
  for (const name of writes) open("writes", name);
  return { ours, theirs };
}

function portOf(ports: Readonly<Record<string, MessagePort>>, name: string): MessagePort {
  const port = ports[name];
  if (port !== undefined) return port;
  throw new PoolwiseError("internal-error", `The job was started without a stream ${name}.`);
}

function stopped(cause: Error | undefined): PoolwiseError {
  const noMemory = cause !== undefined && "code" in cause && cause.code === "ERR_WORKER_OUT_OF_MEMORY";
  const why = noMemory
    ? "it ran out of memory. Give the worker more, or lower QUEUES_PER_INSTANCE so that it does less at once"
    : cause === undefined
      ? "its thread ended"
      : cause.message;
  return new PoolwiseError("calculation-stopped", `A calculation was cut off: ${why}. It is tried again.`, {
    data: { outOfMemory: noMemory },
    cause,
  });
}

const isOurs = (code: string | undefined): code is ErrorCode => code !== undefined && code in ERROR_CODES;

function fromPlain({ message, stack, code, data, faults, faultCount }: PlainError): Error {
  if (isOurs(code))
    return new PoolwiseError(code, message, { data, faults: faults as readonly Fault[], faultCount });
  return Object.assign(new Error(message), stack === undefined ? {} : { stack });
}
