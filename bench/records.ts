import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Elapsed } from "./elapsed.ts";
import type { MemoryUse } from "./peak-memory.ts";
import type { Verified } from "./verify-case.ts";

/** What one measurement left, as a line of `bench/results.jsonl`. Money in micros. */
export type BenchRecord = { readonly measuredOn: string } & (
  | SolverResult
  | HighsResult
  | EndToEndResult
  | SessionResult
);

export interface SolverResult {
  readonly kind: "solver";
  readonly family: string;
  readonly size: number;
  readonly status: string;
  /** Bill + penalty. */
  readonly objective: number;
  readonly bound: number;
  readonly gap: number;
  readonly prepareSeconds: number;
  readonly solve: Elapsed;
  /** The mean of at least three. */
  readonly sort: Elapsed;
  readonly memory: MemoryUse;
  /** Bill + penalty of the simple ways, and whether they keep the limits. */
  readonly others: Readonly<Record<string, { readonly objective: number; readonly feasible: boolean }>>;
  readonly verified: Verified | undefined;
}

export interface HighsResult {
  readonly kind: "highs";
  readonly family: string;
  readonly size: number;
  readonly status: string;
  /** Bill + penalty of its assignment by our rating; undefined where it has none that keeps the limits. */
  readonly objective: number | undefined;
  readonly elapsed: Elapsed;
  readonly limitSeconds: number;
}

export interface EndToEndResult {
  readonly kind: "end-to-end";
  readonly family: "generate-fleet";
  readonly size: number;
  readonly generateSeconds: number;
  readonly optimizeSeconds: number;
  readonly peakRssBytes: number;
  readonly files: number;
  readonly gap: number;
}

/** `wall` without waiting for the carrier; the others of processors, all included. */
export interface PartSeconds {
  readonly wall: number;
  readonly worker: number;
  readonly server: number;
}

export interface CopyTime {
  readonly wall: number;
  /** Of the client and the server. */
  readonly cpu: number;
}

export interface SessionResult {
  readonly kind: "session";
  /** The store. */
  readonly family: "postgres" | "embedded";
  readonly size: number;
  readonly seconds: number;
  /** Of these, waiting for the carrier. */
  readonly carrierSeconds: number;
  readonly calls: number;
  /** Of processors, in all: the worker's process, and the database's server where it is another one. */
  readonly cpu: { readonly worker: number; readonly server: number };
  /** The rest, by the point of the pipeline that it led to. */
  readonly parts: Readonly<Record<string, PartSeconds>>;
  /** A bare COPY of the same rows, each time that it was run. */
  readonly copies: readonly CopyTime[];
  /** The same into tables with the keys, indexes and checks of ours. */
  readonly keyedCopies: readonly CopyTime[];
  readonly longestPauseSeconds: number;
  readonly peakRssBytes: number;
}

const FILE = new URL("results.jsonl", import.meta.url);

const keyOf = ({ kind, family, size }: BenchRecord): string => `${kind} ${family} ${size}`;

export function readRecords(): BenchRecord[] {
  if (!existsSync(FILE)) return [];
  const lines = readFileSync(FILE, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as BenchRecord);
}

/** New records take the place of old ones of the same case; the others stay. */
export function mergeRecords(old: readonly BenchRecord[], fresh: readonly BenchRecord[]): BenchRecord[] {
  const byKey = new Map([...old, ...fresh].map((record) => [keyOf(record), record]));
  return [...byKey.values()].sort((a, b) => a.size - b.size);
}

export function writeRecords(records: readonly BenchRecord[]): void {
  writeFileSync(FILE, records.map((record) => `${JSON.stringify(record)}\n`).join(""));
}
