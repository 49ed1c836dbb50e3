"""Shares of one's own record: links, counted looks, extracts.

Lock taken, and for how long: none yet.
Safe with the previous release running: yes.
How undone: downgrade drops what it made.
"""

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
