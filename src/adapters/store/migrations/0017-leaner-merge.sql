-- SIMs that a sync was told of more than once, and not in the same way.
CREATE FUNCTION count_staged_conflicts(p_sync_id uuid) RETURNS integer LANGUAGE sql STABLE AS $$
  SELECT count(*)::integer FROM (
    SELECT FROM staging_devices listed
    JOIN (
      SELECT iccid FROM staging_devices WHERE sync_id = p_sync_id GROUP BY iccid HAVING count(*) > 1
    ) again USING (iccid)
    WHERE sync_id = p_sync_id
    GROUP BY iccid HAVING count(DISTINCT (rate_plan, communication_plan, status)) > 1
  ) conflicting
$$;

-- Whether the totals that a sync has brought are yet to be kept as facts.
ALTER TABLE sync_runs ADD COLUMN facts_pending boolean NOT NULL DEFAULT false;
CREATE INDEX sync_runs_facts_pending ON sync_runs (carrier_account_id) WHERE facts_pending;

-- Keeps the totals of an account's last sync as facts, where they differ from the fact before; once. Apart from the merge,
-- since nothing but the history of usage waits for it: the inventory holds these totals until the next merge, which
-- begins by keeping them. Returns how many were kept.
CREATE FUNCTION keep_usage_facts(p_carrier_account_id integer) RETURNS bigint
LANGUAGE plpgsql SET jit = off SET enable_nestloop = off AS $$
DECLARE
  sync sync_runs;
  written bigint;
BEGIN
  -- One merge per account at a time, and none meanwhile.
  PERFORM FROM carrier_accounts WHERE carrier_account_id = p_carrier_account_id FOR NO KEY UPDATE;
  SELECT * INTO sync FROM sync_runs WHERE carrier_account_id = p_carrier_account_id AND facts_pending;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  INSERT INTO device_usage (tenant_id, carrier_account_id, billing_period_id, iccid, kind, usage_date, usage_bytes, source,
    sync_id, observed_at)
  SELECT sync.tenant_id, sync.carrier_account_id, sync.billing_period_id, device.iccid, 'cycle_to_date', sync.usage_date,
    device.usage_bytes, device.usage_source, sync.sync_id, sync.started_at
  FROM devices device
  LEFT JOIN (
    SELECT DISTINCT ON (iccid) iccid, usage_bytes FROM device_usage
    WHERE billing_period_id = sync.billing_period_id AND kind = 'cycle_to_date'
    ORDER BY iccid, observed_at DESC, usage_date DESC
  ) known ON known.iccid = device.iccid
  WHERE device.carrier_account_id = sync.carrier_account_id AND device.usage_period_id = sync.billing_period_id
    AND device.usage_as_of = sync.started_at AND known.usage_bytes IS DISTINCT FROM device.usage_bytes;
  GET DIAGNOSTICS written = ROW_COUNT;
  UPDATE sync_runs SET facts_pending = false, usage_facts = usage_facts + written WHERE sync_id = sync.sync_id;
  RETURN written;
END $$;

DROP FUNCTION usp_update_jasper_device(uuid, text[], text[]);

