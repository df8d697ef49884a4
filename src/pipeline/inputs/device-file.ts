import { formatMegabytesExact } from "../../billing/decimal.ts";
import type { Database } from "../../ports/database.ts";
import { copyRows } from "../../ports/copy-text.ts";
import { csvLine } from "../tariff/csv-text.ts";

const OPTIONAL = ["location", "active_days", "locked", "switch_cost"] as const;
const LINES_PER_CHUNK = 1_000;

/**
 * A session's SIMs as a devices file, in the order of their ICCIDs, in chunks. Columns that say nothing of any SIM are
 * left out.
 */
export async function* deviceFile(database: Database, sessionId: string): AsyncGenerator<string> {
  const columns = await usedColumns(database, sessionId);
  const rows = database.copyOut(
    `SELECT device.iccid, plan.code, device.usage_bytes, coalesce(device.communication_plan, ''), coalesce(device.status, '')
       ${columns.map((column) => `, device.${column}`).join("")}
     FROM session_devices device JOIN rate_plans plan USING (rate_plan_id)
     WHERE device.session_id = $1 AND device.unit_id IS NOT NULL ORDER BY device.iccid`,
    [sessionId],
  );
  let chunk = csvLine(["iccid", "rate_plan", "usage_mb", "communication_plan", "status", ...columns]);
  let lines = 0;
  for await (const row of copyRows(rows)) {
    const cells = row.map((cell) => cell ?? "");
    const usage = cells[2] ?? "";
    cells[2] = usage === "" ? "" : formatMegabytesExact(Number(usage));
    const locked = columns.indexOf("locked");
    if (locked >= 0) cells[5 + locked] = cells[5 + locked] === "t" ? "yes" : "no";
    chunk += csvLine(cells);
    if (++lines % LINES_PER_CHUNK !== 0) continue;
    yield chunk;
    chunk = "";
  }
  yield chunk;
}

async function usedColumns(database: Database, sessionId: string): Promise<string[]> {
  const { rows } = await database.query<Record<(typeof OPTIONAL)[number], boolean | null>>(
    `SELECT bool_or(location <> '') AS location, bool_or(active_days IS NOT NULL) AS active_days, bool_or(locked) AS locked,
       bool_or(switch_cost IS NOT NULL) AS switch_cost
     FROM session_devices WHERE session_id = $1 AND unit_id IS NOT NULL`,
    [sessionId],
  );
  return OPTIONAL.filter((column) => rows[0]?.[column] === true);
}
