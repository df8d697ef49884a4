import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import type { SessionView } from "./context.ts";
import { openRig } from "./fixtures/rig.ts";
import type { Rig } from "./fixtures/rig.ts";
import { sessionView } from "./session/session-view.ts";
import { startSession } from "./session/start-session.ts";
import { runWorker } from "./worker/run-worker.ts";

let rig: Rig;
afterEach(async () => {
  await rig.close();
});

async function ended(sessionId: string): Promise<SessionView> {
  for (;;) {
    const view = await sessionView(rig.context, sessionId);
    if (view.completed_at !== null) return view;
    await sleep(50);
  }
}

test("workers-bring-a-session-to-its-end-and-stop-when-told", async () => {
  rig = await openRig({ simulator: { devices: 120 } });
  const stopping = new AbortController();
  const workers = ["one", "two"].map((workerName) =>
    runWorker({ ...rig.context, workerName }, { signal: stopping.signal, watchEveryMs: 200 }),
  );
  const { sessionId } = await startSession(rig.context, { accountId: rig.account.accountId });
  expect(await ended(sessionId)).toMatchObject({ status: "COMPLETED" });
  stopping.abort();
  await Promise.all(workers);
});

test("a-worker-that-is-told-to-stop-hands-on-what-it-has-read", async () => {
  rig = await openRig({ simulator: { devices: 400 } });
  const first = new AbortController();
  let pages = 0;
  const stopped = rig.with({
    fault: (point) => void (point === "sync:page-read" && ++pages === 4 && first.abort()),
  });
  const { sessionId } = await startSession(stopped, { accountId: rig.account.accountId });
  await runWorker(stopped, { signal: first.signal });
  const { rows } = await rig.context.db.query<{ pages: number; turn: number }>(
    "SELECT pages, (cursor->>'turn')::int AS turn FROM sync_runs",
  );
  expect(rows).toEqual([{ pages: 4, turn: 1 }]);
  const second = new AbortController();
  const worker = runWorker(rig.context, { signal: second.signal });
  expect(await ended(sessionId)).toMatchObject({ status: "COMPLETED", sync: { devices: 400 } });
  second.abort();
  await worker;
});
