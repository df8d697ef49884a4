import { setTimeout as sleep } from "node:timers/promises";
import { sessionView } from "../../../pipeline/session/session-view.ts";
import { startSession } from "../../../pipeline/session/start-session.ts";
import { actorOf } from "../actor.ts";
import type { CliContext, RunCommand } from "../context.ts";
import type { InStore } from "../store/in-store.ts";
import { followSession } from "./follow-session.ts";

export interface StartOptions {
  readonly account: number;
  readonly anyTime?: true;
  readonly wait?: true;
  readonly switchCost: string;
  readonly minSaving: string;
  readonly maxChanges?: number;
  readonly json?: true;
}

/** How long a worker elsewhere is given to take a session up before somebody is told that none has. */
const TAKEN_UP_WITHIN_MS = 4_000;

export async function start(
  store: InStore,
  options: StartOptions,
  context: CliContext,
  runCommand: RunCommand,
): Promise<void> {
  const { account, anyTime, switchCost, minSaving, maxChanges } = options;
  const { sessionId, supersedes } = await startSession(await store.pipeline(), {
    accountId: account,
    trigger: "person",
    actor: actorOf(),
    switchCost,
    minSaving,
    ...(anyTime && { anyTime }),
    ...(maxChanges !== undefined && { maxChanges }),
  });
  if (supersedes !== undefined)
    context.warn(
      `Session ${supersedes} is cancelled: this one takes its place on the last day of the cycle.`,
    );
  if (options.wait) {
    context.note(`Session ${sessionId} has started.`);
    return await followSession(store, sessionId, options, context, runCommand);
  }
  context.print(
    options.json
      ? JSON.stringify({ id: sessionId, supersedes: supersedes ?? null })
      : `Session ${sessionId} has started.`,
  );
  if (await isTakenUp(store, sessionId))
    return context.note(`Follow it: poolwise session watch ${sessionId}`);
  const where = store.db.kind === "pglite" ? "poolwise serve" : "poolwise worker or poolwise serve";
  context.warn(
    `No worker has taken it up yet. It waits until one runs: ${where}, or poolwise session watch ${sessionId}.`,
  );
}

/** Whether some process works on the session, or surely will. */
async function isTakenUp(store: InStore, id: string): Promise<boolean> {
  if (store.isHosted) return true;
  if (store.db.kind === "pglite") return false;
  for (
    const giveUpMs = performance.now() + TAKEN_UP_WITHIN_MS;
    performance.now() < giveUpMs;
    await sleep(200)
  )
    if ((await sessionView(store, id)).status !== "PENDING") return true;
  return false;
}
