"""Doors of attendance: sessions begin, presence is confirmed or corrected, officers read corrections.

Why: no channel holds INSERT or UPDATE on ``confirmed_presence``, ``refused_presence`` or ``session_held``. Devices and
citizens store events; presence is written here, from stored events or an accepted correction alone, so that a later
sign-out can lengthen a presence without anybody holding a general UPDATE. The doors also see what a constraint keyed
by ``person_id`` cannot: that two numbers are one person (``person_group``).
Lock taken, and for how long: none that matters, functions only.
Safe with the previous release running: yes.
How undone: downgrade drops the functions.
"""

from app.db.migration import execute_script

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

HOLDING = """
CREATE FUNCTION hold_sessions(begun uuid[]) RETURNS TABLE (opening_id uuid, has_begun boolean, is_running boolean)
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- In the order of the ids, so that two batches never wait for each other.
  INSERT INTO registry.session_held (session_id, opening_id, starts_at, filed_at)
  SELECT session.session_id, session.opening_id, session.starts_at, record.filed_at
  FROM registry.course_session AS session
  JOIN registry.opening_record AS record ON record.opening_id = session.opening_id
  WHERE session.session_id = ANY (begun) AND session.canceled_at IS NULL
  ORDER BY session.session_id
  ON CONFLICT DO NOTHING;
  FOR opening_id IN
    SELECT DISTINCT session.opening_id FROM registry.course_session AS session
    WHERE session.session_id = ANY (begun) ORDER BY session.opening_id
  LOOP
    UPDATE registry.course_opening AS opening SET state = 'running', version = opening.version + 1
    WHERE opening.opening_id = hold_sessions.opening_id AND opening.state = 'on_record';
    has_begun := FOUND;
    -- Shared until the commit: nobody closes an opening while events are being stored for it.
    PERFORM FROM registry.course_opening AS opening
      WHERE opening.opening_id = hold_sessions.opening_id AND opening.state = 'running' FOR SHARE;
    is_running := FOUND;
    RETURN NEXT;
  END LOOP;
END $$;
COMMENT ON FUNCTION hold_sessions(uuid[]) IS
  'The first event of a session makes it held and its opening running. Locks the openings against closing.';

CREATE FUNCTION lock_persons(members uuid[]) RETURNS void
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  person_lock bigint;
BEGIN
  FOR person_lock IN
    SELECT DISTINCT hashtextextended('presence:' || (
      SELECT min(one.person_id::text) FROM registry.person_group(member) AS one (person_id)), 0) AS key
    FROM unnest(members) AS given (member) ORDER BY key
  LOOP
    PERFORM pg_advisory_xact_lock(person_lock);
  END LOOP;
END $$;
COMMENT ON FUNCTION lock_persons(uuid[]) IS
  'Serializes what is decided about a person, whichever number it came under; always taken before any other lock.';

CREATE FUNCTION is_elsewhere(member uuid, at_session uuid, span tstzrange) RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT EXISTS (
    SELECT FROM registry.confirmed_presence AS other
    WHERE other.person_id IN (SELECT registry.person_group(member)) AND other.during && span
      AND NOT (other.person_id = member AND other.session_id = at_session))
$$;
"""

CONFIRMING = """
CREATE FUNCTION confirm_presence(member uuid, at_session uuid, span tstzrange, minutes integer) RETURNS text
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  of_opening uuid;
BEGIN
  SELECT session.opening_id INTO of_opening
  FROM registry.course_session AS session
  JOIN registry.course_opening AS opening ON opening.opening_id = session.opening_id AND opening.state = 'running'
  WHERE session.session_id = at_session AND span <@ tstzrange(session.starts_at, session.ends_at)
    AND EXISTS (SELECT FROM registry.attendance_event AS evidence
                WHERE evidence.person_id = member AND evidence.session_id = at_session AND evidence.kind = 'sign_in')
  FOR SHARE OF opening;
  IF NOT FOUND THEN RETURN 'no_evidence'; END IF;
  PERFORM registry.lock_persons(ARRAY[member]);
  IF EXISTS (SELECT FROM registry.presence_correction AS correction
             WHERE correction.person_id = member AND correction.session_id = at_session
               AND correction.decision = 'accepted') THEN
    RETURN 'corrected';
  END IF;
  IF registry.is_elsewhere(member, at_session, span) THEN
    RAISE EXCEPTION 'elsewhere' USING ERRCODE = 'exclusion_violation';
  END IF;
  INSERT INTO registry.confirmed_presence (person_id, during, session_id, opening_id, credited_minutes)
  VALUES (member, span, at_session, of_opening, minutes)
  ON CONFLICT (person_id, session_id) DO UPDATE
    SET during = excluded.during, credited_minutes = excluded.credited_minutes, confirmed_at = excluded.confirmed_at
    WHERE confirmed_presence.during <> excluded.during
       OR confirmed_presence.credited_minutes <> excluded.credited_minutes;
  RETURN 'confirmed';
EXCEPTION WHEN exclusion_violation THEN
  INSERT INTO registry.refused_presence (person_id, session_id, opening_id, during)
  SELECT member, at_session, of_opening, span
  WHERE NOT EXISTS (SELECT FROM registry.refused_presence AS known
                    WHERE known.person_id = member AND known.session_id = at_session AND known.during = span);
  RETURN 'double_presence';
END $$;
COMMENT ON FUNCTION confirm_presence(uuid, uuid, tstzrange, integer) IS
  'I8: presence needs stored evidence and lies within its session; elsewhere at the same time leaves a refused_presence.';
"""

