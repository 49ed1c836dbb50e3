"""Doors of public notices, objections and clearance; messages and their queue; who could claim and has not.

Why: a notice is made of names that no agency's session may read, so a door hands sealed names to the act that masks
them, and another takes the masked lines back in the same transaction. Anybody may object, so objecting is a door too; it
locks the notice as clearance does, and whichever comes second sees the first. A step that a person must hear of leaves a
request in a queue in its own transaction: what happened and the message about it cannot part.
Lock taken, and for how long: ALTER TABLE on two small tables, no rewrite; triggers on outbox_message, claim_move and
recovery.
Safe with the previous release running: yes.
How undone: downgrade drops them.
"""

from app.db.migration import execute_script

revision = "0025"
down_revision = "0024a"
branch_labels = None
depends_on = None

TABLES = """
ALTER TABLE objection ADD COLUMN receipt_digest bytea, ADD COLUMN source_digest bytea;
COMMENT ON COLUMN objection.receipt_digest IS 'Keyed digest of the receipt code (回执号): who holds the code may ask what became of it.';
COMMENT ON COLUMN objection.source_digest IS 'Keyed digest of the network address it came from: paces, tells nobody.';
CREATE INDEX objection_receipt ON objection (receipt_digest) WHERE receipt_digest IS NOT NULL;
CREATE INDEX objection_source ON objection (source_digest, filed_at) WHERE source_digest IS NOT NULL;
ALTER TABLE public_notice_line
  ADD CONSTRAINT public_notice_line_name_masked CHECK (coalesce(shown ->> 'name', '*') ~ '^.{0,2}[*]$'),
  ADD CONSTRAINT public_notice_line_amount_told CHECK (coalesce(shown -> 'amount_fen', to_jsonb(amount_fen)) = to_jsonb(amount_fen));
CREATE INDEX public_notice_open ON public_notice (ends_on, division_code);

CREATE TABLE deadline_lapse (
  person_id uuid NOT NULL,
  claim_id uuid NOT NULL,
  round smallint NOT NULL,
  stage text NOT NULL,
  due_on date NOT NULL,
  noted_at timestamptz NOT NULL DEFAULT registry_now(),
  CONSTRAINT deadline_lapse_pkey PRIMARY KEY (person_id, claim_id, round, stage),
  CONSTRAINT deadline_lapse_claim_fkey FOREIGN KEY (person_id, claim_id) REFERENCES claim (person_id, claim_id),
  CONSTRAINT deadline_lapse_stage_known CHECK
    (stage IN ('submitted', 'supplement_requested', 'accepted', 'reviewed', 'payable'))
);
COMMENT ON TABLE deadline_lapse IS '超期: a day that passed without the step that was due. It marks a claim on the work list; nothing is refused by it.';
CALL make_append_only('deadline_lapse');

CREATE TABLE message_address (
  person_id uuid NOT NULL,
  address_id uuid NOT NULL DEFAULT uuidv7(),
  channel text NOT NULL,
  address_sealed bytea NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT registry_now(),
  recorded_by uuid NOT NULL,
  ended_at timestamptz,
  CONSTRAINT message_address_pkey PRIMARY KEY (person_id, address_id),
  CONSTRAINT message_address_person_fkey FOREIGN KEY (person_id) REFERENCES person (person_id),
  CONSTRAINT message_address_recorded_by_fkey FOREIGN KEY (recorded_by) REFERENCES principal (principal_id),
  CONSTRAINT message_address_channel_known CHECK (channel IN ('sms', 'social_security_card'))
);
COMMENT ON TABLE message_address IS 'Where a citizen wants to be told; a number an institution typed in counts only as long as the citizen has named none.';
CREATE UNIQUE INDEX message_address_live ON message_address (person_id, channel) WHERE ended_at IS NULL;
CALL make_append_only('message_address', 'ended_at');

CREATE TABLE message_request (
  person_id uuid NOT NULL,
  request_id uuid NOT NULL DEFAULT uuidv7(),
  occasion text NOT NULL,
  subject_id uuid NOT NULL,
  made_at timestamptz NOT NULL DEFAULT registry_now(),
  CONSTRAINT message_request_pkey PRIMARY KEY (person_id, request_id),
  CONSTRAINT message_request_occasion_known CHECK
    (occasion IN ('supplement_asked', 'decision_made', 'notice_opened', 'paid', 'payment_failed', 'recovery_ordered', 'deadline_near',
      'correction_answered'))
);
COMMENT ON TABLE message_request IS 'A queue: what somebody is to be told, laid by the very step. message_delivery is what comes of it.';
CREATE INDEX message_request_age ON message_request (request_id);

CREATE TABLE enrollment_request (
  request_id uuid NOT NULL,
  opening_id uuid NOT NULL,
  CONSTRAINT enrollment_request_pkey PRIMARY KEY (request_id)
);
COMMENT ON TABLE enrollment_request IS 'A queue: classes whose trainees are to be told that they are enrolled, by the outbox message that says so.';

CREATE TABLE enrollment_denial (
  person_id uuid NOT NULL,
  opening_id uuid NOT NULL,
  denial_id uuid NOT NULL,
  reason_sealed bytea NOT NULL,
  denied_at timestamptz NOT NULL DEFAULT registry_now(),
  denied_by uuid NOT NULL,
  outcome text,
  outcome_reason text,
  decided_at timestamptz,
  decided_by uuid,
  decider_kind text NOT NULL DEFAULT 'officer',
  CONSTRAINT enrollment_denial_pkey PRIMARY KEY (person_id, opening_id),
  CONSTRAINT enrollment_denial_person_fkey FOREIGN KEY (person_id) REFERENCES person (person_id),
  CONSTRAINT enrollment_denial_opening_fkey FOREIGN KEY (opening_id) REFERENCES course_opening (opening_id),
  CONSTRAINT enrollment_denial_denied_by_fkey FOREIGN KEY (denied_by) REFERENCES principal (principal_id),
  CONSTRAINT enrollment_denial_outcome_known CHECK (outcome IN ('confirmed', 'unfounded')),
  CONSTRAINT enrollment_denial_decided_whole CHECK ((outcome IS NULL) = (decided_at IS NULL)
    AND (outcome IS NULL) = (decided_by IS NULL) AND (outcome IS NULL) = (outcome_reason IS NULL)),
  CONSTRAINT enrollment_denial_by_person CHECK (decider_kind = 'officer'),
  CONSTRAINT enrollment_denial_decided_by_fkey FOREIGN KEY (decided_by, decider_kind)
    REFERENCES principal (principal_id, kind)
);
COMMENT ON TABLE enrollment_denial IS '“未参加”: a citizen says of a class that it enrolled them and they never went. It holds this person''s claims and flags the class.';
CREATE INDEX enrollment_denial_opening ON enrollment_denial (opening_id) WHERE outcome IS NULL;
CREATE INDEX enrollment_denial_by_id ON enrollment_denial (denial_id);
CALL make_append_only('enrollment_denial', 'outcome', 'outcome_reason', 'decided_at', 'decided_by');

CREATE TABLE proactive_pass (
  pass_id uuid NOT NULL DEFAULT uuidv7(),
  started_at timestamptz NOT NULL DEFAULT registry_now(),
  finished_at timestamptz,
  entries integer,
  candidates integer,
  CONSTRAINT proactive_pass_pkey PRIMARY KEY (pass_id),
  CONSTRAINT proactive_pass_finished_whole CHECK
    ((finished_at IS NULL) = (entries IS NULL) AND (finished_at IS NULL) = (candidates IS NULL))
);
COMMENT ON TABLE proactive_pass IS 'One pass over the whole archive: as of when the candidates are known.';
CALL make_append_only('proactive_pass', 'finished_at', 'entries', 'candidates');

CREATE TABLE proactive_candidate (
  person_id uuid NOT NULL,
  kind text NOT NULL,
  entry_id uuid NOT NULL,
  pass_id uuid NOT NULL,
  division_code text NOT NULL,
  amount_fen bigint NOT NULL,
  last_claim_on date,
  found_at timestamptz NOT NULL DEFAULT registry_now(),
  CONSTRAINT proactive_candidate_pkey PRIMARY KEY (person_id, entry_id, kind),
  CONSTRAINT proactive_candidate_pass_fkey FOREIGN KEY (pass_id) REFERENCES proactive_pass (pass_id),
  CONSTRAINT proactive_candidate_entry_fkey FOREIGN KEY (person_id, entry_id) REFERENCES record_entry (person_id, entry_id),
  CONSTRAINT proactive_candidate_kind_fkey FOREIGN KEY (kind) REFERENCES benefit_kind (kind),
  CONSTRAINT proactive_candidate_division_fkey FOREIGN KEY (division_code) REFERENCES division_code (code),
  CONSTRAINT proactive_candidate_amount_positive CHECK (amount_fen > 0)
);
COMMENT ON TABLE proactive_candidate IS '精准推送: eligible and not claimed, as the last pass over the archive found it.';
CREATE INDEX proactive_candidate_division ON proactive_candidate (division_code, kind);
CREATE INDEX proactive_candidate_pass ON proactive_candidate (pass_id);
"""

