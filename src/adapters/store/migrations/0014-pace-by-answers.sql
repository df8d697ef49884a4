-- The carrier saw a call before it answered, so a call that counts until one window after its answer never crowds a
-- window, however late it arrived.
ALTER TABLE carrier_pace DROP COLUMN usual_ms;
-- What the quickest of the latest calls took, from 0: it rises by half a per cent of the time between two calls with
-- each call that begins, and falls at once to that of a quicker one.
ALTER TABLE carrier_pace ADD COLUMN quickest_ms double precision NOT NULL DEFAULT 0;
DROP INDEX carrier_calls_of_account;
CREATE INDEX carrier_calls_of_account ON carrier_calls (account, ended_at);

-- Leave to begin a call now: call_id, to be given back by end_carrier_call. Otherwise wait_ms says when to ask again:
-- at most p_concurrency calls are under way at once, and those under way and those answered in the last p_window_ms
-- are fewer than p_calls. Of the time of an answer, what even the quickest calls take is taken back, less 4 % of the
-- window. p_calls NULL: no limit.
CREATE OR REPLACE FUNCTION begin_carrier_call(
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
  answered timestamptz;
  under_way integer;
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
  under_way := (SELECT count(*) FROM carrier_calls WHERE account = p_account AND ended_at IS NULL);
  is_busy := under_way >= least(p_concurrency, p_calls);
  earliest := pace.held_until;
  IF under_way < p_calls THEN
    SELECT ended_at INTO answered FROM carrier_calls WHERE account = p_account AND ended_at IS NOT NULL
    ORDER BY ended_at DESC OFFSET p_calls - under_way - 1 LIMIT 1;
    IF FOUND THEN
      -- 2 ms for clocks that are read in whole milliseconds.
      earliest := greatest(earliest, answered + make_interval(secs =>
        (p_window_ms + 2 - greatest(0, pace.quickest_ms - 0.04 * p_window_ms)) / 1000));
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
    UPDATE carrier_pace SET quickest_ms = quickest_ms + 0.005 * p_window_ms / p_calls
    WHERE account = p_account AND p_calls IS NOT NULL;
  END IF;
END $$;

CREATE OR REPLACE FUNCTION end_carrier_call(p_call_id bigint) RETURNS void LANGUAGE sql AS $$
  WITH ended AS (
    UPDATE carrier_calls SET ended_at = clock_timestamp() WHERE call_id = p_call_id AND ended_at IS NULL
    RETURNING account, 1000 * extract(epoch FROM ended_at - begun_at)::double precision AS latency_ms
  )
  UPDATE carrier_pace pace SET quickest_ms = least(pace.quickest_ms, ended.latency_ms)
  FROM ended WHERE pace.account = ended.account
$$;
