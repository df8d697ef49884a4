CREATE TABLE optimization_sessions (
  session_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  -- The carrier account.
  service_provider_id integer NOT NULL,
  tenant_id integer NOT NULL,
  billing_period_id integer NOT NULL,
  status text NOT NULL DEFAULT 'PENDING'
    CHECK (status IN ('PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED')),
  stage text NOT NULL DEFAULT 'start'
    CHECK (stage IN ('start', 'sync', 'prepare', 'optimize', 'finish', 'done')),
  -- Why it failed or was cancelled, or what it waits for: for a person to act on.
  reason text,
  error_code text,
  trigger_kind text NOT NULL DEFAULT 'person' CHECK (trigger_kind IN ('schedule', 'person', 'api')),
  actor text,
  any_time boolean NOT NULL DEFAULT false,
  full_sync boolean,
  supersedes_session_id uuid REFERENCES optimization_sessions,
  program_version text,
  -- What the run was asked: settings, terms, taxes and pools as they stood.
  settings jsonb NOT NULL DEFAULT '{}',
  -- SHA-256 of each input, by name.
  input_hashes jsonb NOT NULL DEFAULT '{}',
  currency text CHECK (currency ~ '^[A-Z]{3}$'),
  device_count integer CHECK (device_count >= 0),
  baseline_cost numeric(20, 6),
  optimized_cost numeric(20, 6),
  cost_savings numeric(20, 6),
  savings_percent numeric,
  lower_bound numeric(20, 6),
  gap double precision,
  change_count integer CHECK (change_count >= 0),
  -- The whole summary of the reports, as summary.json has it.
  summary jsonb,
  units_total integer CHECK (units_total >= 0),
  units_done integer NOT NULL DEFAULT 0 CHECK (units_done >= 0),
  -- Set by every step forward; a watchdog ends what has stopped moving.
  progress_at timestamptz NOT NULL DEFAULT now(),
  deadline_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  updated_at timestamptz NOT NULL DEFAULT now(),
  completed_at timestamptz,
  FOREIGN KEY (tenant_id, service_provider_id) REFERENCES carrier_accounts (tenant_id, carrier_account_id),
  FOREIGN KEY (service_provider_id, billing_period_id) REFERENCES billing_periods (carrier_account_id, billing_period_id),
  UNIQUE (tenant_id, session_id),
  CHECK (units_done <= units_total),
  CHECK (cost_savings = baseline_cost - optimized_cost),
  CHECK ((completed_at IS NOT NULL) = (status IN ('COMPLETED', 'FAILED', 'CANCELLED'))),
  CHECK (status NOT IN ('FAILED', 'CANCELLED') OR reason IS NOT NULL),
  CHECK (status <> 'COMPLETED' OR (baseline_cost IS NOT NULL AND optimized_cost IS NOT NULL AND device_count IS NOT NULL))
);
-- One session at a time per carrier account and cycle: a second INSERT fails on this index.
CREATE UNIQUE INDEX optimization_sessions_one_active ON optimization_sessions (service_provider_id, billing_period_id)
  WHERE status IN ('PENDING', 'RUNNING');
CREATE INDEX optimization_sessions_listed ON optimization_sessions (tenant_id, created_at DESC, session_id);
CREATE INDEX optimization_sessions_of_account ON optimization_sessions (service_provider_id, created_at DESC);
CREATE INDEX optimization_sessions_stuck ON optimization_sessions (progress_at) WHERE status IN ('PENDING', 'RUNNING');
CREATE TRIGGER optimization_sessions_touched BEFORE UPDATE ON optimization_sessions
  FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

-- What happened, in order, for whoever watches a session.
CREATE TABLE session_events (
  event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id integer NOT NULL,
  session_id uuid NOT NULL,
  kind text NOT NULL,
  data jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (tenant_id, session_id) REFERENCES optimization_sessions (tenant_id, session_id)
);
CREATE INDEX session_events_of_session ON session_events (session_id, event_id);

CREATE FUNCTION announce_session_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('poolwise_session_events', json_build_object('session', NEW.session_id, 'event', NEW.event_id)::text);
  RETURN NULL;
END $$;
CREATE TRIGGER session_events_announced AFTER INSERT ON session_events
  FOR EACH ROW EXECUTE FUNCTION announce_session_event();
