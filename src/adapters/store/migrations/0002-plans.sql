-- What things cost. A row is a version: a change of prices adds a row and sets superseded_at on the old one,
-- so a session keeps pointing at the prices it used.

CREATE TABLE rate_plans (
  rate_plan_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id integer NOT NULL,
  carrier_account_id integer NOT NULL,
  code text NOT NULL CHECK (code <> ''),
  version integer NOT NULL DEFAULT 1 CHECK (version > 0),
  type text NOT NULL CHECK (type IN ('individual', 'pooled', 'unlimited')),
  pool text NOT NULL DEFAULT '',
  monthly_cost numeric(24, 12) NOT NULL CHECK (monthly_cost >= 0),
  included_bytes bigint NOT NULL CHECK (included_bytes BETWEEN 0 AND 1125899906842624),
  overage text NOT NULL CHECK (overage IN ('charge', 'none')),
  -- NULL where the sheet had none: an invalid plan is kept and named, not dropped.
  overage_rate numeric(24, 12),
  overage_block_bytes bigint CHECK (overage_block_bytes <= 1125899906842624),
  usage_increment_bytes bigint NOT NULL DEFAULT 0 CHECK (usage_increment_bytes >= 0),
  proration text NOT NULL DEFAULT 'full' CHECK (proration IN ('full', 'active_days', 'days30')),
  prorate_included boolean NOT NULL,
  regulatory_fee numeric(24, 12) NOT NULL DEFAULT 0 CHECK (regulatory_fee >= 0),
  min_devices integer NOT NULL DEFAULT 0 CHECK (min_devices >= 0),
  max_devices integer CHECK (max_devices >= 0),
  available boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT now(),
  superseded_at timestamptz,
  FOREIGN KEY (tenant_id, carrier_account_id) REFERENCES carrier_accounts (tenant_id, carrier_account_id),
  UNIQUE (carrier_account_id, code, version)
);
CREATE UNIQUE INDEX rate_plans_current ON rate_plans (carrier_account_id, code) WHERE superseded_at IS NULL;

-- A pool whose allowance and charge are its own, not the sum of its members'.
CREATE TABLE rate_pools (
  rate_pool_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id integer NOT NULL,
  carrier_account_id integer NOT NULL,
  name text NOT NULL CHECK (name <> ''),
  included_bytes bigint NOT NULL CHECK (included_bytes >= 0),
  monthly_cost numeric(24, 12) NOT NULL CHECK (monthly_cost >= 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  superseded_at timestamptz,
  FOREIGN KEY (tenant_id, carrier_account_id) REFERENCES carrier_accounts (tenant_id, carrier_account_id)
);
CREATE UNIQUE INDEX rate_pools_current ON rate_pools (carrier_account_id, name) WHERE superseded_at IS NULL;

-- rate is a fraction of 1. The location 'account' taxes pool overage.
CREATE TABLE tax_rates (
  tax_rate_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id integer NOT NULL,
  carrier_account_id integer NOT NULL,
  location text NOT NULL,
  rate numeric(13, 12) NOT NULL CHECK (rate >= 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  superseded_at timestamptz,
  FOREIGN KEY (tenant_id, carrier_account_id) REFERENCES carrier_accounts (tenant_id, carrier_account_id)
);
CREATE UNIQUE INDEX tax_rates_current ON tax_rates (carrier_account_id, location) WHERE superseded_at IS NULL;

CREATE TABLE communication_plans (
  communication_plan_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id integer NOT NULL,
  carrier_account_id integer NOT NULL,
  name text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (tenant_id, carrier_account_id) REFERENCES carrier_accounts (tenant_id, carrier_account_id),
  UNIQUE (carrier_account_id, name)
);

-- By code, not by version: eligibility does not change with a price.
CREATE TABLE communication_plan_rate_plans (
  communication_plan_id integer NOT NULL REFERENCES communication_plans ON DELETE CASCADE,
  rate_plan_code text NOT NULL CHECK (rate_plan_code <> ''),
  PRIMARY KEY (communication_plan_id, rate_plan_code)
);
