"""Further leaves of the log, and the payment gate that waits for it.

Why: a revocation, a decision or a payment that could be taken out of history unseen would undo what sealing the entry
promised; and money that leaves while nobody can see what it rests on is what the log is there to stop.
Lock taken, and for how long: a moment on each table that gets a trigger.
Safe with the previous release running: yes; it seals only what it knows, so the queue waits for the new sequencer.
How undone: downgrade drops what it made.
"""

from app.db.migration import execute_script

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE key_change (
  change_id uuid NOT NULL DEFAULT uuidv7(),
  purpose text NOT NULL,
  key_id text NOT NULL,
  change text NOT NULL,
  public_key text NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT registry_now(),
  CONSTRAINT key_change_pkey PRIMARY KEY (change_id),
  CONSTRAINT key_change_once UNIQUE (purpose, key_id, change),
  CONSTRAINT key_change_purpose_known CHECK (purpose IN ('token', 'log')),
  CONSTRAINT key_change_change_known CHECK (change IN ('added', 'retired'))
);
COMMENT ON TABLE key_change IS
  'From when to when a key speaks for the registry: of tokens and statements (JWK), and of tree heads (C2SP verifier key).';
CALL make_append_only('key_change');

CREATE TABLE access_digest (
  digest_id uuid NOT NULL DEFAULT uuidv7(),
  day date NOT NULL,
  accesses bigint NOT NULL,
  digest bytea NOT NULL,
  made_at timestamptz NOT NULL DEFAULT registry_now(),
  CONSTRAINT access_digest_pkey PRIMARY KEY (digest_id),
  CONSTRAINT access_digest_once_a_day UNIQUE (day),
  CONSTRAINT access_digest_length CHECK (octet_length(digest) = 32)
);
COMMENT ON TABLE access_digest IS 'What the access log said of a day (Asia/Shanghai): who looked at whom cannot be changed afterwards.';
CALL make_append_only('access_digest');
CREATE INDEX access_event_at ON access_event USING brin (at);
CREATE INDEX bank_answer_by_id ON bank_answer (answer_id);
"""

GRANTS = """
GRANT SELECT ON key_change TO
  app_public, app_access, app_inst, app_agency, app_citizen, app_device, worker, log_sequencer, auditor, access_owner;
GRANT INSERT (purpose, key_id, change, public_key) ON key_change TO access_owner;
GRANT SELECT ON access_digest TO log_sequencer, auditor, access_owner;
GRANT INSERT (day, accesses, digest) ON access_digest TO access_owner;
GRANT SELECT ON claim_move, claim_acceptance, claim_review, claim_appeal, benefit, bank_instruction, bank_answer, recovery, recovery_step,
  certificate_state_change, policy_edition TO log_sequencer;
GRANT SELECT (person_id, claim_id, kind, entry_id) ON claim TO log_sequencer;
"""

DOORS = """
CREATE FUNCTION queue_event() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
-- Arguments: kind of leaf, column of the subject, column of the person or none.
DECLARE
  event jsonb := to_jsonb(NEW);
BEGIN
  INSERT INTO registry.unsealed_event (kind, person_id, subject_id)
    VALUES (TG_ARGV[0], coalesce((event ->> TG_ARGV[2])::uuid, '00000000-0000-0000-0000-000000000000'),
            (event ->> TG_ARGV[1])::uuid);
  RETURN NULL;
END $$;

CREATE FUNCTION note_token_key() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO registry.key_change (purpose, key_id, change, public_key)
    VALUES ('token', NEW.kid, CASE TG_OP WHEN 'INSERT' THEN 'added' ELSE 'retired' END, NEW.public_jwk::text)
    ON CONFLICT ON CONSTRAINT key_change_once DO NOTHING;
  RETURN NULL;
END $$;

CREATE FUNCTION note_log_keys(live text[]) RETURNS integer
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  noted integer;
BEGIN
  INSERT INTO registry.key_change (purpose, key_id, change, public_key)
    SELECT 'log', key, 'added', key FROM unnest(live) AS key
    UNION ALL
    SELECT 'log', gone.key_id, 'retired', gone.public_key FROM registry.key_change AS gone
    WHERE gone.purpose = 'log' AND gone.change = 'added' AND gone.key_id <> ALL (live)
    ON CONFLICT ON CONSTRAINT key_change_once DO NOTHING;
  GET DIAGNOSTICS noted = ROW_COUNT;
  RETURN noted;
END $$;
COMMENT ON FUNCTION note_log_keys(text[]) IS 'The keys that sign tree heads now; those that no longer do are noted as retired.';

CREATE FUNCTION digest_accesses() RETURNS integer
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  -- Two hours: a transaction that began before midnight has long ended.
  over date := registry.law_date(registry.registry_now() - interval '2 hours');
  next date;
  made integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('registry.access_digest'));
  SELECT coalesce((SELECT max(day) + 1 FROM registry.access_digest),
                  (SELECT registry.law_date(min(at)) FROM registry.access_event)) INTO next;
  WHILE next < over AND made < 400 LOOP
    INSERT INTO registry.access_digest (day, accesses, digest)
      SELECT next, told.accesses, told.digest FROM registry.access_digest_of(next) AS told;
    next := next + 1;
    made := made + 1;
  END LOOP;
  RETURN made;