CORRECTING = """
CREATE FUNCTION apply_presence_correction(
    decider uuid, of_opening uuid, asked uuid, verdict text, verdict_reason text) RETURNS text
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  correction registry.presence_correction;
BEGIN
  SELECT * INTO correction FROM registry.presence_correction WHERE opening_id = of_opening AND correction_id = asked;
  IF NOT FOUND THEN RETURN 'absent'; END IF;
  PERFORM registry.lock_persons(ARRAY[correction.person_id]);
  -- Exclusive, because an opening still on record begins to run here; a shared lock raised later could deadlock.
  PERFORM FROM registry.course_opening
    WHERE opening_id = of_opening AND state IN ('on_record', 'running') FOR UPDATE;
  IF NOT FOUND THEN RETURN 'opening_not_open'; END IF;
  SELECT * INTO correction FROM registry.presence_correction
    WHERE person_id = correction.person_id AND correction_id = asked FOR UPDATE;
  IF correction.decision IS NOT NULL THEN RETURN 'already_decided'; END IF;
  UPDATE registry.presence_correction
    SET decision = verdict, decision_reason = verdict_reason, decided_at = registry.registry_now(), decided_by = decider
    WHERE person_id = correction.person_id AND correction_id = asked;
  IF verdict = 'refused' THEN RETURN 'decided'; END IF;
  IF correction.during IS NULL THEN
    DELETE FROM registry.confirmed_presence
      WHERE person_id = correction.person_id AND session_id = correction.session_id;
    RETURN 'decided';
  END IF;
  PERFORM registry.hold_sessions(ARRAY[correction.session_id]);
  IF registry.is_elsewhere(correction.person_id, correction.session_id, correction.during) THEN
    RAISE EXCEPTION 'elsewhere' USING ERRCODE = 'exclusion_violation';
  END IF;
  INSERT INTO registry.confirmed_presence
    (person_id, during, session_id, opening_id, credited_minutes, correction_id)
  VALUES (correction.person_id, correction.during, correction.session_id, of_opening,
          floor(extract(epoch FROM upper(correction.during) - lower(correction.during)) / 60), asked)
  ON CONFLICT (person_id, session_id) DO UPDATE
    SET during = excluded.during, credited_minutes = excluded.credited_minutes,
        confirmed_at = excluded.confirmed_at, correction_id = excluded.correction_id;
  RETURN 'decided';
EXCEPTION WHEN exclusion_violation THEN
  -- The block is undone, its decision too: the correction stays open and can be refused with a reason.
  RETURN 'double_presence';
END $$;
COMMENT ON FUNCTION apply_presence_correction(uuid, uuid, uuid, text, text) IS
  '考勤更正: decides an open correction once; an accepted one replaces or strikes the presence.';

CREATE FUNCTION correction_state(of_opening uuid, asked uuid)
  RETURNS TABLE (session_id uuid, proposed_by uuid, decision text)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT correction.session_id, correction.proposed_by, correction.decision
  FROM registry.presence_correction AS correction
  WHERE correction.opening_id = of_opening AND correction.correction_id = asked
$$;
COMMENT ON FUNCTION correction_state(uuid, uuid) IS 'What the rules ask before a decision; nothing of the person.';

CREATE FUNCTION read_presence_corrections(
    actor uuid, actor_agency uuid, reading_purpose text, reading_case text, request text, of_opening uuid)
  RETURNS TABLE (correction jsonb, name_sealed bytea, person_id uuid)
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH asked AS MATERIALIZED (
    SELECT correction.*, line.line_id, line.name_sealed, presence.during AS standing,
      session.starts_at, session.ends_at
    FROM registry.presence_correction AS correction
    JOIN registry.roster_line AS line
      ON line.person_id = correction.person_id AND line.opening_id = correction.opening_id
    JOIN registry.course_session AS session ON session.session_id = correction.session_id
    LEFT JOIN registry.confirmed_presence AS presence
      ON presence.person_id = correction.person_id AND presence.session_id = correction.session_id
    WHERE correction.opening_id = of_opening
  ), logged AS (
    INSERT INTO registry.access_event
      (person_id, principal_id, agency_id, subject, purpose, case_number, request_id)
    SELECT DISTINCT asked.person_id, actor, actor_agency, 'attendance', reading_purpose, reading_case, request
    FROM asked
    RETURNING access_event.person_id
  )
  SELECT jsonb_build_object(
      'correction_id', asked.correction_id, 'session_id', asked.session_id, 'line_id', asked.line_id,
      'session_starts_at', asked.starts_at, 'session_ends_at', asked.ends_at,
      'present_from', lower(asked.during), 'present_until', upper(asked.during),
      'standing_from', lower(asked.standing), 'standing_until', upper(asked.standing),
      'reason', asked.reason, 'proposed_at', asked.proposed_at, 'proposed_by', asked.proposed_by,
      'decision', asked.decision, 'decision_reason', asked.decision_reason, 'decided_at', asked.decided_at),
    asked.name_sealed, asked.person_id
  FROM asked
  WHERE EXISTS (SELECT FROM logged WHERE logged.person_id = asked.person_id)
  ORDER BY asked.correction_id
$$;
COMMENT ON FUNCTION read_presence_corrections(uuid, uuid, text, text, text, uuid) IS
  'I10: what an officer sees of a trainee''s attendance, and that it was seen, are one statement.';
"""

