import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FaultPoint, PipelineContext } from "./context.ts";
import { PIPELINE_QUEUES } from "./context.ts";
import type { Rig } from "./fixtures/rig.ts";
import { drain, openRig, runSession } from "./fixtures/rig.ts";
import { sessionDigest } from "./fixtures/session-digest.ts";
import { stageMessage } from "./messages.ts";
import { sessionView } from "./session/session-view.ts";
import { startSession } from "./session/start-session.ts";
import { runStage } from "./worker/handle-message.ts";

const DEVICES = { simulator: { devices: 60 } };

class Killed extends Error {}

/** Throws the first `times` times that each point is reached. */
function faultEverywhere(times: number): {
  fault: (point: FaultPoint) => void;
  reached: Map<FaultPoint, number>;
} {
  const reached = new Map<FaultPoint, number>();
  const fault = (point: FaultPoint): void => {
    const count = (reached.get(point) ?? 0) + 1;
    reached.set(point, count);
    if (count <= times) throw new Killed(point);
  };
  return { fault, reached };
}

/** Runs stages as workers that die would: what was interrupted is delivered again. */
async function runKilled(context: PipelineContext): Promise<number> {
  let kills = 0;
  for (let found = true; found;) {
    found = false;
    for (const { name } of PIPELINE_QUEUES) {
      for (const message of await context.queue.receive(name, { max: 1, visibilitySeconds: 600 })) {
        found = true;
        for (let done = false; !done;) {
          try {
            await runStage(stageMessage.parse(message.body), context);
            done = true;
          } catch (error) {
            if (!(error instanceof Killed)) throw error;
            kills++;
          }
        }
        await context.queue.acknowledge(message);
      }
    }
  }
  return kills;
}

describe("a session comes to the same", () => {
  let undisturbed: Record<string, unknown[]>;
  let rig: Rig;

  beforeAll(async () => {
    const calm = await openRig(DEVICES);
    const view = await runSession(calm);
    undisturbed = await sessionDigest(calm.context.db, view.id);
    await calm.close();
    if (view.status !== "COMPLETED") throw new Error(view.reason ?? view.status);
  });
  afterAll(async () => {
    await rig.close();
  });

  test("when-every-message-is-delivered-three-times", async () => {
    rig = await openRig(DEVICES);
    const { id } = await runSession(rig, 3);
    expect(await sessionDigest(rig.context.db, id)).toEqual(undisturbed);
    await rig.close();
  });

  test("when-it-is-killed-twice-at-every-named-point", async () => {
    rig = await openRig(DEVICES);
    const { fault, reached } = faultEverywhere(2);
    const context = rig.with({ fault });
    const { sessionId } = await startSession(context, { accountId: rig.account.accountId });
    const kills = await runKilled(context);
    expect(await sessionDigest(context.db, sessionId)).toEqual(undisturbed);
    expect(reached.size).toBe(20);
    // Four points lie after a commit that leaves a second delivery nothing to do.
    expect(kills).toBe(2 * 20 - 4);
    await rig.close();
  });

  test("when-each-message-may-read-but-one-page", async () => {
    rig = await openRig({ ...DEVICES, settings: { stepLimitMs: 0 } });
    const { id } = await runSession(rig);
    expect(await sessionDigest(rig.context.db, id)).toEqual(undisturbed);
    await rig.close();
  });

  test("when-two-workers-share-the-messages", async () => {
    rig = await openRig(DEVICES);
    const { context } = rig;
    const { sessionId } = await startSession(context, { accountId: rig.account.accountId });
    await Promise.all([drain(context, 2), drain({ ...context, workerName: "other" }, 2)]);
    await drain(context);
    expect((await sessionView(context, sessionId)).status).toBe("COMPLETED");
    expect(await sessionDigest(context.db, sessionId)).toEqual(undisturbed);
  });
});
