"""Other registries: nobody is paid twice across regions, and who counts as a registry is decided by two persons."""

from tests.database.attacks import Attack

_BENEFIT = """INSERT INTO benefit (person_id, benefit_id, claim_id, round, kind, entry_kind, entry_id, order_id,
  budget_id, tranche_no, amount_fen, reviewed_by, approved_by, ordered_by)
  VALUES (:ordered, :new_benefit, :ordered, 1, 'skill_upgrade', 'certificate', :ordered, :order, :budget, 1, 150000,
    :reviewer, :approver, :payer);"""
_HOLD = """INSERT INTO peer_hold (hold_id, peer_id, attestation_id, key_group, benefit_line, skill_level, period,
  expires_at)
  SELECT :new_hold, :peer, :new_hold, key_group, benefit_line, skill_level, period, '2999-01-01' FROM claim
  WHERE claim_id = :{0};
INSERT INTO peer_hold_token (hold_id, peer_id, token) VALUES (:new_hold, :peer, sha256(('token' || :{0})::bytea));"""
_END = """INSERT INTO attestation_end (person_id, attestation_id, reason, instruction_id)
  SELECT person_id, benefit_id, '{}', instruction_id FROM bank_instruction WHERE benefit_id = :instructed"""
_CONFIRM = """INSERT INTO attestation_confirmation (person_id, attestation_id, peer_id, statement, confirmed_at)
  VALUES (:{0}, :{0}, :peer, 'a.b.c', now())"""

