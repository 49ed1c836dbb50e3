"""What stands against an official list before it is loaded: every defect of every row, at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.kernel.clock import day_in_words
from app.kernel.errors import Reason
from app.reference import divisions as division_forms
from app.reference import occupations as occupation_forms
from app.reference.divisions import Division, DivisionTable, level_of
from app.reference.occupations import OccupationTable, Relation

MOST_ENDED_BP = 500
"""A list that would end more than this share (basis points) of the codes in force counts as incomplete."""

RELATION_WORDS = {
    "": Relation.SAME,
    "未变": Relation.SAME,
    "更名": Relation.RENAMED,
    "调整": Relation.MOVED,
    "拆分": Relation.SPLIT,
    "合并": Relation.MERGED,
}
"""How official tables name the relation to the former edition; blank beside a former code: unchanged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRow:
    """A row of an official list: its place (line as Excel shows it) and its cells by field name, trimmed."""

    sheet: str | None
    line: int
    cells: Mapping[str, str]

    def get(self, field: str) -> str:
        """The cell of a field, ``""`` when the file has no such column."""
        return self.cells.get(field, "")

    def defect(self, field: str, code: str, message: str, remedy: str) -> Reason:
        """A defect of this row."""
        return Reason(
            code=code,
            message=message,
            remedy=remedy,
            field=field,
            value=self.get(field) or None,
            sheet=self.sheet,
            line=self.line,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DivisionChanges:
    """What a new edition changes, as of its day."""

    begun: tuple[Division, ...]
    ended: tuple[str, ...]

    @property
    def count(self) -> int:
        """Rows to write; a renaming ends one row and begins another."""
        return len(self.begun) + len(self.ended)


def reasons_against_division_edition(
    rows: Sequence[ListRow], known: DivisionTable, edition_on: date
) -> tuple[Reason, ...]:
    """Defects of a complete list of divisions (code, name) that speaks of the day ``edition_on``."""
    reasons = [reason for row in rows for reason in _division_defects(row)]
    reasons += _contradictions(rows, "division_contradiction", "行政区划代码")
    codes = {row.get("code") for row in rows}
    for row in rows:
        code = row.get("code")
        if division_forms.is_well_formed(code) and code[:2] + "0000" not in codes:
            message = f"代码{code}所属的省级代码{code[:2]}0000不在本文件中"
            reasons.append(row.defect("code", "division_without_province", message, "请使用全国完整名单"))
    newest = max((day for row in known.rows() for day in (row.valid_from, row.valid_to) if day), default=None)
    if newest is not None and edition_on <= newest:
        reasons.append(
            Reason(
                code="edition_not_newer",
                message=f"版本日期{day_in_words(edition_on)}不晚于库中最近一次变更日期{day_in_words(newest)}，不能倒序导入",
                remedy="请按时间先后导入，版本日期填写该版名单的截止日期",
                field="edition_on",
            )
        )
    in_force = {row.code for row in known.in_force(edition_on)}
    missing = len(in_force - codes)
    if missing * 10_000 > len(in_force) * MOST_ENDED_BP:
        reasons.append(
            Reason(
                code="division_list_incomplete",
                message=f"库中现行代码{len(in_force)}个，本文件缺{missing}个，像是不完整的名单",
                remedy="请导入县级以上完整名单；只含一省的文件不能作为全国名单导入",
                field="file",
            )
        )
    return tuple(reasons)


def division_changes(
    rows: Sequence[ListRow], known: DivisionTable, edition_on: date, source: str
) -> DivisionChanges:
    """What the list changes. Call only when nothing stands against it."""
    names = {row.get("code"): row.get("name") for row in rows}
    in_force = {row.code: row.name for row in known.in_force(edition_on)}
    begun = tuple(
        Division(
            code=code,
            name=name,
            level=level_of(code),
            valid_from=edition_on,
            valid_to=None,
            source=source,
        )
        for code, name in sorted(names.items())
        if in_force.get(code) != name
    )
    ended = tuple(code for code, name in in_force.items() if names.get(code) != name)
    return DivisionChanges(begun=begun, ended=ended)


def reasons_against_occupation_edition(
    rows: Sequence[ListRow], known: OccupationTable, edition: int, former_edition: int | None
) -> tuple[Reason, ...]:
    """Defects of a list of occupations (code, name, trades, former code, relation) of one edition."""
    reasons = [reason for row in rows for reason in _occupation_defects(row, known, former_edition)]
    reasons += _contradictions(rows, "occupation_contradiction", "职业编码")
    if former_edition is not None and former_edition >= edition:
        reasons.append(
            Reason(
                code="former_edition_not_older",
                message=f"前版{former_edition}不早于本版{edition}",
                remedy="请填写更早的大典版次",
                field="former_edition",
            )
        )
    return tuple(reasons + _shared_lines(rows))


def _division_defects(row: ListRow) -> list[Reason]:
    reasons = []
    if not division_forms.is_well_formed(row.get("code")):
        remedy = "请填写GB/T 2260的六位数字代码，例如110105"
        reasons.append(row.defect("code", "division_code_malformed", "行政区划代码不是六位数字", remedy))
    if not row.get("name"):
        reasons.append(row.defect("name", "division_name_missing", "行政区划名称为空", "请填写名称"))
    return reasons


def _occupation_defects(row: ListRow, known: OccupationTable, former_edition: int | None) -> list[Reason]:
    reasons = []
    if not occupation_forms.is_well_formed(row.get("code")):
        remedy = "请按“大类-中类-小类-细类”填写，例如4-02-06-01（大类1至8，其余各两位）"
        reasons.append(row.defect("code", "occupation_code_malformed", "职业编码格式不正确", remedy))
    if not row.get("name"):
        reasons.append(row.defect("name", "occupation_name_missing", "职业名称为空", "请填写职业名称"))
    if row.get("relation") not in RELATION_WORDS:
        words = "、".join(word for word in RELATION_WORDS if word)
        message = "与前版的关系无法识别"
        reasons.append(row.defect("relation", "relation_unknown", message, f"请填写{words}之一，或留空"))
    former = row.get("former_code")
    if former and former_edition is None:
        message, remedy = "填写了前版编码，但没有说明前版是哪一版", "请用 --former-edition 指明前版版次"
        reasons.append(row.defect("former_code", "former_edition_missing", message, remedy))
    elif former and former_edition is not None and known.find(former_edition, former) is None:
        message = f"前版编码{former}不在{former_edition}年版中"
        remedy = f"请先导入{former_edition}年版名单，或更正编码"
        reasons.append(row.defect("former_code", "former_code_unknown", message, remedy))
    return reasons


def _contradictions(rows: Sequence[ListRow], code: str, label: str) -> list[Reason]:
    """The same code under different names: both places are told."""
    first: dict[str, ListRow] = {}
    reasons = []
    for row in rows:
        earlier = first.setdefault(row.get("code"), row)
        if row.get("code") and earlier.get("name") != row.get("name"):
            message = (
                f"{label}{row.get('code')}出现了两个名称：第{earlier.line}行“{earlier.get('name')}”，"
                f"第{row.line}行“{row.get('name')}”"
            )
            reasons.append(row.defect("name", code, message, "请保留正确的一行"))
    return reasons


def _shared_lines(rows: Sequence[ListRow]) -> list[Reason]:
    """Two occupations that both claim to continue the same former one are a split, and must say so."""
    first: dict[str, ListRow] = {}
    reasons = []
    for row in rows:
        former = row.get("former_code")
        if not former or RELATION_WORDS.get(row.get("relation")) in (Relation.SPLIT, Relation.MERGED):
            continue
        earlier = first.setdefault(former, row)
        if earlier.get("code") != row.get("code"):
            message = f"前版编码{former}被第{earlier.line}行和第{row.line}行同时沿用"
            remedy = "一个职业拆成几个的，请在关系栏填写“拆分”"
            reasons.append(row.defect("former_code", "former_code_shared", message, remedy))
    return reasons
