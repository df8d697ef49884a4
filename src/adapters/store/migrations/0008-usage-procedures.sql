-- Takes over what a sync has staged: devices, usage facts, SIMs that are gone. All of it as sets, once: a second
-- call for the same sync returns what the first one counted.
CREATE FUNCTION usp_update_jasper_device(p_sync_id uuid) RETURNS sync_runs
LANGUAGE plpgsql SET work_mem = '128MB' AS $$
DECLARE
  sync sync_runs;
  account carrier_accounts;
  period billing_periods;
  staged bigint;
  extra integer;
BEGIN
  SELECT * INTO sync FROM sync_runs WHERE sync_id = p_sync_id FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no sync %', p_sync_id USING ERRCODE = 'no_data_found';
  END IF;
  IF sync.status = 'MERGED' THEN
    RETURN sync;
  END IF;
  IF sync.status <> 'LOADED' THEN
    RAISE EXCEPTION 'sync % is %, only a loaded one can be merged', p_sync_id, sync.status
      USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  -- One merge per account at a time.
  SELECT * INTO account FROM carrier_accounts WHERE carrier_account_id = sync.carrier_account_id FOR NO KEY UPDATE;
  SELECT * INTO period FROM billing_periods WHERE billing_period_id = sync.billing_period_id;

  -- The planner knows nothing of rows that were loaded a moment ago.
  ANALYZE staging_devices, staging_usage;
  -- The last word on each SIM: the carrier's latest change, and of equals what was read last.
  CREATE TEMP TABLE merged_devices ON COMMIT DROP AS
  SELECT DISTINCT ON (iccid) iccid, rate_plan, communication_plan, status, location, msisdn, imsi, imei, locked,
    switch_cost, activated_on, usage_bytes, carrier_modified_at, device_metadata
  FROM staging_devices
  WHERE sync_id = p_sync_id
  ORDER BY iccid, carrier_modified_at DESC NULLS LAST, seq DESC;
  GET DIAGNOSTICS sync.devices = ROW_COUNT;
  ANALYZE merged_devices;

  SELECT count(*) INTO staged FROM staging_devices WHERE sync_id = p_sync_id;
  sync.duplicates := staged - sync.devices;
  sync.conflicts := 0;
  IF sync.duplicates > 0 THEN
    SELECT count(*) INTO sync.conflicts FROM (
      SELECT FROM (
        SELECT iccid, concat_ws(E'\x1f', coalesce(rate_plan, E'\x1e'), coalesce(communication_plan, E'\x1e'),
          coalesce(status, E'\x1e')) COLLATE "C" AS said
        FROM staging_devices WHERE sync_id = p_sync_id
      ) each
      GROUP BY iccid HAVING count(*) > 1 AND min(said) <> max(said)
    ) conflicting;
  END IF;

  -- Parts added up; a part that was read twice counts as it was read last.
  CREATE TEMP TABLE merged_usage ON COMMIT DROP AS
  SELECT iccid, usage_date, source, sum(usage_bytes)::bigint AS usage_bytes, max(seq) AS seq
  FROM (
    SELECT DISTINCT ON (iccid, usage_date, source, part) iccid, usage_date, source, usage_bytes, seq
    FROM staging_usage
    WHERE sync_id = p_sync_id
    ORDER BY iccid, usage_date, source, part, seq DESC
  ) parts
  GROUP BY iccid, usage_date, source;
  ANALYZE merged_usage;

  INSERT INTO quarantined_rows (tenant_id, carrier_account_id, sync_id, session_id, source, iccid, reason, content)
  SELECT sync.tenant_id, sync.carrier_account_id, p_sync_id, sync.session_id, used.source, used.iccid,
    CASE WHEN period_of_day.billing_period_id IS NULL AND used.usage_date IS NOT NULL
      THEN 'usage of a day in no known billing cycle' ELSE 'usage of a SIM that is not in the inventory' END,
    jsonb_build_object('usage_date', used.usage_date, 'usage_bytes', used.usage_bytes)
  FROM merged_usage used
  LEFT JOIN billing_periods period_of_day ON period_of_day.carrier_account_id = sync.carrier_account_id
    AND used.usage_date >= period_of_day.starts_on AND used.usage_date < period_of_day.ends_on
  LEFT JOIN merged_devices listed USING (iccid)
  LEFT JOIN devices known ON listed.iccid IS NULL AND sync.kind = 'incremental'
    AND known.carrier_account_id = sync.carrier_account_id AND known.iccid = used.iccid
  WHERE (listed.iccid IS NULL AND known.iccid IS NULL)
    OR (used.usage_date IS NOT NULL AND period_of_day.billing_period_id IS NULL);
  GET DIAGNOSTICS extra = ROW_COUNT;
  sync.quarantined := sync.quarantined + extra;

  -- Days: a fact where the source says something new about the day.
  INSERT INTO device_usage (tenant_id, carrier_account_id, billing_period_id, iccid, kind, usage_date, usage_bytes,
    source, sync_id, observed_at)
  SELECT sync.tenant_id, sync.carrier_account_id, day.billing_period_id, used.iccid, 'daily', used.usage_date,
    used.usage_bytes, used.source, p_sync_id, sync.started_at
  FROM merged_usage used
  JOIN billing_periods day ON day.carrier_account_id = sync.carrier_account_id
    AND used.usage_date >= day.starts_on AND used.usage_date < day.ends_on
  LEFT JOIN LATERAL (
    SELECT known.usage_bytes FROM device_usage known
    WHERE known.billing_period_id = day.billing_period_id AND known.iccid = used.iccid
      AND known.usage_date = used.usage_date AND known.kind = 'daily' AND known.source = used.source
    ORDER BY known.observed_at DESC LIMIT 1
  ) before ON true
  WHERE used.usage_date IS NOT NULL AND before.usage_bytes IS DISTINCT FROM used.usage_bytes;
  GET DIAGNOSTICS sync.usage_facts = ROW_COUNT;

  -- The cycle so far, of each SIM this sync says something about: as told, else the sum of its days.
  CREATE TEMP TABLE merged_totals ON COMMIT DROP AS
  WITH told AS (
    SELECT DISTINCT ON (iccid) iccid, usage_bytes, source
    FROM merged_usage WHERE usage_date IS NULL
    ORDER BY iccid, (source = account.usage_source) DESC NULLS LAST, seq DESC
  ), days AS (
    SELECT iccid, sum(usage_bytes)::bigint AS usage_bytes, min(source) AS source
    FROM (
      SELECT DISTINCT ON (fact.iccid, fact.usage_date) fact.iccid, fact.usage_bytes, fact.source
      FROM device_usage fact
      WHERE fact.billing_period_id = sync.billing_period_id AND fact.kind = 'daily'
        AND fact.iccid IN (SELECT iccid FROM merged_usage WHERE usage_date IS NOT NULL)
      ORDER BY fact.iccid, fact.usage_date, (fact.source = account.usage_source) DESC NULLS LAST, fact.observed_at DESC
    ) best
    GROUP BY iccid
  ), subject AS (
    SELECT iccid, usage_bytes FROM merged_devices
    UNION ALL
    SELECT iccid, NULL FROM devices known
    WHERE sync.kind = 'incremental' AND known.carrier_account_id = sync.carrier_account_id
      AND known.vanished_at IS NULL AND NOT EXISTS (SELECT FROM merged_devices listed WHERE listed.iccid = known.iccid)
  )
  SELECT iccid,
    coalesce(told.usage_bytes, subject.usage_bytes, days.usage_bytes,
      CASE WHEN account.missing_usage = 'zero' AND sync.complete THEN 0 END) AS usage_bytes,
    CASE WHEN told.iccid IS NOT NULL THEN told.source
      WHEN subject.usage_bytes IS NOT NULL THEN 'inventory'
      WHEN days.iccid IS NOT NULL THEN days.source ELSE 'no row' END AS source,
    told.iccid IS NULL AND subject.usage_bytes IS NULL AND days.iccid IS NOT NULL AS is_sum
  FROM subject LEFT JOIN told USING (iccid) LEFT JOIN days USING (iccid)
  WHERE coalesce(told.usage_bytes, subject.usage_bytes, days.usage_bytes) IS NOT NULL
    OR account.missing_usage = 'zero' AND sync.complete;
  ANALYZE merged_totals;

  -- The same as a fact, where it is not the sum of facts already and differs from the one before.
  INSERT INTO device_usage (tenant_id, carrier_account_id, billing_period_id, iccid, kind, usage_date, usage_bytes,
    source, sync_id, observed_at)
  SELECT sync.tenant_id, sync.carrier_account_id, sync.billing_period_id, total.iccid, 'cycle_to_date',
    sync.usage_date, total.usage_bytes, total.source, p_sync_id, sync.started_at
  FROM merged_totals total
  LEFT JOIN devices known ON known.carrier_account_id = sync.carrier_account_id AND known.iccid = total.iccid
    AND known.usage_period_id = sync.billing_period_id
  WHERE NOT total.is_sum AND known.usage_bytes IS DISTINCT FROM total.usage_bytes;
  GET DIAGNOSTICS extra = ROW_COUNT;
  sync.usage_facts := sync.usage_facts + extra;

  UPDATE devices known SET
    rate_plan = listed.rate_plan,
    communication_plan = listed.communication_plan,
    status = listed.status,
    location = coalesce(listed.location, known.location),
    -- What a list does not tell, details did.
    msisdn = coalesce(listed.msisdn, known.msisdn),
    imsi = coalesce(listed.imsi, known.imsi),
    imei = coalesce(listed.imei, known.imei),
    locked = listed.locked,
    switch_cost = coalesce(listed.switch_cost, known.switch_cost),
    activated_on = coalesce(listed.activated_on, known.activated_on),
    -- Within a cycle a sync that knows nothing of a SIM's usage takes nothing away.
    usage_bytes = CASE WHEN listed.total_bytes IS NULL AND known.usage_period_id = sync.billing_period_id
      THEN known.usage_bytes ELSE listed.total_bytes END,
    usage_as_of = CASE WHEN listed.total_bytes IS NOT NULL THEN sync.started_at
      WHEN known.usage_period_id = sync.billing_period_id THEN known.usage_as_of END,
    usage_source = CASE WHEN listed.total_bytes IS NULL AND known.usage_period_id = sync.billing_period_id
      THEN known.usage_source ELSE listed.total_source END,
    usage_period_id = sync.billing_period_id,
    carrier_modified_at = coalesce(listed.carrier_modified_at, known.carrier_modified_at),
    device_metadata = coalesce(listed.device_metadata, known.device_metadata),
    changed_at = CASE WHEN known.vanished_at IS NOT NULL
        OR (known.rate_plan, known.communication_plan, known.status, known.locked)
          IS DISTINCT FROM (listed.rate_plan, listed.communication_plan, listed.status, listed.locked)
      THEN now() ELSE known.changed_at END,
    vanished_at = NULL
  FROM (
    SELECT device.iccid, device.rate_plan, device.communication_plan, device.status, device.location, device.msisdn,
      device.imsi, device.imei, device.locked, device.switch_cost, device.activated_on, device.carrier_modified_at,
      device.device_metadata, total.usage_bytes AS total_bytes, total.source AS total_source
    FROM merged_devices device LEFT JOIN merged_totals total ON total.iccid = device.iccid
  ) listed
  WHERE known.carrier_account_id = sync.carrier_account_id AND known.iccid = listed.iccid;
  GET DIAGNOSTICS sync.updated = ROW_COUNT;

  -- Not ON CONFLICT, which would take twice the time: the account is locked, nobody else adds SIMs to it.
  INSERT INTO devices (tenant_id, carrier_account_id, iccid, rate_plan, communication_plan, status, location, msisdn,
    imsi, imei, locked, switch_cost, activated_on, usage_bytes, usage_period_id, usage_as_of, usage_source,
    carrier_modified_at, device_metadata)
  SELECT sync.tenant_id, sync.carrier_account_id, listed.iccid, listed.rate_plan, listed.communication_plan,
    listed.status, listed.location, listed.msisdn, listed.imsi, listed.imei, listed.locked, listed.switch_cost,
    listed.activated_on, total.usage_bytes, sync.billing_period_id,
    CASE WHEN total.iccid IS NOT NULL THEN sync.started_at END, total.source, listed.carrier_modified_at,
    listed.device_metadata
  FROM merged_devices listed LEFT JOIN merged_totals total USING (iccid)
  WHERE NOT EXISTS (
    SELECT FROM devices known WHERE known.carrier_account_id = sync.carrier_account_id AND known.iccid = listed.iccid
  )
  ORDER BY listed.iccid;
  GET DIAGNOSTICS sync.inserted = ROW_COUNT;

  IF sync.kind = 'incremental' THEN
    UPDATE devices known
    SET usage_bytes = total.usage_bytes, usage_source = total.source, usage_as_of = sync.started_at,
        usage_period_id = sync.billing_period_id
    FROM merged_totals total
    WHERE known.carrier_account_id = sync.carrier_account_id AND known.iccid = total.iccid
      AND NOT EXISTS (SELECT FROM merged_devices listed WHERE listed.iccid = total.iccid);
  END IF;

  sync.vanished := 0;
  IF sync.kind = 'full' AND sync.complete THEN
    UPDATE devices known SET vanished_at = now(), changed_at = now()
    WHERE known.carrier_account_id = sync.carrier_account_id AND known.vanished_at IS NULL
      AND NOT EXISTS (SELECT FROM merged_devices listed WHERE listed.iccid = known.iccid);
    GET DIAGNOSTICS sync.vanished = ROW_COUNT;
  END IF;

  UPDATE carrier_accounts
  SET last_sync_at = greatest(last_sync_at, sync.started_at),
      last_full_sync_at = CASE WHEN sync.kind = 'full' THEN greatest(last_full_sync_at, sync.started_at) ELSE last_full_sync_at END
  WHERE carrier_account_id = sync.carrier_account_id AND sync.complete;

  UPDATE sync_runs
  SET status = 'MERGED', devices = sync.devices, duplicates = sync.duplicates, conflicts = sync.conflicts,
      quarantined = sync.quarantined, inserted = sync.inserted, updated = sync.updated, vanished = sync.vanished,
      usage_facts = sync.usage_facts, finished_at = clock_timestamp(), progress_at = clock_timestamp()
  WHERE sync_id = p_sync_id
  RETURNING * INTO sync;
  DROP TABLE merged_devices, merged_usage, merged_totals;
  RETURN sync;
