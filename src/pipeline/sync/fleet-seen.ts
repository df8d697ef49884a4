import type { SyncRun } from "./sync-run.ts";

const STAGED = `SELECT DISTINCT ON (iccid) iccid, rate_plan, status FROM staging_devices WHERE sync_id = $1 ORDER BY iccid, seq DESC`;

const KNOWN_BESIDE = `
  SELECT known.iccid, known.rate_plan, known.status
  FROM sync_runs sync JOIN devices known USING (carrier_account_id)
  WHERE sync.sync_id = $1 AND known.vanished_at IS NULL
    AND NOT EXISTS (SELECT FROM staging_devices staged WHERE staged.sync_id = $1 AND staged.iccid = known.iccid)`;

/**
 * The fleet as a running sync sees it, newest word on each SIM: what it has staged and, for an incremental sync, what
 * was known before. $1 is the sync.
 */
export function fleetSeen({ kind }: Pick<SyncRun, "kind">): string {
  const staged = `SELECT staged.iccid, staged.rate_plan, staged.status FROM (${STAGED}) staged`;
  return kind === "full" ? staged : `${staged} UNION ALL ${KNOWN_BESIDE}`;
}

/** Everything that a running sync has seen or knew, a SIM as often as it was seen: quicker where that does no harm. */
export function rowsSeen({ kind }: Pick<SyncRun, "kind">): string {
  const staged = "SELECT iccid, rate_plan, status FROM staging_devices WHERE sync_id = $1";
  return kind === "full" ? staged : `${staged} UNION ALL ${KNOWN_BESIDE}`;
}

/** Whether a status is billed, by the list in the parameter. */
export const isBilled = (parameter: string): string =>
  `upper(btrim(coalesce(status, ''))) = ANY(${parameter}::text[])`;