CREATE TRIGGER session_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON session_events
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The plans a session may choose from, valid or not, as they were when it was prepared.
CREATE TABLE session_rate_plans (
  session_id uuid NOT NULL REFERENCES optimization_sessions,
  rate_plan_id integer NOT NULL REFERENCES rate_plans,
  valid boolean NOT NULL,
  -- Why it is not valid.
  fault text,
  PRIMARY KEY (session_id, rate_plan_id),
  CHECK (valid = (fault IS NULL))
);

-- SIMs with the same set of eligible plans.
CREATE TABLE communication_groups (
  communication_group_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id integer NOT NULL,
  session_id uuid NOT NULL,
  communication_plans text[] NOT NULL,
  -- Empty: its communication plan is not listed, so its SIMs stay where they are.
  rate_plan_ids integer[] NOT NULL,
  device_count integer NOT NULL CHECK (device_count >= 0),
  total_usage_bytes numeric,
  average_usage_bytes numeric,
  min_usage_bytes bigint,
  max_usage_bytes bigint,
  FOREIGN KEY (tenant_id, session_id) REFERENCES optimization_sessions (tenant_id, session_id),
  UNIQUE (session_id, rate_plan_ids)
);

-- Groups that share a pool are one unit of work, solved together.
CREATE TABLE units (
  unit_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id integer NOT NULL,
  session_id uuid NOT NULL,
  status text NOT NULL DEFAULT 'PENDING' CHECK (status IN ('PENDING', 'RUNNING', 'DONE', 'FAILED', 'CANCELLED')),
  communication_group_ids integer[] NOT NULL DEFAULT '{}',
  pools text[] NOT NULL DEFAULT '{}',
  device_count integer NOT NULL CHECK (device_count >= 0),
  attempts integer NOT NULL DEFAULT 0,
  worker text,
  error_code text,
  reason text,
  -- The proof of the winner, as certificate.json has it.
  certificate jsonb,
  result jsonb,
  started_at timestamptz,
  finished_at timestamptz,
  FOREIGN KEY (tenant_id, session_id) REFERENCES optimization_sessions (tenant_id, session_id)
);
CREATE INDEX units_of_session ON units (session_id, status);

-- Sessions are never deleted: the tables of a row per SIM lean on that, since a foreign key would be checked row
-- by row and double the time of a bulk load. Their references are checked as a set, by the triggers below.
CREATE TRIGGER optimization_sessions_kept BEFORE DELETE OR TRUNCATE ON optimization_sessions
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The fleet as the session saw it: nothing that is synced later changes it. Written in the order of units.
CREATE TABLE session_devices (
  session_id uuid NOT NULL,
  iccid text COLLATE "C" NOT NULL,
  -- NULL: left out of every unit, for the reason in excluded.
  unit_id integer,
  communication_group_id integer,
  rate_plan_id integer,
  rate_plan text,
  communication_plan text,
  status text,
  location text,
  usage_bytes bigint CHECK (usage_bytes BETWEEN 0 AND 1125899906842624),
  -- What the cycle is expected to end with, where a forecast was made.
  projected_usage_bytes bigint CHECK (projected_usage_bytes BETWEEN 0 AND 1125899906842624),
  -- NULL: the whole cycle.
  active_days smallint CHECK (active_days >= 0),
  locked boolean NOT NULL DEFAULT false,
  switch_cost numeric(20, 6) CHECK (switch_cost >= 0),
  excluded text,
  PRIMARY KEY (session_id, iccid)
);
CREATE INDEX session_devices_of_unit ON session_devices (unit_id);

CREATE FUNCTION check_session_devices() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM (SELECT DISTINCT session_id FROM loaded) device
    WHERE NOT EXISTS (SELECT FROM optimization_sessions session WHERE session.session_id = device.session_id)
  ) OR EXISTS (
    SELECT FROM (SELECT DISTINCT session_id, unit_id FROM loaded WHERE unit_id IS NOT NULL) device
    WHERE NOT EXISTS (
      SELECT FROM units unit WHERE unit.unit_id = device.unit_id AND unit.session_id = device.session_id
    )
  ) THEN
    RAISE EXCEPTION 'session_devices name a session or a unit that there is not' USING ERRCODE = 'foreign_key_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER session_devices_owners AFTER INSERT ON session_devices
  REFERENCING NEW TABLE AS loaded FOR EACH STATEMENT EXECUTE FUNCTION check_session_devices();