END $$;
COMMENT ON FUNCTION digest_accesses() IS 'One digest for each day that is over, none left out: a day without accesses says so.';

CREATE FUNCTION refuse_while_log_is_late() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF registry.log_delay_s() > 300 THEN
    RAISE EXCEPTION 'what happened five minutes ago is under no published tree head'
      USING ERRCODE = '23001', CONSTRAINT = 'log_in_time', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION refuse_while_log_is_late() IS 'Nothing is paid that nobody could check: the gate opens by itself when the log has caught up.';
REVOKE ALL ON FUNCTION queue_event(), note_token_key(), note_log_keys(text[]), digest_accesses(),
  refuse_while_log_is_late() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION queue_event(), note_token_key(), refuse_while_log_is_late() TO registry_owner;
GRANT EXECUTE ON FUNCTION note_log_keys(text[]), digest_accesses() TO log_sequencer;
"""

TRIGGERS = """
CREATE TRIGGER queued_revocation AFTER UPDATE OF revoked_at ON record_entry FOR EACH ROW
  WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL) EXECUTE FUNCTION queue_event('revocation', 'entry_id', 'person_id');
ALTER TABLE record_entry ENABLE ALWAYS TRIGGER queued_revocation;
CREATE TRIGGER queued_supersession AFTER UPDATE OF superseded_at ON record_entry FOR EACH ROW
  WHEN (OLD.superseded_at IS NULL AND NEW.superseded_at IS NOT NULL)
  EXECUTE FUNCTION queue_event('supersession', 'entry_id', 'person_id');
ALTER TABLE record_entry ENABLE ALWAYS TRIGGER queued_supersession;
CREATE TRIGGER queued_decision AFTER INSERT ON claim_move FOR EACH ROW
  WHEN (NEW.to_state IN ('not_accepted', 'approved', 'refused', 'withdrawn'))
  EXECUTE FUNCTION queue_event('claim_decision', 'move_id', 'person_id');
ALTER TABLE claim_move ENABLE ALWAYS TRIGGER queued_decision;
CREATE TRIGGER queued_appeal AFTER UPDATE OF outcome ON claim_appeal FOR EACH ROW
  WHEN (OLD.outcome IS NULL AND NEW.outcome IS NOT NULL) EXECUTE FUNCTION queue_event('appeal_decision', 'appeal_id', 'person_id');
ALTER TABLE claim_appeal ENABLE ALWAYS TRIGGER queued_appeal;
CREATE TRIGGER queued_benefit AFTER INSERT ON benefit FOR EACH ROW
  EXECUTE FUNCTION queue_event('benefit', 'benefit_id', 'person_id');
ALTER TABLE benefit ENABLE ALWAYS TRIGGER queued_benefit;
CREATE TRIGGER queued_cancellation AFTER UPDATE OF canceled_at ON benefit FOR EACH ROW
  WHEN (OLD.canceled_at IS NULL AND NEW.canceled_at IS NOT NULL)
  EXECUTE FUNCTION queue_event('benefit_cancellation', 'benefit_id', 'person_id');
ALTER TABLE benefit ENABLE ALWAYS TRIGGER queued_cancellation;
CREATE TRIGGER queued_payment AFTER INSERT ON bank_instruction FOR EACH ROW
  EXECUTE FUNCTION queue_event('payment', 'instruction_id', 'person_id');
ALTER TABLE bank_instruction ENABLE ALWAYS TRIGGER queued_payment;
CREATE TRIGGER queued_end AFTER INSERT ON bank_answer FOR EACH ROW
  WHEN (NEW.outcome IN ('settled', 'rejected')) EXECUTE FUNCTION queue_event('payment_end', 'answer_id', '');
ALTER TABLE bank_answer ENABLE ALWAYS TRIGGER queued_end;
CREATE TRIGGER queued_recovery AFTER INSERT ON recovery FOR EACH ROW
  EXECUTE FUNCTION queue_event('recovery', 'recovery_id', 'person_id');
ALTER TABLE recovery ENABLE ALWAYS TRIGGER queued_recovery;
CREATE TRIGGER queued_recovery_step AFTER INSERT ON recovery_step FOR EACH ROW
  EXECUTE FUNCTION queue_event('recovery_step', 'step_id', 'person_id');
ALTER TABLE recovery_step ENABLE ALWAYS TRIGGER queued_recovery_step;
CREATE TRIGGER queued_certificate AFTER INSERT ON certificate_state_change FOR EACH ROW
  WHEN (NEW.to_state IN ('revoked', 'corrected')) EXECUTE FUNCTION queue_event('certificate_change', 'change_id', 'person_id');
ALTER TABLE certificate_state_change ENABLE ALWAYS TRIGGER queued_certificate;
CREATE TRIGGER queued_edition AFTER INSERT ON policy_edition FOR EACH ROW
  EXECUTE FUNCTION queue_event('policy_edition', 'edition_id', '');
