"""Public notice (公示), objections, clearance; the triggers by which a step moves its claim; the door claims enter by.

Why: a claim is where its steps have brought it. A step's trigger compares state and round, refuses an officer without
the permission or outside the area, keeps what is on hold where it is, and gives key and slot back when a claim ends
without money. Filing goes through one door that takes key, yearly slot and claim together or leaves nothing behind.
Lock taken, and for how long: none that matters, new tables and functions.
Safe with the previous release running: yes.
How undone: downgrade drops them.
"""

from app.db.migration import execute_script

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

NOTICES = """
CREATE TABLE public_notice (
  notice_id uuid NOT NULL DEFAULT uuidv7(),
  division_code text NOT NULL,
  agency_id uuid NOT NULL,
  title text NOT NULL,
  starts_on date NOT NULL,
  ends_on date NOT NULL,
  published_at timestamptz NOT NULL DEFAULT registry_now(),
  published_by uuid NOT NULL,
  CONSTRAINT public_notice_pkey PRIMARY KEY (notice_id),
  CONSTRAINT public_notice_publisher_key UNIQUE (notice_id, published_by),
  CONSTRAINT public_notice_forward CHECK (ends_on > starts_on),
  CONSTRAINT public_notice_title_given CHECK (length(btrim(title)) >= 2),
  CONSTRAINT public_notice_division_fkey FOREIGN KEY (division_code) REFERENCES division_code (code),
  CONSTRAINT public_notice_publisher_fkey FOREIGN KEY (published_by, agency_id) REFERENCES principal (principal_id, agency_id)
);
COMMENT ON TABLE public_notice IS '公示 (人社部发〔2017〕40号 五(三)); shown from starts_on to ends_on, both days included, and never after.';
CALL make_append_only('public_notice');

CREATE TABLE public_notice_line (
  person_id uuid NOT NULL,
  claim_id uuid NOT NULL,
  round smallint NOT NULL,
  notice_id uuid NOT NULL,
  line_no integer NOT NULL,
  decision text NOT NULL DEFAULT 'approved',
  amount_fen bigint NOT NULL,
  reviewed_by uuid NOT NULL,
  approved_by uuid NOT NULL,
  published_by uuid NOT NULL,
  shown jsonb NOT NULL,
  CONSTRAINT public_notice_line_pkey PRIMARY KEY (person_id, claim_id, round),
  CONSTRAINT public_notice_line_notice_key UNIQUE (person_id, claim_id, round, notice_id),
  CONSTRAINT public_notice_line_place_key UNIQUE (person_id, notice_id, line_no),
  CONSTRAINT public_notice_line_notice_fkey FOREIGN KEY (notice_id, published_by)
    REFERENCES public_notice (notice_id, published_by),
  CONSTRAINT public_notice_line_approved CHECK (decision = 'approved'),
  CONSTRAINT public_notice_line_approval_fkey
    FOREIGN KEY (person_id, claim_id, round, decision, amount_fen, reviewed_by, approved_by)
    REFERENCES claim_approval (person_id, claim_id, round, decision, amount_fen, reviewed_by, approved_by),
  CONSTRAINT public_notice_line_whitelist CHECK
    (shown - ARRAY['name', 'benefit', 'occupation', 'level', 'institution', 'amount_fen', 'division'] = '{}'),
  CONSTRAINT public_notice_line_masked CHECK (shown::text !~ '[0-9]{11}')
);
COMMENT ON COLUMN public_notice_line.shown IS 'Exactly what the public sees: a whitelist of fields, the name masked.';
CREATE INDEX public_notice_line_notice ON public_notice_line (notice_id, line_no);
CALL make_append_only('public_notice_line');

CREATE TABLE objection (
  objection_id uuid NOT NULL DEFAULT uuidv7(),
  notice_id uuid NOT NULL,
  line_no integer NOT NULL,
  grounds_sealed bytea NOT NULL,
  contact_sealed bytea,
  filed_at timestamptz NOT NULL DEFAULT registry_now(),
  outcome text,
  outcome_reason text,
  decided_at timestamptz,
  decided_by uuid,
  decider_kind text NOT NULL DEFAULT 'officer',
  CONSTRAINT objection_pkey PRIMARY KEY (objection_id),
  CONSTRAINT objection_notice_fkey FOREIGN KEY (notice_id) REFERENCES public_notice (notice_id),
  CONSTRAINT objection_outcome_known CHECK (outcome IN ('upheld', 'dismissed')),
  CONSTRAINT objection_decided_whole CHECK ((outcome IS NULL) = (decided_at IS NULL)
    AND (outcome IS NULL) = (decided_by IS NULL) AND (outcome IS NULL) = (outcome_reason IS NULL)),
  CONSTRAINT objection_by_person CHECK (decider_kind = 'officer'),
  CONSTRAINT objection_decided_by_fkey FOREIGN KEY (decided_by, decider_kind) REFERENCES principal (principal_id, kind)
);
COMMENT ON TABLE objection IS '异议 against one line of a notice; while it is open that claim alone stands still.';
CREATE INDEX objection_open ON objection (notice_id, line_no) WHERE outcome IS NULL;
CALL make_append_only('objection', 'outcome', 'outcome_reason', 'decided_at', 'decided_by');

CREATE TABLE claim_clearance (
  person_id uuid NOT NULL,
  claim_id uuid NOT NULL,
  round smallint NOT NULL,
  notice_id uuid NOT NULL,
  cleared_at timestamptz NOT NULL DEFAULT registry_now(),
  cleared_by uuid NOT NULL,
  CONSTRAINT claim_clearance_pkey PRIMARY KEY (person_id, claim_id, round),
  CONSTRAINT claim_clearance_line_fkey FOREIGN KEY (person_id, claim_id, round, notice_id)
    REFERENCES public_notice_line (person_id, claim_id, round, notice_id),
  CONSTRAINT claim_clearance_cleared_by_fkey FOREIGN KEY (cleared_by) REFERENCES principal (principal_id)
);
COMMENT ON TABLE claim_clearance IS 'The notice is over and nobody objects: the claim is payable.';
CALL make_append_only('claim_clearance');

CREATE TABLE claim_move (
  person_id uuid NOT NULL,
  claim_id uuid NOT NULL,
  move_id uuid NOT NULL DEFAULT uuidv7(),
  from_state text NOT NULL,
  to_state text NOT NULL,
  round smallint NOT NULL,
  step text NOT NULL,
  moved_at timestamptz NOT NULL DEFAULT registry_now(),
  moved_by uuid NOT NULL,
  CONSTRAINT claim_move_pkey PRIMARY KEY (person_id, claim_id, move_id),
  CONSTRAINT claim_move_claim_fkey FOREIGN KEY (person_id, claim_id) REFERENCES claim (person_id, claim_id),
  CONSTRAINT claim_move_moved_by_fkey FOREIGN KEY (moved_by) REFERENCES principal (principal_id)
);
COMMENT ON TABLE claim_move IS 'The way of a claim, step by step; what 办理进度 shows.';
CALL make_append_only('claim_move');
"""

