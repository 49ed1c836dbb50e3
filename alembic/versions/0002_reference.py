"""Code lists: divisions, occupations, skill levels, key groups, training types and modes.

Why: facts about persons, institutions and openings point at codes; a code once used must never vanish.
Lock taken, and for how long: none that matters, the tables are new.
Safe with the previous release running: yes, it knows none of them.
How undone: downgrade drops them; ``registry migrate`` fills them again from the packaged lists, imports are
repeated.

The rows are not in the migration: packaged lists change with releases, and a migration must do the same for
ever.
"""

from app.db.migration import execute_script

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

DIVISIONS = """
CREATE TABLE division_code (
  code text NOT NULL,
  CONSTRAINT division_code_pkey PRIMARY KEY (code),
  CONSTRAINT division_code_form CHECK (code ~ '^[0-9]{6}$')
);
COMMENT ON TABLE division_code IS
  'Every division code that ever was, and 000000 for the nation: the stable target of foreign keys.';

CREATE TABLE division (
  code text NOT NULL,
  in_force daterange NOT NULL,
  name text NOT NULL,
  level text NOT NULL,
  source text NOT NULL,
  origin text NOT NULL,
  CONSTRAINT division_pkey PRIMARY KEY (code, in_force WITHOUT OVERLAPS),
  CONSTRAINT division_code_fkey FOREIGN KEY (code) REFERENCES division_code (code),
  CONSTRAINT division_name_present CHECK (name = btrim(name) AND name <> ''),
  CONSTRAINT division_level_known CHECK (level IN ('province', 'prefecture', 'county')),
  CONSTRAINT division_level_fits_code CHECK (level = CASE
    WHEN code LIKE '__0000' THEN 'province' WHEN code LIKE '____00' THEN 'prefecture' ELSE 'county' END),
  CONSTRAINT division_not_nation CHECK (code <> '000000'),
  CONSTRAINT division_origin_known CHECK (origin IN ('packaged', 'imported'))
);
COMMENT ON TABLE division IS
  'GB/T 2260 codes with their names, each over the half-open period in which it was in force.';
"""

OCCUPATIONS = """
CREATE TABLE occupation_edition (
  edition smallint NOT NULL,
  title text NOT NULL,
  published_on date NOT NULL,
  occupation_count integer,
  source text NOT NULL,
  confidence text NOT NULL,
  CONSTRAINT occupation_edition_pkey PRIMARY KEY (edition),
  CONSTRAINT occupation_edition_count_positive CHECK (occupation_count > 0),
  CONSTRAINT occupation_edition_confidence_known CHECK (confidence IN ('official', 'secondary', 'recalled'))
);
COMMENT ON TABLE occupation_edition IS 'Editions of the national dictionary of occupations.';

CREATE TABLE benefit_line (
  line text NOT NULL,
  CONSTRAINT benefit_line_pkey PRIMARY KEY (line),
  CONSTRAINT benefit_line_form CHECK (line ~ '^[0-9]{4}:[1-8]-[0-9]{2}-[0-9]{2}-[0-9]{2}(/.+)?$')
);
COMMENT ON TABLE benefit_line IS
  'An occupation or trade through all editions: the unit of "once per occupation and level for life".';
CALL make_append_only('benefit_line');

CREATE TABLE occupation (
  edition smallint NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  benefit_line text NOT NULL,
  source text NOT NULL,
  confidence text NOT NULL,
  CONSTRAINT occupation_pkey PRIMARY KEY (edition, code),
  CONSTRAINT occupation_edition_fkey FOREIGN KEY (edition) REFERENCES occupation_edition (edition),
  CONSTRAINT occupation_benefit_line_fkey FOREIGN KEY (benefit_line) REFERENCES benefit_line (line),
  CONSTRAINT occupation_line_once_per_edition UNIQUE (edition, benefit_line),
  CONSTRAINT occupation_code_form CHECK (code ~ '^[1-8]-[0-9]{2}-[0-9]{2}-[0-9]{2}$'),
  CONSTRAINT occupation_name_present CHECK (name = btrim(name) AND name <> ''),
  CONSTRAINT occupation_confidence_known CHECK (confidence IN ('official', 'secondary', 'recalled'))
);
COMMENT ON TABLE occupation IS
  'Occupations by edition; the same code may mean another occupation in another edition.';

CREATE TABLE occupation_trade (
  edition smallint NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  benefit_line text NOT NULL,
  CONSTRAINT occupation_trade_pkey PRIMARY KEY (edition, code, name),
  CONSTRAINT occupation_trade_occupation_fkey
    FOREIGN KEY (edition, code) REFERENCES occupation (edition, code),
  CONSTRAINT occupation_trade_benefit_line_fkey FOREIGN KEY (benefit_line) REFERENCES benefit_line (line),
  CONSTRAINT occupation_trade_line_once_per_edition UNIQUE (edition, benefit_line),
  CONSTRAINT occupation_trade_name_present CHECK (name = btrim(name) AND name <> '')
);
COMMENT ON TABLE occupation_trade IS
  'Trades (gongzhong) under an occupation; the dictionary gives them names, no codes.';

CREATE TABLE occupation_crossing (
  from_edition smallint NOT NULL,
  from_code text NOT NULL,
  to_edition smallint NOT NULL,
  to_code text NOT NULL,
  relation text NOT NULL,
  source text NOT NULL,
  CONSTRAINT occupation_crossing_pkey PRIMARY KEY (from_edition, from_code, to_edition, to_code),
  CONSTRAINT occupation_crossing_from_fkey
    FOREIGN KEY (from_edition, from_code) REFERENCES occupation (edition, code),
  CONSTRAINT occupation_crossing_to_fkey
    FOREIGN KEY (to_edition, to_code) REFERENCES occupation (edition, code),
  CONSTRAINT occupation_crossing_forward CHECK (from_edition < to_edition),
  CONSTRAINT occupation_crossing_relation_known
    CHECK (relation IN ('same', 'renamed', 'moved', 'split', 'merged'))
);
COMMENT ON TABLE occupation_crossing IS 'How entries of a later edition follow from those of an earlier one.';
CREATE INDEX occupation_crossing_to ON occupation_crossing (to_edition, to_code);
"""

