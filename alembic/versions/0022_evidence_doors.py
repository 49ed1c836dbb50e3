"""Doors of what claims rest on: certificates and attended days become archive entries.

Why: 凡补必进. 技能提升补贴 rests on a certificate, 生活费补贴 on days attended; each must be in the archive before anything
is paid. As with completions, whoever appends names certificates or persons and nothing else: the doors copy what an entry
says from the tables that prove it.
Lock taken, and for how long: none that matters, functions and one trigger.
Safe with the previous release running: yes.
How undone: downgrade drops them.
"""

from app.db.migration import execute_script

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

CERTIFICATES = """
CREATE FUNCTION archive_certificates(
    actor uuid, persons uuid[], certificates uuid[], entries uuid[], numbers text[], divisions text[])
  RETURNS TABLE (person_id uuid, certificate_id uuid, record_number text)
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  IF NOT EXISTS (SELECT FROM registry.principal WHERE principal_id = actor AND kind = 'system') THEN
    RAISE EXCEPTION 'only the registry itself archives without a decision'
      USING ERRCODE = '23514', CONSTRAINT = 'record_entry_by_system', TABLE = 'record_entry';
  END IF;
  IF EXISTS (
    SELECT FROM unnest(persons, certificates, numbers, divisions) AS line (person_id, certificate_id, number, division)
    JOIN registry.certificate AS proving USING (person_id, certificate_id)
    LEFT JOIN registry.evaluation_body AS body ON body.body_id = proving.body_id
    WHERE line.division <> coalesce(body.division_code, line.division)
       OR NOT starts_with(line.number, format('R%s-%s-', line.division,
            extract(year FROM registry.law_date(registry.registry_now()))))) THEN
    RAISE EXCEPTION 'a record number of another division or year'
      USING ERRCODE = '23514', CONSTRAINT = 'record_number_of_certificate', TABLE = 'record_number';
  END IF;
  RETURN QUERY
  WITH proved AS MATERIALIZED (
    SELECT line.entry_id, line.number, line.division, known.check_id, proving.*
    FROM unnest(persons, certificates, entries, numbers, divisions)
      AS line (person_id, certificate_id, entry_id, number, division)
    JOIN registry.certificate AS proving USING (person_id, certificate_id)
    JOIN registry.certificate_holder AS held USING (person_id, certificate_id)
    CROSS JOIN LATERAL (
      SELECT matched.check_id FROM registry.identity_check AS matched
      WHERE matched.person_id = proving.person_id AND matched.outcome = 'matched'
      ORDER BY matched.checked_at DESC, matched.check_id DESC LIMIT 1) AS known
    WHERE proving.state = 'matched' AND proving.kind <> 'training_completion'
      -- One that was revoked counts: whether there is to be another is for officers.
      AND NOT EXISTS (SELECT FROM registry.record_entry AS entry
                      WHERE entry.person_id = proving.person_id AND entry.certificate_id = proving.certificate_id)
    ORDER BY proving.person_id, proving.certificate_id
  ), appended AS (
    INSERT INTO registry.record_entry (person_id, entry_id, kind, record_number, appended_by, identity_check_id,
      certificate_id, occupation_edition, occupation_code, skill_level, division_code, starts_on, ends_on)
    SELECT proved.person_id, proved.entry_id, 'certificate', proved.number, actor, proved.check_id,
      proved.certificate_id, proved.occupation_edition, proved.occupation_code, proved.skill_level, proved.division,
      proved.issued_on, proved.issued_on
    FROM proved
    ON CONFLICT (person_id, certificate_id) WHERE kind = 'certificate' AND revoked_at IS NULL DO NOTHING
    RETURNING person_id, certificate_id, entry_id, record_number
  ), numbered AS (
    INSERT INTO registry.record_number (record_number, person_id, entry_id)
    SELECT appended.record_number, appended.person_id, appended.entry_id FROM appended
  )
  SELECT appended.person_id, appended.certificate_id, appended.record_number FROM appended;
END $$;
COMMENT ON FUNCTION archive_certificates(uuid, uuid[], uuid[], uuid[], text[], text[]) IS
  'An entry for each certificate that is matched and held by a matched person and had none; the others are left out. The
   division is the body''s; a caller''s counts only for a body that is not in the directory.';
REVOKE ALL ON FUNCTION archive_certificates(uuid, uuid[], uuid[], uuid[], text[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION archive_certificates(uuid, uuid[], uuid[], uuid[], text[], text[]) TO worker;
"""

