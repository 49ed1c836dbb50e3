"""Principals (who acts), persons (whose records), their numbers, names, cards and checks.

Why: authors of every later row are principals; every person-scoped table leads its key with ``person_id``.
Lock taken, and for how long: none that matters, new tables only.
Safe with the previous release running: yes, nothing existing changes.
How undone: downgrade drops the tables.
"""

from app.db.migration import execute_script

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

PRINCIPALS = """
CREATE TABLE agency (
  agency_id uuid NOT NULL DEFAULT uuidv7(),
  name text NOT NULL,
  division_code text NOT NULL,
  parent_id uuid,
  created_at timestamptz NOT NULL DEFAULT registry_now(),
  CONSTRAINT agency_pkey PRIMARY KEY (agency_id),
  CONSTRAINT agency_name_key UNIQUE (name),
  CONSTRAINT agency_division_fkey FOREIGN KEY (division_code) REFERENCES division_code (code),
  CONSTRAINT agency_parent_fkey FOREIGN KEY (parent_id) REFERENCES agency (agency_id)
);
COMMENT ON TABLE agency IS '经办机构/主管部门. Region is not agency: the reporting line is parent_id, the area is division_code.';

CREATE TABLE principal (
  principal_id uuid NOT NULL DEFAULT uuidv7(),
  kind text NOT NULL,
  display_name text NOT NULL,
  agency_id uuid,
  institution_id uuid,
  created_at timestamptz NOT NULL DEFAULT registry_now(),
  created_by uuid,
  suspended_at timestamptz,
  tokens_not_before timestamptz,
  CONSTRAINT principal_pkey PRIMARY KEY (principal_id),
  CONSTRAINT principal_kind_key UNIQUE (principal_id, kind),
  CONSTRAINT principal_agency_key UNIQUE (principal_id, agency_id),
  CONSTRAINT principal_kind_known CHECK (kind IN
    ('officer', 'agency_client', 'institution_operator', 'institution_client', 'device', 'platform',
     'citizen', 'peer_region', 'administrator', 'system')),
  CONSTRAINT principal_agency_by_kind CHECK
    (kind = 'peer_region' OR (kind IN ('officer', 'agency_client')) = (agency_id IS NOT NULL)),
  CONSTRAINT principal_institution_by_kind CHECK
    ((kind IN ('institution_operator', 'institution_client')) = (institution_id IS NOT NULL)
     OR kind IN ('device', 'platform')),
  CONSTRAINT principal_agency_fkey FOREIGN KEY (agency_id) REFERENCES agency (agency_id),
  CONSTRAINT principal_created_by_fkey FOREIGN KEY (created_by) REFERENCES principal (principal_id)
);
COMMENT ON COLUMN principal.tokens_not_before IS
  'Tokens issued earlier are dead: set when rights change, so that a change takes effect at once. Wall clock, not registry_now().';
COMMENT ON TABLE principal IS 'Anybody or anything that acts: every maker, checker and author is one of these.';
CREATE INDEX principal_of_institution ON principal (institution_id) WHERE institution_id IS NOT NULL;
INSERT INTO principal (principal_id, kind, display_name)
  VALUES ('00000000-0000-7000-8000-000000000001', 'system', '登记系统');

-- Officers open accounts of the institutions they register, and nobody's else: a right to INSERT knows no kinds.
CREATE FUNCTION refuse_foreign_kind() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'this channel opens no % account', NEW.kind
    USING ERRCODE = '23001', CONSTRAINT = 'principal_kinds_of_channel', TABLE = 'principal';
END $$;
REVOKE ALL ON FUNCTION refuse_foreign_kind() FROM PUBLIC;
CREATE TRIGGER kinds_of_channel BEFORE INSERT ON principal FOR EACH ROW
  WHEN (current_user = 'app_agency'
    AND NEW.kind NOT IN ('institution_operator', 'institution_client', 'device', 'platform'))
  EXECUTE FUNCTION refuse_foreign_kind();
ALTER TABLE principal ENABLE ALWAYS TRIGGER kinds_of_channel;

CREATE TABLE permission_grant (
  grant_id uuid NOT NULL DEFAULT uuidv7(),
  principal_id uuid NOT NULL,
  principal_kind text NOT NULL,
  permission text NOT NULL,
  proposed_by uuid NOT NULL,
  proposed_at timestamptz NOT NULL DEFAULT registry_now(),
  confirmed_by uuid,
  confirmed_at timestamptz,
  revoked_by uuid,
  revoked_at timestamptz,
  -- A constant for the foreign keys below; not GENERATED, because set_once compares rows before such are computed.
  administrator_kind text NOT NULL DEFAULT 'administrator',
  CONSTRAINT permission_grant_pkey PRIMARY KEY (grant_id),
  CONSTRAINT permission_grant_by_administrators CHECK (administrator_kind = 'administrator'),
  CONSTRAINT permission_grant_holder_fkey FOREIGN KEY (principal_id, principal_kind)
    REFERENCES principal (principal_id, kind),
  CONSTRAINT permission_grant_business_only CHECK (principal_kind IN ('officer', 'agency_client')),
  CONSTRAINT permission_grant_known CHECK (permission IN
    ('filing', 'review', 'approval', 'payment', 'inspection', 'audit', 'directory', 'identity', 'lookup')),
  CONSTRAINT permission_grant_second_person CHECK (confirmed_by <> proposed_by),
  CONSTRAINT permission_grant_not_own CHECK (principal_id <> proposed_by AND principal_id <> confirmed_by),
  CONSTRAINT permission_grant_confirmed_whole CHECK ((confirmed_by IS NULL) = (confirmed_at IS NULL)),
  CONSTRAINT permission_grant_revoked_whole CHECK ((revoked_by IS NULL) = (revoked_at IS NULL)),
  CONSTRAINT permission_grant_proposed_by_fkey FOREIGN KEY (proposed_by, administrator_kind)
    REFERENCES principal (principal_id, kind),
  CONSTRAINT permission_grant_confirmed_by_fkey FOREIGN KEY (confirmed_by, administrator_kind)
    REFERENCES principal (principal_id, kind),
  CONSTRAINT permission_grant_revoked_by_fkey FOREIGN KEY (revoked_by, administrator_kind)
    REFERENCES principal (principal_id, kind)
);
CREATE UNIQUE INDEX permission_grant_live ON permission_grant (principal_id, permission) WHERE revoked_at IS NULL;
CALL make_append_only('permission_grant', 'confirmed_by', 'confirmed_at', 'revoked_by', 'revoked_at');

CREATE TABLE administrator_assignment (
  principal_id uuid NOT NULL,
  principal_kind text NOT NULL DEFAULT 'administrator',
  kind text NOT NULL,
  assigned_at timestamptz NOT NULL DEFAULT registry_now(),
  -- One row a person: holding two of the three offices (三员分立) is impossible.
  CONSTRAINT administrator_assignment_pkey PRIMARY KEY (principal_id),
  CONSTRAINT administrator_assignment_kind_known CHECK (kind IN ('system', 'security', 'audit')),
  CONSTRAINT administrator_assignment_no_business CHECK (principal_kind = 'administrator'),
  CONSTRAINT administrator_assignment_holder_fkey FOREIGN KEY (principal_id, principal_kind)
    REFERENCES principal (principal_id, kind)
);
CALL make_append_only('administrator_assignment');
"""