SMALL_LISTS = """
CREATE TABLE skill_level (
  code text NOT NULL,
  rank smallint NOT NULL,
  name text NOT NULL,
  national_number smallint,
  is_national_qualification boolean NOT NULL,
  CONSTRAINT skill_level_pkey PRIMARY KEY (code),
  CONSTRAINT skill_level_rank_once UNIQUE (rank),
  CONSTRAINT skill_level_rank_range CHECK (rank BETWEEN 0 AND 8),
  CONSTRAINT skill_level_none_is_lowest CHECK ((code = 'none') = (rank = 0)),
  CONSTRAINT skill_level_number_runs_backwards CHECK (national_number = 7 - rank),
  CONSTRAINT skill_level_qualification_has_number
    CHECK (is_national_qualification = (national_number IS NOT NULL))
);
COMMENT ON TABLE skill_level IS 'Eight levels by rank, and "none" so that keys with a level are never null.';

CREATE TABLE key_group (
  code text NOT NULL,
  name text NOT NULL,
  valid_from date NOT NULL,
  within text,
  is_free_training boolean NOT NULL,
  document text NOT NULL,
  clause text NOT NULL,
  CONSTRAINT key_group_pkey PRIMARY KEY (code),
  CONSTRAINT key_group_within_fkey FOREIGN KEY (within) REFERENCES key_group (code),
  CONSTRAINT key_group_sourced CHECK (document <> '' AND clause <> '')
);
COMMENT ON TABLE key_group IS 'Key groups with the clause that names each.';

CREATE TABLE training_type (
  code text NOT NULL,
  name text NOT NULL,
  valid_from date NOT NULL,
  document text NOT NULL,
  clause text NOT NULL,
  CONSTRAINT training_type_pkey PRIMARY KEY (code),
  CONSTRAINT training_type_sourced CHECK (document <> '' AND clause <> '')
);
COMMENT ON TABLE training_type IS 'What training is for.';

CREATE TABLE training_mode (
  code text NOT NULL,
  name text NOT NULL,
  valid_from date NOT NULL,
  is_online boolean NOT NULL,
  document text NOT NULL,
  clause text NOT NULL,
  CONSTRAINT training_mode_pkey PRIMARY KEY (code),
  CONSTRAINT training_mode_sourced CHECK (document <> '' AND clause <> '')
);
COMMENT ON TABLE training_mode IS 'How training is taught.';
"""

LOADS = """
CREATE TABLE code_list_load (
  load_id uuid NOT NULL DEFAULT uuidv7(),
  list text NOT NULL,
  origin text NOT NULL,
  edition text NOT NULL,
  source text NOT NULL,
  content_sha256 text NOT NULL,
  rows_read integer NOT NULL,
  rows_changed integer NOT NULL,
  loaded_by text NOT NULL,
  loaded_at timestamptz NOT NULL DEFAULT registry_now(),
  CONSTRAINT code_list_load_pkey PRIMARY KEY (load_id),
  CONSTRAINT code_list_load_list_known CHECK (list IN ('packaged', 'divisions', 'occupations', 'calendar')),
  CONSTRAINT code_list_load_origin_known CHECK (origin IN ('packaged', 'imported')),
  CONSTRAINT code_list_load_digest_form CHECK (content_sha256 ~ '^[0-9a-f]{64}$'),
  CONSTRAINT code_list_load_counts CHECK (rows_read >= 0 AND rows_changed >= 0)
);
COMMENT ON TABLE code_list_load IS 'Which edition of which list was loaded when, from what, by whom.';
CALL make_append_only('code_list_load');

CREATE TABLE holiday_schedule (
  schedule_id uuid NOT NULL DEFAULT uuidv7(),
  year smallint NOT NULL,
  days_off date[] NOT NULL,
  days_worked date[] NOT NULL,
  document_number text NOT NULL,
  published_on date NOT NULL,
  loaded_at timestamptz NOT NULL DEFAULT registry_now(),
  CONSTRAINT holiday_schedule_pkey PRIMARY KEY (schedule_id),
  CONSTRAINT holiday_schedule_year_range CHECK (year BETWEEN 2004 AND 2199),
  CONSTRAINT holiday_schedule_has_days CHECK (cardinality(days_off) > 0),
  CONSTRAINT holiday_schedule_sourced CHECK (length(btrim(document_number)) >= 2)
);
COMMENT ON TABLE holiday_schedule IS
  'The State Council''s yearly notice on holidays, as loaded; of several for a year (a correction) the newest holds.';
CALL make_append_only('holiday_schedule');
"""

TABLES = (
    "holiday_schedule, code_list_load, training_mode, training_type, key_group, skill_level, occupation_crossing, "
    "occupation_trade, occupation, benefit_line, occupation_edition, division, division_code"
)

GRANTS = f"""
GRANT SELECT ON {TABLES} TO
  app_public, app_inst, app_agency, app_citizen, app_device, app_access, worker, log_sequencer, pay_worker,
  auditor, app_peer, access_owner;
"""


def upgrade() -> None:
    execute_script(DIVISIONS)
    execute_script(OCCUPATIONS)
    execute_script(SMALL_LISTS)
    execute_script(LOADS)
    execute_script(GRANTS)


def downgrade() -> None:
    execute_script(f"DROP TABLE {TABLES}")
