import type { DeadLetterClass } from "../../adapters/store/dead-letters.ts";
import { recordDeadLetters } from "../../adapters/store/dead-letters.ts";
import type { ReceivedMessage } from "../../ports/queue.ts";
import type { PipelineContext } from "../context.ts";
import { PIPELINE_QUEUES } from "../context.ts";
import { stageMessage } from "../messages.ts";
import { endSession } from "../session/end-session.ts";

/**
 * Records what failed for good, and fails the sessions it belonged to. Both may happen apart: what was recorded before
 * a crash is found again. @returns how many were recorded.
 */
export async function takeDeadLetters(context: PipelineContext): Promise<number> {
  const owners = await tenantsOfSessions(context);
  let recorded = 0;
  for (const { name } of PIPELINE_QUEUES) {
    const letters = await recordDeadLetters(context.db, context.queue, name, (message) =>
      classify(message, owners),
    );
    recorded += letters.length;
    for (const { id, sessionId, classification, reason } of letters) {
      context.metrics.count("dead_letters", 1, { queue: name });
      context.log.error(
        { deadLetter: id, queue: name, sessionId, classification, reason },
        "A message failed for good",
      );
    }
  }
  await failTheirSessions(context);
  return recorded;
}

async function tenantsOfSessions({ db }: PipelineContext): Promise<ReadonlyMap<string, number>> {
  const { rows } = await db.query<{ id: string; tenant: number }>(
    "SELECT session_id AS id, tenant_id AS tenant FROM optimization_sessions WHERE status IN ('PENDING', 'RUNNING') OR completed_at > now() - interval '1 day'",
  );
  return new Map(rows.map(({ id, tenant }) => [id, tenant]));
}

function classify({ body, source }: ReceivedMessage, owners: ReadonlyMap<string, number>): DeadLetterClass {
  const parsed = stageMessage.safeParse(body);
  if (!parsed.success)
    return { classification: "unreadable message", tenantId: undefined, sessionId: undefined };
  const { sessionId, stage } = parsed.data;
  const tenantId = owners.get(sessionId);
  const code = /^([a-z]+(?:-[a-z]+)+): /.exec(source?.reason ?? "")?.[1];
  return {
    classification: `${stage}: ${code ?? "worker died"}`,
    tenantId,
    sessionId: tenantId === undefined ? undefined : sessionId,
  };
}

async function failTheirSessions(context: PipelineContext): Promise<void> {
  const { rows } = await context.db.query<{
    id: string;
    letter: string;
    classification: string;
    reason: string | null;
  }>(
    `SELECT DISTINCT ON (session_id) session_id AS id, dead_letter_id AS letter, classification, letter.reason
     FROM dead_letters letter JOIN optimization_sessions session USING (session_id)
     WHERE letter.status = 'NEW' AND session.status IN ('PENDING', 'RUNNING') ORDER BY session_id, recorded_at`,
  );
  for (const { id, letter, classification, reason } of rows) {
    const text = `A message of the session failed for good (${classification}): ${reason ?? "no worker came to its end"}. See poolwise dead-letters show ${letter}.`;
    await context.db.transaction((within) =>
      endSession(context, within, id, { status: "FAILED", errorCode: "internal-error", reason: text }),
    );
  }
}
