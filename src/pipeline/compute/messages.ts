import type { MessagePort } from "node:worker_threads";
import type { ReportJob } from "../finish/report-job.ts";
import type { SolveJob } from "../optimize/solve-job.ts";

/** What a thread is asked for. Everything in it survives a structured clone. */
export type Job = SolveJob | ReportJob;

/** Streams of a job by name: those it reads and those it writes. */
export interface JobPorts {
  readonly reads: Readonly<Record<string, MessagePort>>;
  readonly writes: Readonly<Record<string, MessagePort>>;
}

export interface JobStart extends JobPorts {
  readonly job: Job;
}

/** An error with what survives a structured clone. */
export interface PlainError {
  readonly message: string;
  readonly stack: string | undefined;
  /** Of a PoolwiseError. */
  readonly code: string | undefined;
  readonly data: Readonly<Record<string, unknown>>;
  readonly faults: readonly object[];
  readonly faultCount: number;
}

export type FromThread =
  | { readonly kind: "progress"; readonly stage: string; readonly best: number; readonly bound: number }
  /** What the job comes to; its streams may still be under way. */
  | { readonly kind: "result"; readonly value: unknown }
  | { readonly kind: "failed"; readonly error: PlainError }
  /** With what the job's last streams came to. */
  | { readonly kind: "over"; readonly value: unknown };
