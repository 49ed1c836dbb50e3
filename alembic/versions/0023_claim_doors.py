"""Doors of claims: the facts of a decision in one read, claims as officers see them, and what officers do to them.

Why: evaluation needs everything the registry knows of an entry and its person, and app_agency has no SELECT on person
tables (I10): the look and its access row are one statement. The same picture is read for a citizen's own entries and,
in bulk, by the worker, so that nobody decides on other facts than those that were shown. An institution has no door
here: it learns outcomes only.
Lock taken, and for how long: none that matters, functions only.
Safe with the previous release running: yes.
How undone: downgrade drops the functions.
"""

from app.db.migration import execute_script

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

FACTS = """
CREATE FUNCTION claim_training(opening uuid) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT jsonb_build_object(
    'opening_id', class.opening_id, 'starts_on', registry.law_date(times.first), 'ends_on', registry.law_date(times.last),
    'filed_on', registry.law_date(filing.filed_at), 'is_on_record', class.on_record_at < times.first,
    'is_institution_listed', filing.filed_at IS NOT NULL AND EXISTS (
      SELECT FROM registry.institution_designation AS listed
      WHERE listed.institution_id = class.institution_id AND listed.occupation_edition = program.occupation_edition
        AND listed.occupation_code = program.occupation_code AND listed.in_force @> registry.law_date(filing.filed_at)
        AND starts_with(class.division_code, registry.division_prefix(listed.division_code)))
      AND EXISTS (SELECT FROM registry.institution_standing AS standing
        WHERE standing.institution_id = class.institution_id AND standing.standing = 'active'
          AND standing.in_force @> registry.law_date(filing.filed_at)),
    'is_program_listed', program.in_force @> registry.law_date(filing.filed_at),
    'training_type', program.training_type, 'training_mode', program.training_mode, 'place_division', class.division_code,
    'institution_kind', school.kind)
  FROM registry.course_opening AS class
  JOIN registry.training_institution AS school ON school.institution_id = class.institution_id
  JOIN registry.training_program_version AS program
    ON program.program_id = class.program_id AND program.version = class.program_version
  LEFT JOIN registry.opening_filing AS filing
    ON filing.opening_id = class.opening_id AND filing.filing_no = class.filing_no
  CROSS JOIN LATERAL (SELECT min(session.starts_at) AS first, max(session.ends_at) AS last
    FROM registry.course_session AS session
    WHERE session.opening_id = class.opening_id AND session.canceled_at IS NULL) AS times
  WHERE class.opening_id = opening AND times.first IS NOT NULL
$$;

CREATE FUNCTION claim_certificates(person uuid) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(jsonb_agg(jsonb_build_object(
    'certificate_id', held.certificate_id, 'kind', held.kind, 'level', held.skill_level, 'issued_on', held.issued_on,
    'state', held.state, 'last_confirmed_on', registry.law_date(held.last_confirmed_at),
    'occupation_edition', held.occupation_edition, 'occupation_code', held.occupation_code,
    'benefit_line', occupation.benefit_line, 'opening_id', held.opening_id, 'linked_entry', (
      SELECT link.entry_id FROM registry.certificate_link AS link
      WHERE link.person_id = held.person_id AND link.certificate_id = held.certificate_id AND link.unlinked_at IS NULL),
    'tollings', (
      SELECT coalesce(jsonb_agg(jsonb_build_object('starts_on', tolling.starts_on, 'ended_on', tolling.ended_on,
        'reason', tolling.reason) ORDER BY tolling.starts_on, tolling.tolling_id), '[]')
      FROM registry.certificate_tolling AS tolling
      WHERE tolling.person_id = held.person_id AND tolling.certificate_id = held.certificate_id))
    ORDER BY held.issued_on, held.certificate_id), '[]')
  FROM registry.person_group(person) AS member (person_id)
  JOIN registry.certificate AS held ON held.person_id = member.person_id
  LEFT JOIN registry.occupation
    ON occupation.edition = held.occupation_edition AND occupation.code = held.occupation_code
  WHERE held.state IN ('matched', 'expired', 'revoked')
$$;

CREATE FUNCTION claim_history(person uuid) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  -- A key copied by a merge leads to the claim or the earlier benefit that it was copied from, also after the merge ended.
  WITH keys AS MATERIALIZED (
    SELECT DISTINCT coalesce(held.copied_from_person, held.person_id) AS person_id,
      coalesce(held.copied_from_key, held.key_id) AS key_id
    FROM registry.person_group(person) AS member (person_id)
    JOIN registry.benefit_key AS held ON held.person_id = member.person_id AND held.released_at IS NULL
  )
  SELECT coalesce(jsonb_agg(jsonb_build_object(
    'claim_id', claim.claim_id, 'kind', coalesce(claim.kind, earlier.kind),
    'state', CASE WHEN claim.claim_id IS NULL THEN 'earlier' WHEN claim.state = 'paid' THEN 'paid' ELSE 'claimed' END,
    'entry_on', coalesce(entry.ends_on, earlier.paid_on), 'applied_on', registry.law_date(claim.submitted_at),
    'benefit_line', nullif(origin.benefit_line, 'none'), 'level', origin.skill_level, 'period', origin.period,
    'division', coalesce(claim.division_code, earlier.division_code), 'certificate_id', entry.certificate_id,
    'opening_id', entry.opening_id, 'employer_id', entry.institution_id, 'paid_to', coalesce(claim.payee_kind, 'person'),
    'by_voucher', claim.voucher_id IS NOT NULL, 'is_shortage', slot.is_shortage)
    ORDER BY origin.taken_at, origin.key_id), '[]')
  FROM keys
  JOIN registry.benefit_key AS origin ON origin.person_id = keys.person_id AND origin.key_id = keys.key_id
  LEFT JOIN registry.claim ON claim.person_id = origin.person_id AND claim.key_id = origin.key_id
  LEFT JOIN registry.record_entry AS entry ON entry.person_id = claim.person_id AND entry.entry_id = claim.entry_id
  LEFT JOIN registry.benefit_slot AS slot ON slot.person_id = claim.person_id AND slot.slot_id = claim.slot_id
  LEFT JOIN registry.earlier_benefit AS earlier
    ON earlier.person_id = origin.person_id AND earlier.earlier_id = origin.earlier_id
  WHERE coalesce(claim.kind, earlier.kind) IS NOT NULL
$$;
COMMENT ON FUNCTION claim_history(uuid) IS 'Every key somebody read as one with the person holds, with the claim or earlier benefit behind it.';

CREATE FUNCTION claim_listing(person uuid, listing uuid) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT jsonb_build_object('period', filed.period, 'starts_on', filed.starts_on, 'ends_on', filed.ends_on,
    'employer_id', filed.institution_id, 'credit_code', employer.unified_social_credit_code,
    'employer_kind', employer.kind, 'is_confirmed', filed.decision = 'confirmed',
    'key_group', line.key_group_code, 'filed_on', registry.law_date(filed.filed_at))
  FROM registry.employer_listing AS filed
  JOIN registry.employer_listing_line AS line ON line.listing_id = filed.listing_id AND line.person_id = person
  JOIN registry.training_institution AS employer ON employer.institution_id = filed.institution_id
  WHERE filed.listing_id = listing
$$;

CREATE FUNCTION claim_groups(person uuid) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(jsonb_agg(jsonb_build_object('code', named.code, 'starts_on', named.since) ORDER BY named.code), '[]')
  FROM (
    SELECT told.code, min(told.since) AS since
    FROM (
      SELECT told.key_group_code AS code, least(registry.law_date(line.added_at), (
          SELECT registry.law_date(min(session.starts_at)) FROM registry.course_session AS session
          WHERE session.opening_id = line.opening_id AND session.canceled_at IS NULL)) AS since
      FROM registry.person_group(person) AS member (person_id)
      JOIN registry.roster_line AS line ON line.person_id = member.person_id AND line.withdrawn_at IS NULL
      JOIN registry.roster_line_group AS told ON told.person_id = line.person_id AND told.opening_id = line.opening_id
      UNION ALL
      SELECT line.key_group_code, filed.starts_on
      FROM registry.person_group(person) AS member (person_id)
      JOIN registry.employer_listing_line AS line ON line.person_id = member.person_id AND line.withdrawn_at IS NULL
      JOIN registry.employer_listing AS filed ON filed.listing_id = line.listing_id AND filed.decision = 'confirmed'
      WHERE line.key_group_code IS NOT NULL
    ) AS told GROUP BY told.code
  ) AS named
$$;
COMMENT ON FUNCTION claim_groups(uuid) IS 'Key groups that rosters and confirmed listings tell of; whether they are proved is the officer''s to say.';

CREATE FUNCTION claim_facts(person uuid, asked uuid) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT jsonb_build_object(
    'entry', to_jsonb(entry) || jsonb_build_object(
      'in_force', entry.revoked_at IS NULL AND NOT EXISTS (SELECT FROM registry.record_entry AS later
        WHERE later.person_id = entry.person_id AND later.supersedes = entry.entry_id),
      'sealed', EXISTS (SELECT FROM registry.inclusion AS sealed
        WHERE sealed.person_id = entry.person_id AND sealed.entry_id = entry.entry_id),
      'leaf_index', (SELECT sealed.leaf_index FROM registry.inclusion AS sealed
        WHERE sealed.person_id = entry.person_id AND sealed.entry_id = entry.entry_id),
      'benefit_line', occupation.benefit_line, 'occupation_name', occupation.name,
      'is_line_settled', NOT EXISTS (SELECT FROM registry.occupation_crossing AS crossing
        WHERE crossing.to_edition = entry.occupation_edition AND crossing.to_code = entry.occupation_code
          AND crossing.relation IN ('split', 'merged')),
      'online_kinds', (SELECT coalesce(jsonb_agg(DISTINCT event.kind), '[]') FROM registry.attendance_event AS event
        WHERE event.person_id = entry.person_id AND event.opening_id = entry.opening_id)),
    'identity_outcome', (SELECT checked.outcome FROM registry.identity_check AS checked
      WHERE checked.person_id = entry.person_id ORDER BY checked.checked_at DESC, checked.check_id DESC LIMIT 1),
    'training', registry.claim_training(entry.opening_id),
    'listing', registry.claim_listing(entry.person_id, entry.listing_id),
    'groups', registry.claim_groups(entry.person_id),
    'certificates', registry.claim_certificates(entry.person_id),
    'history', registry.claim_history(entry.person_id),
    'shortage', (SELECT coalesce(jsonb_agg(jsonb_build_object('division_code', short.division_code,
        'starts_on', lower(short.in_force), 'ends_before', upper(short.in_force))), '[]')
      FROM registry.shortage_occupation AS short WHERE short.benefit_line = occupation.benefit_line),
    'accounts', (SELECT coalesce(jsonb_agg(jsonb_build_object('account_id', account.account_id, 'kind', account.kind,
        'bank_name', account.bank_name, 'number_tail', account.number_tail, 'check_outcome', account.check_outcome)
        ORDER BY account.recorded_at DESC, account.account_id DESC), '[]')
      FROM registry.payee_account AS account
      WHERE account.person_id = entry.person_id AND account.ended_at IS NULL),
    'is_institution_account_confirmed', EXISTS (SELECT FROM registry.institution_account AS account
      WHERE account.institution_id = entry.institution_id AND account.confirmed_at IS NOT NULL
        AND account.ended_at IS NULL),
    'vouchers', (SELECT coalesce(jsonb_agg(to_jsonb(voucher) - ARRAY['issued_by', 'voided_by', 'void_reason']
        ORDER BY voucher.issued_at), '[]')
      FROM registry.person_group(entry.person_id) AS member (person_id)
      JOIN registry.voucher ON voucher.person_id = member.person_id),
    'insurance', (SELECT coalesce(jsonb_agg(jsonb_build_object('fact_id', told.fact_id, 'as_of', told.as_of,
        'outcome', told.outcome, 'facts', told.facts, 'evidence_id', told.evidence_id,
        'answered_at', told.answered_at, 'recorded_at', told.recorded_at) ORDER BY told.recorded_at, told.fact_id), '[]')
      FROM registry.insurance_fact AS told WHERE told.person_id = entry.person_id
        AND told.recorded_at > registry.registry_now() - interval '31 days'))
  FROM registry.record_entry AS entry
  LEFT JOIN registry.occupation
    ON occupation.edition = entry.occupation_edition AND occupation.code = entry.occupation_code
  WHERE entry.person_id = person AND entry.entry_id = asked
$$;
COMMENT ON FUNCTION claim_facts(uuid, uuid) IS
  'All that the registry knows for a decision on one entry: no name, no identity number, no account number.';
"""

