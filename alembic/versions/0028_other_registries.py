"""Other registries: peers, signed answers, holds and confirmations.

Lock taken, and for how long: none yet.
Safe with the previous release running: yes.
How undone: downgrade drops what it made.
"""

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
