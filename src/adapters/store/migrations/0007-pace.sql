-- The pace of one carrier account, shared by every worker: slots in time that calls take, leases on the calls in
-- flight, and a circuit breaker.
CREATE TABLE carrier_pace (
  carrier_account_id integer PRIMARY KEY REFERENCES carrier_accounts,
  -- No call may begin before this.
  next_slot_at timestamptz NOT NULL DEFAULT '-infinity',
  breaker text NOT NULL DEFAULT 'CLOSED' CHECK (breaker IN ('CLOSED', 'OPEN', 'HALF_OPEN')),
  failures integer NOT NULL DEFAULT 0,
  opened_at timestamptz,
  opened_because text
);

CREATE TABLE carrier_leases (
  lease_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  carrier_account_id integer NOT NULL REFERENCES carrier_pace,
  holder text NOT NULL,
  -- A worker that died lets go of its call at this time.
  expires_at timestamptz NOT NULL
);
CREATE INDEX carrier_leases_of_account ON carrier_leases (carrier_account_id, expires_at);

-- Leave to make one call. Granted: begin it after wait_ms and give lease_id back afterwards. Refused: ask again
-- after wait_ms; refusal is 'busy' (all calls allowed at a time are in flight) or 'breaker'. Slots are 3 % further
-- apart than the rate allows, since calls that leave evenly do not arrive evenly.
CREATE FUNCTION acquire_carrier_call(
  p_carrier_account_id integer,
  p_holder text,
  p_lease_seconds double precision,
  p_recovery_seconds double precision,
  OUT granted boolean,
  OUT lease_id bigint,
  OUT wait_ms integer,
  OUT refusal text
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  pace carrier_pace;
  account carrier_accounts;
  at timestamptz;
  slot timestamptz;
  in_flight integer;
  retry_at timestamptz;
BEGIN
  SELECT * INTO STRICT account FROM carrier_accounts WHERE carrier_account_id = p_carrier_account_id;
  SELECT * INTO pace FROM carrier_pace WHERE carrier_account_id = p_carrier_account_id FOR UPDATE;
  IF NOT FOUND THEN
    INSERT INTO carrier_pace (carrier_account_id) VALUES (p_carrier_account_id) ON CONFLICT DO NOTHING;
    SELECT * INTO pace FROM carrier_pace WHERE carrier_account_id = p_carrier_account_id FOR UPDATE;
  END IF;
  at := clock_timestamp();
  DELETE FROM carrier_leases WHERE carrier_account_id = p_carrier_account_id AND expires_at < at;
  SELECT count(*) INTO in_flight FROM carrier_leases WHERE carrier_account_id = p_carrier_account_id;
  retry_at := pace.opened_at + make_interval(secs => p_recovery_seconds);
  granted := false;
  IF pace.breaker = 'OPEN' AND at < retry_at THEN
    refusal := 'breaker';
    wait_ms := ceil(extract(epoch FROM retry_at - at) * 1000);
    RETURN;
  END IF;
  IF pace.breaker <> 'CLOSED' AND in_flight > 0 THEN
    -- One call tries the carrier out; the others wait for what becomes of it.
    refusal := 'breaker';
    wait_ms := 250;
    RETURN;
  END IF;
  IF in_flight >= account.concurrency THEN
    refusal := 'busy';
    wait_ms := 20;
    RETURN;
  END IF;
  slot := greatest(at, pace.next_slot_at);
  UPDATE carrier_pace
  SET next_slot_at = slot + make_interval(secs => 1.03 / account.calls_per_second::double precision),
      breaker = CASE WHEN pace.breaker = 'OPEN' THEN 'HALF_OPEN' ELSE pace.breaker END
  WHERE carrier_account_id = p_carrier_account_id;
  INSERT INTO carrier_leases AS lease (carrier_account_id, holder, expires_at)
  VALUES (p_carrier_account_id, p_holder, slot + make_interval(secs => p_lease_seconds))
  RETURNING lease.lease_id INTO lease_id;
  granted := true;
  wait_ms := ceil(extract(epoch FROM slot - at) * 1000);
END $$;

-- Gives a lease back with what became of the call. 'answered': the carrier is there, whatever it said;
-- 'throttled': nobody calls it for p_pause_seconds; 'failed': no answer, or a server error. p_threshold failures
-- in a row open the breaker; a failed trial opens it again.
CREATE FUNCTION release_carrier_call(
  p_lease_id bigint,
  p_outcome text,
  p_pause_seconds double precision,
  p_threshold integer,
  p_reason text
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  account_id integer;
  pace carrier_pace;
BEGIN
  SELECT carrier_account_id INTO account_id FROM carrier_leases WHERE lease_id = p_lease_id;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  SELECT * INTO pace FROM carrier_pace WHERE carrier_account_id = account_id FOR UPDATE;
  DELETE FROM carrier_leases WHERE lease_id = p_lease_id;
  IF p_outcome = 'answered' THEN
    pace.breaker := 'CLOSED';
    pace.failures := 0;
    pace.opened_at := NULL;
    pace.opened_because := NULL;
  ELSIF p_outcome = 'throttled' THEN
    pace.next_slot_at := greatest(pace.next_slot_at, clock_timestamp() + make_interval(secs => p_pause_seconds));
    IF pace.breaker = 'HALF_OPEN' THEN
      pace.breaker := 'CLOSED';
    END IF;
  ELSIF p_outcome = 'failed' THEN
    pace.failures := pace.failures + 1;
    IF pace.breaker = 'HALF_OPEN' OR pace.failures >= p_threshold THEN
      pace.breaker := 'OPEN';
      pace.opened_at := clock_timestamp();
      pace.opened_because := p_reason;
    END IF;
  ELSE
    RAISE EXCEPTION 'unknown outcome of a carrier call: %', p_outcome USING ERRCODE = 'invalid_parameter_value';
  END IF;
  UPDATE carrier_pace
  SET next_slot_at = pace.next_slot_at, breaker = pace.breaker, failures = pace.failures,
      opened_at = pace.opened_at, opened_because = pace.opened_because
  WHERE carrier_account_id = account_id;
  RETURN pace.breaker;
END $$;
