"""I11: a directory entry used by a filing was valid on the filing date, and stays so."""

from tests.database.attacks import Attack

_FILE = """INSERT INTO opening_filing (opening_id, filing_no, institution_id, program_id, program_version,
  occupation_edition, occupation_code, designated_division_code, filed_by, first_session_at, trainee_count,
  commitment_version, commitment_digest) VALUES """
_PROMISE = "'2999-03-10 09:00+08', 1, '1', '\\x01')"

DIRECTORY_WAS_VALID = (  # I11
    Attack(
        "filed by a suspended institution",
        "app_inst",
        "opening_filing_standing_fkey",
        _FILE
        + "(:idle_draft, 1, :idle_school, :program, 1, 2022, '4-10-01-02', '110000', :idle_operator, "
        + _PROMISE,
    ),
    Attack(
        "filed on a program no longer in force",
        "app_inst",
        "opening_filing_program_fkey",
        _FILE + "(:draft, 2, :school, :old_program, 1, 2022, '4-10-01-02', '110000', :operator, " + _PROMISE,
    ),
    Attack(
        "filed outside the designation",
        "app_inst",
        "opening_filing_designation_fkey",
        _FILE + "(:draft, 2, :school, :program, 1, 2022, '4-10-01-02', '320000', :operator, " + _PROMISE,
    ),
    Attack(
        "filed with another occupation than the program's",
        "app_inst",
        "opening_filing_subject_fkey",
        _FILE + "(:draft, 2, :school, :program, 1, 2022, '4-03-02-01', '110000', :operator, " + _PROMISE,
        set_aside=("opening_filing_designation_fkey",),
    ),
    Attack(
        "filed for somebody else's opening",
        "app_inst",
        "opening_filing_opening_fkey",
        _FILE + "(:idle_draft, 1, :school, :program, 1, 2022, '4-10-01-02', '110000', :operator, " + _PROMISE,
    ),
    Attack(
        "filed without trainees",
        "app_inst",
        "opening_filing_has_trainees",
        _FILE + "(:draft, 2, :school, :program, 1, 2022, '4-10-01-02', '110000', :operator, "
        "'2999-03-10 09:00+08', 0, '1', '\\x01')",
    ),
    Attack(
        "the standing of a used day taken back",
        "app_agency",
        "opening_filing_standing_fkey",
        "UPDATE institution_standing SET in_force = '[2020-01-01,2020-02-01)' WHERE institution_id = :school",
    ),
    Attack(
        "the program of a used day taken back",
        "app_agency",
        "opening_filing_program_fkey",
        "UPDATE training_program_version SET in_force = '[2020-01-01,2020-02-01)' WHERE program_id = :program",
    ),
    Attack(
        "the designation of a used day taken back",
        "app_agency",
        "opening_filing_designation_fkey",
        "UPDATE institution_designation SET in_force = '[2020-01-01,2020-02-01)' WHERE institution_id = :school",
    ),
    *(
        Attack(
            f"{what} where it was not",
            "app_agency",
            f"{table}.only_shortened",
            f"UPDATE {table} SET in_force = '{period}' WHERE {which}",
        )
        for what, table, which, period in (
            (
                "an institution in good standing",
                "institution_standing",
                "institution_id = :school",
                "[2019-01-01,)",
            ),
            ("a designation", "institution_designation", "institution_id = :school", "[2019-01-01,)"),
            ("a program in force", "training_program_version", "program_id = :program", "[2019-01-01,)"),
            ("a body's scope", "evaluation_body_scope", "body_id = :body", "[2020-01-01,)"),
            (
                "an occupation in short supply",
                "shortage_occupation",
                "division_code = '110000'",
                "[2020-01-01,)",
            ),
        )
    ),
    Attack(
        "a body's scope ended before a certificate it gave",
        "app_agency",
        "evaluation_body_scope.in_use",
        "UPDATE evaluation_body_scope SET in_force = '[2020-01-01,2025-01-01)' WHERE body_id = :body",
    ),
    Attack(
        "two standings on one day",
        "app_agency",
        "institution_standing_pkey",
        """INSERT INTO institution_standing (institution_id, standing, in_force, reason, decided_by)
           VALUES (:idle_school, 'active', '[2024-01-01,)', 'x', :officer)""",
    ),
    Attack(
        "two versions of a program in force at once",
        "app_agency",
        "training_program_version_one_in_force",
        """INSERT INTO training_program_version (program_id, version, name, occupation_edition, occupation_code,
             skill_level, training_type, training_mode, open_positions, skill_requirements, content, theory_hours,
             practice_hours, safety_hours, in_force, published_by)
           SELECT program_id, 2, name, occupation_edition, occupation_code, skill_level, training_type, training_mode,
             open_positions, skill_requirements, content, 1, 1, 1, in_force, published_by
           FROM training_program_version WHERE program_id = :program""",
    ),
)
