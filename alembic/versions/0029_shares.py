"""Proof in the citizen's own hands: shares, printed documents, credentials, and requests to correct the record.

Why: a person shows a piece of the own record to somebody whom the registry does not know. The look is a row before the
answer leaves, numbered within its share: a share opened more often than allowed, or after its end, is a row that cannot
exist. What the public reads it reads through doors that put together what was shared and nothing else; codes are
stored as digests (they hold 100 random bits and more, so a digest without a key cannot be searched, and paper outlives
every key). A request to correct the record has a last day and one answer, with reasons, by an officer.
Lock taken, and for how long: none that matters, new tables only.
Safe with the previous release running: yes.
How undone: downgrade drops them; what was printed can no longer be verified.
"""

from app.db.migration import execute_script

revision = "0029"
down_revision = "0028a"
branch_labels = None
depends_on = None

SHARES = """
CREATE TABLE record_share (
  person_id uuid NOT NULL,
  share_id uuid NOT NULL,
  scope text NOT NULL,
  fields text[] NOT NULL,
  name_shown text NOT NULL,
  label_sealed bytea,
  expires_at timestamptz NOT NULL,
  looks_max integer NOT NULL,
  created_at timestamptz NOT NULL DEFAULT registry_now(),
  created_by uuid NOT NULL,
  revoked_at timestamptz,
  CONSTRAINT record_share_pkey PRIMARY KEY (person_id, share_id),
  CONSTRAINT record_share_terms_key UNIQUE (person_id, share_id, expires_at, looks_max),
  CONSTRAINT record_share_person_fkey FOREIGN KEY (person_id) REFERENCES person (person_id),
  CONSTRAINT record_share_created_by_fkey FOREIGN KEY (created_by) REFERENCES principal (principal_id),
  CONSTRAINT record_share_scope_known CHECK (scope IN ('record', 'entries')),
  CONSTRAINT record_share_name_known CHECK (name_shown IN ('masked', 'full')),
  CONSTRAINT record_share_fields_known CHECK (fields <@ ARRAY['period', 'program', 'occupation', 'institution', 'hours',
    'score', 'certificate_number']),
  CONSTRAINT record_share_ends CHECK (expires_at > created_at AND expires_at <= created_at + interval '400 days'),
  CONSTRAINT record_share_looks_bounded CHECK (looks_max BETWEEN 1 AND 10000)
);
COMMENT ON TABLE record_share IS '分享: a piece of the own record, opened by whoever holds its code, until it ends or is taken back.';
CALL make_append_only('record_share', 'revoked_at');

CREATE TABLE record_share_entry (
  person_id uuid NOT NULL,
  share_id uuid NOT NULL,
  entry_person_id uuid NOT NULL,
  entry_id uuid NOT NULL,
  CONSTRAINT record_share_entry_pkey PRIMARY KEY (person_id, share_id, entry_id),
  CONSTRAINT record_share_entry_share_fkey FOREIGN KEY (person_id, share_id) REFERENCES record_share (person_id, share_id)
);
COMMENT ON TABLE record_share_entry IS
  'What was chosen. An entry of a merged identity lives with that identity, so no foreign key: doors ask whether both are one.';
CALL make_append_only('record_share_entry');

CREATE TABLE share_code (
  code_digest bytea NOT NULL,
  person_id uuid NOT NULL,
  share_id uuid NOT NULL,
  CONSTRAINT share_code_pkey PRIMARY KEY (code_digest),
  CONSTRAINT share_code_length CHECK (octet_length(code_digest) = 32),
  CONSTRAINT share_code_share_key UNIQUE (person_id, share_id),
  CONSTRAINT share_code_share_fkey FOREIGN KEY (person_id, share_id) REFERENCES record_share (person_id, share_id)
);
COMMENT ON TABLE share_code IS 'Unique across persons, therefore a small table keyed by itself. The code is nowhere but in the link.';
CALL make_append_only('share_code');

CREATE TABLE share_look (
  person_id uuid NOT NULL,
  share_id uuid NOT NULL,
  nth integer NOT NULL,
  look_id uuid NOT NULL DEFAULT uuidv7(),
  at timestamptz NOT NULL DEFAULT registry_now(),
  expires_at timestamptz NOT NULL,
  looks_max integer NOT NULL,
  source_digest bytea NOT NULL,
  source_region text NOT NULL,
  CONSTRAINT share_look_pkey PRIMARY KEY (person_id, share_id, nth),
  CONSTRAINT share_look_terms_fkey FOREIGN KEY (person_id, share_id, expires_at, looks_max)
    REFERENCES record_share (person_id, share_id, expires_at, looks_max),
  CONSTRAINT share_look_counted CHECK (nth BETWEEN 1 AND looks_max),
  CONSTRAINT share_look_before_end CHECK (at < expires_at),
  CONSTRAINT share_look_source_coarse CHECK (length(source_region) BETWEEN 1 AND 40)
);
COMMENT ON TABLE share_look IS 'One opening of a share, numbered; shown to the person. source_region is a part of the address, never the whole.';
CREATE INDEX share_look_at ON share_look (person_id, at DESC);
CALL make_append_only('share_look');
"""

