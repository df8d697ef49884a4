import { PoolwiseError } from "../../billing/errors.ts";
import type { SqlExecutor } from "../../ports/database.ts";
import type { SessionStatus } from "../context.ts";

export interface FoundSession {
  readonly sessionId: string;
  readonly tenantId: number;
  readonly status: SessionStatus;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** @throws PoolwiseError `option-invalid` where there is no such session, or it is another tenant's. */
export async function findSession(
  executor: SqlExecutor,
  id: string,
  tenantId?: number,
): Promise<FoundSession> {
  if (UUID.test(id)) {
    const { rows } = await executor.query<FoundSession>(
      `SELECT session_id AS "sessionId", tenant_id AS "tenantId", status FROM optimization_sessions
       WHERE session_id = $1 AND ($2::int IS NULL OR tenant_id = $2)`,
      [id, tenantId ?? null],
    );
    const [row] = rows;
    if (row !== undefined) return row;
  }
  throw new PoolwiseError(
    "option-invalid",
    `There is no session ${JSON.stringify(id.slice(0, 80))}. List them with poolwise session list.`,
    { data: { id: id.slice(0, 80) } },
  );
}
