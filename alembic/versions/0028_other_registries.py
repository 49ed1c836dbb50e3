"""Other registries: peers, the list of those to be asked, questions, answers, holds and confirmations.

Why: two registries must never pay the same benefit. A signed "not claimed here" is a hold in the registry that says it
(``peer_hold``), told by keyed tokens, so that it also meets a person who is registered there only later; a payment
points at the confirmations it rests on (``payment_attestation``). The doors and gates are in 0028a.
Lock taken, and for how long: none that matters, new tables.
Safe with the previous release running: yes.
How undone: downgrade drops the tables.
"""

from app.db.migration import execute_script

revision = "0028"
down_revision = "0027a"
branch_labels = None
depends_on = None

PEERS = """
CREATE TABLE peer_registry (
  peer_id uuid NOT NULL DEFAULT uuidv7(),
  name text NOT NULL,
  division_code text NOT NULL,
  issuer text NOT NULL,
  base_url text NOT NULL,
  agency_id uuid NOT NULL,
  principal_id uuid NOT NULL,
  token_secret_sealed bytea NOT NULL,
  hourly_budget integer NOT NULL,
  proposed_by uuid NOT NULL,
  proposed_at timestamptz NOT NULL DEFAULT registry_now(),
  confirmed_by uuid,
  confirmed_at timestamptz,
  ended_by uuid,
  ended_at timestamptz,
  administrator_kind text NOT NULL DEFAULT 'administrator',
  CONSTRAINT peer_registry_pkey PRIMARY KEY (peer_id),
  CONSTRAINT peer_registry_by_administrators CHECK (administrator_kind = 'administrator'),
  CONSTRAINT peer_registry_second_person CHECK (confirmed_by <> proposed_by),
  CONSTRAINT peer_registry_confirmed_whole CHECK ((confirmed_by IS NULL) = (confirmed_at IS NULL)),
  CONSTRAINT peer_registry_ended_whole CHECK ((ended_by IS NULL) = (ended_at IS NULL)),
  CONSTRAINT peer_registry_address_form CHECK (base_url ~ '^https?://[^/?#@ ]+(/[^?#@ ]*)?$' AND issuer ~ '^https?://[^ ]+$'),
  CONSTRAINT peer_registry_budget_positive CHECK (hourly_budget BETWEEN 1 AND 1000000),
  CONSTRAINT peer_registry_division_fkey FOREIGN KEY (division_code) REFERENCES division_code (code),
  CONSTRAINT peer_registry_principal_fkey FOREIGN KEY (principal_id, agency_id) REFERENCES principal (principal_id, agency_id),
  CONSTRAINT peer_registry_proposed_by_fkey FOREIGN KEY (proposed_by, administrator_kind) REFERENCES principal (principal_id, kind),
  CONSTRAINT peer_registry_confirmed_by_fkey FOREIGN KEY (confirmed_by, administrator_kind) REFERENCES principal (principal_id, kind),
  CONSTRAINT peer_registry_ended_by_fkey FOREIGN KEY (ended_by, administrator_kind) REFERENCES principal (principal_id, kind)
);
COMMENT ON TABLE peer_registry IS 'Registries of other regions. Their look at a person is logged under their own agency and principal here.';
COMMENT ON COLUMN peer_registry.token_secret_sealed IS 'Pairwise key of the tokens that stand for numbers. Whoever holds it can enumerate: see peer_budget.';
CREATE UNIQUE INDEX peer_registry_issuer ON peer_registry (issuer) WHERE ended_at IS NULL;
CALL make_append_only('peer_registry', 'confirmed_by', 'confirmed_at', 'ended_by', 'ended_at');

CREATE TABLE peer_key (
  key_id text NOT NULL,
  peer_id uuid NOT NULL,
  public_jwk jsonb NOT NULL,
  valid_from timestamptz NOT NULL,
  valid_until timestamptz NOT NULL,
  proposed_by uuid NOT NULL,
  proposed_at timestamptz NOT NULL DEFAULT registry_now(),
  confirmed_by uuid,
  confirmed_at timestamptz,
  revoked_by uuid,
  revoked_at timestamptz,
  administrator_kind text NOT NULL DEFAULT 'administrator',
  CONSTRAINT peer_key_pkey PRIMARY KEY (peer_id, key_id),
  CONSTRAINT peer_key_by_administrators CHECK (administrator_kind = 'administrator'),
  CONSTRAINT peer_key_second_person CHECK (confirmed_by <> proposed_by),
  CONSTRAINT peer_key_confirmed_whole CHECK ((confirmed_by IS NULL) = (confirmed_at IS NULL)),
  CONSTRAINT peer_key_revoked_whole CHECK ((revoked_by IS NULL) = (revoked_at IS NULL)),
  CONSTRAINT peer_key_forward CHECK (valid_until > valid_from),
  CONSTRAINT peer_key_public_only CHECK (public_jwk ->> 'kty' = 'EC' AND public_jwk ->> 'crv' = 'P-256' AND NOT public_jwk ? 'd'),
  CONSTRAINT peer_key_peer_fkey FOREIGN KEY (peer_id) REFERENCES peer_registry (peer_id),
  CONSTRAINT peer_key_proposed_by_fkey FOREIGN KEY (proposed_by, administrator_kind) REFERENCES principal (principal_id, kind),
  CONSTRAINT peer_key_confirmed_by_fkey FOREIGN KEY (confirmed_by, administrator_kind) REFERENCES principal (principal_id, kind),
  CONSTRAINT peer_key_revoked_by_fkey FOREIGN KEY (revoked_by, administrator_kind) REFERENCES principal (principal_id, kind)
);
COMMENT ON TABLE peer_key IS 'Public keys of a peer (RFC 7517); a statement or question counts only under a confirmed one in its time.';
CALL make_append_only('peer_key', 'confirmed_by', 'confirmed_at', 'revoked_by', 'revoked_at');

CREATE TABLE asking_rule (
  rule_id uuid NOT NULL DEFAULT uuidv7(),
  peer_id uuid NOT NULL,
  kind text NOT NULL,
  division_code text NOT NULL,
  starts_on date NOT NULL,
  document text NOT NULL,
  clause text NOT NULL,
  proposed_by uuid NOT NULL,
  proposed_at timestamptz NOT NULL DEFAULT registry_now(),
  confirmed_by uuid,
  confirmed_at timestamptz,
  ends_before date,
  end_proposed_by uuid,
  end_confirmed_by uuid,
  end_confirmed_at timestamptz,
  administrator_kind text NOT NULL DEFAULT 'administrator',
  CONSTRAINT asking_rule_pkey PRIMARY KEY (rule_id),
  CONSTRAINT asking_rule_by_administrators CHECK (administrator_kind = 'administrator'),
  CONSTRAINT asking_rule_second_person CHECK (confirmed_by <> proposed_by),
  CONSTRAINT asking_rule_end_second_person CHECK (end_confirmed_by <> end_proposed_by),
  CONSTRAINT asking_rule_confirmed_whole CHECK ((confirmed_by IS NULL) = (confirmed_at IS NULL)),
  CONSTRAINT asking_rule_end_whole CHECK ((ends_before IS NULL) = (end_proposed_by IS NULL)
    AND (end_confirmed_by IS NULL) = (end_confirmed_at IS NULL) AND (end_confirmed_at IS NULL OR ends_before IS NOT NULL)),
  CONSTRAINT asking_rule_forward CHECK (ends_before >= starts_on),
  CONSTRAINT asking_rule_source_given CHECK (length(btrim(document)) >= 2),
  CONSTRAINT asking_rule_peer_fkey FOREIGN KEY (peer_id) REFERENCES peer_registry (peer_id),
  CONSTRAINT asking_rule_kind_fkey FOREIGN KEY (kind) REFERENCES benefit_kind (kind),
  CONSTRAINT asking_rule_division_fkey FOREIGN KEY (division_code) REFERENCES division_code (code),
  CONSTRAINT asking_rule_proposed_by_fkey FOREIGN KEY (proposed_by, administrator_kind) REFERENCES principal (principal_id, kind),
  CONSTRAINT asking_rule_confirmed_by_fkey FOREIGN KEY (confirmed_by, administrator_kind) REFERENCES principal (principal_id, kind),
  CONSTRAINT asking_rule_end_proposed_by_fkey FOREIGN KEY (end_proposed_by, administrator_kind)
    REFERENCES principal (principal_id, kind),
  CONSTRAINT asking_rule_end_confirmed_by_fkey FOREIGN KEY (end_confirmed_by, administrator_kind)
    REFERENCES principal (principal_id, kind)
);
COMMENT ON TABLE asking_rule IS 'The dated list of registries that must be asked before a payment; both its beginning and its end take two persons.';
CALL make_append_only('asking_rule', 'confirmed_by', 'confirmed_at', 'ends_before', 'end_proposed_by', 'end_confirmed_by',
  'end_confirmed_at');
"""

