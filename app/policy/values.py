"""The questions that rules and pages ask of the packaged policy book: ``value_of`` and ``all_values``."""

from datetime import date

from app.policy.book import PolicyConfidence, PolicyKey, PolicyUndefined, PolicyValue
from app.policy.kinds import Choice
from app.policy.loader import packaged_book
from app.reference.divisions import NATION

__all__ = [
    "Choice",
    "PolicyConfidence",
    "PolicyUndefined",
    "PolicyValue",
    "all_keys",
    "all_values",
    "value_of",
]


def value_of(key: str, *, on: date, division: str = NATION) -> PolicyValue:
    """The value that holds in ``division`` on ``on``, from the nearest division that sets one.

    Raises ``PolicyUndefined`` when none holds on that day, ``KeyError`` when there is no such key.
    """
    return packaged_book().value_of(key, on=on, division=division)


def all_values(as_of: date | None = None) -> tuple[PolicyValue, ...]:
    """Every packaged value, or those that hold on a day; by key, division and day."""
    return packaged_book().all_values(as_of)


def all_keys() -> tuple[PolicyKey, ...]:
    """Everything that can be asked, by name."""
    keys = packaged_book().keys
    return tuple(keys[key] for key in sorted(keys))
