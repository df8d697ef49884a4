import { PIPELINE_QUEUES } from "../../../pipeline/context.ts";
import type { Database } from "../../../ports/database.ts";
import type { Queue } from "../../../ports/queue.ts";
import type { Finding } from "./finding.ts";
import { ok, warn } from "./finding.ts";

const OLD_SECONDS = 300;

export async function hasQueueTables(database: Database): Promise<boolean> {
  const { rows } = await database.query<{ there: boolean }>(
    "SELECT to_regclass('pgboss.job') IS NOT NULL AS there",
  );
  return rows[0]?.there === true;
}

/** How much waits in each queue and for how long. */
export async function checkQueues(queue: Queue): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { name } of PIPELINE_QUEUES) {
    const { ready, delayed, inFlight, dead, oldestReadySeconds: oldest } = await queue.depth(name);
    const check = `queue ${name}`;
    const found = `${ready} ready, ${delayed} delayed, ${inFlight} in hand`;
    if (ready > 0 && oldest > OLD_SECONDS) {
      const age = `${found}; the oldest waits for ${Math.round(oldest / 60)} min`;
      findings.push(warn(check, age, "Run poolwise serve or poolwise worker, or more of them."));
    } else findings.push(ok(check, found));
    if (dead > 0) {
      const mend = "A running worker records them; then see poolwise dead-letters list.";
      findings.push(warn(check, `${dead} failed for good and are not recorded yet`, mend));
    }
  }
  return findings;
}

/** Messages that failed for good and that nobody has dealt with. */
export async function checkDeadLetters(database: Database): Promise<Finding[]> {
  const { rows } = await database.query<{ open: number; newest: string | null }>(
    `SELECT count(*) AS open, (array_agg(classification || ': ' || coalesce(reason, '') ORDER BY recorded_at DESC))[1] AS newest
     FROM dead_letters WHERE status = 'NEW'`,
  );
  const [row] = rows;
  if (row === undefined || row.open === 0) return [ok("dead letters", "none")];
  const found = `${row.open} that nobody has dealt with; the newest: ${(row.newest ?? "").slice(0, 200)}`;
  return [warn("dead letters", found, "See poolwise dead-letters list; then retry or discard each.")];
}