CLASSES = """
CREATE FUNCTION class_of_entry(person uuid, asked uuid) RETURNS uuid
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  -- What a class led to: its own entries; the 培训合格证书 that it issued; a certificate linked to a completion of it.
  SELECT coalesce(entry.opening_id, held.opening_id, trained.opening_id)
  FROM registry.record_entry AS entry
  LEFT JOIN registry.certificate AS held
    ON held.person_id = entry.person_id AND held.certificate_id = entry.certificate_id
  LEFT JOIN registry.certificate_link AS link ON link.person_id = held.person_id
    AND link.certificate_id = held.certificate_id AND link.unlinked_at IS NULL
  LEFT JOIN registry.record_entry AS trained
    ON trained.person_id = link.entry_person_id AND trained.entry_id = link.entry_id
  WHERE entry.person_id = person AND entry.entry_id = asked
$$;
COMMENT ON FUNCTION class_of_entry(uuid, uuid) IS 'The class (开班) that an entry, or the certificate it is about, comes from; NULL when from none.';

CREATE FUNCTION refuse_prepaid_class() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  class uuid := (SELECT entry.opening_id FROM registry.record_entry AS entry
    WHERE entry.person_id = NEW.person_id AND entry.entry_id = NEW.entry_id);
BEGIN
  IF NEW.kind = 'training' AND NEW.payee_kind = 'person' AND class IS NOT NULL THEN
    -- Whoever proposes an advance takes this lock alone: it counts this trainee out, or this claim sees the advance.
    PERFORM pg_advisory_xact_lock_shared(hashtextextended(class::text, 37));
    IF EXISTS (SELECT FROM registry.advance AS prepaid WHERE prepaid.opening_id = class
        AND prepaid.canceled_at IS NULL AND prepaid.amount_fen > prepaid.offset_fen + prepaid.returned_fen) THEN
      RAISE EXCEPTION 'class_prepaid' USING ERRCODE = 'RG001', CONSTRAINT = 'claim_class_prepaid', TABLE = 'claim';
    END IF;
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION refuse_prepaid_class() IS
  'What was paid to the institution in advance is worked off by its own claims: a trainee of the class is not paid beside it.';
"""