DOCUMENTS = """
CREATE TABLE issued_document (
  person_id uuid NOT NULL,
  document_id uuid NOT NULL,
  kind text NOT NULL,
  notice_id uuid,
  content_sealed bytea NOT NULL,
  issued_at timestamptz NOT NULL DEFAULT registry_now(),
  issued_by uuid NOT NULL,
  revoked_at timestamptz,
  CONSTRAINT issued_document_pkey PRIMARY KEY (person_id, document_id),
  CONSTRAINT issued_document_kind_known CHECK (kind IN ('record_extract', 'decision_notice', 'credential')),
  CONSTRAINT issued_document_of_notice CHECK ((kind = 'decision_notice') = (notice_id IS NOT NULL)),
  CONSTRAINT issued_document_person_fkey FOREIGN KEY (person_id) REFERENCES person (person_id),
  CONSTRAINT issued_document_notice_fkey FOREIGN KEY (person_id, notice_id)
    REFERENCES decision_notice (person_id, notice_id),
  CONSTRAINT issued_document_issued_by_fkey FOREIGN KEY (issued_by) REFERENCES principal (principal_id)
);
COMMENT ON TABLE issued_document IS
  'What left for the person to carry: an extract, a notice on paper, a credential. content_sealed is what it says, as of then.';
CALL make_append_only('issued_document', 'revoked_at');

CREATE TABLE issued_document_entry (
  person_id uuid NOT NULL,
  document_id uuid NOT NULL,
  entry_person_id uuid NOT NULL,
  entry_id uuid NOT NULL,
  CONSTRAINT issued_document_entry_pkey PRIMARY KEY (person_id, document_id, entry_id),
  CONSTRAINT issued_document_entry_document_fkey FOREIGN KEY (person_id, document_id)
    REFERENCES issued_document (person_id, document_id)
);
COMMENT ON TABLE issued_document_entry IS 'What it speaks of; like record_share_entry.';
CALL make_append_only('issued_document_entry');

CREATE TABLE document_code (
  code_digest bytea NOT NULL,
  person_id uuid NOT NULL,
  document_id uuid NOT NULL,
  CONSTRAINT document_code_pkey PRIMARY KEY (code_digest),
  CONSTRAINT document_code_length CHECK (octet_length(code_digest) = 32),
  CONSTRAINT document_code_document_key UNIQUE (person_id, document_id),
  CONSTRAINT document_code_document_fkey FOREIGN KEY (person_id, document_id)
    REFERENCES issued_document (person_id, document_id)
);
COMMENT ON TABLE document_code IS '验证码 as printed, by digest: unique across persons.';
CALL make_append_only('document_code');

CREATE TABLE document_look (
  person_id uuid NOT NULL,
  document_id uuid NOT NULL,
  look_id uuid NOT NULL DEFAULT uuidv7(),
  at timestamptz NOT NULL DEFAULT registry_now(),
  source_digest bytea NOT NULL,
  source_region text NOT NULL,
  CONSTRAINT document_look_pkey PRIMARY KEY (person_id, look_id),
  CONSTRAINT document_look_document_fkey FOREIGN KEY (person_id, document_id)
    REFERENCES issued_document (person_id, document_id),
  CONSTRAINT document_look_source_coarse CHECK (length(source_region) BETWEEN 1 AND 40)
);
COMMENT ON TABLE document_look IS 'One verification of something printed; shown to the person like every other look.';
CREATE INDEX document_look_at ON document_look (person_id, at DESC);
CREATE INDEX document_look_document ON document_look (person_id, document_id);
CALL make_append_only('document_look');

CREATE TABLE credential_slot (
  list_no integer NOT NULL,
  slot integer NOT NULL,
  person_id uuid NOT NULL,
  document_id uuid NOT NULL,
  CONSTRAINT credential_slot_pkey PRIMARY KEY (list_no, slot),
  CONSTRAINT credential_slot_document_key UNIQUE (person_id, document_id),
  CONSTRAINT credential_slot_list_counted CHECK (list_no >= 1),
  CONSTRAINT credential_slot_in_list CHECK (slot BETWEEN 0 AND 131071),
  CONSTRAINT credential_slot_document_fkey FOREIGN KEY (person_id, document_id)
    REFERENCES issued_document (person_id, document_id)
);
COMMENT ON TABLE credential_slot IS 'The bit of a credential in its status list (W3C Bitstring Status List): drawn at random, so that neighbors tell nothing.';
CALL make_append_only('credential_slot');

CREATE TABLE code_attempt (
  attempt_id uuid NOT NULL DEFAULT uuidv7(),
  source_digest bytea NOT NULL,
  at timestamptz NOT NULL DEFAULT registry_now(),
  is_hit boolean NOT NULL,
  CONSTRAINT code_attempt_pkey PRIMARY KEY (attempt_id)
);
COMMENT ON TABLE code_attempt IS 'A queue: who has tried codes how often, by keyed digest of the address. Forgotten after a day.';
CREATE INDEX code_attempt_source ON code_attempt (source_digest, at);
"""

