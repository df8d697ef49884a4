import type { BegunReports } from "./begin-reports.ts";

/** Reports that this process has begun, until it finishes their sessions. */
export interface KeptReports {
  keep(sessionId: string, reports: BegunReports): void;
  /** Hands them over, once; undefined where there are none here. */
  take(sessionId: string): BegunReports | undefined;
  /** Gives up all. */
  close(): Promise<void>;
}

/** Each holds files open, and room on a disk. */
const MOST_KEPT = 10;
/** Whoever has not finished a session by then, or let another do it, writes its reports anew. */
const KEPT_MS = 300_000;

interface Kept {
  readonly reports: BegunReports;
  readonly timer: NodeJS.Timeout;
}

export function createKeptReports(): KeptReports {
  const kept = new Map<string, Kept>();
  const take = (sessionId: string): BegunReports | undefined => {
    const found = kept.get(sessionId);
    clearTimeout(found?.timer);
    kept.delete(sessionId);
    return found?.reports;
  };
  const drop = async (sessionId: string): Promise<void> => await take(sessionId)?.giveUp();
  return {
    keep(sessionId, reports) {
      const [oldest] = kept.keys();
      if (oldest !== undefined && kept.size >= MOST_KEPT) void drop(oldest);
      void drop(sessionId);
      const timer = setTimeout(() => void drop(sessionId), KEPT_MS).unref();
      kept.set(sessionId, { reports, timer });
    },
    take,
    async close() {
      await Promise.all([...kept.keys()].map(drop));
    },
  };
}
