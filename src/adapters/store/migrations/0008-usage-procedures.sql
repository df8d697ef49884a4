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

  -- The last word on each SIM: the carrier's latest change, and of equals what was read last.
  DROP TABLE IF EXISTS pg_temp.merged_devices, pg_temp.merged_usage, pg_temp.merged_totals;
  CREATE TEMP TABLE merged_devices ON COMMIT DROP AS
  SELECT DISTINCT ON (iccid) iccid, rate_plan, communication_plan, status, location, msisdn, imsi, imei, locked,
    switch_cost, activated_on, usage_bytes, carrier_modified_at, device_metadata
  FROM staging_devices
  WHERE sync_id = p_sync_id
  ORDER BY iccid, carrier_modified_at DESC NULLS LAST, seq DESC;
  GET DIAGNOSTICS sync.devices = ROW_COUNT;
  CREATE UNIQUE INDEX ON merged_devices (iccid);

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
  FROM subject LEFT JOIN told USING (iccid) LEFT JOIN days USING (iccid);
  DELETE FROM merged_totals WHERE usage_bytes IS NULL;
  CREATE UNIQUE INDEX ON merged_totals (iccid);
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

  WITH upserted AS (
    INSERT INTO devices AS known (tenant_id, carrier_account_id, iccid, rate_plan, communication_plan, status,
      location, msisdn, imsi, imei, locked, switch_cost, activated_on, usage_bytes, usage_period_id, usage_as_of,
      usage_source, carrier_modified_at, device_metadata)
    SELECT sync.tenant_id, sync.carrier_account_id, listed.iccid, listed.rate_plan, listed.communication_plan,
      listed.status, listed.location, listed.msisdn, listed.imsi, listed.imei, listed.locked, listed.switch_cost,
      listed.activated_on, total.usage_bytes, sync.billing_period_id,
      CASE WHEN total.iccid IS NOT NULL THEN sync.started_at END, total.source, listed.carrier_modified_at,
      listed.device_metadata
    FROM merged_devices listed LEFT JOIN merged_totals total USING (iccid)
    ON CONFLICT (carrier_account_id, iccid) DO UPDATE SET
      rate_plan = excluded.rate_plan,
      communication_plan = excluded.communication_plan,
      status = excluded.status,
      location = coalesce(excluded.location, known.location),
      -- What a list does not tell, details did.
      msisdn = coalesce(excluded.msisdn, known.msisdn),
      imsi = coalesce(excluded.imsi, known.imsi),
      imei = coalesce(excluded.imei, known.imei),
      locked = excluded.locked,
      switch_cost = coalesce(excluded.switch_cost, known.switch_cost),
      activated_on = coalesce(excluded.activated_on, known.activated_on),
      usage_bytes = CASE WHEN excluded.usage_bytes IS NOT NULL OR known.usage_period_id IS DISTINCT FROM excluded.usage_period_id
        THEN excluded.usage_bytes ELSE known.usage_bytes END,
      usage_as_of = CASE WHEN excluded.usage_bytes IS NOT NULL OR known.usage_period_id IS DISTINCT FROM excluded.usage_period_id
        THEN excluded.usage_as_of ELSE known.usage_as_of END,
      usage_source = CASE WHEN excluded.usage_bytes IS NOT NULL OR known.usage_period_id IS DISTINCT FROM excluded.usage_period_id
        THEN excluded.usage_source ELSE known.usage_source END,
      usage_period_id = excluded.usage_period_id,
      carrier_modified_at = coalesce(excluded.carrier_modified_at, known.carrier_modified_at),
      device_metadata = coalesce(excluded.device_metadata, known.device_metadata),
      changed_at = CASE WHEN (known.rate_plan, known.communication_plan, known.status, known.locked)
          IS DISTINCT FROM (excluded.rate_plan, excluded.communication_plan, excluded.status, excluded.locked)
          OR known.vanished_at IS NOT NULL THEN now() ELSE known.changed_at END,
      vanished_at = NULL
    RETURNING (xmax = 0) AS is_new
  )
  SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) INTO sync.inserted, sync.updated FROM upserted;

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
-- Days with the same usage are one segment with a weight, so a quiet month costs one row, not thirty.
CREATE FUNCTION usp_calculate_usage_statistics(p_billing_period_id integer, p_through date DEFAULT NULL)
RETURNS bigint LANGUAGE plpgsql SET work_mem = '128MB' AS $$
DECLARE
  period billing_periods;
  account carrier_accounts;
  through date;
  by_day boolean;
  zero_fill boolean;
  written bigint;