GRANTS = """
GRANT SELECT ON public_notice TO app_access, app_device;
GRANT SELECT ON deadline_lapse TO worker, auditor, access_owner;
GRANT INSERT (person_id, claim_id, round, stage, due_on) ON deadline_lapse TO worker;
GRANT SELECT ON message_address TO app_citizen, worker, auditor;
GRANT INSERT (person_id, address_id, channel, address_sealed, recorded_by), UPDATE (ended_at) ON message_address TO app_citizen;
GRANT SELECT, DELETE ON message_request, enrollment_request TO worker;
-- A row lock needs the right to update something.
GRANT UPDATE (occasion) ON message_request TO worker;
GRANT UPDATE (opening_id) ON enrollment_request TO worker;
GRANT INSERT (person_id, occasion, subject_id) ON message_request TO access_owner;
GRANT SELECT, DELETE ON proactive_candidate TO worker;
GRANT INSERT (person_id, kind, entry_id, pass_id, division_code, amount_fen, last_claim_on),
  UPDATE (pass_id, division_code, amount_fen, last_claim_on) ON proactive_candidate TO worker;
GRANT SELECT ON proactive_candidate TO auditor, access_owner;
GRANT SELECT ON enrollment_denial TO app_citizen, worker, auditor, access_owner;
GRANT INSERT (person_id, opening_id, denial_id, reason_sealed, denied_by),
  UPDATE (outcome, outcome_reason, decided_at, decided_by) ON enrollment_denial TO access_owner;
GRANT SELECT ON proactive_pass TO app_agency, worker, auditor;
GRANT INSERT (pass_id), UPDATE (finished_at, entries, candidates) ON proactive_pass TO worker;
GRANT INSERT (principal_kind, action, subject_kind, subject_id, request_id, details) ON audit_event TO access_owner;
GRANT INSERT (topic, payload) ON outbox_message TO access_owner;
"""