ONE_BENEFIT_ACROSS_REGISTRIES = (
    Attack(
        "paid what another registry was told not to be claimed here",
        "registry_owner",
        "benefit.other_registries",
        _HOLD.format("ordered") + _BENEFIT,
        answers="benefit_not_held_elsewhere",
    ),
    Attack(
        "paid before the registry on the list was asked",
        "registry_owner",
        "benefit.other_registries",
        """INSERT INTO asking_rule (peer_id, kind, division_code, starts_on, document, clause, proposed_by,
             confirmed_by, confirmed_at)
           VALUES (:other_peer, 'skill_upgrade', '110000', '2025-01-01', '试〔2025〕8号', '一',
             :administrator, :second_administrator, '2025-01-02');"""
        + _BENEFIT,
        answers="benefit_registries_asked",
    ),
    Attack(
        "paid somebody whose new number no hold can meet yet",
        "registry_owner",
        "benefit.other_registries",
        """INSERT INTO person_identifier (person_id, identifier_id, kind, number_sealed, recorded_by)
           VALUES (:ordered, :new_identifier, 'residence_permit', '\\x01', :operator);"""
        + _BENEFIT,
        answers="benefit_person_comparable",
    ),
    Attack(
        "paid on what a registry confirmed before the person had another number",
        "registry_owner",
        "benefit.other_registries",
        """INSERT INTO person_identifier (person_id, identifier_id, kind, number_sealed, recorded_by)
           VALUES (:ordered, :new_identifier, 'residence_permit', '\\x01', :operator);
           INSERT INTO person_token (person_id, peer_id, identifier_id, token)
           VALUES (:ordered, :peer, :new_identifier, sha256('another number'));"""
        + _BENEFIT,
        answers="benefit_registries_asked",
    ),
    Attack(
        "instructed again what another registry was told not to be claimed here",
        "registry_owner",
        "bank_instruction.other_registries",
        _HOLD.format("failed")
        + """INSERT INTO bank_instruction (instruction_id, person_id, benefit_id, attempt, amount_fen, payee_kind,
          account_id, account_outcome)
          VALUES (:new_instruction, :failed, :failed, 2, 150000, 'person', :failed, 'matched');""",
        ("peer_hold_token.not_spent_here",),
        answers="benefit_not_held_elsewhere",
    ),
    Attack(
        "a key taken that is held for another registry",
        "access_owner",
        "benefit_key.not_held_elsewhere",
        """INSERT INTO benefit_key (person_id, key_group, benefit_line, skill_level, period, origin)
           VALUES (:unclaimed, 'work_based', 'none', 'none', '2025-02', 'claim')""",
        answers="benefit_key_not_held_elsewhere",
    ),
    Attack(
        "told not to be claimed what is paid here",
        "access_owner",
        "peer_hold_token.not_spent_here",
        _HOLD.format("paid"),
        answers="peer_hold_not_spent_here",
    ),
    Attack(
        "confirmed after a payment here",
        "registry_owner",
        "peer_hold.not_spent_here",
        """ALTER TABLE peer_hold_token DISABLE TRIGGER not_spent_here;"""
        + _HOLD.format("paid")
        + "UPDATE peer_hold SET confirmed_at = '2998-01-01' WHERE hold_id = :new_hold",
        answers="peer_hold_not_spent_here",
    ),
    Attack(
        "confirmed after its expiry",
        "access_owner",
        "peer_hold_confirmed_in_time",
        "UPDATE peer_hold SET confirmed_at = now() WHERE hold_id = :expired_hold",
    ),
    Attack(
        "a confirmed hold given up without the bank",
        "access_owner",
        "peer_hold_ends_by_rejection",
        "UPDATE peer_hold SET released_at = now(), release_reason = 'withdrawn' WHERE hold_id = :confirmed_hold",
    ),
    Attack(
        "a hold released that was paid on",
        "access_owner",
        "peer_hold_settled_stays",
        """UPDATE peer_hold SET released_at = now(), release_reason = 'bank_rejected', release_evidence = 'instruction'
           WHERE hold_id = :settled_hold""",
    ),
    Attack(
        "a second hold for one question",
        "access_owner",
        "peer_hold_attestation_key",
        """INSERT INTO peer_hold (peer_id, attestation_id, key_group, benefit_line, skill_level, period, expires_at)
           VALUES (:peer, :hold, 'work_based', 'none', 'none', '2025-09', '2999-01-01')""",
    ),
    Attack(
        "two open questions to one registry",
        "access_owner",
        "attestation_one_open",
        """INSERT INTO attestation (person_id, claim_id, peer_id, key_group, benefit_line, skill_level, period,
             asked_by)
           SELECT person_id, claim_id, peer_id, key_group, benefit_line, skill_level, period, asked_by FROM attestation
           WHERE attestation_id = :payable""",
    ),
    Attack(
        "a confirmation of what is claimed there",
        "worker",
        "attestation_confirmation_answer_fkey",
        _CONFIRM.format("accepted"),
    ),
    Attack(
        "a confirmation of what nobody has answered",
        "worker",
        "attestation_confirmation_answer_fkey",
        _CONFIRM.format("noticed"),
    ),
    Attack(
        "a confirmation of what was given up",
        "worker",
        "attestation_confirmation.not_ended",
        _CONFIRM.format("submitted"),
    ),
    Attack(
        "a confirmed hold given up while the bank is at it",
        "worker",
        "attestation_end.rests_on_bank",
        _END.format("bank_rejected"),
    ),
    Attack(
        "told to be paid before the bank says so",
        "worker",
        "attestation_end.rests_on_bank",
        _END.format("settled"),
    ),
    Attack(
        "a confirmed hold given up by ourselves",
        "worker",
        "attestation_end.rests_on_bank",
        "INSERT INTO attestation_end (person_id, attestation_id, reason) VALUES (:ordered, :ordered, 'withdrawn')",
    ),
    Attack(
        "a question signed once asked twice",
        "app_peer",
        "peer_nonce_pkey",
        "INSERT INTO peer_nonce (peer_id, nonce) VALUES (:peer, 'aaaaaaaaaaaaaaaa')",
    ),
    Attack(
        "a question beyond the budget",
        "app_peer",
        "peer_budget_within",
        "SELECT count_peer_question(:peer, 'attestation', '试2025-009', 'k1', NULL)",
    ),
    Attack(
        "a hold made up",
        "app_peer",
        "GRANT INSERT ON peer_hold TO app_peer",
        """INSERT INTO peer_hold (peer_id, attestation_id, key_group, benefit_line, skill_level, period, expires_at)
           VALUES (:peer, :new_hold, 'work_based', 'none', 'none', '2025-09', '2999-01-01')""",
    ),
    Attack(
        "tokens of persons read without a question",
        "app_peer",
        "GRANT SELECT ON person_token TO app_peer",
        "SELECT token FROM person_token",
    ),
)

TWO_PERSONS_KNOW_A_PEER = (
    Attack(
        "a peer confirmed by whoever proposed it",
        "app_access",
        "peer_registry_second_person",
        "SELECT confirm_peer(:administrator, :other_peer)",
    ),
    Attack(
        "a peer's key confirmed by whoever proposed it",
        "app_access",
        "peer_key_second_person",
        "UPDATE peer_key SET confirmed_by = :administrator, confirmed_at = now() WHERE peer_id = :other_peer",
    ),
    Attack(
        "a registry put on the list by one person",
        "app_access",
        "asking_rule_second_person",
        "UPDATE asking_rule SET confirmed_by = :administrator, confirmed_at = now() WHERE rule_id = :open_rule",
    ),
    Attack(
        "a registry taken off the list by one person",
        "app_access",
        "asking_rule_end_second_person",
        """UPDATE asking_rule SET ends_before = '2025-02-01', end_proposed_by = :administrator,
             end_confirmed_by = :administrator, end_confirmed_at = now() WHERE rule_id = :asking_rule""",
    ),
    Attack(
        "two peers under one name",
        "app_access",
        "peer_registry_issuer",
        """INSERT INTO peer_registry (name, division_code, issuer, base_url, agency_id, principal_id,
             token_secret_sealed, hourly_budget, proposed_by)
           VALUES ('冒名', '310000', 'https://peer.test', 'https://x.test', :peer_agency, :peer_system, '\\x01', 1,
             :administrator)""",
    ),
)