ALTER TABLE policy_edition ENABLE ALWAYS TRIGGER queued_edition;
CREATE TRIGGER queued_key AFTER INSERT ON key_change FOR EACH ROW
  EXECUTE FUNCTION queue_event('key_change', 'change_id', '');
ALTER TABLE key_change ENABLE ALWAYS TRIGGER queued_key;
CREATE TRIGGER queued_digest AFTER INSERT ON access_digest FOR EACH ROW
  EXECUTE FUNCTION queue_event('access_digest', 'digest_id', '');
ALTER TABLE access_digest ENABLE ALWAYS TRIGGER queued_digest;
CREATE TRIGGER noted_key AFTER INSERT ON signing_key FOR EACH ROW EXECUTE FUNCTION note_token_key();
ALTER TABLE signing_key ENABLE ALWAYS TRIGGER noted_key;
CREATE TRIGGER noted_retirement AFTER UPDATE OF retired_at ON signing_key FOR EACH ROW
  WHEN (NEW.retired_at IS NOT NULL) EXECUTE FUNCTION note_token_key();
ALTER TABLE signing_key ENABLE ALWAYS TRIGGER noted_retirement;
CREATE TRIGGER log_in_time BEFORE INSERT ON benefit FOR EACH STATEMENT EXECUTE FUNCTION refuse_while_log_is_late();
ALTER TABLE benefit ENABLE ALWAYS TRIGGER log_in_time;
CREATE TRIGGER log_in_time BEFORE INSERT ON bank_instruction FOR EACH STATEMENT EXECUTE FUNCTION refuse_while_log_is_late();
ALTER TABLE bank_instruction ENABLE ALWAYS TRIGGER log_in_time;
"""

PAST = """
INSERT INTO key_change (purpose, key_id, change, public_key) SELECT 'token', kid, 'added', public_jwk::text FROM signing_key;
INSERT INTO unsealed_event (kind, person_id, subject_id)
  SELECT 'revocation', person_id, entry_id FROM record_entry WHERE revoked_at IS NOT NULL
  UNION ALL SELECT 'supersession', person_id, entry_id FROM record_entry WHERE superseded_at IS NOT NULL
  UNION ALL SELECT 'claim_decision', person_id, move_id FROM claim_move
    WHERE to_state IN ('not_accepted', 'approved', 'refused', 'withdrawn')
  UNION ALL SELECT 'appeal_decision', person_id, appeal_id FROM claim_appeal WHERE outcome IS NOT NULL
  UNION ALL SELECT 'benefit', person_id, benefit_id FROM benefit
  UNION ALL SELECT 'benefit_cancellation', person_id, benefit_id FROM benefit WHERE canceled_at IS NOT NULL
  UNION ALL SELECT 'payment', coalesce(person_id, '00000000-0000-0000-0000-000000000000'), instruction_id FROM bank_instruction
  UNION ALL SELECT 'payment_end', '00000000-0000-0000-0000-000000000000', answer_id FROM bank_answer
    WHERE outcome IN ('settled', 'rejected')
  UNION ALL SELECT 'recovery', person_id, recovery_id FROM recovery
  UNION ALL SELECT 'recovery_step', person_id, step_id FROM recovery_step
  UNION ALL SELECT 'certificate_change', person_id, change_id FROM certificate_state_change WHERE to_state IN ('revoked', 'corrected')
  UNION ALL SELECT 'policy_edition', '00000000-0000-0000-0000-000000000000', edition_id FROM policy_edition;
"""

QUEUED = {
    "record_entry": ("queued_revocation", "queued_supersession"),
    "claim_move": ("queued_decision",),
    "claim_appeal": ("queued_appeal",),
    "benefit": ("queued_benefit", "queued_cancellation", "log_in_time"),
    "bank_instruction": ("queued_payment", "log_in_time"),
    "bank_answer": ("queued_end",),
    "recovery": ("queued_recovery",),
    "recovery_step": ("queued_recovery_step",),
    "certificate_state_change": ("queued_certificate",),
    "policy_edition": ("queued_edition",),
    "signing_key": ("noted_key", "noted_retirement"),
}


def upgrade() -> None:
    execute_script(TABLES + GRANTS)
    execute_script("SET ROLE access_owner;" + DOORS + "SET ROLE registry_owner;")
    execute_script(TRIGGERS + PAST)


def downgrade() -> None:
    for table, names in QUEUED.items():
        for trigger in names:
            execute_script(f"DROP TRIGGER {trigger} ON {table};")
    execute_script("""
    DROP INDEX access_event_at, bank_answer_by_id;
    DROP TABLE access_digest, key_change;
    DELETE FROM unsealed_event WHERE kind <> 'entry';
    REVOKE SELECT ON claim_move, claim_acceptance, claim_review, claim_appeal, benefit, bank_instruction, bank_answer, recovery,
      recovery_step, certificate_state_change, policy_edition FROM log_sequencer;
    REVOKE SELECT (person_id, claim_id, kind, entry_id) ON claim FROM log_sequencer;
    SET ROLE access_owner;
    DROP FUNCTION queue_event(), note_token_key(), note_log_keys(text[]), digest_accesses(),
      refuse_while_log_is_late();
    SET ROLE registry_owner;
    """)
