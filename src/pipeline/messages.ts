import { z } from "zod";
import type { Transaction } from "../ports/database.ts";
import type { PipelineContext } from "./context.ts";
import { OPTIMIZATION_QUEUE, SYNC_QUEUE } from "./context.ts";

const sessionId = z.uuid();

/** What the stages tell each other. Everything else stands in the database. */
export const stageMessage = z.discriminatedUnion("stage", [
  z.strictObject({ stage: z.literal("start"), sessionId }),
  /** `turn` counts the messages of one sync: an earlier one has nothing left to do. */
  z.strictObject({ stage: z.literal("sync"), sessionId, syncId: z.uuid(), turn: z.int().min(0) }),
  z.strictObject({ stage: z.literal("prepare"), sessionId }),
  z.strictObject({ stage: z.literal("optimize"), sessionId, unitId: z.int().positive() }),
  z.strictObject({ stage: z.literal("finish"), sessionId }),
]);

export type StageMessage = z.infer<typeof stageMessage>;
export type MessageOf<Stage extends StageMessage["stage"]> = Extract<StageMessage, { stage: Stage }>;

const QUEUE_OF = {
  start: SYNC_QUEUE,
  sync: SYNC_QUEUE,
  prepare: SYNC_QUEUE,
  optimize: OPTIMIZATION_QUEUE,
  finish: OPTIMIZATION_QUEUE,
} as const satisfies Record<StageMessage["stage"], string>;

/** Sends a message if and when the transaction commits. */
export async function sendStage(
  context: PipelineContext,
  within: Transaction,
  message: StageMessage,
  delaySeconds = 0,
): Promise<void> {
  await context.queue.send(QUEUE_OF[message.stage], [{ body: { ...message }, delaySeconds }], { within });
}
