import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openFolderObjects } from "../adapters/objects-folder/open-folder-objects.ts";
import { REPORT_NAMES } from "../reports/write-reports.ts";
import type { FaultPoint, PipelineContext } from "./context.ts";
import { PIPELINE_QUEUES } from "./context.ts";
import { createKeptReports } from "./finish/kept-reports.ts";
import type { Rig } from "./fixtures/rig.ts";
import { openRig } from "./fixtures/rig.ts";
import type { StageMessage } from "./messages.ts";
import { stageMessage } from "./messages.ts";
import { sessionView } from "./session/session-view.ts";
import { startSession } from "./session/start-session.ts";
import { handleMessage, runStage } from "./worker/handle-message.ts";

/** Without its overage rate a plan that charges overage cannot be priced. */
const spoil = (csv: string): string => csv.replace(/^(MON-FLEX 10MB,.*?,charge,)[^,]+,/m, "$1,");

let rig: Rig;
let folder: string;
/** The worker that solves, and another one. */
let solver: PipelineContext;
let other: PipelineContext;

beforeEach(async () => {
  rig = await openRig({
    simulator: { devices: 260, faults: ["F11:kind=null-usage,probability=0.5"] },
    plans: spoil,
    settings: { invalidPlans: "quarantine" },
    concurrency: 1,
  });
  folder = await mkdtemp(join(tmpdir(), "poolwise-beside-"));
  const objects = await openFolderObjects({ folder });
  solver = rig.with({ objects });
  other = rig.with({ objects, keptReports: createKeptReports(), workerName: "other" });
});
afterEach(async () => {
  await other.keptReports.close();
  await rig.close();
  await rm(folder, { recursive: true, force: true });
});

/** Brings the session on by `worker` until a message of this stage comes; undefined: to its end. */
async function bringTo(worker: PipelineContext, stage?: StageMessage["stage"]): Promise<StageMessage> {
  for (;;) {
    for (const { name } of PIPELINE_QUEUES) {
      const [message] = await worker.queue.receive(name, { max: 1, visibilitySeconds: 600 });
      if (message === undefined) continue;
      const body = stageMessage.parse(message.body);
      if (body.stage === stage) {
        await worker.queue.acknowledge(message);
        return body;
      }
      await handleMessage(message, worker);
      if (stage === undefined && (await sessionView(worker, body.sessionId)).completed_at !== null)
        return body;
    }
  }
}

async function start(): Promise<string> {
  return (await startSession(solver, { accountId: rig.account.accountId })).sessionId;
}

async function statusOf(sessionId: string): Promise<string> {
  return (await sessionView(solver, sessionId)).status;
}

async function reportsOf(sessionId: string): Promise<Record<string, Buffer>> {
  const found: Record<string, Buffer> = {};
  for (const name of REPORT_NAMES) {
    const key = `sessions/${sessionId}/${name}`;
    if ((await solver.objects.head(key)) !== undefined)
      found[name] = await buffer(await solver.objects.get(key));
  }
  return found;
}

const drafts = (): Promise<string[]> => readdir(join(folder, ".drafts"));

/** Does something the first time that a point is reached. */
function once(at: FaultPoint, act: () => Promise<void> | void): (point: FaultPoint) => Promise<void> {
  let done = false;
  return async (point) => {
    if (point !== at || done) return;
    done = true;
    await act();
  };
}

test("reports-begun-are-byte-for-byte-those-that-another-worker-writes-from-what-is-stored", async () => {
  const sessionId = await start();
  const finish = await bringTo(solver, "finish");
  await runStage(finish, other);
  expect(await statusOf(sessionId)).toBe("COMPLETED");
  const restored = await reportsOf(sessionId);
  expect(Object.keys(restored)).toEqual([...REPORT_NAMES]);
  const written = await solver.keptReports.take(sessionId)?.place();
  const begun = await reportsOf(sessionId);
  for (const name of REPORT_NAMES) expect(begun[name]?.equals(restored[name] as Buffer), name).toBe(true);
  const { rows } = await solver.db.query<{ object_key: string; sha256: string }>(
    "SELECT object_key, sha256 FROM reports WHERE name <> 'certificate.json' ORDER BY object_key",
  );
  expect(
    written?.objects
      .map(({ key, sha256 }) => ({ object_key: key, sha256 }))
      .toSorted((a, b) => (a.object_key < b.object_key ? -1 : 1)),
  ).toEqual(rows);
  expect(written?.summary).toEqual((await sessionView(solver, sessionId)).summary);
});

