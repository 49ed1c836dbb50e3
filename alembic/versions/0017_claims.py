"""Claims (申领): the once-only key, the yearly slot, and each legal step as a row that rests on the row before it.

Why: a key and a slot are taken when a claim is filed, by unique indexes, so that two claims in two regions cannot both
go on. Each step points at the step before; the row's trigger moves the claim, so no channel may write its state, and
refuses an officer who lacks the permission or whose area does not cover the claim.
Lock taken, and for how long: record_entry gets a column and a key on a table that is empty before the first release.
Safe with the previous release running: yes.
How undone: downgrade drops the tables.
"""

from app.db.migration import execute_script

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

KEYS = """
CREATE TABLE earlier_benefit (
  person_id uuid NOT NULL,
  earlier_id uuid NOT NULL DEFAULT uuidv7(),
  kind text NOT NULL,
  division_code text NOT NULL,
  paid_on date NOT NULL,
  amount_fen bigint NOT NULL,
  document_number text NOT NULL,
  import_id uuid NOT NULL,
  line integer NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT registry_now(),
  CONSTRAINT earlier_benefit_pkey PRIMARY KEY (person_id, earlier_id),
  CONSTRAINT earlier_benefit_line_key UNIQUE (person_id, import_id, line),
  CONSTRAINT earlier_benefit_amount_positive CHECK (amount_fen > 0),
  CONSTRAINT earlier_benefit_person_fkey FOREIGN KEY (person_id) REFERENCES person (person_id),
  CONSTRAINT earlier_benefit_kind_fkey FOREIGN KEY (kind) REFERENCES benefit_kind (kind),
  CONSTRAINT earlier_benefit_division_fkey FOREIGN KEY (division_code) REFERENCES division_code (code)
);
COMMENT ON TABLE earlier_benefit IS '存量补贴: paid before the registry. It holds its key and slot for ever; it is no payment of ours.';
CALL make_append_only('earlier_benefit');

CREATE TABLE benefit_key (
  person_id uuid NOT NULL,
  key_id uuid NOT NULL DEFAULT uuidv7(),
  key_group text NOT NULL,
  benefit_line text NOT NULL,
  skill_level text NOT NULL,
  period text NOT NULL,
  origin text NOT NULL,
  earlier_id uuid,
  copied_from_person uuid,
  copied_from_key uuid,
  taken_at timestamptz NOT NULL DEFAULT registry_now(),
  released_at timestamptz,
  release_reason text,
  CONSTRAINT benefit_key_pkey PRIMARY KEY (person_id, key_id),
  CONSTRAINT benefit_key_whole UNIQUE (person_id, key_id, key_group, benefit_line, skill_level, period),
  CONSTRAINT benefit_key_person_fkey FOREIGN KEY (person_id) REFERENCES person (person_id),
  CONSTRAINT benefit_key_level_fkey FOREIGN KEY (skill_level) REFERENCES skill_level (code),
  CONSTRAINT benefit_key_earlier_fkey FOREIGN KEY (person_id, earlier_id) REFERENCES earlier_benefit (person_id, earlier_id),
  CONSTRAINT benefit_key_group_known CHECK (key_group IN
    ('training_or_upgrade', 'living_allowance', 'apprenticeship', 'work_based', 'retention')),
  CONSTRAINT benefit_key_origin_known CHECK (origin IN ('claim', 'earlier', 'merged')),
  CONSTRAINT benefit_key_origin_whole CHECK
    ((origin = 'earlier') = (earlier_id IS NOT NULL) AND (origin = 'merged') = (copied_from_key IS NOT NULL)
     AND (copied_from_key IS NULL) = (copied_from_person IS NULL)),
  CONSTRAINT benefit_key_released_whole CHECK ((released_at IS NULL) = (release_reason IS NULL)),
  CONSTRAINT benefit_key_only_claims_end CHECK (released_at IS NULL OR origin <> 'earlier')
);
COMMENT ON TABLE benefit_key IS
  'I2: inside a group one benefit per person, line, level and period, for life. Pending claims hold theirs too; "none" is a code.';
CREATE UNIQUE INDEX benefit_key_once ON benefit_key (person_id, key_group, benefit_line, skill_level, period)
  WHERE released_at IS NULL;
-- The copies of a key in merged persons go with it: without this each claim would read every key there is.
CREATE INDEX benefit_key_copies ON benefit_key (copied_from_person, copied_from_key) WHERE copied_from_key IS NOT NULL;
CALL make_append_only('benefit_key', 'released_at', 'release_reason');

CREATE TABLE benefit_slot (
  person_id uuid NOT NULL,
  slot_id uuid NOT NULL DEFAULT uuidv7(),
  key_id uuid NOT NULL,
  slot_group text NOT NULL,
  scope text NOT NULL,
  nth smallint NOT NULL,
  cap smallint NOT NULL,
  shortage_extra smallint NOT NULL,
  is_shortage boolean NOT NULL,
  rule_division text NOT NULL,
  employer_id uuid,
  employer_nth smallint,
  employer_cap smallint,
  taken_at timestamptz NOT NULL DEFAULT registry_now(),
  released_at timestamptz,
  CONSTRAINT benefit_slot_pkey PRIMARY KEY (person_id, slot_id),
  CONSTRAINT benefit_slot_whole UNIQUE (person_id, slot_id, key_id, slot_group),
  CONSTRAINT benefit_slot_key_fkey FOREIGN KEY (person_id, key_id) REFERENCES benefit_key (person_id, key_id),
  CONSTRAINT benefit_slot_group_known CHECK (slot_group IN ('skill_upgrade', 'training', 'living_allowance', 'work_based')),
  CONSTRAINT benefit_slot_scope_form CHECK (scope ~ '^([0-9]{4}|life)$'),
  CONSTRAINT benefit_slot_employer_fkey FOREIGN KEY (employer_id) REFERENCES training_institution (institution_id),
  CONSTRAINT benefit_slot_employer_whole CHECK
    ((employer_id IS NULL) = (employer_nth IS NULL) AND (employer_id IS NULL) = (employer_cap IS NULL)
     AND (employer_id IS NULL OR slot_group = 'work_based')),
  CONSTRAINT benefit_slot_within_employer_cap CHECK (employer_nth BETWEEN 1 AND employer_cap),
  CONSTRAINT benefit_slot_within_cap CHECK (nth >= 1 AND nth <= cap + CASE WHEN is_shortage THEN shortage_extra ELSE 0 END)
);
COMMENT ON TABLE benefit_slot IS
  'I3: the yearly cap as numbered places; a place is taken once whatever the isolation level. A month of work-based
   training is numbered for the person and with the employer as well: places differ in which of the two they count.';
CREATE UNIQUE INDEX benefit_slot_once ON benefit_slot (person_id, slot_group, scope, nth) WHERE released_at IS NULL;
CREATE UNIQUE INDEX benefit_slot_employer_once ON benefit_slot (person_id, slot_group, employer_id, employer_nth)
  WHERE released_at IS NULL AND employer_id IS NOT NULL;
CALL make_append_only('benefit_slot', 'released_at');

CREATE TABLE merge_collision (
  person_id uuid NOT NULL,
  collision_id uuid NOT NULL DEFAULT uuidv7(),
  alias_id uuid NOT NULL,
  key_id uuid NOT NULL,
  other_person_id uuid NOT NULL,
  other_key_id uuid NOT NULL,
  found_at timestamptz NOT NULL DEFAULT registry_now(),
  decision text,
  decision_reason text,
  decided_by uuid,
  decided_at timestamptz,
  CONSTRAINT merge_collision_pkey PRIMARY KEY (person_id, collision_id),
  CONSTRAINT merge_collision_once UNIQUE (person_id, alias_id, key_id, other_key_id),
  CONSTRAINT merge_collision_key_fkey FOREIGN KEY (person_id, key_id) REFERENCES benefit_key (person_id, key_id),
  CONSTRAINT merge_collision_decision_known CHECK (decision IN ('recovered', 'no_double_benefit')),
  CONSTRAINT merge_collision_decided_whole CHECK ((decision IS NULL) = (decided_at IS NULL)
    AND (decision IS NULL) = (decided_by IS NULL) AND (decision IS NULL) = (decision_reason IS NULL)),
  CONSTRAINT merge_collision_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES principal (principal_id)
);
COMMENT ON TABLE merge_collision IS 'Two persons who turned out to be one had both enjoyed a benefit: payment stops until an officer decides.';
CALL make_append_only('merge_collision', 'decision', 'decision_reason', 'decided_by', 'decided_at');
"""

