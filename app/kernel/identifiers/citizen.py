"""公民身份号码 (GB 11643) and 港澳台居民居住证 numbers, which share its structure."""

import re
from datetime import date, timedelta
from functools import lru_cache

from stdnum.iso7064 import mod_11_2

from app.kernel.errors import Citation
from app.kernel.identifiers.checking import Checked, Findings
from app.kernel.identifiers.person import (
    MAX_AGE_YEARS,
    AreaKnown,
    IdentityNumber,
    IdentityNumberKind,
    Sex,
    date_from_digits,
    judge_area,
    judge_birth,
)

GB_11643 = Citation(document="GB 11643-1999", clause="")
RESIDENCE_PERMIT = Citation(document="国办发〔2018〕81号", clause="")
RESIDENCE_PERMIT_AREAS = frozenset({"810000", "820000", "830000"})

_FIRST_CENTENARIAN_ORDER = "996"
# First digits 1 to 7 are the mainland and Taiwan; 8 is the permits' and 9 the permanent residents'.
_CITIZEN_SHAPE = re.compile(r"[1-7][0-9]{16}[0-9X]")
_SEX_OF_ORDER = {str(digit): Sex.MALE if digit % 2 else Sex.FEMALE for digit in range(10)}
# ISO 7064 MOD 11-2 weighs the places of a number by powers of two. Of three characters at once this is their part of
# the sum; a group further left counts eight times as much.
_SUM_OF_THREE = {
    f"{tens:02}{last}": 4 * (tens // 10) + 2 * (tens % 10) + (10 if last == "X" else int(last))
    for tens in range(100)
    for last in "0123456789X"
}


def check_digit_of(seventeen: str) -> str:
    """The 18th character for 17 digits: ISO 7064 MOD 11-2, ``X`` for ten."""
    return str(mod_11_2.calc_check_digit(seventeen))


def eighteen_digits_from(fifteen: str) -> str:
    """The 18-digit form of a 15-digit number: century inserted, check digit appended.

    Order codes 996 to 999 were kept for people then past a hundred, so those get 18, all others 19.
    """
    century = "18" if fifteen[12:] >= _FIRST_CENTENARIAN_ORDER else "19"
    seventeen = fifteen[:6] + century + fifteen[6:]
    return seventeen + check_digit_of(seventeen)


def judge_check_digit(findings: Findings, text: str, *, code: str) -> None:
    """Reject a wrong 18th character; three zeros at the end point to a spreadsheet instead of a slip of the
    pen.

    One rounded number in eleven passes the check by chance, and one true number in a thousand ends so: a
    warning.
    """
    if mod_11_2.checksum(text) == 1:
        if text.endswith("000"):
            findings.warn(
                "identity_number_trailing_zeros",
                "以000结尾，可能是表格软件丢失了末尾数字",
                "请对照证件核对最后三位；核对无误的可以继续办理",
            )
    elif text.endswith("000"):
        findings.reject_lost_digits("identity_number_lost_digits")
    else:
        findings.reject(code, "的校验位不符，至少有一位数字不对", "请对照证件逐位核对，注意相邻两位是否颠倒")


def check_eighteen(
    findings: Findings, text: str, *, on: date, area_known: AreaKnown, fifteen_digits: str | None = None
) -> Checked[IdentityNumber]:
    """Judge 17 digits and a check digit (ISO 7064), birth date, age and area, all at once."""
    area_code, born_on = text[:6], date_from_digits(text[6:14])
    is_permit = area_code in RESIDENCE_PERMIT_AREAS
    judge_birth(findings, born_on, on=on)
    judge_check_digit(findings, text, code="identity_number_check_digit")
    if not is_permit:
        judge_area(findings, area_code, born_on, on=on, area_known=area_known)
    if born_on is None:
        return findings.conclude(None)
    kinds = IdentityNumberKind
    return findings.conclude(
        IdentityNumber(
            number=text,
            kind=kinds.HONG_KONG_MACAO_TAIWAN_RESIDENCE if is_permit else kinds.CITIZEN,
            area_code=area_code,
            born_on=born_on,
            sex=Sex.of_order(text[16]),
            fifteen_digits=fifteen_digits,
        )
    )


def sound_citizen_number(text: str, *, on: date) -> IdentityNumber | None:
    """The citizen's number that ``text`` is, character by character, if nothing at all stands against it on ``on``.

    For long lists: a quarter of the time of ``check_identity_number``, which is to be asked when the answer is
    ``None`` and which alone knows reasons, remarks (area, trailing zeros), other documents and other spellings.
    """
    if _CITIZEN_SHAPE.fullmatch(text) is None:
        return None
    weigh = _SUM_OF_THREE
    total = weigh[text[:3]]
    for at in (3, 6, 9, 12, 15):
        total = 8 * total + weigh[text[at : at + 3]]
    born_on = date_from_digits(text[6:14])
    if total % 11 != 1 or born_on is None or not _earliest_birth(on) <= born_on <= on:
        return None
    return IdentityNumber(text, IdentityNumberKind.CITIZEN, text[:6], born_on, _SEX_OF_ORDER[text[16]])


@lru_cache(8)
def _earliest_birth(on: date) -> date:
    """The first day of birth that ``judge_birth`` takes on ``on``."""
    findings = Findings(label="", shown="", field="", citation=GB_11643)
    day = on.replace(year=on.year - MAX_AGE_YEARS - 1, day=1) - timedelta(days=1)
    while True:
        judge_birth(findings, day, on=on)
        if not findings.reasons:
            return day
        findings.reasons.clear()
        day += timedelta(days=1)


def check_fifteen(
    findings: Findings, text: str, *, on: date, area_known: AreaKnown
) -> Checked[IdentityNumber]:
    """Judge a 15-digit number by its 18-digit form, with a warning: it carried no check digit of its own."""
    findings.warn(
        "identity_number_fifteen_digits",
        "是15位旧号码，已换算为18位；旧号码没有校验位，无法发现输入错误",
        "请对照现行证件核对18位号码",
    )
    return check_eighteen(
        findings, eighteen_digits_from(text), on=on, area_known=area_known, fifteen_digits=text
    )
