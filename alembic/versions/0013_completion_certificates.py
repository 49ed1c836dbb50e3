"""Completion certificates (培训合格证书): one for each entry a class has led to, issued by the registry itself.

Why: 人社部发〔2024〕5号 gives every trainee who passed a numbered certificate. It is matched from the start because the
registry is its issuer, so no channel may write one: a closing calls one door, which copies everything but number and
ids from the entry that stands already, and can issue only for entries of a closed class that have none. The direct
right to name a class in a certificate goes away. When two officers revoke the entry, its certificate goes with it.
Lock taken, and for how long: none that matters, a new table, a sequence and a function.
Safe with the previous release running: yes.
How undone: downgrade drops them; certificates issued meanwhile stay as rows of certificate.
"""

from app.db.migration import execute_script

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLE = """
CREATE SEQUENCE completion_certificate_serial;

CREATE TABLE completion_certificate (
  person_id uuid NOT NULL,
  entry_id uuid NOT NULL,
  certificate_id uuid NOT NULL,
  name_id uuid NOT NULL,
  identifier_id uuid NOT NULL,
  CONSTRAINT completion_certificate_pkey PRIMARY KEY (person_id, entry_id),
  CONSTRAINT completion_certificate_entry_fkey FOREIGN KEY (person_id, entry_id)
    REFERENCES record_entry (person_id, entry_id),
  CONSTRAINT completion_certificate_certificate_fkey FOREIGN KEY (person_id, certificate_id)
    REFERENCES certificate (person_id, certificate_id),
  CONSTRAINT completion_certificate_name_fkey FOREIGN KEY (person_id, name_id)
    REFERENCES person_name (person_id, name_id),
  CONSTRAINT completion_certificate_identifier_fkey FOREIGN KEY (person_id, identifier_id)
    REFERENCES person_identifier (person_id, identifier_id)
);
COMMENT ON TABLE completion_certificate IS
  'What a 培训合格证书 says, by rows that are never edited: program, dates and institution of the entry, name and number as proved then.';
CALL make_append_only('completion_certificate');
"""

