"""Doors of the archive: close a class, append what it led to, list open corrections, decide one.

Why: an entry is worth what it was copied from, so whoever appends names a class and persons and nothing else: the door
reads institution, program, dates, minutes, match and result from the tables that prove them. And app_agency has no
SELECT on person tables; a decision must read the entry, log the access, set the decision once and append or revoke, all
in one place that trusts no caller (maker ≠ checker is a CHECK, once-only is a unique key).
Lock taken, and for how long: none that matters.
Safe with the previous release running: yes.
How undone: downgrade drops the functions.
"""

from app.db.migration import execute_script

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

DOORS = """
CREATE FUNCTION open_corrections(divisions text[])
  RETURNS TABLE (correction_id uuid, record_number text, division_code text, kind text, proposed_at timestamptz,
                 proposed_by uuid)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT correction.correction_id, entry.record_number, entry.division_code, correction.kind,
    correction.proposed_at, correction.proposed_by
  FROM registry.record_correction AS correction
  JOIN registry.record_entry AS entry
    ON entry.person_id = correction.person_id AND entry.entry_id = correction.entry_id
  WHERE correction.decision IS NULL
    AND EXISTS (SELECT FROM unnest(divisions) AS scope (prefix) WHERE starts_with(entry.division_code, scope.prefix))
  ORDER BY correction.proposed_at, correction.correction_id
$$;
COMMENT ON FUNCTION open_corrections(text[]) IS 'A work list: numbers of entries and dates, nothing of the person.';

CREATE FUNCTION read_correction(actor uuid, actor_agency uuid, request text, asked uuid)
  RETURNS TABLE (correction jsonb, entry jsonb, is_superseded boolean)
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH found AS MATERIALIZED (
    SELECT * FROM registry.record_correction WHERE record_correction.correction_id = asked
  ), logged AS (
    INSERT INTO registry.access_event
      (person_id, principal_id, agency_id, subject, purpose, case_number, request_id)
    SELECT found.person_id, actor, actor_agency, 'record', 'record_correction', found.correction_id::text, request
    FROM found
    RETURNING person_id
  )
  SELECT to_jsonb(found), to_jsonb(entry),
    EXISTS (SELECT FROM registry.record_entry AS later
            WHERE later.person_id = entry.person_id AND later.supersedes = entry.entry_id)
  FROM found
  JOIN registry.record_entry AS entry ON entry.person_id = found.person_id AND entry.entry_id = found.entry_id
  WHERE EXISTS (SELECT FROM logged WHERE logged.person_id = found.person_id)
$$;

CREATE FUNCTION decide_correction(
    actor uuid, asked uuid, verdict text, verdict_reason text, new_entry uuid, new_number text)
  RETURNS boolean LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  correction registry.record_correction;
  corrected registry.record_entry;
BEGIN
  UPDATE registry.record_correction
  SET decision = verdict, decision_reason = verdict_reason, decided_by = actor, decided_at = registry.registry_now()
  WHERE record_correction.correction_id = asked AND record_correction.decision IS NULL
  RETURNING * INTO correction;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  IF verdict <> 'accepted' THEN
    RETURN true;
  END IF;
  -- The row that payments will lock: whoever pays and whoever corrects meet here.
  SELECT * INTO corrected FROM registry.record_entry
  WHERE record_entry.person_id = correction.person_id AND record_entry.entry_id = correction.entry_id FOR UPDATE;
  IF corrected.revoked_at IS NOT NULL OR EXISTS (
    SELECT FROM registry.record_entry AS later
    WHERE later.person_id = corrected.person_id AND later.supersedes = corrected.entry_id) THEN
    RAISE EXCEPTION 'entry is no longer in force'
      USING ERRCODE = '23001', CONSTRAINT = 'record_entry_superseded_once', TABLE = 'record_entry';
  END IF;
  IF correction.kind = 'revoke' THEN
    UPDATE registry.record_entry
    SET revoked_at = registry.registry_now(), revoked_by = actor, revocation_id = correction.correction_id,
      revocation_kind = 'revoke', revocation_decision = 'accepted'
    WHERE record_entry.person_id = corrected.person_id AND record_entry.entry_id = corrected.entry_id;
    RETURN true;
  END IF;
  corrected := jsonb_populate_record(corrected, correction.proposal || jsonb_build_object(
    'person_id', corrected.person_id, 'entry_id', new_entry, 'record_number', new_number,
    'appended_at', registry.registry_now(), 'appended_by', actor, 'supersedes', correction.entry_id,
    'correction_id', correction.correction_id, 'correction_kind', 'supersede', 'correction_decision', 'accepted'));
  INSERT INTO registry.record_entry SELECT (corrected).*;
  INSERT INTO registry.record_number (record_number, person_id, entry_id)
    VALUES (new_number, corrected.person_id, new_entry);
  RETURN true;
END $$;

REVOKE ALL ON FUNCTION open_corrections(text[]), read_correction(uuid, uuid, text, uuid),
  decide_correction(uuid, uuid, text, text, uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION open_corrections(text[]), read_correction(uuid, uuid, text, uuid),
  decide_correction(uuid, uuid, text, text, uuid, text) TO app_agency;
"""

