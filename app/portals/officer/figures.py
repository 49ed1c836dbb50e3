"""How figures are named and written on pages and in their Excel files."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated

from fastapi import Query

from app.access.unit import Unit
from app.kernel.money import with_sign
from app.oversight.statistics.rules import FIRST_YEAR, LAST_YEAR, Sum
from app.oversight.statistics.states import MEASURE_LABELS, Measure
from app.policy.values import all_keys
from app.reference.divisions import NATION, area_name, children
from app.reference.key_groups import all_key_groups
from app.reference.skill_levels import all_levels
from app.reference.training_kinds import all_training_types
from app.web.pages.filters import instant
from app.web.pages.workbooks import Cell
from app.web.words import word

Year = Annotated[int | None, Query(ge=FIRST_YEAR, le=LAST_YEAR)]
Area = Annotated[str, Query(pattern=r"^([0-9]{6})?$")]
UNITS: Mapping[Measure, str] = {
    Measure.OPENING_RECORDED: "期",
    Measure.TRAINEE_RECORDED: "人次",
    Measure.CLASS_CLOSED: "期",
}
WITH_AMOUNT = frozenset({Measure.CLAIM_APPROVED, Measure.BENEFIT_PAID})
_FUNDS = "skill_upgrade_funding_sources"


def source_names() -> dict[str, str]:
    """Names of the sources of funds, as the rules name them."""
    return next(dict(key.options) for key in all_keys() if key.key == _FUNDS)


def group_names() -> dict[str, str]:
    """Names of the key groups, those of every time."""
    return {group.code: group.name for group in all_key_groups()}


_TYPES = {each.code: each.name for each in all_training_types()}
_LEVELS = {each.level.value: each.name for each in all_levels()}
_KIND_WORDS: Mapping[Measure, Callable[[str], str]] = {
    Measure.OPENING_RECORDED: lambda kind: _TYPES.get(kind, kind),
    Measure.TRAINEE_RECORDED: lambda kind: _TYPES.get(kind, kind),
    Measure.CLASS_CLOSED: lambda kind: _TYPES.get(kind, kind),
    Measure.OPENING_STATE: lambda kind: word("opening", kind),
    Measure.ENTRY_APPENDED: lambda kind: word("entry_kind", kind),
    Measure.ENTRY_CORRECTED: lambda kind: word("entry_kind", kind),
    Measure.ENTRY_REVOKED: lambda kind: word("entry_kind", kind),
    Measure.CERTIFICATE_LINKED: lambda kind: _LEVELS.get(kind, kind),
    Measure.CLAIM_STATE: lambda kind: word("claim", kind),
    Measure.PAID_BY_SOURCE: lambda kind: source_names().get(kind, kind),
    Measure.PAID_BY_GROUP: lambda kind: group_names().get(kind, kind),
    Measure.EDUCATION_FUND_BY_GROUP: lambda kind: group_names().get(kind, kind),
    Measure.RECOVERY_ORDERED: lambda kind: word("recovery_cause", kind),
    Measure.RECOVERY_REPAID: lambda kind: word("recovery_cause", kind),
}


def kind_word(measure: Measure, kind: str) -> str:
    """The Chinese word of what a figure is counted by; what is not by kind has none."""
    if not kind:
        return ""
    named = _KIND_WORDS.get(measure)
    return word("benefit", kind) if named is None else named(kind)


def years(today: date) -> list[tuple[int, str]]:
    """The years one may choose, newest first."""
    return [(year, f"{year}年") for year in range(today.year, FIRST_YEAR - 1, -1)]


def areas(unit: Unit) -> list[tuple[str, str]]:
    """The officer's own area and the divisions below it; none when there are none below."""
    own = unit.actor.division_code or NATION
    below = [(each.code, each.name) for each in children(own, unit.today)]
    return [(own, f"{area_name(own, unit.today)}（全部）"), *below] if below else []


def yuan(fen: float) -> str:
    """As charts write amounts; nothing is a plain zero."""
    return with_sign(int(fen)) if fen else "0"


def as_of(at: datetime | None) -> str:
    """Since when figures are what they are."""
    return "尚未统计" if at is None else f"统计截至{instant(at)}"


def rate(basis_points: int | None) -> Cell:
    """Percent in a sheet."""
    return None if basis_points is None else basis_points / 100


def heads(measures: Sequence[Measure]) -> list[str]:
    """The columns of ``cells``."""
    found = []
    for measure in measures:
        label = MEASURE_LABELS[measure]
        found.append(f"{label}（{UNITS.get(measure, '件次')}）")
        if measure in WITH_AMOUNT:
            found.append(f"{label}金额（元）")
    return found


def short_heads(measures: Sequence[Measure]) -> list[tuple[str, str]]:
    """The same on a page, which has less room; units stand above."""
    found = []
    for measure in measures:
        found.append((MEASURE_LABELS[measure], "num"))
        if measure in WITH_AMOUNT:
            found.append((f"{MEASURE_LABELS[measure]}金额", "num"))
    return found


def cells(counted: Mapping[Measure, Sum], measures: Sequence[Measure]) -> list[Cell]:
    """Counts, and beside those of money its amount in yuan."""
    found: list[Cell] = []
    for measure in measures:
        own = counted.get(measure, Sum())
        found.append(own.items)
        if measure in WITH_AMOUNT:
            found.append(own.amount_fen / 100)
    return found