DOOR = """
CREATE FUNCTION issue_completion_certificates(
    actor uuid, opening uuid, persons uuid[], certificates uuid[], numbers bytea[], live_keys text[],
    digests bytea[], reasons jsonb)
  RETURNS TABLE (person_id uuid, certificate_id uuid)
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH given AS MATERIALIZED (
    SELECT line.* FROM unnest(persons, certificates, numbers) WITH ORDINALITY
      AS line (person_id, certificate_id, number_sealed, place)
  ), earned AS MATERIALIZED (
    SELECT given.certificate_id, given.number_sealed, given.place, entry.person_id, entry.entry_id,
      entry.record_number, entry.occupation_edition, entry.occupation_code, entry.skill_level, entry.institution_name,
      proved.name_id, known.identifier_id
    FROM given
    JOIN registry.record_entry AS entry
      ON entry.person_id = given.person_id AND entry.opening_id = opening AND entry.kind = 'completion'
     AND entry.supersedes IS NULL AND entry.revoked_at IS NULL
    JOIN registry.principal AS closing
      ON closing.principal_id = actor
     AND (closing.institution_id = entry.institution_id OR closing.kind = 'system')
    JOIN registry.roster_line AS line ON line.person_id = entry.person_id AND line.opening_id = opening
    LEFT JOIN LATERAL (
      SELECT person_name.name_id FROM registry.person_name
      WHERE person_name.person_id = entry.person_id
      ORDER BY person_name.name_digest = line.name_digest DESC, person_name.name_id DESC LIMIT 1
    ) AS proved ON true
    LEFT JOIN LATERAL (
      SELECT person_identifier.identifier_id FROM registry.person_identifier
      WHERE person_identifier.person_id = entry.person_id
        AND person_identifier.end_kind IS DISTINCT FROM 'not_theirs'
      ORDER BY person_identifier.kind = line.document_kind DESC, person_identifier.ended_at IS NULL DESC,
        person_identifier.identifier_id DESC LIMIT 1
    ) AS known ON true
    WHERE NOT EXISTS (
      SELECT FROM registry.completion_certificate AS issued
      WHERE issued.person_id = entry.person_id AND issued.entry_id = entry.entry_id)
    AND NOT EXISTS (
      SELECT FROM registry.record_entry AS later
      WHERE later.person_id = entry.person_id AND later.supersedes = entry.entry_id)
  ), numbered AS MATERIALIZED (
    -- Numbers are named for what is issued alone.
    SELECT turn.place, named.number_id
    FROM registry.register_certificate_numbers(live_keys, ARRAY(
      SELECT digests[(earned.place - 1) * cardinality(live_keys) + key]
      FROM earned CROSS JOIN generate_series(1, cardinality(live_keys)) AS key ORDER BY earned.place, key)) AS named
    JOIN (SELECT earned.place, row_number() OVER (ORDER BY earned.place) AS nth FROM earned) AS turn
      ON turn.nth = named.place
  ), issued AS (
    INSERT INTO registry.certificate (person_id, certificate_id, kind, number_sealed, number_id,
      occupation_edition, occupation_code, skill_level, body_name, issued_on, source, state, submitted_by,
      last_confirmed_at, check_due_at, opening_id)
    SELECT earned.person_id, earned.certificate_id, 'training_completion', earned.number_sealed, numbered.number_id,
      earned.occupation_edition, earned.occupation_code, earned.skill_level, earned.institution_name,
      registry.law_date(registry.registry_now()), 'registry', 'matched', actor, registry.registry_now(), NULL, opening
    FROM earned JOIN numbered USING (place)
  ), held AS (
    INSERT INTO registry.certificate_holder (number_id, person_id, certificate_id)
    SELECT numbered.number_id, earned.person_id, earned.certificate_id FROM earned JOIN numbered USING (place)
  ), answered AS (
    INSERT INTO registry.certificate_answer (person_id, certificate_id, outcome, channel, evidence_id, answered_at)
    SELECT earned.person_id, earned.certificate_id, 'matched', 'registry', earned.record_number,
      registry.registry_now()
    FROM earned
  ), linked AS (
    INSERT INTO registry.certificate_link (person_id, certificate_id, entry_person_id, entry_id, own_entry_id,
      is_automatic, reasons, linked_by)
    SELECT earned.person_id, earned.certificate_id, earned.person_id, earned.entry_id, earned.entry_id, true, reasons,
      actor
    FROM earned
  )
  INSERT INTO registry.completion_certificate (person_id, entry_id, certificate_id, name_id, identifier_id)
  SELECT earned.person_id, earned.entry_id, earned.certificate_id, earned.name_id, earned.identifier_id FROM earned
  RETURNING completion_certificate.person_id, completion_certificate.certificate_id
$$;
COMMENT ON FUNCTION issue_completion_certificates(uuid, uuid, uuid[], uuid[], bytea[], text[], bytea[], jsonb) IS
  'Certificate, holder, answer and link of every entry of a class that has none yet; a repeat issues nothing twice.';

CREATE FUNCTION revoke_completion_certificate(actor uuid, accepted uuid) RETURNS uuid
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH ended AS MATERIALIZED (
    SELECT entry.person_id, entry.opening_id FROM registry.record_entry AS entry
    WHERE entry.revocation_id = accepted AND entry.kind = 'completion'
  ), revoked AS (
    -- By its class: the entry that was revoked may have superseded the one the certificate was issued on.
    UPDATE registry.certificate SET state = 'revoked', last_confirmed_at = registry.registry_now() FROM ended
    WHERE certificate.person_id = ended.person_id AND certificate.opening_id = ended.opening_id
      AND certificate.kind = 'training_completion' AND certificate.state = 'matched'
    RETURNING certificate.person_id, certificate.certificate_id
  ), answered AS (
    INSERT INTO registry.certificate_answer (person_id, certificate_id, outcome, channel, evidence_id, answered_at)
    SELECT revoked.person_id, revoked.certificate_id, 'revoked', 'registry', accepted::text, registry.registry_now()
    FROM revoked
  )
  INSERT INTO registry.certificate_state_change
    (person_id, certificate_id, from_state, to_state, reason_code, changed_by)
  SELECT revoked.person_id, revoked.certificate_id, 'matched', 'revoked', 'entry_revoked', actor FROM revoked
  RETURNING certificate_state_change.certificate_id
$$;
COMMENT ON FUNCTION revoke_completion_certificate(uuid, uuid) IS
  'Revokes what was issued for an entry that an accepted correction has revoked; nothing else can be revoked by it.';

REVOKE ALL ON FUNCTION revoke_completion_certificate(uuid, uuid),
  issue_completion_certificates(uuid, uuid, uuid[], uuid[], bytea[], text[], bytea[], jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION revoke_completion_certificate(uuid, uuid) TO app_agency;
GRANT EXECUTE ON FUNCTION issue_completion_certificates(uuid, uuid, uuid[], uuid[], bytea[], text[], bytea[], jsonb)
  TO app_inst, worker;
"""

RIGHTS = """
REVOKE INSERT (opening_id) ON certificate FROM app_inst;
GRANT INSERT (state, last_confirmed_at, check_due_at, opening_id) ON certificate TO access_owner;
GRANT SELECT ON completion_certificate TO app_citizen, worker, auditor, access_owner;
GRANT INSERT ON completion_certificate TO access_owner;
GRANT USAGE ON SEQUENCE completion_certificate_serial TO app_inst, worker;
"""


def upgrade() -> None:
    execute_script(TABLE + RIGHTS)
    execute_script("SET ROLE access_owner;" + DOOR + "SET ROLE registry_owner;")


def downgrade() -> None:
    execute_script("""
    SET ROLE access_owner;
    DROP FUNCTION revoke_completion_certificate(uuid, uuid),
      issue_completion_certificates(uuid, uuid, uuid[], uuid[], bytea[], text[], bytea[], jsonb);
    SET ROLE registry_owner;
    REVOKE INSERT (state, last_confirmed_at, check_due_at, opening_id) ON certificate FROM access_owner;
    GRANT INSERT (opening_id) ON certificate TO app_inst;
    DROP TABLE completion_certificate;
    DROP SEQUENCE completion_certificate_serial;
    """)
