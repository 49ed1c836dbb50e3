"""Benefit kinds, editions of policy, slot rules, shortage lists, and employers' listings as archive evidence.

Why: what a subsidy rests on, its once-only key and its payee are declared in tables, so that foreign keys hold them. A
slot rule is the yearly cap of a division as its policy bundle states it; ``registry policy publish`` writes it.
Employers file who is apprenticed, trained on the job or retained; an officer confirms, and a door appends the entry.
Lock taken, and for how long: record_entry gets columns and constraints on a table that is empty before the first release.
Safe with the previous release running: yes, new columns are nullable.
How undone: downgrade drops tables, columns and constraints.
"""

from app.db.migration import execute_script

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

POLICY = """
CREATE TABLE policy_edition (
  edition_id uuid NOT NULL DEFAULT uuidv7(),
  content_digest bytea NOT NULL,
  content jsonb NOT NULL,
  published_at timestamptz NOT NULL DEFAULT registry_now(),
  published_by text NOT NULL,
  CONSTRAINT policy_edition_pkey PRIMARY KEY (edition_id),
  CONSTRAINT policy_edition_content_key UNIQUE (content_digest),
  CONSTRAINT policy_edition_digest_length CHECK (octet_length(content_digest) = 32)
);
COMMENT ON TABLE policy_edition IS 'Every policy book that decided anything, whole: a decision names its edition for ever.';
CALL make_append_only('policy_edition');

CREATE TABLE funding_source (
  code text NOT NULL,
  name text NOT NULL,
  document text NOT NULL,
  clause text NOT NULL,
  CONSTRAINT funding_source_pkey PRIMARY KEY (code),
  CONSTRAINT funding_source_sourced CHECK (document <> '' AND clause <> '')
);
INSERT INTO funding_source (code, name, document, clause) VALUES
  ('employment_fund', '就业补助资金', '国办发〔2019〕24号', '四(十一)'),
  ('unemployment_insurance', '失业保险基金', '人社部发〔2017〕40号', '四'),
  ('special_account', '职业技能提升行动专账', '国办发〔2019〕24号', '四(十三)'),
  ('local_talent_fund', '地方人才经费', '国办发〔2019〕24号', '四(十三)'),
  ('employer_education_fund', '企业职工教育经费', '国办发〔2019〕24号', '四(十三)'),
  ('other', '其他渠道资金', '人社部发〔2025〕10号', '四(六)');

CREATE TABLE benefit_kind (
  kind text NOT NULL,
  name text NOT NULL,
  entry_kind text NOT NULL,
  key_group text NOT NULL,
  slot_group text NOT NULL,
  CONSTRAINT benefit_kind_pkey PRIMARY KEY (kind),
  CONSTRAINT benefit_kind_declared UNIQUE (kind, entry_kind, key_group, slot_group)
);
COMMENT ON TABLE benefit_kind IS
  'Which archive entry a subsidy rests on, inside which group it is paid once, and which yearly cap counts it.';
INSERT INTO benefit_kind (kind, name, entry_kind, key_group, slot_group) VALUES
  ('skill_upgrade', '技能提升补贴', 'certificate', 'training_or_upgrade', 'skill_upgrade'),
  ('training', '职业培训补贴', 'completion', 'training_or_upgrade', 'training'),
  ('living_allowance', '生活费补贴', 'attended_period', 'living_allowance', 'living_allowance'),
  ('apprenticeship', '企业新型学徒制培训补贴', 'apprenticeship_year', 'apprenticeship', 'none'),
  ('work_based', '以工代训补贴', 'work_month', 'work_based', 'work_based'),
  ('retention', '一次性留工培训补助', 'retained_employee', 'retention', 'none');

CREATE TABLE benefit_kind_payee (
  kind text NOT NULL,
  payee_kind text NOT NULL,
  CONSTRAINT benefit_kind_payee_pkey PRIMARY KEY (kind, payee_kind),
  CONSTRAINT benefit_kind_payee_known CHECK (payee_kind IN ('person', 'institution')),
  CONSTRAINT benefit_kind_payee_kind_fkey FOREIGN KEY (kind) REFERENCES benefit_kind (kind)
);
COMMENT ON TABLE benefit_kind_payee IS 'I12: whom a subsidy may be paid to; an employer is an institution of the directory.';
INSERT INTO benefit_kind_payee (kind, payee_kind) VALUES
  ('skill_upgrade', 'person'), ('training', 'person'), ('training', 'institution'), ('living_allowance', 'person'),
  ('apprenticeship', 'institution'), ('work_based', 'institution'), ('retention', 'institution');

CREATE TABLE slot_rule (
  division_code text NOT NULL,
  slot_group text NOT NULL,
  in_force daterange NOT NULL,
  cap smallint NOT NULL,
  shortage_extra smallint NOT NULL DEFAULT 0,
  employer_cap smallint NOT NULL DEFAULT 99,
  year_of text NOT NULL,
  edition_id uuid NOT NULL,
  CONSTRAINT slot_rule_pkey PRIMARY KEY (division_code, slot_group, in_force WITHOUT OVERLAPS),
  CONSTRAINT slot_rule_group_known CHECK (slot_group IN ('skill_upgrade', 'training', 'living_allowance', 'work_based')),
  CONSTRAINT slot_rule_cap_counted CHECK (cap BETWEEN 1 AND 99 AND shortage_extra BETWEEN 0 AND 99),
  CONSTRAINT slot_rule_employer_cap_counted CHECK (employer_cap BETWEEN 1 AND 99),
  CONSTRAINT slot_rule_year_known CHECK (year_of IN ('entry', 'application', 'life')),
  CONSTRAINT slot_rule_period CHECK (NOT isempty(in_force) AND lower(in_force) IS NOT NULL),
  CONSTRAINT slot_rule_division_form CHECK (division_code ~ '^[0-9]{6}$'),
  CONSTRAINT slot_rule_edition_fkey FOREIGN KEY (edition_id) REFERENCES policy_edition (edition_id)
);
COMMENT ON TABLE slot_rule IS
  'How often a year: cap, and further slots for shortage occupations only. 000000 is the nation. No cap is 99. year_of
   says whose year counts: of the entry (certificate date, end of training), of the application, or the whole life. employer_cap: how many of
   them with one employer.';

CREATE TABLE funding_rule (
  division_code text NOT NULL,
  kind text NOT NULL,
  in_force daterange NOT NULL,
  sources text[] NOT NULL,
  edition_id uuid NOT NULL,
  CONSTRAINT funding_rule_pkey PRIMARY KEY (division_code, kind, in_force WITHOUT OVERLAPS),
  CONSTRAINT funding_rule_period CHECK (NOT isempty(in_force) AND lower(in_force) IS NOT NULL),
  CONSTRAINT funding_rule_sources_given CHECK (cardinality(sources) > 0),
  CONSTRAINT funding_rule_division_form CHECK (division_code ~ '^[0-9]{6}$'),
  CONSTRAINT funding_rule_kind_fkey FOREIGN KEY (kind) REFERENCES benefit_kind (kind),
  CONSTRAINT funding_rule_edition_fkey FOREIGN KEY (edition_id) REFERENCES policy_edition (edition_id)
);
COMMENT ON TABLE funding_rule IS
  'Which money may pay a subsidy (分账核算、专款专用, 国办发〔2019〕24号 四(十三)), by the day of its entry. 000000 is the nation.';

CREATE TABLE shortage_occupation (
  division_code text NOT NULL,
  benefit_line text NOT NULL,
  in_force daterange NOT NULL,
  document_number text NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT registry_now(),
  recorded_by uuid NOT NULL,
  CONSTRAINT shortage_occupation_pkey PRIMARY KEY (division_code, benefit_line, in_force WITHOUT OVERLAPS),
  CONSTRAINT shortage_occupation_division_fkey FOREIGN KEY (division_code) REFERENCES division_code (code),
  CONSTRAINT shortage_occupation_line_fkey FOREIGN KEY (benefit_line) REFERENCES benefit_line (line),
  CONSTRAINT shortage_occupation_recorded_by_fkey FOREIGN KEY (recorded_by) REFERENCES principal (principal_id),
  CONSTRAINT shortage_occupation_document_given CHECK (length(btrim(document_number)) >= 3)
);
CALL make_only_shortened('shortage_occupation');
COMMENT ON TABLE shortage_occupation IS '紧缺急需职业(工种)目录 of a province (人社部发〔2017〕40号 三).';
"""

