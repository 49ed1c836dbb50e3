"""Occupations (职业) and trades (工种) of 国家职业分类大典, always with the edition, and the line that
outlives editions.

The benefit line. "Once per occupation or 工种 and level, for life" (人社部发〔2017〕40号 三) needs an
identity that survives renumbering. An entry that the crosswalk leads back to exactly one earlier entry
(``same``, ``renamed``, ``moved``) keeps that entry's line; a new entry, a split or a merge gets a line of
its own, and a person decides what was already used (``is_settled`` is false). A line is named after the
entry it began with and never changes: ``2015:4-10-01-03`` or ``2015:6-18-02-04/电焊工``, so two registries
that read the same lists name it alike.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.reference.in_use import InUse
from app.reference.packaged import read_rows

CODE_FORM = re.compile(r"[1-8]-\d{2}-\d{2}-\d{2}", re.ASCII)
"""Four parts 大类-中类-小类-细类; the statistical classification GB/T 6565 is another system."""


class Confidence(StrEnum):
    """How sure a row is: from an imported official list, from a second source, or written down from
    knowledge.
    """

    OFFICIAL = "official"
    SECONDARY = "secondary"
    RECALLED = "recalled"


class Relation(StrEnum):
    """How an entry of a later edition follows from one of an earlier edition."""

    SAME = "same"
    RENAMED = "renamed"
    MOVED = "moved"
    SPLIT = "split"
    MERGED = "merged"


SETTLED = frozenset({Relation.SAME, Relation.RENAMED, Relation.MOVED})
"""Relations that carry the benefit line on; the others open a case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One edition of the dictionary; ``occupation_count`` is what the edition itself claims."""

    edition: int
    title: str
    published_on: date
    occupation_count: int | None
    source: str
    confidence: Confidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """A 工种 under an occupation. The dictionary gives it a name, no number."""

    name: str
    benefit_line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Occupation:
    """One occupation of one edition."""

    edition: int
    code: str
    name: str
    trades: tuple[Trade, ...]
    benefit_line: str
    source: str
    confidence: Confidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """One line of the crosswalk between editions."""

    from_edition: int
    from_code: str
    to_edition: int
    to_code: str
    relation: Relation
    source: str

    @property
    def is_settled(self) -> bool:
        """Whether the benefit line goes on without anybody deciding."""
        return self.relation in SETTLED


class OccupationTable:
    """An immutable set of editions, occupations and the crosswalk between them."""

    def __init__(
        self, editions: Iterable[Edition], occupations: Iterable[Occupation], crosswalk: Iterable[Crossing]
    ) -> None:
        self.editions = tuple(sorted(editions, key=lambda edition: edition.published_on))
        self.crosswalk = tuple(crosswalk)
        self._by_key = {(entry.edition, entry.code): entry for entry in occupations}
        by_edition = sorted(self._by_key.values(), key=lambda entry: entry.edition)
        self.line_names: Mapping[str, str] = {entry.benefit_line: entry.name for entry in by_edition}
        """Name of the occupation by benefit line, the newest edition's where several have it."""

    def occupations(self, edition: int) -> Sequence[Occupation]:
        """Occupations of an edition by code."""
        return sorted(
            (entry for entry in self._by_key.values() if entry.edition == edition), key=lambda e: e.code
        )

    def all_occupations(self) -> Iterable[Occupation]:
        """Every occupation of every edition."""
        return self._by_key.values()

    def edition_on(self, as_of: date) -> Edition | None:
        """The newest edition published by that day."""
        return next((edition for edition in reversed(self.editions) if edition.published_on <= as_of), None)

    def find(self, edition: int, code: str) -> Occupation | None:
        """An occupation by edition and code, or ``None``."""
        return self._by_key.get((edition, code))

    def benefit_line_of(self, edition: int, code: str, trade: str | None = None) -> str | None:
        """The line of an occupation, or of one of its trades; ``None`` when the entry is unknown."""
        occupation = self.find(edition, code)
        if occupation is None or trade is None:
            return occupation.benefit_line if occupation else None
        return next((known.benefit_line for known in occupation.trades if known.name == trade), None)

    def crossings_of(self, edition: int, code: str) -> tuple[Crossing, ...]:
        """Lines of the crosswalk that touch an entry, on either side."""
        key = (edition, code)
        return tuple(
            crossing
            for crossing in self.crosswalk
            if key in ((crossing.from_edition, crossing.from_code), (crossing.to_edition, crossing.to_code))
        )


def new_line(edition: int, code: str, trade: str | None = None) -> str:
    """The line that begins with an entry."""
    return f"{edition}:{code}" if trade is None else f"{edition}:{code}/{trade}"


def carried_line(
    known: OccupationTable,
    crossings: Iterable[Crossing],
    *,
    edition: int,
    code: str,
    trade: str | None = None,
) -> str:
    """The line of an entry: carried over a single settled crossing from a known entry, else begun with the
    entry.

    ``crossings`` are those that lead to the entry. Trades carry on under the same name only.
    """
    arriving = [
        crossing for crossing in crossings if (crossing.to_edition, crossing.to_code) == (edition, code)
    ]
    if len(arriving) == 1 and arriving[0].is_settled:
        earlier = known.benefit_line_of(arriving[0].from_edition, arriving[0].from_code, trade)
        if earlier is not None:
            return earlier
    return new_line(edition, code, trade)


def is_well_formed(code: str) -> bool:
    """Whether the text has the form of an occupation code; says nothing about its existence."""
    return CODE_FORM.fullmatch(code) is not None


def _read_packaged() -> OccupationTable:
    editions = [
        Edition(
            edition=int(row["edition"]),
            title=row["title"],
            published_on=date.fromisoformat(row["published_on"]),
            occupation_count=int(row["occupation_count"]) if row["occupation_count"] else None,
            source=row["source"],
            confidence=Confidence(row["confidence"]),
        )
        for row in read_rows("editions.csv")
    ]
    crosswalk = [
        Crossing(
            from_edition=int(row["from_edition"]),
            from_code=row["from_code"],
            to_edition=int(row["to_edition"]),
            to_code=row["to_code"],
            relation=Relation(row["relation"]),
            source=row["source"],
        )
        for row in read_rows("crosswalk.csv")
    ]
    known = OccupationTable(editions, (), crosswalk)
    rows = read_rows("occupations.csv")
    for edition in known.editions:
        entries = [_from_row(row, known) for row in rows if int(row["edition"]) == edition.edition]
        known = OccupationTable(editions, [*known.all_occupations(), *entries], crosswalk)
    return known


def _from_row(row: dict[str, str], known: OccupationTable) -> Occupation:
    edition, code = int(row["edition"]), row["code"]
    names = [name for name in row["trades"].split("、") if name]
    return Occupation(
        edition=edition,
        code=code,
        name=row["name"],
        trades=tuple(
            Trade(
                name=name,
                benefit_line=carried_line(known, known.crosswalk, edition=edition, code=code, trade=name),
            )
            for name in names
        ),
        benefit_line=carried_line(known, known.crosswalk, edition=edition, code=code),
        source=row["source"],
        confidence=Confidence(row["confidence"]),
    )


_LIST = InUse(_read_packaged)


def occupations() -> InUse[OccupationTable]:
    """Holder of the list in use; ``occupations().get()`` is the list itself."""
    return _LIST


def line_name(line: str) -> str:
    """A benefit line for people: ``育婴员（4-10-01-02）``; a line that no entry has stays as it is."""
    name = _LIST.get().line_names.get(line)
    return line if name is None else f"{name}（{line.split(':', 1)[1]}）"