COUNTING = """
CREATE FUNCTION assessment_counts(of_opening uuid)
  RETURNS TABLE (attempt smallint, candidates integer, entered integer, confirmed integer, passed integer,
                 failed integer, absent integer, exempt integer)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT assessment.attempt, count(line.person_id)::integer,
    count(*) FILTER (WHERE EXISTS (
      SELECT FROM registry.assessment_result AS result
      WHERE result.person_id = line.person_id AND result.opening_id = line.opening_id
        AND result.attempt = assessment.attempt))::integer,
    count(done.person_id)::integer,
    count(*) FILTER (WHERE done.outcome = 'pass')::integer,
    count(*) FILTER (WHERE done.outcome = 'fail')::integer,
    count(*) FILTER (WHERE done.outcome = 'absent')::integer,
    count(*) FILTER (WHERE done.outcome = 'exempt')::integer
  FROM registry.completion_assessment AS assessment
  LEFT JOIN registry.roster_line AS line
    ON line.opening_id = assessment.opening_id AND line.withdrawn_at IS NULL
   AND (assessment.attempt = 1 OR EXISTS (
     SELECT FROM registry.assessment_confirmation AS before
     WHERE before.person_id = line.person_id AND before.opening_id = line.opening_id
       AND before.attempt = assessment.attempt - 1 AND before.outcome IN ('fail', 'absent')))
  LEFT JOIN registry.assessment_confirmation AS done
    ON done.person_id = line.person_id AND done.opening_id = line.opening_id AND done.attempt = assessment.attempt
  WHERE assessment.opening_id = of_opening
  GROUP BY assessment.attempt ORDER BY assessment.attempt
$$;
COMMENT ON FUNCTION assessment_counts(uuid) IS 'Counts only, no person: what an officer may see of results without a purpose.';
"""

GRANTS = """
REVOKE ALL ON FUNCTION hold_sessions(uuid[]), lock_persons(uuid[]), is_elsewhere(uuid, uuid, tstzrange),
  confirm_presence(uuid, uuid, tstzrange, integer), apply_presence_correction(uuid, uuid, uuid, text, text),
  correction_state(uuid, uuid), read_presence_corrections(uuid, uuid, text, text, text, uuid),
  assessment_counts(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION assessment_counts(uuid) TO app_inst, app_agency;
GRANT EXECUTE ON FUNCTION hold_sessions(uuid[]), confirm_presence(uuid, uuid, tstzrange, integer),
  lock_persons(uuid[]) TO app_device, app_citizen;
GRANT EXECUTE ON FUNCTION apply_presence_correction(uuid, uuid, uuid, text, text), correction_state(uuid, uuid),
  read_presence_corrections(uuid, uuid, text, text, text, uuid) TO app_agency;
"""

_BACK = "SET ROLE registry_owner;"


def upgrade() -> None:
    execute_script("SET ROLE access_owner;" + HOLDING + CONFIRMING + CORRECTING + COUNTING + GRANTS + _BACK)


def downgrade() -> None:
    execute_script("""
    SET ROLE access_owner;
    DROP FUNCTION assessment_counts(uuid), read_presence_corrections(uuid, uuid, text, text, text, uuid),
      correction_state(uuid, uuid),
      apply_presence_correction(uuid, uuid, uuid, text, text), confirm_presence(uuid, uuid, tstzrange, integer),
      is_elsewhere(uuid, uuid, tstzrange), lock_persons(uuid[]), hold_sessions(uuid[]);
    SET ROLE registry_owner;
    """)
