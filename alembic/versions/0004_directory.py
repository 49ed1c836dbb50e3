"""The two directories (两目录): institutions with standing and designations, programs with versions.

Why: the directory gate. A filing points at these rows with temporal foreign keys, so that a directory entry used by a
filing was valid on the filing date (invariant I11) and stays provable.
Lock taken, and for how long: none that matters; principal gets one foreign key.
Safe with the previous release running: yes.
How undone: downgrade drops the tables.
"""

from app.db.migration import execute_script

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INSTITUTIONS = """
CREATE TABLE training_institution (
  institution_id uuid NOT NULL DEFAULT uuidv7(),
  unified_social_credit_code text NOT NULL,
  name text NOT NULL,
  kind text NOT NULL,
  division_code text NOT NULL,
  address text NOT NULL,
  contact_phone text NOT NULL,
  registered_at timestamptz NOT NULL DEFAULT registry_now(),
  registered_by uuid NOT NULL,
  CONSTRAINT training_institution_pkey PRIMARY KEY (institution_id),
  CONSTRAINT training_institution_credit_code_key UNIQUE (unified_social_credit_code),
  CONSTRAINT training_institution_credit_code_form CHECK
    (unified_social_credit_code ~ '^[0-9ANY][0-9]{7}[0-9A-HJ-NP-RTUW-Y]{10}$'),
  CONSTRAINT training_institution_kind_known CHECK (kind IN
    ('vocational_college', 'technical_school', 'training_school', 'enterprise', 'practice_base', 'other')),
  CONSTRAINT training_institution_division_fkey FOREIGN KEY (division_code) REFERENCES division_code (code),
  CONSTRAINT training_institution_registered_by_fkey FOREIGN KEY (registered_by) REFERENCES principal (principal_id)
);
COMMENT ON TABLE training_institution IS '培训机构. Public and private alike: no rule depends on ownership.';

ALTER TABLE principal ADD CONSTRAINT principal_institution_fkey
  FOREIGN KEY (institution_id) REFERENCES training_institution (institution_id);

CREATE TABLE institution_standing (
  institution_id uuid NOT NULL,
  standing text NOT NULL,
  in_force daterange NOT NULL,
  reason text NOT NULL,
  document_number text,
  decided_by uuid NOT NULL,
  decided_at timestamptz NOT NULL DEFAULT registry_now(),
  CONSTRAINT institution_standing_pkey PRIMARY KEY (institution_id, in_force WITHOUT OVERLAPS),
  CONSTRAINT institution_standing_active_key UNIQUE (institution_id, standing, in_force WITHOUT OVERLAPS),
  CONSTRAINT institution_standing_known CHECK (standing IN ('active', 'suspended', 'withdrawn')),
  CONSTRAINT institution_standing_has_start CHECK (NOT isempty(in_force) AND lower(in_force) IS NOT NULL),
  CONSTRAINT institution_standing_institution_fkey FOREIGN KEY (institution_id)
    REFERENCES training_institution (institution_id),
  CONSTRAINT institution_standing_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES principal (principal_id)
);
COMMENT ON TABLE institution_standing IS '诚信状态 by day. Ending a period shortens it; a day that a filing used cannot be taken back.';

CREATE TABLE institution_qualification (
  institution_id uuid NOT NULL,
  qualification_id uuid NOT NULL DEFAULT uuidv7(),
  kind text NOT NULL,
  document_number text NOT NULL,
  issued_by text NOT NULL,
  in_force daterange NOT NULL,
  recorded_by uuid NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT registry_now(),
  CONSTRAINT institution_qualification_pkey PRIMARY KEY (institution_id, qualification_id),
  CONSTRAINT institution_qualification_kind_known CHECK (kind IN
    ('school_license', 'legal_person_certificate', 'business_license', 'technical_school_approval')),
  CONSTRAINT institution_qualification_in_force_not_empty CHECK (NOT isempty(in_force)),
  CONSTRAINT institution_qualification_institution_fkey FOREIGN KEY (institution_id)
    REFERENCES training_institution (institution_id),
  CONSTRAINT institution_qualification_recorded_by_fkey FOREIGN KEY (recorded_by) REFERENCES principal (principal_id)
);

CREATE TABLE institution_designation (
  institution_id uuid NOT NULL,
  occupation_edition smallint NOT NULL,
  occupation_code text NOT NULL,
  division_code text NOT NULL,
  in_force daterange NOT NULL,
  document_number text NOT NULL,
  decided_by uuid NOT NULL,
  decided_at timestamptz NOT NULL DEFAULT registry_now(),
  CONSTRAINT institution_designation_pkey
    PRIMARY KEY (institution_id, occupation_edition, occupation_code, division_code, in_force WITHOUT OVERLAPS),
  CONSTRAINT institution_designation_in_force_not_empty CHECK (NOT isempty(in_force) AND lower(in_force) IS NOT NULL),
  CONSTRAINT institution_designation_institution_fkey FOREIGN KEY (institution_id)
    REFERENCES training_institution (institution_id),
  CONSTRAINT institution_designation_occupation_fkey FOREIGN KEY (occupation_edition, occupation_code)
    REFERENCES occupation (edition, code),
  CONSTRAINT institution_designation_division_fkey FOREIGN KEY (division_code) REFERENCES division_code (code),
  CONSTRAINT institution_designation_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES principal (principal_id)
);
COMMENT ON TABLE institution_designation IS '定点范围: which occupations an institution may train, where and when.';
"""

