"""Which kind of person's number was typed, and its judgment."""

import re
from datetime import date

from app.kernel.identifiers.checking import Checked, Findings, RawNumber, is_digits, read_number
from app.kernel.identifiers.citizen import (
    GB_11643,
    RESIDENCE_PERMIT,
    RESIDENCE_PERMIT_AREAS,
    check_eighteen,
    check_fifteen,
)
from app.kernel.identifiers.permanent_residence import (
    CARD_OF_2017,
    CARD_OF_2023,
    check_card_of_2017,
    check_card_of_2023,
)
from app.kernel.identifiers.person import AreaKnown, IdentityNumber

# The check character is the Roman numeral ten; keyboards offer letters of three alphabets and a
# multiplication sign.
_TENS = str.maketrans(dict.fromkeys("ⅩⅹХхΧχ×✕", "X"))
_CARD_OF_2017 = re.compile(r"[A-Z]{3}[0-9]{12}")
_TRAVEL_PERMIT = re.compile(r"[HM](?:[0-9]{8}|[0-9]{10})")


def written_identity_number(raw: RawNumber) -> str:
    """The number as it would be kept: half width, no spaces, an X that is a Latin X. Nothing is judged."""
    return read_number(raw).text.translate(_TENS)


def check_identity_number(
    raw: RawNumber, *, on: date, area_known: AreaKnown, field: str = "identity_number"
) -> Checked[IdentityNumber]:
    """Judge a citizen's number, a residence permit or a permanent residence card, as of the law date ``on``.

    Gives every reason at once, each with the masked value. Fifteen digits become eighteen, with a warning.
    """
    read = read_number(raw)
    text = read.text.translate(_TENS)
    findings = Findings(label="身份证件号码", shown=text, field=field, citation=GB_11643)
    if not text:
        findings.reject_missing("identity_number_missing")
    elif read.lost_digits:
        findings.reject_lost_digits("identity_number_lost_digits")
    elif _CARD_OF_2017.fullmatch(text):
        findings = Findings(label="外国人永久居留身份证号码", shown=text, field=field, citation=CARD_OF_2017)
        return check_card_of_2017(findings, text, on=on, area_known=area_known)
    elif _TRAVEL_PERMIT.fullmatch(text):
        findings.reject(
            "identity_number_travel_permit",
            "是港澳居民来往内地通行证号码，不能作为社会保障号码",
            "请填写港澳台居民居住证上的18位号码",
            citation=RESIDENCE_PERMIT,
        )
    elif len(text) == 15 and is_digits(text):
        return check_fifteen(findings, text, on=on, area_known=area_known)
    elif len(text) == 18 and is_digits(text[:17]) and (is_digits(text[17]) or text[17] == "X"):
        return _check_eighteen_by_kind(text, on=on, area_known=area_known, field=field)
    else:
        _reject_form(findings, text)
    return findings.conclude(None)


def _check_eighteen_by_kind(
    text: str, *, on: date, area_known: AreaKnown, field: str
) -> Checked[IdentityNumber]:
    # No division code begins with 9, which is why the cards of 2023 do.
    if text[0] == "9":
        findings = Findings(label="外国人永久居留身份证号码", shown=text, field=field, citation=CARD_OF_2023)
        return check_card_of_2023(findings, text, on=on, area_known=area_known)
    if text[:6] in RESIDENCE_PERMIT_AREAS:
        findings = Findings(label="港澳台居民居住证号码", shown=text, field=field, citation=RESIDENCE_PERMIT)
    else:
        findings = Findings(label="公民身份号码", shown=text, field=field, citation=GB_11643)
    return check_eighteen(findings, text, on=on, area_known=area_known)


def _reject_form(findings: Findings, text: str) -> None:
    if len(text) != 18:
        findings.reject(
            "identity_number_length",
            f"有{len(text)}位，应为18位" if len(text) < 64 else "过长，应为18位",
            "请对照证件填写完整的18位号码，检查是否漏填、多填或在同一格填了两个号码",
        )
    body, last = text[:-1], text[-1]
    if not is_digits(body) or not (is_digits(last) or last == "X"):
        findings.reject(
            "identity_number_characters",
            "含有不应出现的字符",
            "前17位只能是数字，最后一位是数字或大写字母X，请检查是否误把字母O当作0、字母I或L当作1",
        )
