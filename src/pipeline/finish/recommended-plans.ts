import { PoolwiseError } from "../../billing/errors.ts";
import type { Database } from "../../ports/database.ts";
import type { SessionInputs } from "../inputs/session-inputs.ts";

const NEWLINE = 0x0a;
const ZERO = 0x30;

/** The recommended rate_plan_id of each SIM of a unit, a line each, in the order of the ICCIDs. */
export function storedPlans(
  database: Database,
  sessionId: string,
  unitId: number,
): AsyncIterable<Uint8Array> {
  return database.copyOut(
    `SELECT recommended_rate_plan_id FROM device_assignments
     WHERE session_id = $1 AND unit_id = $2 AND excluded IS DISTINCT FROM 'quarantined' ORDER BY iccid`,
    [sessionId, unitId],
  );
}

/** Those lines as plan indices, one for each SIM of the fleet. @throws PoolwiseError `internal-error`. */
export async function readPlans(
  lines: AsyncIterable<Uint8Array>,
  { input: { fleet }, planIds }: SessionInputs,
): Promise<Uint16Array> {
  const indexOf = new Map(planIds.map((id, index) => [id, index]));
  const recommended = new Uint16Array(fleet.size);
  let row = 0;
  let id = 0;
  for await (const chunk of lines)
    for (const byte of chunk) {
      if (byte !== NEWLINE) {
        id = id * 10 + byte - ZERO;
        continue;
      }
      const index = indexOf.get(id);
      if (index === undefined || row >= fleet.size)
        throw new PoolwiseError(
          "internal-error",
          `The stored assignments are not those of the session's fleet: plan ${id} at row ${row} of ${fleet.size}.`,
        );
      recommended[row++] = index;
      id = 0;
    }
  if (row === fleet.size) return recommended;
  throw new PoolwiseError("internal-error", `${row} assignments are stored for ${fleet.size} SIMs.`);
}