GRANTS = """
GRANT SELECT ON public_notice TO app_public, app_inst, app_agency, app_citizen, worker, auditor, access_owner;
GRANT SELECT ON public_notice_line, claim_clearance, claim_move TO app_citizen, app_inst, worker, auditor, access_owner;
GRANT SELECT ON objection TO worker, auditor, access_owner;
GRANT SELECT (objection_id, notice_id, line_no, filed_at, outcome, outcome_reason, decided_at) ON objection TO app_citizen;
GRANT INSERT (notice_id, division_code, agency_id, title, starts_on, ends_on, published_by) ON public_notice TO app_agency;
GRANT INSERT (person_id, claim_id, round, notice_id, line_no, amount_fen, reviewed_by, approved_by, published_by,
  shown) ON public_notice_line TO access_owner;
GRANT INSERT ON objection TO access_owner;
GRANT UPDATE (outcome, outcome_reason, decided_at, decided_by) ON objection TO access_owner;
GRANT INSERT (person_id, claim_id, round, notice_id, cleared_by) ON claim_clearance TO worker;
GRANT INSERT (person_id, claim_id, from_state, to_state, round, step, moved_by) ON claim_move TO access_owner;
GRANT SELECT ON permission_grant, citizen_principal TO access_owner;
-- A row lock needs the right to update something; the guard lets nothing be edited.
GRANT UPDATE (title) ON public_notice TO access_owner;
"""