-- As before, and: totals become facts later, but where there are days, which may be what a total is the sum of;
-- usage that is told of a SIM that has vanished is set aside, SIMs told in two ways may be counted before
-- (p_conflicts), and of two sources that tell of one day at one time the first by name counts.
-- Where p_idle_but_plans is given, a SIM that no usage row speaks of has used nothing, unless it is on one of these
-- plans or one of these SIMs. The caller says what memory a sort may take (work_mem).
CREATE FUNCTION usp_update_jasper_device(
  p_sync_id uuid, p_idle_but_plans text[] DEFAULT NULL, p_idle_but_sims text[] DEFAULT '{}',
  p_conflicts integer DEFAULT NULL
) RETURNS sync_runs
LANGUAGE plpgsql SET jit = off SET enable_nestloop = off SET enable_mergejoin = on AS $$
DECLARE
  sync sync_runs;
  account carrier_accounts;
  has_days boolean;
  staged bigint;
  strays bigint;
  facts bigint;
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
  PERFORM keep_usage_facts(sync.carrier_account_id);

  -- The planner knows nothing of rows that were loaded a moment ago.
  ANALYZE staging_devices (sync_id), staging_usage (sync_id, usage_date);
  has_days := EXISTS (SELECT FROM staging_usage WHERE sync_id = p_sync_id AND usage_date IS NOT NULL);
  sync.usage_facts := 0;

  -- Days: a fact where the source says something new about the day.
  CREATE TEMP TABLE merged_days ON COMMIT DROP AS
  SELECT iccid, usage_date, source, usage_bytes FROM usage_staged
  WHERE has_days AND sync_id = p_sync_id AND usage_date IS NOT NULL;
  IF has_days THEN
    ANALYZE merged_days;
    INSERT INTO device_usage (tenant_id, carrier_account_id, billing_period_id, iccid, kind, usage_date, usage_bytes,
      source, sync_id, observed_at)
    SELECT sync.tenant_id, sync.carrier_account_id, day.billing_period_id, used.iccid, 'daily', used.usage_date,
      used.usage_bytes, used.source, p_sync_id, sync.started_at
    FROM merged_days used
    JOIN billing_periods day ON day.carrier_account_id = sync.carrier_account_id
      AND used.usage_date >= day.starts_on AND used.usage_date < day.ends_on
    LEFT JOIN LATERAL (
      SELECT known.usage_bytes FROM device_usage known
      WHERE known.billing_period_id = day.billing_period_id AND known.iccid = used.iccid
        AND known.usage_date = used.usage_date AND known.kind = 'daily' AND known.source = used.source
      ORDER BY known.observed_at DESC LIMIT 1
    ) before ON true
    WHERE before.usage_bytes IS DISTINCT FROM used.usage_bytes;
    GET DIAGNOSTICS sync.usage_facts = ROW_COUNT;
  END IF;
  CREATE TEMP TABLE merged_sums ON COMMIT DROP AS
  SELECT iccid, sum(usage_bytes)::bigint AS usage_bytes, min(source) AS source
  FROM (
    SELECT DISTINCT ON (fact.iccid, fact.usage_date) fact.iccid, fact.usage_bytes, fact.source
    FROM device_usage fact
    WHERE has_days AND fact.billing_period_id = sync.billing_period_id AND fact.kind = 'daily'
      AND fact.iccid IN (SELECT iccid FROM merged_days)
    ORDER BY fact.iccid, fact.usage_date, (fact.source = account.usage_source) DESC NULLS LAST, fact.observed_at DESC,
      fact.source
  ) best
  GROUP BY iccid;

  -- Every SIM that is listed, known or told of, once, in the order of ICCIDs. Of a listed one the last word: the
  -- carrier's latest change, and of equals what was read last. The total is the cycle so far, of each SIM that this sync
  -- says something about: as told, else the sum of its days.
  WITH listed AS (
    SELECT DISTINCT ON (iccid) iccid, rate_plan, communication_plan, status, location, msisdn, imsi, imei, locked,
      switch_cost, activated_on, usage_bytes, carrier_modified_at, device_metadata, seq
    FROM staging_devices
    WHERE sync_id = p_sync_id
    ORDER BY iccid, carrier_modified_at DESC NULLS LAST, seq DESC
  ), told AS (
    SELECT DISTINCT ON (iccid) iccid, usage_bytes, source
    FROM usage_staged
    WHERE sync_id = p_sync_id AND usage_date IS NULL
    ORDER BY iccid, (source = account.usage_source) DESC NULLS LAST, seq DESC
  ), known AS (
    SELECT iccid, rate_plan, vanished_at IS NOT NULL AS has_vanished,
      CASE WHEN usage_period_id = sync.billing_period_id THEN usage_bytes END AS cycle_bytes
    FROM devices
    WHERE carrier_account_id = sync.carrier_account_id
  ), sim AS (
    SELECT coalesce(listed.iccid, known.iccid, told.iccid) AS iccid, listed.seq, listed.rate_plan,
      listed.communication_plan, listed.status, listed.location, listed.msisdn, listed.imsi, listed.imei, listed.locked,
      listed.switch_cost, listed.activated_on, listed.carrier_modified_at, listed.device_metadata,
      listed.usage_bytes AS listed_bytes, known.iccid IS NOT NULL AS is_known, known.has_vanished, known.cycle_bytes,
      told.iccid IS NOT NULL AS is_told, told.usage_bytes AS told_bytes, told.source AS told_source,
      -- Of a full sync the SIMs listed, of an incremental one also those that were known before.
      listed.iccid IS NOT NULL OR sync.kind = 'incremental' AND known.has_vanished IS FALSE AS is_seen,
      p_idle_but_plans IS NOT NULL AND told.iccid IS NULL
        AND (CASE WHEN listed.iccid IS NULL THEN known.rate_plan ELSE listed.rate_plan END = ANY(p_idle_but_plans)) IS NOT TRUE
        AND coalesce(listed.iccid, known.iccid) NOT IN (SELECT unnest(p_idle_but_sims))
        AND coalesce(listed.iccid, known.iccid) NOT IN (SELECT iccid FROM merged_days) AS is_idle
    FROM listed FULL JOIN known ON known.iccid = listed.iccid
    FULL JOIN told ON told.iccid = coalesce(listed.iccid, known.iccid)
    -- What is worked out here is worked out once.
    OFFSET 0
  ), total AS (
    SELECT sim.*,
      CASE WHEN is_seen THEN coalesce(told_bytes, CASE WHEN is_idle THEN 0 END, listed_bytes, days.usage_bytes,
        CASE WHEN account.missing_usage = 'zero' AND sync.complete THEN 0 END) END AS total_bytes,
      CASE WHEN is_told THEN told_source WHEN is_idle THEN 'bulk' WHEN listed_bytes IS NOT NULL THEN 'inventory'
        ELSE coalesce(days.source, 'no row') END AS total_source,
      NOT is_told AND NOT is_idle AND listed_bytes IS NULL AND days.iccid IS NOT NULL AS is_sum
    FROM sim LEFT JOIN merged_sums days ON days.iccid = sim.iccid
  ), merged AS MATERIALIZED (
    SELECT iccid, seq, rate_plan, communication_plan, status, location, msisdn, imsi, imei, locked, switch_cost,
      activated_on, carrier_modified_at, device_metadata, is_known, has_vanished, is_told, total_bytes,
      CASE WHEN total_bytes IS NOT NULL THEN total_source END AS total_source,
      has_days AND total_bytes IS NOT NULL AND NOT is_sum AND cycle_bytes IS DISTINCT FROM total_bytes AS is_news
    FROM total
  ), added_facts AS (
    -- A total as a fact, where it is not the sum of facts already and differs from the one before.
    INSERT INTO device_usage (tenant_id, carrier_account_id, billing_period_id, iccid, kind, usage_date, usage_bytes,
      source, sync_id, observed_at)
    SELECT sync.tenant_id, sync.carrier_account_id, sync.billing_period_id, iccid, 'cycle_to_date', sync.usage_date,
      total_bytes, total_source, p_sync_id, sync.started_at
    FROM merged WHERE is_news
  ), updated AS (
    UPDATE devices known SET
      rate_plan = sim.rate_plan,
      communication_plan = sim.communication_plan,
      status = sim.status,
      location = coalesce(sim.location, known.location),
      -- What a list does not tell, details did.
      msisdn = coalesce(sim.msisdn, known.msisdn),
      imsi = coalesce(sim.imsi, known.imsi),
      imei = coalesce(sim.imei, known.imei),
      locked = sim.locked,
      switch_cost = coalesce(sim.switch_cost, known.switch_cost),
      activated_on = coalesce(sim.activated_on, known.activated_on),
      -- Within a cycle a sync that knows nothing of a SIM's usage takes nothing away.
      usage_bytes = CASE WHEN sim.total_bytes IS NULL AND known.usage_period_id = sync.billing_period_id
        THEN known.usage_bytes ELSE sim.total_bytes END,
      usage_as_of = CASE WHEN sim.total_bytes IS NOT NULL THEN sync.started_at
        WHEN known.usage_period_id = sync.billing_period_id THEN known.usage_as_of END,
      usage_source = CASE WHEN sim.total_bytes IS NULL AND known.usage_period_id = sync.billing_period_id
        THEN known.usage_source ELSE sim.total_source END,
      usage_period_id = sync.billing_period_id,
      carrier_modified_at = coalesce(sim.carrier_modified_at, known.carrier_modified_at),
      device_metadata = coalesce(sim.device_metadata, known.device_metadata),
      changed_at = CASE WHEN known.vanished_at IS NOT NULL
          OR (known.rate_plan, known.communication_plan, known.status, known.locked)
            IS DISTINCT FROM (sim.rate_plan, sim.communication_plan, sim.status, sim.locked)
        THEN now() ELSE known.changed_at END,
      vanished_at = NULL
    FROM merged sim
    WHERE known.carrier_account_id = sync.carrier_account_id AND known.iccid = sim.iccid
      AND sim.is_known AND sim.seq IS NOT NULL
  ), updated_unlisted AS (
    UPDATE devices known
    SET usage_bytes = sim.total_bytes, usage_source = sim.total_source, usage_as_of = sync.started_at,
        usage_period_id = sync.billing_period_id
    FROM merged sim
    WHERE sync.kind = 'incremental' AND known.carrier_account_id = sync.carrier_account_id AND known.iccid = sim.iccid
      AND sim.is_known AND sim.seq IS NULL AND sim.total_bytes IS NOT NULL
  ), vanished AS (
    UPDATE devices known SET vanished_at = now(), changed_at = now()
    FROM merged sim
    WHERE sync.kind = 'full' AND sync.complete AND known.carrier_account_id = sync.carrier_account_id
      AND known.iccid = sim.iccid AND sim.is_known AND sim.seq IS NULL AND NOT sim.has_vanished
  ), added AS (
    -- Not ON CONFLICT, which would take twice the time: the account is locked, nobody else adds SIMs to it.
    INSERT INTO devices (tenant_id, carrier_account_id, iccid, rate_plan, communication_plan, status, location, msisdn,
      imsi, imei, locked, switch_cost, activated_on, usage_bytes, usage_period_id, usage_as_of, usage_source,
      carrier_modified_at, device_metadata)
    SELECT sync.tenant_id, sync.carrier_account_id, iccid, rate_plan, communication_plan, status, location, msisdn, imsi,
      imei, locked, switch_cost, activated_on, total_bytes, sync.billing_period_id,
      CASE WHEN total_bytes IS NOT NULL THEN sync.started_at END, total_source, carrier_modified_at, device_metadata
    FROM merged WHERE seq IS NOT NULL AND NOT is_known
  )
  SELECT count(seq), count(*) FILTER (WHERE is_told AND seq IS NULL AND NOT (sync.kind = 'incremental' AND is_known AND NOT has_vanished)),
    count(*) FILTER (WHERE is_news), count(*) FILTER (WHERE seq IS NOT NULL AND is_known),
    count(*) FILTER (WHERE seq IS NOT NULL AND NOT is_known),
    count(*) FILTER (WHERE sync.kind = 'full' AND sync.complete AND is_known AND seq IS NULL AND NOT has_vanished)
  INTO sync.devices, strays, facts, sync.updated, sync.inserted, sync.vanished
  FROM merged;
  sync.usage_facts := sync.usage_facts + facts;

  SELECT count(*) INTO staged FROM staging_devices WHERE sync_id = p_sync_id;
  sync.duplicates := staged - sync.devices;
  sync.conflicts := CASE WHEN sync.duplicates > 0 THEN coalesce(p_conflicts, count_staged_conflicts(p_sync_id)) ELSE 0 END;

  IF strays > 0 OR has_days THEN
    INSERT INTO quarantined_rows (tenant_id, carrier_account_id, sync_id, session_id, source, iccid, reason, content)
    SELECT sync.tenant_id, sync.carrier_account_id, p_sync_id, sync.session_id, used.source, used.iccid,
      CASE WHEN period_of_day.billing_period_id IS NULL AND used.usage_date IS NOT NULL
        THEN 'usage of a day in no known billing cycle' ELSE 'usage of a SIM that is not in the inventory' END,
      jsonb_build_object('usage_date', used.usage_date, 'usage_bytes', used.usage_bytes)
    FROM usage_staged used
    LEFT JOIN billing_periods period_of_day ON period_of_day.carrier_account_id = sync.carrier_account_id
      AND used.usage_date >= period_of_day.starts_on AND used.usage_date < period_of_day.ends_on
    WHERE used.sync_id = p_sync_id
      AND (used.usage_date IS NOT NULL AND period_of_day.billing_period_id IS NULL
        OR NOT EXISTS (SELECT FROM staging_devices listed WHERE listed.sync_id = p_sync_id AND listed.iccid = used.iccid)
          AND NOT EXISTS (
            SELECT FROM devices known
            WHERE sync.kind = 'incremental' AND known.carrier_account_id = sync.carrier_account_id AND known.iccid = used.iccid
              AND known.vanished_at IS NULL
          ));
    GET DIAGNOSTICS extra = ROW_COUNT;
    sync.quarantined := sync.quarantined + extra;
  END IF;

  UPDATE carrier_accounts
  SET last_sync_at = greatest(last_sync_at, sync.started_at),
      last_full_sync_at = CASE WHEN sync.kind = 'full' THEN greatest(last_full_sync_at, sync.started_at) ELSE last_full_sync_at END
  WHERE carrier_account_id = sync.carrier_account_id AND sync.complete;

  -- How many there are now: whoever goes over them next plans by that.
  ANALYZE devices (carrier_account_id, iccid, communication_plan, rate_plan, vanished_at);
  UPDATE sync_runs
  SET status = 'MERGED', devices = sync.devices, duplicates = sync.duplicates, conflicts = sync.conflicts,
      quarantined = sync.quarantined, inserted = sync.inserted, updated = sync.updated, vanished = sync.vanished,
      usage_facts = sync.usage_facts, facts_pending = NOT has_days, finished_at = clock_timestamp(), progress_at = clock_timestamp()
  WHERE sync_id = p_sync_id
  RETURNING * INTO sync;
  DROP TABLE merged_days, merged_sums;
  RETURN sync;