CREDENTIALS = """
CREATE TABLE password_credential (
  principal_id uuid NOT NULL,
  login_name text NOT NULL,
  password_hash text,
  changed_at timestamptz,
  CONSTRAINT password_credential_pkey PRIMARY KEY (principal_id),
  CONSTRAINT password_credential_login_key UNIQUE (login_name),
  CONSTRAINT password_credential_login_form CHECK (login_name ~ '^[a-z][a-z0-9._-]{2,63}$'),
  CONSTRAINT password_credential_hash_form CHECK (password_hash LIKE '$argon2id$%'),
  CONSTRAINT password_credential_changed_whole CHECK ((password_hash IS NULL) = (changed_at IS NULL)),
  CONSTRAINT password_credential_principal_fkey FOREIGN KEY (principal_id) REFERENCES principal (principal_id)
);
COMMENT ON COLUMN password_credential.password_hash IS
  'NULL until the activation code is redeemed: the login name is taken, but no password opens it.';
CREATE TABLE totp_credential (
  principal_id uuid NOT NULL,
  secret_sealed bytea NOT NULL,
  enrolled_at timestamptz NOT NULL DEFAULT registry_now(),
  last_used_step bigint NOT NULL DEFAULT 0,
  CONSTRAINT totp_credential_pkey PRIMARY KEY (principal_id),
  CONSTRAINT totp_credential_principal_fkey FOREIGN KEY (principal_id) REFERENCES principal (principal_id)
);
COMMENT ON COLUMN totp_credential.last_used_step IS 'A time step serves once: a replay inside the step is refused.';
CREATE TABLE activation (
  activation_id uuid NOT NULL DEFAULT uuidv7(),
  principal_id uuid NOT NULL,
  purpose text NOT NULL,
  code_digest bytea,
  proposed_by uuid,
  confirmed_by uuid,
  created_at timestamptz NOT NULL DEFAULT registry_now(),
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  break_glass_by text,
  CONSTRAINT activation_pkey PRIMARY KEY (activation_id),
  CONSTRAINT activation_purpose_known CHECK (purpose IN ('first_sign_in', 'second_factor_lost')),
  CONSTRAINT activation_second_person CHECK (confirmed_by <> proposed_by),
  CONSTRAINT activation_not_own CHECK (principal_id <> proposed_by AND principal_id <> confirmed_by),
  CONSTRAINT activation_digest_length CHECK (octet_length(code_digest) = 32),
  CONSTRAINT activation_code_after_confirmation CHECK
    (purpose = 'first_sign_in' OR code_digest IS NULL OR confirmed_by IS NOT NULL OR break_glass_by IS NOT NULL),
  CONSTRAINT activation_principal_fkey FOREIGN KEY (principal_id) REFERENCES principal (principal_id),
  CONSTRAINT activation_proposed_by_fkey FOREIGN KEY (proposed_by) REFERENCES principal (principal_id),
  CONSTRAINT activation_confirmed_by_fkey FOREIGN KEY (confirmed_by) REFERENCES principal (principal_id)
);
-- Whoever may add accounts cannot give an existing one another first code, and so not take it over.
CREATE UNIQUE INDEX activation_first_sign_in ON activation (principal_id) WHERE purpose = 'first_sign_in';
CREATE UNIQUE INDEX activation_code ON activation (code_digest);
COMMENT ON COLUMN activation.break_glass_by IS
  'Account of the machine that reset an administrator with the owner''s connection; no application role writes it.';
COMMENT ON TABLE activation IS 'One-time codes: a first sign-in, or a new second factor after loss (two administrators).';
CREATE TABLE client_credential (
  client_id text NOT NULL,
  principal_id uuid NOT NULL,
  principal_kind text NOT NULL,
  secret_digest bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT registry_now(),
  revoked_at timestamptz,
  CONSTRAINT client_credential_pkey PRIMARY KEY (client_id),
  CONSTRAINT client_credential_digest_length CHECK (octet_length(secret_digest) = 32),
  CONSTRAINT client_credential_of_a_system CHECK
    (principal_kind IN ('agency_client', 'institution_client', 'device', 'platform', 'peer_region')),
  CONSTRAINT client_credential_principal_fkey FOREIGN KEY (principal_id, principal_kind)
    REFERENCES principal (principal_id, kind)
);
-- One live secret an account: whoever may add clients cannot add a second way into an existing one.
CREATE UNIQUE INDEX client_credential_live ON client_credential (principal_id) WHERE revoked_at IS NULL;
CREATE TABLE sign_in_guard (
  subject_digest bytea NOT NULL,
  failures integer NOT NULL DEFAULT 0,
  last_failure_at timestamptz,
  locked_until timestamptz,
  CONSTRAINT sign_in_guard_pkey PRIMARY KEY (subject_digest),
  CONSTRAINT sign_in_guard_failures_counted CHECK (failures >= 0)
);
COMMENT ON TABLE sign_in_guard IS 'Pacing and lockout by digest of what was typed, so that unknown names pace like known ones.';
CREATE TABLE refresh_token (
  token_digest bytea NOT NULL,
  family_id uuid NOT NULL,
  principal_id uuid NOT NULL,
  issued_at timestamptz NOT NULL DEFAULT registry_now(),
  expires_at timestamptz NOT NULL,
  family_expires_at timestamptz NOT NULL,
  used_at timestamptz,
  revoked_at timestamptz,
  CONSTRAINT refresh_token_pkey PRIMARY KEY (token_digest),
  CONSTRAINT refresh_token_digest_length CHECK (octet_length(token_digest) = 32),
  CONSTRAINT refresh_token_within_family CHECK (expires_at <= family_expires_at),
  CONSTRAINT refresh_token_principal_fkey FOREIGN KEY (principal_id) REFERENCES principal (principal_id)
);
COMMENT ON TABLE refresh_token IS
  'Opaque, by digest, each serves once. A family is one sign-in (claim sid); a token used twice ends its family.';
CREATE INDEX refresh_token_family ON refresh_token (family_id);
CREATE INDEX refresh_token_principal ON refresh_token (principal_id) WHERE revoked_at IS NULL;
CREATE TABLE signing_key (
  kid text NOT NULL,
  private_key_sealed bytea NOT NULL,
  public_jwk jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT registry_now(),
  signs_from timestamptz NOT NULL,
  retired_at timestamptz,
  is_compromised boolean NOT NULL DEFAULT false,
  CONSTRAINT signing_key_pkey PRIMARY KEY (kid),
  CONSTRAINT signing_key_compromised_retires CHECK (NOT is_compromised OR retired_at IS NOT NULL)
);
COMMENT ON COLUMN signing_key.is_compromised IS
  'Nothing under this key is believed any more. A key that merely retired goes on verifying the statements of its time.';
CREATE TABLE denied_token (
  jti uuid NOT NULL,
  denied_until timestamptz NOT NULL,
  denied_by uuid,
  CONSTRAINT denied_token_pkey PRIMARY KEY (jti)
);
COMMENT ON TABLE denied_token IS
  'By jti one access token, by sid all of one sign-in; wall clock. A row may go once every such token has expired.';
CREATE TABLE citizen_sign_in (
  state_digest bytea NOT NULL,
  nonce text NOT NULL,
  verifier_sealed bytea NOT NULL,
  started_at timestamptz NOT NULL DEFAULT registry_now(),
  completed_at timestamptz,
  CONSTRAINT citizen_sign_in_pkey PRIMARY KEY (state_digest)
);
CALL make_append_only('citizen_sign_in', 'completed_at');
"""