_FORGOTTEN = (
    "INSERT INTO restoration (restoration_id, noticed_by, evidence) VALUES (:new_restoration, 'log', '{}');"
)

NOTHING_IS_PAID_THAT_MAY_BE_FORGOTTEN = (
    Attack(
        "paid by a database that may have forgotten payments",
        "registry_owner",
        "benefit.not_restored",
        _FORGOTTEN + _BENEFIT,
        set_aside=("benefit.other_registries",),
        answers="not_restored",
    ),
    Attack(
        "paid by a database that was loaded elsewhere",
        "registry_owner",
        "benefit.not_restored",
        "INSERT INTO database_origin (origin) VALUES ('elsewhere');" + _BENEFIT,
        answers="not_restored",
    ),
    Attack(
        "paid before the log was compared with what is published",
        "registry_owner",
        "benefit.not_restored",
        "UPDATE log_watch SET seen_at = '2025-01-01';" + _BENEFIT,
        answers="log_compared",
    ),
    Attack(
        "instructed again by a database that may have forgotten payments",
        "registry_owner",
        "bank_instruction.not_restored",
        _FORGOTTEN
        + """INSERT INTO bank_instruction (instruction_id, person_id, benefit_id, attempt, amount_fen, payee_kind,
          account_id, account_outcome)
          VALUES (:new_instruction, :failed, :failed, 2, 150000, 'person', :failed, 'matched');""",
        set_aside=("bank_instruction.other_registries", "bank_instruction.points_at_confirmations"),
        answers="not_restored",
    ),
    Attack(
        "paid on what a registry confirmed before we were restored",
        "registry_owner",
        "benefit.other_registries",
        _FORGOTTEN
        + """UPDATE restoration SET finding = '已核对', proposed_by = :payer, proposed_at = now(),
             confirmed_by = :approver, confirmed_at = now() WHERE restoration_id = :new_restoration;"""
        + _BENEFIT,
        answers="benefit_registries_asked",
    ),
    Attack(
        "payments reopened by whoever proposed it",
        "registry_owner",
        "restoration_second_person",
        _FORGOTTEN
        + """UPDATE restoration SET finding = '已核对', proposed_by = :payer, proposed_at = now(),
             confirmed_by = :payer, confirmed_at = now() WHERE restoration_id = :new_restoration""",
    ),
    Attack(
        "payments reopened without a finding",
        "registry_owner",
        "restoration_confirmed_whole",
        _FORGOTTEN
        + """UPDATE restoration SET confirmed_by = :payer, confirmed_at = now()
             WHERE restoration_id = :new_restoration""",
    ),
    Attack(
        "the same sign noticed again while it is open",
        "access_owner",
        "restoration_one_open",
        "INSERT INTO restoration (noticed_by, evidence) VALUES ('log', '{}'), ('log', '{}')",
    ),
    Attack(
        "payments reopened by a machine",
        "registry_owner",
        "restoration_proposed_by_fkey",
        _FORGOTTEN
        + """UPDATE restoration SET finding = '已核对', proposed_by = :machine, proposed_at = now()
             WHERE restoration_id = :new_restoration""",
    ),
    Attack(
        "the paying worker reopens payments",
        "pay_worker",
        "GRANT EXECUTE ON FUNCTION confirm_reopening(uuid, uuid) TO pay_worker",
        "SELECT confirm_reopening(:approver, :past_restoration)",
        right_of=("app_agency",),
    ),
    Attack(
        "the worker proposes to reopen payments",
        "worker",
        "GRANT EXECUTE ON FUNCTION propose_reopening(uuid, uuid, text) TO worker",
        "SELECT propose_reopening(:payer, :past_restoration, '已核对')",
        right_of=("app_agency",),
    ),
    Attack(
        "a peer says that the log was compared",
        "app_peer",
        "GRANT EXECUTE ON FUNCTION note_log_compared() TO app_peer",
        "SELECT note_log_compared()",
        right_of=("log_sequencer",),
    ),
)