READING = """
CREATE FUNCTION claim_steps(person uuid, asked uuid) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT jsonb_build_object(
    'supplement', (SELECT to_jsonb(step) FROM registry.claim_supplement AS step
      WHERE step.person_id = person AND step.claim_id = asked),
    'commitment', (SELECT to_jsonb(step) - 'digest' FROM registry.claim_commitment AS step
      WHERE step.person_id = person AND step.claim_id = asked),
    'acceptance', (SELECT to_jsonb(step) FROM registry.claim_acceptance AS step
      WHERE step.person_id = person AND step.claim_id = asked),
    'reviews', (SELECT coalesce(jsonb_agg(to_jsonb(step) ORDER BY step.round), '[]') FROM registry.claim_review AS step
      WHERE step.person_id = person AND step.claim_id = asked),
    'approvals', (SELECT coalesce(jsonb_agg(to_jsonb(step) ORDER BY step.round), '[]')
      FROM registry.claim_approval AS step WHERE step.person_id = person AND step.claim_id = asked),
    'withdrawal', (SELECT to_jsonb(step) FROM registry.claim_withdrawal AS step
      WHERE step.person_id = person AND step.claim_id = asked),
    'appeals', (SELECT coalesce(jsonb_agg(to_jsonb(step) || jsonb_build_object('filer_kind', filer.kind)
        ORDER BY step.filed_at), '[]')
      FROM registry.claim_appeal AS step JOIN registry.principal AS filer ON filer.principal_id = step.filed_by
      WHERE step.person_id = person AND step.claim_id = asked),
    'papers', (SELECT coalesce(jsonb_agg(to_jsonb(paper) - 'sha256' || jsonb_build_object(
        'file_name_sealed', encode(paper.file_name_sealed, 'hex'), 'uploader_kind', uploader.kind)
        ORDER BY paper.uploaded_at, paper.paper_id), '[]')
      FROM registry.claim_paper AS paper JOIN registry.principal AS uploader ON uploader.principal_id = paper.uploaded_by
      WHERE paper.person_id = person AND paper.claim_id = asked AND paper.removed_at IS NULL),
    'holds', (SELECT coalesce(jsonb_agg(to_jsonb(step) ORDER BY step.placed_at), '[]') FROM registry.claim_hold AS step
      WHERE step.person_id = person AND step.claim_id = asked),
    'moves', (SELECT coalesce(jsonb_agg(to_jsonb(moved) ORDER BY moved.move_id), '[]') FROM registry.claim_move AS moved
      WHERE moved.person_id = person AND moved.claim_id = asked),
    'notices', (SELECT coalesce(jsonb_agg(to_jsonb(step) ORDER BY step.issued_at, step.notice_id), '[]')
      FROM registry.decision_notice AS step WHERE step.person_id = person AND step.claim_id = asked),
    'is_held', registry.claim_is_held(person, asked))
$$;

CREATE FUNCTION read_claims(actor uuid, actor_agency uuid, reading_purpose text, reading_case text, request text,
    prefix text, asked uuid[])
  RETURNS TABLE (person_id uuid, claim jsonb, steps jsonb, facts jsonb, number_sealed bytea, name_sealed bytea)
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH found AS MATERIALIZED (
    SELECT held.person_id, held.claim_id, held.entry_id, held.claim_number, to_jsonb(held) AS picture
    FROM registry.claim AS held
    WHERE held.claim_id = ANY (asked) AND starts_with(held.division_code, prefix)
  ), logged AS (
    -- Without a case of its own, an act on a claim is the claim's own case.
    INSERT INTO registry.access_event
      (person_id, principal_id, agency_id, subject, purpose, case_number, request_id)
    SELECT found.person_id, actor, actor_agency, 'record', reading_purpose, coalesce(reading_case, found.claim_number),
      request FROM found
    RETURNING access_event.person_id
  )
  SELECT found.person_id, found.picture, registry.claim_steps(found.person_id, found.claim_id),
    registry.claim_facts(found.person_id, found.entry_id), known.number_sealed, named.name_sealed
  FROM found
  LEFT JOIN LATERAL (SELECT held.number_sealed FROM registry.person_identifier AS held
    WHERE held.person_id = found.person_id AND held.ended_at IS NULL
    ORDER BY held.recorded_at DESC, held.identifier_id DESC LIMIT 1) AS known ON true
  LEFT JOIN LATERAL (SELECT held.name_sealed FROM registry.person_name AS held
    WHERE held.person_id = found.person_id ORDER BY held.name_id DESC LIMIT 1) AS named ON true
  WHERE EXISTS (SELECT FROM logged WHERE logged.person_id = found.person_id)
$$;
COMMENT ON FUNCTION read_claims(uuid, uuid, text, text, text, text, uuid[]) IS
  'I10: claims of an area with their steps and facts, and the access rows, are one statement.';

CREATE FUNCTION read_claimable(actor uuid, actor_agency uuid, reading_purpose text, reading_case text, request text,
    numbers text[])
  RETURNS TABLE (person_id uuid, entry_id uuid, record_number text, facts jsonb, number_sealed bytea, name_sealed bytea)
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH found AS MATERIALIZED (
    SELECT numbered.person_id, numbered.entry_id, numbered.record_number FROM registry.record_number AS numbered
    WHERE numbered.record_number = ANY (numbers)
  ), logged AS (
    INSERT INTO registry.access_event
      (person_id, principal_id, agency_id, subject, purpose, case_number, request_id)
    SELECT DISTINCT found.person_id, actor, actor_agency, 'record', reading_purpose, reading_case, request FROM found
    RETURNING access_event.person_id
  )
  SELECT found.person_id, found.entry_id, found.record_number, registry.claim_facts(found.person_id, found.entry_id),
    known.number_sealed, named.name_sealed
  FROM found
  LEFT JOIN LATERAL (SELECT held.number_sealed FROM registry.person_identifier AS held
    WHERE held.person_id = found.person_id AND held.ended_at IS NULL
    ORDER BY held.recorded_at DESC, held.identifier_id DESC LIMIT 1) AS known ON true
  LEFT JOIN LATERAL (SELECT held.name_sealed FROM registry.person_name AS held
    WHERE held.person_id = found.person_id ORDER BY held.name_id DESC LIMIT 1) AS named ON true
  WHERE EXISTS (SELECT FROM logged WHERE logged.person_id = found.person_id)
$$;
COMMENT ON FUNCTION read_claimable(uuid, uuid, text, text, text, text[]) IS
  'I10: what a claim on these entries would rest on, for the counter and the dry run, with the access rows.';

CREATE FUNCTION own_claimable(actor uuid, numbers text[])
  RETURNS TABLE (person_id uuid, entry_id uuid, record_number text, facts jsonb, number_sealed bytea, name_sealed bytea)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT entry.person_id, entry.entry_id, entry.record_number, registry.claim_facts(entry.person_id, entry.entry_id),
    known.number_sealed, named.name_sealed
  FROM registry.citizen_principal AS own
  CROSS JOIN LATERAL registry.person_group(own.person_id) AS member (person_id)
  JOIN registry.record_entry AS entry ON entry.person_id = member.person_id
  LEFT JOIN LATERAL (SELECT held.number_sealed FROM registry.person_identifier AS held
    WHERE held.person_id = entry.person_id AND held.ended_at IS NULL
    ORDER BY held.recorded_at DESC, held.identifier_id DESC LIMIT 1) AS known ON true
  LEFT JOIN LATERAL (SELECT held.name_sealed FROM registry.person_name AS held
    WHERE held.person_id = entry.person_id ORDER BY held.name_id DESC LIMIT 1) AS named ON true
  WHERE own.principal_id = actor AND (numbers IS NULL OR entry.record_number = ANY (numbers))
  ORDER BY entry.entry_id
$$;
COMMENT ON FUNCTION own_claimable(uuid, text[]) IS 'The citizen''s own entries, all of them or those named, with the same facts that officers decide on.';

CREATE FUNCTION own_claim(actor uuid, asked uuid)
  RETURNS TABLE (person_id uuid, claim jsonb, steps jsonb, record_number text)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT held.person_id, to_jsonb(held), registry.claim_steps(held.person_id, held.claim_id), entry.record_number
  FROM registry.citizen_principal AS own
  CROSS JOIN LATERAL registry.person_group(own.person_id) AS member (person_id)
  JOIN registry.claim AS held ON held.person_id = member.person_id AND held.claim_id = asked
  JOIN registry.record_entry AS entry ON entry.person_id = held.person_id AND entry.entry_id = held.entry_id
  WHERE own.principal_id = actor
$$;
COMMENT ON FUNCTION own_claim(uuid, uuid) IS 'One of the citizen''s own claims with all its steps; nothing for anybody else.';

CREATE FUNCTION claim_facts_of(persons uuid[], entries uuid[])
  RETURNS TABLE (person_id uuid, entry_id uuid, facts jsonb, number_sealed bytea, name_sealed bytea)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT asked.person_id, asked.entry_id, registry.claim_facts(asked.person_id, asked.entry_id), known.number_sealed,
    named.name_sealed
  FROM unnest(persons, entries) AS asked (person_id, entry_id)
  LEFT JOIN LATERAL (SELECT held.number_sealed FROM registry.person_identifier AS held
    WHERE held.person_id = asked.person_id AND held.ended_at IS NULL
    ORDER BY held.recorded_at DESC, held.identifier_id DESC LIMIT 1) AS known ON true
  LEFT JOIN LATERAL (SELECT held.name_sealed FROM registry.person_name AS held
    WHERE held.person_id = asked.person_id ORDER BY held.name_id DESC LIMIT 1) AS named ON true
$$;
COMMENT ON FUNCTION claim_facts_of(uuid[], uuid[]) IS 'Facts in bulk for the registry''s own jobs (精准推送, reminders); no channel may call it.';

CREATE FUNCTION claim_areas(prefix text) RETURNS SETOF text
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  WITH RECURSIVE county (code) AS (
    SELECT min(held.division_code) FROM registry.claim AS held
    WHERE held.division_code BETWEEN rpad(prefix, 6, '0') AND rpad(prefix, 6, '9')
    UNION ALL
    SELECT (SELECT min(later.division_code) FROM registry.claim AS later
      WHERE later.division_code > county.code AND later.division_code <= rpad(prefix, 6, '9'))
    FROM county WHERE county.code IS NOT NULL
  ), province (code) AS (
    SELECT min(left(held.division_code, 2)) FROM registry.claim AS held
    WHERE left(held.division_code, 2) BETWEEN rpad(prefix, 2, '0') AND rpad(prefix, 2, '9')
    UNION ALL
    SELECT (SELECT min(left(later.division_code, 2)) FROM registry.claim AS later
      WHERE left(later.division_code, 2) > province.code AND left(later.division_code, 2) <= rpad(prefix, 2, '9'))
    FROM province WHERE province.code IS NOT NULL
  )
  SELECT county.code FROM county WHERE char_length(prefix) > 2 AND county.code IS NOT NULL
  UNION ALL
  SELECT province.code FROM province WHERE char_length(prefix) <= 2 AND province.code IS NOT NULL
$$;
COMMENT ON FUNCTION claim_areas(text) IS
  'The counties below a prefecture in which there are claims; of a province or the nation, the provinces.';

CREATE FUNCTION claim_work_list(prefix text, states text[], kinds text[], after_since timestamptz, after_id uuid,
    page integer)
  RETURNS TABLE (claim_id uuid, claim_number text, kind text, division_code text, state text, round smallint,
    version integer, payee_kind text, submitted_at timestamptz, state_since timestamptz, batch_id uuid, is_held boolean,
    supplement_due_on date, supplement_answered boolean, amount_fen bigint)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  -- A page reads a page of each (area, state, kind) from its index and no more, however many claims there are.
  WITH found AS MATERIALIZED (
    SELECT part.person_id, part.claim_id, part.state_since
    FROM registry.claim_areas(prefix) AS area (code) CROSS JOIN unnest(states) AS stage (state)
    CROSS JOIN unnest(kinds) AS asked (kind)
    CROSS JOIN LATERAL (
      (SELECT held.person_id, held.claim_id, held.state_since FROM registry.claim AS held
       WHERE char_length(prefix) > 2 AND held.division_code = area.code
         AND held.state = stage.state AND held.kind = asked.kind
         AND (held.state_since, held.claim_id) > (coalesce(after_since, '-infinity'),
           coalesce(after_id, '00000000-0000-0000-0000-000000000000'))
       ORDER BY held.state_since, held.claim_id LIMIT page)
      UNION ALL
      (SELECT held.person_id, held.claim_id, held.state_since FROM registry.claim AS held
       WHERE char_length(prefix) <= 2 AND left(held.division_code, 2) = area.code
         AND held.state = stage.state AND held.kind = asked.kind
         AND (held.state_since, held.claim_id) > (coalesce(after_since, '-infinity'),
           coalesce(after_id, '00000000-0000-0000-0000-000000000000'))
       ORDER BY held.state_since, held.claim_id LIMIT page)) AS part
    ORDER BY part.state_since, part.claim_id LIMIT page
  )
  SELECT held.claim_id, held.claim_number, held.kind, held.division_code, held.state, held.round, held.version,
    held.payee_kind, held.submitted_at, held.state_since, held.batch_id,
    registry.claim_is_held(held.person_id, held.claim_id), supplement.due_on, supplement.answered_at IS NOT NULL,
    (SELECT review.amount_fen FROM registry.claim_review AS review
     WHERE review.person_id = held.person_id AND review.claim_id = held.claim_id AND review.round = held.round)
  FROM found
  JOIN registry.claim AS held ON held.person_id = found.person_id AND held.claim_id = found.claim_id
  LEFT JOIN registry.claim_supplement AS supplement
    ON supplement.person_id = held.person_id AND supplement.claim_id = held.claim_id
  ORDER BY held.state_since, held.claim_id
$$;
COMMENT ON FUNCTION claim_work_list(text, text[], text[], timestamptz, uuid, integer) IS
  'What waits, oldest first: numbers, states and dates, nothing of the persons.';
"""