CONTEXT = """
CREATE FUNCTION begin_unit(actor uuid, token uuid, session uuid, issued_at timestamptz,
                           OUT at timestamptz, OUT in_force boolean)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT registry.registry_now(),
    NOT EXISTS (SELECT FROM registry.denied_token WHERE jti IN (token, session))
    AND EXISTS (SELECT FROM registry.principal WHERE principal_id = actor AND suspended_at IS NULL
                AND (tokens_not_before IS NULL OR issued_at >= tokens_not_before))
$$;
COMMENT ON FUNCTION begin_unit(uuid, uuid, uuid, timestamptz) IS
  'First statement of every transaction of a caller: the one time, and whether the token still holds.';
REVOKE ALL ON FUNCTION begin_unit(uuid, uuid, uuid, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION begin_unit(uuid, uuid, uuid, timestamptz) TO
  app_public, app_access, app_inst, app_agency, app_citizen, app_device, auditor;
"""

PERSONS = """
CREATE TABLE person (
  person_id uuid NOT NULL DEFAULT uuidv7(),
  recorded_at timestamptz NOT NULL DEFAULT registry_now(),
  CONSTRAINT person_pkey PRIMARY KEY (person_id)
);
CALL make_append_only('person');

CREATE TABLE person_identifier (
  person_id uuid NOT NULL,
  identifier_id uuid NOT NULL DEFAULT uuidv7(),
  kind text NOT NULL,
  number_sealed bytea NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT registry_now(),
  recorded_by uuid NOT NULL,
  ended_at timestamptz,
  end_kind text,
  end_reason text,
  CONSTRAINT person_identifier_pkey PRIMARY KEY (person_id, identifier_id),
  CONSTRAINT person_identifier_person_fkey FOREIGN KEY (person_id) REFERENCES person (person_id),
  CONSTRAINT person_identifier_recorded_by_fkey FOREIGN KEY (recorded_by) REFERENCES principal (principal_id),
  CONSTRAINT person_identifier_kind_known CHECK (kind IN
    ('citizen', 'residence_permit', 'permanent_residence_2017', 'permanent_residence_2023')),
  CONSTRAINT person_identifier_end_kind_known CHECK (end_kind IN ('replaced', 'not_theirs')),
  CONSTRAINT person_identifier_ended_whole CHECK
    ((ended_at IS NULL) = (end_reason IS NULL) AND (ended_at IS NULL) = (end_kind IS NULL))
);
COMMENT ON COLUMN person_identifier.end_kind IS
  'replaced: was this person''s and still finds them. not_theirs: recorded by mistake or shared; finds them no longer.';
CALL make_append_only('person_identifier', 'ended_at', 'end_kind', 'end_reason');

CREATE TABLE identifier_key (
  digest bytea NOT NULL,
  key_id text NOT NULL,
  person_id uuid NOT NULL,
  identifier_id uuid NOT NULL,
  CONSTRAINT identifier_key_pkey PRIMARY KEY (digest),
  CONSTRAINT identifier_key_identifier_key UNIQUE (person_id, identifier_id, key_id),
  CONSTRAINT identifier_key_digest_length CHECK (octet_length(digest) = 32),
  CONSTRAINT identifier_key_identifier_fkey FOREIGN KEY (person_id, identifier_id)
    REFERENCES person_identifier (person_id, identifier_id)
);
COMMENT ON TABLE identifier_key IS
  'A number belongs to one person: keyed digests, the old and the new key''s both present and both unique in a rotation.';

CREATE TABLE retired_digest_key (
  key_id text NOT NULL,
  retired_at timestamptz NOT NULL DEFAULT registry_now(),
  CONSTRAINT retired_digest_key_pkey PRIMARY KEY (key_id)
);
COMMENT ON TABLE retired_digest_key IS 'Digest keys that a rotation has ended; nothing is stored under them again.';
CALL make_append_only('retired_digest_key');

CREATE FUNCTION refuse_retired_digest_key() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM registry.retired_digest_key AS retired JOIN arrived USING (key_id)) THEN
    RAISE EXCEPTION 'digest key is retired'
      USING ERRCODE = '23001', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION refuse_retired_digest_key() FROM PUBLIC;
-- A process that has not noticed the end of a rotation would register a known number as a second person. Looking is
-- enough here: whoever retires a key holds a lock on this table that waits for every insert and is waited for.
CREATE TRIGGER identifier_key_not_retired AFTER INSERT ON identifier_key
  REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION refuse_retired_digest_key();
ALTER TABLE identifier_key ENABLE ALWAYS TRIGGER identifier_key_not_retired;

CREATE TABLE identity_check (
  person_id uuid NOT NULL,
  check_id uuid NOT NULL DEFAULT uuidv7(),
  outcome text NOT NULL,
  source text NOT NULL,
  evidence_id text NOT NULL,
  name_digest bytea NOT NULL,
  checked_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT registry_now(),
  CONSTRAINT identity_check_pkey PRIMARY KEY (person_id, check_id),
  CONSTRAINT identity_check_outcome_key UNIQUE (person_id, check_id, outcome),
  CONSTRAINT identity_check_name_key UNIQUE (person_id, check_id, outcome, name_digest),
  CONSTRAINT identity_check_person_fkey FOREIGN KEY (person_id) REFERENCES person (person_id),
  CONSTRAINT identity_check_outcome_known CHECK (outcome IN
    ('matched', 'name_mismatch', 'unknown', 'card_lost', 'card_canceled', 'deceased')),
  CONSTRAINT identity_check_source_known CHECK (source IN ('cardholder_base', 'citizen_sign_in'))
);
COMMENT ON TABLE identity_check IS 'Answers of the card-holder base: result, evidence and time, never the reply itself.';
CALL make_append_only('identity_check');

CREATE TABLE person_name (
  person_id uuid NOT NULL,
  name_id uuid NOT NULL DEFAULT uuidv7(),
  name_sealed bytea NOT NULL,
  name_digest bytea NOT NULL,
  check_id uuid NOT NULL,
  check_outcome text NOT NULL DEFAULT 'matched',
  recorded_at timestamptz NOT NULL DEFAULT registry_now(),
  CONSTRAINT person_name_pkey PRIMARY KEY (person_id, name_id),
  CONSTRAINT person_name_check_fkey FOREIGN KEY (person_id, check_id, check_outcome)
    REFERENCES identity_check (person_id, check_id, outcome),
  CONSTRAINT person_name_only_matched CHECK (check_outcome = 'matched')
);
COMMENT ON TABLE person_name IS 'Names proved by a match; the newest is the name. A claimed name never gets here.';
CALL make_append_only('person_name');

CREATE TABLE social_security_card (
  person_id uuid NOT NULL,
  card_id uuid NOT NULL DEFAULT uuidv7(),
  number_sealed bytea NOT NULL,
  number_digest bytea NOT NULL,
  check_id uuid NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT registry_now(),
  ended_at timestamptz,
  CONSTRAINT social_security_card_pkey PRIMARY KEY (person_id, card_id),
  CONSTRAINT social_security_card_check_fkey FOREIGN KEY (person_id, check_id)
    REFERENCES identity_check (person_id, check_id)
);
CREATE UNIQUE INDEX social_security_card_live ON social_security_card (person_id, number_digest) WHERE ended_at IS NULL;
CALL make_append_only('social_security_card', 'ended_at');

CREATE TABLE person_alias (
  person_id uuid NOT NULL,
  alias_id uuid NOT NULL DEFAULT uuidv7(),
  survivor_id uuid NOT NULL,
  reason text NOT NULL,
  case_number text NOT NULL,
  proposed_by uuid NOT NULL,
  proposed_at timestamptz NOT NULL DEFAULT registry_now(),
  decision_reason text,
  merged_by uuid,
  merged_at timestamptz,
  refused_by uuid,
  refused_at timestamptz,
  end_reason text,
  end_case_number text,
  end_proposed_by uuid,
  end_proposed_at timestamptz,
  ended_by uuid,
  ended_at timestamptz,
  CONSTRAINT person_alias_pkey PRIMARY KEY (person_id, alias_id),
  CONSTRAINT person_alias_person_fkey FOREIGN KEY (person_id) REFERENCES person (person_id),
  CONSTRAINT person_alias_other_person CHECK (person_id <> survivor_id),
  CONSTRAINT person_alias_reason_given CHECK (length(btrim(reason)) >= 2),
  CONSTRAINT person_alias_case_given CHECK (length(btrim(case_number)) BETWEEN 3 AND 60),
  CONSTRAINT person_alias_second_person CHECK (merged_by <> proposed_by AND refused_by <> proposed_by),
  CONSTRAINT person_alias_end_second_person CHECK (ended_by <> end_proposed_by),
  CONSTRAINT person_alias_merged_whole CHECK ((merged_by IS NULL) = (merged_at IS NULL)),
  CONSTRAINT person_alias_refused_whole CHECK ((refused_by IS NULL) = (refused_at IS NULL)),
  CONSTRAINT person_alias_decided_one_way CHECK (merged_at IS NULL OR refused_at IS NULL),
  CONSTRAINT person_alias_decision_has_reason CHECK
    ((merged_at IS NULL AND refused_at IS NULL) = (decision_reason IS NULL)),
  CONSTRAINT person_alias_end_proposed_whole CHECK
    ((end_proposed_at IS NULL) = (end_proposed_by IS NULL) AND (end_proposed_at IS NULL) = (end_reason IS NULL)
     AND (end_proposed_at IS NULL) = (end_case_number IS NULL)),
  CONSTRAINT person_alias_end_after_merge CHECK (end_proposed_at IS NULL OR merged_at IS NOT NULL),
  CONSTRAINT person_alias_ended_whole CHECK ((ended_by IS NULL) = (ended_at IS NULL)),
  CONSTRAINT person_alias_ended_as_proposed CHECK (ended_at IS NULL OR end_proposed_at IS NOT NULL),
  CONSTRAINT person_alias_proposed_by_fkey FOREIGN KEY (proposed_by) REFERENCES principal (principal_id),
  CONSTRAINT person_alias_merged_by_fkey FOREIGN KEY (merged_by) REFERENCES principal (principal_id),
  CONSTRAINT person_alias_refused_by_fkey FOREIGN KEY (refused_by) REFERENCES principal (principal_id),
  CONSTRAINT person_alias_end_proposed_by_fkey FOREIGN KEY (end_proposed_by) REFERENCES principal (principal_id),
  CONSTRAINT person_alias_ended_by_fkey FOREIGN KEY (ended_by) REFERENCES principal (principal_id)
);
COMMENT ON TABLE person_alias IS
  'person_id is read as survivor_id while the alias lasts. survivor_id is no foreign key: two persons live on two shards.';
CREATE UNIQUE INDEX person_alias_one_survivor ON person_alias (person_id) WHERE ended_at IS NULL AND refused_at IS NULL;
CREATE INDEX person_alias_survivor ON person_alias (survivor_id) WHERE ended_at IS NULL AND refused_at IS NULL;
CREATE INDEX person_alias_by_id ON person_alias (alias_id);
CALL make_append_only('person_alias', 'decision_reason', 'merged_by', 'merged_at', 'refused_by', 'refused_at',
  'end_reason', 'end_case_number', 'end_proposed_by', 'end_proposed_at', 'ended_by', 'ended_at');

CREATE TABLE citizen_principal (
  principal_id uuid NOT NULL,
  principal_kind text NOT NULL DEFAULT 'citizen',
  person_id uuid NOT NULL,
  CONSTRAINT citizen_principal_pkey PRIMARY KEY (principal_id),
  CONSTRAINT citizen_principal_person_key UNIQUE (person_id),
  CONSTRAINT citizen_principal_kind CHECK (principal_kind = 'citizen'),
  CONSTRAINT citizen_principal_fkey FOREIGN KEY (principal_id, principal_kind)
    REFERENCES principal (principal_id, kind)
);
CALL make_append_only('citizen_principal');

CREATE FUNCTION person_group(member uuid) RETURNS SETOF uuid LANGUAGE plpgsql STABLE ROWS 2
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- Nearly everybody is read as nobody else: two look-ups say so for a fraction of what the walk costs.
  IF NOT EXISTS (SELECT FROM registry.person_alias AS alias
      WHERE alias.person_id = member AND alias.merged_at IS NOT NULL AND alias.ended_at IS NULL AND alias.refused_at IS NULL)
     AND NOT EXISTS (SELECT FROM registry.person_alias AS alias
      WHERE alias.survivor_id = member AND alias.merged_at IS NOT NULL AND alias.ended_at IS NULL AND alias.refused_at IS NULL) THEN
    RETURN NEXT member;
    RETURN;
  END IF;
  RETURN QUERY WITH RECURSIVE upward AS (
    SELECT member AS person_id
    UNION
    SELECT alias.survivor_id FROM upward
      JOIN registry.person_alias AS alias
        ON alias.person_id = upward.person_id AND alias.merged_at IS NOT NULL AND alias.ended_at IS NULL
  ), downward AS (
    SELECT person_id FROM upward
    UNION
    SELECT alias.person_id FROM downward
      JOIN registry.person_alias AS alias
        ON alias.survivor_id = downward.person_id AND alias.merged_at IS NOT NULL AND alias.ended_at IS NULL
  )
  SELECT downward.person_id FROM downward;
END $$;
COMMENT ON FUNCTION person_group(uuid) IS 'All person_ids that are read as one person with the given one, itself included.';
REVOKE ALL ON FUNCTION person_group(uuid) FROM PUBLIC;
"""