QUEUES = """
CREATE FUNCTION ask_for_message() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  row_told jsonb := to_jsonb(NEW);
  told text := coalesce(TG_ARGV[0]::jsonb ->> (row_told ->> TG_ARGV[1]), TG_ARGV[0]::jsonb ->> '*');
BEGIN
  IF told IS NOT NULL THEN
    INSERT INTO registry.message_request (person_id, request_id, occasion, subject_id)
      VALUES (NEW.person_id, (row_told ->> TG_ARGV[2])::uuid, told, (row_told ->> TG_ARGV[3])::uuid);
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION ask_for_message() IS
  'Arguments: occasion by value of a column ("*": always); that column; the column that makes the message one; what it is about.';
CREATE FUNCTION ask_for_enrollment_messages() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO registry.enrollment_request (request_id, opening_id)
    VALUES (NEW.message_id, (NEW.payload ->> 'opening_id')::uuid);
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION ask_for_message(), ask_for_enrollment_messages() FROM PUBLIC;
CREATE TRIGGER asks_for_message AFTER INSERT ON claim_move FOR EACH ROW EXECUTE FUNCTION ask_for_message(
  '{"supplement_requested": "supplement_asked", "not_accepted": "decision_made", "approved": "decision_made",
    "refused": "decision_made", "noticed": "notice_opened", "paid": "paid", "failed": "payment_failed"}',
  'to_state', 'move_id', 'claim_id');
ALTER TABLE claim_move ENABLE ALWAYS TRIGGER asks_for_message;
CREATE TRIGGER asks_for_message AFTER INSERT ON recovery FOR EACH ROW EXECUTE FUNCTION ask_for_message(
  '{"*": "recovery_ordered"}', 'cause', 'recovery_id', 'benefit_id');
ALTER TABLE recovery ENABLE ALWAYS TRIGGER asks_for_message;
CREATE TRIGGER asks_for_enrollment_messages AFTER INSERT ON outbox_message FOR EACH ROW
  WHEN (NEW.topic IN ('roster.checked', 'opening:put_on_record'))
  EXECUTE FUNCTION ask_for_enrollment_messages();
ALTER TABLE outbox_message ENABLE ALWAYS TRIGGER asks_for_enrollment_messages;
"""

PUBLISHING = """
CREATE FUNCTION take_noticeable(actor uuid, actor_agency uuid, request text, prefix text, kinds text[], claims uuid[],
    page integer)
  RETURNS TABLE (person_id uuid, claim_id uuid, claim_number text, kind text, state text, round smallint,
    division_code text, amount_fen bigint, name_sealed bytea, occupation_edition integer, occupation_code text,
    skill_level text, institution_name text, is_held boolean)
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH locked AS MATERIALIZED (
    SELECT held.* FROM registry.claim AS held
    WHERE starts_with(held.division_code, prefix)
      AND (held.claim_id = ANY (claims) OR claims IS NULL AND held.state = 'approved' AND held.kind = ANY (kinds)
           AND NOT registry.claim_is_held(held.person_id, held.claim_id))
    ORDER BY held.claim_number LIMIT page FOR UPDATE
  ), logged AS (
    INSERT INTO registry.access_event (person_id, principal_id, agency_id, subject, purpose, case_number, request_id)
    SELECT locked.person_id, actor, actor_agency, 'record', 'subsidy_review', locked.claim_number, request FROM locked
    RETURNING access_event.person_id
  )
  SELECT locked.person_id, locked.claim_id, locked.claim_number, locked.kind, locked.state, locked.round,
    locked.division_code, approval.amount_fen, named.name_sealed, entry.occupation_edition::integer,
    entry.occupation_code, entry.skill_level, entry.institution_name,
    registry.claim_is_held(locked.person_id, locked.claim_id)
  FROM locked
  JOIN registry.record_entry AS entry ON entry.person_id = locked.person_id AND entry.entry_id = locked.entry_id
  LEFT JOIN registry.claim_approval AS approval ON approval.person_id = locked.person_id
   AND approval.claim_id = locked.claim_id AND approval.round = locked.round AND approval.decision = 'approved'
  LEFT JOIN LATERAL (SELECT held.name_sealed FROM registry.person_name AS held
    WHERE held.person_id = locked.person_id ORDER BY held.name_id DESC LIMIT 1) AS named ON true
  WHERE EXISTS (SELECT FROM logged WHERE logged.person_id = locked.person_id)
  ORDER BY locked.claim_number
$$;
COMMENT ON FUNCTION take_noticeable(uuid, uuid, text, text, text[], uuid[], integer) IS
  'Claims to put on a notice, locked until it is made, with sealed names for masking and their access rows (I10).';

CREATE FUNCTION publish_notice_lines(actor uuid, asked uuid, lines jsonb) RETURNS integer
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  notice registry.public_notice;
  published integer;
BEGIN
  SELECT * INTO notice FROM registry.public_notice AS held
    WHERE held.notice_id = asked AND held.published_by = actor AND held.published_at = registry.registry_now();
  IF NOT FOUND THEN
    RAISE EXCEPTION 'lines come with their notice, never later'
      USING ERRCODE = '23001', CONSTRAINT = 'public_notice_line_with_notice', TABLE = 'public_notice_line';
  END IF;
  INSERT INTO registry.public_notice_line (person_id, claim_id, round, notice_id, line_no, amount_fen, reviewed_by,
      approved_by, published_by, shown)
    SELECT approval.person_id, approval.claim_id, approval.round, asked, line.line_no, approval.amount_fen,
      approval.reviewed_by, approval.approved_by, actor, line.shown
    FROM jsonb_to_recordset(lines) AS line (person_id uuid, claim_id uuid, line_no integer, shown jsonb)
    JOIN registry.claim ON claim.person_id = line.person_id AND claim.claim_id = line.claim_id
     AND starts_with(claim.division_code, registry.division_prefix(notice.division_code))
    JOIN registry.claim_approval AS approval ON approval.person_id = claim.person_id
     AND approval.claim_id = claim.claim_id AND approval.round = claim.round AND approval.decision = 'approved'
    ORDER BY line.line_no;
  GET DIAGNOSTICS published = ROW_COUNT;
  RETURN published;
END $$;
COMMENT ON FUNCTION publish_notice_lines(uuid, uuid, jsonb) IS
  'Lines of a notice made in this transaction; amount and deciders come from the approval, and the step''s trigger judges each.';

CREATE FUNCTION read_notice_lines(asked uuid, after_line integer, page integer)
  RETURNS TABLE (line_no integer, shown jsonb)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT line.line_no, line.shown
  FROM registry.public_notice AS notice
  JOIN registry.public_notice_line AS line ON line.notice_id = notice.notice_id
  JOIN registry.claim ON claim.person_id = line.person_id AND claim.claim_id = line.claim_id
  WHERE notice.notice_id = asked AND line.line_no > after_line AND claim.state = 'noticed' AND claim.round = line.round
    AND registry.law_date(registry.registry_now()) BETWEEN notice.starts_on AND notice.ends_on
  ORDER BY line.line_no LIMIT page
$$;
COMMENT ON FUNCTION read_notice_lines(uuid, integer, integer) IS
  'What the public sees: masked lines, only while the notice is open; what was withdrawn or sent back is gone.';
"""