ACTING = """
CREATE FUNCTION answer_supplement(actor uuid, asked uuid, content jsonb) RETURNS boolean
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH answered AS (
    UPDATE registry.claim_supplement AS held
    SET answered_at = registry.registry_now(), answered_by = actor, answer = content
    WHERE held.claim_id = asked AND held.answered_at IS NULL RETURNING 1
  ) SELECT EXISTS (SELECT FROM answered)
$$;
COMMENT ON FUNCTION answer_supplement(uuid, uuid, jsonb) IS
  'At the counter; the step''s trigger asks whether it is the actor''s to do. False when there is nothing to answer.';

CREATE FUNCTION release_claim_hold(actor uuid, asked uuid, why text) RETURNS boolean
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  placed registry.claim_hold;
BEGIN
  SELECT * INTO placed FROM registry.claim_hold WHERE claim_hold.hold_id = asked FOR NO KEY UPDATE;
  IF NOT FOUND OR placed.released_at IS NOT NULL THEN
    RETURN false;
  END IF;
  IF placed.placed_by = actor OR NOT EXISTS (SELECT FROM registry.claim AS held
      WHERE held.person_id = placed.person_id AND held.claim_id = placed.claim_id
        AND registry.officer_may(actor, 'approval', held.division_code)) THEN
    RAISE EXCEPTION 'not theirs to release'
      USING ERRCODE = '23001', CONSTRAINT = 'claim_hold_second_person', TABLE = 'claim_hold';
  END IF;
  UPDATE registry.claim_hold
  SET released_at = registry.registry_now(), released_by = actor, release_reason = why
  WHERE claim_hold.person_id = placed.person_id AND claim_hold.hold_id = asked;
  RETURN true;
END $$;
COMMENT ON FUNCTION release_claim_hold(uuid, uuid, text) IS
  'By an officer who approves in the area and did not place it. False when it is not open.';

CREATE FUNCTION name_claim_account(actor uuid, asked uuid, account uuid) RETURNS boolean
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  held registry.claim;
BEGIN
  SELECT * INTO held FROM registry.claim WHERE claim.claim_id = asked FOR UPDATE;
  IF NOT FOUND OR held.payee_kind <> 'person' OR held.state NOT IN ('submitted', 'supplement_requested', 'accepted')
     OR NOT EXISTS (SELECT FROM registry.payee_account AS named
       WHERE named.person_id = held.person_id AND named.account_id = account AND named.ended_at IS NULL)
     OR NOT (registry.officer_may(actor, 'review', held.division_code)
       OR EXISTS (SELECT FROM registry.citizen_principal AS own WHERE own.principal_id = actor
         AND own.person_id IN (SELECT registry.person_group(held.person_id)))) THEN
    RETURN false;
  END IF;
  UPDATE registry.claim SET account_id = account, version = held.version + 1
  WHERE claim.person_id = held.person_id AND claim.claim_id = held.claim_id;
  RETURN true;
END $$;
COMMENT ON FUNCTION name_claim_account(uuid, uuid, uuid) IS
  'Into which of the own accounts a claim is to be paid, as long as it is not reviewed. False when it cannot be.';

CREATE FUNCTION confirm_institution_account(actor uuid, asked uuid) RETURNS text
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  held registry.institution_account;
  division text;
BEGIN
  SELECT * INTO held FROM registry.institution_account WHERE institution_account.account_id = asked FOR UPDATE;
  SELECT school.division_code INTO division FROM registry.training_institution AS school
    WHERE school.institution_id = held.institution_id;
  IF NOT FOUND OR NOT registry.officer_may(actor, 'directory', division) THEN
    RETURN 'account_unknown';
  ELSIF held.ended_at IS NOT NULL THEN
    RETURN 'institution_account_ended';
  ELSIF held.confirmed_at IS NOT NULL THEN
    RETURN 'institution_account_confirmed';
  END IF;
  UPDATE registry.institution_account SET confirmed_by = actor, confirmed_at = registry.registry_now()
    WHERE institution_account.institution_id = held.institution_id AND institution_account.account_id = asked;
  RETURN 'confirmed';
END $$;
COMMENT ON FUNCTION confirm_institution_account(uuid, uuid) IS
  'By an officer of the directory of the area, who is never the one who filed it (institution_account_second_person).';
"""

