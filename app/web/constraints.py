"""What the database's own refusals mean to people: constraint name → reason.

A constraint that a well-formed request can meet in a race or by design stands here; all others answer a neutral
conflict, so that nobody learns of rows that are not theirs.
"""

from collections.abc import Mapping

from app.identity.accounts.rules import REFUSED_BY_CONSTRAINT as ACCOUNTS
from app.kernel.errors import Reason

REASON_OF_CONSTRAINT: Mapping[str, Reason] = {
    **ACCOUNTS,
}