GRANTS = """
GRANT SELECT ON agency, principal TO
  app_access, app_inst, app_agency, app_citizen, app_device, worker, auditor, access_owner;
GRANT INSERT (principal_id, kind, display_name, agency_id, institution_id, created_by) ON principal
  TO app_access, app_agency;
GRANT UPDATE (suspended_at, tokens_not_before) ON principal TO app_access;
GRANT INSERT (agency_id, name, division_code, parent_id) ON agency TO app_access;
GRANT SELECT ON permission_grant, administrator_assignment TO app_access, auditor;
-- A grant begins as a proposal; its confirmation is an UPDATE of its own, once. What stays possible for whoever has
-- stolen app_access: this session signs everybody in, so it can act as any two administrators and grant whatever it
-- likes. Then both signatures are false, but they are there, of real administrators, beside the audit trail that this
-- session cannot change: it is seen, not prevented. Business rows are beyond it even then, other sessions write those.
GRANT INSERT (grant_id, principal_id, principal_kind, permission, proposed_by),
  UPDATE (confirmed_by, confirmed_at, revoked_by, revoked_at) ON permission_grant TO app_access;
GRANT INSERT (principal_id, principal_kind, kind) ON administrator_assignment TO app_access;
GRANT SELECT ON activation TO app_access;
GRANT INSERT (activation_id, principal_id, purpose, code_digest, proposed_by, expires_at) ON activation
  TO app_access, app_agency;
GRANT SELECT ON totp_credential, client_credential, refresh_token, signing_key, citizen_sign_in TO app_access;
GRANT SELECT, INSERT ON password_credential, sign_in_guard, denied_token, citizen_principal TO app_access;
GRANT INSERT (principal_id, secret_sealed) ON totp_credential TO app_access;
GRANT INSERT (client_id, principal_id, principal_kind, secret_digest) ON client_credential TO app_access, app_agency;
GRANT INSERT (token_digest, family_id, principal_id, expires_at, family_expires_at) ON refresh_token TO app_access;
GRANT INSERT (kid, private_key_sealed, public_jwk, signs_from) ON signing_key TO app_access;
GRANT INSERT (state_digest, nonce, verifier_sealed) ON citizen_sign_in TO app_access;
GRANT UPDATE (password_hash, changed_at) ON password_credential TO app_access;
GRANT UPDATE (secret_sealed, enrolled_at, last_used_step) ON totp_credential TO app_access;
GRANT UPDATE (code_digest, confirmed_by, used_at) ON activation TO app_access;
GRANT UPDATE (revoked_at) ON client_credential, refresh_token TO app_access;
GRANT UPDATE (used_at) ON refresh_token TO app_access;
GRANT UPDATE (failures, last_failure_at, locked_until) ON sign_in_guard TO app_access;
GRANT DELETE ON sign_in_guard TO app_access;
GRANT UPDATE (retired_at, is_compromised) ON signing_key TO app_access;
GRANT UPDATE (completed_at) ON citizen_sign_in TO app_access;
GRANT SELECT (denied_until), DELETE ON denied_token TO worker;
GRANT SELECT (family_expires_at), DELETE ON refresh_token TO worker;
GRANT SELECT (last_failure_at), DELETE ON sign_in_guard TO worker;
GRANT INSERT (principal_id, login_name) ON password_credential TO app_agency;
GRANT SELECT ON agency TO app_public;

GRANT SELECT ON person, person_identifier, identity_check, person_name TO app_access;
GRANT INSERT (person_id) ON person TO app_access, app_inst;
GRANT INSERT (person_id, identifier_id, kind, number_sealed, recorded_by) ON person_identifier
  TO app_access, app_inst, access_owner;
GRANT SELECT, INSERT ON identifier_key TO app_access, app_inst;
GRANT INSERT (person_id, check_id, outcome, source, evidence_id, name_digest, checked_at) ON identity_check
  TO app_access, worker, access_owner;
GRANT INSERT (person_id, name_sealed, name_digest, check_id) ON person_name TO app_access, worker, access_owner;
GRANT INSERT (person_id, number_sealed, number_digest, check_id) ON social_security_card TO app_access, worker;
GRANT SELECT (person_id, check_id, outcome) ON identity_check TO app_inst;
GRANT SELECT ON person, person_identifier, identifier_key, identity_check, person_name, social_security_card,
  person_alias, citizen_principal TO app_citizen, worker;
GRANT UPDATE (ended_at) ON social_security_card TO worker;
GRANT SELECT (digest, person_id) ON identifier_key TO app_device;
-- A proposal has no effect until a door decides it; numbers of persons are only changed through doors.
GRANT INSERT (person_id, alias_id, survivor_id, reason, case_number, proposed_by) ON person_alias TO app_agency;
GRANT SELECT ON person, person_alias, identifier_key, identity_check TO auditor;
GRANT EXECUTE ON FUNCTION person_group(uuid) TO app_inst, app_citizen, app_device, worker, access_owner;
GRANT SELECT ON person_alias TO app_inst, app_device, access_owner;
GRANT SELECT ON person, person_identifier, identifier_key, identity_check, person_name, social_security_card
  TO access_owner;
GRANT UPDATE (decision_reason, merged_by, merged_at, refused_by, refused_at, end_reason, end_case_number,
  end_proposed_by, end_proposed_at, ended_by, ended_at) ON person_alias TO access_owner;
GRANT UPDATE (ended_at, end_kind, end_reason) ON person_identifier TO access_owner;
GRANT INSERT, DELETE ON identifier_key TO access_owner;
-- A row lock needs the right to update something; the guard of the table still refuses the update itself.
GRANT UPDATE (recorded_at) ON person TO access_owner;
"""


def upgrade() -> None:
    execute_script(PRINCIPALS)
    execute_script(CREDENTIALS)
    execute_script(CONTEXT)
    execute_script(PERSONS)
    execute_script(GRANTS)


def downgrade() -> None:
    execute_script("""
    DROP FUNCTION person_group(uuid);
    DROP FUNCTION refuse_retired_digest_key() CASCADE;
    DROP FUNCTION refuse_foreign_kind() CASCADE;
    DROP FUNCTION begin_unit(uuid, uuid, uuid, timestamptz);
    DROP TABLE citizen_principal, person_alias, social_security_card, person_name, identity_check, identifier_key,
      retired_digest_key, person_identifier, person, citizen_sign_in, denied_token, signing_key, refresh_token, sign_in_guard,
      client_credential, activation, totp_credential, password_credential, administrator_assignment, permission_grant,
      principal, agency;
    """)
