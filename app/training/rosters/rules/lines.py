"""The judgment of one line: every column is looked at, every reason is kept."""

import re
import unicodedata
from dataclasses import dataclass, field, replace

from app.files.sheet import Cell, cell_text, has_lost_digits
from app.kernel.errors import UNSOURCED, Reason
from app.kernel.identifiers import (
    IdentityNumber,
    IdentityNumberKind,
    Sex,
    SocialSecurityCardNumber,
    check_identity_number,
    check_social_security_card_number,
)
from app.kernel.masking import mask_in_error, mask_phone
from app.kernel.names import normalize_name, reasons_against_name
from app.training.rosters.rules.columns import RosterColumn
from app.training.rosters.rules.entries import RosterEntry, Yardstick, label_text

MAX_REMARK_CHARACTERS = 200

_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"0[0-9]{2,3}[0-9]{7,8}")
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]*)?[Ee]\+?[0-9]{1,3}")
_BETWEEN_DIGITS = re.compile(r"[\s()-]")
_IN_BRACKETS = re.compile(r"\(.*\)")
_BETWEEN_GROUPS = re.compile(r"[、,;/\n|+]+")
_NO_GROUP = frozenset({"", "无", "否", "非", "-", "—", "--", "——", "不是", "非重点群体", "不属于", "没有"})

_KINDS = IdentityNumberKind
_DOCUMENTS: dict[str, frozenset[IdentityNumberKind]] = {
    **dict.fromkeys(
        (
            "居民身份证", "身份证", "中华人民共和国居民身份证", "二代身份证",
            "户口簿", "户口本", "居民户口簿", "社会保障卡", "社保卡",
        ),
        frozenset({_KINDS.CITIZEN}),
    ),
    **dict.fromkeys(
        ("港澳台居民居住证", "港澳居民居住证", "台湾居民居住证", "港澳台居住证", "居住证"),
        frozenset({_KINDS.HONG_KONG_MACAO_TAIWAN_RESIDENCE}),
    ),
    **dict.fromkeys(
        ("外国人永久居留身份证", "外国人永久居留证", "永久居留身份证", "永居证", "五星卡"),
        frozenset({_KINDS.PERMANENT_RESIDENCE_2017, _KINDS.PERMANENT_RESIDENCE_2023}),
    ),
}  # fmt: skip
DOCUMENT_LABELS = ("居民身份证", "港澳台居民居住证", "外国人永久居留身份证")
"""The document kinds that the template offers."""

_SEXES = {
    **dict.fromkeys(("男", "男性", "M", "m", "1"), Sex.MALE),
    **dict.fromkeys(("女", "女性", "F", "f", "2"), Sex.FEMALE),
}
_SEX_LABEL = {Sex.MALE: "男", Sex.FEMALE: "女"}


@dataclass(slots=True)
class JudgedLine:
    """A line on its way: values as far as they could be read, and everything found so far."""

    entry: RosterEntry
    name: str = field(repr=False)
    identity: IdentityNumber | None
    card: SocialSecurityCardNumber | None
    phone: str | None = field(repr=False)
    key_groups: tuple[str, ...]
    remark: str | None = field(repr=False)
    reasons: list[Reason]
    warnings: list[Reason]

    def refuse(self, reason: Reason) -> None:
        """Add a reason and note where the line stands."""
        self.reasons.append(replace(reason, sheet=self.entry.sheet, line=self.entry.line))


def judge_line(entry: RosterEntry, yardstick: Yardstick) -> JudgedLine:
    """Judge every column of ``entry``; nothing is stored, nothing is guessed."""
    identity = check_identity_number(
        entry.identity_number, on=yardstick.on, area_known=yardstick.area_known, field="identity_number"
    )
    name = cell_text(entry.name)
    reasons: list[Reason] = [*_reasons_against_name_cell(entry.name, name), *identity.reasons]
    warnings: list[Reason] = list(identity.warnings)
    _judge_document_kind(cell_text(entry.document_kind), identity.value, reasons)
    _judge_sex(label_text(cell_text(entry.sex)), identity.value, reasons, warnings)
    card = _judge_card(entry.card_number, reasons, warnings)
    phone = _judge_phone(entry.phone, reasons)
    groups = _judge_key_groups(cell_text(entry.key_group), yardstick, reasons)
    remark = cell_text(entry.remark)
    if len(remark) > MAX_REMARK_CHARACTERS:
        reasons.append(
            _reason(
                "remark_too_long",
                RosterColumn.REMARK,
                f"备注有{len(remark)}个字符，超过{MAX_REMARK_CHARACTERS}个",
                "请缩短备注",
            )
        )
    place = {"sheet": entry.sheet, "line": entry.line}
    return JudgedLine(
        entry=entry,
        name=normalize_name(name),
        identity=identity.value,
        card=card,
        phone=phone,
        key_groups=groups,
        remark=remark or None,
        reasons=[replace(reason, **place) for reason in reasons],  # type: ignore[arg-type]
        warnings=[replace(warning, **place) for warning in warnings],  # type: ignore[arg-type]
    )


def _reasons_against_name_cell(cell: Cell, name: str) -> tuple[Reason, ...]:
    if isinstance(cell, bool):
        text = "姓名是表格软件的逻辑值（TRUE、FALSE），不是文字"
        return (_reason("name_not_text", RosterColumn.NAME, text, "请按身份证件填写姓名"),)
    return reasons_against_name(name)


