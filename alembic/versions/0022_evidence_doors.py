"""Doors of what claims rest on: certificates, attended days, employers' listings; earlier benefits; keys of the merged.

Why: 凡补必进. 技能提升补贴 rests on a certificate, 生活费补贴 on days attended, employers' subsidies on confirmed listings;
each must be in the archive before anything is paid. As with completions, whoever appends names certificates or persons and
nothing else: the doors copy what an entry says from the tables that prove it. Benefits paid before the registry hold their
keys and places; persons who turn out to be one hold each other's.
Lock taken, and for how long: none that matters, new tables, functions and triggers.
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

LISTINGS = """
CREATE FUNCTION listing_counts(asked uuid)
  RETURNS TABLE (lines integer, matched integer, not_matched integer, unchecked integer)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT count(*)::integer, count(*) FILTER (WHERE check_outcome = 'matched')::integer,
    count(*) FILTER (WHERE check_outcome <> 'matched')::integer,
    count(*) FILTER (WHERE check_outcome IS NULL)::integer
  FROM registry.employer_listing_line WHERE listing_id = asked AND withdrawn_at IS NULL
$$;
COMMENT ON FUNCTION listing_counts(uuid) IS 'Counts only, no person: what a work list may show without a purpose.';

CREATE FUNCTION read_listing(
    actor uuid, actor_agency uuid, reading_purpose text, reading_case text, request text, asked uuid)
  RETURNS TABLE (line jsonb, name_sealed bytea, number_sealed bytea, person_id uuid)
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH lines AS MATERIALIZED (
    SELECT filed.* FROM registry.employer_listing_line AS filed WHERE filed.listing_id = asked
  ), logged AS (
    INSERT INTO registry.access_event
      (person_id, principal_id, agency_id, subject, purpose, case_number, request_id)
    SELECT lines.person_id, actor, actor_agency, 'roster', reading_purpose, reading_case, request FROM lines
    RETURNING person_id
  )
  SELECT to_jsonb(lines) - ARRAY['name_sealed', 'number_sealed', 'person_id'], lines.name_sealed, lines.number_sealed,
    lines.person_id
  FROM lines
  WHERE EXISTS (SELECT FROM logged WHERE logged.person_id = lines.person_id)
  ORDER BY lines.person_id
$$;
COMMENT ON FUNCTION read_listing(uuid, uuid, text, text, text, uuid) IS
  'I10: the lines of an employer''s listing and the access rows are one statement.';

CREATE FUNCTION decide_listing(actor uuid, asked uuid, verdict text, why text, entries uuid[], numbers text[])
  RETURNS text LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  filed registry.employer_listing;
  matched integer;
  unchecked integer;
BEGIN
  SELECT * INTO filed FROM registry.employer_listing WHERE employer_listing.listing_id = asked FOR UPDATE;
  IF NOT FOUND OR NOT registry.officer_may(actor, 'filing', filed.division_code) THEN
    RETURN 'absent';
  ELSIF filed.decision IS NOT NULL THEN
    RETURN 'listing_already_decided';
  END IF;
  SELECT counted.matched, counted.unchecked INTO matched, unchecked FROM registry.listing_counts(asked) AS counted;
  IF verdict = 'confirmed' AND unchecked > 0 THEN
    RETURN 'listing_lines_unchecked';
  ELSIF verdict = 'confirmed' AND matched = 0 THEN
    RETURN 'listing_nobody_matched';
  ELSIF verdict = 'confirmed' AND (matched <> cardinality(entries) OR matched <> cardinality(numbers)) THEN
    RETURN 'listing_changed_meanwhile';
  ELSIF EXISTS (SELECT FROM unnest(numbers) AS given (number) WHERE NOT starts_with(given.number, format('R%s-%s-',
      filed.division_code, extract(year FROM registry.law_date(registry.registry_now()))))) THEN
    RAISE EXCEPTION 'a record number of another division or year'
      USING ERRCODE = '23514', CONSTRAINT = 'record_number_of_listing', TABLE = 'record_number';
  END IF;
  UPDATE registry.employer_listing SET decision = verdict, decision_reason = why, decided_by = actor,
      decided_at = registry.registry_now()
    WHERE employer_listing.listing_id = asked;
  IF verdict <> 'confirmed' THEN
    RETURN verdict;
  END IF;
  WITH proved AS MATERIALIZED (
    SELECT line.*, row_number() OVER (ORDER BY line.person_id) AS place
    FROM registry.employer_listing_line AS line
    WHERE line.listing_id = asked AND line.withdrawn_at IS NULL AND line.check_outcome = 'matched'
  ), appended AS (
    INSERT INTO registry.record_entry (person_id, entry_id, kind, record_number, appended_by, identity_check_id,
      listing_id, listing_decision, period, institution_id, institution_name, occupation_edition, occupation_code,
      skill_level, division_code, starts_on, ends_on)
    SELECT proved.person_id, entries[proved.place], filed.kind, numbers[proved.place], actor, proved.check_id, asked,
      'confirmed', filed.period, filed.institution_id, employer.name, proved.occupation_edition,
      proved.occupation_code, proved.skill_level, filed.division_code, filed.starts_on, filed.ends_on
    FROM proved
    JOIN registry.training_institution AS employer ON employer.institution_id = filed.institution_id
    RETURNING person_id, entry_id, record_number
  )
  INSERT INTO registry.record_number (record_number, person_id, entry_id)
  SELECT appended.record_number, appended.person_id, appended.entry_id FROM appended;
  RETURN verdict;
