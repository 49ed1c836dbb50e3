-- Two registries of other regions, what they were told, what they told us, and the payments that rest on it.

INSERT INTO restoration (restoration_id, noticed_by, evidence, noticed_at, finding, proposed_by, proposed_at, confirmed_by, confirmed_at)
VALUES (:past_restoration, 'database', '{}', '2025-01-01', '已核对', :payer, '2025-01-02', :approver, '2025-01-03');
INSERT INTO agency (agency_id, name, division_code) VALUES (:peer_agency, '外省登记机构', '310000'), (:other_peer, '又一省登记机构', '320000');
INSERT INTO principal (principal_id, kind, display_name, agency_id) VALUES
  (:peer_system, 'peer_region', '外省登记系统', :peer_agency), (:other_peer, 'peer_region', '又一省登记系统', :other_peer);
INSERT INTO peer_registry (peer_id, name, division_code, issuer, base_url, agency_id, principal_id, token_secret_sealed,
  hourly_budget, proposed_by) VALUES
  (:peer, '外省登记机构', '310000', 'https://peer.test', 'https://peer.test', :peer_agency, :peer_system, '\x01', 2, :administrator),
  (:other_peer, '又一省登记机构', '320000', 'https://other.test', 'https://other.test', :other_peer, :other_peer, '\x01', 1,
    :administrator);
SELECT confirm_peer(:second_administrator, :peer);
INSERT INTO peer_key (key_id, peer_id, public_jwk, valid_from, valid_until, proposed_by) VALUES
  ('k1', :peer, '{"kty": "EC", "crv": "P-256"}', '2025-01-01', '2999-01-01', :administrator),
  ('k1', :other_peer, '{"kty": "EC", "crv": "P-256"}', '2025-01-01', '2999-01-01', :administrator);
UPDATE peer_key SET confirmed_by = :second_administrator, confirmed_at = '2025-01-02' WHERE peer_id = :peer;
INSERT INTO asking_rule (rule_id, peer_id, kind, division_code, starts_on, document, clause, proposed_by) VALUES
  (:asking_rule, :peer, 'skill_upgrade', '110000', '2025-01-01', '试〔2025〕8号', '一', :administrator),
  (:open_rule, :peer, 'training', '110000', '2025-01-01', '试〔2025〕8号', '一', :administrator);
UPDATE asking_rule SET confirmed_by = :second_administrator, confirmed_at = '2025-01-02' WHERE rule_id = :asking_rule;

-- Whoever has a claim has a number, and the number its token.
INSERT INTO person_identifier (person_id, identifier_id, kind, number_sealed, recorded_by)
SELECT DISTINCT person_id, person_id, 'citizen', '\x01'::bytea, :operator FROM record_entry
WHERE NOT EXISTS (SELECT FROM person_identifier AS known WHERE known.person_id = record_entry.person_id);
INSERT INTO person_token (person_id, peer_id, identifier_id, token)
SELECT person_id, :peer, identifier_id, sha256(('token' || identifier_id)::bytea) FROM person_identifier WHERE person_id <> :third_person;
DELETE FROM token_due WHERE person_id <> :third_person;

-- We were asked: a hold that runs, one confirmed, one settled, one released. Of months nobody here claims.
INSERT INTO peer_hold (hold_id, peer_id, attestation_id, key_group, benefit_line, skill_level, period, expires_at) VALUES
  (:hold, :peer, :hold, 'work_based', 'none', 'none', '2025-01', '2999-01-01'),
  (:expired_hold, :peer, :expired_hold, 'work_based', 'none', 'none', '2025-01', '2025-02-01'),
  (:confirmed_hold, :peer, :confirmed_hold, 'work_based', 'none', 'none', '2025-02', '2999-01-01'),
  (:settled_hold, :peer, :settled_hold, 'work_based', 'none', 'none', '2025-03', '2999-01-01'),
  (:released_hold, :peer, :released_hold, 'work_based', 'none', 'none', '2025-04', '2999-01-01');
INSERT INTO peer_hold_token (hold_id, peer_id, token)
SELECT hold_id, peer_id, sha256(('token' || :unclaimed)::bytea) FROM peer_hold;
UPDATE peer_hold SET confirmed_at = '2025-01-05' WHERE hold_id IN (:confirmed_hold, :settled_hold);
UPDATE peer_hold SET settled_at = '2025-01-06' WHERE hold_id = :settled_hold;
UPDATE peer_hold SET released_at = '2025-01-06', release_reason = 'withdrawn' WHERE hold_id = :released_hold;
INSERT INTO peer_nonce (peer_id, nonce) VALUES (:peer, 'aaaaaaaaaaaaaaaa');
SELECT count_peer_question(:peer, 'attestation', '试2025-009', 'k1', NULL), count_peer_question(:peer, 'attestation', '试2025-009', 'k1', NULL);

-- We asked: confirmed and paid on, confirmed for what waits, negative only, claimed there, given up.
INSERT INTO attestation (person_id, attestation_id, claim_id, peer_id, key_group, benefit_line, skill_level, period, asked_by)
SELECT person_id, claim_id, claim_id, :peer, key_group, benefit_line, skill_level, period, :payer FROM claim
WHERE claim_id IN (:ordered, :unsealed, :failed, :disputed, :instructed, :paid, :payable, :accepted, :submitted, :noticed);
INSERT INTO attestation_answer (person_id, attestation_id, outcome, statement, answered_at, expires_at)
SELECT person_id, attestation_id, 'not_claimed', 'a.b.c', '2025-07-01', '2999-01-01' FROM attestation
WHERE attestation_id NOT IN (:accepted, :noticed);
INSERT INTO attestation_coverage (person_id, attestation_id, token, statement)
SELECT person_id, attestation_id, token, 'a.b.c' FROM attestation_answer JOIN person_token USING (person_id);
INSERT INTO attestation_answer (person_id, attestation_id, outcome, statement, answered_at) VALUES
  (:accepted, :accepted, 'claimed', 'a.b.c', '2025-07-01');
INSERT INTO attestation_confirmation (person_id, attestation_id, peer_id, statement, confirmed_at)
SELECT person_id, attestation_id, :peer, 'a.b.c', '2025-07-01' FROM attestation
WHERE attestation_id IN (:ordered, :unsealed, :failed, :disputed, :instructed, :paid, :payable);
INSERT INTO payment_attestation (person_id, instruction_id, peer_id, attestation_id, rule_id)
SELECT person_id, instruction_id, :peer, benefit_id, :asking_rule FROM bank_instruction
WHERE benefit_id IN (:instructed, :paid);
INSERT INTO attestation_end (person_id, attestation_id, reason) VALUES (:submitted, :submitted, 'withdrawn');
INSERT INTO attestation_end (person_id, attestation_id, reason, instruction_id)
SELECT person_id, benefit_id, 'settled', instruction_id FROM bank_instruction WHERE benefit_id = :paid AND state = 'settled';
