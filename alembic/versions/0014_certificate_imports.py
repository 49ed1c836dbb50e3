"""Rights around an issuer's file: who receives it says how long it is, the worker registers the persons it names.

Why: a certificate belongs to a person from its first row on, and an issuer's file names persons nobody has enrolled
yet. The columns are those that the institutions' channel has; names are not among them, a claimed name is not kept.
Lock taken, and for how long: none that matters, rights only.
Safe with the previous release running: yes.
How undone: downgrade takes the rights back.
"""

from app.db.migration import execute_script

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute_script("""
    GRANT INSERT (rows_total) ON certificate_import TO app_agency;
    GRANT INSERT (person_id) ON person TO worker;
    GRANT INSERT (person_id, identifier_id, kind, number_sealed, recorded_by) ON person_identifier TO worker;
    GRANT INSERT (digest, key_id, person_id, identifier_id) ON identifier_key TO worker;
    """)


def downgrade() -> None:
    execute_script("""
    REVOKE INSERT (digest, key_id, person_id, identifier_id) ON identifier_key FROM worker;
    REVOKE INSERT (person_id, identifier_id, kind, number_sealed, recorded_by) ON person_identifier FROM worker;
    REVOKE INSERT (person_id) ON person FROM worker;
    REVOKE INSERT (rows_total) ON certificate_import FROM app_agency;
    """)