OBJECTING = """
CREATE FUNCTION file_objection(asked_notice uuid, asked_line integer, objection uuid, grounds bytea, contact bytea,
    receipt bytea, source bytea, hourly_max integer, request text) RETURNS text
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  line registry.public_notice_line;
  held registry.claim;
BEGIN
  PERFORM registry.refuse_old_snapshot();
  PERFORM pg_advisory_xact_lock(hashtextextended(encode(source, 'hex'), 4025));
  IF EXISTS (SELECT FROM registry.objection AS known WHERE known.objection_id = objection) THEN
    RETURN 'filed';
  ELSIF (SELECT count(*) FROM registry.objection AS known WHERE known.source_digest = source
         AND known.filed_at > registry.registry_now() - interval '1 hour') >= hourly_max THEN
    RETURN 'too_many';
  END IF;
  -- Clearance locks the same row: what comes after this line sees what was cleared before it.
  PERFORM FROM registry.public_notice AS open WHERE open.notice_id = asked_notice FOR SHARE;
  PERFORM FROM registry.public_notice AS open WHERE open.notice_id = asked_notice
    AND registry.law_date(registry.registry_now()) BETWEEN open.starts_on AND open.ends_on;
  IF NOT FOUND THEN
    RETURN 'over';
  END IF;
  SELECT * INTO line FROM registry.public_notice_line AS shown
    WHERE shown.notice_id = asked_notice AND shown.line_no = asked_line;
  IF NOT FOUND THEN
    RETURN 'absent';
  END IF;
  SELECT * INTO held FROM registry.claim
    WHERE claim.person_id = line.person_id AND claim.claim_id = line.claim_id FOR SHARE;
  IF held.state <> 'noticed' OR held.round <> line.round THEN
    RETURN 'settled';
  END IF;
  INSERT INTO registry.objection (objection_id, notice_id, line_no, grounds_sealed, contact_sealed, receipt_digest,
      source_digest)
    VALUES (objection, asked_notice, asked_line, grounds, contact, receipt, source);
  INSERT INTO registry.audit_event (principal_kind, action, subject_kind, subject_id, request_id, details)
    VALUES ('public', 'objection:filed', 'objection', objection::text, request,
      jsonb_build_object('notice_id', asked_notice, 'line_no', asked_line));
  INSERT INTO registry.outbox_message (topic, payload)
    VALUES ('objection.filed', jsonb_build_object('objection_id', objection, 'notice_id', asked_notice,
      'line_no', asked_line, 'division_code', held.division_code));
  RETURN 'filed';
END $$;
COMMENT ON FUNCTION file_objection(uuid, integer, uuid, bytea, bytea, bytea, bytea, integer, text) IS
  'filed (also when repeated), too_many, over, absent, settled. Filed, it stands between its claim and clearance.';

CREATE FUNCTION track_objection(receipt bytea)
  RETURNS TABLE (filed_at timestamptz, outcome text, outcome_reason text, decided_at timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT known.filed_at, known.outcome, known.outcome_reason, known.decided_at
  FROM registry.objection AS known WHERE known.receipt_digest = receipt
$$;

CREATE FUNCTION list_objections(prefix text, is_open boolean, after_at timestamptz, after_id uuid, page integer)
  RETURNS TABLE (objection_id uuid, notice_id uuid, line_no integer, claim_id uuid, claim_number text, kind text,
    division_code text, claim_state text, filed_at timestamptz, outcome text, decided_at timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT known.objection_id, known.notice_id, known.line_no, claim.claim_id, claim.claim_number, claim.kind,
    claim.division_code, claim.state, known.filed_at, known.outcome, known.decided_at
  FROM registry.objection AS known
  JOIN registry.public_notice_line AS line ON line.notice_id = known.notice_id AND line.line_no = known.line_no
  JOIN registry.claim ON claim.person_id = line.person_id AND claim.claim_id = line.claim_id
  WHERE starts_with(claim.division_code, prefix) AND (known.outcome IS NULL) = is_open
    AND (after_at IS NULL OR (known.filed_at, known.objection_id) > (after_at, after_id))
  ORDER BY known.filed_at, known.objection_id LIMIT page
$$;
COMMENT ON FUNCTION list_objections(text, boolean, timestamptz, uuid, integer) IS
  'The work list of objections, oldest first: numbers and dates, nothing of persons, not what was written.';

CREATE FUNCTION read_objection(actor uuid, actor_agency uuid, reading_purpose text, reading_case text, request text,
    prefix text, asked uuid)
  RETURNS TABLE (objection_id uuid, notice_id uuid, line_no integer, claim_id uuid, claim_number text,
    claim_state text, claim_round smallint, line_round smallint, filed_at timestamptz, grounds_sealed bytea,
    contact_sealed bytea, outcome text, outcome_reason text, decided_at timestamptz, shown jsonb)
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH found AS MATERIALIZED (
    SELECT line.person_id, known.*, claim.claim_id, claim.claim_number, claim.state, claim.round AS claim_round,
      line.round AS line_round, line.shown
    FROM registry.objection AS known
    JOIN registry.public_notice_line AS line ON line.notice_id = known.notice_id AND line.line_no = known.line_no
    JOIN registry.claim ON claim.person_id = line.person_id AND claim.claim_id = line.claim_id
    WHERE known.objection_id = asked AND starts_with(claim.division_code, prefix)
  ), logged AS (
    INSERT INTO registry.access_event (person_id, principal_id, agency_id, subject, purpose, case_number, request_id)
    SELECT found.person_id, actor, actor_agency, 'record', reading_purpose, reading_case, request FROM found
    RETURNING access_event.person_id
  )
  SELECT found.objection_id, found.notice_id, found.line_no, found.claim_id, found.claim_number, found.state,
    found.claim_round, found.line_round, found.filed_at, found.grounds_sealed, found.contact_sealed, found.outcome,
    found.outcome_reason, found.decided_at, found.shown
  FROM found WHERE EXISTS (SELECT FROM logged WHERE logged.person_id = found.person_id)
$$;

CREATE FUNCTION decide_objection(actor uuid, asked uuid, verdict text, why text) RETURNS text
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  line registry.public_notice_line;
  held registry.claim;
BEGIN
  PERFORM registry.refuse_old_snapshot();
  SELECT shown.* INTO line FROM registry.objection AS known
    JOIN registry.public_notice_line AS shown ON shown.notice_id = known.notice_id AND shown.line_no = known.line_no
    WHERE known.objection_id = asked;
  SELECT * INTO held FROM registry.claim
    WHERE claim.person_id = line.person_id AND claim.claim_id = line.claim_id FOR UPDATE;
  IF held.claim_id IS NULL OR NOT (registry.officer_may(actor, 'review', held.division_code)
      OR registry.officer_may(actor, 'inspection', held.division_code)) THEN
    RETURN 'absent';
  ELSIF actor IN (line.reviewed_by, line.approved_by) THEN
    RAISE EXCEPTION 'whoever decided what somebody objects to does not judge the objection'
      USING ERRCODE = '23001', CONSTRAINT = 'objection_decided_by_others', TABLE = 'objection';
  END IF;
  UPDATE registry.objection AS known
    SET outcome = verdict, outcome_reason = why, decided_at = registry.registry_now(), decided_by = actor
    WHERE known.objection_id = asked AND known.outcome IS NULL;
  IF NOT FOUND THEN
    RETURN 'already_decided';
  ELSIF verdict <> 'upheld' OR held.state <> 'noticed' OR held.round <> line.round THEN
    RETURN 'decided';
  END IF;
  UPDATE registry.claim SET state = 'accepted', round = held.round + 1, version = held.version + 1,
      state_since = registry.registry_now()
    WHERE claim.person_id = held.person_id AND claim.claim_id = held.claim_id;
  INSERT INTO registry.claim_move (person_id, claim_id, from_state, to_state, round, step, moved_by)
    VALUES (held.person_id, held.claim_id, held.state, 'accepted', held.round + 1, 'objection', actor);
  RETURN 'sent_back';
END $$;
COMMENT ON FUNCTION decide_objection(uuid, uuid, text, text) IS
  'upheld: the claim is reviewed anew in the next round (sent_back). dismissed: it may be cleared. Not by who decided the claim.';

CREATE FUNCTION clearable_claims(after_person uuid, after_claim uuid, page integer)
  RETURNS TABLE (person_id uuid, claim_id uuid, round smallint, notice_id uuid, claim_number text, kind text,
    division_code text)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT held.person_id, held.claim_id, held.round, line.notice_id, held.claim_number, held.kind, held.division_code
  FROM registry.claim AS held
  JOIN registry.public_notice_line AS line
    ON line.person_id = held.person_id AND line.claim_id = held.claim_id AND line.round = held.round
  JOIN registry.public_notice AS notice ON notice.notice_id = line.notice_id
  WHERE held.state = 'noticed' AND notice.ends_on < registry.law_date(registry.registry_now())
    AND (held.person_id, held.claim_id) > (after_person, after_claim)
    AND NOT registry.claim_is_held(held.person_id, held.claim_id)
    AND NOT EXISTS (SELECT FROM registry.objection AS known WHERE known.notice_id = line.notice_id
      AND known.line_no = line.line_no AND known.outcome IS DISTINCT FROM 'dismissed')
  ORDER BY held.person_id, held.claim_id LIMIT page
$$;
COMMENT ON FUNCTION clearable_claims(uuid, uuid, integer) IS 'For the clearance job: notice over, nobody objects, no hold.';

CREATE FUNCTION lapsed_claims(prefix text, after_on date, after_id uuid, page integer)
  RETURNS TABLE (claim_id uuid, claim_number text, kind text, division_code text, state text, round smallint,
    due_on date, noted_at timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT held.claim_id, held.claim_number, held.kind, held.division_code, held.state, held.round, lapse.due_on,
    lapse.noted_at
  FROM registry.deadline_lapse AS lapse
  JOIN registry.claim AS held ON held.person_id = lapse.person_id AND held.claim_id = lapse.claim_id
   AND held.state = lapse.stage AND held.round = lapse.round
  WHERE starts_with(held.division_code, prefix)
    AND (after_on IS NULL OR (lapse.due_on, held.claim_id) > (after_on, after_id))
  ORDER BY lapse.due_on, held.claim_id LIMIT page
$$;
COMMENT ON FUNCTION lapsed_claims(text, date, uuid, integer) IS
  'Claims whose next step is overdue, longest first: numbers and dates, nothing of persons.';
"""

