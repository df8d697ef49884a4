-- Ends a unit. True for the one call that ends the session's last unit, on whichever worker, however often the
-- message was delivered: that call goes on to the next stage.
CREATE FUNCTION finish_unit(p_unit_id integer, p_status text, p_error_code text, p_reason text)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  session uuid;
  is_last boolean;
BEGIN
  UPDATE units SET status = p_status, error_code = p_error_code, reason = p_reason, finished_at = clock_timestamp()
  WHERE unit_id = p_unit_id AND status IN ('PENDING', 'RUNNING')
  RETURNING session_id INTO session;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  UPDATE optimization_sessions SET units_done = units_done + 1, progress_at = clock_timestamp()
  WHERE session_id = session
  RETURNING units_done = units_total INTO is_last;
  RETURN is_last;
END $$;

-- Notifications whose time has come, claimed for p_seconds. uncertain: an earlier claim ran out while sending,
-- so it may have been sent already.
CREATE FUNCTION claim_notifications(p_holder text, p_limit integer, p_seconds double precision)
RETURNS TABLE (notification_id uuid, uncertain boolean) LANGUAGE sql AS $$
  WITH due AS (
    SELECT n.notification_id, n.status FROM notifications n
    WHERE (n.status = 'PENDING' AND n.next_attempt_at <= clock_timestamp())
      OR (n.status = 'SENDING' AND n.claimed_until < clock_timestamp())
    ORDER BY n.next_attempt_at
    LIMIT p_limit
    FOR UPDATE SKIP LOCKED
  )
  UPDATE notifications n
  SET status = 'SENDING', attempts = n.attempts + 1, claimed_by = p_holder,
      claimed_until = clock_timestamp() + make_interval(secs => p_seconds)
  FROM due WHERE n.notification_id = due.notification_id
  RETURNING n.notification_id, due.status = 'SENDING';
$$;