QUESTIONS = """
CREATE TABLE person_token (
  person_id uuid NOT NULL,
  peer_id uuid NOT NULL,
  identifier_id uuid NOT NULL,
  token bytea NOT NULL,
  made_at timestamptz NOT NULL DEFAULT registry_now(),
  CONSTRAINT person_token_pkey PRIMARY KEY (person_id, peer_id, identifier_id),
  CONSTRAINT person_token_length CHECK (octet_length(token) = 32),
  CONSTRAINT person_token_peer_fkey FOREIGN KEY (peer_id) REFERENCES peer_registry (peer_id),
  CONSTRAINT person_token_identifier_fkey FOREIGN KEY (person_id, identifier_id)
    REFERENCES person_identifier (person_id, identifier_id)
);
COMMENT ON TABLE person_token IS 'By which tokens a peer may ask for a person: HMAC of each number under the key shared with that peer.';
CREATE INDEX person_token_asked ON person_token (peer_id, token);
CALL make_append_only('person_token');

CREATE TABLE token_due (
  person_id uuid NOT NULL,
  peer_id uuid NOT NULL,
  identifier_id uuid NOT NULL,
  CONSTRAINT token_due_pkey PRIMARY KEY (person_id, peer_id, identifier_id)
);
COMMENT ON TABLE token_due IS 'A queue: numbers whose token for a peer is still to be made.';

CREATE TABLE peer_nonce (
  peer_id uuid NOT NULL,
  nonce text NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT peer_nonce_pkey PRIMARY KEY (peer_id, nonce),
  CONSTRAINT peer_nonce_form CHECK (nonce ~ '^[A-Za-z0-9_-]{16,64}$'),
  CONSTRAINT peer_nonce_peer_fkey FOREIGN KEY (peer_id) REFERENCES peer_registry (peer_id)
);
COMMENT ON TABLE peer_nonce IS 'A signed question counts once: its nonce is kept while its signature is fresh (RFC 9421 §7.2.2).';
CREATE INDEX peer_nonce_age ON peer_nonce (seen_at);

CREATE TABLE peer_budget (
  peer_id uuid NOT NULL,
  hour timestamptz NOT NULL,
  asked integer NOT NULL,
  allowed integer NOT NULL,
  CONSTRAINT peer_budget_pkey PRIMARY KEY (peer_id, hour),
  CONSTRAINT peer_budget_within CHECK (asked BETWEEN 1 AND allowed),
  CONSTRAINT peer_budget_peer_fkey FOREIGN KEY (peer_id) REFERENCES peer_registry (peer_id)
);
COMMENT ON TABLE peer_budget IS 'Questions of a peer in an hour: tokens do not stop a key holder who enumerates, a budget slows him down.';

CREATE TABLE peer_mark (
  peer_id uuid NOT NULL,
  answered bigint NOT NULL DEFAULT 0,
  seen_there bigint NOT NULL DEFAULT 0,
  seen bigint NOT NULL DEFAULT 0,
  CONSTRAINT peer_mark_pkey PRIMARY KEY (peer_id),
  CONSTRAINT peer_mark_counted CHECK (least(answered, seen_there, seen) >= 0),
  CONSTRAINT peer_mark_peer_fkey FOREIGN KEY (peer_id) REFERENCES peer_registry (peer_id)
);
COMMENT ON TABLE peer_mark IS
  'How many answers about holds we gave, how many of them the peer has said to have, and how many of its own we have: who remembers less was restored.';

CREATE TABLE peer_question (
  question_id uuid NOT NULL DEFAULT uuidv7(),
  peer_id uuid NOT NULL,
  kind text NOT NULL,
  case_number text NOT NULL,
  key_id text NOT NULL,
  request_id text,
  at timestamptz NOT NULL DEFAULT registry_now(),
  CONSTRAINT peer_question_pkey PRIMARY KEY (question_id),
  CONSTRAINT peer_question_kind_known CHECK
    (kind IN ('attestation', 'confirmation', 'release', 'settlement', 'records', 'certificate', 'contribution_months')),
  CONSTRAINT peer_question_case_given CHECK (length(btrim(case_number)) BETWEEN 3 AND 60),
  CONSTRAINT peer_question_key_fkey FOREIGN KEY (peer_id, key_id) REFERENCES peer_key (peer_id, key_id)
);
COMMENT ON TABLE peer_question IS 'Every question of a peer, also one that found nobody and left no access row. Never a token or a number.';
CREATE INDEX peer_question_recent ON peer_question (peer_id, at);
CALL make_append_only('peer_question');
"""