PAYEES = """
CREATE TABLE payee_account (
  person_id uuid NOT NULL,
  account_id uuid NOT NULL DEFAULT uuidv7(),
  kind text NOT NULL,
  bank_name text NOT NULL,
  number_sealed bytea NOT NULL,
  number_tail text NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT registry_now(),
  recorded_by uuid NOT NULL,
  check_outcome text,
  check_evidence_id text,
  checked_at timestamptz,
  check_due_at timestamptz DEFAULT registry_now(),
  ended_at timestamptz,
  CONSTRAINT payee_account_pkey PRIMARY KEY (person_id, account_id),
  CONSTRAINT payee_account_checked_key UNIQUE (person_id, account_id, check_outcome),
  CONSTRAINT payee_account_person_fkey FOREIGN KEY (person_id) REFERENCES person (person_id),
  CONSTRAINT payee_account_kind_known CHECK (kind IN ('bank_card', 'social_security_card', 'passbook')),
  CONSTRAINT payee_account_tail_form CHECK (number_tail ~ '^[0-9A-Z]{4}$'),
  CONSTRAINT payee_account_outcome_known CHECK (check_outcome IN ('matched', 'holder_differs', 'closed', 'unknown')),
  CONSTRAINT payee_account_check_whole CHECK ((check_outcome IS NULL) = (checked_at IS NULL)
    AND (check_outcome IS NULL) = (check_evidence_id IS NULL)),
  CONSTRAINT payee_account_recorded_by_fkey FOREIGN KEY (recorded_by) REFERENCES principal (principal_id)
);
COMMENT ON TABLE payee_account IS '本人账户 (人社部发〔2017〕40号 二(三)): only one whose holder the bank says is this person is ever paid.';
CREATE INDEX payee_account_check_due ON payee_account (check_due_at) WHERE check_due_at IS NOT NULL;
CALL make_append_only('payee_account', 'check_outcome', 'check_evidence_id', 'checked_at', 'ended_at');
-- The time of the next question is the one value that moves.
DROP TRIGGER set_once ON payee_account;
CREATE FUNCTION keep_payee_account() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF to_jsonb(OLD) - ARRAY['check_due_at', 'check_outcome', 'check_evidence_id', 'checked_at', 'ended_at']
     IS DISTINCT FROM to_jsonb(NEW) - ARRAY['check_due_at', 'check_outcome', 'check_evidence_id', 'checked_at', 'ended_at']
     OR OLD.check_outcome IS NOT NULL AND OLD.check_outcome IS DISTINCT FROM NEW.check_outcome
     OR OLD.ended_at IS NOT NULL AND OLD.ended_at IS DISTINCT FROM NEW.ended_at THEN
    RAISE EXCEPTION 'an account is added or ended, never edited'
      USING ERRCODE = '23001', CONSTRAINT = 'payee_account_set_once', TABLE = 'payee_account';
  END IF;
  RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION keep_payee_account() FROM PUBLIC;
CREATE TRIGGER set_once BEFORE UPDATE ON payee_account FOR EACH ROW EXECUTE FUNCTION keep_payee_account();
ALTER TABLE payee_account ENABLE ALWAYS TRIGGER set_once;

CREATE TABLE account_key (
  digest bytea NOT NULL,
  key_id text NOT NULL,
  person_id uuid NOT NULL,
  account_id uuid NOT NULL,
  CONSTRAINT account_key_pkey PRIMARY KEY (digest, account_id),
  CONSTRAINT account_key_account_fkey FOREIGN KEY (person_id, account_id) REFERENCES payee_account (person_id, account_id)
);
COMMENT ON TABLE account_key IS 'Which account numbers are known, by keyed digest: one account for several persons is a risk sign.';
CREATE INDEX account_key_account ON account_key (person_id, account_id);

CREATE TABLE institution_account (
  institution_id uuid NOT NULL,
  account_id uuid NOT NULL DEFAULT uuidv7(),
  bank_name text NOT NULL,
  number_sealed bytea NOT NULL,
  number_tail text NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT registry_now(),
  recorded_by uuid NOT NULL,
  confirmed_by uuid,
  confirmed_at timestamptz,
  ended_at timestamptz,
  CONSTRAINT institution_account_pkey PRIMARY KEY (institution_id, account_id),
  CONSTRAINT institution_account_institution_fkey FOREIGN KEY (institution_id)
    REFERENCES training_institution (institution_id),
  CONSTRAINT institution_account_tail_form CHECK (number_tail ~ '^[0-9A-Z]{4}$'),
  CONSTRAINT institution_account_second_person CHECK (confirmed_by <> recorded_by),
  CONSTRAINT institution_account_confirmed_whole CHECK ((confirmed_by IS NULL) = (confirmed_at IS NULL)),
  CONSTRAINT institution_account_recorded_by_fkey FOREIGN KEY (recorded_by) REFERENCES principal (principal_id),
  CONSTRAINT institution_account_confirmed_by_fkey FOREIGN KEY (confirmed_by) REFERENCES principal (principal_id)
);
COMMENT ON TABLE institution_account IS '对公账户: filed by the institution, confirmed by an officer of the directory before any payment.';
CALL make_append_only('institution_account', 'confirmed_by', 'confirmed_at', 'ended_at');
"""