COMMITTING = """
CREATE FUNCTION refuse_commitment() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM FROM registry.claim AS held
    JOIN registry.record_entry AS entry ON entry.person_id = held.person_id AND entry.entry_id = held.entry_id
    JOIN registry.course_opening AS class ON class.opening_id = entry.opening_id
    JOIN registry.training_program_version AS program
      ON program.program_id = class.program_id AND program.version = class.program_version
    WHERE held.person_id = NEW.person_id AND held.claim_id = NEW.claim_id AND held.state = 'submitted'
      AND held.kind = 'training' AND held.payee_kind = 'institution' AND held.submitted_by = NEW.committed_by
      AND program.training_type IN ('project_based', 'job_skill_project')
    FOR SHARE OF held;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'only whoever files for a project-based training promises, and with the filing'
      USING ERRCODE = '23001', CONSTRAINT = 'claim_commitment_with_filing', TABLE = 'claim_commitment';
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION refuse_commitment() IS '告知承诺 is for 项目制 alone, by the institution that files and is paid.';

CREATE FUNCTION institution_credit(actor uuid, asked uuid)
  RETURNS TABLE (active_since date, broken_on date, recovered_on date)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT
    (SELECT lower(standing.in_force) FROM registry.institution_standing AS standing
     WHERE standing.institution_id = asked AND standing.standing = 'active'
       AND standing.in_force @> registry.law_date(registry.registry_now())),
    (SELECT max(registry.law_date(promised.checked_at)) FROM registry.principal AS signer
     JOIN registry.claim_commitment AS promised ON promised.committed_by = signer.principal_id
     WHERE signer.institution_id = asked AND promised.outcome = 'failed'),
    (SELECT max(registry.law_date(owed.ordered_at)) FROM registry.claim AS held
     JOIN registry.benefit AS paid ON paid.person_id = held.person_id AND paid.claim_id = held.claim_id
     JOIN registry.recovery AS owed ON owed.person_id = paid.person_id AND owed.benefit_id = paid.benefit_id
     WHERE held.payee_institution_id = asked AND owed.cause = 'fraud')
  WHERE EXISTS (SELECT FROM registry.principal AS asking WHERE asking.principal_id = actor
    AND (asking.kind = 'officer' OR asking.institution_id = asked))
$$;
COMMENT ON FUNCTION institution_credit(uuid, uuid) IS
  'What an institution''s credit is read from: since when it is listed without a break, its last broken promise, its last fraud.';

CREATE FUNCTION list_post_checks(prefix text, after_on date, after_id uuid, page integer)
  RETURNS TABLE (claim_id uuid, claim_number text, state text, division_code text, institution_name text, version text,
    committed_at timestamptz, check_due_on date)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT held.claim_id, held.claim_number, held.state, held.division_code, school.name, promised.version,
    promised.committed_at, promised.check_due_on
  FROM registry.claim_commitment AS promised
  JOIN registry.claim AS held ON held.person_id = promised.person_id AND held.claim_id = promised.claim_id
  JOIN registry.training_institution AS school ON school.institution_id = held.payee_institution_id
  WHERE promised.outcome IS NULL AND starts_with(held.division_code, prefix)
    AND held.state NOT IN ('not_accepted', 'refused', 'withdrawn')
    AND (after_on IS NULL OR (promised.check_due_on, promised.claim_id) > (after_on, after_id))
  ORDER BY promised.check_due_on, promised.claim_id LIMIT page
$$;
COMMENT ON FUNCTION list_post_checks(text, date, uuid, integer) IS 'Checks that are owed, the earliest due first: nothing of the persons.';

CREATE FUNCTION decide_post_check(actor uuid, asked uuid, verdict text, why text) RETURNS text
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  held registry.claim;
BEGIN
  PERFORM registry.refuse_old_snapshot();
  -- Whoever pays waits for the claim's row: either the hold is there first, or the payment is and a case is opened.
  SELECT * INTO held FROM registry.claim WHERE claim.claim_id = asked FOR UPDATE;
  IF NOT FOUND OR NOT (registry.officer_may(actor, 'review', held.division_code)
      OR registry.officer_may(actor, 'inspection', held.division_code)) THEN
    RETURN 'absent';
  END IF;
  IF EXISTS (SELECT FROM registry.claim_review AS step WHERE step.person_id = held.person_id
        AND step.claim_id = asked AND step.reviewed_by = actor)
     OR EXISTS (SELECT FROM registry.claim_approval AS step WHERE step.person_id = held.person_id
        AND step.claim_id = asked AND step.approved_by = actor) THEN
    RETURN 'own_decision';
  END IF;
  UPDATE registry.claim_commitment AS promised
    SET outcome = verdict, findings = why, checked_at = registry.registry_now(), checked_by = actor
    WHERE promised.person_id = held.person_id AND promised.claim_id = asked AND promised.outcome IS NULL;
  IF NOT FOUND THEN
    RETURN CASE WHEN EXISTS (SELECT FROM registry.claim_commitment AS promised
      WHERE promised.person_id = held.person_id AND promised.claim_id = asked) THEN 'already_checked' ELSE 'absent' END;
  END IF;
  IF verdict = 'failed' AND held.state NOT IN ('paid', 'not_accepted', 'refused', 'withdrawn') THEN
    INSERT INTO registry.claim_hold (person_id, claim_id, reason_code, reason, placed_by)
      VALUES (held.person_id, asked, 'commitment_broken', '事后核查与所作承诺不符：' || why, actor)
      ON CONFLICT (person_id, claim_id, reason_code) WHERE released_at IS NULL DO NOTHING;
  END IF;
  RETURN 'decided';
END $$;
COMMENT ON FUNCTION decide_post_check(uuid, uuid, text, text) IS
  'decided, already_checked, own_decision or absent. By somebody who did not decide the claim; a broken promise holds what is unpaid.';
"""
PROMISING = """
REVOKE ALL ON FUNCTION refuse_commitment(), refuse_prepaid_class() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION refuse_commitment(), refuse_prepaid_class() TO registry_owner;
SET ROLE registry_owner;
CREATE TRIGGER not_prepaid AFTER INSERT ON claim FOR EACH ROW EXECUTE FUNCTION refuse_prepaid_class();
ALTER TABLE claim ENABLE ALWAYS TRIGGER not_prepaid;
CREATE TRIGGER with_filing BEFORE INSERT ON claim_commitment FOR EACH ROW EXECUTE FUNCTION refuse_commitment();
ALTER TABLE claim_commitment ENABLE ALWAYS TRIGGER with_filing;
"""