def _judge_document_kind(text: str, identity: IdentityNumber | None, reasons: list[Reason]) -> None:
    label = _IN_BRACKETS.sub("", label_text(text))
    if not label:
        return
    kinds = _DOCUMENTS.get(label)
    if kinds is None:
        shown = (
            label if len(label) <= 20 and not re.search(r"[0-9A-Za-z]{4}", label) else mask_in_error(label)
        )
        reasons.append(
            _reason(
                "document_kind_unknown",
                RosterColumn.DOCUMENT_KIND,
                f"证件类型“{shown}”不能用于实名登记",
                f"请填写：{'、'.join(DOCUMENT_LABELS)}；持护照或来往内地通行证的，请先申领居住证或永久居留身份证",
                value=shown,
            )
        )
    elif identity is not None and identity.kind not in kinds:
        reasons.append(
            _reason(
                "document_kind_mismatch",
                RosterColumn.DOCUMENT_KIND,
                f"证件类型“{label}”与证件号码的种类不一致",
                "请核对证件类型和证件号码，二者应出自同一证件",
                value=label,
            )
        )


def _judge_sex(
    label: str, identity: IdentityNumber | None, reasons: list[Reason], warnings: list[Reason]
) -> None:
    """The number tells the sex (GB 11643, odd male): the column only serves to find slips of the pen."""
    if not label:
        return
    sex = _SEXES.get(label)
    if sex is None:
        text = "性别无法识别，未采用"
        warnings.append(_reason("sex_unreadable", RosterColumn.SEX, text, "请填写“男”或“女”，或留空"))
    elif identity is not None and sex is not identity.sex:
        reasons.append(
            _reason(
                "sex_mismatch",
                RosterColumn.SEX,
                f"性别“{_SEX_LABEL[sex]}”与证件号码表示的“{_SEX_LABEL[identity.sex]}”不一致",
                "请对照证件核对性别和证件号码，多为号码抄错或错行",
                value=_SEX_LABEL[sex],
            )
        )


def _judge_card(cell: Cell, reasons: list[Reason], warnings: list[Reason]) -> SocialSecurityCardNumber | None:
    text = cell_text(cell)
    if not text:
        return None
    if has_lost_digits(cell) or _SCIENTIFIC.fullmatch(text):
        reasons.append(
            _lost_digits("card_number_lost_digits", RosterColumn.CARD_NUMBER, "社会保障卡卡号", text)
        )
        return None
    if all(unicodedata.category(char)[0] in "CZ" for char in text):
        said, remedy = "社会保障卡卡号只有看不见的字符", "请清空后重新键入；卡号可以留空"
        reasons.append(_reason("card_number_invisible", RosterColumn.CARD_NUMBER, said, remedy))
        return None
    checked = check_social_security_card_number(cell)
    reasons.extend(checked.reasons)
    warnings.extend(checked.warnings)
    if not isinstance(cell, str) and len(text) < 9:
        warnings.append(
            _reason(
                "card_number_leading_zeros",
                RosterColumn.CARD_NUMBER,
                f"社会保障卡卡号“{mask_in_error(text)}”以数值保存，开头的0可能已经丢失",
                "请把该列设为“文本”格式，对照社会保障卡核对",
                value=mask_in_error(text),
            )
        )
    return checked.value


def _judge_phone(cell: Cell, reasons: list[Reason]) -> str | None:
    """A mobile number or a landline with area code; ``13800000000.0`` of a CSV is meant as it looks."""
    text = cell_text(cell)
    if not text:
        return None
    plain = _BETWEEN_DIGITS.sub("", unicodedata.normalize("NFKC", text)).lstrip("'’‘`")
    plain = plain.removesuffix(".0").removeprefix("+")
    if len(plain) == 13 and plain.startswith("86"):
        plain = plain[2:]
    if _MOBILE.fullmatch(plain) or _LANDLINE.fullmatch(plain):
        return plain
    if _SCIENTIFIC.fullmatch(plain) or has_lost_digits(cell):
        reasons.append(_lost_digits("phone_lost_digits", RosterColumn.PHONE, "手机号", plain))
        return None
    shown = (
        mask_phone(plain)
        if plain.isascii() and plain.isdigit() and len(plain) <= 20
        else mask_in_error(plain)
    )
    reasons.append(
        _reason(
            "phone_form",
            RosterColumn.PHONE,
            f"手机号“{shown}”不是11位手机号码，也不是带区号的固定电话",
            "请填写1开头的11位手机号码；没有的可以留空",
            value=shown,
        )
    )
    return None


def _judge_key_groups(text: str, yardstick: Yardstick, reasons: list[Reason]) -> tuple[str, ...]:
    whole = label_text(text)
    if whole in yardstick.key_groups:
        return (yardstick.key_groups[whole],)
    codes: list[str] = []
    for part in _BETWEEN_GROUPS.split(unicodedata.normalize("NFKC", text)):
        label = label_text(part)
        if label in _NO_GROUP:
            continue
        code = yardstick.key_groups.get(label)
        if code is None:
            shown = label if len(label) <= 20 and not re.search(r"[0-9]{4}", label) else mask_in_error(label)
            reasons.append(
                _reason(
                    "key_group_unknown",
                    RosterColumn.KEY_GROUP,
                    f"重点群体“{shown}”不在现行名单内",
                    "请从名册模板的下拉列表中选择；属于几类的用顿号分开，都不属于的留空",
                    value=shown,
                )
            )
        elif code not in codes:
            codes.append(code)
    return tuple(codes)


def _lost_digits(code: str, column: RosterColumn, label: str, text: str) -> Reason:
    return _reason(
        code,
        column,
        f"{label}“{mask_in_error(text)}”已被表格软件当作数值保存，末尾数字已经丢失，无法还原",
        "请先把该列的单元格格式设为“文本”，再重新输入完整号码",
        value=mask_in_error(text),
    )


def _reason(
    code: str, column: RosterColumn, message: str, remedy: str, *, value: str | None = None
) -> Reason:
    return Reason(
        code=code, message=message, remedy=remedy, field=column.value, value=value, citation=UNSOURCED
    )