PROACTIVE = """
CREATE FUNCTION count_proactive(prefix text)
  RETURNS TABLE (division_code text, kind text, benefits bigint, amount_fen bigint, first_last_claim_on date)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT candidate.division_code, candidate.kind, count(*), sum(candidate.amount_fen)::bigint,
    min(candidate.last_claim_on)
  FROM registry.proactive_candidate AS candidate WHERE starts_with(candidate.division_code, prefix)
  GROUP BY candidate.division_code, candidate.kind ORDER BY candidate.division_code, candidate.kind
$$;

CREATE FUNCTION read_proactive(actor uuid, actor_agency uuid, reading_purpose text, reading_case text, request text,
    prefix text, wanted text, after_person uuid, after_entry uuid, page integer)
  RETURNS TABLE (person_id uuid, entry_id uuid, kind text, division_code text, amount_fen bigint, last_claim_on date,
    record_number text, name_sealed bytea)
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH found AS MATERIALIZED (
    SELECT candidate.* FROM registry.proactive_candidate AS candidate
    WHERE starts_with(candidate.division_code, prefix) AND candidate.kind = wanted
      AND (candidate.person_id, candidate.entry_id) > (after_person, after_entry)
    ORDER BY candidate.person_id, candidate.entry_id LIMIT page
  ), logged AS (
    INSERT INTO registry.access_event (person_id, principal_id, agency_id, subject, purpose, case_number, request_id)
    SELECT DISTINCT found.person_id, actor, actor_agency, 'record', reading_purpose, reading_case, request FROM found
    RETURNING access_event.person_id
  )
  SELECT found.person_id, found.entry_id, found.kind, found.division_code, found.amount_fen, found.last_claim_on,
    entry.record_number, named.name_sealed
  FROM found
  JOIN registry.record_entry AS entry ON entry.person_id = found.person_id AND entry.entry_id = found.entry_id
  LEFT JOIN LATERAL (SELECT held.name_sealed FROM registry.person_name AS held
    WHERE held.person_id = found.person_id ORDER BY held.name_id DESC LIMIT 1) AS named ON true
  WHERE EXISTS (SELECT FROM logged WHERE logged.person_id = found.person_id)
  ORDER BY found.person_id, found.entry_id
$$;
COMMENT ON FUNCTION read_proactive(uuid, uuid, text, text, text, text, text, uuid, uuid, integer) IS
  'I10: who could claim in an area and has not, with the access rows in the same statement.';

CREATE FUNCTION push_proactive(prefix text, wanted text) RETURNS integer
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH asked AS (
    INSERT INTO registry.message_request (person_id, occasion, subject_id)
    SELECT candidate.person_id, 'deadline_near', candidate.entry_id FROM registry.proactive_candidate AS candidate
    WHERE starts_with(candidate.division_code, prefix) AND candidate.kind = wanted AND candidate.last_claim_on IS NOT NULL
    RETURNING 1
  ) SELECT count(*)::integer FROM asked
$$;
COMMENT ON FUNCTION push_proactive(text, text) IS 'Asks for a message to everybody of an area who could claim; on one day each is told once.';

CREATE FUNCTION take_up(prefix text)
  RETURNS TABLE (division_code text, kind text, paid bigint, under_way bigint, unclaimed bigint)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT counted.division_code, counted.kind, sum(counted.paid)::bigint, sum(counted.under_way)::bigint,
    sum(counted.unclaimed)::bigint
  FROM (
    SELECT held.division_code, held.kind, (held.state = 'paid')::integer AS paid, (held.state <> 'paid')::integer AS under_way,
      0 AS unclaimed
    FROM registry.claim AS held WHERE starts_with(held.division_code, prefix)
      AND held.state IN ('approved', 'noticed', 'payable', 'ordered', 'instructed', 'failed', 'paid')
    UNION ALL
    SELECT candidate.division_code, candidate.kind, 0, 0, 1
    FROM registry.proactive_candidate AS candidate WHERE starts_with(candidate.division_code, prefix)
  ) AS counted GROUP BY counted.division_code, counted.kind ORDER BY counted.division_code, counted.kind
$$;
COMMENT ON FUNCTION take_up(text) IS 'Of those who are entitled: paid, decided in their favor and on the way, not claimed. Counts only.';
"""