REQUESTS = """
CREATE TABLE correction_request (
  person_id uuid NOT NULL,
  request_id uuid NOT NULL,
  entry_id uuid NOT NULL,
  grounds_sealed bytea NOT NULL,
  filed_at timestamptz NOT NULL DEFAULT registry_now(),
  filed_by uuid NOT NULL,
  due_on date NOT NULL,
  escalated_at timestamptz,
  answer text,
  answer_reason text,
  answered_at timestamptz,
  answered_by uuid,
  answerer_kind text NOT NULL DEFAULT 'officer',
  correction_id uuid,
  CONSTRAINT correction_request_pkey PRIMARY KEY (person_id, request_id),
  CONSTRAINT correction_request_entry_fkey FOREIGN KEY (person_id, entry_id) REFERENCES record_entry (person_id, entry_id),
  CONSTRAINT correction_request_filed_by_fkey FOREIGN KEY (filed_by) REFERENCES principal (principal_id),
  CONSTRAINT correction_request_due_after CHECK (due_on >= law_date(filed_at)),
  CONSTRAINT correction_request_answer_known CHECK (answer IN ('accepted', 'refused')),
  CONSTRAINT correction_request_answered_whole CHECK ((answer IS NULL) = (answered_at IS NULL)
    AND (answer IS NULL) = (answered_by IS NULL) AND (answer IS NULL) = (answer_reason IS NULL)),
  CONSTRAINT correction_request_reason_given CHECK (length(btrim(answer_reason)) >= 2),
  CONSTRAINT correction_request_accepted_by_act CHECK ((answer = 'accepted') = (correction_id IS NOT NULL)),
  CONSTRAINT correction_request_by_person CHECK (answerer_kind = 'officer'),
  CONSTRAINT correction_request_answered_by_fkey FOREIGN KEY (answered_by, answerer_kind)
    REFERENCES principal (principal_id, kind),
  CONSTRAINT correction_request_correction_fkey FOREIGN KEY (person_id, correction_id)
    REFERENCES record_correction (person_id, correction_id)
);
COMMENT ON TABLE correction_request IS '更正申请: the person says an entry is wrong. Accepted means that an officer has proposed a correction of it.';
CREATE UNIQUE INDEX correction_request_one_open ON correction_request (person_id, entry_id) WHERE answer IS NULL;
CREATE INDEX correction_request_by_id ON correction_request (request_id);
CREATE INDEX correction_request_waiting ON correction_request (due_on) WHERE answer IS NULL;
CALL make_append_only('correction_request', 'escalated_at', 'answer', 'answer_reason', 'answered_at', 'answered_by',
  'correction_id');
CREATE TRIGGER asks_for_message AFTER UPDATE OF answer ON correction_request FOR EACH ROW
  WHEN (OLD.answer IS NULL AND NEW.answer IS NOT NULL)
  EXECUTE FUNCTION ask_for_message('{"*": "correction_answered"}', 'answer', 'request_id', 'entry_id');
ALTER TABLE correction_request ENABLE ALWAYS TRIGGER asks_for_message;
"""

