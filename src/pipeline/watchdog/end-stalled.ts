import type { PipelineContext, SessionStage } from "../context.ts";
import { endSession } from "../session/end-session.ts";

interface Stalled {
  readonly id: string;
  readonly stage: SessionStage;
  readonly overdue: boolean;
  readonly minutes: number;
  readonly waiting: string | null;
}

/** Ends sessions that are past their deadline or have stopped moving, with a reason. @returns their ids. */
export async function endStalled(context: PipelineContext): Promise<string[]> {
  const { rows } = await context.db.query<Stalled>(
    `SELECT session_id AS id, stage, deadline_at < clock_timestamp() AS overdue, reason AS waiting,
       round(extract(epoch FROM clock_timestamp() - progress_at) / 60)::int AS minutes
     FROM optimization_sessions
     WHERE status IN ('PENDING', 'RUNNING')
       AND (deadline_at < clock_timestamp() OR progress_at < clock_timestamp() - make_interval(secs => $1))`,
    [context.settings.stallLimitMs / 1_000],
  );
  const ended: string[] = [];
  for (const { id, stage, overdue, minutes, waiting } of rows) {
    const why = overdue ? "it is past its deadline" : `nothing has moved for ${minutes} minutes`;
    const last = waiting === null ? "" : ` It was waiting: ${waiting}`;
    const reason = `The session was ended in the stage ${stage}: ${why}. Check that a worker is running and what it logs, then start again.${last}`;
    const end = { status: "FAILED", errorCode: "session-stalled", reason } as const;
    if (await context.db.transaction((within) => endSession(context, within, id, end))) ended.push(id);
  }
  return ended;
}
