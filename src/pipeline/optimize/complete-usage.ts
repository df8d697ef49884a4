import type { Database } from "../../ports/database.ts";
import type { SessionRow } from "../session/session-row.ts";
import { SET_WISE } from "../set-wise.ts";

const COMPLETE_LIMIT_MS = 3_600_000;

/**
 * What of a cycle's usage the solver does not wait for: keeps what was read as facts, and adds to the pools of a unit the
 * largest average usage of a SIM that may join. Comes to the same each time.
 */
export async function completeUsage(
  database: Database,
  { sessionId, accountId, periodId }: Pick<SessionRow, "sessionId" | "accountId" | "periodId">,
  unitId: number,
): Promise<void> {
  await database.transaction(
    async (within) => {
      await within.script(SET_WISE);
      await within.query("SELECT keep_usage_facts($1)", [accountId]);
      await within.query(
        `WITH most AS MATERIALIZED (
           SELECT device.communication_group_id AS id, max(average_usage_bytes) AS bytes
           FROM session_devices device
           JOIN device_usage_statistics used ON used.billing_period_id = $3 AND used.iccid = device.iccid
           WHERE device.session_id = $2 AND device.communication_group_id IS NOT NULL GROUP BY 1
         ), pool AS (
           SELECT at, pool || jsonb_build_object('maxAverageUsageBytes', (
             SELECT max(bytes) FROM most WHERE pool -> 'groupIds' @> to_jsonb(id)
           )) AS pool
           FROM units, jsonb_array_elements(result -> 'ratePools') WITH ORDINALITY AS formed (pool, at) WHERE unit_id = $1
         )
         UPDATE units SET result = result || jsonb_build_object('ratePools', (SELECT jsonb_agg(pool ORDER BY at) FROM pool))
         WHERE unit_id = $1 AND EXISTS (SELECT FROM pool)`,
        [unitId, sessionId, periodId],
      );
    },
    { timeoutMs: COMPLETE_LIMIT_MS },
  );
}