BEGIN
  SELECT * INTO STRICT period FROM billing_periods WHERE billing_period_id = p_billing_period_id;
  SELECT * INTO STRICT account FROM carrier_accounts WHERE carrier_account_id = period.carrier_account_id;
  SELECT least(coalesce(p_through, max(usage_date)), period.ends_on - 1) INTO through
  FROM sync_runs WHERE billing_period_id = p_billing_period_id AND status = 'MERGED';
  IF through IS NULL OR through < period.starts_on THEN
    RETURN 0;
  END IF;
  by_day := EXISTS (SELECT FROM device_usage WHERE billing_period_id = p_billing_period_id AND kind = 'daily');
  zero_fill := NOT by_day OR account.missing_usage = 'zero';

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
  ), subject AS (
    SELECT iccid, greatest(period.starts_on, activated_on) AS active_from,
      through - greatest(period.starts_on, activated_on) + 1 AS days
    FROM devices
    WHERE carrier_account_id = period.carrier_account_id
      AND coalesce(activated_on, period.starts_on) <= through
      AND (usage_period_id = p_billing_period_id OR EXISTS (SELECT FROM fact WHERE fact.iccid = devices.iccid))
  ), level AS (
    SELECT iccid, usage_date,
      min(usage_bytes) OVER (PARTITION BY iccid ORDER BY usage_date ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS bytes
    FROM fact WHERE NOT by_day
  ), step AS (
    SELECT level.iccid, level.usage_date AS last_day,
      coalesce(reads.day_before, lag(level.usage_date) OVER w, period.starts_on - 1) + 1 AS first_day,
      level.bytes - lag(level.bytes, 1, 0::bigint) OVER w AS bytes
    FROM level LEFT JOIN reads ON reads.day = level.usage_date
    WINDOW w AS (PARTITION BY level.iccid ORDER BY level.usage_date)
    UNION ALL
    SELECT iccid, usage_date, usage_date, usage_bytes FROM fact WHERE by_day
  ), segment AS (
    -- Days as offsets from the SIM's first active day.
    SELECT step.iccid, subject.days, step.bytes,
      greatest(step.first_day, least(subject.active_from, step.last_day)) - subject.active_from AS a,
      step.last_day - subject.active_from AS b
    FROM step JOIN subject USING (iccid)
    WHERE step.last_day >= subject.active_from OR step.bytes > 0
  ), known AS (
    SELECT iccid, bytes, b - a + 1 AS weight, a, b, bytes::double precision / (b - a + 1) AS value FROM segment
  ), sums AS (
    SELECT subject.iccid,
      CASE WHEN zero_fill THEN greatest(subject.days, coalesce(sum(known.weight), 0)) ELSE sum(known.weight) END::integer AS n,
      coalesce(sum(known.weight), 0)::integer AS known_days,
      coalesce(sum(known.bytes), 0)::bigint AS total,
      coalesce(sum(known.weight) FILTER (WHERE known.bytes > 0), 0) AS days_with_usage,
      sum(known.weight * (known.a + known.b) / 2.0) AS sx,
      sum(known.b * (known.b + 1.0) * (2 * known.b + 1) / 6 - (known.a - 1.0) * known.a * (2 * known.a - 1) / 6) AS sxx,
      coalesce(sum(known.bytes * ((known.a + known.b) / 2.0)), 0) AS sxy
    FROM subject LEFT JOIN known USING (iccid)
    GROUP BY subject.iccid, subject.days
    HAVING zero_fill OR count(known.iccid) > 0
  ), weighted AS (
    SELECT iccid, value, weight FROM known
    UNION ALL
    SELECT iccid, 0, n - known_days FROM sums WHERE n > known_days
  ), ranked AS (
    SELECT weighted.iccid, value, weight, sums.n, sums.total::double precision / sums.n AS mean,
      sum(weight) OVER (PARTITION BY weighted.iccid ORDER BY value ROWS UNBOUNDED PRECEDING) AS upto,
      0.95 * (sums.n - 1) + 1 AS r95, 0.80 * (sums.n - 1) + 1 AS r80
    FROM weighted JOIN sums USING (iccid)
  ), spread AS (
    SELECT iccid, max(value) AS max_value, min(value) AS min_value,
      sqrt(sum(weight * (value - mean) ^ 2) / max(n)) AS deviation,
      min(value) FILTER (WHERE upto >= floor(r95)) AS lo95, min(value) FILTER (WHERE upto >= ceil(r95)) AS hi95,
      min(value) FILTER (WHERE upto >= floor(r80)) AS lo80, min(value) FILTER (WHERE upto >= ceil(r80)) AS hi80,
      max(r95 - floor(r95))::double precision AS part95, max(r80 - floor(r80))::double precision AS part80
    FROM ranked GROUP BY iccid
  )
  INSERT INTO device_usage_statistics AS known_statistics (billing_period_id, iccid, tenant_id, carrier_account_id, days,
    total_usage_bytes, average_usage_bytes, max_usage_bytes, min_usage_bytes, std_deviation, percentile_95,
    percentile_80, usage_trend, days_with_usage, through_date)
  SELECT p_billing_period_id, sums.iccid, period.tenant_id, period.carrier_account_id, n, total,
    total::double precision / n, max_value, min_value, deviation,
    lo95 + (hi95 - lo95) * part95, lo80 + (hi80 - lo80) * part80,
    CASE WHEN n < 2 THEN NULL
      WHEN zero_fill THEN ((n * sxy - n * (n - 1) / 2.0 * total) / (n * ((n - 1.0) * n * (2 * n - 1) / 6) - (n * (n - 1) / 2.0) ^ 2))::double precision
      ELSE ((n * sxy - sx * total) / nullif(n * sxx - sx ^ 2, 0))::double precision END,
    days_with_usage, through
  FROM sums JOIN spread USING (iccid)
  ON CONFLICT (billing_period_id, iccid) DO UPDATE SET
    days = excluded.days, total_usage_bytes = excluded.total_usage_bytes,
    average_usage_bytes = excluded.average_usage_bytes, max_usage_bytes = excluded.max_usage_bytes,
    min_usage_bytes = excluded.min_usage_bytes, std_deviation = excluded.std_deviation,
    percentile_95 = excluded.percentile_95, percentile_80 = excluded.percentile_80,
    usage_trend = excluded.usage_trend, days_with_usage = excluded.days_with_usage, through_date = excluded.through_date;
  GET DIAGNOSTICS written = ROW_COUNT;
  RETURN written;
END $$;
