"""What differs between two policy books, or in one book between two days: which value, where, from when."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from app.policy.book import PolicyBook, PolicyKey, PolicyValue
from app.policy.wording import in_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A value that a division sets differently from ``starts_on`` on; ``None`` where it sets none of its own.

    When the values are alike, their source, reading or bounds differ.
    """

    key: PolicyKey
    division: str
    starts_on: date
    ends_before: date | None
    former: PolicyValue | None
    latter: PolicyValue | None

    @property
    def is_of_value(self) -> bool:
        """Whether the value itself differs, not only where it comes from, how it is read or its bounds."""
        return (self.former and self.former.value) != (self.latter and self.latter.value)

    @property
    def words(self) -> str:
        """Former and latter value in words."""
        return f"{_words(self.former)} → {_words(self.latter)}"


def changes_between(former: PolicyBook, latter: PolicyBook) -> tuple[Change, ...]:
    """Every stretch of time in which a division's own value differs; by key, division and day."""
    places = sorted(
        {(value.key.key, value.division) for book in (former, latter) for value in book.all_values()}
    )
    return tuple(
        change
        for key, division in places
        for change in _changes_at(former.history_of(key, division), latter.history_of(key, division))
    )


def changes_between_days(book: PolicyBook, former: date, latter: date) -> tuple[Change, ...]:
    """Every value that a division sets otherwise on the later day; ``starts_on`` is the day from which it does."""
    places = sorted({(value.key.key, value.division) for value in book.all_values()})
    found = []
    for key, division in places:
        history = book.history_of(key, division)
        before, after = _held(history, former), _held(history, latter)
        if (before and _said(before)) != (after and _said(after)):
            found.append(
                Change(
                    key=book.keys[key],
                    division=division,
                    starts_on=_since(history, before, after),
                    ends_before=after.period.ends_before if after else None,
                    former=before,
                    latter=after,
                )
            )
    return tuple(found)


def _since(history: Iterable[PolicyValue], before: PolicyValue | None, after: PolicyValue | None) -> date:
    """The day from which the later value holds without a break, whatever texts confirmed it since."""
    if after is None:
        assert before is not None
        assert before.period.ends_before is not None
        return before.period.ends_before
    since = after.period.starts_on
    if before is not None and before.value == after.value:
        return since
    for value in reversed(tuple(history)):
        if value.period.ends_before == since and value.value == after.value:
            since = value.period.starts_on
    return since


def _changes_at(former: Iterable[PolicyValue], latter: Iterable[PolicyValue]) -> Iterator[Change]:
    histories = tuple(former), tuple(latter)
    days = sorted(
        {
            day
            for value in (*histories[0], *histories[1])
            for day in (value.period.starts_on, value.period.ends_before)
            if day is not None
        }
    )
    open_change: Change | None = None
    for starts_on, ends_before in pairwise([*days, None]):
        assert starts_on is not None
        before, after = (_held(history, starts_on) for history in histories)
        same = (before and _said(before)) == (after and _said(after))
        if open_change is not None and (same or (before, after) != (open_change.former, open_change.latter)):
            yield open_change
            open_change = None
        if same:
            continue
        named = after or before
        assert named is not None
        open_change = Change(
            key=named.key,
            division=named.division,
            starts_on=open_change.starts_on if open_change else starts_on,
            ends_before=ends_before,
            former=before,
            latter=after,
        )
    if open_change is not None:
        yield open_change


def _said(value: PolicyValue) -> tuple[object, ...]:
    """What a value says, whatever period it stands in: cutting a period in two changes nothing."""
    return (value.value, value.citation, value.confidence, value.bounds, value.bounds_by_code, value.note)


def _held(history: Iterable[PolicyValue], on: date) -> PolicyValue | None:
    return next((value for value in history if value.period.covers(on)), None)


def _words(value: PolicyValue | None) -> str:
    return "未规定" if value is None else in_words(value.value, value.key)
