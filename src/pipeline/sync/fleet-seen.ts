/**
 * The fleet as a running sync sees it, newest word on each SIM: what it has staged and, for an incremental sync, what
 * was known before. $1 is the sync.
 */
export const FLEET_SEEN = `
  SELECT staged.iccid, staged.rate_plan, staged.status FROM (
    SELECT DISTINCT ON (iccid) iccid, rate_plan, status FROM staging_devices WHERE sync_id = $1 ORDER BY iccid, seq DESC
  ) staged
  UNION ALL
  SELECT known.iccid, known.rate_plan, known.status
  FROM sync_runs sync JOIN devices known USING (carrier_account_id)
  WHERE sync.sync_id = $1 AND sync.kind = 'incremental' AND known.vanished_at IS NULL
    AND NOT EXISTS (SELECT FROM staging_devices staged WHERE staged.sync_id = $1 AND staged.iccid = known.iccid)`;

/** Whether a status is billed, by the list in the parameter. */
export const isBilled = (parameter: string): string =>
  `upper(btrim(coalesce(status, ''))) = ANY(${parameter}::text[])`;
