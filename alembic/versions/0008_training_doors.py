"""Door of changes after filing: withdrawing a trainee from a class that is on record.

Why: agencies hold no right on roster lines. The door writes what an accepted change says and nothing else, so an
officer's session can neither withdraw somebody without a decided change nor learn who stands on the roster.
Lock taken, and for how long: none that matters, one function.
Safe with the previous release running: yes.
How undone: downgrade drops the function.
"""

from app.db.migration import execute_script

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

DOOR = """
CREATE FUNCTION withdraw_trainee(opening uuid, change smallint) RETURNS integer
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH withdrawn AS (
    UPDATE registry.roster_line AS line
    SET withdrawn_at = registry.registry_now(), withdrawn_by = decided.decided_by, withdrawal_reason = decided.reason
    FROM registry.opening_change AS decided
    WHERE decided.opening_id = opening AND decided.change_no = change
      AND decided.kind = 'trainee_withdrawn' AND decided.decision = 'accepted'
      AND line.opening_id = decided.opening_id AND line.line_id = (decided.proposal ->> 'line_id')::uuid
      AND line.withdrawn_at IS NULL
    RETURNING 1
  )
  SELECT count(*)::integer FROM withdrawn
$$;
COMMENT ON FUNCTION withdraw_trainee(uuid, smallint) IS
  'Carries out an accepted change of kind trainee_withdrawn; 0 when no such line stands on the roster.';
REVOKE ALL ON FUNCTION withdraw_trainee(uuid, smallint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION withdraw_trainee(uuid, smallint) TO app_agency;
"""


def upgrade() -> None:
    execute_script("SET ROLE access_owner;" + DOOR + "SET ROLE registry_owner;")


def downgrade() -> None:
    execute_script(
        "SET ROLE access_owner; DROP FUNCTION withdraw_trainee(uuid, smallint); SET ROLE registry_owner;"
    )
