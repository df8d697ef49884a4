-- As before, without looking for what a first sync of an account cannot have, and looking for SIMs that were listed
-- twice only among those.
CREATE OR REPLACE FUNCTION usp_update_jasper_device(p_sync_id uuid) RETURNS sync_runs
LANGUAGE plpgsql SET work_mem = '128MB' SET jit = off SET enable_nestloop = off AS $$
DECLARE
  sync sync_runs;
  account carrier_accounts;
  period billing_periods;
  staged bigint;
  -- Nothing is known of the account's SIMs yet: there is nothing to change, and none can be gone.
  is_first boolean;
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

  is_first := NOT EXISTS (SELECT FROM devices WHERE carrier_account_id = sync.carrier_account_id);

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
        FROM staging_devices
        JOIN (
          SELECT iccid FROM staging_devices WHERE sync_id = p_sync_id GROUP BY iccid HAVING count(*) > 1
        ) again USING (iccid)
        WHERE sync_id = p_sync_id
      ) each
      GROUP BY iccid HAVING min(said) <> max(said)
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

  -- Rarely any: that there is none shows sooner than which.
  IF EXISTS (SELECT FROM merged_usage WHERE usage_date IS NOT NULL)
    OR EXISTS (
      SELECT FROM merged_usage used
      WHERE NOT EXISTS (SELECT FROM merged_devices listed WHERE listed.iccid = used.iccid)
    )
  THEN
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
  END IF;

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

  sync.updated := 0;
  IF NOT is_first THEN
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
  END IF;

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
  IF sync.kind = 'full' AND sync.complete AND NOT is_first THEN
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