DENYING = """
CREATE FUNCTION hold_claims_of_denied_class() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  class uuid := registry.class_of_entry(NEW.person_id, NEW.entry_id);
BEGIN
  IF class IS NOT NULL THEN
    -- Either the denial sees this claim or this claim sees the denial.
    PERFORM pg_advisory_xact_lock_shared(hashtextextended(class::text, 37));
    IF EXISTS (SELECT FROM registry.enrollment_denial AS denied
        JOIN registry.person_group(NEW.person_id) AS member (person_id) ON member.person_id = denied.person_id
        WHERE denied.opening_id = class AND denied.outcome IS DISTINCT FROM 'unfounded') THEN
      INSERT INTO registry.claim_hold (person_id, claim_id, reason_code, reason, placed_by)
        VALUES (NEW.person_id, NEW.claim_id, 'complaint', '本人反映未参加本班培训，待核查',
          '00000000-0000-7000-8000-000000000001');
    END IF;
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION deny_enrollment(actor uuid, opening uuid, denial uuid, reason bytea) RETURNS text
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  enrolled uuid;
BEGIN
  PERFORM registry.refuse_old_snapshot();
  SELECT line.person_id INTO enrolled FROM registry.citizen_principal AS own
    CROSS JOIN LATERAL registry.person_group(own.person_id) AS member (person_id)
    JOIN registry.roster_line AS line ON line.person_id = member.person_id AND line.opening_id = opening
    WHERE own.principal_id = actor ORDER BY line.withdrawn_at NULLS FIRST, line.person_id LIMIT 1;
  IF NOT FOUND THEN
    RETURN 'absent';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended(opening::text, 37));
  INSERT INTO registry.enrollment_denial (person_id, opening_id, denial_id, reason_sealed, denied_by)
    VALUES (enrolled, opening, denial, reason, actor) ON CONFLICT (person_id, opening_id) DO NOTHING;
  IF NOT FOUND THEN
    RETURN 'repeated';
  END IF;
  INSERT INTO registry.claim_hold (person_id, claim_id, reason_code, reason, placed_by)
    SELECT claim.person_id, claim.claim_id, 'complaint', '本人反映未参加本班培训，待核查',
      '00000000-0000-7000-8000-000000000001'
    FROM registry.person_group(enrolled) AS own (person_id)
    JOIN registry.record_entry AS entry ON entry.person_id = own.person_id
    JOIN registry.claim ON claim.person_id = entry.person_id AND claim.entry_id = entry.entry_id
    WHERE registry.class_of_entry(entry.person_id, entry.entry_id) = opening AND claim.state IN
      ('submitted', 'supplement_requested', 'accepted', 'reviewed', 'approved', 'noticed', 'payable', 'ordered', 'failed')
    ON CONFLICT (person_id, claim_id, reason_code) WHERE released_at IS NULL DO NOTHING;
  RETURN 'denied';
END $$;
COMMENT ON FUNCTION deny_enrollment(uuid, uuid, uuid, bytea) IS
  'denied, repeated, or absent. Holds the denier''s own claims of the class, also on certificates it led to, that are not at the bank, nobody else''s: the
class comes onto the work list of officers, who hold what they have reason to.';

CREATE FUNCTION list_denials(prefix text, is_open boolean, after_at timestamptz, after_id uuid, page integer)
  RETURNS TABLE (denial_id uuid, opening_id uuid, opening_name text, institution_name text, division_code text,
    denied_at timestamptz, outcome text, decided_at timestamptz, class_denials integer, class_trainees integer,
    class_claims_waiting integer)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT known.denial_id, known.opening_id, class.name, school.name, class.division_code, known.denied_at, known.outcome,
    known.decided_at,
    (SELECT count(*)::integer FROM registry.enrollment_denial AS other
     WHERE other.opening_id = known.opening_id AND other.outcome IS DISTINCT FROM 'unfounded'),
    (SELECT count(*)::integer FROM registry.roster_line AS line
     WHERE line.opening_id = known.opening_id AND line.withdrawn_at IS NULL),
    (SELECT count(*)::integer FROM registry.record_entry AS entry
     JOIN registry.claim ON claim.person_id = entry.person_id AND claim.entry_id = entry.entry_id
     WHERE entry.opening_id = known.opening_id AND claim.state IN
       ('submitted', 'supplement_requested', 'accepted', 'reviewed', 'approved', 'noticed', 'payable', 'ordered', 'failed'))
  FROM registry.enrollment_denial AS known
  JOIN registry.course_opening AS class ON class.opening_id = known.opening_id
  JOIN registry.training_institution AS school ON school.institution_id = class.institution_id
  WHERE starts_with(class.division_code, prefix) AND (known.outcome IS NULL) = is_open
    AND (after_at IS NULL OR (known.denied_at, known.denial_id) > (after_at, after_id))
  ORDER BY known.denied_at, known.denial_id LIMIT page
$$;

CREATE FUNCTION read_denial(actor uuid, actor_agency uuid, reading_purpose text, reading_case text, request text,
    prefix text, asked uuid)
  RETURNS TABLE (person_id uuid, denial_id uuid, opening_id uuid, denied_at timestamptz, outcome text,
    outcome_reason text, decided_at timestamptz, reason_sealed bytea, name_sealed bytea)
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH found AS MATERIALIZED (
    SELECT known.* FROM registry.enrollment_denial AS known
    JOIN registry.course_opening AS class ON class.opening_id = known.opening_id
    WHERE known.denial_id = asked AND starts_with(class.division_code, prefix)
  ), logged AS (
    INSERT INTO registry.access_event (person_id, principal_id, agency_id, subject, purpose, case_number, request_id)
    SELECT found.person_id, actor, actor_agency, 'roster', reading_purpose, reading_case, request FROM found
    RETURNING access_event.person_id
  )
  SELECT found.person_id, found.denial_id, found.opening_id, found.denied_at, found.outcome, found.outcome_reason,
    found.decided_at, found.reason_sealed, named.name_sealed
  FROM found
  LEFT JOIN LATERAL (SELECT held.name_sealed FROM registry.person_name AS held
    WHERE held.person_id = found.person_id ORDER BY held.name_id DESC LIMIT 1) AS named ON true
  WHERE EXISTS (SELECT FROM logged WHERE logged.person_id = found.person_id)
$$;

CREATE FUNCTION decide_denial(actor uuid, asked uuid, verdict text, why text) RETURNS text
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  place text;
BEGIN
  SELECT class.division_code INTO place FROM registry.enrollment_denial AS known
    JOIN registry.course_opening AS class ON class.opening_id = known.opening_id WHERE known.denial_id = asked;
  IF NOT FOUND OR NOT (registry.officer_may(actor, 'inspection', place) OR registry.officer_may(actor, 'review', place)) THEN
    RETURN 'absent';
  END IF;
  UPDATE registry.enrollment_denial AS known
    SET outcome = verdict, outcome_reason = why, decided_at = registry.registry_now(), decided_by = actor
    WHERE known.denial_id = asked AND known.outcome IS NULL;
  RETURN CASE WHEN FOUND THEN 'decided' ELSE 'already_decided' END;
END $$;
COMMENT ON FUNCTION decide_denial(uuid, uuid, text, text) IS
  'confirmed or unfounded. Holds stay until an officer releases each: a decision on one person says nothing of the others.';
"""
HOLDING = """
REVOKE ALL ON FUNCTION hold_claims_of_denied_class() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hold_claims_of_denied_class() TO registry_owner;
SET ROLE registry_owner;
CREATE TRIGGER holds_denied_class AFTER INSERT ON claim FOR EACH ROW EXECUTE FUNCTION hold_claims_of_denied_class();
ALTER TABLE claim ENABLE ALWAYS TRIGGER holds_denied_class;
"""