MOVING = """
CREATE FUNCTION division_prefix(code text) RETURNS text LANGUAGE sql IMMUTABLE
  RETURN regexp_replace(code, '(00)+$', '');

CREATE FUNCTION officer_may(acting uuid, wanted text, division text) RETURNS boolean
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT EXISTS (
    SELECT FROM registry.principal AS officer
    JOIN registry.agency ON agency.agency_id = officer.agency_id
    JOIN registry.permission_grant AS held ON held.principal_id = officer.principal_id
    WHERE officer.principal_id = acting AND officer.kind = 'officer' AND officer.suspended_at IS NULL
      AND held.permission = wanted AND held.confirmed_at IS NOT NULL AND held.revoked_at IS NULL
      AND starts_with(division, registry.division_prefix(agency.division_code)))
$$;
COMMENT ON FUNCTION officer_may(uuid, text, text) IS 'A live grant, and an area that covers the division.';

CREATE FUNCTION refuse_old_snapshot() RETURNS void LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- What looks after it has locked must see what was committed meanwhile. Above READ COMMITTED it would look at the
  -- past: a merge, a hold, a payment committed since the snapshot would go unseen.
  IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
    RAISE EXCEPTION 'claims are decided on what is committed now: use READ COMMITTED'
      USING ERRCODE = '25001', CONSTRAINT = 'claim_sees_the_present', TABLE = 'claim';
  END IF;
END $$;

CREATE FUNCTION claim_is_held(person uuid, claim uuid) RETURNS boolean
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT EXISTS (SELECT FROM registry.claim_hold AS held
    WHERE held.person_id = person AND held.claim_id = claim AND held.released_at IS NULL)
  OR EXISTS (SELECT FROM registry.merge_collision AS collision
    WHERE collision.decision IS NULL
      AND (collision.person_id IN (SELECT registry.person_group(person))
           OR collision.other_person_id IN (SELECT registry.person_group(person))))
$$;

CREATE FUNCTION give_back_key(person uuid, key uuid, why text) RETURNS void
  LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
  -- A merge copies a key while it locks it: after the wait the next statements see the copy.
  SELECT FROM registry.benefit_key WHERE person_id = person AND key_id = key FOR NO KEY UPDATE;
  UPDATE registry.benefit_slot SET released_at = registry.registry_now()
  FROM registry.benefit_key AS held
  WHERE benefit_slot.person_id = held.person_id AND benefit_slot.key_id = held.key_id
    AND benefit_slot.released_at IS NULL AND held.released_at IS NULL
    AND (held.person_id = person AND held.key_id = key
         OR held.copied_from_person = person AND held.copied_from_key = key);
  UPDATE registry.benefit_key SET released_at = registry.registry_now(), release_reason = why
  WHERE released_at IS NULL AND (person_id = person AND key_id = key
         OR copied_from_person = person AND copied_from_key = key);
$$;
COMMENT ON FUNCTION give_back_key(uuid, uuid, text) IS 'Key, slot, and their copies in merged persons.';

CREATE FUNCTION acts_for_claimant(acting uuid, held registry.claim) RETURNS boolean
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT acting = held.submitted_by OR registry.officer_may(acting, 'review', held.division_code)
    OR EXISTS (SELECT FROM registry.citizen_principal AS own WHERE own.principal_id = acting
      AND own.person_id IN (SELECT registry.person_group(held.person_id)))
    OR EXISTS (SELECT FROM registry.principal AS own WHERE own.principal_id = acting AND own.institution_id IN (
      held.payee_institution_id, (SELECT institution_id FROM registry.principal WHERE principal_id = held.submitted_by)))
$$;
COMMENT ON FUNCTION acts_for_claimant(uuid, claim) IS 'The person, the institution paid or filing, or an officer at the counter.';

CREATE FUNCTION move_claim() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  -- Arguments: states it may come from; state it goes to, or a map from the value of a column; that column; the column
  -- of who acts; the permission an officer needs, or who else may act.
  step jsonb := to_jsonb(NEW);
  target text := CASE WHEN starts_with(TG_ARGV[1], '{') THEN TG_ARGV[1]::jsonb ->> (step ->> TG_ARGV[2]) ELSE TG_ARGV[1] END;
  acting uuid := step ->> TG_ARGV[3];
  held registry.claim;
  permitted boolean;
BEGIN
  IF target IS NULL THEN
    RETURN NULL;
  END IF;
  PERFORM registry.refuse_old_snapshot();
  SELECT * INTO held FROM registry.claim
    WHERE claim.person_id = NEW.person_id AND claim.claim_id = NEW.claim_id FOR UPDATE;
  IF (held.state = ANY (TG_ARGV[0]::text[])) IS NOT TRUE OR held.round <> coalesce((step ->> 'round')::smallint, held.round) THEN
    RAISE EXCEPTION 'a claim that is % in round % does not take this step', held.state, held.round
      USING ERRCODE = '23001', CONSTRAINT = 'claim_step_in_order', TABLE = TG_TABLE_NAME;
  END IF;
  IF target IN ('approved', 'payable', 'ordered') AND registry.claim_is_held(held.person_id, held.claim_id) THEN
    RAISE EXCEPTION 'the claim is on hold'
      USING ERRCODE = '23001', CONSTRAINT = 'claim_not_held', TABLE = TG_TABLE_NAME;
  END IF;
  permitted := CASE TG_ARGV[4]
    WHEN 'claimant' THEN registry.acts_for_claimant(acting, held)
    WHEN 'system' THEN EXISTS (SELECT FROM registry.principal WHERE principal_id = acting AND kind = 'system')
      OR registry.officer_may(acting, 'approval', held.division_code)
    ELSE registry.officer_may(acting, TG_ARGV[4], held.division_code) END;
  IF permitted IS NOT TRUE THEN
    RAISE EXCEPTION 'not theirs to decide'
      USING ERRCODE = '23001', CONSTRAINT = 'claim_officer_permitted', TABLE = TG_TABLE_NAME;
  END IF;
  UPDATE registry.claim SET state = target, version = held.version + 1, state_since = registry.registry_now(),
      account_id = coalesce((step ->> 'account_id')::uuid, held.account_id),
      round = held.round + CASE WHEN target = 'accepted' AND held.state <> 'submitted' THEN 1 ELSE 0 END
    WHERE claim.person_id = held.person_id AND claim.claim_id = held.claim_id;
  INSERT INTO registry.claim_move (person_id, claim_id, from_state, to_state, round, step, moved_by)
    VALUES (held.person_id, held.claim_id, held.state, target, held.round, TG_TABLE_NAME, acting);
  IF target IN ('not_accepted', 'refused', 'withdrawn') THEN
    PERFORM registry.give_back_key(held.person_id, held.key_id, target);
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION move_claim() IS 'The only way a claim changes state: by the row of the step it takes.';

CREATE FUNCTION refuse_early_clearance() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- An objection's foreign key locks the notice's row: none slips in beside this look.
  PERFORM FROM registry.public_notice WHERE public_notice.notice_id = NEW.notice_id
    AND public_notice.ends_on < registry.law_date(registry.registry_now()) FOR UPDATE;
  IF NOT FOUND OR EXISTS (
    SELECT FROM registry.objection JOIN registry.public_notice_line AS line
      ON line.notice_id = objection.notice_id AND line.line_no = objection.line_no
    WHERE line.person_id = NEW.person_id AND line.claim_id = NEW.claim_id AND line.round = NEW.round
      AND objection.outcome IS DISTINCT FROM 'dismissed') THEN
    RAISE EXCEPTION 'the notice is not over, or somebody objects'
      USING ERRCODE = '23001', CONSTRAINT = 'claim_clearance_after_notice', TABLE = 'claim_clearance';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION refuse_reviewer_of_earlier_round() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM registry.claim_appeal AS appeal
    JOIN registry.claim_approval AS earlier ON earlier.person_id = appeal.person_id
     AND earlier.claim_id = appeal.claim_id AND earlier.round = appeal.round
    WHERE appeal.person_id = NEW.person_id AND appeal.claim_id = NEW.claim_id AND appeal.round < NEW.round
      AND appeal.outcome = 'decide_again'
      AND (to_jsonb(NEW) ->> TG_ARGV[0])::uuid IN (earlier.reviewed_by, earlier.approved_by)) THEN
    RAISE EXCEPTION 'whoever decided what was appealed against does not decide again'
      USING ERRCODE = '23001', CONSTRAINT = 'claim_decided_again_by_others', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION refuse_old_snapshot(), move_claim(), refuse_early_clearance(), refuse_reviewer_of_earlier_round(),
  give_back_key(uuid, uuid, text), claim_is_held(uuid, uuid), officer_may(uuid, text, text), division_prefix(text),
  acts_for_claimant(uuid, claim) FROM PUBLIC;
-- Whoever owns a table may hang these on it; nobody can call them.
GRANT EXECUTE ON FUNCTION move_claim(), refuse_early_clearance(), refuse_reviewer_of_earlier_round() TO registry_owner;
"""