PROGRAMS = """
CREATE TABLE training_program (
  program_id uuid NOT NULL DEFAULT uuidv7(),
  created_at timestamptz NOT NULL DEFAULT registry_now(),
  created_by uuid NOT NULL,
  division_code text NOT NULL,
  CONSTRAINT training_program_pkey PRIMARY KEY (program_id),
  CONSTRAINT training_program_division_fkey FOREIGN KEY (division_code) REFERENCES division_code (code),
  CONSTRAINT training_program_created_by_fkey FOREIGN KEY (created_by) REFERENCES principal (principal_id)
);
CREATE TABLE training_program_version (
  program_id uuid NOT NULL,
  version smallint NOT NULL,
  name text NOT NULL,
  occupation_edition smallint NOT NULL,
  occupation_code text NOT NULL,
  skill_level text NOT NULL,
  training_type text NOT NULL,
  training_mode text NOT NULL,
  open_positions integer NOT NULL,
  skill_requirements text NOT NULL,
  content text NOT NULL,
  theory_hours smallint NOT NULL,
  practice_hours smallint NOT NULL,
  safety_hours smallint NOT NULL,
  class_hours smallint NOT NULL GENERATED ALWAYS AS (theory_hours + practice_hours + safety_hours) STORED,
  in_force daterange NOT NULL,
  published_by uuid NOT NULL,
  published_at timestamptz NOT NULL DEFAULT registry_now(),
  CONSTRAINT training_program_version_pkey PRIMARY KEY (program_id, version),
  CONSTRAINT training_program_version_one_in_force UNIQUE (program_id, in_force WITHOUT OVERLAPS),
  CONSTRAINT training_program_version_in_force_key UNIQUE (program_id, version, in_force WITHOUT OVERLAPS),
  CONSTRAINT training_program_version_subject_key UNIQUE (program_id, version, occupation_edition, occupation_code),
  CONSTRAINT training_program_version_level_key
    UNIQUE (program_id, version, occupation_edition, occupation_code, skill_level),
  CONSTRAINT training_program_version_counted CHECK (version >= 1),
  CONSTRAINT training_program_version_positions_counted CHECK (open_positions >= 0),
  CONSTRAINT training_program_version_hours_counted CHECK
    (theory_hours >= 0 AND practice_hours >= 0 AND safety_hours >= 0 AND theory_hours + practice_hours > 0),
  CONSTRAINT training_program_version_has_start CHECK (NOT isempty(in_force) AND lower(in_force) IS NOT NULL),
  CONSTRAINT training_program_version_program_fkey FOREIGN KEY (program_id) REFERENCES training_program (program_id),
  CONSTRAINT training_program_version_occupation_fkey FOREIGN KEY (occupation_edition, occupation_code)
    REFERENCES occupation (edition, code),
  CONSTRAINT training_program_version_level_fkey FOREIGN KEY (skill_level) REFERENCES skill_level (code),
  CONSTRAINT training_program_version_type_fkey FOREIGN KEY (training_type) REFERENCES training_type (code),
  CONSTRAINT training_program_version_mode_fkey FOREIGN KEY (training_mode) REFERENCES training_mode (code),
  CONSTRAINT training_program_version_published_by_fkey FOREIGN KEY (published_by) REFERENCES principal (principal_id)
);
COMMENT ON TABLE training_program_version IS
  '培训项目目录 with the five published fields of 人社部发〔2025〕10号 (二): 岗位用工数量、技能要求、培训内容、培训时长、培训方式.';
"""

