import { Readable } from "node:stream";
import type { ObjectStore, PutResult } from "../../ports/object-store.ts";
import { REPORT_NAMES } from "../../reports/write-reports.ts";
import type { RunningJob } from "../compute/start-job.ts";
import { reportKeys } from "../inputs/object-keys.ts";
import type { SessionReports } from "./report-run.ts";

export interface WrittenReports extends SessionReports {
  readonly objects: readonly PutResult[];
}

/** Reports that are written while the run they show is stored, and do not take their place by themselves. */
export interface BegunReports {
  /** Resolves once all is written, or they came to nothing. */
  readonly written: Promise<void>;
  /** Waits until all is written and puts it in its place. @throws what kept it from that. */
  place(): Promise<WrittenReports>;
  /** Resolves once nothing is left of what has not taken its place. */
  giveUp(): Promise<void>;
}

/** Takes the reports that a job writes into the object store, but for the last step. */
export function beginReports(
  objects: ObjectStore,
  sessionId: string,
  job: RunningJob<unknown, SessionReports | undefined>,
): BegunReports {
  const placing = Promise.withResolvers<void>();
  let over = false;
  const stop = (error: unknown): void => {
    over = true;
    placing.reject(error);
  };
  const begun = REPORT_NAMES.map((name) => {
    const streamed = Promise.withResolvers<void>();
    async function* heldBack(): AsyncGenerator<Uint8Array> {
      for await (const chunk of job.output(name)) {
        if (over) break;
        yield chunk;
      }
      streamed.resolve();
      await placing.promise;
    }
    const put = objects.put(reportKeys(sessionId) + name, Readable.from(heldBack(), { objectMode: false }));
    return { put, streamed: Promise.race([streamed.promise, put]) };
  });
  const puts = begun.map(({ put }) => put);
  const ready = Promise.all([job.over, ...begun.map(({ streamed }) => streamed)]).then(([reports]) => {
    if (reports !== undefined) return reports;
    throw new Error("The thread that solved could not write the reports.");
  });
  ready.catch(stop);
  placing.promise.catch(() => undefined);
  const giveUp = async (): Promise<void> => {
    stop(new Error("The reports were given up."));
    await Promise.allSettled(puts);
  };
  return {
    written: ready.then(
      () => undefined,
      () => undefined,
    ),
    async place() {
      try {
        const reports = await ready;
        placing.resolve();
        return { ...reports, objects: await Promise.all(puts) };
      } catch (error) {
        await giveUp();
        throw error;
      }
    },
    giveUp,
  };
}
