"""Doors that pages of officers and institutions read through.

Lock taken, and for how long: none yet.
Safe with the previous release running: yes.
How undone: downgrade drops what it made.
"""

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
