-- The pace of one carrier account, shared by every worker. Unlogged: a crash of the server forgets it, which costs
-- nothing, and taking a turn costs no write to disk.
CREATE UNLOGGED TABLE carrier_pace (
  account text PRIMARY KEY,
  -- No call may begin before this.
  held_until timestamptz NOT NULL DEFAULT '-infinity',
  -- What a call usually takes.
  usual_ms double precision
);

CREATE UNLOGGED TABLE carrier_calls (
  call_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account text NOT NULL,
  holder text NOT NULL,
  begun_at timestamptz NOT NULL,
  ended_at timestamptz,
  -- A worker that died lets go of its call at this time.
  expires_at timestamptz NOT NULL
);
CREATE INDEX carrier_calls_of_account ON carrier_calls (account, begun_at);

-- Leave to begin a call now: call_id, to be given back by end_carrier_call. Otherwise wait_ms says when to ask again:
-- at most p_concurrency calls are under way at once, and call i + p_calls begins no sooner than p_window_ms after the
-- carrier saw call i at the latest. That is when it was answered, or after a usual transit of 4 % of the window,
-- unless the answer took unusually long. p_calls NULL: no limit.
CREATE FUNCTION begin_carrier_call(
  p_account text,
  p_holder text,
  p_calls integer,
  p_window_ms double precision,
  p_concurrency integer,
  p_lease_ms double precision,
  OUT call_id bigint,
  OUT wait_ms double precision,
  OUT is_busy boolean
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  pace carrier_pace;
  at timestamptz;
  earliest timestamptz;
  earlier carrier_calls;
  transit_ms CONSTANT double precision := 0.04 * p_window_ms;
  latency_ms double precision;
  seen_ms double precision;
BEGIN
  SELECT * INTO pace FROM carrier_pace WHERE account = p_account FOR UPDATE;
  IF NOT FOUND THEN
    INSERT INTO carrier_pace (account) VALUES (p_account) ON CONFLICT DO NOTHING;
    SELECT * INTO pace FROM carrier_pace WHERE account = p_account FOR UPDATE;
  END IF;
  at := clock_timestamp();
  UPDATE carrier_calls SET ended_at = expires_at
  WHERE account = p_account AND ended_at IS NULL AND expires_at < at;
  DELETE FROM carrier_calls
  WHERE account = p_account AND ended_at < at - make_interval(secs => 2 * p_window_ms / 1000 + 1);
  is_busy := (SELECT count(*) FROM carrier_calls WHERE account = p_account AND ended_at IS NULL) >= p_concurrency;
  earliest := pace.held_until;
  IF p_calls IS NOT NULL THEN
    SELECT * INTO earlier FROM carrier_calls WHERE account = p_account
    ORDER BY begun_at DESC, call_id DESC OFFSET p_calls - 1 LIMIT 1;
    IF FOUND THEN
      latency_ms := 1000 * extract(epoch FROM coalesce(earlier.ended_at, at) - earlier.begun_at);
      seen_ms := CASE
        WHEN latency_ms > transit_ms + 2 * coalesce(pace.usual_ms, 0) THEN latency_ms
        WHEN earlier.ended_at IS NULL THEN transit_ms
        ELSE least(latency_ms, transit_ms) END;
      -- 2 ms for clocks that are read in whole milliseconds. A call without an end delays others by a window at most.
      earliest := greatest(earliest,
        earlier.begun_at + make_interval(secs => (least(p_window_ms, seen_ms) + p_window_ms + 2) / 1000));
    END IF;
  END IF;
  IF earliest > at THEN
    wait_ms := least(1000 * extract(epoch FROM earliest - at), 86400000);
    RETURN;
  END IF;
  wait_ms := 0;
  IF NOT is_busy THEN
    INSERT INTO carrier_calls AS begun (account, holder, begun_at, expires_at)
    VALUES (p_account, p_holder, at, at + make_interval(secs => p_lease_ms / 1000))
    RETURNING begun.call_id INTO call_id;
  END IF;
END $$;

-- The call is over. Once: a call that was taken back because its lease ran out, or ended before, is left as it is.
CREATE FUNCTION end_carrier_call(p_call_id bigint) RETURNS void LANGUAGE sql AS $$
  WITH ended AS (
    UPDATE carrier_calls SET ended_at = clock_timestamp() WHERE call_id = p_call_id AND ended_at IS NULL
    RETURNING account, 1000 * extract(epoch FROM ended_at - begun_at)::double precision AS latency_ms
  )
  UPDATE carrier_pace pace SET usual_ms = coalesce(pace.usual_ms, ended.latency_ms) * 0.9 + ended.latency_ms * 0.1
  FROM ended WHERE pace.account = ended.account
$$;

-- No call of the account begins for p_ms; never shortens an earlier, longer hold.
CREATE FUNCTION hold_carrier_calls(p_account text, p_ms double precision) RETURNS void LANGUAGE sql AS $$
  INSERT INTO carrier_pace AS pace (account, held_until)
  VALUES (p_account, clock_timestamp() + make_interval(secs => p_ms / 1000))
  ON CONFLICT (account) DO UPDATE SET held_until = greatest(pace.held_until, excluded.held_until)
$$;
