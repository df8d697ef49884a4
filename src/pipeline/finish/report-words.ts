import type { Database } from "../../ports/database.ts";
import { count as countText, sims as simsText } from "../../reports/number-text.ts";
import { readAccount } from "../account.ts";
import type { SessionRow } from "../session/session-row.ts";
import type { ReportWords } from "./report-run.ts";

/** What a session's reports say beside its run. The same from the session's last sync on. */
export async function readReportWords(
  database: Database,
  { sessionId, accountId }: SessionRow,
): Promise<ReportWords> {
  const { name } = await readAccount(database, accountId);
  return { subject: name, notes: await notesOf(database, sessionId) };
}

async function notesOf(database: Database, sessionId: string): Promise<string[]> {
  const notes: string[] = [];
  const { rows } = await database.query<{ excluded: string; sims: number }>(
    "SELECT excluded, count(*) AS sims FROM session_devices WHERE session_id = $1 AND unit_id IS NULL GROUP BY excluded ORDER BY excluded",
    [sessionId],
  );
  for (const { excluded, sims } of rows)
    notes.push(`${simsText(sims)} not billed, and in no file: ${excluded}.`);
  const quarantined = await database.query<{ rows: number }>(
    "SELECT count(*) AS rows FROM quarantined_rows WHERE session_id = $1",
    [sessionId],
  );
  const count = quarantined.rows[0]?.rows ?? 0;
  if (count === 1) notes.push("1 row of the carrier could not be read and was set aside.");
  if (count > 1) notes.push(`${countText(count)} rows of the carrier could not be read and were set aside.`);
  return notes;
}