_INNER = """claim_training(uuid), claim_certificates(uuid), claim_history(uuid), claim_listing(uuid, uuid), claim_groups(uuid),
  claim_facts(uuid, uuid), claim_steps(uuid, uuid), class_of_entry(uuid, uuid), claim_areas(text)"""
_DOORS = """read_claims(uuid, uuid, text, text, text, text, uuid[]), read_claimable(uuid, uuid, text, text, text, text[]),
  own_claimable(uuid, text[]), own_claim(uuid, uuid), claim_facts_of(uuid[], uuid[]),
  claim_work_list(text, text[], text[], timestamptz, uuid, integer), answer_supplement(uuid, uuid, jsonb),
  release_claim_hold(uuid, uuid, text), name_claim_account(uuid, uuid, uuid), confirm_institution_account(uuid, uuid),
  institution_credit(uuid, uuid), list_post_checks(text, date, uuid, integer), decide_post_check(uuid, uuid, text, text)"""
CLOSE_DOORS = f"""
REVOKE ALL ON FUNCTION {_INNER}, {_DOORS} FROM PUBLIC;
GRANT EXECUTE ON FUNCTION read_claims(uuid, uuid, text, text, text, text, uuid[]),
  read_claimable(uuid, uuid, text, text, text, text[]),
  claim_work_list(text, text[], text[], timestamptz, uuid, integer), answer_supplement(uuid, uuid, jsonb),
  release_claim_hold(uuid, uuid, text), confirm_institution_account(uuid, uuid) TO app_agency;
GRANT EXECUTE ON FUNCTION list_post_checks(text, date, uuid, integer), decide_post_check(uuid, uuid, text, text) TO app_agency;
GRANT EXECUTE ON FUNCTION institution_credit(uuid, uuid) TO app_inst, app_agency;
GRANT EXECUTE ON FUNCTION name_claim_account(uuid, uuid, uuid) TO app_agency, app_citizen;
GRANT EXECUTE ON FUNCTION own_claimable(uuid, text[]), own_claim(uuid, uuid) TO app_citizen;
GRANT EXECUTE ON FUNCTION claim_facts_of(uuid[], uuid[]) TO worker;
"""


INDEXES = """
CREATE INDEX claim_of_institution ON claim (payee_institution_id, submitted_at, claim_id)
  WHERE payee_institution_id IS NOT NULL;
CREATE INDEX claim_by_submitter ON claim (submitted_by, submitted_at, claim_id);
"""


def upgrade() -> None:
    execute_script(INDEXES)
    execute_script(
        "SET ROLE access_owner;" + FACTS + CLASSES + READING + ACTING + COMMITTING + CLOSE_DOORS + PROMISING
    )


def downgrade() -> None:
    execute_script("DROP TRIGGER with_filing ON claim_commitment; DROP TRIGGER not_prepaid ON claim;")
    execute_script(
        f"SET ROLE access_owner; DROP FUNCTION {_DOORS}, {_INNER}, refuse_commitment(), refuse_prepaid_class(); SET ROLE registry_owner;"
    )
    execute_script("DROP INDEX claim_of_institution, claim_by_submitter;")
