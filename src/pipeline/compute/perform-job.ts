import type { Writable } from "node:stream";
import { PoolwiseError } from "../../billing/errors.ts";
import { reportSession } from "../finish/report-job.ts";
import { solveUnit } from "../optimize/solve-job.ts";
import type { FromThread, JobStart, PlainError } from "./messages.ts";
import { portWritable, readPort } from "./port-stream.ts";

/** What a job is done with. */
export interface JobTools<Result> {
  /** @throws where the job was not started with a stream of this name. */
  read(name: string): AsyncIterable<Uint8Array>;
  write(name: string): Writable;
  progress(stage: string, best: number, bound: number): void;
  /** Hands over what the job comes to, before streams that are read only afterwards. */
  result(value: Result): void;
}

/** Does a job on this thread, telling of it as it goes. Never throws. */
export async function performJob(
  { job, reads, writes }: JobStart,
  tell: (said: FromThread) => void,
): Promise<void> {
  const tools: JobTools<unknown> = {
    read: (name) => readPort(portOf(reads, name)),
    write: (name) => portWritable(portOf(writes, name)),
    progress: (stage, best, bound) => tell({ kind: "progress", stage, best, bound }),
    result: (value) => tell({ kind: "result", value }),
  };
  try {
    const value = job.kind === "solve" ? await solveUnit(job, tools) : await reportSession(job, tools);
    tell({ kind: "over", value });
  } catch (error) {
    tell({ kind: "failed", error: plainError(error) });
  }
}

function portOf<Port>(ports: Readonly<Record<string, Port>>, name: string): Port {
  const port = ports[name];
  if (port !== undefined) return port;
  throw new PoolwiseError("internal-error", `The job was started without a stream ${name}.`);
}

function plainError(error: unknown): PlainError {
  const known = error instanceof PoolwiseError ? error : undefined;
  return {
    message: error instanceof Error ? error.message : String(error),
    stack: error instanceof Error ? error.stack : undefined,
    code: known?.code,
    data: known?.data ?? {},
    faults: known?.faults ?? [],
    faultCount: known?.faultCount ?? 0,
  };
}
