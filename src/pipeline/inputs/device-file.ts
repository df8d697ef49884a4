import type { Database } from "../../ports/database.ts";
import { ByteText } from "../../reports/byte-text.ts";
import { csvLine } from "../tariff/csv-text.ts";
import { DeviceLines } from "./device-lines.ts";

const OPTIONAL = ["location", "active_days", "locked", "switch_cost"] as const;
const CHUNK_BYTES = 1 << 18;

/** A session's SIMs as a devices file, in the order of their ICCIDs. */
export async function* sessionDeviceFile(database: Database, sessionId: string): AsyncGenerator<Uint8Array> {
  const columns = await deviceColumns(database, sessionId);
  yield* deviceFile(deviceRows(database, sessionId, columns), columns);
}

/** Columns that say nothing of any SIM are left out of its devices file. */
async function deviceColumns(database: Database, sessionId: string): Promise<string[]> {
  const { rows } = await database.query<Record<(typeof OPTIONAL)[number], boolean | null>>(
    `SELECT bool_or(location <> '') AS location, bool_or(active_days IS NOT NULL) AS active_days, bool_or(locked) AS locked,
       bool_or(switch_cost IS NOT NULL) AS switch_cost
     FROM session_devices WHERE session_id = $1 AND unit_id IS NOT NULL`,
    [sessionId],
  );
  return OPTIONAL.filter((column) => rows[0]?.[column] === true);
}

/** A session's SIMs in the order of their ICCIDs, as `deviceFile` takes them. */
function deviceRows(
  database: Database,
  sessionId: string,
  columns: readonly string[],
): AsyncIterable<Uint8Array> {
  return database.copyOut(
    `SELECT device.iccid, plan.code, device.usage_bytes, coalesce(device.communication_plan, ''), coalesce(device.status, '')
       ${columns.map((column) => `, device.${column}`).join("")}
     FROM session_devices device JOIN rate_plans plan USING (rate_plan_id)
     WHERE device.session_id = $1 AND device.unit_id IS NOT NULL ORDER BY device.iccid`,
    [sessionId],
  );
}

/** Those rows as a devices file, in chunks; the same bytes each time. */
export async function* deviceFile(
  rows: AsyncIterable<Uint8Array>,
  columns: readonly string[],
): AsyncGenerator<Uint8Array> {
  const out = new ByteText(CHUNK_BYTES);
  const lines = new DeviceLines(out, columns);
  out.write(csvLine(["iccid", "rate_plan", "usage_mb", "communication_plan", "status", ...columns]));
  for await (const chunk of rows) {
    lines.push(chunk);
    if (out.isFull) yield out.take();
  }
  if (out.length > 0) yield out.take();
}