CLAIM = """
CREATE SEQUENCE claim_serial;
CREATE SEQUENCE notice_serial;

CREATE TABLE insurance_fact (
  person_id uuid NOT NULL,
  fact_id uuid NOT NULL DEFAULT uuidv7(),
  as_of date NOT NULL,
  outcome text NOT NULL,
  facts jsonb NOT NULL,
  evidence_id text NOT NULL,
  answered_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT registry_now(),
  CONSTRAINT insurance_fact_pkey PRIMARY KEY (person_id, fact_id),
  CONSTRAINT insurance_fact_person_fkey FOREIGN KEY (person_id) REFERENCES person (person_id),
  CONSTRAINT insurance_fact_outcome_known CHECK (outcome IN ('answered', 'partial', 'person_unknown')),
  -- An employer's code can be all digits and then has the form of an identity number: it is left out of the search.
  CONSTRAINT insurance_fact_no_identity_number CHECK
    (regexp_replace(facts::text, '"employer_code": *"[0-9A-Z]{18}"', '', 'g') !~ '[0-9]{17}[0-9Xx]')
);
COMMENT ON TABLE insurance_fact IS 'What the insurance platform said of a person as of a day; a decision keeps the answer it rests on.';
CALL make_append_only('insurance_fact');

-- Set by the entry that supersedes it (0020), so that whoever locks the row meets it.
ALTER TABLE record_entry ADD COLUMN superseded_at timestamptz;
DROP TRIGGER set_once ON record_entry;
CREATE TRIGGER set_once BEFORE UPDATE ON record_entry FOR EACH ROW EXECUTE FUNCTION allow_set_once(
  'revoked_at', 'revoked_by', 'revocation_id', 'revocation_kind', 'revocation_decision', 'superseded_at');
ALTER TABLE record_entry ENABLE ALWAYS TRIGGER set_once;
-- I12: money for an institution goes to the one whose training or employment the entry tells of.
ALTER TABLE record_entry ADD CONSTRAINT record_entry_institution_key UNIQUE (person_id, entry_id, institution_id);

CREATE TABLE claim (
  person_id uuid NOT NULL,
  claim_id uuid NOT NULL DEFAULT uuidv7(),
  claim_number text NOT NULL,
  kind text NOT NULL,
  entry_kind text NOT NULL,
  entry_id uuid NOT NULL,
  key_group text NOT NULL,
  key_id uuid NOT NULL,
  benefit_line text NOT NULL,
  skill_level text NOT NULL,
  period text NOT NULL,
  slot_group text NOT NULL,
  slot_id uuid,
  division_code text NOT NULL,
  payee_kind text NOT NULL,
  account_id uuid,
  payee_institution_id uuid,
  voucher_id uuid,
  batch_id uuid,
  submitted_at timestamptz NOT NULL DEFAULT registry_now(),
  submitted_by uuid NOT NULL,
  state text NOT NULL DEFAULT 'submitted',
  round smallint NOT NULL DEFAULT 1,
  version integer NOT NULL DEFAULT 1,
  state_since timestamptz NOT NULL DEFAULT registry_now(),
  CONSTRAINT claim_pkey PRIMARY KEY (person_id, claim_id),
  CONSTRAINT claim_number_key UNIQUE (person_id, claim_id, claim_number),
  CONSTRAINT claim_key_once UNIQUE (person_id, key_id),
  CONSTRAINT claim_payable_key UNIQUE (person_id, claim_id, kind, entry_kind, entry_id),
  CONSTRAINT claim_kind_declared FOREIGN KEY (kind, entry_kind, key_group, slot_group)
    REFERENCES benefit_kind (kind, entry_kind, key_group, slot_group),
  CONSTRAINT claim_payee_allowed FOREIGN KEY (kind, payee_kind) REFERENCES benefit_kind_payee (kind, payee_kind),
  CONSTRAINT claim_entry_fkey FOREIGN KEY (person_id, entry_id, entry_kind)
    REFERENCES record_entry (person_id, entry_id, kind),
  CONSTRAINT claim_key_fkey FOREIGN KEY (person_id, key_id, key_group, benefit_line, skill_level, period)
    REFERENCES benefit_key (person_id, key_id, key_group, benefit_line, skill_level, period),
  CONSTRAINT claim_slot_fkey FOREIGN KEY (person_id, slot_id, key_id, slot_group)
    REFERENCES benefit_slot (person_id, slot_id, key_id, slot_group),
  CONSTRAINT claim_slot_by_kind CHECK ((slot_group = 'none') = (slot_id IS NULL)),
  CONSTRAINT claim_payee_whole CHECK
    ((payee_kind = 'institution') = (payee_institution_id IS NOT NULL) AND (payee_kind = 'person' OR account_id IS NULL)),
  CONSTRAINT claim_account_fkey FOREIGN KEY (person_id, account_id) REFERENCES payee_account (person_id, account_id),
  CONSTRAINT claim_institution_fkey FOREIGN KEY (payee_institution_id) REFERENCES training_institution (institution_id),
  CONSTRAINT claim_payee_of_entry FOREIGN KEY (person_id, entry_id, payee_institution_id)
    REFERENCES record_entry (person_id, entry_id, institution_id),
  CONSTRAINT claim_division_fkey FOREIGN KEY (division_code) REFERENCES division_code (code),
  CONSTRAINT claim_submitted_by_fkey FOREIGN KEY (submitted_by) REFERENCES principal (principal_id),
  CONSTRAINT claim_round_counted CHECK (round >= 1),
  CONSTRAINT claim_state_known CHECK (state IN ('submitted', 'supplement_requested', 'accepted', 'not_accepted', 'reviewed',
    'approved', 'refused', 'noticed', 'payable', 'ordered', 'instructed', 'paid', 'failed', 'withdrawn'))
);
COMMENT ON TABLE claim IS '补贴申领. state is moved by the steps'' own triggers; no channel writes it. division_code is the payer''s area.';
CREATE UNIQUE INDEX claim_one_live_an_entry ON claim (person_id, entry_id, kind)
  WHERE state NOT IN ('not_accepted', 'refused', 'withdrawn');
CREATE INDEX claim_work_list ON claim (division_code, state, kind, state_since, claim_id);
CREATE INDEX claim_work_list_of_province ON claim (left(division_code, 2), state, kind, state_since, claim_id)
  INCLUDE (division_code);
COMMENT ON INDEX claim_work_list_of_province IS
  'A province has a hundred counties, the nation three thousand: for them a list is put together by provinces.';
CREATE INDEX claim_by_id ON claim (claim_id);
CREATE INDEX claim_batch ON claim (batch_id) WHERE batch_id IS NOT NULL;

CREATE TABLE claim_number (
  claim_number text NOT NULL,
  person_id uuid NOT NULL,
  claim_id uuid NOT NULL,
  CONSTRAINT claim_number_pkey PRIMARY KEY (claim_number),
  CONSTRAINT claim_number_form CHECK (claim_number ~ '^S[0-9]{6}-[0-9]{4}-[0-9]{8}$'),
  CONSTRAINT claim_number_claim_fkey FOREIGN KEY (person_id, claim_id, claim_number)
    REFERENCES claim (person_id, claim_id, claim_number)
);
CALL make_append_only('claim_number');

CREATE FUNCTION keep_claim() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  moving text[] := ARRAY['state', 'round', 'version', 'state_since', 'account_id'];
BEGIN
  -- Decided again after an appeal, a claim takes a new key and slot: those it had were given back with the refusal.
  IF OLD.state = 'refused' AND NEW.state = 'accepted' THEN
    moving := moving || ARRAY['key_id', 'slot_id'];
  END IF;
  IF TG_OP = 'DELETE' OR to_jsonb(OLD) - moving IS DISTINCT FROM to_jsonb(NEW) - moving
     OR NEW.version <> OLD.version + 1 OR NEW.round < OLD.round THEN
    RAISE EXCEPTION 'what was claimed is not edited'
      USING ERRCODE = '23001', CONSTRAINT = 'claim_append_only', TABLE = 'claim';
  END IF;
  RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION keep_claim() FROM PUBLIC;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON claim FOR EACH ROW EXECUTE FUNCTION keep_claim();
ALTER TABLE claim ENABLE ALWAYS TRIGGER append_only;
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON claim FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE claim ENABLE ALWAYS TRIGGER append_only_truncate;

CREATE TABLE claim_hold (
  person_id uuid NOT NULL,
  hold_id uuid NOT NULL DEFAULT uuidv7(),
  claim_id uuid NOT NULL,
  reason_code text NOT NULL,
  reason text NOT NULL,
  placed_at timestamptz NOT NULL DEFAULT registry_now(),
  placed_by uuid NOT NULL,
  released_at timestamptz,
  released_by uuid,
  release_reason text,
  releaser_kind text NOT NULL DEFAULT 'officer',
  CONSTRAINT claim_hold_pkey PRIMARY KEY (person_id, hold_id),
  CONSTRAINT claim_hold_claim_fkey FOREIGN KEY (person_id, claim_id) REFERENCES claim (person_id, claim_id),
  CONSTRAINT claim_hold_reason_given CHECK (length(btrim(reason)) >= 2 AND reason_code ~ '^[a-z_]+$'),
  CONSTRAINT claim_hold_releaser_is_person CHECK (releaser_kind = 'officer'),
  CONSTRAINT claim_hold_released_whole CHECK ((released_at IS NULL) = (released_by IS NULL)
    AND (released_at IS NULL) = (release_reason IS NULL)),
  CONSTRAINT claim_hold_placed_by_fkey FOREIGN KEY (placed_by) REFERENCES principal (principal_id),
  CONSTRAINT claim_hold_released_by_fkey FOREIGN KEY (released_by, releaser_kind) REFERENCES principal (principal_id, kind)
);
COMMENT ON TABLE claim_hold IS 'A machine may hold a claim, only a person may let it go on or refuse it.';
CREATE UNIQUE INDEX claim_hold_open ON claim_hold (person_id, claim_id, reason_code) WHERE released_at IS NULL;
CALL make_append_only('claim_hold', 'released_at', 'released_by', 'release_reason');
"""