LISTINGS = """
CREATE TABLE employer_listing (
  listing_id uuid NOT NULL DEFAULT uuidv7(),
  institution_id uuid NOT NULL,
  kind text NOT NULL,
  division_code text NOT NULL,
  period text NOT NULL,
  starts_on date NOT NULL,
  ends_on date NOT NULL,
  opening_id uuid,
  document_id uuid,
  filed_at timestamptz NOT NULL DEFAULT registry_now(),
  filed_by uuid NOT NULL,
  decision text,
  decision_reason text,
  decided_at timestamptz,
  decided_by uuid,
  decider_kind text NOT NULL DEFAULT 'officer',
  CONSTRAINT employer_listing_pkey PRIMARY KEY (listing_id),
  CONSTRAINT employer_listing_kind_known CHECK (kind IN ('apprenticeship_year', 'work_month', 'retained_employee')),
  CONSTRAINT employer_listing_period_form CHECK (period ~ CASE kind
    WHEN 'work_month' THEN '^[0-9]{4}-(0[1-9]|1[0-2])$' WHEN 'retained_employee' THEN '^[0-9]{4}$' ELSE '^year-[1-4]$' END),
  CONSTRAINT employer_listing_forward CHECK (ends_on >= starts_on),
  CONSTRAINT employer_listing_decision_known CHECK (decision IN ('confirmed', 'returned')),
  CONSTRAINT employer_listing_decided_whole CHECK
    ((decision IS NULL) = (decided_at IS NULL) AND (decision IS NULL) = (decided_by IS NULL)),
  CONSTRAINT employer_listing_returned_has_reason CHECK
    (decision IS DISTINCT FROM 'returned' OR length(btrim(decision_reason)) >= 2),
  CONSTRAINT employer_listing_decider_is_person CHECK (decider_kind = 'officer'),
  CONSTRAINT employer_listing_confirmed_key UNIQUE (listing_id, kind, institution_id, division_code, decision),
  CONSTRAINT employer_listing_institution_fkey FOREIGN KEY (institution_id)
    REFERENCES training_institution (institution_id),
  CONSTRAINT employer_listing_division_fkey FOREIGN KEY (division_code) REFERENCES division_code (code),
  CONSTRAINT employer_listing_opening_fkey FOREIGN KEY (opening_id) REFERENCES course_opening (opening_id),
  CONSTRAINT employer_listing_filed_by_fkey FOREIGN KEY (filed_by) REFERENCES principal (principal_id),
  CONSTRAINT employer_listing_decided_by_fkey FOREIGN KEY (decided_by, decider_kind)
    REFERENCES principal (principal_id, kind)
);
COMMENT ON TABLE employer_listing IS
  '用人单位名单: whom an employer apprenticed in a year, trained on the job in a month, or retained; confirmed by an officer.';
CALL make_append_only('employer_listing', 'decision', 'decision_reason', 'decided_at', 'decided_by');

CREATE TABLE employer_listing_line (
  person_id uuid NOT NULL,
  listing_id uuid NOT NULL,
  name_sealed bytea NOT NULL,
  number_sealed bytea NOT NULL,
  document_kind text NOT NULL,
  key_group_code text,
  occupation_edition smallint,
  occupation_code text,
  skill_level text NOT NULL DEFAULT 'none',
  check_id uuid,
  check_outcome text,
  check_due_at timestamptz DEFAULT registry_now(),
  check_attempts integer NOT NULL DEFAULT 0,
  withdrawn_at timestamptz,
  CONSTRAINT employer_listing_line_pkey PRIMARY KEY (person_id, listing_id),
  CONSTRAINT employer_listing_line_person_fkey FOREIGN KEY (person_id) REFERENCES person (person_id),
  CONSTRAINT employer_listing_line_listing_fkey FOREIGN KEY (listing_id) REFERENCES employer_listing (listing_id),
  CONSTRAINT employer_listing_line_check_whole CHECK ((check_id IS NULL) = (check_outcome IS NULL)),
  CONSTRAINT employer_listing_line_check_fkey FOREIGN KEY (person_id, check_id, check_outcome)
    REFERENCES identity_check (person_id, check_id, outcome),
  CONSTRAINT employer_listing_line_group_fkey FOREIGN KEY (key_group_code) REFERENCES key_group (code),
  CONSTRAINT employer_listing_line_occupation_fkey FOREIGN KEY (occupation_edition, occupation_code)
    REFERENCES occupation (edition, code),
  CONSTRAINT employer_listing_line_level_fkey FOREIGN KEY (skill_level) REFERENCES skill_level (code)
);
CREATE INDEX employer_listing_line_listing ON employer_listing_line (listing_id);
CREATE INDEX employer_listing_line_due ON employer_listing_line (check_due_at) WHERE check_due_at IS NOT NULL;

ALTER TABLE record_entry
  ADD COLUMN attended_days smallint,
  ADD COLUMN listing_id uuid,
  ADD COLUMN listing_decision text,
  ADD COLUMN period text,
  ADD CONSTRAINT record_entry_has_evidence CHECK (CASE kind
    WHEN 'completion' THEN opening_id IS NOT NULL
    WHEN 'certificate' THEN certificate_id IS NOT NULL
    WHEN 'attended_period' THEN opening_id IS NOT NULL AND attended_days IS NOT NULL AND institution_id IS NOT NULL
    ELSE listing_id IS NOT NULL AND institution_id IS NOT NULL AND period IS NOT NULL END),
  ADD CONSTRAINT record_entry_days_counted CHECK (attended_days >= 1 AND (attended_days IS NULL) = (kind <> 'attended_period')),
  ADD CONSTRAINT record_entry_listing_confirmed CHECK
    ((listing_id IS NULL) = (listing_decision IS NULL) AND listing_decision = 'confirmed'
     AND (listing_id IS NULL) = (kind NOT IN ('apprenticeship_year', 'work_month', 'retained_employee'))),
  ADD CONSTRAINT record_entry_listing_line_fkey FOREIGN KEY (person_id, listing_id)
    REFERENCES employer_listing_line (person_id, listing_id),
  ADD CONSTRAINT record_entry_listing_fkey
    FOREIGN KEY (listing_id, kind, institution_id, division_code, listing_decision)
    REFERENCES employer_listing (listing_id, kind, institution_id, division_code, decision),
  ADD CONSTRAINT record_entry_kind_key UNIQUE (person_id, entry_id, kind);
CREATE UNIQUE INDEX record_entry_one_attended_period ON record_entry (person_id, opening_id)
  WHERE kind = 'attended_period' AND supersedes IS NULL;
CREATE UNIQUE INDEX record_entry_one_a_listing ON record_entry (person_id, listing_id)
  WHERE listing_id IS NOT NULL AND supersedes IS NULL;
"""