TRIGGERS = """
CREATE PROCEDURE make_step(step regclass, operation text, VARIADIC arguments text[]) LANGUAGE plpgsql
  SET search_path = registry, pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format('CREATE TRIGGER moves_claim AFTER %s ON %s FOR EACH ROW EXECUTE FUNCTION move_claim(%s)', operation, step,
    (SELECT string_agg(quote_literal(argument), ', ' ORDER BY place) FROM unnest(arguments) WITH ORDINALITY AS given (argument, place)));
  EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER moves_claim', step);
END $$;
REVOKE ALL ON PROCEDURE make_step(regclass, text, text[]) FROM PUBLIC;
CALL make_step('claim_acceptance', 'INSERT', '{submitted}', '{"accepted": "accepted", "not_accepted": "not_accepted"}',
  'outcome', 'decided_by', 'review');
CALL make_step('claim_review', 'INSERT', '{accepted}', 'reviewed', '', 'reviewed_by', 'review');
CALL make_step('claim_approval', 'INSERT', '{reviewed}',
  '{"approved": "approved", "refused": "refused", "sent_back": "accepted"}', 'decision', 'approved_by', 'approval');
CALL make_step('public_notice_line', 'INSERT', '{approved}', 'noticed', '', 'published_by', 'approval');
CALL make_step('claim_clearance', 'INSERT', '{noticed}', 'payable', '', 'cleared_by', 'system');
CALL make_step('claim_withdrawal', 'INSERT',
  '{submitted,supplement_requested,accepted,reviewed,approved,noticed,payable}', 'withdrawn', '', 'withdrawn_by', 'claimant');
CALL make_step('claim_supplement', 'INSERT', '{submitted}', 'supplement_requested', '', 'requested_by', 'review');
CREATE TRIGGER answer_moves_claim AFTER UPDATE ON claim_supplement FOR EACH ROW
  WHEN (OLD.answered_at IS NULL AND NEW.answered_at IS NOT NULL)
  EXECUTE FUNCTION move_claim('{supplement_requested}', 'submitted', '', 'answered_by', 'claimant');
ALTER TABLE claim_supplement ENABLE ALWAYS TRIGGER answer_moves_claim;

CREATE TRIGGER after_notice BEFORE INSERT ON claim_clearance FOR EACH ROW EXECUTE FUNCTION refuse_early_clearance();
ALTER TABLE claim_clearance ENABLE ALWAYS TRIGGER after_notice;
CREATE TRIGGER other_people BEFORE INSERT ON claim_review
  FOR EACH ROW EXECUTE FUNCTION refuse_reviewer_of_earlier_round('reviewed_by');
ALTER TABLE claim_review ENABLE ALWAYS TRIGGER other_people;
CREATE TRIGGER other_people BEFORE INSERT ON claim_approval
  FOR EACH ROW EXECUTE FUNCTION refuse_reviewer_of_earlier_round('approved_by');
ALTER TABLE claim_approval ENABLE ALWAYS TRIGGER other_people;
"""