GRANTS = """
GRANT SELECT ON record_share, record_share_entry, share_code, share_look, issued_document, issued_document_entry,
  document_code, document_look, credential_slot, correction_request TO app_citizen, auditor, access_owner;
GRANT INSERT (person_id, share_id, scope, fields, name_shown, label_sealed, expires_at, looks_max, created_by),
  UPDATE (revoked_at) ON record_share TO app_citizen;
GRANT INSERT ON record_share_entry, share_code, issued_document_entry, document_code TO app_citizen;
GRANT INSERT (person_id, document_id, kind, notice_id, content_sealed, issued_by), UPDATE (revoked_at)
  ON issued_document TO app_citizen;
GRANT INSERT (person_id, request_id, entry_id, grounds_sealed, filed_by, due_on) ON correction_request TO app_citizen;
GRANT SELECT ON correction_request TO worker;
GRANT UPDATE (escalated_at) ON correction_request TO worker;
GRANT SELECT ON code_attempt TO worker, auditor, access_owner;
GRANT DELETE ON code_attempt TO worker;
GRANT INSERT (source_digest, is_hit) ON code_attempt TO access_owner;
GRANT INSERT (person_id, share_id, nth, expires_at, looks_max, source_digest, source_region) ON share_look TO access_owner;
GRANT INSERT (person_id, document_id, source_digest, source_region) ON document_look TO access_owner;
GRANT INSERT ON credential_slot TO access_owner;
GRANT UPDATE (answer, answer_reason, answered_at, answered_by, correction_id) ON correction_request TO access_owner;
-- A row lock needs the right to update something.
GRANT UPDATE (revoked_at) ON record_share, issued_document TO access_owner;
"""