END $$;
COMMENT ON FUNCTION decide_listing(uuid, uuid, text, text, uuid[], text[]) IS
  'An officer whose area it is confirms or returns a listing, once. Confirmed, every matched line becomes an entry.';
REVOKE ALL ON FUNCTION listing_counts(uuid), read_listing(uuid, uuid, text, text, text, uuid),
  decide_listing(uuid, uuid, text, text, uuid[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION listing_counts(uuid) TO app_inst, app_agency;
GRANT EXECUTE ON FUNCTION read_listing(uuid, uuid, text, text, text, uuid),
  decide_listing(uuid, uuid, text, text, uuid[], text[]) TO app_agency;
"""

LISTING_LINES = """
-- A line is filed with its listing, by the employer whose listing it is: nobody is slipped into one that was read.
CREATE FUNCTION refuse_late_line() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM arrived JOIN registry.employer_listing AS filed USING (listing_id)
             WHERE filed.decision IS NOT NULL OR filed.filed_at <> registry.registry_now()) THEN
    RAISE EXCEPTION 'lines are filed together with their listing'
      USING ERRCODE = '23001', CONSTRAINT = 'employer_listing_line_filed_together', TABLE = 'employer_listing_line';
  END IF;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION refuse_late_line() FROM PUBLIC;
CREATE TRIGGER filed_together AFTER INSERT ON employer_listing_line
  REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION refuse_late_line();
ALTER TABLE employer_listing_line ENABLE ALWAYS TRIGGER filed_together;
"""

EARLIER_TABLES = """
CREATE TABLE earlier_import (
  import_id uuid NOT NULL DEFAULT uuidv7(),
  division_code text NOT NULL,
  file_sha256 bytea NOT NULL,
  state text NOT NULL DEFAULT 'received',
  rows_total integer NOT NULL,
  rows_done integer NOT NULL DEFAULT 0,
  rows_refused integer NOT NULL DEFAULT 0,
  rows_unchanged integer NOT NULL DEFAULT 0,
  received_at timestamptz NOT NULL DEFAULT registry_now(),
  received_by uuid NOT NULL,
  finished_at timestamptz,
  CONSTRAINT earlier_import_pkey PRIMARY KEY (import_id),
  CONSTRAINT earlier_import_file_key UNIQUE (division_code, file_sha256),
  CONSTRAINT earlier_import_state_known CHECK (state IN ('received', 'running', 'done', 'failed')),
  CONSTRAINT earlier_import_counts CHECK (rows_refused + rows_unchanged <= rows_done AND rows_done <= rows_total),
  CONSTRAINT earlier_import_finished_by_state CHECK ((state IN ('done', 'failed')) = (finished_at IS NOT NULL)),
  CONSTRAINT earlier_import_division_fkey FOREIGN KEY (division_code) REFERENCES division_code (code),
  CONSTRAINT earlier_import_received_by_fkey FOREIGN KEY (received_by) REFERENCES principal (principal_id)
);
COMMENT ON TABLE earlier_import IS '存量补贴导入: a file of benefits paid before the registry, and how far it is.';
CREATE TABLE earlier_import_defect (
  import_id uuid NOT NULL,
  line integer NOT NULL,
  reasons jsonb NOT NULL,
  CONSTRAINT earlier_import_defect_pkey PRIMARY KEY (import_id, line),
  CONSTRAINT earlier_import_defect_import_fkey FOREIGN KEY (import_id) REFERENCES earlier_import (import_id),
  CONSTRAINT earlier_import_defect_no_identity_number CHECK (reasons::text !~ '[0-9]{17}[0-9Xx]')
);
COMMENT ON TABLE earlier_import_defect IS 'Row-level answers: why a row was not taken in, values masked.';
CALL make_append_only('earlier_import_defect');
ALTER TABLE earlier_benefit ADD CONSTRAINT earlier_benefit_import_fkey
  FOREIGN KEY (import_id) REFERENCES earlier_import (import_id);
GRANT SELECT ON earlier_import, earlier_import_defect TO app_agency, worker, auditor, access_owner;
GRANT INSERT (division_code, file_sha256, rows_total, received_by) ON earlier_import TO app_agency;
GRANT UPDATE (state, finished_at) ON earlier_import TO worker;
GRANT UPDATE (state, rows_done, rows_refused, rows_unchanged, finished_at) ON earlier_import TO access_owner;
GRANT INSERT ON earlier_import_defect TO access_owner;
"""

EARLIER = """
CREATE FUNCTION held_benefit(person uuid, wanted text, of_line text, of_level text, of_period text) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT jsonb_build_object('kind', coalesce(claim.kind, earlier.kind), 'line', origin.benefit_line,
    'level', origin.skill_level, 'period', origin.period, 'is_earlier', earlier.earlier_id IS NOT NULL,
    'on', coalesce(earlier.paid_on, registry.law_date(claim.submitted_at)), 'amount_fen', earlier.amount_fen,
    'document', earlier.document_number, 'division', earlier.division_code, 'is_paid', claim.state = 'paid',
    'record_number', (SELECT entry.record_number FROM registry.record_entry AS entry
      WHERE entry.person_id = claim.person_id AND entry.entry_id = claim.entry_id))
  FROM registry.benefit_key AS held
  JOIN registry.benefit_key AS origin ON origin.person_id = coalesce(held.copied_from_person, held.person_id)
   AND origin.key_id = coalesce(held.copied_from_key, held.key_id)
  LEFT JOIN registry.earlier_benefit AS earlier
    ON earlier.person_id = origin.person_id AND earlier.earlier_id = origin.earlier_id
  LEFT JOIN registry.claim ON claim.person_id = origin.person_id AND claim.key_id = origin.key_id
  WHERE held.person_id IN (SELECT registry.person_group(person)) AND held.released_at IS NULL
    AND held.key_group = wanted AND held.benefit_line = of_line AND held.skill_level = of_level AND held.period = of_period
  ORDER BY held.taken_at LIMIT 1
$$;
COMMENT ON FUNCTION held_benefit(uuid, text, text, text, text) IS 'What already holds a once-only key: of this person alone.';

CREATE FUNCTION take_earlier_key(person uuid, earlier uuid, wanted text, line text, level text, held_period text)
  RETURNS uuid LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  key uuid := uuidv7();
  taken integer;
BEGIN
  INSERT INTO registry.benefit_key (person_id, key_id, key_group, benefit_line, skill_level, period, origin, earlier_id)
    VALUES (person, key, wanted, line, level, held_period, 'earlier', earlier)
    ON CONFLICT (person_id, key_group, benefit_line, skill_level, period) WHERE released_at IS NULL DO NOTHING;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'benefit_already_held' USING ERRCODE = 'RG001';
  END IF;
  INSERT INTO registry.benefit_key (person_id, key_group, benefit_line, skill_level, period, origin, copied_from_person,
      copied_from_key)
    SELECT each, wanted, line, level, held_period, 'merged', person, key
    FROM registry.person_group(person) AS each WHERE each <> person ORDER BY each
    ON CONFLICT (person_id, key_group, benefit_line, skill_level, period) WHERE released_at IS NULL DO NOTHING;
  GET DIAGNOSTICS taken = ROW_COUNT;
  IF taken <> (SELECT count(*) - 1 FROM registry.person_group(person)) THEN
    RAISE EXCEPTION 'benefit_already_held' USING ERRCODE = 'RG001';
  END IF;
  RETURN key;
END $$;

CREATE FUNCTION store_earlier_part(import uuid, from_state text, from_row integer, row_count integer,
    refused_lines integer[], refused_reasons text[], rows jsonb,
    OUT is_done boolean, OUT answers jsonb)
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  job registry.earlier_import;
  line record;
  declared registry.benefit_kind;
  held jsonb;
  earlier uuid;
  key uuid;
BEGIN
  SELECT * INTO job FROM registry.earlier_import
    WHERE earlier_import.import_id = import AND earlier_import.state = from_state
      AND earlier_import.state IN ('received', 'running') AND earlier_import.rows_done = from_row FOR UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  PERFORM registry.lock_claimants(ARRAY(
    SELECT DISTINCT (item ->> 'person_id')::uuid FROM jsonb_array_elements(rows) AS given (item)));
  answers := '[]';
  FOR line IN
    SELECT asked.* FROM jsonb_to_recordset(rows) AS asked (line integer, person_id uuid, kind text, benefit_line text,
      level text, period text, division_code text, paid_on date, dated date, amount_fen bigint, document text)
    ORDER BY asked.person_id, asked.line
  LOOP
    SELECT * INTO declared FROM registry.benefit_kind WHERE benefit_kind.kind = line.kind;
    IF NOT starts_with(line.division_code, registry.division_prefix(job.division_code)) THEN
      RAISE EXCEPTION 'a row of another area' USING ERRCODE = '23514', CONSTRAINT = 'earlier_benefit_of_area',
        TABLE = 'earlier_benefit';
    END IF;
    IF EXISTS (SELECT FROM registry.benefit_key AS known
               WHERE known.person_id IN (SELECT registry.person_group(line.person_id)) AND known.released_at IS NULL
                 AND known.key_group = declared.key_group AND known.benefit_line = line.benefit_line
                 AND known.skill_level = line.level AND known.period = line.period) THEN
      held := registry.held_benefit(line.person_id, declared.key_group, line.benefit_line, line.level, line.period);
      answers := answers || jsonb_build_object('line', line.line, 'outcome',
        CASE WHEN (held ->> 'is_earlier')::boolean AND held ->> 'kind' = line.kind
              AND (held ->> 'on')::date = line.paid_on AND (held ->> 'amount_fen')::bigint = line.amount_fen
              AND held ->> 'document' = line.document AND held ->> 'division' = line.division_code THEN 'unchanged' ELSE 'held' END,
        'held', held - ARRAY['amount_fen', 'document', 'division']);
      -- The list says that it was paid: what is claimed for the same thing waits until an officer has looked.
      INSERT INTO registry.claim_hold (person_id, claim_id, reason_code, reason, placed_by)
        SELECT DISTINCT claim.person_id, claim.claim_id, 'evidence_doubted', '导入的存量清单载明同一补贴已经发放，待核查',
          '00000000-0000-7000-8000-000000000001'::uuid
        FROM registry.benefit_key AS known
        JOIN registry.claim ON claim.person_id = coalesce(known.copied_from_person, known.person_id)
         AND claim.key_id = coalesce(known.copied_from_key, known.key_id)
        WHERE known.person_id IN (SELECT registry.person_group(line.person_id)) AND known.released_at IS NULL
          AND known.key_group = declared.key_group AND known.benefit_line = line.benefit_line
          AND known.skill_level = line.level AND known.period = line.period
          AND claim.state NOT IN ('paid', 'withdrawn', 'refused', 'not_accepted')
        ON CONFLICT (person_id, claim_id, reason_code) WHERE released_at IS NULL DO NOTHING;
      CONTINUE;
    END IF;
    earlier := uuidv7();
    INSERT INTO registry.earlier_benefit (person_id, earlier_id, kind, division_code, paid_on, amount_fen,
        document_number, import_id, line)
      VALUES (line.person_id, earlier, line.kind, line.division_code, line.paid_on, line.amount_fen, line.document,
        import, line.line);
    key := registry.take_earlier_key(line.person_id, earlier, declared.key_group, line.benefit_line, line.level,
      line.period);
    IF declared.slot_group <> 'none' THEN
      BEGIN
        PERFORM registry.take_slot(line.person_id, key, uuidv7(), declared.slot_group, line.benefit_line,
          line.division_code, line.dated, NULL);
      EXCEPTION
        -- It was paid: a year that is full stays full, and where no cap holds there is no place to take.
        WHEN SQLSTATE 'RG001' THEN NULL;
      END;
    END IF;
  END LOOP;
  INSERT INTO registry.earlier_import_defect (import_id, line, reasons)
  SELECT import, refused.line, refused.reasons::jsonb
  FROM unnest(refused_lines, refused_reasons) AS refused (line, reasons);
  is_done := from_row + row_count = job.rows_total;
  UPDATE registry.earlier_import AS moved
  SET state = CASE WHEN is_done THEN 'done' ELSE 'running' END, rows_done = from_row + row_count,
    rows_refused = moved.rows_refused + cardinality(refused_lines)
      + (SELECT count(*) FROM jsonb_array_elements(answers) AS said (item) WHERE item ->> 'outcome' = 'held'),
    rows_unchanged = moved.rows_unchanged
      + (SELECT count(*) FROM jsonb_array_elements(answers) AS said (item) WHERE item ->> 'outcome' = 'unchanged'),
    finished_at = CASE WHEN is_done THEN registry.registry_now() END
  WHERE moved.import_id = import;
END $$;
COMMENT ON FUNCTION store_earlier_part(uuid, text, integer, integer, integer[], text[], jsonb) IS
  'One part of a file: each row takes its key and place, or is answered by what holds them. NULL when somebody else has
   stored the part meanwhile.';

CREATE FUNCTION explain_earlier_rows(import uuid, lines integer[], reasons text[]) RETURNS void
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO registry.earlier_import_defect (import_id, line, reasons)
  SELECT import, refused.line, refused.reasons::jsonb FROM unnest(lines, reasons) AS refused (line, reasons)
  ON CONFLICT DO NOTHING
$$;
COMMENT ON FUNCTION explain_earlier_rows(uuid, integer[], text[]) IS 'Words for the rows that were answered by what is held.';
REVOKE ALL ON FUNCTION held_benefit(uuid, text, text, text, text),
  take_earlier_key(uuid, uuid, text, text, text, text), explain_earlier_rows(uuid, integer[], text[]),
  store_earlier_part(uuid, text, integer, integer, integer[], text[], jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION store_earlier_part(uuid, text, integer, integer, integer[], text[], jsonb),
  explain_earlier_rows(uuid, integer[], text[]) TO worker;
"""

MERGING = """
CREATE FUNCTION copy_place(key registry.benefit_key, origin_person uuid, origin_key uuid) RETURNS boolean
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  held registry.benefit_slot;
  place smallint;
  employer_place smallint;
BEGIN
  SELECT * INTO held FROM registry.benefit_slot AS slot
    WHERE slot.person_id = origin_person AND slot.key_id = origin_key AND slot.released_at IS NULL;
  IF NOT FOUND THEN
    RETURN true;
  END IF;
  SELECT free.nth INTO place
    FROM generate_series(1, held.cap + CASE WHEN held.is_shortage THEN held.shortage_extra ELSE 0 END) AS free (nth)
    WHERE NOT EXISTS (SELECT FROM registry.benefit_slot AS taken
      WHERE taken.person_id = key.person_id AND taken.slot_group = held.slot_group AND taken.scope = held.scope
        AND taken.nth = free.nth AND taken.released_at IS NULL)
    ORDER BY held.is_shortage AND free.nth <= held.cap, free.nth LIMIT 1;
  SELECT min(free.nth) INTO employer_place FROM generate_series(1, held.employer_cap) AS free (nth)
    WHERE NOT EXISTS (SELECT FROM registry.benefit_slot AS taken
      WHERE taken.person_id = key.person_id AND taken.slot_group = held.slot_group
        AND taken.employer_id = held.employer_id AND taken.employer_nth = free.nth AND taken.released_at IS NULL);
  IF place IS NULL OR held.employer_id IS NOT NULL AND employer_place IS NULL THEN
    RETURN false;
  END IF;
  INSERT INTO registry.benefit_slot (person_id, key_id, slot_group, scope, nth, cap, shortage_extra, is_shortage,
      rule_division, employer_id, employer_nth, employer_cap)
    VALUES (key.person_id, key.key_id, held.slot_group, held.scope, place, held.cap, held.shortage_extra,
      held.is_shortage, held.rule_division, held.employer_id, employer_place, held.employer_cap);
  RETURN true;
END $$;
COMMENT ON FUNCTION copy_place(registry.benefit_key, uuid, uuid) IS
  'The yearly place of a copied key, under the next free number; false when together there were more than the cap allows.';

CREATE FUNCTION copy_used_keys() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  side uuid[];
  other uuid[];
  origin registry.benefit_key;
  member uuid;
  copied registry.benefit_key;
BEGIN
  PERFORM registry.refuse_old_snapshot();
  -- Who is read as one with the merged person without this merge, and who is it now besides.
  WITH RECURSIVE apart AS (
    SELECT NEW.person_id AS person_id
    UNION
    SELECT CASE WHEN alias.person_id = apart.person_id THEN alias.survivor_id ELSE alias.person_id END
    FROM apart JOIN registry.person_alias AS alias
      ON apart.person_id IN (alias.person_id, alias.survivor_id) AND alias.alias_id <> NEW.alias_id
     AND alias.merged_at IS NOT NULL AND alias.ended_at IS NULL
  ) SELECT array_agg(apart.person_id ORDER BY apart.person_id) INTO side FROM apart;
  SELECT array_agg(each ORDER BY each) INTO other
    FROM registry.person_group(NEW.survivor_id) AS each WHERE each <> ALL (side);
  -- Both enjoyed, or both are claiming, the same: payment stops until an officer has decided.
  INSERT INTO registry.merge_collision (person_id, alias_id, key_id, other_person_id, other_key_id)
    SELECT ours.person_id, NEW.alias_id, ours.key_id, theirs.person_id, theirs.key_id
    FROM registry.benefit_key AS ours
    JOIN registry.benefit_key AS theirs USING (key_group, benefit_line, skill_level, period)
    WHERE ours.person_id = ANY (other) AND theirs.person_id = ANY (side) AND ours.origin <> 'merged'
      AND theirs.origin <> 'merged' AND ours.released_at IS NULL AND theirs.released_at IS NULL
    ORDER BY ours.person_id, ours.key_id
    ON CONFLICT DO NOTHING;
  FOR origin IN
    SELECT held.* FROM registry.benefit_key AS held
    WHERE held.person_id = ANY (side || other) AND held.origin <> 'merged' AND held.released_at IS NULL
    ORDER BY held.person_id, held.key_id FOR SHARE
  LOOP
    FOREACH member IN ARRAY CASE WHEN origin.person_id = ANY (side) THEN other ELSE side END LOOP
      INSERT INTO registry.benefit_key (person_id, key_group, benefit_line, skill_level, period, origin,
          copied_from_person, copied_from_key)
        VALUES (member, origin.key_group, origin.benefit_line, origin.skill_level, origin.period, 'merged',
          origin.person_id, origin.key_id)
        ON CONFLICT (person_id, key_group, benefit_line, skill_level, period) WHERE released_at IS NULL DO NOTHING
        RETURNING * INTO copied;
      IF FOUND AND NOT registry.copy_place(copied, origin.person_id, origin.key_id) THEN
        INSERT INTO registry.merge_collision (person_id, alias_id, key_id, other_person_id, other_key_id)
          VALUES (member, NEW.alias_id, copied.key_id, origin.person_id, origin.key_id) ON CONFLICT DO NOTHING;
      END IF;
    END LOOP;
  END LOOP;
  RETURN NULL;
END $$;

CREATE FUNCTION release_copied_keys() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  members uuid[] := ARRAY(
    SELECT registry.person_group(NEW.person_id) UNION SELECT registry.person_group(NEW.survivor_id));
BEGIN
  PERFORM registry.refuse_old_snapshot();
  UPDATE registry.benefit_slot SET released_at = registry.registry_now()
  FROM registry.benefit_key AS copy
  WHERE benefit_slot.person_id = copy.person_id AND benefit_slot.key_id = copy.key_id
    AND benefit_slot.released_at IS NULL AND copy.released_at IS NULL AND copy.person_id = ANY (members)
    AND copy.origin = 'merged' AND copy.copied_from_person NOT IN (SELECT registry.person_group(copy.person_id));
  UPDATE registry.benefit_key AS copy SET released_at = registry.registry_now(), release_reason = 'merge_ended'
  WHERE copy.released_at IS NULL AND copy.person_id = ANY (members) AND copy.origin = 'merged'
    AND copy.copied_from_person NOT IN (SELECT registry.person_group(copy.person_id));
  UPDATE registry.merge_collision SET decision = 'no_double_benefit', decision_reason = '身份合并已终止',
      decided_by = NEW.ended_by, decided_at = registry.registry_now()
  WHERE merge_collision.alias_id = NEW.alias_id AND merge_collision.decision IS NULL;
  RETURN NULL;
END $$;

CREATE FUNCTION list_collisions(scope text, is_open boolean, asked uuid, before uuid, page integer)
  RETURNS TABLE (collision_id uuid, alias_id uuid, found_at timestamptz, key_group text, benefit_line text,
                 skill_level text, period text, one jsonb, other jsonb, decision text, decision_reason text,
                 decided_at timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH side AS NOT MATERIALIZED (
    SELECT collision.collision_id, part.place, origin.key_group, origin.benefit_line, origin.skill_level,
      origin.period, coalesce(claim.division_code, earlier.division_code) AS division_code,
      jsonb_build_object('kind', coalesce(claim.kind, earlier.kind), 'is_earlier', earlier.earlier_id IS NOT NULL,
        'on', coalesce(earlier.paid_on, registry.law_date(claim.submitted_at)), 'claim_number', claim.claim_number,
        'state', claim.state, 'division_code', coalesce(claim.division_code, earlier.division_code)) AS told
    FROM registry.merge_collision AS collision
    CROSS JOIN LATERAL (VALUES (1, collision.person_id, collision.key_id),
      (2, collision.other_person_id, collision.other_key_id)) AS part (place, person_id, key_id)
    JOIN registry.benefit_key AS held ON held.person_id = part.person_id AND held.key_id = part.key_id
    JOIN registry.benefit_key AS origin ON origin.person_id = coalesce(held.copied_from_person, held.person_id)
     AND origin.key_id = coalesce(held.copied_from_key, held.key_id)
    LEFT JOIN registry.earlier_benefit AS earlier
      ON earlier.person_id = origin.person_id AND earlier.earlier_id = origin.earlier_id
    LEFT JOIN registry.claim ON claim.person_id = origin.person_id AND claim.key_id = origin.key_id
  )
  SELECT collision.collision_id, collision.alias_id, collision.found_at, first.key_group, first.benefit_line,
    first.skill_level, first.period, first.told, second.told, collision.decision, collision.decision_reason,
    collision.decided_at
  FROM registry.merge_collision AS collision
  JOIN side AS first ON first.collision_id = collision.collision_id AND first.place = 1
  JOIN side AS second ON second.collision_id = collision.collision_id AND second.place = 2
  WHERE (asked IS NULL OR collision.collision_id = asked) AND (before IS NULL OR collision.collision_id < before)
    AND (is_open IS NULL OR is_open = (collision.decision IS NULL))
    AND (starts_with(coalesce(first.division_code, ''), scope) OR starts_with(coalesce(second.division_code, ''), scope))
  ORDER BY collision.collision_id DESC LIMIT page
$$;
COMMENT ON FUNCTION list_collisions(text, boolean, uuid, uuid, integer) IS
  'A work list: benefits, days and areas, nothing that names the person.';

CREATE FUNCTION decide_collision(actor uuid, asked uuid, verdict text, why text) RETURNS text
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  found_one record;
  sides record;
BEGIN
  SELECT listed.one ->> 'division_code' AS one_division, listed.other ->> 'division_code' AS other_division
    INTO found_one FROM registry.list_collisions('', NULL, asked, NULL, 1) AS listed;
  IF NOT FOUND OR NOT EXISTS (
    SELECT FROM unnest(ARRAY['identity', 'payment']) AS held (permission)
    CROSS JOIN LATERAL unnest(ARRAY[found_one.one_division, found_one.other_division]) AS area (division)
    WHERE registry.officer_may(actor, held.permission, area.division)) THEN
    RETURN 'absent';
  END IF;
  SELECT count(*) FILTER (WHERE claim.state NOT IN ('paid', 'withdrawn', 'refused', 'not_accepted')) AS on_the_way,
      count(*) FILTER (WHERE held.released_at IS NULL) AS live, count(claim.claim_id) AS claimed,
      count(*) FILTER (WHERE registry.recovered_of(paying.person_id, paying.benefit_id) = paying.amount_fen) AS recovered
    INTO sides FROM registry.merge_collision AS collision
    CROSS JOIN LATERAL (VALUES (collision.person_id, collision.key_id), (collision.other_person_id, collision.other_key_id))
      AS part (person_id, key_id)
    JOIN registry.benefit_key AS held ON held.person_id = part.person_id AND held.key_id = part.key_id
    LEFT JOIN registry.claim ON claim.person_id = held.person_id AND claim.key_id = held.key_id
    LEFT JOIN registry.benefit AS paying ON paying.person_id = claim.person_id AND paying.claim_id = claim.claim_id
      AND paying.canceled_at IS NULL
    WHERE collision.collision_id = asked AND held.origin <> 'merged';
  -- Both keys live: whatever is decided, the claim that is still on its way would be paid beside the other.
  IF sides.live = 2 AND sides.on_the_way > 0 THEN
    RETURN 'collision_claim_under_way';
  ELSIF verdict = 'recovered' AND sides.live = 2 AND sides.claimed = 2 AND sides.recovered = 0 THEN
    RETURN 'collision_without_recovery';
  END IF;
  UPDATE registry.merge_collision SET decision = verdict, decision_reason = why, decided_by = actor,
      decided_at = registry.registry_now()
    WHERE merge_collision.collision_id = asked AND merge_collision.decision IS NULL;
  RETURN CASE WHEN FOUND THEN 'decided' ELSE 'collision_already_decided' END;
END $$;
COMMENT ON FUNCTION decide_collision(uuid, uuid, text, text) IS
  'Once, by an officer of identity or payment of an area that one of the two benefits belongs to; payment may go on.';
REVOKE ALL ON FUNCTION copy_place(registry.benefit_key, uuid, uuid), copy_used_keys(), release_copied_keys(),
  list_collisions(text, boolean, uuid, uuid, integer), decide_collision(uuid, uuid, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION copy_used_keys(), release_copied_keys() TO registry_owner;
GRANT EXECUTE ON FUNCTION list_collisions(text, boolean, uuid, uuid, integer), decide_collision(uuid, uuid, text, text)
  TO app_agency;
"""

MERGE_TRIGGERS = """
CREATE TRIGGER copies_used_keys AFTER UPDATE ON person_alias
  FOR EACH ROW WHEN (OLD.merged_at IS NULL AND NEW.merged_at IS NOT NULL) EXECUTE FUNCTION copy_used_keys();
ALTER TABLE person_alias ENABLE ALWAYS TRIGGER copies_used_keys;
CREATE TRIGGER releases_copied_keys AFTER UPDATE ON person_alias
  FOR EACH ROW WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION release_copied_keys();
ALTER TABLE person_alias ENABLE ALWAYS TRIGGER releases_copied_keys;
"""


def upgrade() -> None:
    execute_script(EARLIER_TABLES)
    doors = CERTIFICATES + ATTENDED + LISTINGS + EARLIER + MERGING
    execute_script("SET ROLE access_owner;" + doors + "SET ROLE registry_owner;")
    execute_script(PROVED_LATER + LISTING_LINES + MERGE_TRIGGERS)


def downgrade() -> None:
    execute_script("""
    DROP TRIGGER releases_copied_keys ON person_alias;
    DROP TRIGGER copies_used_keys ON person_alias;
    DROP TRIGGER filed_together ON employer_listing_line;
    DROP TRIGGER asks_for_certificates ON identity_check;
    DROP FUNCTION ask_for_certificates(), refuse_late_line();
    SET ROLE access_owner;
    DROP FUNCTION decide_collision(uuid, uuid, text, text), list_collisions(text, boolean, uuid, uuid, integer),
      release_copied_keys(), copy_used_keys(), copy_place(registry.benefit_key, uuid, uuid),
      explain_earlier_rows(uuid, integer[], text[]),
      store_earlier_part(uuid, text, integer, integer, integer[], text[], jsonb),
      take_earlier_key(uuid, uuid, text, text, text, text), held_benefit(uuid, text, text, text, text),
      decide_listing(uuid, uuid, text, text, uuid[], text[]), read_listing(uuid, uuid, text, text, text, uuid),
      listing_counts(uuid), append_attended_periods(uuid, uuid, uuid[], uuid[], text[]),
      archive_certificates(uuid, uuid[], uuid[], uuid[], text[], text[]);
    SET ROLE registry_owner;
    ALTER TABLE earlier_benefit DROP CONSTRAINT earlier_benefit_import_fkey;
    DROP TABLE earlier_import_defect, earlier_import;
    """)
