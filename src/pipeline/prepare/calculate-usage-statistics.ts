import type { Database } from "../../ports/database.ts";
import type { SessionRow } from "../session/session-row.ts";
import { SET_WISE } from "../set-wise.ts";

const CALCULATE_LIMIT_MS = 3_600_000;

/** Calculates the usage statistics of a session's cycle. Comes to the same each time, so it may be cut off and begun again. */
export async function calculateUsageStatistics(
  database: Database,
  { periodId }: Pick<SessionRow, "periodId">,
): Promise<void> {
  await database.transaction(
    async (within) => {
      await within.script(SET_WISE);
      await within.query("SELECT usp_calculate_usage_statistics($1)", [periodId]);
    },
    { timeoutMs: CALCULATE_LIMIT_MS },
  );
}