END $$;

-- Empties the staging tables of one sync: by TRUNCATE where nobody else has rows in them, which is quick.
CREATE FUNCTION discard_staging(p_sync_id uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  BEGIN
    LOCK TABLE staging_devices, staging_usage IN ACCESS EXCLUSIVE MODE NOWAIT;
    IF (SELECT sync_id FROM staging_devices ORDER BY sync_id LIMIT 1) IS NOT DISTINCT FROM p_sync_id
      AND (SELECT sync_id FROM staging_devices ORDER BY sync_id DESC LIMIT 1) IS NOT DISTINCT FROM p_sync_id
      AND coalesce((SELECT sync_id FROM staging_usage ORDER BY sync_id LIMIT 1), p_sync_id) = p_sync_id
      AND coalesce((SELECT sync_id FROM staging_usage ORDER BY sync_id DESC LIMIT 1), p_sync_id) = p_sync_id
    THEN
      TRUNCATE staging_devices, staging_usage;
      RETURN;
    END IF;
  EXCEPTION WHEN lock_not_available THEN
    NULL;
  END;
  DELETE FROM staging_devices WHERE sync_id = p_sync_id;
  DELETE FROM staging_usage WHERE sync_id = p_sync_id;
END $$;

-- The nine figures of every SIM of an account's cycle up to p_through (default: the last day that was read), from
-- usage per day. Facts of the cycle so far give a day the difference to the read before; where days lie between
-- two reads, each of them gets an equal part. The levels are first made non-decreasing from the end, so that a
-- correction by the carrier takes usage out of earlier days and the days add up to the last level. A day without
-- a fact from a daily source is zero or left out, as carrier_accounts.missing_usage says. Standard deviation:
-- of the population. Percentiles: linear interpolation between ranks (percentile_cont). Trend: least squares.
-- Days with the same usage are one segment with a weight, so a quiet month costs one row, not thirty. Everything
-- runs in the order of ICCIDs (hence no hash aggregate), in which the rows are also inserted.
CREATE FUNCTION usp_calculate_usage_statistics(p_billing_period_id integer, p_through date DEFAULT NULL)
RETURNS bigint LANGUAGE plpgsql SET work_mem = '128MB' SET enable_hashagg = off AS $$
DECLARE
  period billing_periods;
  account carrier_accounts;
  through date;
  by_day boolean;
  zero_fill boolean;
  written bigint;
  extra bigint;
BEGIN
  SELECT * INTO STRICT period FROM billing_periods WHERE billing_period_id = p_billing_period_id;
  SELECT * INTO STRICT account FROM carrier_accounts WHERE carrier_account_id = period.carrier_account_id;
  SELECT least(coalesce(p_through, max(usage_date)), period.ends_on - 1) INTO through
  FROM sync_runs WHERE billing_period_id = p_billing_period_id AND status = 'MERGED';
  IF through IS NULL OR through < period.starts_on THEN
    RETURN 0;
  END IF;
  -- One calculation per account at a time.
  PERFORM FROM carrier_accounts WHERE carrier_account_id = period.carrier_account_id FOR NO KEY UPDATE;
  by_day := EXISTS (SELECT FROM device_usage WHERE billing_period_id = p_billing_period_id AND kind = 'daily');
  zero_fill := NOT by_day OR account.missing_usage = 'zero';
  ANALYZE device_usage, devices;
  DELETE FROM device_usage_statistics WHERE billing_period_id = p_billing_period_id;

  WITH reads AS (
    SELECT day, lag(day, 1, period.starts_on - 1) OVER (ORDER BY day) AS day_before
    FROM (
      SELECT DISTINCT usage_date AS day FROM sync_runs
      WHERE billing_period_id = p_billing_period_id AND status = 'MERGED' AND complete AND usage_date <= through
    ) days
  ), fact AS (
    SELECT DISTINCT ON (iccid, usage_date) iccid, usage_date, usage_bytes
    FROM device_usage
    WHERE billing_period_id = p_billing_period_id AND usage_date <= through
      AND kind = CASE WHEN by_day THEN 'daily' ELSE 'cycle_to_date' END
    ORDER BY iccid, usage_date, (by_day AND source = account.usage_source) DESC NULLS LAST, observed_at DESC
  ), level AS (
    SELECT iccid, usage_date,
      CASE WHEN by_day THEN usage_bytes ELSE min(usage_bytes) OVER (PARTITION BY iccid ORDER BY usage_date
        ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) END AS bytes
    FROM fact
  ), step AS (
    SELECT iccid, usage_date AS last_day,
      CASE WHEN by_day THEN usage_date
        ELSE coalesce(reads.day_before, lag(usage_date) OVER w, period.starts_on - 1) + 1 END AS first_day,
      CASE WHEN by_day THEN bytes ELSE bytes - lag(bytes, 1, 0::bigint) OVER w END AS bytes
    FROM level LEFT JOIN reads ON reads.day = usage_date
    WINDOW w AS (PARTITION BY iccid ORDER BY usage_date)
  ), segment AS (
    -- Days a to b, as offsets from the SIM's first active day, each with the same usage.
    SELECT step.iccid, step.bytes,
      through - greatest(period.starts_on, device.activated_on) + 1 AS active_days,
      step.last_day - greatest(period.starts_on, device.activated_on) AS b,
      greatest(step.first_day, least(greatest(period.starts_on, device.activated_on), step.last_day))
        - greatest(period.starts_on, device.activated_on) AS a
    FROM step JOIN devices device ON device.carrier_account_id = period.carrier_account_id AND device.iccid = step.iccid
    WHERE coalesce(device.activated_on, period.starts_on) <= through
      AND (step.bytes > 0 OR step.last_day >= coalesce(device.activated_on, period.starts_on))
  ), weighted AS (
    SELECT iccid, bytes::double precision AS bytes, active_days, a, b, b - a + 1 AS weight,
      bytes::double precision / (b - a + 1) AS value
    FROM segment
  ), ranked AS (
    SELECT iccid, bytes, a, b, weight, value,
      sum(weight) OVER (PARTITION BY iccid ORDER BY value ROWS UNBOUNDED PRECEDING) AS upto,
      sum(weight) OVER sim AS known_days,
      CASE WHEN zero_fill THEN greatest(active_days, sum(weight) OVER sim) ELSE sum(weight) OVER sim END AS n,
      sum(bytes) OVER sim AS total
    FROM weighted
    WINDOW sim AS (PARTITION BY iccid)
  ), placed AS (
    -- Days without a fact are the lowest: their zeros come before the ranked days. All in double precision, which
    -- holds these sums exactly, where numeric would take several times as long.
    SELECT iccid, bytes, a, b, weight, value, total, n::double precision AS n, (n - known_days)::double precision AS zeros,
      (n - known_days + upto)::double precision AS place,
      0.95::double precision * (n - 1) + 1 AS r95, 0.80::double precision * (n - 1) + 1 AS r80
    FROM ranked
  ), sums AS (
    SELECT iccid, max(n) AS n, max(total) AS total, max(zeros) AS zeros, max(r95) AS r95, max(r80) AS r80,
      max(value) AS max_value, min(value) AS min_value,
      sum(weight * (value - total / n) * (value - total / n)) AS squares,
      coalesce(sum(weight) FILTER (WHERE bytes > 0), 0) AS days_with_usage,
      min(value) FILTER (WHERE place >= floor(r95)) AS lo95, min(value) FILTER (WHERE place >= ceil(r95)) AS hi95,
      min(value) FILTER (WHERE place >= floor(r80)) AS lo80, min(value) FILTER (WHERE place >= ceil(r80)) AS hi80,
      sum(weight * (a + b)) / 2::double precision AS sx,
      sum(b::double precision * (b + 1) * (2 * b + 1) - (a - 1)::double precision * a * (2 * a - 1)) / 6 AS sxx,
      sum(bytes * (a + b)) / 2 AS sxy
    FROM placed
    GROUP BY iccid
  ), figures AS (
    SELECT iccid, n, total, zeros, max_value, CASE WHEN zeros > 0 THEN 0 ELSE min_value END AS min_value,
      sqrt((squares + zeros * (total / n) * (total / n)) / n) AS deviation, days_with_usage, sxy,
      r95, r80, lo95, hi95, lo80, hi80,
      CASE WHEN zero_fill THEN n * (n - 1) / 2::double precision ELSE sx END AS sx,
      CASE WHEN zero_fill THEN (n - 1) * n * (2 * n - 1) / 6::double precision ELSE sxx END AS sxx
    FROM sums
  )
  INSERT INTO device_usage_statistics (billing_period_id, iccid, tenant_id, carrier_account_id, days, total_usage_bytes,
    average_usage_bytes, max_usage_bytes, min_usage_bytes, std_deviation, percentile_95, percentile_80, usage_trend,
    days_with_usage, through_date)
  SELECT p_billing_period_id, iccid, period.tenant_id, period.carrier_account_id, n, total, total / n, max_value,
    min_value, deviation,
    low95 + (high95 - low95) * (r95 - floor(r95)),
    low80 + (high80 - low80) * (r80 - floor(r80)),
    (n * sxy - sx * total) / nullif(n * sxx - sx * sx, 0),
    days_with_usage, through
  FROM figures, LATERAL (
    SELECT CASE WHEN floor(r95) > zeros THEN lo95 ELSE 0 END AS low95, CASE WHEN ceil(r95) > zeros THEN hi95 ELSE 0 END AS high95,
      CASE WHEN floor(r80) > zeros THEN lo80 ELSE 0 END AS low80, CASE WHEN ceil(r80) > zeros THEN hi80 ELSE 0 END AS high80
  ) ends;
  GET DIAGNOSTICS written = ROW_COUNT;

  -- SIMs that no source has ever said anything about, where that means zero.
  IF zero_fill THEN
    INSERT INTO device_usage_statistics (billing_period_id, iccid, tenant_id, carrier_account_id, days,
      total_usage_bytes, average_usage_bytes, max_usage_bytes, min_usage_bytes, std_deviation, percentile_95,
      percentile_80, usage_trend, days_with_usage, through_date)
    SELECT p_billing_period_id, device.iccid, period.tenant_id, period.carrier_account_id, active.days,
      0, 0, 0, 0, 0, 0, 0, CASE WHEN active.days > 1 THEN 0 END, 0, through
    FROM devices device,
      LATERAL (SELECT through - greatest(period.starts_on, device.activated_on) + 1 AS days) active
    WHERE device.carrier_account_id = period.carrier_account_id AND device.usage_period_id = p_billing_period_id
      AND active.days > 0
      AND NOT EXISTS (
        SELECT FROM device_usage_statistics done
        WHERE done.billing_period_id = p_billing_period_id AND done.iccid = device.iccid
      );
    GET DIAGNOSTICS extra = ROW_COUNT;
    written := written + extra;
  END IF;
  RETURN written;
END $$;
