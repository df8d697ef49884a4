-- The inventory. A SIM is known by its carrier account and ICCID; it is never removed: a SIM that a complete
-- full sync no longer finds gets vanished_at, and loses it when it comes back. Here and in device_usage the
-- references are checked as a set, and carrier accounts are never deleted.
CREATE TRIGGER carrier_accounts_kept BEFORE DELETE OR TRUNCATE ON carrier_accounts
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE devices (
  carrier_account_id integer NOT NULL,
  iccid text COLLATE "C" NOT NULL CHECK (octet_length(iccid) BETWEEN 18 AND 22 AND iccid !~ '[^0-9]'),
  tenant_id integer NOT NULL,
  -- As the carrier names them, known to us or not.
  rate_plan text,
  communication_plan text,
  status text,
  location text,
  msisdn text,
  imsi text,
  imei text,
  locked boolean NOT NULL DEFAULT false,
  switch_cost numeric(20, 6) CHECK (switch_cost >= 0),
  activated_on date,
  -- Usage of the cycle usage_period_id so far; NULL is unknown, which is not zero.
  usage_bytes bigint CHECK (usage_bytes BETWEEN 0 AND 1125899906842624),
  usage_period_id integer,
  usage_as_of timestamptz,
  usage_source text,
  carrier_modified_at timestamptz,
  device_metadata jsonb,
  first_seen_at timestamptz NOT NULL DEFAULT now(),
  changed_at timestamptz NOT NULL DEFAULT now(),
  vanished_at timestamptz,
  PRIMARY KEY (carrier_account_id, iccid)
) WITH (fillfactor = 85);

CREATE FUNCTION check_device_owners() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM (SELECT DISTINCT tenant_id, carrier_account_id FROM loaded) device
    WHERE NOT EXISTS (
      SELECT FROM carrier_accounts account
      WHERE account.tenant_id = device.tenant_id AND account.carrier_account_id = device.carrier_account_id
    )
  ) THEN
    RAISE EXCEPTION 'devices name a tenant and a carrier account that do not belong together'
      USING ERRCODE = 'foreign_key_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER devices_owners AFTER INSERT ON devices
  REFERENCING NEW TABLE AS loaded FOR EACH STATEMENT EXECUTE FUNCTION check_device_owners();
CREATE TRIGGER devices_owners_changed AFTER UPDATE OF tenant_id, carrier_account_id ON devices
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE sync_runs (
  sync_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id integer NOT NULL,
  carrier_account_id integer NOT NULL,
  billing_period_id integer NOT NULL,
  session_id uuid REFERENCES optimization_sessions,
  kind text NOT NULL CHECK (kind IN ('full', 'incremental')),
  status text NOT NULL DEFAULT 'RUNNING' CHECK (status IN ('RUNNING', 'LOADED', 'MERGED', 'FAILED', 'CANCELLED')),
  -- Whether every page and every usage row was read. An incomplete sync is never optimised.
  complete boolean NOT NULL DEFAULT false,
  reason text,
  modified_since timestamptz,
  -- Where the next message goes on; cursor_version is one more with each step, so that no step counts twice.
  cursor jsonb NOT NULL DEFAULT '{}',
  cursor_version integer NOT NULL DEFAULT 0,
  pages integer NOT NULL DEFAULT 0,
  calls integer NOT NULL DEFAULT 0,
  rows_staged bigint NOT NULL DEFAULT 0,
  quarantined integer NOT NULL DEFAULT 0,
  -- The carrier's own total, where it tells one.
  expected_devices integer,
  devices integer,
  duplicates integer,
  conflicts integer,
  inserted integer,
  updated integer,
  vanished integer,
  usage_facts integer,
  -- The local day that usage was read for.
  usage_date date,
  started_at timestamptz NOT NULL DEFAULT now(),
  progress_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  FOREIGN KEY (tenant_id, carrier_account_id) REFERENCES carrier_accounts (tenant_id, carrier_account_id),
  FOREIGN KEY (carrier_account_id, billing_period_id) REFERENCES billing_periods (carrier_account_id, billing_period_id),
  CHECK (status <> 'LOADED' OR usage_date IS NOT NULL),
  CHECK (status <> 'MERGED' OR devices IS NOT NULL)
);
CREATE INDEX sync_runs_of_account ON sync_runs (carrier_account_id, started_at DESC);
CREATE INDEX sync_runs_of_session ON sync_runs (session_id);
CREATE INDEX sync_runs_of_period ON sync_runs (billing_period_id, usage_date) WHERE status = 'MERGED';

