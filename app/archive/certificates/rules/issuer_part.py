"""A part of an issuer's list, judged as a whole: what its rows have in common is judged once. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.archive.certificates.rules.forms import NumberForm
from app.archive.certificates.rules.issuer_file import (
    IssuedCertificate,
    IssuedFacts,
    Yardstick,
    form_as_written,
    is_of_body,
    judge_facts,
    judge_row,
)
from app.files.sheet import Cell
from app.kernel.errors import Reason
from app.kernel.identifiers import IdentityNumber, sound_citizen_number


@dataclass(slots=True)
class JudgedPart:
    """The rows nothing stands against, column by column, and ``(line, reasons)`` of the others.

    ``facts[places[n]]`` is what row ``n`` says of its certificate: a list names few occupations, levels and days.
    """

    rows: int
    persons: list[IdentityNumber] = field(default_factory=list, repr=False)
    numbers: list[str] = field(default_factory=list, repr=False)
    places: list[int] = field(default_factory=list)
    facts: list[IssuedFacts] = field(default_factory=list)
    defects: list[tuple[int, tuple[Reason, ...]]] = field(default_factory=list)

    def take(self, person: IdentityNumber, number: str, place: int) -> None:
        """One more sound row."""
        self.persons.append(person)
        self.numbers.append(number)
        self.places.append(place)

    def place_of(self, facts: IssuedFacts) -> int:
        """The place of facts not seen before."""
        self.facts.append(facts)
        return len(self.facts) - 1


class _Said(dict[tuple[NumberForm, tuple[Cell, ...]], int | None]):
    """Place of the facts that a form of number and cells amount to; ``None`` when ``judge_row`` has to say why not."""

    def __init__(self, part: JudgedPart, yardstick: Yardstick) -> None:
        self._part, self._yardstick = part, yardstick

    def __missing__(self, said: tuple[NumberForm, tuple[Cell, ...]]) -> int | None:
        form, cells = said
        # Text only: as keys 1, 1.0 and True are one, as cells they are not.
        is_text = all(type(cell) is str for cell in cells)
        facts = judge_facts(form, cells, self._yardstick, []) if is_text else None
        place = self[said] = None if facts is None else self._part.place_of(facts)
        return place


def judge_part(lines: Sequence[int], columns: Sequence[Sequence[Cell]], yardstick: Yardstick) -> JudgedPart:
    """Every row as ``judge_row`` judges it; ``columns`` are in the order of ``IssuerColumn``."""
    part = JudgedPart(len(lines))
    said = _Said(part, yardstick)
    today, body_code = yardstick.today, yardstick.body_code
    for line, cells in zip(lines, zip(*columns, strict=True), strict=True):
        person_cell, number = cells[:2]
        if type(person_cell) is str and type(number) is str:
            form = form_as_written(number)
            person = sound_citizen_number(person_cell, on=today)
            if person is not None and form is not None and is_of_body(number, form, body_code):
                place = said[form, cells[2:]]
                if place is not None:
                    part.take(person, number, place)
                    continue
        found = judge_row((line, list(cells)), yardstick)
        if isinstance(found, IssuedCertificate):
            part.take(found.person, found.number, part.place_of(found.facts))
        else:
            part.defects.append((line, found))
    return part