HOLDS = """
CREATE TABLE peer_hold (
  hold_id uuid NOT NULL DEFAULT uuidv7(),
  peer_id uuid NOT NULL,
  attestation_id uuid NOT NULL,
  key_group text NOT NULL,
  benefit_line text NOT NULL,
  skill_level text NOT NULL,
  period text NOT NULL,
  held_at timestamptz NOT NULL DEFAULT registry_now(),
  expires_at timestamptz NOT NULL,
  is_restored boolean NOT NULL DEFAULT false,
  contradicts boolean NOT NULL DEFAULT false,
  confirmed_at timestamptz,
  settled_at timestamptz,
  released_at timestamptz,
  release_reason text,
  release_evidence text,
  finding text,
  finding_reason text,
  found_at timestamptz,
  found_by uuid,
  CONSTRAINT peer_hold_pkey PRIMARY KEY (hold_id),
  CONSTRAINT peer_hold_attestation_key UNIQUE (peer_id, attestation_id),
  CONSTRAINT peer_hold_peer_fkey FOREIGN KEY (peer_id) REFERENCES peer_registry (peer_id),
  CONSTRAINT peer_hold_level_fkey FOREIGN KEY (skill_level) REFERENCES skill_level (code),
  CONSTRAINT peer_hold_group_known CHECK (key_group IN
    ('training_or_upgrade', 'living_allowance', 'apprenticeship', 'work_based', 'retention')),
  CONSTRAINT peer_hold_confirmed_in_time CHECK (confirmed_at < expires_at OR is_restored),
  CONSTRAINT peer_hold_settled_after_confirmation CHECK (settled_at IS NULL OR confirmed_at IS NOT NULL),
  CONSTRAINT peer_hold_released_whole CHECK ((released_at IS NULL) = (release_reason IS NULL)),
  CONSTRAINT peer_hold_ends_by_rejection CHECK
    (release_reason = 'bank_rejected' AND length(btrim(release_evidence)) >= 8 OR release_reason = 'withdrawn' AND confirmed_at IS NULL),
  CONSTRAINT peer_hold_settled_stays CHECK (settled_at IS NULL OR released_at IS NULL),
  CONSTRAINT peer_hold_finding_known CHECK (finding IN ('recovered_here', 'recovered_there', 'not_double')),
  CONSTRAINT peer_hold_finding_whole CHECK ((finding IS NULL) = (finding_reason IS NULL)
    AND (finding IS NULL) = (found_at IS NULL) AND (finding IS NULL) = (found_by IS NULL)),
  CONSTRAINT peer_hold_finding_of_contradiction CHECK (finding IS NULL OR contradicts AND length(btrim(finding_reason)) >= 2),
  CONSTRAINT peer_hold_found_by_fkey FOREIGN KEY (found_by) REFERENCES principal (principal_id)
);
COMMENT ON TABLE peer_hold IS
  'What we told a peer not to be claimed here: nobody is paid it here meanwhile. Confirmed, it ends only by the bank''s final rejection.';
CREATE INDEX peer_hold_of_key ON peer_hold (key_group, benefit_line, skill_level, period) WHERE released_at IS NULL;
CREATE INDEX peer_hold_contradicting ON peer_hold (hold_id) WHERE contradicts;
CALL make_append_only('peer_hold', 'confirmed_at', 'settled_at', 'released_at', 'release_reason', 'release_evidence',
  'finding', 'finding_reason', 'found_at', 'found_by');

CREATE TABLE peer_hold_token (
  hold_id uuid NOT NULL,
  peer_id uuid NOT NULL,
  token bytea NOT NULL,
  CONSTRAINT peer_hold_token_pkey PRIMARY KEY (peer_id, token, hold_id),
  CONSTRAINT peer_hold_token_length CHECK (octet_length(token) = 32),
  CONSTRAINT peer_hold_token_hold_fkey FOREIGN KEY (hold_id) REFERENCES peer_hold (hold_id)
);
COMMENT ON TABLE peer_hold_token IS 'Whom a hold is about: by token, because the person may be unknown here, or come later.';
CREATE INDEX peer_hold_token_hold ON peer_hold_token (hold_id);
CALL make_append_only('peer_hold_token');
"""