STEPS = """
CREATE TABLE claim_supplement (
  person_id uuid NOT NULL,
  claim_id uuid NOT NULL,
  requests jsonb NOT NULL,
  due_on date NOT NULL,
  requested_at timestamptz NOT NULL DEFAULT registry_now(),
  requested_by uuid NOT NULL,
  decider_kind text NOT NULL DEFAULT 'officer',
  answered_at timestamptz,
  answered_by uuid,
  answer jsonb,
  -- One row a claim: everything that is missing is asked for once (一次性告知).
  CONSTRAINT claim_supplement_pkey PRIMARY KEY (person_id, claim_id),
  CONSTRAINT claim_supplement_claim_fkey FOREIGN KEY (person_id, claim_id) REFERENCES claim (person_id, claim_id),
  CONSTRAINT claim_supplement_asks_something CHECK (jsonb_array_length(requests) > 0),
  CONSTRAINT claim_supplement_by_person CHECK (decider_kind = 'officer'),
  CONSTRAINT claim_supplement_answered_whole CHECK ((answered_at IS NULL) = (answered_by IS NULL)
    AND (answered_at IS NULL) = (answer IS NULL)),
  CONSTRAINT claim_supplement_requested_by_fkey FOREIGN KEY (requested_by, decider_kind)
    REFERENCES principal (principal_id, kind),
  CONSTRAINT claim_supplement_answered_by_fkey FOREIGN KEY (answered_by) REFERENCES principal (principal_id)
);
CALL make_append_only('claim_supplement', 'answered_at', 'answered_by', 'answer');

CREATE TABLE claim_commitment (
  person_id uuid NOT NULL,
  claim_id uuid NOT NULL,
  version text NOT NULL,
  digest bytea NOT NULL,
  content text NOT NULL,
  credit text NOT NULL,
  fee_fen bigint,
  committed_at timestamptz NOT NULL DEFAULT registry_now(),
  committed_by uuid NOT NULL,
  check_due_on date NOT NULL,
  outcome text,
  findings text,
  checked_at timestamptz,
  checked_by uuid,
  checker_kind text NOT NULL DEFAULT 'officer',
  CONSTRAINT claim_commitment_pkey PRIMARY KEY (person_id, claim_id),
  CONSTRAINT claim_commitment_claim_fkey FOREIGN KEY (person_id, claim_id) REFERENCES claim (person_id, claim_id),
  CONSTRAINT claim_commitment_digest_of_text CHECK (digest = sha256(convert_to(content, 'UTF8'))),
  CONSTRAINT claim_commitment_credit_known CHECK (credit IN ('good', 'ordinary')),
  CONSTRAINT claim_commitment_fee_counted CHECK (fee_fen > 0),
  CONSTRAINT claim_commitment_outcome_known CHECK (outcome IN ('confirmed', 'failed')),
  CONSTRAINT claim_commitment_checked_whole CHECK ((outcome IS NULL) = (checked_at IS NULL)
    AND (outcome IS NULL) = (checked_by IS NULL) AND (outcome IS NULL) = (findings IS NULL)),
  CONSTRAINT claim_commitment_by_person CHECK (checker_kind = 'officer'),
  CONSTRAINT claim_commitment_committed_by_fkey FOREIGN KEY (committed_by) REFERENCES principal (principal_id),
  CONSTRAINT claim_commitment_checked_by_fkey FOREIGN KEY (checked_by, checker_kind) REFERENCES principal (principal_id, kind)
);
COMMENT ON TABLE claim_commitment IS
  '告知承诺 (国办发〔2019〕24号 五(十七)): what the institution signed instead of proof, and the check afterwards that is owed for it.';
CREATE INDEX claim_commitment_to_check ON claim_commitment (check_due_on, claim_id) WHERE outcome IS NULL;
CREATE INDEX claim_commitment_by_signer ON claim_commitment (committed_by) WHERE outcome = 'failed';
CALL make_append_only('claim_commitment', 'outcome', 'findings', 'checked_at', 'checked_by');

CREATE TABLE claim_acceptance (
  person_id uuid NOT NULL,
  claim_id uuid NOT NULL,
  outcome text NOT NULL,
  reasons jsonb NOT NULL DEFAULT '[]',
  decided_at timestamptz NOT NULL DEFAULT registry_now(),
  decided_by uuid NOT NULL,
  decider_kind text NOT NULL DEFAULT 'officer',
  CONSTRAINT claim_acceptance_pkey PRIMARY KEY (person_id, claim_id),
  CONSTRAINT claim_acceptance_outcome_key UNIQUE (person_id, claim_id, outcome),
  CONSTRAINT claim_acceptance_claim_fkey FOREIGN KEY (person_id, claim_id) REFERENCES claim (person_id, claim_id),
  CONSTRAINT claim_acceptance_outcome_known CHECK (outcome IN ('accepted', 'not_accepted')),
  CONSTRAINT claim_acceptance_refusal_has_reasons CHECK (outcome = 'accepted' OR jsonb_array_length(reasons) > 0),
  CONSTRAINT claim_acceptance_by_person CHECK (decider_kind = 'officer'),
  CONSTRAINT claim_acceptance_decided_by_fkey FOREIGN KEY (decided_by, decider_kind)
    REFERENCES principal (principal_id, kind)
);
COMMENT ON TABLE claim_acceptance IS '受理 or 不予受理.';
CALL make_append_only('claim_acceptance');

CREATE TABLE claim_review (
  person_id uuid NOT NULL,
  claim_id uuid NOT NULL,
  round smallint NOT NULL,
  acceptance_outcome text NOT NULL DEFAULT 'accepted',
  verdict text NOT NULL,
  amount_fen bigint NOT NULL,
  facts jsonb NOT NULL,
  reasons jsonb NOT NULL,
  edition_id uuid NOT NULL,
  reviewed_at timestamptz NOT NULL DEFAULT registry_now(),
  reviewed_by uuid NOT NULL,
  decider_kind text NOT NULL DEFAULT 'officer',
  CONSTRAINT claim_review_pkey PRIMARY KEY (person_id, claim_id, round),
  CONSTRAINT claim_review_verdict_key UNIQUE (person_id, claim_id, round, verdict, amount_fen, reviewed_by),
  CONSTRAINT claim_review_acceptance_fkey FOREIGN KEY (person_id, claim_id, acceptance_outcome)
    REFERENCES claim_acceptance (person_id, claim_id, outcome),
  CONSTRAINT claim_review_accepted CHECK (acceptance_outcome = 'accepted'),
  CONSTRAINT claim_review_verdict_known CHECK (verdict IN ('eligible', 'ineligible')),
  CONSTRAINT claim_review_amount_by_verdict CHECK ((verdict = 'eligible') = (amount_fen > 0) AND amount_fen >= 0),
  CONSTRAINT claim_review_has_reasons CHECK (jsonb_array_length(reasons) > 0),
  CONSTRAINT claim_review_no_identity_number CHECK (facts::text !~ '[0-9]{17}[0-9Xx]' AND reasons::text !~ '[0-9]{17}[0-9Xx]'),
  CONSTRAINT claim_review_by_person CHECK (decider_kind = 'officer'),
  CONSTRAINT claim_review_edition_fkey FOREIGN KEY (edition_id) REFERENCES policy_edition (edition_id),
  CONSTRAINT claim_review_reviewed_by_fkey FOREIGN KEY (reviewed_by, decider_kind) REFERENCES principal (principal_id, kind)
);
COMMENT ON TABLE claim_review IS '审核: the facts, the edition of the rules and every reason that the verdict rests on, as they were.';
CALL make_append_only('claim_review');

CREATE TABLE claim_approval (
  person_id uuid NOT NULL,
  claim_id uuid NOT NULL,
  round smallint NOT NULL,
  reviewed_verdict text NOT NULL,
  amount_fen bigint NOT NULL,
  reviewed_by uuid NOT NULL,
  decision text NOT NULL,
  reason text,
  approved_at timestamptz NOT NULL DEFAULT registry_now(),
  approved_by uuid NOT NULL,
  decider_kind text NOT NULL DEFAULT 'officer',
  CONSTRAINT claim_approval_pkey PRIMARY KEY (person_id, claim_id, round),
  CONSTRAINT claim_approval_decision_key UNIQUE (person_id, claim_id, round, decision, amount_fen, reviewed_by, approved_by),
  CONSTRAINT claim_approval_review_fkey FOREIGN KEY (person_id, claim_id, round, reviewed_verdict, amount_fen, reviewed_by)
    REFERENCES claim_review (person_id, claim_id, round, verdict, amount_fen, reviewed_by),
  CONSTRAINT claim_approval_decision_known CHECK (decision IN ('approved', 'refused', 'sent_back')),
  CONSTRAINT claim_approval_follows_review CHECK
    (decision = 'sent_back' OR (decision = 'approved') = (reviewed_verdict = 'eligible')),
  CONSTRAINT claim_approval_sent_back_has_reason CHECK (decision <> 'sent_back' OR length(btrim(reason)) >= 2),
  CONSTRAINT claim_approval_second_person CHECK (approved_by <> reviewed_by),
  CONSTRAINT claim_approval_by_person CHECK (decider_kind = 'officer'),
  CONSTRAINT claim_approval_approved_by_fkey FOREIGN KEY (approved_by, decider_kind)
    REFERENCES principal (principal_id, kind)
);
COMMENT ON TABLE claim_approval IS '审批 by a second person; the amount is the reviewed one. Sent back, the claim is reviewed anew.';
CALL make_append_only('claim_approval');

CREATE TABLE claim_withdrawal (
  person_id uuid NOT NULL,
  claim_id uuid NOT NULL,
  reason text NOT NULL,
  withdrawn_at timestamptz NOT NULL DEFAULT registry_now(),
  withdrawn_by uuid NOT NULL,
  CONSTRAINT claim_withdrawal_pkey PRIMARY KEY (person_id, claim_id),
  CONSTRAINT claim_withdrawal_claim_fkey FOREIGN KEY (person_id, claim_id) REFERENCES claim (person_id, claim_id),
  CONSTRAINT claim_withdrawal_reason_given CHECK (length(btrim(reason)) >= 2),
  CONSTRAINT claim_withdrawal_withdrawn_by_fkey FOREIGN KEY (withdrawn_by) REFERENCES principal (principal_id)
);
CALL make_append_only('claim_withdrawal');

CREATE TABLE claim_appeal (
  person_id uuid NOT NULL,
  appeal_id uuid NOT NULL DEFAULT uuidv7(),
  claim_id uuid NOT NULL,
  round smallint NOT NULL,
  channel text NOT NULL,
  grounds text NOT NULL,
  filed_at timestamptz NOT NULL DEFAULT registry_now(),
  filed_by uuid NOT NULL,
  outcome text,
  outcome_reason text,
  decided_at timestamptz,
  decided_by uuid,
  decider_kind text NOT NULL DEFAULT 'officer',
  CONSTRAINT claim_appeal_pkey PRIMARY KEY (person_id, appeal_id),
  CONSTRAINT claim_appeal_claim_fkey FOREIGN KEY (person_id, claim_id) REFERENCES claim (person_id, claim_id),
  CONSTRAINT claim_appeal_channel_known CHECK (channel IN ('review', 'reconsideration', 'litigation')),
  CONSTRAINT claim_appeal_grounds_given CHECK (length(btrim(grounds)) >= 2),
  CONSTRAINT claim_appeal_outcome_known CHECK (outcome IN ('upheld', 'decide_again', 'withdrawn')),
  CONSTRAINT claim_appeal_decided_whole CHECK ((outcome IS NULL) = (decided_at IS NULL)
    AND (outcome IS NULL) = (decided_by IS NULL) AND (outcome IS NULL) = (outcome_reason IS NULL)),
  CONSTRAINT claim_appeal_by_person CHECK (decider_kind = 'officer'),
  CONSTRAINT claim_appeal_filed_by_fkey FOREIGN KEY (filed_by) REFERENCES principal (principal_id),
  CONSTRAINT claim_appeal_decided_by_fkey FOREIGN KEY (decided_by, decider_kind) REFERENCES principal (principal_id, kind)
);
COMMENT ON TABLE claim_appeal IS '复核、复议、诉讼 against a refusal; decide_again opens a new round that other people decide.';
CALL make_append_only('claim_appeal', 'outcome', 'outcome_reason', 'decided_at', 'decided_by');

CREATE TABLE decision_notice (
  person_id uuid NOT NULL,
  notice_id uuid NOT NULL DEFAULT uuidv7(),
  claim_id uuid NOT NULL,
  notice_number text NOT NULL,
  kind text NOT NULL,
  reasons jsonb NOT NULL,
  remedies jsonb NOT NULL,
  issued_at timestamptz NOT NULL DEFAULT registry_now(),
  issued_by uuid NOT NULL,
  CONSTRAINT decision_notice_pkey PRIMARY KEY (person_id, notice_id),
  CONSTRAINT decision_notice_number_key UNIQUE (person_id, notice_id, notice_number),
  CONSTRAINT decision_notice_claim_fkey FOREIGN KEY (person_id, claim_id) REFERENCES claim (person_id, claim_id),
  CONSTRAINT decision_notice_kind_known CHECK (kind IN
    ('acceptance', 'supplement', 'not_accepted', 'approval', 'refusal', 'recovery', 'appeal')),
  CONSTRAINT decision_notice_adverse_has_remedy CHECK
    (kind NOT IN ('not_accepted', 'refusal', 'recovery') OR jsonb_array_length(remedies) > 0),
  CONSTRAINT decision_notice_issued_by_fkey FOREIGN KEY (issued_by) REFERENCES principal (principal_id)
);
COMMENT ON TABLE decision_notice IS '受理、补正、不予受理、决定 notices: numbered, with reasons, clauses and the way to 复议 and 诉讼.';
CALL make_append_only('decision_notice');
CREATE TABLE decision_notice_number (
  notice_number text NOT NULL,
  person_id uuid NOT NULL,
  notice_id uuid NOT NULL,
  CONSTRAINT decision_notice_number_pkey PRIMARY KEY (notice_number),
  CONSTRAINT decision_notice_number_form CHECK (notice_number ~ '^N[0-9]{6}-[0-9]{4}-[0-9]{8}$'),
  CONSTRAINT decision_notice_number_notice_fkey FOREIGN KEY (person_id, notice_id, notice_number)
    REFERENCES decision_notice (person_id, notice_id, notice_number)
);
CALL make_append_only('decision_notice_number');
"""

