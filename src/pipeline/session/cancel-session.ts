import { PoolwiseError } from "../../billing/errors.ts";
import { writeAudit } from "../../adapters/store/records.ts";
import type { PipelineContext } from "../context.ts";
import { endSession } from "./end-session.ts";
import { findSession } from "./find-session.ts";

/**
 * Ends a session at a person's wish; what it has read stays in the inventory.
 * @throws PoolwiseError `option-invalid` where there is no such session, or it has ended.
 */
export async function cancelSession(
  context: PipelineContext,
  id: string,
  { actor, tenantId }: { readonly actor: string; readonly tenantId?: number },
): Promise<void> {
  const session = await findSession(context.db, id, tenantId);
  const cancelled = await context.db.transaction(async (within) => {
    const end = { status: "CANCELLED", errorCode: "cancelled", reason: `Cancelled by ${actor}.` } as const;
    if (!(await endSession(context, within, session.sessionId, end))) return false;
    await writeAudit(within, {
      tenantId: session.tenantId,
      actor,
      action: "session.cancelled",
      subjectKind: "session",
      subjectId: session.sessionId,
    });
    return true;
  });
  if (cancelled) return;
  throw new PoolwiseError(
    "option-invalid",
    `Session ${session.sessionId} has ended already: poolwise session show ${session.sessionId} says how.`,
    {
      data: { sessionId: session.sessionId },
    },
  );
}