-- One row per group and strategy.
CREATE TABLE optimization_groups (
  group_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  session_id uuid NOT NULL,
  tenant_id integer NOT NULL,
  communication_group_id integer REFERENCES communication_groups,
  unit_id integer REFERENCES units,
  -- The plan that most of the group's SIMs are on today, and the one most of them get.
  rate_plan_id integer REFERENCES rate_plans,
  winning_rate_plan_id integer REFERENCES rate_plans,
  device_count integer NOT NULL CHECK (device_count >= 0),
  baseline_cost numeric(20, 6) NOT NULL,
  optimized_cost numeric(20, 6) NOT NULL,
  cost_savings numeric(20, 6) NOT NULL,
  is_winner boolean NOT NULL DEFAULT false,
  algorithm_used text NOT NULL,
  lower_bound numeric(20, 6),
  gap double precision,
  change_count integer CHECK (change_count >= 0),
  seconds double precision,
  created_at timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (tenant_id, session_id) REFERENCES optimization_sessions (tenant_id, session_id),
  UNIQUE (session_id, communication_group_id, algorithm_used),
  CHECK (cost_savings = baseline_cost - optimized_cost)
);
CREATE UNIQUE INDEX optimization_groups_one_winner ON optimization_groups (session_id, communication_group_id) WHERE is_winner;

-- usage_mb and projected_usage_mb are for people, rounded to six places; the bytes are the figure.
CREATE TABLE device_assignments (
  assignment_id uuid NOT NULL DEFAULT gen_random_uuid(),
  session_id uuid NOT NULL,
  tenant_id integer NOT NULL,
  iccid text COLLATE "C" NOT NULL,
  unit_id integer,
  current_rate_plan_id integer,
  recommended_rate_plan_id integer,
  current_cost numeric(20, 6),
  recommended_cost numeric(20, 6),
  cost_savings numeric(20, 6),
  usage_bytes bigint CHECK (usage_bytes BETWEEN 0 AND 1125899906842624),
  projected_usage_bytes bigint CHECK (projected_usage_bytes BETWEEN 0 AND 1125899906842624),
  usage_mb numeric(20, 6) GENERATED ALWAYS AS (round(usage_bytes / 1048576.0, 6)) STORED,
  projected_usage_mb numeric(20, 6) GENERATED ALWAYS AS (round(projected_usage_bytes / 1048576.0, 6)) STORED,
  -- The share of past forecasts of this account, at the same day of the cycle, whose error would not have
  -- changed the recommendation; NULL where the usage is not a forecast.
  confidence_score numeric(4, 3) CHECK (confidence_score BETWEEN 0 AND 1),
  reason text,
  excluded text,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (session_id, iccid),
  CHECK (cost_savings = current_cost - recommended_cost)
);
CREATE INDEX device_assignments_changed ON device_assignments (session_id, cost_savings DESC, iccid)
  WHERE current_rate_plan_id <> recommended_rate_plan_id;
CREATE INDEX device_assignments_of_unit ON device_assignments (unit_id);

CREATE FUNCTION check_assignments() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  stray record;
BEGIN
  SELECT used.* INTO stray
  FROM (
    SELECT DISTINCT session_id, tenant_id, rate_plan_id
    FROM (
      SELECT DISTINCT session_id, tenant_id, current_rate_plan_id, recommended_rate_plan_id FROM loaded
    ) pair, LATERAL (VALUES (current_rate_plan_id), (recommended_rate_plan_id)) plan (rate_plan_id)
  ) used
  WHERE NOT EXISTS (
      SELECT FROM optimization_sessions session
      WHERE session.session_id = used.session_id AND session.tenant_id = used.tenant_id
    )
    OR used.rate_plan_id IS NOT NULL AND NOT EXISTS (
      SELECT FROM rate_plans plan WHERE plan.rate_plan_id = used.rate_plan_id AND plan.tenant_id = used.tenant_id
    )
  LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'device_assignments name session % or rate plan %, which tenant % does not have',
      stray.session_id, stray.rate_plan_id, stray.tenant_id USING ERRCODE = 'foreign_key_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER device_assignments_owners AFTER INSERT ON device_assignments
  REFERENCING NEW TABLE AS loaded FOR EACH STATEMENT EXECUTE FUNCTION check_assignments();

CREATE TABLE reports (
  report_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id integer NOT NULL,
  session_id uuid NOT NULL,
  name text NOT NULL,
  object_key text NOT NULL,
  content_type text NOT NULL,
  size_bytes bigint NOT NULL CHECK (size_bytes >= 0),
  sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  created_at timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (tenant_id, session_id) REFERENCES optimization_sessions (tenant_id, session_id),
  UNIQUE (session_id, name)
);