FILING = """
CREATE FUNCTION may_claim_for(acting uuid, person uuid, institution uuid) RETURNS boolean
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT EXISTS (
    SELECT FROM registry.principal AS claimant
    LEFT JOIN registry.citizen_principal AS own ON own.principal_id = claimant.principal_id
    WHERE claimant.principal_id = acting AND claimant.suspended_at IS NULL
      AND (claimant.kind IN ('officer', 'system')
           OR claimant.institution_id = institution
              AND claimant.kind IN ('institution_operator', 'institution_client')
           OR own.person_id IN (SELECT registry.person_group(person))))
$$;

CREATE FUNCTION take_slot(person uuid, key uuid, slot uuid, wanted text, line text, division text, dated date,
    employer uuid) RETURNS void
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  rule registry.slot_rule;
  shortage boolean;
  held_scope text;
  place smallint;
  -- Months are counted with the employer too. Those of a list of old that names no employer are the person's alone.
  counted uuid := CASE WHEN wanted = 'work_based' THEN employer END;
  employer_place smallint;
  members uuid[] := ARRAY(SELECT registry.person_group(person));
BEGIN
  SELECT * INTO rule FROM registry.slot_rule
    WHERE slot_rule.slot_group = wanted AND slot_rule.in_force @> dated
      AND (slot_rule.division_code = '000000'
           OR starts_with(division, registry.division_prefix(slot_rule.division_code)))
    ORDER BY length(registry.division_prefix(slot_rule.division_code)) DESC LIMIT 1;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'slot_rule_missing' USING ERRCODE = 'RG001';
  END IF;
  shortage := EXISTS (SELECT FROM registry.shortage_occupation AS short
    WHERE short.benefit_line = line AND short.in_force @> dated
      AND starts_with(division, registry.division_prefix(short.division_code)));
  held_scope := CASE rule.year_of WHEN 'entry' THEN to_char(dated, 'YYYY')
    WHEN 'application' THEN to_char(registry.law_date(registry.registry_now()), 'YYYY') ELSE 'life' END;
  LOOP
    -- What is short takes the places kept for it first, so that it matters not which claim was filed first.
    place := NULL;
    SELECT free.nth INTO place
      FROM generate_series(1, rule.cap + CASE WHEN shortage THEN rule.shortage_extra ELSE 0 END) AS free (nth)
      WHERE NOT EXISTS (SELECT FROM registry.benefit_slot AS held
        WHERE held.person_id = ANY (members) AND held.slot_group = wanted
          AND held.scope = held_scope AND held.nth = free.nth AND held.released_at IS NULL)
      ORDER BY shortage AND free.nth <= rule.cap, free.nth LIMIT 1;
    IF counted IS NOT NULL THEN
      SELECT min(free.nth) INTO employer_place FROM generate_series(1, rule.employer_cap) AS free (nth)
        WHERE NOT EXISTS (SELECT FROM registry.benefit_slot AS held
          WHERE held.person_id = ANY (members) AND held.slot_group = wanted
            AND held.employer_id = counted AND held.employer_nth = free.nth AND held.released_at IS NULL);
    END IF;
    IF place IS NULL OR counted IS NOT NULL AND employer_place IS NULL THEN
      RAISE EXCEPTION 'yearly_cap_reached' USING ERRCODE = 'RG001';
    END IF;
    -- The key's own person and the copies in merged persons take the same place or none.
    INSERT INTO registry.benefit_slot (person_id, slot_id, key_id, slot_group, scope, nth, cap, shortage_extra, is_shortage,
        rule_division, employer_id, employer_nth, employer_cap)
      SELECT held.person_id, CASE WHEN held.person_id = person THEN slot ELSE uuidv7() END, held.key_id, wanted, held_scope,
        place, rule.cap, rule.shortage_extra, shortage, rule.division_code, counted, employer_place,
        CASE WHEN counted IS NOT NULL THEN rule.employer_cap END
      FROM registry.benefit_key AS held
      WHERE held.released_at IS NULL AND (held.person_id = person AND held.key_id = key
         OR held.copied_from_person = person AND held.copied_from_key = key)
      ORDER BY held.person_id
      ON CONFLICT DO NOTHING;
    EXIT WHEN EXISTS (SELECT FROM registry.benefit_slot WHERE person_id = person AND slot_id = slot)
      AND NOT EXISTS (SELECT FROM registry.benefit_key AS held
        WHERE held.copied_from_person = person AND held.copied_from_key = key AND held.released_at IS NULL
          AND NOT EXISTS (SELECT FROM registry.benefit_slot AS taken
            WHERE taken.person_id = held.person_id AND taken.key_id = held.key_id));
    IF EXISTS (SELECT FROM registry.benefit_slot AS taken JOIN registry.benefit_key AS held USING (person_id, key_id)
               WHERE held.person_id = person AND held.key_id = key
                  OR held.copied_from_person = person AND held.copied_from_key = key) THEN
      -- A rival took the place of one of several merged persons: nothing half-taken is kept.
      RAISE EXCEPTION 'place taken meanwhile' USING ERRCODE = '40001';
    END IF;
  END LOOP;
END $$;

CREATE FUNCTION take_key(person uuid, key uuid, wanted text, line text, level text, held_period text) RETURNS boolean
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  members uuid[] := ARRAY(SELECT registry.person_group(person));
  taken integer;
BEGIN
  -- In one order for everybody: of two claims under two merged persons one waits for the other, never both.
  INSERT INTO registry.benefit_key (person_id, key_id, key_group, benefit_line, skill_level, period, origin,
      copied_from_person, copied_from_key)
    SELECT member, CASE WHEN member = person THEN key ELSE uuidv7() END, wanted, line, level, held_period,
      CASE WHEN member = person THEN 'claim' ELSE 'merged' END, CASE WHEN member <> person THEN person END,
      CASE WHEN member <> person THEN key END
    FROM unnest(members) AS member ORDER BY member
    ON CONFLICT (person_id, key_group, benefit_line, skill_level, period) WHERE released_at IS NULL DO NOTHING;
  GET DIAGNOSTICS taken = ROW_COUNT;
  IF taken BETWEEN 1 AND cardinality(members) - 1 THEN
    RAISE EXCEPTION 'benefit_already_held' USING ERRCODE = 'RG001';
  END IF;
  RETURN taken > 0;
END $$;

CREATE FUNCTION is_claimed_before_correction(person uuid, corrected uuid, wanted text) RETURNS boolean
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- An entry corrected to another occupation or level has another key; it is still one training. What was paid on the
  -- entry as it was is recovered first. (plpgsql: the tables of payments come in 0020.)
  RETURN EXISTS (
    WITH RECURSIVE former AS (
      SELECT entry.supersedes AS entry_id FROM registry.record_entry AS entry
        WHERE entry.person_id = person AND entry.entry_id = corrected
      UNION
      SELECT entry.supersedes FROM former
        JOIN registry.record_entry AS entry ON entry.person_id = person AND entry.entry_id = former.entry_id
    )
    SELECT FROM former JOIN registry.claim ON claim.person_id = person AND claim.entry_id = former.entry_id
    WHERE claim.kind = wanted AND claim.state NOT IN ('not_accepted', 'refused', 'withdrawn')
      AND NOT EXISTS (SELECT FROM registry.benefit
        WHERE benefit.person_id = person AND benefit.claim_id = claim.claim_id AND benefit.canceled_at IS NULL
          AND registry.recovered_of(person, benefit.benefit_id) = benefit.amount_fen));
END $$;

CREATE FUNCTION judge_claims(actor uuid, lines jsonb)
  RETURNS TABLE (ordinal integer, asked jsonb, person_id uuid, entry_id uuid, entry_kind text, ends_on date,
    institution_id uuid, key_group text, slot_group text, line text, level text, period text, outcome text)
  -- A body that is parsed already is planned as part of the query that calls it.
  LANGUAGE sql STABLE BEGIN ATOMIC
  SELECT given.ordinality::integer, given.item, entry.person_id, entry.entry_id, entry.kind, entry.ends_on,
    entry.institution_id, declared.key_group, declared.slot_group, of_key.line, of_key.level, of_key.period,
    CASE
      WHEN entry.entry_id IS NULL OR (claimant.kind IN ('officer', 'system')
          OR registry.may_claim_for(actor, entry.person_id, entry.institution_id)) IS NOT TRUE
        THEN 'entry_unknown'
      WHEN entry.kind IS DISTINCT FROM declared.entry_kind THEN 'entry_of_other_kind'
      WHEN entry.revoked_at IS NOT NULL OR entry.superseded_at IS NOT NULL THEN 'entry_not_in_force'
      WHEN given.item ->> 'payee_kind' = 'institution'
        AND (given.item ->> 'payee_institution_id')::uuid IS DISTINCT FROM entry.institution_id THEN 'payee_not_of_entry'
      WHEN declared.key_group = 'training_or_upgrade' AND occupation.benefit_line IS NULL THEN 'entry_without_occupation'
      -- Key, year and place would be the entry's, the verdict the certificate's.
      WHEN entry.kind = 'certificate' AND (certified.occupation_edition, certified.occupation_code, certified.skill_level, certified.issued_on)
        IS DISTINCT FROM (entry.occupation_edition, entry.occupation_code, entry.skill_level, entry.ends_on) THEN 'entry_outdated'
      -- Most who ask too late are told so here, and wait for nobody.
      WHEN held.key_id IS NOT NULL THEN 'benefit_already_held'
      WHEN entry.supersedes IS NOT NULL
        AND registry.is_claimed_before_correction(entry.person_id, entry.entry_id, declared.kind) THEN 'benefit_already_held'
    END
  FROM jsonb_array_elements(lines) WITH ORDINALITY AS given (item, ordinality)
  -- LIMIT, here and below: each line is looked up by its key, however many lines the planner expects.
  LEFT JOIN LATERAL (SELECT found.kind FROM registry.principal AS found WHERE found.principal_id = actor AND found.suspended_at IS NULL LIMIT 1) AS claimant ON true
  LEFT JOIN LATERAL (SELECT found.kind, found.entry_kind, found.key_group, found.slot_group
    FROM registry.benefit_kind AS found WHERE found.kind = given.item ->> 'kind' LIMIT 1) AS declared ON true
  LEFT JOIN LATERAL (SELECT found.person_id, found.entry_id, found.kind, found.ends_on, found.institution_id,
      found.occupation_edition, found.occupation_code, found.skill_level, found.opening_id, found.period, found.certificate_id,
      found.revoked_at, found.superseded_at, found.supersedes
    FROM registry.record_entry AS found
    WHERE found.person_id = (given.item ->> 'person_id')::uuid AND found.entry_id = (given.item ->> 'entry_id')::uuid
    LIMIT 1) AS entry ON true
  LEFT JOIN LATERAL (SELECT found.occupation_edition, found.occupation_code, found.skill_level, found.issued_on FROM registry.certificate
    AS found WHERE found.person_id = entry.person_id AND found.certificate_id = entry.certificate_id LIMIT 1) AS certified ON true
  LEFT JOIN LATERAL (SELECT found.benefit_line FROM registry.occupation AS found WHERE found.edition = entry.occupation_edition AND found.code = entry.occupation_code LIMIT 1) AS occupation ON true
  CROSS JOIN LATERAL (SELECT
    CASE WHEN declared.key_group IN ('training_or_upgrade', 'apprenticeship') THEN coalesce(occupation.benefit_line, 'none')
      ELSE 'none' END AS line,
    CASE declared.key_group WHEN 'training_or_upgrade' THEN coalesce(entry.skill_level, 'none') ELSE 'none' END AS level,
    CASE declared.key_group WHEN 'training_or_upgrade' THEN 'life' WHEN 'living_allowance' THEN entry.opening_id::text
      ELSE entry.period END AS period) AS of_key
  LEFT JOIN LATERAL (SELECT found.key_id FROM registry.benefit_key AS found
    WHERE found.person_id = entry.person_id AND found.key_group = declared.key_group
      AND found.benefit_line = of_key.line AND found.skill_level = of_key.level AND found.period = of_key.period
      AND found.released_at IS NULL LIMIT 1) AS held ON true;
END;
COMMENT ON FUNCTION judge_claims(uuid, jsonb) IS 'The once-only key of each line, and what speaks against filing it already now.';

CREATE FUNCTION submit_claims(actor uuid, batch uuid, lines jsonb)
  RETURNS TABLE (ordinal integer, outcome text, claim_id uuid)
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  -- Every look-up goes by its key whatever is asked: a plan made to measure costs more than it saves, each time anew.
  SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
  line record;
  asked record;
  open_lines integer[];
  persons uuid[];
  key uuid;
  slot uuid;
BEGIN
  -- One line, as most are: somebody may be filing for this person just now. Then wait until that is done, with all others
  -- who wait. This saves work and decides nothing: the unique indexes do. What most who ask come to is one condition, one
  -- query and one answer, because each expression, and a loop above all, costs a good part of the judgment itself.
  IF current_setting('transaction_isolation') = 'read committed' AND jsonb_array_length(lines) = 1
     AND (pg_try_advisory_xact_lock(hashtextextended('filing:' || (lines -> 0 ->> 'person_id'), 0))
       OR pg_advisory_xact_lock_shared(hashtextextended('filing:' || (lines -> 0 ->> 'person_id'), 0)) IS NOT NULL) THEN
    SELECT judged.ordinal, judged.outcome, (judged.asked ->> 'claim_id')::uuid, ARRAY[judged.person_id]
      INTO ordinal, outcome, claim_id, persons FROM registry.judge_claims(actor, lines) AS judged;
    IF outcome IS NOT NULL THEN
      RETURN NEXT;
      RETURN;
    END IF;
    open_lines := ARRAY[1];
  ELSE
    PERFORM registry.refuse_old_snapshot();
    FOR line IN
      SELECT judged.ordinal, judged.asked, judged.person_id, judged.outcome FROM registry.judge_claims(actor, lines) AS judged
    LOOP
      ordinal := line.ordinal;
      outcome := line.outcome;
      claim_id := line.asked ->> 'claim_id';
      IF outcome IS NULL THEN
        open_lines := open_lines || line.ordinal;
        persons := persons || line.person_id;
      ELSE
        RETURN NEXT;
      END IF;
    END LOOP;
  END IF;
  IF open_lines IS NULL THEN
    RETURN;
  END IF;
  PERFORM registry.lock_claimants(persons);
  FOR line IN
    SELECT judged.* FROM registry.judge_claims(actor, lines) AS judged WHERE judged.ordinal = ANY (open_lines)
    ORDER BY judged.person_id, judged.entry_id, judged.ordinal
  LOOP
    ordinal := line.ordinal;
    outcome := line.outcome;
    SELECT * INTO asked FROM jsonb_to_record(line.asked) AS each (claim_id uuid, claim_number text, kind text,
      division_code text, payee_kind text, account_id uuid, payee_institution_id uuid, voucher_id uuid);
    claim_id := asked.claim_id;
    IF outcome IS NOT NULL THEN
      RETURN NEXT;
      CONTINUE;
    END IF;
    key := uuidv7();
    slot := CASE WHEN line.slot_group <> 'none' THEN uuidv7() END;
    BEGIN
      IF NOT registry.take_key(line.person_id, key, line.key_group, line.line, line.level, line.period) THEN
        RAISE EXCEPTION 'benefit_already_held' USING ERRCODE = 'RG001';
      END IF;
      PERFORM FROM registry.record_entry WHERE record_entry.person_id = line.person_id
        AND record_entry.entry_id = line.entry_id AND record_entry.revoked_at IS NULL
        AND record_entry.superseded_at IS NULL FOR SHARE;
      IF NOT FOUND THEN
        RAISE EXCEPTION 'entry_not_in_force' USING ERRCODE = 'RG001';
      END IF;
      IF slot IS NOT NULL THEN
        PERFORM registry.take_slot(line.person_id, key, slot, line.slot_group, line.line, asked.division_code, line.ends_on,
          line.institution_id);
      END IF;
      INSERT INTO registry.claim (person_id, claim_id, claim_number, kind, entry_kind, entry_id, key_group, key_id,
          benefit_line, skill_level, period, slot_group, slot_id, division_code, payee_kind, account_id,
          payee_institution_id, voucher_id, batch_id, submitted_by)
        VALUES (line.person_id, asked.claim_id, asked.claim_number, asked.kind, line.entry_kind, line.entry_id,
          line.key_group, key, line.line, line.level, line.period, line.slot_group, slot, asked.division_code,
          asked.payee_kind, asked.account_id, asked.payee_institution_id, asked.voucher_id, batch, actor);
      INSERT INTO registry.claim_number (claim_number, person_id, claim_id)
        VALUES (asked.claim_number, line.person_id, asked.claim_id);
      outcome := 'submitted';
    EXCEPTION
      WHEN SQLSTATE 'RG001' THEN outcome := SQLERRM;
    END;
    RETURN NEXT;
  END LOOP;
END $$;

CREATE FUNCTION lock_claimants(asked uuid[]) RETURNS void
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  locked bigint[] := '{}';
  wanted bigint[];
BEGIN
  -- Claims share the lock that a merge takes alone: each sees the whole group, or waits until it can. Among themselves
  -- unique indexes decide, so that those who lose all wake at once instead of queueing.
  PERFORM registry.refuse_old_snapshot();
  LOOP
    SELECT array_agg(DISTINCT hashtextextended('presence:' || (
      SELECT min(one.person_id::text) FROM registry.person_group(given.member) AS one (person_id)), 0)) INTO wanted
      FROM unnest(asked) AS given (member);
    EXIT WHEN wanted <@ locked OR wanted IS NULL;
    PERFORM pg_advisory_xact_lock_shared(each) FROM unnest(wanted) AS each WHERE each <> ALL (locked) ORDER BY each;
    locked := locked || wanted;
  END LOOP;
END $$;
COMMENT ON FUNCTION lock_claimants(uuid[]) IS 'Shares the locks of lock_persons, whose key this is; asks again after the wait.';

COMMENT ON FUNCTION submit_claims(uuid, uuid, jsonb) IS
  'Each line takes its once-only key, its yearly slot and its claim together, or nothing; the answer is line by line.';

CREATE FUNCTION decide_appeal(actor uuid, asked uuid, verdict text, why text) RETURNS text
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  appeal registry.claim_appeal;
  held registry.claim;
  key uuid := uuidv7();
  slot uuid;
BEGIN
  SELECT * INTO appeal FROM registry.claim_appeal WHERE claim_appeal.appeal_id = asked;
  IF NOT FOUND THEN
    RETURN 'absent';
  END IF;
  PERFORM registry.lock_claimants(ARRAY[appeal.person_id]);
  SELECT * INTO held FROM registry.claim
    WHERE claim.person_id = appeal.person_id AND claim.claim_id = appeal.claim_id FOR UPDATE;
  IF NOT registry.officer_may(actor, 'approval', held.division_code) THEN
    RAISE EXCEPTION 'not theirs to decide'
      USING ERRCODE = '23001', CONSTRAINT = 'claim_officer_permitted', TABLE = 'claim_appeal';
  ELSIF EXISTS (SELECT FROM registry.claim_approval AS earlier
      WHERE earlier.person_id = held.person_id AND earlier.claim_id = held.claim_id AND earlier.round = appeal.round
        AND actor IN (earlier.reviewed_by, earlier.approved_by)) THEN
    RAISE EXCEPTION 'whoever decided what was appealed against does not decide again'
      USING ERRCODE = '23001', CONSTRAINT = 'claim_decided_again_by_others', TABLE = 'claim_appeal';
  END IF;
  UPDATE registry.claim_appeal
    SET outcome = verdict, outcome_reason = why, decided_by = actor, decided_at = registry.registry_now()
    WHERE claim_appeal.person_id = appeal.person_id AND claim_appeal.appeal_id = asked AND claim_appeal.outcome IS NULL;
  IF NOT FOUND THEN
    RETURN 'already_decided';
  ELSIF verdict <> 'decide_again' OR held.state = 'not_accepted' THEN
    RETURN verdict;
  ELSIF held.state <> 'refused' OR held.round <> appeal.round THEN
    RAISE EXCEPTION 'only the refusal that stands is decided again'
      USING ERRCODE = '23001', CONSTRAINT = 'claim_step_in_order', TABLE = 'claim_appeal';
  END IF;
  -- The refusal gave key and slot back. When another claim took them meanwhile, there is nothing to decide.
  IF NOT registry.take_key(held.person_id, key, held.key_group, held.benefit_line, held.skill_level, held.period) THEN
    RAISE EXCEPTION 'benefit_already_held' USING ERRCODE = 'RG001';
  END IF;
  IF held.slot_group <> 'none' THEN
    slot := uuidv7();
    PERFORM registry.take_slot(held.person_id, key, slot, held.slot_group, held.benefit_line, held.division_code,
        entry.ends_on, entry.institution_id)
      FROM registry.record_entry AS entry WHERE entry.person_id = held.person_id AND entry.entry_id = held.entry_id;
  END IF;
  UPDATE registry.claim SET state = 'accepted', round = held.round + 1, version = held.version + 1, key_id = key,
      slot_id = slot, state_since = registry.registry_now()
    WHERE claim.person_id = held.person_id AND claim.claim_id = held.claim_id;
  -- The other side's appeal has reached the same; what was written to one side is not told the other.
  UPDATE registry.claim_appeal AS other SET outcome = verdict, outcome_reason = '原决定已撤销，另行办理',
      decided_by = actor, decided_at = registry.registry_now()
    WHERE other.person_id = held.person_id AND other.claim_id = held.claim_id AND other.outcome IS NULL;
  INSERT INTO registry.claim_move (person_id, claim_id, from_state, to_state, round, step, moved_by)
    VALUES (held.person_id, held.claim_id, held.state, 'accepted', held.round + 1, 'claim_appeal', actor);
  RETURN verdict;
EXCEPTION
  WHEN SQLSTATE 'RG001' THEN RETURN SQLERRM;
END $$;
COMMENT ON FUNCTION decide_appeal(uuid, uuid, text, text) IS
  'upheld, withdrawn, or decide_again: a new round that other people decide. A claim never accepted is filed anew instead.';
REVOKE ALL ON FUNCTION submit_claims(uuid, uuid, jsonb), judge_claims(uuid, jsonb),
  is_claimed_before_correction(uuid, uuid, text), decide_appeal(uuid, uuid, text, text), lock_claimants(uuid[]),
  take_key(uuid, uuid, text, text, text, text), take_slot(uuid, uuid, uuid, text, text, text, date, uuid),
  may_claim_for(uuid, uuid, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION decide_appeal(uuid, uuid, text, text) TO app_agency;
GRANT EXECUTE ON FUNCTION submit_claims(uuid, uuid, jsonb) TO app_citizen, app_inst, app_agency, worker;
"""