SEARCH = """
CREATE FUNCTION name_grams(name text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp AS $$
  SELECT ARRAY(SELECT DISTINCT substr(folded, place, size) FROM (SELECT lower(name)) AS given (folded),
    generate_series(1, char_length(folded)) AS place, generate_series(1, 2) AS size)
$$;
COMMENT ON FUNCTION name_grams(text) IS
  'Each character and each two neighbors of a name, to find it by a part: pg_trgm reads no Chinese under locale C, and most words that are sought have two characters.';
CREATE FUNCTION sought_grams(part text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  SET search_path = pg_catalog, pg_temp AS $$
  SELECT ARRAY(SELECT DISTINCT substr(folded, place, 2) FROM (SELECT lower(part)) AS given (folded),
    generate_series(1, greatest(char_length(folded) - 1, 1)) AS place)
$$;
COMMENT ON FUNCTION sought_grams(text) IS 'What name_grams of a name holds when the name has this part.';
REVOKE ALL ON FUNCTION name_grams(text), sought_grams(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION name_grams(text), sought_grams(text)
  TO app_public, app_access, app_inst, app_agency, app_citizen, app_device, worker, auditor, access_owner;
CREATE INDEX training_institution_name_grams ON training_institution USING gin (name_grams(name));
CREATE INDEX training_institution_by_division ON training_institution (division_code text_pattern_ops, institution_id);
CREATE INDEX institution_designation_by_occupation ON institution_designation (occupation_code, institution_id);
CREATE INDEX training_program_by_division ON training_program (division_code text_pattern_ops, program_id);
CREATE INDEX training_program_version_name_grams ON training_program_version USING gin (name_grams(name));
CREATE INDEX training_program_version_by_occupation ON training_program_version (occupation_code, program_id);
"""

PERIODS = """
CREATE FUNCTION only_shortened() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF lower(NEW.in_force) IS DISTINCT FROM lower(OLD.in_force) OR NOT NEW.in_force <@ OLD.in_force THEN
    RAISE EXCEPTION 'what was in force when is not rewritten: a period only ends earlier'
      USING ERRCODE = '23001', CONSTRAINT = TG_TABLE_NAME || '_only_shortened', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION only_shortened() IS
  'I11: who was listed on a day is not decided afterwards. Ending earlier is a decision; a longer period is a new row.';
REVOKE ALL ON FUNCTION only_shortened() FROM PUBLIC;
CREATE PROCEDURE make_only_shortened(dated regclass) LANGUAGE plpgsql SET search_path = registry, pg_catalog, pg_temp AS $$
BEGIN
  EXECUTE format('CREATE TRIGGER only_shortened BEFORE UPDATE OF in_force ON %s
                  FOR EACH ROW EXECUTE FUNCTION only_shortened()', dated);
  EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER only_shortened', dated);
END $$;
REVOKE ALL ON PROCEDURE make_only_shortened(regclass) FROM PUBLIC;
CALL make_only_shortened('institution_standing');
CALL make_only_shortened('institution_qualification');
CALL make_only_shortened('institution_designation');
CALL make_only_shortened('training_program_version');
"""

GRANTS = """
GRANT SELECT ON training_institution, institution_standing, institution_qualification, institution_designation,
  training_program, training_program_version
  TO app_public, app_access, app_inst, app_agency, app_citizen, app_device, worker, auditor, access_owner;
GRANT INSERT (unified_social_credit_code, name, kind, division_code, address, contact_phone, registered_by)
  ON training_institution TO app_agency;
GRANT INSERT (institution_id, standing, in_force, reason, document_number, decided_by) ON institution_standing
  TO app_agency;
GRANT INSERT (institution_id, kind, document_number, issued_by, in_force, recorded_by) ON institution_qualification
  TO app_agency;
GRANT INSERT (institution_id, occupation_edition, occupation_code, division_code, in_force, document_number, decided_by)
  ON institution_designation TO app_agency;
GRANT INSERT (created_by, division_code) ON training_program TO app_agency;
GRANT INSERT (program_id, version, name, occupation_edition, occupation_code, skill_level, training_type, training_mode,
  open_positions, skill_requirements, content, theory_hours, practice_hours, safety_hours, in_force, published_by)
  ON training_program_version TO app_agency;
GRANT UPDATE (in_force) ON institution_standing, institution_qualification, institution_designation,
  training_program_version TO app_agency;
GRANT UPDATE (name, address, contact_phone) ON training_institution TO app_agency;
"""


def upgrade() -> None:
    execute_script(INSTITUTIONS)
    execute_script(PROGRAMS)
    execute_script(SEARCH)
    execute_script(PERIODS)
    execute_script(GRANTS)


def downgrade() -> None:
    execute_script("""
    ALTER TABLE principal DROP CONSTRAINT principal_institution_fkey;
    DROP TABLE training_program_version, training_program, institution_designation, institution_qualification,
      institution_standing, training_institution;
    DROP PROCEDURE make_only_shortened(regclass);
    DROP FUNCTION only_shortened(), name_grams(text), sought_grams(text);
    """)