OPENING = """
CREATE FUNCTION may_try_codes(source bytea, hourly_max integer, misses_max integer) RETURNS boolean
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  tried bigint;
  missed bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(encode(source, 'hex'), 4029));
  SELECT count(*), count(*) FILTER (WHERE NOT attempt.is_hit) INTO tried, missed
    FROM registry.code_attempt AS attempt
    WHERE attempt.source_digest = source AND attempt.at > registry.registry_now() - interval '1 hour';
  RETURN tried < hourly_max AND missed < misses_max;
END $$;
COMMENT ON FUNCTION may_try_codes(bytea, integer, integer) IS 'The pace of one address; the lock makes it count itself one by one.';

CREATE FUNCTION shown_entries(holder uuid, chosen uuid[], shown text[]) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  WITH RECURSIVE wanted AS (
    SELECT entry.person_id, entry.entry_id FROM registry.person_group(holder) AS member (person_id)
      JOIN registry.record_entry AS entry ON entry.person_id = member.person_id
      WHERE chosen IS NULL OR entry.entry_id = ANY (chosen)
    UNION
    SELECT later.person_id, later.entry_id FROM wanted
      JOIN registry.record_entry AS later ON later.person_id = wanted.person_id AND later.supersedes = wanted.entry_id
  )
  SELECT coalesce(jsonb_agg(jsonb_build_object('record_number', entry.record_number, 'kind', entry.kind,
      'entry_id', entry.entry_id, 'appended_at', entry.appended_at, 'revoked_at', entry.revoked_at,
      'superseded_by', (SELECT later.record_number FROM registry.record_entry AS later
        WHERE later.person_id = entry.person_id AND later.supersedes = entry.entry_id))
    || CASE WHEN 'period' = ANY (shown) THEN jsonb_build_object('starts_on', entry.starts_on, 'ends_on', entry.ends_on,
      'period', entry.period, 'attended_days', entry.attended_days, 'valid_until', held.valid_until) ELSE '{}' END
    || CASE WHEN 'program' = ANY (shown) THEN jsonb_build_object('program_name', entry.program_name,
      'certificate_kind', held.kind) ELSE '{}' END
    || CASE WHEN 'occupation' = ANY (shown) THEN jsonb_build_object('occupation_edition', entry.occupation_edition,
      'occupation_code', entry.occupation_code, 'occupation_name', trade.name, 'skill_level', entry.skill_level)
      ELSE '{}' END
    || CASE WHEN 'institution' = ANY (shown) THEN jsonb_build_object('institution_name',
      coalesce(entry.institution_name, held.body_name)) ELSE '{}' END
    || CASE WHEN 'hours' = ANY (shown) THEN jsonb_build_object('planned_minutes', entry.planned_minutes,
      'credited_minutes', entry.credited_minutes) ELSE '{}' END
    || CASE WHEN 'score' = ANY (shown) THEN jsonb_build_object('outcome', entry.outcome,
      'score_hundredths', entry.score_hundredths) ELSE '{}' END
    || CASE WHEN 'certificate_number' = ANY (shown) THEN jsonb_build_object('certificate_person_id', held.person_id,
      'certificate_number_sealed', encode(held.number_sealed, 'hex')) ELSE '{}' END
    ORDER BY entry.ends_on DESC, entry.entry_id DESC), '[]')
  FROM wanted
  JOIN registry.record_entry AS entry ON entry.person_id = wanted.person_id AND entry.entry_id = wanted.entry_id
  LEFT JOIN registry.certificate AS held
    ON held.person_id = entry.person_id AND held.certificate_id = entry.certificate_id
  LEFT JOIN registry.occupation AS trade ON trade.edition = entry.occupation_edition AND trade.code = entry.occupation_code
$$;
COMMENT ON FUNCTION shown_entries(uuid, uuid[], text[]) IS
  'Entries as they stand now, with the chosen fields and no others; what has replaced a chosen entry comes with it.';

CREATE FUNCTION open_share(code bytea, source bytea, region text, hourly_max integer, misses_max integer, request text)
  RETURNS TABLE (outcome text, name_shown text, fields text[], expires_at timestamptz, nth integer, looks_max integer,
    name_sealed bytea, name_person_id uuid, entries jsonb)
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  share registry.record_share;
  opened integer;
BEGIN
  PERFORM registry.refuse_old_snapshot();
  IF NOT registry.may_try_codes(source, hourly_max, misses_max) THEN
    outcome := 'too_many'; RETURN NEXT; RETURN;
  END IF;
  SELECT held.* INTO share FROM registry.share_code AS known
    JOIN registry.record_share AS held ON held.person_id = known.person_id AND held.share_id = known.share_id
    WHERE known.code_digest = code FOR NO KEY UPDATE OF held;
  INSERT INTO registry.code_attempt (source_digest, is_hit) VALUES (source, share.share_id IS NOT NULL);
  IF share.share_id IS NULL THEN
    outcome := 'absent'; RETURN NEXT; RETURN;
  END IF;
  SELECT count(*) + 1 INTO opened FROM registry.share_look AS look
    WHERE look.person_id = share.person_id AND look.share_id = share.share_id;
  outcome := CASE WHEN share.revoked_at IS NOT NULL THEN 'revoked'
    WHEN registry.registry_now() >= share.expires_at THEN 'expired'
    WHEN opened > share.looks_max THEN 'used_up' ELSE 'opened' END;
  IF outcome <> 'opened' THEN
    RETURN NEXT; RETURN;
  END IF;
  INSERT INTO registry.share_look (person_id, share_id, nth, expires_at, looks_max, source_digest, source_region)
    VALUES (share.person_id, share.share_id, opened, share.expires_at, share.looks_max, source, region);
  INSERT INTO registry.audit_event (principal_kind, action, subject_kind, subject_id, request_id, details)
    VALUES ('public', 'share:opened', 'record_share', share.share_id::text, request, jsonb_build_object('nth', opened));
  SELECT named.name_sealed, named.person_id INTO name_sealed, name_person_id
    FROM registry.person_name AS named WHERE named.person_id = share.person_id ORDER BY named.name_id DESC LIMIT 1;
  name_shown := share.name_shown; fields := share.fields; expires_at := share.expires_at;
  nth := opened; looks_max := share.looks_max;
  entries := registry.shown_entries(share.person_id, CASE WHEN share.scope = 'entries' THEN ARRAY(
    SELECT one.entry_id FROM registry.record_share_entry AS one
    WHERE one.person_id = share.person_id AND one.share_id = share.share_id) END, share.fields);
  RETURN NEXT;
END $$;
COMMENT ON FUNCTION open_share(bytea, bytea, text, integer, integer, text) IS
  'opened (with one more look of that share), revoked, expired, used_up, absent or too_many. Nothing leaves without its look.';

CREATE FUNCTION verify_document(code bytea, source bytea, region text, hourly_max integer, misses_max integer, request text)
  RETURNS TABLE (outcome text, kind text, issued_at timestamptz, revoked_at timestamptz, name_sealed bytea,
    name_person_id uuid, entries jsonb, chosen integer, notice jsonb)
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  document registry.issued_document;
BEGIN
  PERFORM registry.refuse_old_snapshot();
  IF NOT registry.may_try_codes(source, hourly_max, misses_max) THEN
    outcome := 'too_many'; RETURN NEXT; RETURN;
  END IF;
  SELECT held.* INTO document FROM registry.document_code AS known
    JOIN registry.issued_document AS held ON held.person_id = known.person_id AND held.document_id = known.document_id
    WHERE known.code_digest = code;
  INSERT INTO registry.code_attempt (source_digest, is_hit) VALUES (source, document.document_id IS NOT NULL);
  IF document.document_id IS NULL THEN
    outcome := 'absent'; RETURN NEXT; RETURN;
  END IF;
  INSERT INTO registry.document_look (person_id, document_id, source_digest, source_region)
    VALUES (document.person_id, document.document_id, source, region);
  INSERT INTO registry.audit_event (principal_kind, action, subject_kind, subject_id, request_id)
    VALUES ('public', 'document:verified', 'issued_document', document.document_id::text, request);
  SELECT named.name_sealed, named.person_id INTO name_sealed, name_person_id
    FROM registry.person_name AS named WHERE named.person_id = document.person_id ORDER BY named.name_id DESC LIMIT 1;
  outcome := 'found'; kind := document.kind; issued_at := document.issued_at; revoked_at := document.revoked_at;
  entries := registry.shown_entries(document.person_id, ARRAY(
    SELECT one.entry_id FROM registry.issued_document_entry AS one
    WHERE one.person_id = document.person_id AND one.document_id = document.document_id),
    ARRAY['period', 'program', 'occupation', 'institution']);
  SELECT count(*) INTO chosen FROM registry.issued_document_entry AS one
    WHERE one.person_id = document.person_id AND one.document_id = document.document_id;
  SELECT jsonb_build_object('notice_number', told.notice_number, 'kind', told.kind, 'issued_at', told.issued_at,
      'claim_number', claim.claim_number, 'later_number', (
        SELECT later.notice_number FROM registry.decision_notice AS later
        WHERE later.person_id = told.person_id AND later.claim_id = told.claim_id
          AND (later.issued_at, later.notice_id) > (told.issued_at, told.notice_id)
          AND told.kind IN ('not_accepted', 'approval', 'refusal')
          AND later.kind IN ('not_accepted', 'approval', 'refusal', 'recovery', 'appeal')
        ORDER BY later.issued_at DESC LIMIT 1)) INTO notice
    FROM registry.decision_notice AS told
    JOIN registry.claim ON claim.person_id = told.person_id AND claim.claim_id = told.claim_id
    WHERE told.person_id = document.person_id AND told.notice_id = document.notice_id;
  RETURN NEXT;
END $$;
COMMENT ON FUNCTION verify_document(bytea, bytea, text, integer, integer, text) IS
  'found (with a look the person sees), absent or too_many: what a printed document says, as it stands now.';

CREATE FUNCTION take_credential_slot(actor uuid, document uuid) RETURNS TABLE (list_no integer, slot integer)
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  owner uuid;
BEGIN
  SELECT held.person_id INTO owner FROM registry.citizen_principal AS own
    JOIN registry.issued_document AS held ON held.person_id = own.person_id
    WHERE own.principal_id = actor AND held.document_id = document AND held.kind = 'credential';
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no credential of this person'
      USING ERRCODE = '23514', CONSTRAINT = 'credential_slot_of_owner', TABLE = 'credential_slot';
  END IF;
  -- Half full: by then a drawn bit is taken as often as not.
  SELECT 1 + count(*) / 65536 INTO list_no FROM registry.credential_slot;
  LOOP
    slot := ('x' || substr(encode(uuid_send(gen_random_uuid()), 'hex'), 1, 8))::bit(32)::bit(17)::integer;
    INSERT INTO registry.credential_slot (list_no, slot, person_id, document_id) VALUES (list_no, slot, owner, document)
      ON CONFLICT (list_no, slot) DO NOTHING;
    EXIT WHEN FOUND;
  END LOOP;
  RETURN NEXT;
END $$;

CREATE FUNCTION credential_lists() RETURNS integer
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(max(list_no), 0) FROM registry.credential_slot
$$;

CREATE FUNCTION revoked_slots(asked integer) RETURNS integer[]
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(array_agg(taken.slot ORDER BY taken.slot), '{}')
  FROM registry.credential_slot AS taken
  JOIN registry.issued_document AS held ON held.person_id = taken.person_id AND held.document_id = taken.document_id
  WHERE taken.list_no = asked AND (held.revoked_at IS NOT NULL OR EXISTS (
    SELECT FROM registry.issued_document_entry AS one
    JOIN registry.record_entry AS entry ON entry.person_id = one.entry_person_id AND entry.entry_id = one.entry_id
    WHERE one.person_id = held.person_id AND one.document_id = held.document_id
      AND (entry.revoked_at IS NOT NULL OR EXISTS (SELECT FROM registry.record_entry AS later
        WHERE later.person_id = entry.person_id AND later.supersedes = entry.entry_id))))
$$;
COMMENT ON FUNCTION revoked_slots(integer) IS
  'Bits that are set: the person took the credential back, or its entry is revoked or replaced. Nothing of persons.';
"""

