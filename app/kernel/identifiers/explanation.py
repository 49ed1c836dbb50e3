"""Tell which kind of number a text is, and what each of its positions says."""

import re
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from app.kernel.errors import Reason
from app.kernel.identifiers.cards import check_bank_card_number, check_card_identification_code
from app.kernel.identifiers.checking import Checked, RawNumber, SensitiveNumber, read_number
from app.kernel.identifiers.credit_code import check_credit_code
from app.kernel.identifiers.identity_number import check_identity_number, written_identity_number
from app.kernel.identifiers.person import AreaKnown
from app.kernel.masking import mask_in_error


class NumberKind(StrEnum):
    """The kinds of number that can be told apart by their look."""

    CITIZEN = "citizen"
    HONG_KONG_MACAO_TAIWAN_RESIDENCE = "hong_kong_macao_taiwan_residence"
    PERMANENT_RESIDENCE_2017 = "permanent_residence_2017"
    PERMANENT_RESIDENCE_2023 = "permanent_residence_2023"
    CREDIT_CODE = "unified_social_credit_code"
    CARD_IDENTIFICATION_CODE = "card_identification_code"
    BANK_CARD = "bank_card"
    UNKNOWN = "unknown"

    @property
    def label(self) -> str:
        """The Chinese name of the kind."""
        return _LABELS[self]


_LABELS = {
    NumberKind.CITIZEN: "公民身份号码（社会保障号码）",
    NumberKind.HONG_KONG_MACAO_TAIWAN_RESIDENCE: "港澳台居民居住证号码",
    NumberKind.PERMANENT_RESIDENCE_2017: "外国人永久居留身份证号码（2017年版）",
    NumberKind.PERMANENT_RESIDENCE_2023: "外国人永久居留身份证号码（2023年版）",
    NumberKind.CREDIT_CODE: "统一社会信用代码",
    NumberKind.CARD_IDENTIFICATION_CODE: "社会保障卡卡识别码",
    NumberKind.BANK_CARD: "银行卡号",
    NumberKind.UNKNOWN: "无法判断种类的号码",
}

_LAYOUTS: dict[NumberKind, tuple[tuple[int, str], ...]] = {
    NumberKind.CITIZEN: (
        (6, "行政区划代码"),
        (8, "出生日期"),
        (3, "顺序码（末位单数为男、双数为女）"),
        (1, "校验码"),
    ),
    NumberKind.HONG_KONG_MACAO_TAIWAN_RESIDENCE: (
        (6, "地区代码（810000香港、820000澳门、830000台湾）"),
        (8, "出生日期"),
        (3, "顺序码（末位单数为男、双数为女）"),
        (1, "校验码"),
    ),
    NumberKind.PERMANENT_RESIDENCE_2017: (
        (3, "国籍国代码"),
        (4, "受理地区代码"),
        (6, "出生日期（年份后两位）"),
        (1, "顺序码（单数为男、双数为女）"),
        (1, "校验码"),
    ),
    NumberKind.PERMANENT_RESIDENCE_2023: (
        (1, "外国人标识"),
        (2, "受理地省级代码"),
        (3, "国籍国数字代码"),
        (8, "出生日期"),
        (3, "顺序码（末位单数为男、双数为女）"),
        (1, "校验码"),
    ),
    NumberKind.CREDIT_CODE: (
        (1, "登记管理部门代码"),
        (1, "机构类别代码"),
        (6, "登记管理机关行政区划码"),
        (9, "主体标识码（组织机构代码）"),
        (1, "校验码"),
    ),
    NumberKind.CARD_IDENTIFICATION_CODE: ((6, "发卡地区代码"), (26, "卡识别码其余部分")),
}


# Which kind a defective number was probably meant to be, the more telling shapes first.
_SHAPES = (
    (re.compile(r"[1-8][0-9]{16}.|[1-8][0-9]{14}"), NumberKind.CITIZEN),
    (re.compile(r"9[0-9]{5}(?:19|20)[0-9]{10}"), NumberKind.PERMANENT_RESIDENCE_2023),
    (re.compile(r"[A-Z]{3}.{12}"), NumberKind.PERMANENT_RESIDENCE_2017),
    (re.compile(r"[1-9ANY].{17}"), NumberKind.CREDIT_CODE),
    (re.compile(r"[0-9A-Z]{30,34}"), NumberKind.CARD_IDENTIFICATION_CODE),
    (re.compile(r"[0-9]{13,14}|[0-9]{16}|[0-9]{19}"), NumberKind.BANK_CARD),
)


@dataclass(frozen=True, slots=True)
class Position:
    """Characters ``first`` to ``last`` (counted from 1) and what they say. ``text`` is not printed."""

    first: int
    last: int
    meaning: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a number seems to be and everything found about it.

    ``number`` (18 digits for an old 15-digit one) is not printed.
    """

    kind: NumberKind
    masked: str
    number: str = field(repr=False)
    positions: tuple[Position, ...]
    reasons: tuple[Reason, ...]
    warnings: tuple[Reason, ...]

    @property
    def is_valid(self) -> bool:
        """Whether nothing stands against the number."""
        return not self.reasons


def explain(raw: RawNumber, *, on: date, area_known: AreaKnown) -> Explanation:
    """Find the kind of ``raw`` and judge it as of ``on``.

    Several kinds are possible for 18 digits; the first one that holds is taken, in the order person,
    organization, bank card. When none holds, the reasons are those of the kind it looks most like.
    """
    identity = check_identity_number(raw, on=on, area_known=area_known)
    if identity.value is not None:
        return _explanation(NumberKind(identity.value.kind), identity.value.number, identity)
    credit_code = check_credit_code(raw, on=on, area_known=area_known)
    if credit_code.is_valid:
        return _of_number(NumberKind.CREDIT_CODE, credit_code)
    card_code = check_card_identification_code(raw)
    if card_code.is_valid:
        return _of_number(NumberKind.CARD_IDENTIFICATION_CODE, card_code)
    bank_card = check_bank_card_number(raw)
    if bank_card.is_valid:
        return _of_number(NumberKind.BANK_CARD, bank_card)
    kind = _likely_kind(raw)
    by_kind: dict[NumberKind, Checked[SensitiveNumber]] = {
        NumberKind.CREDIT_CODE: credit_code,
        NumberKind.CARD_IDENTIFICATION_CODE: card_code,
        NumberKind.BANK_CARD: bank_card,
    }
    return _explanation(kind, written_identity_number(raw), by_kind.get(kind, identity))


def _likely_kind(raw: RawNumber) -> NumberKind:
    """The kind that a defective number looks most like; only its shape is asked."""
    if read_number(raw).lost_digits:
        return NumberKind.UNKNOWN
    text = written_identity_number(raw).replace("-", "")
    return next((kind for shape, kind in _SHAPES if shape.fullmatch(text)), NumberKind.UNKNOWN)


def _of_number(kind: NumberKind, checked: Checked[SensitiveNumber]) -> Explanation:
    return _explanation(kind, checked.require().number, checked)


def _explanation(kind: NumberKind, number: str, checked: Checked[SensitiveNumber]) -> Explanation:
    positions: list[Position] = []
    layout = _LAYOUTS.get(kind, ())
    if sum(length for length, _ in layout) == len(number):
        first = 1
        for length, meaning in layout:
            last = first + length - 1
            positions.append(Position(first, last, meaning, number[first - 1 : last]))
            first = last + 1
    return Explanation(
        kind=kind,
        masked=mask_in_error(number),
        number=number,
        positions=tuple(positions),
        reasons=checked.reasons,
        warnings=checked.warnings,
    )