test("the-worker-that-solved-puts-the-reports-it-began-in-their-place", async () => {
  const sessionId = await start();
  const finish = await bringTo(solver, "finish");
  expect(await reportsOf(sessionId)).toEqual({});
  expect(await drafts()).toHaveLength(REPORT_NAMES.length);
  // Written from what is stored, they would need this.
  await solver.objects.delete(`sessions/${sessionId}/inputs/devices.csv`);
  await runStage(finish, solver);
  expect(await statusOf(sessionId)).toBe("COMPLETED");
  expect(Object.keys(await reportsOf(sessionId))).toEqual([...REPORT_NAMES]);
  expect(await drafts()).toEqual([]);
});

test("reports-of-a-run-that-is-not-stored-never-take-their-place", async () => {
  const sessionId = await start();
  const optimize = await bringTo(solver, "optimize");
  const fails = once("optimize:before-commit", () => {
    throw new Error("cut off");
  });
  await expect(runStage(optimize, { ...solver, fault: fails })).rejects.toThrow("cut off");
  expect([await reportsOf(sessionId), await drafts()]).toEqual([{}, []]);
  expect(solver.keptReports.take(sessionId)).toBeUndefined();
  await runStage(optimize, solver);
  await bringTo(solver);
  expect(await statusOf(sessionId)).toBe("COMPLETED");
});

test("a-unit-that-another-worker-stored-first-keeps-that-ones-reports", async () => {
  const sessionId = await start();
  const optimize = await bringTo(solver, "optimize");
  let theirs: Record<string, Buffer> = {};
  const late = once("optimize:solved", async () => {
    await runStage(optimize, other);
    await bringTo(other);
    theirs = await reportsOf(sessionId);
  });
  await runStage(optimize, { ...solver, fault: late });
  expect(Object.keys(theirs)).toEqual([...REPORT_NAMES]);
  expect(await reportsOf(sessionId)).toEqual(theirs);
  expect(await drafts()).toEqual([]);
  expect(solver.keptReports.take(sessionId)).toBeUndefined();
});

test("where-reports-cannot-be-begun-the-finish-stage-writes-them", async () => {
  const sessionId = await start();
  const optimize = await bringTo(solver, "optimize");
  const fault = async (point: FaultPoint): Promise<void> => {
    if (point === "optimize:solved") await rm(join(folder, ".drafts"), { recursive: true });
    if (point === "finish:inputs-written") await mkdir(join(folder, ".drafts"));
  };
  await runStage(optimize, { ...solver, fault });
  await bringTo({ ...solver, fault });
  expect(await statusOf(sessionId)).toBe("COMPLETED");
  expect(Object.keys(await reportsOf(sessionId))).toEqual([...REPORT_NAMES]);
});

test("a-worker-that-is-told-to-stop-while-it-stores-leaves-the-session-to-another", async () => {
  const sessionId = await start();
  const optimize = await bringTo(solver, "optimize");
  const stop = new AbortController();
  const fault = once("optimize:solved", () => stop.abort());
  await expect(runStage(optimize, { ...solver, fault }, stop.signal)).rejects.toMatchObject({
    code: "calculation-stopped",
  });
  expect([await reportsOf(sessionId), await drafts()]).toEqual([{}, []]);
  await runStage(optimize, other);
  await bringTo(other);
  expect(await statusOf(sessionId)).toBe("COMPLETED");
});