ANSWERING = """
CREATE FUNCTION list_correction_requests(prefix text, is_open boolean, only_overdue boolean, after_at timestamptz,
    after_id uuid, page integer)
  RETURNS TABLE (request_id uuid, record_number text, kind text, division_code text, filed_at timestamptz, due_on date,
    escalated_at timestamptz, answer text, answered_at timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT asked.request_id, entry.record_number, entry.kind, entry.division_code, asked.filed_at, asked.due_on,
    asked.escalated_at, asked.answer, asked.answered_at
  FROM registry.correction_request AS asked
  JOIN registry.record_entry AS entry ON entry.person_id = asked.person_id AND entry.entry_id = asked.entry_id
  WHERE starts_with(entry.division_code, prefix) AND (asked.answer IS NULL) = is_open
    AND (NOT only_overdue OR asked.due_on < registry.law_date(registry.registry_now()))
    AND (after_at IS NULL OR (asked.filed_at, asked.request_id) > (after_at, after_id))
  ORDER BY asked.filed_at, asked.request_id LIMIT page
$$;
COMMENT ON FUNCTION list_correction_requests(text, boolean, boolean, timestamptz, uuid, integer) IS
  'A work list: numbers of entries and days, nothing of the person.';

CREATE FUNCTION read_correction_request(actor uuid, actor_agency uuid, reading_case text, request text, prefix text,
    wanted uuid)
  RETURNS TABLE (person_id uuid, request_id uuid, filed_at timestamptz, due_on date, escalated_at timestamptz,
    answer text, answer_reason text, answered_at timestamptz, correction_id uuid, grounds_sealed bytea, entry jsonb,
    is_superseded boolean, name_sealed bytea)
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH found AS MATERIALIZED (
    SELECT asked.*, to_jsonb(entry) AS entry, entry.superseded_at IS NOT NULL AS is_superseded
    FROM registry.correction_request AS asked
    JOIN registry.record_entry AS entry ON entry.person_id = asked.person_id AND entry.entry_id = asked.entry_id
    WHERE asked.request_id = wanted AND starts_with(entry.division_code, prefix)
  ), logged AS (
    INSERT INTO registry.access_event (person_id, principal_id, agency_id, subject, purpose, case_number, request_id)
    SELECT found.person_id, actor, actor_agency, 'record', 'record_correction', reading_case, request FROM found
    RETURNING access_event.person_id
  )
  SELECT found.person_id, found.request_id, found.filed_at, found.due_on, found.escalated_at, found.answer,
    found.answer_reason, found.answered_at, found.correction_id, found.grounds_sealed, found.entry, found.is_superseded,
    named.name_sealed
  FROM found
  LEFT JOIN LATERAL (SELECT held.name_sealed FROM registry.person_name AS held
    WHERE held.person_id = found.person_id ORDER BY held.name_id DESC LIMIT 1) AS named ON true
  WHERE EXISTS (SELECT FROM logged WHERE logged.person_id = found.person_id)
$$;

CREATE FUNCTION answer_correction_request(actor uuid, wanted uuid, verdict text, why text, correction uuid) RETURNS text
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  asked record;
BEGIN
  SELECT held.person_id, held.entry_id, held.filed_at, entry.division_code INTO asked
    FROM registry.correction_request AS held
    JOIN registry.record_entry AS entry ON entry.person_id = held.person_id AND entry.entry_id = held.entry_id
    WHERE held.request_id = wanted;
  IF NOT FOUND OR NOT registry.officer_may(actor, 'review', asked.division_code) THEN
    RETURN 'absent';
  END IF;
  IF verdict = 'accepted' AND NOT EXISTS (SELECT FROM registry.record_correction AS proposed
      WHERE proposed.person_id = asked.person_id AND proposed.correction_id = correction
        AND proposed.entry_id = asked.entry_id AND proposed.proposed_at >= asked.filed_at) THEN
    RETURN 'correction_of_another';
  END IF;
  UPDATE registry.correction_request AS held
    SET answer = verdict, answer_reason = why, answered_at = registry.registry_now(), answered_by = actor,
      correction_id = CASE WHEN verdict = 'accepted' THEN correction END
    WHERE held.person_id = asked.person_id AND held.request_id = wanted AND held.answer IS NULL;
  RETURN CASE WHEN FOUND THEN 'answered' ELSE 'already_answered' END;
END $$;
COMMENT ON FUNCTION answer_correction_request(uuid, uuid, text, text, uuid) IS
  'answered, already_answered, absent, or correction_of_another: accepting needs a correction of this very entry, proposed since.';
"""

