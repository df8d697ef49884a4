import type { BenchRecord, CopyTime, SessionResult } from "./records.ts";

/** What was done up to each point of the pipeline. */
const PARTS = [
  ["sync:before-merge", "reading and staging"],
  ["sync:merged", "taking over"],
  ["sync:after-merge", "clearing up"],
  ["prepare:snapshot-taken", "snapshot, statistics beside"],
  ["prepare:before-commit", "rest of the statistics"],
  ["optimize:solved", "solving"],
  ["optimize:assignments-stored", "assignments, reports beside"],
  ["optimize:before-commit", "groups"],
  ["finish:reports-written", "rest of the reports"],
] as const;

const READING = PARTS[0][0];

const STORES = { postgres: "PostgreSQL", embedded: "embedded" } as const;
const GIB = 2 ** 30;
const MOST_TIMES_COPY = 8;
const MOST_BYTES = 2 * GIB;
const MOST_GROWTH = 1.3;

export function sessionsOf(records: readonly BenchRecord[]): SessionResult[] {
  return records.filter((record) => record.kind === "session");
}

/** Seconds of a session but for the carrier's own. */
const ours = ({ seconds, carrierSeconds }: SessionResult): number => seconds - carrierSeconds;

function middle(copies: readonly CopyTime[], of: keyof CopyTime = "wall"): number {
  const sorted = copies.map((copy) => copy[of]).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Processor seconds, of all processes. */
const cpuOf = ({ cpu }: SessionResult): number => cpu.worker + cpu.server;

/** Processor seconds behind the reading, of which the carrier's calls are a part that cannot be told apart. */
function cpuAfterReading(session: SessionResult): number {
  const reading = session.parts[READING];
  return cpuOf(session) - (reading === undefined ? 0 : reading.worker + reading.server);
}

const timesCopy = (session: SessionResult): number => ours(session) / middle(session.copies);

export interface SessionFinding {
  readonly target: string;
  readonly findings: readonly { readonly text: string; readonly met: boolean }[];
}

/** The targets of whole sessions and what they came to. */
export function sessionTargets(sessions: readonly SessionResult[]): SessionFinding[] {
  const million = sessions.filter(({ size }) => size === 1_000_000);
  const named = ({ family }: SessionResult): string => STORES[family];
  return [
    {
      target: "session of 1,000,000 SIMs on PostgreSQL: all but the carrier's time ≤ 8 × a bare COPY",
      findings: million
        .filter(({ family }) => family === "postgres")
        .map((session) => ({
          text: `${timesCopy(session).toFixed(1)} ×`,
          met: timesCopy(session) <= MOST_TIMES_COPY,
        })),
    },
    {
      target: "session of 1,000,000 SIMs on the embedded store: completes",
      findings: million
        .filter(({ family }) => family === "embedded")
        .map((session) => ({ text: `${ours(session).toFixed(0)} s`, met: true })),
    },
    {
      target: "session of 1,000,000 SIMs: worker ≤ 2 GiB",
      findings: million.map((session) => ({
        text: `${named(session)} ${(session.peakRssBytes / GIB).toFixed(2)} GiB`,
        met: session.peakRssBytes <= MOST_BYTES,
      })),
    },
    {
      target: "session: a SIM of 1,000,000 costs ≤ 1.3 × one of 100,000, CPU",
      findings: million.flatMap((session) => {
        const smaller = sessions.find(({ family, size }) => family === session.family && size === 100_000);
        if (smaller === undefined) return [];
        const growth = cpuOf(session) / session.size / (cpuOf(smaller) / smaller.size);
        return [{ text: `${named(session)} ${growth.toFixed(2)} ×`, met: growth <= MOST_GROWTH }];
      }),
    },
  ];
}

/** The sessions, and where their time went, as rows of cells under their headers. */
export function sessionTable(sessions: readonly SessionResult[]): string[][] {
  return [
    [
      "store",
      "SIMs",
      "s in all",
      "carrier, s",
      "calls",
      "the rest, s",
      "bare COPY, s",
      "× COPY",
      "COPY with our keys, s",
      "CPU s: worker, server",
      "behind reading × COPY, CPU",
      "peak RSS, GiB",
      "longest pause, s",
    ],
    ...sessions.map((session) => [
      STORES[session.family],
      session.size.toLocaleString("en-US"),
      session.seconds.toFixed(1),
      session.carrierSeconds.toFixed(1),
      session.calls.toLocaleString("en-US"),
      ours(session).toFixed(1),
      middle(session.copies).toFixed(1),
      timesCopy(session).toFixed(1),
      middle(session.keyedCopies).toFixed(1),
      `${session.cpu.worker.toFixed(0)}, ${session.family === "embedded" ? "within" : session.cpu.server.toFixed(0)}`,
      (cpuAfterReading(session) / middle(session.copies, "cpu")).toFixed(1),
      (session.peakRssBytes / GIB).toFixed(2),
      session.longestPauseSeconds.toFixed(2),
    ]),
  ];
}

export function sessionPartsTable(sessions: readonly SessionResult[]): string[][] {
  return [
    ["store", "SIMs", ...PARTS.map(([, name]) => `${name}, s`)],
    ...sessions.map((session) => [
      STORES[session.family],
      session.size.toLocaleString("en-US"),
      ...PARTS.map(([point]) => (session.parts[point]?.wall ?? 0).toFixed(1)),
    ]),
  ];
}
