-- Sending a session's changes to the carrier, or taking them back. Exactly the changes whose hash was approved.
CREATE TABLE plan_change_runs (
  plan_change_run_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id integer NOT NULL,
  session_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('apply', 'rollback')),
  rolls_back_run_id uuid REFERENCES plan_change_runs,
  dry_run boolean NOT NULL DEFAULT false,
  status text NOT NULL DEFAULT 'AWAITING_APPROVAL'
    CHECK (status IN ('AWAITING_APPROVAL', 'APPROVED', 'RUNNING', 'PAUSED', 'COMPLETED', 'FAILED', 'CANCELLED')),
  reason text,
  change_count integer NOT NULL CHECK (change_count >= 0),
  changes_sha256 text NOT NULL CHECK (changes_sha256 ~ '^[0-9a-f]{64}$'),
  approvals_needed smallint NOT NULL DEFAULT 1 CHECK (approvals_needed BETWEEN 0 AND 2),
  expires_at timestamptz NOT NULL,
  progress_at timestamptz NOT NULL DEFAULT now(),
  created_at timestamptz NOT NULL DEFAULT now(),
  completed_at timestamptz,
  FOREIGN KEY (tenant_id, session_id) REFERENCES optimization_sessions (tenant_id, session_id),
  CHECK ((kind = 'rollback') = (rolls_back_run_id IS NOT NULL))
);
CREATE UNIQUE INDEX plan_change_runs_one_active ON plan_change_runs (session_id)
  WHERE status IN ('AWAITING_APPROVAL', 'APPROVED', 'RUNNING', 'PAUSED');

CREATE TABLE approvals (
  approval_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id integer NOT NULL REFERENCES tenants,
  plan_change_run_id uuid NOT NULL REFERENCES plan_change_runs,
  decision text NOT NULL CHECK (decision IN ('approved', 'refused')),
  approved_by text NOT NULL CHECK (approved_by <> ''),
  changes_sha256 text NOT NULL,
  comment text,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (plan_change_run_id, approved_by)
);

-- An intent, written before anything is sent. UNKNOWN: sent, and the answer was lost.
CREATE TABLE plan_changes (
  plan_change_run_id uuid NOT NULL REFERENCES plan_change_runs,
  position integer NOT NULL CHECK (position > 0),
  tenant_id integer NOT NULL,
  carrier_account_id integer NOT NULL,
  session_id uuid NOT NULL,
  iccid text COLLATE "C" NOT NULL,
  from_rate_plan_id integer NOT NULL REFERENCES rate_plans,
  to_rate_plan_id integer NOT NULL REFERENCES rate_plans,
  state text NOT NULL DEFAULT 'PLANNED'
    CHECK (state IN ('PLANNED', 'SENDING', 'SENT', 'CONFIRMED', 'SKIPPED', 'FAILED', 'UNKNOWN', 'CANCELLED')),
  cost_savings numeric(20, 6),
  effective_on date,
  attempts smallint NOT NULL DEFAULT 0,
  carrier_reference text,
  error_code text,
  reason text,
  sent_at timestamptz,
  confirmed_at timestamptz,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (plan_change_run_id, position),
  UNIQUE (plan_change_run_id, iccid),
  FOREIGN KEY (tenant_id, session_id) REFERENCES optimization_sessions (tenant_id, session_id),
  CHECK (from_rate_plan_id <> to_rate_plan_id)
);
CREATE INDEX plan_changes_by_state ON plan_changes (plan_change_run_id, state, position);
CREATE INDEX plan_changes_of_device ON plan_changes (carrier_account_id, iccid);
CREATE TRIGGER plan_changes_touched BEFORE UPDATE ON plan_changes FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