END $$;

-- As before, in one look over the rows that were loaded.
CREATE OR REPLACE FUNCTION check_session_devices() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM (SELECT DISTINCT session_id, unit_id FROM loaded) device
    WHERE NOT EXISTS (SELECT FROM optimization_sessions session WHERE session.session_id = device.session_id)
      OR unit_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM units unit WHERE unit.unit_id = device.unit_id AND unit.session_id = device.session_id
      )
  ) THEN
    RAISE EXCEPTION 'session_devices name a session or a unit that there is not' USING ERRCODE = 'foreign_key_violation';
  END IF;
  RETURN NULL;
END $$;

-- As before, from facts that have been kept.
CREATE OR REPLACE FUNCTION usp_calculate_usage_statistics(p_billing_period_id integer, p_through date DEFAULT NULL)
RETURNS bigint LANGUAGE plpgsql SET jit = off SET enable_nestloop = off AS $$
DECLARE
  read_on date;
BEGIN
  SELECT CASE WHEN count(*) = 1 AND bool_and(complete) THEN max(usage_date) END INTO read_on
  FROM sync_runs WHERE billing_period_id = p_billing_period_id AND status = 'MERGED';
  IF read_on IS NOT NULL AND coalesce(p_through, read_on) = read_on
    AND EXISTS (
      SELECT FROM billing_periods
      WHERE billing_period_id = p_billing_period_id AND read_on >= starts_on AND read_on < ends_on
    )
    AND NOT EXISTS (SELECT FROM device_usage WHERE billing_period_id = p_billing_period_id AND kind = 'daily')
    -- The inventory holds the usage of the cycle that was read last.
    AND NOT EXISTS (
      SELECT FROM sync_runs read JOIN sync_runs later ON later.carrier_account_id = read.carrier_account_id
        AND later.billing_period_id <> read.billing_period_id AND later.finished_at >= read.finished_at
      WHERE read.billing_period_id = p_billing_period_id AND read.status = 'MERGED' AND later.status = 'MERGED'
    )
  THEN
    RETURN usp_calculate_usage_statistics_of_one_read(p_billing_period_id, read_on);
  END IF;
  PERFORM keep_usage_facts(carrier_account_id) FROM billing_periods WHERE billing_period_id = p_billing_period_id;
  RETURN usp_calculate_usage_statistics_of_reads(p_billing_period_id, p_through);
END $$;

-- The statistics pick between two sources as the merge does, so that they add up to its totals.
DO $$
DECLARE
  known text := pg_get_functiondef('usp_calculate_usage_statistics_of_reads(integer, date)'::regprocedure);
  told text := 'DESC NULLS LAST, observed_at DESC
';
BEGIN
  IF strpos(known, told) = 0 THEN
    RAISE EXCEPTION 'usp_calculate_usage_statistics_of_reads does not read as it was written';
  END IF;
  EXECUTE replace(known, told, 'DESC NULLS LAST, observed_at DESC, source
');
END $$;
