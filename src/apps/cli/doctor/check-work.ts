import type { Database } from "../../../ports/database.ts";
import type { Settings } from "../../settings/definitions.ts";
import type { Finding } from "./finding.ts";
import { ok, warn } from "./finding.ts";

const STILL_MINUTES = 10;
const SHOWN = 5;

interface Still {
  readonly id: string;
  readonly status: string;
  readonly stage: string;
  readonly minutes: number;
}

/** Sessions that have not ended and have not moved for a while. */
export async function checkSessions(database: Database): Promise<Finding[]> {
  const { rows } = await database.query<Still>(
    `SELECT session_id AS id, status, stage, round(extract(epoch FROM clock_timestamp() - progress_at) / 60)::int AS minutes
     FROM optimization_sessions WHERE status IN ('PENDING', 'RUNNING') ORDER BY progress_at`,
  );
  const still = rows.filter(({ minutes }) => minutes >= STILL_MINUTES);
  if (still.length === 0)
    return [ok("sessions", rows.length === 0 ? "none is running" : `${rows.length} running and moving`)];
  return still.slice(0, SHOWN).map(({ id, status, stage, minutes }) => {
    const found = `session ${id} is ${status} in the stage ${stage} and has not moved for ${minutes} min`;
    return warn("sessions", found, "Check that poolwise serve or worker runs, and what it logs.");
  });
}

interface NotTold {
  readonly status: string;
  readonly channel: "mail" | "webhook" | "sns";
  readonly count: number;
  readonly newest: string;
  readonly error: string | null;
}

/** What people and systems outside were not told, or may not have been, and what waits for a sender. */
export async function checkNotifications(database: Database, settings: Settings): Promise<Finding[]> {
  const { rows } = await database.query<NotTold>(
    `SELECT status, channel, count(*) AS count, (array_agg(notification_id ORDER BY created_at DESC))[1]::text AS newest,
       (array_agg(last_error ORDER BY created_at DESC))[1] AS error
     FROM notifications
     WHERE status IN ('FAILED', 'UNCERTAIN') OR (status = 'PENDING' AND (attempts > 0 OR created_at < now() - interval '5 minutes'))
     GROUP BY status, channel ORDER BY status, channel`,
  );
  if (rows.length === 0) return [ok("notifications", "all were sent")];
  return rows.map((row) => notTold(row, settings));
}

function notTold({ status, channel, count, newest, error }: NotTold, settings: Settings): Finding {
  const because = error === null ? "" : `; the newest: ${error}`;
  const check = "notifications";
  const again = `Mend the cause, then poolwise notifications send ${newest} (poolwise notifications list has all).`;
  if (status === "FAILED") return warn(check, `${count} by ${channel} failed${because}`, again);
  if (status === "UNCERTAIN") {
    const ask = `Ask the recipients whether it came; if not, poolwise notifications send ${newest} (poolwise notifications list has all).`;
    return warn(check, `${count} by ${channel} may or may not have been sent${because}`, ask);
  }
  const unset = channel === "mail" ? settings.SMTP_URL === undefined : settings.WEBHOOK_SECRET === undefined;
  const setting = channel === "mail" ? "SMTP_URL" : "WEBHOOK_URL and WEBHOOK_SECRET";
  const mend = unset
    ? `Set ${setting} for the process that runs poolwise serve or worker.`
    : "Check that poolwise serve or worker runs; it tries again by itself.";
  return warn(check, `${count} by ${channel} wait to be sent${because}`, mend);
}
