"""The forms certificate numbers have, and the parts of each (mission §3.8, with the confidence of each form there)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.archive.certificates.states import CertificateKind
from app.kernel.errors import UNSOURCED, Citation

QUALIFICATION_RULE = Citation("职业技能鉴定编码规则", "二")
SKILL_LEVEL_RULE = Citation("职业技能等级证书编码规则", "二")
SPECIAL_TECHNICIAN_RULE = Citation("特级技师证书编码规则", "")
COMPLETION_RULE = Citation("人社部发〔2024〕5号", "")


class NumberForm(StrEnum):
    """A layout of numbers; one kind of certificate may have several."""

    QUALIFICATION = "qualification"
    QUALIFICATION_SHANGHAI = "qualification_shanghai"
    SKILL_LEVEL = "skill_level"
    SPECIAL_TECHNICIAN = "special_technician"
    SPECIAL_TECHNICIAN_LETTERS_FIRST = "special_technician_letters_first"
    SKILL_LEVEL_PILOT = "skill_level_pilot"
    SPECIAL_OPERATION = "special_operation"
    SPECIAL_OPERATION_OLD = "special_operation_old"
    TRAINING_COMPLETION = "training_completion"
    CONSTRUCTION_OPERATION = "construction_operation"
    SPECIAL_EQUIPMENT = "special_equipment"
    FREE = "free"


FORM_LABELS: Mapping[NumberForm, str] = {
    NumberForm.QUALIFICATION: "职业资格证书编号（16位）",
    NumberForm.QUALIFICATION_SHANGHAI: "职业资格证书编号（上海早期13位）",
    NumberForm.SKILL_LEVEL: "职业技能等级证书编号（22位）",
    NumberForm.SPECIAL_TECHNICIAN: "特级技师证书编号（22位）",
    NumberForm.SPECIAL_TECHNICIAN_LETTERS_FIRST: "特级技师证书编号（22位，两个字母在前）",
    NumberForm.SKILL_LEVEL_PILOT: "职业技能等级证书编号（早期试点20位）",
    NumberForm.SPECIAL_OPERATION: "特种作业操作证证号（T加身份证件号码）",
    NumberForm.SPECIAL_OPERATION_OLD: "特种作业操作证证号（早期14位）",
    NumberForm.TRAINING_COMPLETION: "培训合格证书编号（本系统核发）",
    NumberForm.CONSTRUCTION_OPERATION: "建筑施工特种作业操作资格证编号",
    NumberForm.SPECIAL_EQUIPMENT: "特种设备作业人员证编号",
    NumberForm.FREE: "没有公开编码规则的编号",
}

KIND_OF_FORM: Mapping[NumberForm, CertificateKind] = {
    NumberForm.QUALIFICATION: CertificateKind.VOCATIONAL_QUALIFICATION,
    NumberForm.QUALIFICATION_SHANGHAI: CertificateKind.VOCATIONAL_QUALIFICATION,
    NumberForm.SKILL_LEVEL: CertificateKind.SKILL_LEVEL,
    NumberForm.SPECIAL_TECHNICIAN: CertificateKind.SKILL_LEVEL,
    NumberForm.SPECIAL_TECHNICIAN_LETTERS_FIRST: CertificateKind.SKILL_LEVEL,
    NumberForm.SKILL_LEVEL_PILOT: CertificateKind.SKILL_LEVEL,
    NumberForm.SPECIAL_OPERATION: CertificateKind.SPECIAL_OPERATION,
    NumberForm.SPECIAL_OPERATION_OLD: CertificateKind.SPECIAL_OPERATION,
    NumberForm.TRAINING_COMPLETION: CertificateKind.TRAINING_COMPLETION,
}
"""Forms of other systems, and free ones, are of no kind that the registry keeps by its form."""

CITATION_OF_FORM: Mapping[NumberForm, Citation] = {
    NumberForm.QUALIFICATION: QUALIFICATION_RULE,
    NumberForm.SKILL_LEVEL: SKILL_LEVEL_RULE,
    NumberForm.SPECIAL_TECHNICIAN: SPECIAL_TECHNICIAN_RULE,
    NumberForm.SPECIAL_TECHNICIAN_LETTERS_FIRST: SPECIAL_TECHNICIAN_RULE,
    NumberForm.TRAINING_COMPLETION: COMPLETION_RULE,
}


class PartKey(StrEnum):
    """What a part of a number says."""

    YEAR = "year"
    REGION = "region"
    CITY = "city"
    QUALIFICATION_BODY_KIND = "qualification_body_kind"
    BODY = "body"
    LEVEL = "level"
    SERIAL = "serial"
    EVALUATION_BODY_KIND = "evaluation_body_kind"
    FILED_AT = "filed_at"
    PROVINCE = "province"
    DIVISION = "division"
    IDENTITY = "identity"
    OPERATION = "operation"
    CHECK = "check"
    MARK = "mark"
    UNEXPLAINED = "unexplained"


@dataclass(frozen=True, slots=True)
class Part:
    """Characters ``first`` to ``last`` (counted from 1, as written without spaces); they are not printed."""

    key: PartKey
    first: int
    last: int
    meaning: str
    characters: str = field(repr=False)

    @property
    def place(self) -> str:
        """``第3至4位``."""
        return f"第{self.first}位" if self.first == self.last else f"第{self.first}至{self.last}位"


_SHAPES: Mapping[NumberForm, str] = {
    NumberForm.SPECIAL_EQUIPMENT: r"TS6[0-9A-Z]{9}",
    NumberForm.CONSTRUCTION_OPERATION: r"[一-鿿][A-Z][0-9]{12}",
    NumberForm.SKILL_LEVEL_PILOT: r"R[GSCX][NW][0-9]{17}",
    NumberForm.SKILL_LEVEL: r"[A-Z][0-9]{21}",
    NumberForm.SPECIAL_TECHNICIAN: r"[A-Z][0-9]{14}[A-Z][0-9]{6}",
    NumberForm.SPECIAL_TECHNICIAN_LETTERS_FIRST: r"[A-Z]{2}[0-9]{20}",
    NumberForm.SPECIAL_OPERATION: r"T[0-9]{13,18}[0-9X]",
    NumberForm.TRAINING_COMPLETION: r"H[0-9]{6}-?[0-9]{4}-?[0-9]{8}-?[0-9X]",
    NumberForm.QUALIFICATION_SHANGHAI: r"000[0-9]{13}|[0-9]{13}",
    NumberForm.QUALIFICATION: r"[0-9]{16}",
    NumberForm.SPECIAL_OPERATION_OLD: r"[0-9]{14}",
}
# One pattern, the first shape that fits: lists of a hundred thousand numbers are recognized by it.
_ANY_SHAPE = re.compile("|".join(f"(?P<{form.value}>{shape})" for form, shape in _SHAPES.items()))
_FORM_OF_GROUP: Mapping[str | None, NumberForm] = {form.value: form for form in _SHAPES}

_SEVEN_PARTS = (
    (PartKey.EVALUATION_BODY_KIND, 1, "评价机构类别"),
    (PartKey.FILED_AT, 4, "评价机构代码"),
    (PartKey.PROVINCE, 2, "评价机构（站点）所在省级代码（GB/T 2260）"),
    (PartKey.BODY, 6, "评价机构（站点）序列码"),
    (PartKey.YEAR, 2, "核发年份"),
    (PartKey.LEVEL, 1, "职业技能等级"),
    (PartKey.SERIAL, 6, "证书序列码"),
)
_LAYOUTS: Mapping[NumberForm, tuple[tuple[PartKey, int, str], ...]] = {
    NumberForm.QUALIFICATION: (
        (PartKey.YEAR, 2, "核发年份"),
        (PartKey.REGION, 2, "省（区、市）或行业（原劳动保障部门代码表，不是GB/T 2260）"),
        (PartKey.CITY, 2, "发证地市"),
        (PartKey.QUALIFICATION_BODY_KIND, 1, "鉴定机构类别"),
        (PartKey.BODY, 3, "鉴定机构序号"),
        (PartKey.LEVEL, 1, "等级"),
        (PartKey.SERIAL, 5, "当年该机构该等级的核发序号"),
    ),
    NumberForm.SKILL_LEVEL: _SEVEN_PARTS,
    NumberForm.SPECIAL_TECHNICIAN: _SEVEN_PARTS,
    NumberForm.SPECIAL_TECHNICIAN_LETTERS_FIRST: (
        (PartKey.EVALUATION_BODY_KIND, 1, "评价机构类别"),
        (PartKey.UNEXPLAINED, 21, "其余各位（排列没有公开的说明）"),
    ),
    NumberForm.SKILL_LEVEL_PILOT: (
        (PartKey.MARK, 3, "试点标识"),
        (PartKey.DIVISION, 6, "行政区划代码"),
        (PartKey.BODY, 3, "评价机构序号"),
        (PartKey.YEAR, 2, "核发年份"),
        (PartKey.LEVEL, 1, "等级"),
        (PartKey.SERIAL, 5, "序号"),
    ),
    NumberForm.SPECIAL_OPERATION_OLD: (
        (PartKey.UNEXPLAINED, 5, "发证机关等（没有公开的说明）"),
        (PartKey.OPERATION, 1, "作业类别代码"),
        (PartKey.UNEXPLAINED, 8, "其余各位（没有公开的说明）"),
    ),
    NumberForm.TRAINING_COMPLETION: (
        (PartKey.MARK, 1, "培训合格证书标识"),
        (PartKey.DIVISION, 6, "培训班所在行政区划代码"),
        (PartKey.YEAR, 4, "发证年份"),
        (PartKey.SERIAL, 8, "序号"),
        (PartKey.CHECK, 1, "校验码（ISO 7064 MOD 11-2）"),
    ),
    NumberForm.CONSTRUCTION_OPERATION: (
        (PartKey.MARK, 2, "省份简称和城市字母"),
        (PartKey.OPERATION, 2, "工种类别代码"),
        (PartKey.YEAR, 4, "发证年份"),
        (PartKey.SERIAL, 6, "序号"),
    ),
    NumberForm.SPECIAL_EQUIPMENT: ((PartKey.MARK, 3, "特种设备标识"), (PartKey.UNEXPLAINED, 9, "其余各位")),
}


def written(text: str) -> str:
    """The number in its one spelling: dashes only where the form has them, the query form of Shanghai's numbers.

    ``text`` is half width, without spaces and in capitals already (``read_number``).
    """
    bare = text.replace("-", "")
    form = recognize(bare)
    if form is NumberForm.TRAINING_COMPLETION:
        return f"{bare[:7]}-{bare[7:11]}-{bare[11:19]}-{bare[19:]}"
    if form is NumberForm.QUALIFICATION_SHANGHAI and len(bare) == 13:
        return f"000{bare}"
    return text if form is NumberForm.FREE else bare


def recognize(text: str) -> NumberForm:
    """The form that ``text`` has, by its shape alone.

    16 digits beginning with 000 are Shanghai's old 13 in the spelling of the national query (secondary source); they
    may also be a number of 2000 with a region below 10, which only the day of issue tells.
    """
    found = _ANY_SHAPE.fullmatch(text)
    return NumberForm.FREE if found is None else _FORM_OF_GROUP[found.lastgroup]


def parts_of(form: NumberForm, number: str) -> tuple[Part, ...]:
    """The parts of a number of this form; dashes are not counted."""
    bare = number.replace("-", "")
    parts = []
    first = 1
    for key, length, meaning in _LAYOUTS.get(form) or _whole(form, bare):
        last = first + length - 1
        parts.append(Part(key, first, last, meaning, bare[first - 1 : last]))
        first = last + 1
    return tuple(parts)


def _whole(form: NumberForm, bare: str) -> tuple[tuple[PartKey, int, str], ...]:
    """Layouts that depend on the length."""
    if form is NumberForm.SPECIAL_OPERATION:
        return ((PartKey.MARK, 1, "特种作业标识"), (PartKey.IDENTITY, len(bare) - 1, "持证人身份证件号码"))
    if form is NumberForm.QUALIFICATION_SHANGHAI:
        filling = ((PartKey.MARK, 3, "查询时补在前面的三个零"),) if len(bare) == 16 else ()
        return (*filling, (PartKey.UNEXPLAINED, 13, "上海早期编号（没有公开的说明）"))
    return ((PartKey.UNEXPLAINED, len(bare), "没有公开的编码规则"),) if bare else ()


def citation_of(form: NumberForm) -> Citation:
    """Where the layout comes from; UNSOURCED for those that only hearsay describes."""
    return CITATION_OF_FORM.get(form, UNSOURCED)
