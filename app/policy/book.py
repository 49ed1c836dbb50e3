"""The policy book: what a rule's number was on a day, in a division, and which clause says so.

The nearest division wins within the bounds that the higher ones set; the day is the one the policy names,
never today. Pure: the packaged bundles are data of the product, read once.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from app.kernel.clock import day_in_words
from app.kernel.errors import UNSOURCED, Citation, Reason, RegistryError
from app.kernel.periods import DatePeriod
from app.policy.kinds import Bounds, Choice, Codes, CodeSets, Content, Numbers, ValueKind
from app.reference.divisions import NATION, divisions


class PolicyConfidence(StrEnum):
    """Whether the text itself was read (``seed``), a report of it (``secondary``), or no text states
    the value.
    """

    SEED = "seed"
    SECONDARY = "secondary"
    UNSOURCED = "unsourced"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyKey:
    """What can be asked: its title, the unit of its number, and on which days the nation must have a value.

    ``options`` are the codes a value may use, with their names. ``total`` is what numbers by code add up to.
    ``required_before`` ends a policy that was made for a time (阶段性政策).
    """

    key: str
    title: str
    unit: str
    kind: ValueKind
    required_from: date
    required_before: date | None = None
    options: Mapping[str, str] = field(default_factory=dict, hash=False)
    total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyValue:
    """One dated value. ``citation`` is ``UNSOURCED`` when no text states it; ``note`` is how the text
    is read. ``bounds`` are those of a number, ``bounds_by_code`` those of numbers by code.
    """

    key: PolicyKey
    value: Content
    division: str
    period: DatePeriod
    citation: Citation
    confidence: PolicyConfidence
    bounds: Bounds | None
    note: str | None
    bounds_by_code: tuple[tuple[str, Bounds], ...] = ()

    @property
    def number(self) -> int:
        """The value in the unit of its key. Raises ``TypeError`` when the key does not hold a number."""
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            raise TypeError(f"{self.key.key} is not a number")
        return self.value

    @property
    def flag(self) -> bool:
        """The value as yes or no. Raises ``TypeError`` when the key does not hold a flag."""
        if not isinstance(self.value, bool):
            raise TypeError(f"{self.key.key} is not a flag")
        return self.value

    @property
    def choices(self) -> tuple[Choice, ...]:
        """The entries of a list. Raises ``TypeError`` when the key does not hold one."""
        if not isinstance(self.value, tuple):
            raise TypeError(f"{self.key.key} is not a list")
        return self.value

    @property
    def option(self) -> str:
        """The code of the alternative that holds. Raises ``TypeError`` when the key offers none."""
        if not isinstance(self.value, str):
            raise TypeError(f"{self.key.key} is not an option")
        return self.value

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes that hold. Raises ``TypeError`` when the key does not hold codes."""
        if not isinstance(self.value, Codes):
            raise TypeError(f"{self.key.key} is not a set of codes")
        return self.value.codes

    @property
    def any_of(self) -> tuple[frozenset[str], ...]:
        """Sets of which one must hold whole. Raises ``TypeError`` when the key does not hold such sets."""
        if not isinstance(self.value, CodeSets):
            raise TypeError(f"{self.key.key} is not a list of sets")
        return self.value.any_of

    @property
    def numbers(self) -> Mapping[str, int]:
        """Numbers by code, in the unit of the key. Raises ``TypeError`` when the key does not hold them."""
        if not isinstance(self.value, Numbers):
            raise TypeError(f"{self.key.key} is not a list of numbers")
        return dict(self.value.by_code)


class PolicyUndefined(RegistryError):
    """No value holds on that day: the rule did not exist yet, or its text is not at hand."""

    code = "policy_undefined"
    title = "该日期没有适用的政策取值"


class PolicyBook:
    """All values, validated when they were read (``app.policy.loader``).

    ``warnings`` tell what lies outside soft bounds: allowed, but to be looked at.
    """

    def __init__(
        self, keys: Iterable[PolicyKey], values: Iterable[PolicyValue], *, warnings: Iterable[str] = ()
    ) -> None:
        self.warnings = tuple(warnings)
        self.keys: Mapping[str, PolicyKey] = {key.key: key for key in keys}
        by_place: dict[tuple[str, str], list[PolicyValue]] = {}
        for value in values:
            by_place.setdefault((value.key.key, value.division), []).append(value)
        self._by_place = by_place

    def value_of(self, key: str, *, on: date, division: str = NATION) -> PolicyValue:
        """The value that holds in ``division`` on ``on``: its own, else that of the nearest division above.

        Raises ``KeyError`` for a key that does not exist (a defect of ours) and ``PolicyUndefined`` when no
        value holds on that day.
        """
        known = self.keys[key]
        for value in self.chain_of(key, on=on, division=division):
            return value
        raise PolicyUndefined(
            [
                Reason(
                    code="policy_undefined",
                    message=f"{day_in_words(on)}没有适用的“{known.title}”取值",
                    remedy=f"该项自{day_in_words(known.required_from)}起有取值，请核对日期",
                    field=key,
                    value=on.isoformat(),
                )
            ]
        )

    def chain_of(self, key: str, *, on: date, division: str = NATION) -> Iterator[PolicyValue]:
        """The values that hold on ``on`` in ``division`` and above it, nearest first: the first applies, the others are
        what it displaces.
        """
        for scope in divisions().get().scopes_of(division, on):
            for value in self._by_place.get((key, scope), ()):
                if value.period.covers(on):
                    yield value

    def all_values(self, as_of: date | None = None) -> tuple[PolicyValue, ...]:
        """Every value of every division, or those that hold on a day; by key, division and day."""
        values = (value for place in self._by_place.values() for value in place)
        held = (value for value in values if as_of is None or value.period.covers(as_of))
        return tuple(sorted(held, key=lambda value: (value.key.key, value.division, value.period.starts_on)))

    def values_of(self, key: str) -> tuple[PolicyValue, ...]:
        """Every value of a key, of whatever division; by division and day."""
        return tuple(
            sorted(
                (value for (name, _), place in self._by_place.items() if name == key for value in place),
                key=lambda value: (value.division, value.period.starts_on),
            )
        )

    def history_of(self, key: str, division: str = NATION) -> tuple[PolicyValue, ...]:
        """Values a division ever set for a key, oldest first."""
        return tuple(
            sorted(self._by_place.get((key, division), ()), key=lambda value: value.period.starts_on)
        )


def is_sourced(value: PolicyValue) -> bool:
    """Whether a text states the value."""
    return value.citation != UNSOURCED
