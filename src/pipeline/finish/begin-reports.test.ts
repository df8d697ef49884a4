import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openFolderObjects } from "../../adapters/objects-folder/open-folder-objects.ts";
import type { ObjectStore } from "../../ports/object-store.ts";
import { REPORT_NAMES } from "../../reports/write-reports.ts";
import type { RunningJob } from "../compute/start-job.ts";
import { startJob } from "../compute/start-job.ts";
import { solveJobOf } from "../fixtures/solve-job.ts";
import type { SolvedUnit } from "../optimize/solve-job.ts";
import type { BegunReports } from "./begin-reports.ts";
import { beginReports } from "./begin-reports.ts";
import type { SessionReports } from "./report-run.ts";

const SESSION = "00000000-0000-4000-8000-000000000000";
const IN_PLACE = REPORT_NAMES.map((name) => `sessions/${SESSION}/${name}`).toSorted();

let folder: string;
let objects: ObjectStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "poolwise-begun-"));
  objects = await openFolderObjects({ folder });
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

type SolvingJob = RunningJob<SolvedUnit, SessionReports | undefined>;

async function read(chunks: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0;
  for await (const chunk of chunks) bytes += chunk.length;
  return bytes;
}

async function solved(sims: number, signal?: AbortSignal): Promise<SolvingJob> {
  const { job, lines } = solveJobOf(sims);
  const running: SolvingJob = startJob(job, {
    reads: {
      devices: (async function* () {
        await Promise.resolve();
        yield* lines();
      })(),
    },
    writes: ["assignments", ...REPORT_NAMES],
    signal,
  });
  await running.result;
  return running;
}

async function begun(sims: number): Promise<{ reports: BegunReports; assignmentBytes: number }> {
  const job = await solved(sims);
  const reports = beginReports(objects, SESSION, job);
  const assignmentBytes = await read(job.output("assignments"));
  await reports.written;
  await job.end();
  return { reports, assignmentBytes };
}

async function inPlace(): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of objects.list("")) keys.push(key);
  return keys;
}

const drafts = (): Promise<string[]> => readdir(join(folder, ".drafts"));

test("reports-that-are-written-take-their-place-when-told-and-not-before", async () => {
  const { reports } = await begun(400);
  expect(await inPlace()).toEqual([]);
  expect(await drafts()).toHaveLength(REPORT_NAMES.length);
  const written = await reports.place();
  expect(written.figures.devices).toBe(400);
  expect(await inPlace()).toEqual(IN_PLACE);
  expect(await drafts()).toEqual([]);
});

test("reports-that-are-given-up-leave-nothing-and-cannot-be-placed", async () => {
  const { reports } = await begun(400);
  await reports.giveUp();
  expect([await inPlace(), await drafts()]).toEqual([[], []]);
  await expect(reports.place()).rejects.toThrow("given up");
  expect([await inPlace(), await drafts()]).toEqual([[], []]);
});

test("reports-under-way-end-with-their-thread-and-leave-nothing", async () => {
  const stop = new AbortController();
  const job = await solved(20_000, stop.signal);
  const reports = beginReports(objects, SESSION, job);
  const placed = reports.place();
  const reason = new Error("the worker stops");
  for await (const _ of job.output("assignments")) break;
  stop.abort(reason);
  await expect(placed).rejects.toBe(reason);
  await reports.written;
  expect([await inPlace(), await drafts()]).toEqual([[], []]);
});

test("reports-that-cannot-be-written-hold-up-no-assignment-and-say-why", async () => {
  const { assignmentBytes: undisturbed, reports: first } = await begun(20_000);
  await first.giveUp();
  await rm(join(folder, ".drafts"), { recursive: true });
  const { assignmentBytes, reports } = await begun(20_000);
  expect(assignmentBytes).toBe(undisturbed);
  await expect(reports.place()).rejects.toMatchObject({ code: "object-store-failed" });
  expect(await inPlace()).toEqual([]);
});
