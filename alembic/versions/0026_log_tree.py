"""The log's tree: nodes, checkpoints, leaves of revocations and decisions.

Why: a revocation or a decision that could be taken out of the log unseen would undo what sealing the entry promised.
Lock taken, and for how long: none yet.
Safe with the previous release running: yes.
How undone: downgrade drops what it made.
"""

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
