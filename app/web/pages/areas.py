"""地区 on pages: written as names from the province down; chosen from a list, or typed as a name or as six digits.

One way for every form: ``ui.area`` draws the field, ``Typed.read`` takes what was typed. Nobody learns codes by heart.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from markupsafe import Markup, escape

from app.kernel.errors import InvalidInput, Reason
from app.kernel.masking import name_as_typed
from app.reference.divisions import (
    NATION,
    NATION_NAME,
    DivisionLevel,
    DivisionTable,
    area_name,
    divisions,
    level_of,
)

FIELD = "division_code"
"""Members of input shapes that hold a division; on pages, what is typed there may be its name."""

_NAMED = re.compile(r"(?:.*[^0-9])?([0-9]{6})[)）]?", re.DOTALL)
_CANDIDATES_SHOWN = 4
_ECHO_MAX = 20


def area(code: str | None, on: date | None = None) -> str:
    """:func:`area_name` in a page's cell; a dash for none."""
    return area_name(code, on) if code else "—"


def area_typed(value: object) -> str:
    """What stands in the field for a code: its name and the code; anything else as it was typed."""
    typed = str(value)
    name = area_name(typed) if typed.isascii() and typed.isdecimal() else typed
    return typed if name == typed else f"{name} {typed}"


def area_choices(within: str | None = NATION, level: str | None = None) -> Markup:
    """``<option>`` of every division of an area that is in force, the area itself first; of one level if asked."""
    return _choices(divisions().get(), within or NATION, level)


def code_of(typed: str, field: str) -> str:
    """The code of what was chosen or typed. Six digits pass as they are: whether they may stand is the action's matter.

    Raises InvalidInput for a name that no division has, or more than one.
    """
    if given := _NAMED.fullmatch(typed):
        return given[1]
    index = _index(divisions().get())
    asked = "".join(typed.split())
    codes = index.by_path.get(asked) or index.by_name.get(asked) or ()
    if len(codes) == 1:
        return codes[0]
    raise InvalidInput([_several(typed, codes, field) if codes else _nowhere(typed, field)])


@dataclass(frozen=True, slots=True)
class _Index:
    """Codes in force by their names from the province down, and by their own names."""

    by_path: Mapping[str, tuple[str, ...]]
    by_name: Mapping[str, tuple[str, ...]]


@lru_cache(maxsize=2)
def _index(table: DivisionTable) -> _Index:
    by_path: dict[str, tuple[str, ...]] = {NATION_NAME: (NATION,)}
    by_name: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for row in table.in_force(date.max):
        path = table.path_name_of(row.code, date.max) or row.name
        by_path[path] = (*by_path.get(path, ()), row.code)
        by_name[row.name] += (row.code,)
    return _Index(by_path, dict(by_name))


@lru_cache(maxsize=256)
def _choices(table: DivisionTable, within: str, level: str | None) -> Markup:
    rows = table.in_force(date.max, within=within)
    wanted = [row.code for row in rows if level is None or level_of(row.code) is DivisionLevel(level)]
    if within == NATION and level is None:
        wanted.insert(0, NATION)
    return Markup("").join(
        Markup('<option value="{}">').format(escape(f"{area_name(code)} {code}")) for code in wanted
    )


def _nowhere(typed: str, field: str) -> Reason:
    return Reason(
        code="division_unknown",
        field=field,
        message="没有叫这个名称的地区",
        remedy="请输入名称的几个字，从列表中选；或者填六位行政区划代码",
        value=name_as_typed(typed)[:_ECHO_MAX],
    )


def _several(typed: str, codes: Sequence[str], field: str) -> Reason:
    named = "、".join(area_name(code) for code in codes[:_CANDIDATES_SHOWN])
    more = "等" if len(codes) > _CANDIDATES_SHOWN else ""
    return Reason(
        code="division_ambiguous",
        field=field,
        message=f"叫这个名称的地区有{len(codes)}个：{named}{more}",
        remedy="请从列表中选，或者连同省、市一起填写",
        value=name_as_typed(typed)[:_ECHO_MAX],
    )