COMPLETING = """
CREATE FUNCTION close_opening(actor uuid, opening uuid) RETURNS boolean
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- Entering and confirming results lock the same row, so nobody's outcome changes under the look below.
  PERFORM FROM registry.course_opening AS class
  JOIN registry.principal AS closing
    ON closing.principal_id = actor AND closing.institution_id = class.institution_id
   AND closing.kind IN ('institution_operator', 'institution_client')
  WHERE class.opening_id = opening AND class.state = 'running' FOR NO KEY UPDATE OF class;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  IF EXISTS (SELECT FROM registry.course_session AS session
             WHERE session.opening_id = opening AND session.canceled_at IS NULL
               AND session.ends_at > registry.registry_now()) THEN
    RAISE EXCEPTION 'the last session is not over'
      USING ERRCODE = '23514', CONSTRAINT = 'opening_closure_sessions_over', TABLE = 'opening_closure';
  END IF;
  IF EXISTS (SELECT FROM registry.roster_line AS line
             WHERE line.opening_id = opening AND line.withdrawn_at IS NULL
               AND NOT EXISTS (SELECT FROM registry.assessment_confirmation AS done
                               WHERE done.person_id = line.person_id AND done.opening_id = line.opening_id)) THEN
    RAISE EXCEPTION 'a trainee has no confirmed outcome'
      USING ERRCODE = '23514', CONSTRAINT = 'opening_closure_outcomes_confirmed', TABLE = 'opening_closure';
  END IF;
  INSERT INTO registry.opening_closure (opening_id, closed_by) VALUES (opening, actor);
  UPDATE registry.course_opening AS class
  SET state = 'closed', closed_at = registry.registry_now(), version = class.version + 1
  WHERE class.opening_id = opening;
  RETURN true;
END $$;
COMMENT ON FUNCTION close_opening(uuid, uuid) IS
  'False when the class is not running or not of the institution of actor. Reasons in words are app.training.completion.';

CREATE FUNCTION append_completions(actor uuid, opening uuid, persons uuid[], entries uuid[], numbers text[])
  RETURNS TABLE (person_id uuid, record_number text)
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  class record;
BEGIN
  SELECT held.opening_id, held.institution_id, held.division_code, institution.name AS institution_name,
    program.program_id, program.version, program.name AS program_name, program.occupation_edition,
    program.occupation_code, program.skill_level, sessions.*,
    (SELECT (part.content ->> 'pass_score')::integer * 100 FROM registry.opening_part AS part
     WHERE part.opening_id = held.opening_id AND part.part = 'assessment_plan') AS pass_mark
  INTO class
  FROM registry.course_opening AS held
  JOIN registry.opening_closure AS closure ON closure.opening_id = held.opening_id
  JOIN registry.training_institution AS institution ON institution.institution_id = held.institution_id
  JOIN registry.training_program_version AS program
    ON program.program_id = held.program_id AND program.version = held.program_version
  JOIN registry.principal AS appending
    ON appending.principal_id = actor
   AND (appending.kind = 'system' OR appending.institution_id = held.institution_id
        AND appending.kind IN ('institution_operator', 'institution_client'))
  CROSS JOIN LATERAL (
    SELECT registry.law_date(min(session.starts_at)) AS starts_on, registry.law_date(max(session.ends_at)) AS ends_on,
      (sum(extract(epoch FROM session.ends_at - session.starts_at)) / 60)::integer AS planned_minutes
    FROM registry.course_session AS session
    WHERE session.opening_id = held.opening_id AND session.canceled_at IS NULL
  ) AS sessions
  WHERE held.opening_id = opening AND held.state = 'closed';
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no closed class of this institution'
      USING ERRCODE = '23514', CONSTRAINT = 'record_entry_closed_class', TABLE = 'record_entry';
  END IF;
  IF EXISTS (SELECT FROM unnest(numbers) AS given (number) WHERE NOT starts_with(given.number, format('R%s-%s-',
      class.division_code, extract(year FROM registry.law_date(registry.registry_now()))))) THEN
    RAISE EXCEPTION 'a record number of another division or year'
      USING ERRCODE = '23514', CONSTRAINT = 'record_number_of_class', TABLE = 'record_number';
  END IF;
  RETURN QUERY
  WITH given AS MATERIALIZED (
    SELECT line.* FROM unnest(persons, entries, numbers) AS line (person_id, entry_id, record_number)
  ), presence AS MATERIALIZED (
    SELECT confirmed.person_id, sum(confirmed.credited_minutes) AS minutes
    FROM registry.confirmed_presence AS confirmed
    JOIN registry.course_session AS session ON session.session_id = confirmed.session_id
    WHERE confirmed.opening_id = opening AND session.canceled_at IS NULL AND confirmed.person_id = ANY (persons)
    GROUP BY confirmed.person_id
  ), passed AS MATERIALIZED (
    SELECT DISTINCT ON (done.person_id) done.person_id, done.attempt, done.outcome, result.score_hundredths
    FROM registry.assessment_confirmation AS done
    JOIN registry.assessment_result AS result USING (person_id, opening_id, attempt, revision)
    WHERE done.opening_id = opening AND done.person_id = ANY (persons) AND done.outcome IN ('pass', 'exempt')
    ORDER BY done.person_id, done.attempt DESC
  ), appended AS (
    INSERT INTO registry.record_entry (person_id, entry_id, kind, record_number, appended_by, identity_check_id,
      opening_id, attempt, outcome, program_id, program_version, program_name, occupation_edition, occupation_code,
      skill_level, institution_id, institution_name, division_code, starts_on, ends_on, planned_minutes,
      credited_minutes, score_hundredths)
    SELECT given.person_id, given.entry_id, 'completion', given.record_number, actor, line.check_id, class.opening_id,
      passed.attempt, passed.outcome, class.program_id, class.version, class.program_name, class.occupation_edition,
      class.occupation_code, class.skill_level, class.institution_id, class.institution_name, class.division_code,
      class.starts_on, class.ends_on, class.planned_minutes,
      least(coalesce(presence.minutes, 0), class.planned_minutes), passed.score_hundredths
    FROM given
    JOIN registry.roster_line AS line ON line.person_id = given.person_id AND line.opening_id = opening
    JOIN passed ON passed.person_id = given.person_id
    LEFT JOIN presence ON presence.person_id = given.person_id
    WHERE line.state = 'matched' AND line.check_id IS NOT NULL AND line.withdrawn_at IS NULL
      AND (passed.outcome = 'exempt' OR passed.score_hundredths >= coalesce(class.pass_mark, 0))
    ON CONFLICT (person_id, opening_id) WHERE kind = 'completion' AND supersedes IS NULL DO NOTHING
    RETURNING person_id, entry_id, record_number
  )
  INSERT INTO registry.record_number (record_number, person_id, entry_id)
  SELECT appended.record_number, appended.person_id, appended.entry_id FROM appended
  RETURNING person_id, record_number;
  IF EXISTS (SELECT FROM unnest(persons) AS given (asked)
             WHERE NOT EXISTS (SELECT FROM registry.record_entry AS entry
                               WHERE entry.person_id = given.asked AND entry.opening_id = opening
                                 AND entry.kind = 'completion')) THEN
    RAISE EXCEPTION 'somebody named has not earned an entry'
      USING ERRCODE = '23514', CONSTRAINT = 'record_entry_earned', TABLE = 'record_entry';
  END IF;
END $$;
COMMENT ON FUNCTION append_completions(uuid, uuid, uuid[], uuid[], text[]) IS
  'One entry each of persons in a closed class, copied from what proves it; those who have theirs already are left out.';

REVOKE ALL ON FUNCTION close_opening(uuid, uuid), append_completions(uuid, uuid, uuid[], uuid[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION close_opening(uuid, uuid) TO app_inst;
GRANT EXECUTE ON FUNCTION append_completions(uuid, uuid, uuid[], uuid[], text[]) TO app_inst, worker;
"""