ATTESTATIONS = """
CREATE TABLE attestation (
  person_id uuid NOT NULL,
  attestation_id uuid NOT NULL DEFAULT uuidv7(),
  claim_id uuid NOT NULL,
  peer_id uuid NOT NULL,
  key_group text NOT NULL,
  benefit_line text NOT NULL,
  skill_level text NOT NULL,
  period text NOT NULL,
  asked_by uuid NOT NULL,
  asked_at timestamptz NOT NULL DEFAULT registry_now(),
  tries integer NOT NULL DEFAULT 0,
  next_try_at timestamptz DEFAULT registry_now(),
  last_failure text,
  closed_at timestamptz,
  confirmed_anew_at timestamptz,
  CONSTRAINT attestation_pkey PRIMARY KEY (person_id, attestation_id),
  CONSTRAINT attestation_peer_key UNIQUE (person_id, attestation_id, peer_id),
  CONSTRAINT attestation_claim_fkey FOREIGN KEY (person_id, claim_id) REFERENCES claim (person_id, claim_id),
  CONSTRAINT attestation_peer_fkey FOREIGN KEY (peer_id) REFERENCES peer_registry (peer_id),
  CONSTRAINT attestation_asked_by_fkey FOREIGN KEY (asked_by) REFERENCES principal (principal_id)
);
COMMENT ON TABLE attestation IS '未申领证明: what another registry is asked before we pay. The pace of asking moves; nothing else does.';
CREATE UNIQUE INDEX attestation_one_open ON attestation (person_id, claim_id, peer_id) WHERE closed_at IS NULL;
CREATE INDEX attestation_due ON attestation (next_try_at) WHERE next_try_at IS NOT NULL;
CREATE FUNCTION keep_attestation() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  moving text[] := ARRAY['tries', 'next_try_at', 'last_failure', 'closed_at', 'confirmed_anew_at'];
BEGIN
  IF TG_OP = 'DELETE' OR to_jsonb(OLD) - moving IS DISTINCT FROM to_jsonb(NEW) - moving
     OR OLD.closed_at IS NOT NULL AND NEW.closed_at IS DISTINCT FROM OLD.closed_at THEN
    RAISE EXCEPTION 'a question is asked or closed, never edited'
      USING ERRCODE = '23001', CONSTRAINT = 'attestation_append_only', TABLE = 'attestation';
  END IF;
  RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION keep_attestation() FROM PUBLIC;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON attestation FOR EACH ROW EXECUTE FUNCTION keep_attestation();
ALTER TABLE attestation ENABLE ALWAYS TRIGGER append_only;
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON attestation FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE attestation ENABLE ALWAYS TRIGGER append_only_truncate;

CREATE TABLE attestation_answer (
  person_id uuid NOT NULL,
  attestation_id uuid NOT NULL,
  outcome text NOT NULL,
  statement text NOT NULL,
  answered_at timestamptz NOT NULL,
  expires_at timestamptz,
  recorded_at timestamptz NOT NULL DEFAULT registry_now(),
  CONSTRAINT attestation_answer_pkey PRIMARY KEY (person_id, attestation_id),
  CONSTRAINT attestation_answer_outcome_key UNIQUE (person_id, attestation_id, outcome),
  CONSTRAINT attestation_answer_question_fkey FOREIGN KEY (person_id, attestation_id)
    REFERENCES attestation (person_id, attestation_id),
  CONSTRAINT attestation_answer_outcome_known CHECK
    (outcome IN ('not_claimed', 'claimed', 'pending_there', 'held_for_other', 'confirmed_before')),
  CONSTRAINT attestation_answer_expires CHECK ((outcome = 'not_claimed') = (expires_at IS NOT NULL))
);
COMMENT ON TABLE attestation_answer IS 'What the other registry signed, as it signed it (JWS). The first answer stands.';
CALL make_append_only('attestation_answer');

CREATE TABLE attestation_coverage (
  person_id uuid NOT NULL,
  attestation_id uuid NOT NULL,
  token bytea NOT NULL,
  statement text NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT attestation_coverage_pkey PRIMARY KEY (person_id, attestation_id, token),
  CONSTRAINT attestation_coverage_answer_fkey FOREIGN KEY (person_id, attestation_id)
    REFERENCES attestation_answer (person_id, attestation_id),
  CONSTRAINT attestation_coverage_length CHECK (octet_length(token) = 32)
);
COMMENT ON TABLE attestation_coverage IS
  'For which of the person''s numbers the other registry has signed "not claimed", and in which statement: a number that comes later is asked for, too.';
CALL make_append_only('attestation_coverage');

CREATE TABLE attestation_confirmation (
  person_id uuid NOT NULL,
  attestation_id uuid NOT NULL,
  peer_id uuid NOT NULL,
  outcome text NOT NULL DEFAULT 'not_claimed',
  statement text NOT NULL,
  confirmed_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT registry_now(),
  heard_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT attestation_confirmation_pkey PRIMARY KEY (person_id, attestation_id),
  CONSTRAINT attestation_confirmation_peer_key UNIQUE (person_id, attestation_id, peer_id),
  CONSTRAINT attestation_confirmation_peer_fkey FOREIGN KEY (person_id, attestation_id, peer_id)
    REFERENCES attestation (person_id, attestation_id, peer_id),
  CONSTRAINT attestation_confirmation_answer_fkey FOREIGN KEY (person_id, attestation_id, outcome)
    REFERENCES attestation_answer (person_id, attestation_id, outcome),
  CONSTRAINT attestation_confirmation_of_negative CHECK (outcome = 'not_claimed')
);
COMMENT ON TABLE attestation_confirmation IS 'The other registry''s signed word that its hold stands until our bank finally rejects.';
CALL make_append_only('attestation_confirmation');

CREATE TABLE attestation_end (
  person_id uuid NOT NULL,
  attestation_id uuid NOT NULL,
  reason text NOT NULL,
  instruction_id uuid,
  ended_at timestamptz NOT NULL DEFAULT registry_now(),
  acknowledged_at timestamptz,
  CONSTRAINT attestation_end_pkey PRIMARY KEY (person_id, attestation_id),
  CONSTRAINT attestation_end_question_fkey FOREIGN KEY (person_id, attestation_id)
    REFERENCES attestation (person_id, attestation_id),
  CONSTRAINT attestation_end_instruction_fkey FOREIGN KEY (instruction_id) REFERENCES bank_instruction (instruction_id),
  CONSTRAINT attestation_end_reason_known CHECK (reason IN ('bank_rejected', 'withdrawn', 'settled')),
  CONSTRAINT attestation_end_names_instruction CHECK ((reason <> 'withdrawn') = (instruction_id IS NOT NULL))
);
COMMENT ON TABLE attestation_end IS 'Told to the other registry: settled (its hold stays for ever), finally rejected, or given up before confirming.';
CREATE INDEX attestation_end_untold ON attestation_end (ended_at) WHERE acknowledged_at IS NULL;
CALL make_append_only('attestation_end', 'acknowledged_at');

CREATE TABLE payment_attestation (
  person_id uuid NOT NULL,
  instruction_id uuid NOT NULL,
  peer_id uuid NOT NULL,
  attestation_id uuid NOT NULL,
  rule_id uuid NOT NULL,
  CONSTRAINT payment_attestation_pkey PRIMARY KEY (person_id, instruction_id, peer_id),
  CONSTRAINT payment_attestation_instruction_fkey FOREIGN KEY (instruction_id) REFERENCES bank_instruction (instruction_id),
  CONSTRAINT payment_attestation_rule_fkey FOREIGN KEY (rule_id) REFERENCES asking_rule (rule_id),
  CONSTRAINT payment_attestation_attestation_fkey FOREIGN KEY (person_id, attestation_id, peer_id)
    REFERENCES attestation_confirmation (person_id, attestation_id, peer_id)
);
COMMENT ON TABLE payment_attestation IS 'Which confirmations an instruction rests on, one for each registry that had to be asked that day.';
CALL make_append_only('payment_attestation');
"""

