-- Whose data it is, and where it comes from. Every row that belongs to a tenant carries tenant_id, and
-- composite foreign keys keep a row's tenant and its account's tenant the same.

CREATE FUNCTION touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at := now();
  RETURN NEW;
END $$;

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE TABLE tenants (
  tenant_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE CHECK (name <> ''),
  -- Where this tenant's notifications go. Never another tenant's.
  mail_recipients text[] NOT NULL DEFAULT '{}',
  webhook_url text,
  created_at timestamptz NOT NULL DEFAULT now()
);

INSERT INTO tenants (name) VALUES ('default');

CREATE TABLE carrier_accounts (
  carrier_account_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id integer NOT NULL REFERENCES tenants,
  name text NOT NULL CHECK (name <> ''),
  kind text NOT NULL CHECK (kind IN ('jasper', 'thingspace', 'files')),
  base_url text,
  username text,
  -- The name of the environment variable that holds the secret, or the secret itself, encrypted.
  secret_env text,
  secret_ciphertext bytea,
  time_zone text NOT NULL,
  cycle_day smallint NOT NULL CHECK (cycle_day BETWEEN 1 AND 31),
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  calls_per_second numeric(10, 4) NOT NULL DEFAULT 5 CHECK (calls_per_second > 0),
  concurrency smallint NOT NULL DEFAULT 1 CHECK (concurrency > 0),
  -- A SIM without a usage row: some sources leave out zero rows, others only lack data.
  missing_usage text NOT NULL DEFAULT 'unknown' CHECK (missing_usage IN ('zero', 'unknown')),
  -- Where a source reports one day twice (raw and rated), the one that counts. NULL: the latest.
  usage_source text,
  -- The hour of the local day from which sessions may start inside the window.
  optimization_start_hour smallint NOT NULL DEFAULT 0 CHECK (optimization_start_hour BETWEEN 0 AND 23),
  -- Changes are never sent unless this is on.
  rate_plan_updates boolean NOT NULL DEFAULT false,
  auto_apply boolean NOT NULL DEFAULT false,
  -- Guard rails and carrier rules, parsed by a schema when read.
  settings jsonb NOT NULL DEFAULT '{}',
  last_full_sync_at timestamptz,
  last_sync_at timestamptz,
  disabled_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (tenant_id, name),
  UNIQUE (tenant_id, carrier_account_id)
);
CREATE TRIGGER carrier_accounts_touched BEFORE UPDATE ON carrier_accounts
  FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

-- [starts_at, ends_at) is the cycle; starts_on and ends_on are the same in local days of the account.
CREATE TABLE billing_periods (
  billing_period_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id integer NOT NULL,
  carrier_account_id integer NOT NULL,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  starts_on date NOT NULL,
  ends_on date NOT NULL,
  days smallint NOT NULL GENERATED ALWAYS AS (ends_on - starts_on) STORED,
  status text NOT NULL DEFAULT 'OPEN' CHECK (status IN ('OPEN', 'CLOSED', 'RECONCILED')),
  created_at timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (tenant_id, carrier_account_id) REFERENCES carrier_accounts (tenant_id, carrier_account_id),
  UNIQUE (carrier_account_id, starts_on),
  UNIQUE (carrier_account_id, billing_period_id),
  CHECK (starts_at < ends_at),
  CHECK (ends_on - starts_on BETWEEN 1 AND 62)
);
