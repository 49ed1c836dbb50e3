"""The policy book as rules ask it: resolved once per key, division and day, each value ready to be cited.

Resolving climbs the divisions and builds texts; a province decides the same few values a million times. The caches
are bounded, so that a stream of persons does not grow the process.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from app.kernel.errors import Citation
from app.policy.book import PolicyBook, PolicyUndefined, PolicyValue
from app.policy.kinds import Codes, CodeSets, Numbers
from app.policy.loader import packaged_book
from app.policy.wording import in_words
from app.subsidies.entitlements.rules.verdict import RuleVersion

_TERMS_HELD = 20_000


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
    """What holds in a division on a day."""

    __slots__ = ("_book", "_found", "day", "division")

    def __init__(self, book: "Rulebook", division: str, day: date) -> None:
        self.division = division
        self.day = day
        self._book = book
        self._found: dict[str, Term | None] = {}

    def find(self, key: str) -> Term | None:
        """The value of a key, or ``None`` when none holds on that day. Raises ``KeyError`` for an unknown key."""
        try:
            return self._found[key]
        except KeyError:
            found = self._found[key] = self._book.resolve(key, self.division, self.day)
            return found

    def is_set(self, key: str) -> bool:
        """Whether a flag holds and says yes."""
        term = self.find(key)
        return term is not None and term.flag


class Rulebook:
    """A policy book with its resolved values at hand."""

    def __init__(self, book: PolicyBook) -> None:
        self.book = book
        self._terms: dict[tuple[str, date], Terms] = {}
        self._by_value: dict[int, Term] = {}

    def terms(self, division: str, day: date) -> Terms:
        """What holds in ``division`` (or, nearest first, above it) on ``day``."""
        found = self._terms.get((division, day))
        if found is None:
            if len(self._terms) >= _TERMS_HELD:
                self._terms.clear()
            found = self._terms[division, day] = Terms(self, division, day)
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