def upgrade() -> None:
    execute_script(NOTICES + GRANTS)
    execute_script("SET ROLE access_owner;" + MOVING + FILING + "SET ROLE registry_owner;")
    execute_script(TRIGGERS)


def downgrade() -> None:
    execute_script("""SET ROLE access_owner;
    DROP FUNCTION decide_appeal(uuid, uuid, text, text), submit_claims(uuid, uuid, jsonb), judge_claims(uuid, jsonb),
      is_claimed_before_correction(uuid, uuid, text), lock_claimants(uuid[]), take_key(uuid, uuid, text, text, text, text),
      take_slot(uuid, uuid, uuid, text, text, text, date, uuid), may_claim_for(uuid, uuid, uuid);
    SET ROLE registry_owner; DROP PROCEDURE make_step(regclass, text, text[]);
    DROP TRIGGER other_people ON claim_approval; DROP TRIGGER other_people ON claim_review;
    DROP TRIGGER answer_moves_claim ON claim_supplement; DROP TRIGGER moves_claim ON claim_supplement;
    DROP TRIGGER moves_claim ON claim_withdrawal; DROP TRIGGER moves_claim ON claim_approval;
    DROP TRIGGER moves_claim ON claim_review; DROP TRIGGER moves_claim ON claim_acceptance;
    DROP TABLE claim_move, claim_clearance, objection, public_notice_line, public_notice; SET ROLE access_owner;
    DROP FUNCTION refuse_reviewer_of_earlier_round(), refuse_early_clearance(), move_claim(),
      give_back_key(uuid, uuid, text), claim_is_held(uuid, uuid), acts_for_claimant(uuid, claim),
      officer_may(uuid, text, text), division_prefix(text), refuse_old_snapshot();
    SET ROLE registry_owner; REVOKE SELECT ON permission_grant, citizen_principal FROM access_owner;""")
