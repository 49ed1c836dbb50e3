"""Codes of lists as people read them, and places and occupations as people ask for them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from app.kernel.errors import InvalidInput, Reason
from app.reference.divisions import NATION, area_name, divisions
from app.reference.occupations import Occupation, occupations
from app.reference.skill_levels import SkillLevel, facts_of
from app.reference.training_kinds import find_training_mode, find_training_type

_CANDIDATES_MAX = 20


@dataclass(frozen=True, slots=True)
class Names:
    """Names on a day; a code that its list does not know (any more) stays a code."""

    on: date

    def division(self, code: str) -> str:
        """From the province down."""
        return area_name(code, self.on)

    def occupation(self, edition: int, code: str) -> str:
        """The name in the dictionary of that edition."""
        found = occupations().get().find(edition, code)
        return found.name if found else code

    def level(self, level: str) -> str:
        """``四级/中级工``."""
        return facts_of(SkillLevel(level)).name

    def type(self, code: str) -> str:
        """What the training is for."""
        found = find_training_type(code, self.on)
        return found.name if found else code

    def mode(self, code: str) -> str:
        """How it is taught."""
        found = find_training_mode(code, self.on)
        return found.name if found else code


def place_asked(code: str, on: date) -> tuple[str | None, list[tuple[str, str]]]:
    """The division asked for (none: the whole country) and what can be chosen next: what lies above and directly below.

    Raises InvalidInput for a code that is not in force on the day.
    """
    table, chosen = divisions().get(), code if code and code != NATION else NATION
    if chosen != NATION and table.find(chosen, on) is None:
        raise InvalidInput(
            [
                Reason(
                    code="division_not_in_force",
                    message=f"没有代码为 {chosen[:12]} 的行政区划",
                    remedy="请从“地区”中选择",
                    field="division",
                    value=chosen[:12],
                )
            ]
        )
    above = [(scope, table.name_of(scope, on) or scope) for scope in reversed(table.scopes_of(chosen, on))]
    options = [
        ("" if scope == NATION else scope, "　" * depth + name) for depth, (scope, name) in enumerate(above)
    ]
    options += [(row.code, "　" * len(above) + row.name) for row in table.children(chosen, on)]
    return (None if chosen == NATION else chosen), options


def occupations_asked(asked: str, on: date) -> tuple[Occupation, ...]:
    """Occupations of the edition in force whose code is, or whose name or a trade's name contains, what was typed.

    One of exactly that name or code comes alone; at most 20.
    """
    table = occupations().get()
    edition = table.edition_on(on)
    if not asked or edition is None:
        return ()
    known = table.occupations(edition.edition)
    exact = [entry for entry in known if asked in (entry.code, entry.name)]
    return tuple(exact or _containing(known, asked))[:_CANDIDATES_MAX]


def _containing(known: Iterable[Occupation], asked: str) -> list[Occupation]:
    return [
        entry for entry in known if asked in entry.name or any(asked in trade.name for trade in entry.trades)
    ]
