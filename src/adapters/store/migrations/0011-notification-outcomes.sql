-- A mail has no key by which a receiver drops a second one, so what may have been taken is never sent again:
-- handed_at is set when its content is about to be handed over, and a mail that was handed over by a sender that
-- then fell silent is UNCERTAIN. SKIPPED: nobody is to be told.
ALTER TABLE notifications
  ADD COLUMN handed_at timestamptz,
  ADD COLUMN handed_by text,
  DROP CONSTRAINT notifications_status_check,
  ADD CONSTRAINT notifications_status_check
    CHECK (status IN ('PENDING', 'SENDING', 'SENT', 'FAILED', 'UNCERTAIN', 'SKIPPED')),
  ADD CHECK ((handed_at IS NULL) = (handed_by IS NULL));
CREATE INDEX notifications_not_told ON notifications (tenant_id, created_at) WHERE status IN ('FAILED', 'UNCERTAIN');

-- Notifications of these channels whose time has come, claimed for p_seconds. uncertain: an earlier sender handed
-- the content over and never said what became of it.
DROP FUNCTION claim_notifications(text, integer, double precision);
CREATE FUNCTION claim_notifications(p_holder text, p_channels text[], p_limit integer, p_seconds double precision)
RETURNS TABLE (notification_id uuid, uncertain boolean) LANGUAGE sql AS $$
  WITH due AS (
    SELECT n.notification_id FROM notifications n
    WHERE n.channel = ANY (p_channels)
      AND ((n.status = 'PENDING' AND n.next_attempt_at <= clock_timestamp())
        OR (n.status = 'SENDING' AND n.claimed_until < clock_timestamp()))
    ORDER BY n.next_attempt_at
    LIMIT p_limit
    FOR UPDATE SKIP LOCKED
  )
  UPDATE notifications n
  SET status = 'SENDING', attempts = n.attempts + 1, claimed_by = p_holder,
      claimed_until = clock_timestamp() + make_interval(secs => p_seconds)
  FROM due WHERE n.notification_id = due.notification_id
  RETURNING n.notification_id, n.handed_at IS NOT NULL;
$$;

CREATE FUNCTION announce_notification() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('poolwise_notifications', '');
  RETURN NULL;
END $$;
CREATE TRIGGER notifications_announced AFTER INSERT ON notifications
  FOR EACH STATEMENT EXECUTE FUNCTION announce_notification();