_FOR_EVERYBODY = "read_notice_lines(uuid, integer, integer)"
_FOR_AGENCIES = """take_noticeable(uuid, uuid, text, text, text[], uuid[], integer),
  publish_notice_lines(uuid, uuid, jsonb), list_objections(text, boolean, timestamptz, uuid, integer),
  read_objection(uuid, uuid, text, text, text, text, uuid), decide_objection(uuid, uuid, text, text),
  lapsed_claims(text, date, uuid, integer), count_proactive(text),
  read_proactive(uuid, uuid, text, text, text, text, text, uuid, uuid, integer), push_proactive(text, text), take_up(text),
  list_denials(text, boolean, timestamptz, uuid, integer), read_denial(uuid, uuid, text, text, text, text, uuid),
  decide_denial(uuid, uuid, text, text)"""
_FOR_PUBLIC = """file_objection(uuid, integer, uuid, bytea, bytea, bytea, bytea, integer, text), track_objection(bytea)"""
_FOR_WORKER = "clearable_claims(uuid, uuid, integer)"
_FOR_CITIZENS = "deny_enrollment(uuid, uuid, uuid, bytea)"
_DOORS = f"{_FOR_EVERYBODY}, {_FOR_AGENCIES}, {_FOR_PUBLIC}, {_FOR_WORKER}, {_FOR_CITIZENS}"
CLOSE_DOORS = f"""
REVOKE ALL ON FUNCTION {_DOORS} FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {_FOR_EVERYBODY} TO app_public, app_inst, app_agency, app_citizen, app_access, app_device, auditor;
GRANT EXECUTE ON FUNCTION {_FOR_AGENCIES} TO app_agency;
GRANT EXECUTE ON FUNCTION {_FOR_PUBLIC} TO app_public;
GRANT EXECUTE ON FUNCTION {_FOR_WORKER} TO worker;
GRANT EXECUTE ON FUNCTION {_FOR_CITIZENS} TO app_citizen;
"""