_FOR_PUBLIC = """open_share(bytea, bytea, text, integer, integer, text),
  verify_document(bytea, bytea, text, integer, integer, text), credential_lists(), revoked_slots(integer)"""
_FOR_CITIZENS = "take_credential_slot(uuid, uuid)"
_FOR_AGENCIES = """list_correction_requests(text, boolean, boolean, timestamptz, uuid, integer),
  read_correction_request(uuid, uuid, text, text, text, uuid), answer_correction_request(uuid, uuid, text, text, uuid)"""
_WITHIN = "may_try_codes(bytea, integer, integer), shown_entries(uuid, uuid[], text[])"
CLOSE_DOORS = f"""
REVOKE ALL ON FUNCTION {_WITHIN}, {_FOR_PUBLIC}, {_FOR_CITIZENS}, {_FOR_AGENCIES} FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {_FOR_PUBLIC} TO app_public;
GRANT EXECUTE ON FUNCTION credential_lists(), revoked_slots(integer) TO app_inst, app_agency, app_citizen, app_access,
  app_device, auditor;
GRANT EXECUTE ON FUNCTION {_FOR_CITIZENS}, shown_entries(uuid, uuid[], text[]) TO app_citizen;
GRANT EXECUTE ON FUNCTION {_FOR_AGENCIES} TO app_agency;
"""


def upgrade() -> None:
    execute_script(SHARES + DOCUMENTS + REQUESTS + GRANTS)
    execute_script("SET ROLE access_owner;" + OPENING + ANSWERING + CLOSE_DOORS + "SET ROLE registry_owner;")


def downgrade() -> None:
    execute_script(f"""
    SET ROLE access_owner;
    DROP FUNCTION {_FOR_AGENCIES}, {_FOR_CITIZENS}, {_FOR_PUBLIC}, {_WITHIN};
    SET ROLE registry_owner;
    DROP TABLE correction_request, code_attempt, credential_slot, document_look, document_code, issued_document_entry,
      issued_document, share_look, share_code, record_share_entry, record_share;
    """)