GRANTS = """
GRANT SELECT ON earlier_benefit, benefit_key, benefit_slot, merge_collision, payee_account, account_key, insurance_fact,
  claim, claim_number, claim_hold, claim_supplement, claim_acceptance, claim_review, claim_approval, claim_withdrawal,
  claim_appeal, decision_notice, decision_notice_number, claim_commitment TO app_citizen, worker, auditor, access_owner;
GRANT SELECT ON claim, claim_number, claim_hold, claim_supplement, claim_acceptance, claim_withdrawal, claim_approval,
  decision_notice, decision_notice_number TO app_inst;
GRANT SELECT ON institution_account TO app_inst, app_agency, worker, auditor, access_owner;
GRANT INSERT (institution_id, account_id, bank_name, number_sealed, number_tail, recorded_by) ON institution_account
  TO app_inst;
GRANT UPDATE (confirmed_by, confirmed_at) ON institution_account TO access_owner;
GRANT UPDATE (ended_at) ON institution_account TO app_inst;
GRANT INSERT (person_id, account_id, kind, bank_name, number_sealed, number_tail, recorded_by) ON payee_account
  TO app_citizen, app_inst, app_agency;
GRANT UPDATE (ended_at) ON payee_account TO app_citizen;
GRANT INSERT ON account_key TO app_citizen, app_inst, app_agency, worker;
GRANT UPDATE (check_outcome, check_evidence_id, checked_at, check_due_at) ON payee_account TO worker, pay_worker;
GRANT INSERT (person_id, fact_id, as_of, outcome, facts, evidence_id, answered_at) ON insurance_fact
  TO app_citizen, app_inst, app_agency, worker;
GRANT UPDATE (superseded_at) ON record_entry TO access_owner;
GRANT INSERT ON claim, claim_number TO access_owner;
GRANT UPDATE (state, round, version, state_since, account_id, key_id, slot_id) ON claim TO access_owner;
GRANT INSERT ON benefit_key, benefit_slot, merge_collision, earlier_benefit TO access_owner;
GRANT UPDATE (released_at, release_reason) ON benefit_key TO access_owner;
GRANT UPDATE (released_at) ON benefit_slot TO access_owner;
GRANT UPDATE (decision, decision_reason, decided_by, decided_at) ON merge_collision TO access_owner;
GRANT USAGE ON SEQUENCE claim_serial, notice_serial TO app_citizen, app_inst, app_agency, worker, access_owner;
GRANT INSERT (person_id, claim_id, version, digest, content, credit, fee_fen, committed_by, check_due_on)
  ON claim_commitment TO app_inst;
GRANT UPDATE (outcome, findings, checked_at, checked_by) ON claim_commitment TO access_owner;
-- Steps: the row is the act. Its trigger (0018) moves the claim.
GRANT INSERT (person_id, claim_id, reason_code, reason, placed_by) ON claim_hold TO app_agency, worker, pay_worker, access_owner;
GRANT UPDATE (released_at, released_by, release_reason) ON claim_hold TO access_owner;
GRANT INSERT (person_id, claim_id, requests, due_on, requested_by) ON claim_supplement TO app_agency;
GRANT UPDATE (answered_at, answered_by, answer) ON claim_supplement TO app_citizen, app_inst, access_owner;
GRANT INSERT (person_id, claim_id, outcome, reasons, decided_by) ON claim_acceptance TO app_agency;
GRANT INSERT (person_id, claim_id, round, verdict, amount_fen, facts, reasons, edition_id, reviewed_by) ON claim_review
  TO app_agency;
GRANT INSERT (person_id, claim_id, round, reviewed_verdict, amount_fen, reviewed_by, decision, reason, approved_by)
  ON claim_approval TO app_agency;
GRANT INSERT (person_id, claim_id, reason, withdrawn_by) ON claim_withdrawal TO app_citizen, app_inst, app_agency;
GRANT INSERT (person_id, appeal_id, claim_id, round, channel, grounds, filed_by) ON claim_appeal TO app_citizen, app_agency;
GRANT UPDATE (outcome, outcome_reason, decided_at, decided_by) ON claim_appeal TO access_owner;
GRANT INSERT (person_id, notice_id, claim_id, notice_number, kind, reasons, remedies, issued_by) ON decision_notice
  TO app_agency, worker, access_owner;
GRANT INSERT ON decision_notice_number TO app_agency, worker, access_owner;
"""


def upgrade() -> None:
    execute_script(KEYS + PAYEES + CLAIM + STEPS + GRANTS)


def downgrade() -> None:
    execute_script("""
    DROP TABLE decision_notice_number, decision_notice, claim_appeal, claim_commitment, claim_withdrawal, claim_approval, claim_review,
      claim_acceptance, claim_supplement, claim_hold, claim_number, claim, insurance_fact, institution_account,
      account_key, payee_account, merge_collision, benefit_slot, benefit_key, earlier_benefit;
    DROP TRIGGER set_once ON record_entry;
    CREATE TRIGGER set_once BEFORE UPDATE ON record_entry FOR EACH ROW EXECUTE FUNCTION allow_set_once(
      'revoked_at', 'revoked_by', 'revocation_id', 'revocation_kind', 'revocation_decision');
    ALTER TABLE record_entry ENABLE ALWAYS TRIGGER set_once;
    ALTER TABLE record_entry DROP CONSTRAINT record_entry_institution_key, DROP COLUMN superseded_at;
    DROP FUNCTION keep_claim(), keep_payee_account();
    DROP SEQUENCE notice_serial, claim_serial;
    """)