GRANTS = """
GRANT SELECT ON peer_registry, peer_key TO app_access, app_peer, worker, access_owner;
GRANT SELECT ON peer_key TO auditor;
-- Not the secret that tokens are made with: whoever audits needs no numbers to be tried.
GRANT SELECT (peer_id, name, division_code, issuer, base_url, agency_id, principal_id, hourly_budget, proposed_by, proposed_at,
  confirmed_by, confirmed_at, ended_by, ended_at) ON peer_registry TO auditor;
GRANT SELECT (peer_id, name, division_code, issuer, confirmed_at, ended_at) ON peer_registry TO app_agency, pay_worker;
GRANT SELECT ON asking_rule TO app_access, app_agency, app_citizen, worker, auditor, access_owner;
GRANT INSERT (peer_id, name, division_code, issuer, base_url, agency_id, principal_id, token_secret_sealed, hourly_budget,
  proposed_by), UPDATE (ended_by, ended_at) ON peer_registry TO app_access;
GRANT INSERT (key_id, peer_id, public_jwk, valid_from, valid_until, proposed_by),
  UPDATE (confirmed_by, confirmed_at, revoked_by, revoked_at) ON peer_key TO app_access;
GRANT INSERT (rule_id, peer_id, kind, division_code, starts_on, document, clause, proposed_by),
  UPDATE (confirmed_by, confirmed_at, ends_before, end_proposed_by, end_confirmed_by, end_confirmed_at) ON asking_rule TO app_access;
GRANT UPDATE (confirmed_by, confirmed_at) ON peer_registry TO access_owner;
GRANT SELECT ON person_token, token_due, peer_hold, peer_hold_token TO worker, auditor, access_owner;
GRANT INSERT (person_id, peer_id, identifier_id, token) ON person_token TO worker;
GRANT DELETE ON token_due TO worker;
GRANT INSERT ON token_due TO access_owner;
GRANT INSERT (peer_id, nonce) ON peer_nonce TO app_peer;
GRANT SELECT (seen_at), DELETE ON peer_nonce TO worker;
GRANT SELECT, INSERT, UPDATE (asked) ON peer_budget TO access_owner;
GRANT INSERT (question_id, peer_id, kind, case_number, key_id, request_id) ON peer_question TO access_owner;
GRANT SELECT ON peer_budget, peer_question TO auditor, worker, app_access;
GRANT INSERT (hold_id, peer_id, attestation_id, key_group, benefit_line, skill_level, period, expires_at, is_restored, contradicts,
  confirmed_at), UPDATE (confirmed_at, settled_at, released_at, release_reason, release_evidence, finding, finding_reason,
  found_at, found_by) ON peer_hold TO access_owner;
GRANT INSERT ON peer_hold_token TO access_owner;
GRANT SELECT ON attestation, attestation_answer, attestation_coverage, attestation_confirmation, attestation_end, payment_attestation
  TO app_citizen, worker, auditor, access_owner;
GRANT INSERT (person_id, attestation_id, claim_id, peer_id, key_group, benefit_line, skill_level, period, asked_by) ON attestation
  TO access_owner;
GRANT UPDATE (tries, next_try_at, last_failure, closed_at, confirmed_anew_at) ON attestation TO worker, access_owner;
GRANT SELECT ON peer_mark TO worker, auditor, access_owner;
GRANT INSERT (peer_id), UPDATE (answered, seen_there, seen) ON peer_mark TO access_owner;
GRANT INSERT (person_id, attestation_id, outcome, statement, answered_at, expires_at) ON attestation_answer TO worker;
GRANT INSERT (person_id, attestation_id, token, statement) ON attestation_coverage TO worker;
GRANT INSERT (person_id, attestation_id, peer_id, statement, confirmed_at) ON attestation_confirmation TO worker;
GRANT INSERT (person_id, attestation_id, reason, instruction_id) ON attestation_end TO worker;
GRANT UPDATE (acknowledged_at) ON attestation_end TO worker;
GRANT INSERT ON payment_attestation TO access_owner;
GRANT SELECT ON agency, principal, clock_shift TO app_peer;
GRANT EXECUTE ON FUNCTION registry_now(), law_date(timestamptz) TO app_peer;
GRANT INSERT (principal_id, principal_kind, action, subject_kind, subject_id, request_id, details) ON audit_event TO app_peer;
GRANT INSERT (topic, payload) ON outbox_message TO app_peer;
"""


def upgrade() -> None:
    execute_script(PEERS + QUESTIONS + HOLDS + ATTESTATIONS + GRANTS)


def downgrade() -> None:
    execute_script("""
    DROP TABLE payment_attestation, attestation_end, attestation_confirmation, attestation_coverage, attestation_answer, attestation,
      peer_hold_token, peer_hold, peer_question, peer_mark, peer_budget, peer_nonce, token_due, person_token, asking_rule, peer_key,
      peer_registry;
    DROP FUNCTION keep_attestation();
    """)