PROVED_LATER = """
-- Somebody an issuer's list brought in is proved only later: then the certificates come to the archive.
CREATE FUNCTION ask_for_certificates() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO registry.linking_request (person_id)
    SELECT DISTINCT proved.person_id FROM arrived AS proved
    JOIN registry.certificate AS waiting ON waiting.person_id = proved.person_id
    WHERE proved.outcome = 'matched' AND waiting.state = 'matched' AND waiting.kind <> 'training_completion'
      AND NOT EXISTS (SELECT FROM registry.record_entry AS entry
                      WHERE entry.person_id = waiting.person_id AND entry.certificate_id = waiting.certificate_id);
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION ask_for_certificates() FROM PUBLIC;
CREATE TRIGGER asks_for_certificates AFTER INSERT ON identity_check
  REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION ask_for_certificates();
ALTER TABLE identity_check ENABLE ALWAYS TRIGGER asks_for_certificates;
"""

ATTENDED = """
CREATE FUNCTION append_attended_periods(actor uuid, opening uuid, persons uuid[], entries uuid[], numbers text[])
  RETURNS TABLE (person_id uuid, record_number text)
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  class record;
BEGIN
  SELECT held.opening_id, held.institution_id, held.division_code, institution.name AS institution_name,
    program.program_id, program.version, program.name AS program_name, program.occupation_edition,
    program.occupation_code, program.skill_level,
    (SELECT (sum(extract(epoch FROM session.ends_at - session.starts_at)) / 60)::integer
     FROM registry.course_session AS session
     WHERE session.opening_id = held.opening_id AND session.canceled_at IS NULL) AS planned_minutes
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
    SELECT confirmed.person_id, count(DISTINCT registry.law_date(lower(confirmed.during))) AS days,
      min(registry.law_date(lower(confirmed.during))) AS starts_on,
      max(registry.law_date(lower(confirmed.during))) AS ends_on, sum(confirmed.credited_minutes) AS minutes
    FROM registry.confirmed_presence AS confirmed
    JOIN registry.course_session AS session ON session.session_id = confirmed.session_id
    WHERE confirmed.opening_id = opening AND session.canceled_at IS NULL AND confirmed.credited_minutes > 0
      AND confirmed.person_id = ANY (persons)
    GROUP BY confirmed.person_id
  ), appended AS (
    INSERT INTO registry.record_entry (person_id, entry_id, kind, record_number, appended_by, identity_check_id,
      opening_id, program_id, program_version, program_name, occupation_edition, occupation_code, skill_level,
      institution_id, institution_name, division_code, starts_on, ends_on, planned_minutes, credited_minutes,
      attended_days)
    SELECT given.person_id, given.entry_id, 'attended_period', given.record_number, actor, line.check_id,
      class.opening_id, class.program_id, class.version, class.program_name, class.occupation_edition,
      class.occupation_code, class.skill_level, class.institution_id, class.institution_name, class.division_code,
      presence.starts_on, presence.ends_on, class.planned_minutes, least(presence.minutes, class.planned_minutes),
      presence.days
    FROM given
    JOIN registry.roster_line AS line ON line.person_id = given.person_id AND line.opening_id = opening
    JOIN presence ON presence.person_id = given.person_id
    WHERE line.state = 'matched' AND line.check_id IS NOT NULL AND line.withdrawn_at IS NULL
    ON CONFLICT (person_id, opening_id) WHERE kind = 'attended_period' AND supersedes IS NULL DO NOTHING
    RETURNING person_id, entry_id, record_number
  )
  INSERT INTO registry.record_number (record_number, person_id, entry_id)
  SELECT appended.record_number, appended.person_id, appended.entry_id FROM appended
  RETURNING person_id, record_number;
  IF EXISTS (SELECT FROM unnest(persons) AS given (asked)
             WHERE NOT EXISTS (SELECT FROM registry.record_entry AS entry
                               WHERE entry.person_id = given.asked AND entry.opening_id = opening
                                 AND entry.kind = 'attended_period')) THEN
    RAISE EXCEPTION 'somebody named did not attend'
      USING ERRCODE = '23514', CONSTRAINT = 'record_entry_attended', TABLE = 'record_entry';
  END IF;
END $$;
COMMENT ON FUNCTION append_attended_periods(uuid, uuid, uuid[], uuid[], text[]) IS
  'The days of law on which somebody was confirmed present, passed or not; those who have the entry are left out.';
REVOKE ALL ON FUNCTION append_attended_periods(uuid, uuid, uuid[], uuid[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION append_attended_periods(uuid, uuid, uuid[], uuid[], text[]) TO app_inst, worker;
"""


def upgrade() -> None:
    execute_script("SET ROLE access_owner;" + CERTIFICATES + ATTENDED + "SET ROLE registry_owner;")
    execute_script(PROVED_LATER)


def downgrade() -> None:
    execute_script("""
    DROP TRIGGER asks_for_certificates ON identity_check;
    DROP FUNCTION ask_for_certificates();
    SET ROLE access_owner;
    DROP FUNCTION append_attended_periods(uuid, uuid, uuid[], uuid[], text[]),
      archive_certificates(uuid, uuid[], uuid[], uuid[], text[], text[]);
    SET ROLE registry_owner;
    """)