KEYS = """
ALTER TABLE record_correction ADD CONSTRAINT record_correction_proposal_keys CHECK (
  proposal - ARRAY['program_name', 'starts_on', 'ends_on', 'credited_minutes', 'score_hundredths'] = '{}'
  AND (kind = 'supersede') = (proposal <> '{}'));
CREATE UNIQUE INDEX record_correction_one_open ON record_correction (person_id, entry_id) WHERE decision IS NULL;
GRANT INSERT (person_id, correction_id, entry_id, kind, proposal, reason, proposed_by) ON record_correction TO app_agency;
GRANT USAGE ON SEQUENCE record_serial TO app_agency;
GRANT USAGE ON SEQUENCE record_serial TO worker;
-- A late entry locks its class like the closing does; a row lock needs the right to update something.
GRANT UPDATE (version) ON course_opening TO worker;
"""


def upgrade() -> None:
    execute_script(KEYS)
    execute_script("SET ROLE access_owner;" + DOORS + COMPLETING + "SET ROLE registry_owner;")


def downgrade() -> None:
    execute_script("""
    SET ROLE access_owner;
    DROP FUNCTION decide_correction(uuid, uuid, text, text, uuid, text), read_correction(uuid, uuid, text, uuid),
      open_corrections(text[]), append_completions(uuid, uuid, uuid[], uuid[], text[]), close_opening(uuid, uuid);
    SET ROLE registry_owner;
    DROP INDEX record_correction_one_open;
    ALTER TABLE record_correction DROP CONSTRAINT record_correction_proposal_keys;
    REVOKE INSERT (person_id, correction_id, entry_id, kind, proposal, reason, proposed_by) ON record_correction
      FROM app_agency;
    REVOKE USAGE ON SEQUENCE record_serial FROM app_agency, worker;
    REVOKE UPDATE (version) ON course_opening FROM worker;
    """)
