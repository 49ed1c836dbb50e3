"""Doors through which agencies correct the archive: list open corrections, decide one.

Why: app_agency has no SELECT on person tables; a decision must read the entry, log the access, set the decision once and
append or revoke, all in one place that trusts no caller (maker ≠ checker is a CHECK, once-only is a unique key).
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

KEYS = """
ALTER TABLE record_correction ADD CONSTRAINT record_correction_proposal_keys CHECK (
  proposal - ARRAY['program_name', 'starts_on', 'ends_on', 'credited_minutes', 'score_hundredths'] = '{}'
  AND (kind = 'supersede') = (proposal <> '{}'));
CREATE UNIQUE INDEX record_correction_one_open ON record_correction (person_id, entry_id) WHERE decision IS NULL;
GRANT INSERT (person_id, correction_id, entry_id, kind, proposal, reason, proposed_by) ON record_correction TO app_agency;
GRANT USAGE ON SEQUENCE record_serial TO app_agency;
GRANT INSERT ON record_entry, record_number TO worker;
GRANT USAGE ON SEQUENCE record_serial TO worker;
-- A late entry locks its class like the closing does; a row lock needs the right to update something.
GRANT UPDATE (version) ON course_opening TO worker;
"""


def upgrade() -> None:
    execute_script(KEYS)
    execute_script("SET ROLE access_owner;" + DOORS + "SET ROLE registry_owner;")


def downgrade() -> None:
    execute_script("""
    SET ROLE access_owner;
    DROP FUNCTION decide_correction(uuid, uuid, text, text, uuid, text), read_correction(uuid, uuid, text, uuid),
      open_corrections(text[]);
    SET ROLE registry_owner;
    DROP INDEX record_correction_one_open;
    ALTER TABLE record_correction DROP CONSTRAINT record_correction_proposal_keys;
    REVOKE INSERT (person_id, correction_id, entry_id, kind, proposal, reason, proposed_by) ON record_correction
      FROM app_agency;
    REVOKE USAGE ON SEQUENCE record_serial FROM app_agency, worker;
    REVOKE INSERT ON record_entry, record_number FROM worker;
    REVOKE UPDATE (version) ON course_opening FROM worker;
    """)
