import { afterEach, expect, test } from "vitest";
import { openRig } from "../fixtures/rig.ts";
import type { Rig } from "../fixtures/rig.ts";
import { cancelSession } from "./cancel-session.ts";
import { startSession } from "./start-session.ts";
import { whileSessionRuns } from "./while-session-runs.ts";

let rig: Rig | undefined;
afterEach(async () => {
  await rig?.close();
});

/** Takes for ever, but for the signal. */
const endless = (running: AbortSignal): Promise<void> =>
  new Promise((_, reject) => running.addEventListener("abort", () => reject(running.reason as Error)));

test("what-is-done-for-a-session-ends-when-it-is-cancelled-or-the-worker-is-stopped", async () => {
  rig = await openRig({ simulator: { devices: 1 } });
  const { context, account } = rig;
  const { sessionId } = await startSession(context, { accountId: account.accountId });
  const stop = new AbortController();
  const stopped = whileSessionRuns(context, sessionId, stop.signal, endless);
  stop.abort();
  await expect(stopped).rejects.toMatchObject({ code: "calculation-stopped" });

  const working = whileSessionRuns(context, sessionId, undefined, endless);
  await cancelSession(context, sessionId, { actor: "tester" });
  await expect(working).resolves.toBeUndefined();
}, 120_000);