GRANTS = """
GRANT SELECT ON policy_edition, funding_source, benefit_kind, benefit_kind_payee, slot_rule, funding_rule, shortage_occupation TO
  app_public, app_access, app_inst, app_agency, app_citizen, app_device, worker, pay_worker, auditor, access_owner;
GRANT INSERT (division_code, benefit_line, in_force, document_number, recorded_by), UPDATE (in_force)
  ON shortage_occupation TO app_agency;
GRANT SELECT ON employer_listing TO app_inst, app_agency, worker, auditor, access_owner;
GRANT SELECT ON employer_listing_line TO app_inst, app_citizen, worker, auditor, access_owner;
GRANT INSERT (listing_id, institution_id, kind, division_code, period, starts_on, ends_on, opening_id, document_id,
  filed_by) ON employer_listing TO app_inst;
GRANT INSERT (person_id, listing_id, name_sealed, number_sealed, document_kind, key_group_code, occupation_edition,
  occupation_code, skill_level) ON employer_listing_line TO app_inst;
GRANT UPDATE (check_id, check_outcome, check_due_at, check_attempts) ON employer_listing_line TO worker;
GRANT UPDATE (decision, decision_reason, decided_at, decided_by) ON employer_listing TO access_owner;
"""


def upgrade() -> None:
    execute_script(POLICY + LISTINGS + GRANTS)


def downgrade() -> None:
    execute_script("""
    DROP INDEX record_entry_one_a_listing, record_entry_one_attended_period;
    ALTER TABLE record_entry DROP CONSTRAINT record_entry_kind_key, DROP CONSTRAINT record_entry_listing_fkey,
      DROP CONSTRAINT record_entry_listing_line_fkey, DROP CONSTRAINT record_entry_listing_confirmed,
      DROP CONSTRAINT record_entry_days_counted, DROP CONSTRAINT record_entry_has_evidence,
      DROP COLUMN attended_days, DROP COLUMN listing_id, DROP COLUMN listing_decision, DROP COLUMN period;
    DROP TABLE employer_listing_line, employer_listing, shortage_occupation, funding_rule, slot_rule, benefit_kind_payee, benefit_kind,
      funding_source, policy_edition;
    """)
