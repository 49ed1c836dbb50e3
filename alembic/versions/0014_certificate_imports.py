"""How an issuer's file is taken in: who receives it says how long it is, the worker registers persons and stores parts.

Why: a certificate belongs to a person from its first row on, and an issuer's file names persons nobody has enrolled
yet. The columns are those that the institutions' channel has; names are not among them, a claimed name is not kept.
A part is one call: progress, row-level answers and certificates are true together, whoever issued and received them
is what the import says and not the caller, and the time is read once instead of twice a row.
Lock taken, and for how long: none that matters, rights and a function.
Safe with the previous release running: yes.
How undone: downgrade drops the function and takes the rights back.
"""

from app.db.migration import execute_script

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

RIGHTS = """
GRANT INSERT (rows_total) ON certificate_import TO app_agency;
GRANT INSERT (person_id) ON person TO worker;
GRANT INSERT (person_id, identifier_id, kind, number_sealed, recorded_by) ON person_identifier TO worker;
GRANT INSERT (digest, key_id, person_id, identifier_id) ON identifier_key TO worker;
REVOKE UPDATE (rows_total, rows_done, rows_refused) ON certificate_import FROM worker;
REVOKE INSERT ON certificate_import_defect FROM worker;
GRANT SELECT, UPDATE (state, rows_done, rows_refused, finished_at) ON certificate_import TO access_owner;
GRANT INSERT (import_id, line, reasons) ON certificate_import_defect TO access_owner;
GRANT INSERT (submitted_at) ON certificate TO access_owner;
"""
# In the order of a key, so that two imports that meet wait for each other and do not lock up. What is known is looked
# for among all that are read as one person; OFFSET 0 has it looked up row by row, for the planner, which does not know
# how short a part is beside the table, would read the whole table for each.
DOOR = """
CREATE FUNCTION store_import_part(import uuid, from_state text, from_row integer, row_count integer,
  refused_lines integer[], refused_reasons text[], persons uuid[], certificates uuid[], numbers uuid[],
  numbers_sealed bytea[], places integer[], facts jsonb, OUT is_done boolean, OUT stored integer)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  at timestamptz := registry.registry_now();
  job registry.certificate_import;
  body text;
BEGIN
  UPDATE registry.certificate_import AS moved
  SET state = CASE WHEN from_row + row_count = moved.rows_total THEN 'done' ELSE 'running' END,
    rows_done = from_row + row_count, rows_refused = moved.rows_refused + cardinality(refused_lines),
    finished_at = CASE WHEN from_row + row_count = moved.rows_total THEN at END
  WHERE moved.import_id = import AND moved.state = from_state AND moved.state IN ('received', 'running')
    AND moved.rows_done = from_row
  RETURNING moved.* INTO job;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  SELECT evaluation_body.name INTO body FROM registry.evaluation_body WHERE evaluation_body.body_id = job.body_id;
  INSERT INTO registry.certificate_import_defect (import_id, line, reasons)
  SELECT import, refused.line, refused.reasons::jsonb
  FROM unnest(refused_lines, refused_reasons) AS refused (line, reasons);
  INSERT INTO registry.certificate (person_id, certificate_id, kind, number_id, number_sealed, occupation_edition,
    occupation_code, trade_name, skill_level, body_id, body_name, issued_on, valid_until, review_due_on, source,
    submitted_by, submitted_at, check_due_at)
  SELECT given.person_id, given.certificate_id, said.kind, given.number_id, given.number_sealed,
    said.occupation_edition, said.occupation_code, said.trade_name, said.skill_level, job.body_id, body,
    said.issued_on, said.valid_until, said.review_due_on, 'issuer_import', job.received_by, at, at
  FROM unnest(persons, certificates, numbers, numbers_sealed, places)
    AS given (person_id, certificate_id, number_id, number_sealed, place)
  JOIN jsonb_to_recordset(facts) AS said (place integer, kind text, occupation_edition smallint, occupation_code text,
    trade_name text, skill_level text, issued_on date, valid_until date, review_due_on date) USING (place)
  WHERE NOT EXISTS (
    SELECT FROM registry.certificate AS known
    WHERE known.number_id = given.number_id AND (known.person_id = given.person_id
      OR known.person_id IN (SELECT registry.person_group(given.person_id))) OFFSET 0)
  ORDER BY given.person_id, given.number_id
  ON CONFLICT ON CONSTRAINT certificate_once_a_person DO NOTHING;
  GET DIAGNOSTICS stored = ROW_COUNT;
  is_done := job.state = 'done';
END $$;
COMMENT ON FUNCTION store_import_part(uuid, text, integer, integer, integer[], text[], uuid[], uuid[], uuid[], bytea[],
  integer[], jsonb) IS 'One part of an issuer''s file; nothing, and NULL, when somebody else has stored it meanwhile.';
REVOKE ALL ON FUNCTION store_import_part(uuid, text, integer, integer, integer[], text[], uuid[], uuid[], uuid[],
  bytea[], integer[], jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION store_import_part(uuid, text, integer, integer, integer[], text[], uuid[], uuid[], uuid[],
  bytea[], integer[], jsonb) TO worker;
"""


def upgrade() -> None:
    execute_script(RIGHTS)
    execute_script("SET ROLE access_owner;" + DOOR + "SET ROLE registry_owner;")


def downgrade() -> None:
    execute_script("""
    SET ROLE access_owner;
    DROP FUNCTION store_import_part(uuid, text, integer, integer, integer[], text[], uuid[], uuid[], uuid[], bytea[],
      integer[], jsonb);
    SET ROLE registry_owner;
    REVOKE INSERT (submitted_at) ON certificate FROM access_owner;
    REVOKE INSERT (import_id, line, reasons) ON certificate_import_defect FROM access_owner;
    REVOKE SELECT, UPDATE (state, rows_done, rows_refused, finished_at) ON certificate_import FROM access_owner;
    GRANT INSERT ON certificate_import_defect TO worker;
    GRANT UPDATE (rows_total, rows_done, rows_refused) ON certificate_import TO worker;
    REVOKE INSERT (digest, key_id, person_id, identifier_id) ON identifier_key FROM worker;
    REVOKE INSERT (person_id, identifier_id, kind, number_sealed, recorded_by) ON person_identifier FROM worker;
    REVOKE INSERT (person_id) ON person FROM worker;
    REVOKE INSERT (rows_total) ON certificate_import FROM app_agency;
    """)