def upgrade() -> None:
    execute_script(TABLES + GRANTS + QUEUES)
    execute_script(
        "SET ROLE access_owner;" + PUBLISHING + OBJECTING + PROACTIVE + DENYING + CLOSE_DOORS + HOLDING
    )


def downgrade() -> None:
    execute_script(f"""
    DROP TRIGGER holds_denied_class ON claim;
    SET ROLE access_owner; DROP FUNCTION {_DOORS}, hold_claims_of_denied_class(); SET ROLE registry_owner;
    """)
    execute_script("""
    DROP TRIGGER asks_for_enrollment_messages ON outbox_message;
    DROP TRIGGER asks_for_message ON recovery;
    DROP TRIGGER asks_for_message ON claim_move;
    DROP FUNCTION ask_for_message(), ask_for_enrollment_messages();
    REVOKE INSERT (principal_kind, action, subject_kind, subject_id, request_id, details) ON audit_event FROM access_owner;
    REVOKE INSERT (topic, payload) ON outbox_message FROM access_owner;
    REVOKE SELECT ON public_notice FROM app_access, app_device;
    DROP TABLE enrollment_denial, proactive_candidate, proactive_pass, enrollment_request, message_request,
      message_address, deadline_lapse;
    DROP INDEX public_notice_open, objection_source, objection_receipt;
    ALTER TABLE public_notice_line DROP CONSTRAINT public_notice_line_amount_told,
      DROP CONSTRAINT public_notice_line_name_masked;
    ALTER TABLE objection DROP COLUMN source_digest, DROP COLUMN receipt_digest;
    """)
