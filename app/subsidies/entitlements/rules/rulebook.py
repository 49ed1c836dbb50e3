"""The policy book as rules ask it: resolved once per key, division and day, each value ready to be cited.

Resolving climbs the divisions and builds texts; a province decides the same few values a million times. Between two
days on which any value begins or ends, all days answer alike, and so do all divisions that have no values of their own:
that is what resolved values are kept by. There are a few hundred such sets, however many persons are judged.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from app.kernel.errors import Citation
from app.policy.book import PolicyBook, PolicyUndefined, PolicyValue
from app.policy.kinds import Codes, CodeSets, Numbers
from app.policy.loader import packaged_book
from app.policy.wording import in_words
from app.reference.divisions import divisions
from app.subsidies.entitlements.rules.verdict import RuleVersion


@dataclass(frozen=True, slots=True)
class Term:
    """A policy value in the form rules use; the fields that its kind does not have are empty."""

    version: RuleVersion
    citation: Citation
    number: int
    flag: bool
    option: str
    codes: frozenset[str]
    any_of: tuple[frozenset[str], ...]
    numbers: Mapping[str, int]
    names: Mapping[str, str]


class Terms:
    """What holds in some divisions over a run of days without change."""

    __slots__ = ("_book", "_day", "_division", "_found")

    def __init__(self, book: "Rulebook", division: str, day: date) -> None:
        self._division = division
        self._day = day
        self._book = book
        self._found: dict[str, Term | None] = {}

    def find(self, key: str) -> Term | None:
        """The value of a key, or ``None`` when none holds on that day. Raises ``KeyError`` for an unknown key."""
        try:
            return self._found[key]
        except KeyError:
            found = self._found[key] = self._book.resolve(key, self._division, self._day)
            return found


class Rulebook:
    """A policy book with its resolved values at hand."""

    def __init__(self, book: PolicyBook) -> None:
        self.book = book
        values = book.all_values()
        ends = (value.period.ends_before for value in values)
        self._steps = sorted(
            {value.period.starts_on for value in values} | {day for day in ends if day is not None}
        )
        self._with_values = {value.division for value in values}
        self._terms: dict[tuple[tuple[str, ...], int], Terms] = {}
        self._by_value: dict[int, Term] = {}

    def terms(self, division: str, day: date) -> Terms:
        """What holds in ``division`` (or, nearest first, above it) on ``day``."""
        scopes = divisions().get().scopes_of(division, day)
        place = tuple([scope for scope in scopes if scope in self._with_values])
        step = bisect_right(self._steps, day)
        found = self._terms.get((place, step))
        if found is None:
            found = self._terms[place, step] = Terms(self, division, day)
        return found

    def resolve(self, key: str, division: str, day: date) -> Term | None:
        """One value, as ``Terms.find`` answers it."""
        try:
            value = self.book.value_of(key, on=day, division=division)
        except PolicyUndefined:
            return None
        return self._ready(value)

    def first_and_last(self, key: str) -> tuple[Term, Term]:
        """The nation's oldest and newest value of a key. Raises ``IndexError`` when it never had one."""
        history = self.book.history_of(key)
        return self._ready(history[0]), self._ready(history[-1])

    def _ready(self, value: PolicyValue) -> Term:
        # The book keeps its values, so their identity is stable; there are a few hundred.
        term = self._by_value.get(id(value))
        if term is None:
            term = self._by_value[id(value)] = _term(value)
        return term


@cache
def packaged_rulebook() -> Rulebook:
    """The rulebook of the bundles that ship with the product. Raises ``BundleError``."""
    return Rulebook(packaged_book())


def _term(value: PolicyValue) -> Term:
    content = value.value
    return Term(
        version=RuleVersion(
            key=value.key.key,
            title=value.key.title,
            value=in_words(value.value, value.key),
            from_day=value.period.starts_on,
            division=value.division,
            confidence=value.confidence,
            citation=value.citation,
            note=value.note,
        ),
        citation=value.citation,
        number=content if isinstance(content, int) and not isinstance(content, bool) else 0,
        flag=content is True,
        option=content if isinstance(content, str) else "",
        codes=frozenset(content.codes) if isinstance(content, Codes) else frozenset(),
        any_of=content.any_of if isinstance(content, CodeSets) else (),
        numbers=value.numbers if isinstance(content, Numbers) else {},
        names=value.key.options,
    )
