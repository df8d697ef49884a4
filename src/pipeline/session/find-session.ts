import { PoolwiseError } from "../../billing/errors.ts";
import type { SqlExecutor } from "../../ports/database.ts";
import type { SessionStatus } from "../context.ts";

export interface FoundSession {
  readonly sessionId: string;
  readonly tenantId: number;
  readonly status: SessionStatus;
}

const ID_START = /^[0-9a-f]{4,8}$|^[0-9a-f]{8}-[0-9a-f-]{0,27}$/i;
const SHAPE = "00000000-0000-0000-0000-000000000000";

/**
 * A session by its id, or by the first four characters or more of it.
 * @throws PoolwiseError `option-invalid` where there is no such session, it is another tenant's, or several begin so.
 */
export async function findSession(
  executor: SqlExecutor,
  id: string,
  tenantId?: number,
): Promise<FoundSession> {
  const found = await sessionsFrom(executor, id.trim().toLowerCase(), tenantId);
  const [session] = found;
  if (session !== undefined && found.length === 1) return session;
  const shown = JSON.stringify(id.slice(0, 80));
  const candidates = found.map(({ sessionId }) => sessionId).join(" and ");
  throw new PoolwiseError(
    "option-invalid",
    session === undefined
      ? `There is no session ${shown}. List them with poolwise session list.`
      : `Several sessions begin with ${shown}, such as ${candidates}. Give more of the id.`,
    { data: { id: id.slice(0, 80) } },
  );
}

/** At most two. Bounds rather than text, so that the index answers. */
async function sessionsFrom(
  executor: SqlExecutor,
  start: string,
  tenantId: number | undefined,
): Promise<readonly FoundSession[]> {
  const [first, last] = [
    start + SHAPE.slice(start.length),
    start + SHAPE.slice(start.length).replaceAll("0", "f"),
  ];
  if (!ID_START.test(start) || !SHAPED.test(first)) return [];
  const { rows } = await executor.query<FoundSession>(
    `SELECT session_id AS "sessionId", tenant_id AS "tenantId", status FROM optimization_sessions
     WHERE session_id BETWEEN $1 AND $2 AND ($3::int IS NULL OR tenant_id = $3) ORDER BY session_id LIMIT 2`,
    [first, last, tenantId ?? null],
  );
  return rows;
}

const SHAPED = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