-- What a sync has read so far, in the order of reading, a SIM as often as it was seen. Loaded by COPY in the
-- transaction that moves the sync's cursor on.
CREATE TABLE staging_devices (
  sync_id uuid NOT NULL,
  seq bigint GENERATED ALWAYS AS IDENTITY,
  iccid text COLLATE "C" NOT NULL,
  rate_plan text,
  communication_plan text,
  status text,
  location text,
  msisdn text,
  imsi text,
  imei text,
  locked boolean NOT NULL DEFAULT false,
  switch_cost numeric(20, 6),
  activated_on date,
  -- Usage of the cycle so far, from sources that tell it with the device.
  usage_bytes bigint,
  carrier_modified_at timestamptz,
  device_metadata jsonb
);
CREATE INDEX staging_devices_of_sync ON staging_devices (sync_id);

-- One row per SIM, and per part (zone, plan, page of a report) where a source splits it. The parts of one
-- SIM, day and source are added up; a part that was read twice counts once, as it was read last.
CREATE TABLE staging_usage (
  sync_id uuid NOT NULL,
  seq bigint GENERATED ALWAYS AS IDENTITY,
  iccid text COLLATE "C" NOT NULL,
  -- NULL: the cycle so far. Otherwise usage of this local day.
  usage_date date,
  part text NOT NULL DEFAULT '',
  usage_bytes bigint NOT NULL CHECK (usage_bytes BETWEEN 0 AND 1125899906842624),
  source text NOT NULL
);
CREATE INDEX staging_usage_of_sync ON staging_usage (sync_id);

-- Facts, never changed: what a source said about a SIM's usage. 'cycle_to_date' is the cycle so far at the end
-- of usage_date as observed, kept only where it differs from the fact before; 'daily' is one day's usage, and
-- a later fact for the same day and source replaces an earlier one.
CREATE TABLE device_usage (
  carrier_account_id integer NOT NULL,
  billing_period_id integer NOT NULL,
  iccid text COLLATE "C" NOT NULL,
  tenant_id integer NOT NULL,
  kind text NOT NULL CHECK (kind IN ('cycle_to_date', 'daily')),
  usage_date date NOT NULL,
  usage_bytes bigint NOT NULL CHECK (usage_bytes BETWEEN 0 AND 1125899906842624),
  source text NOT NULL,
  sync_id uuid NOT NULL,
  observed_at timestamptz NOT NULL,
  PRIMARY KEY (billing_period_id, iccid, usage_date, kind, source, sync_id)
);
CREATE TRIGGER device_usage_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON device_usage
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION check_usage_owners() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM (SELECT DISTINCT tenant_id, carrier_account_id, billing_period_id, sync_id FROM loaded) fact
    WHERE NOT EXISTS (
      SELECT FROM sync_runs sync
      JOIN billing_periods period USING (carrier_account_id)
      WHERE sync.sync_id = fact.sync_id
        AND sync.tenant_id = fact.tenant_id
        AND sync.carrier_account_id = fact.carrier_account_id
        AND period.billing_period_id = fact.billing_period_id
    )
  ) THEN
    RAISE EXCEPTION 'device_usage names a sync, account or cycle that do not belong together'
      USING ERRCODE = 'foreign_key_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER device_usage_owners AFTER INSERT ON device_usage
  REFERENCING NEW TABLE AS loaded FOR EACH STATEMENT EXECUTE FUNCTION check_usage_owners();

-- Bytes per day over the SIM's active days of the cycle up to the last day that was read.
CREATE TABLE device_usage_statistics (
  billing_period_id integer NOT NULL,
  iccid text COLLATE "C" NOT NULL,
  tenant_id integer NOT NULL,
  carrier_account_id integer NOT NULL,
  days smallint NOT NULL CHECK (days > 0),
  total_usage_bytes bigint NOT NULL,
  average_usage_bytes double precision NOT NULL,
  max_usage_bytes double precision NOT NULL,
  min_usage_bytes double precision NOT NULL,
  std_deviation double precision NOT NULL,
  percentile_95 double precision NOT NULL,
  percentile_80 double precision NOT NULL,
  -- Bytes per day and day; NULL where there is one day only.
  usage_trend double precision,
  days_with_usage smallint NOT NULL,
  through_date date NOT NULL,
  PRIMARY KEY (billing_period_id, iccid)
);

-- Rows that could not be read, as they were: nothing is dropped silently.
CREATE TABLE quarantined_rows (
  quarantined_row_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id integer NOT NULL REFERENCES tenants,
  carrier_account_id integer NOT NULL,
  sync_id uuid REFERENCES sync_runs,
  session_id uuid REFERENCES optimization_sessions,
  -- File or call, and line or place in it.
  source text NOT NULL,
  line bigint,
  iccid text,
  reason text NOT NULL,
  content jsonb,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX quarantined_rows_of_sync ON quarantined_rows (sync_id, quarantined_row_id);
CREATE INDEX quarantined_rows_of_session ON quarantined_rows (session_id, quarantined_row_id);
