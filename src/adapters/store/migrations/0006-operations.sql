CREATE TABLE users (
  user_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id integer NOT NULL REFERENCES tenants,
  email text NOT NULL CHECK (email = lower(email) AND email LIKE '%_@_%'),
  name text,
  role text NOT NULL CHECK (role IN ('viewer', 'approver', 'admin')),
  password_hash text,
  disabled_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (email)
);

CREATE TABLE api_keys (
  api_key_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id integer NOT NULL REFERENCES tenants,
  name text NOT NULL CHECK (name <> ''),
  role text NOT NULL CHECK (role IN ('viewer', 'approver', 'admin')),
  -- SHA-256 of the key; the key itself is shown once and kept nowhere.
  key_sha256 text NOT NULL UNIQUE CHECK (key_sha256 ~ '^[0-9a-f]{64}$'),
  created_by text,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz
);
CREATE UNIQUE INDEX api_keys_named ON api_keys (tenant_id, name) WHERE revoked_at IS NULL;

CREATE TABLE idempotency_keys (
  tenant_id integer NOT NULL REFERENCES tenants,
  key text NOT NULL,
  request_sha256 text NOT NULL,
  -- NULL while the first request is still running.
  status smallint,
  response jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, key)
);
CREATE INDEX idempotency_keys_old ON idempotency_keys (created_at);

CREATE TABLE audit_log (
  audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id integer NOT NULL REFERENCES tenants,
  actor text NOT NULL,
  action text NOT NULL,
  subject_kind text NOT NULL,
  subject_id text NOT NULL,
  data jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX audit_log_listed ON audit_log (tenant_id, audit_id DESC);
CREATE INDEX audit_log_of_subject ON audit_log (subject_kind, subject_id, audit_id);
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A message that failed for good, from before it is taken off its queue until a person has dealt with it.
CREATE TABLE dead_letters (
  dead_letter_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id integer REFERENCES tenants,
  session_id uuid REFERENCES optimization_sessions,
  queue text NOT NULL,
  message_id text NOT NULL,
  body jsonb NOT NULL,
  receive_count integer NOT NULL,
  classification text NOT NULL,
  reason text,
  status text NOT NULL DEFAULT 'NEW' CHECK (status IN ('NEW', 'RETRIED', 'DISCARDED')),
  alerted_at timestamptz,
  sent_at timestamptz,
  recorded_at timestamptz NOT NULL DEFAULT now(),
  resolved_at timestamptz,
  resolved_by text,
  UNIQUE (queue, message_id),
  CHECK ((status = 'NEW') = (resolved_at IS NULL))
);
CREATE INDEX dead_letters_listed ON dead_letters (tenant_id, status, recorded_at DESC);

-- What is to be told to people and systems outside, decided in the transaction of what it is about. One row is
-- one message to one channel; dedup_key makes it one for ever.
CREATE TABLE notifications (
  notification_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id integer NOT NULL REFERENCES tenants,
  session_id uuid REFERENCES optimization_sessions,
  channel text NOT NULL CHECK (channel IN ('mail', 'webhook', 'sns')),
  kind text NOT NULL,
  dedup_key text NOT NULL UNIQUE,
  payload jsonb NOT NULL,
  status text NOT NULL DEFAULT 'PENDING' CHECK (status IN ('PENDING', 'SENDING', 'SENT', 'FAILED')),
  attempts integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL DEFAULT now(),
  -- While SENDING: whose turn it is, and until when. Past that the outcome is uncertain.
  claimed_by text,
  claimed_until timestamptz,
  last_error text,
  provider_reference text,
  created_at timestamptz NOT NULL DEFAULT now(),
  sent_at timestamptz,
  CHECK ((status = 'SENT') = (sent_at IS NOT NULL)),
  CHECK ((status = 'SENDING') = (claimed_until IS NOT NULL))
);
CREATE INDEX notifications_due ON notifications (next_attempt_at) WHERE status IN ('PENDING', 'SENDING');
CREATE INDEX notifications_of_session ON notifications (session_id);

-- Messages for a queue that does not live in this database, committed with the state that they belong to.
CREATE TABLE message_outbox (
  message_outbox_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  queue text NOT NULL,
  body jsonb NOT NULL,
  delay_seconds integer NOT NULL DEFAULT 0,
  dedup_id text,
  created_at timestamptz NOT NULL DEFAULT now()
);
