"""外国人永久居留身份证: 15 characters on cards of 2017 (and the certificates before them), 18 digits since
2023-12-01.
"""

from datetime import date

from app.kernel.errors import UNSOURCED, Citation
from app.kernel.identifiers.checking import Checked, Findings
from app.kernel.identifiers.citizen import judge_check_digit
from app.kernel.identifiers.countries import alpha_3_for, was_country
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

CARD_OF_2017 = UNSOURCED  # layout known from cards and programs that read them; no published text at hand
CARD_OF_2023 = Citation(document="国家移民管理局关于2023年版外国人永久居留身份证的说明", clause="")


def check_digit_of_2017(fourteen: str) -> str:
    """The 15th digit: weights 7-3-1 over values 0-9, A=10 … Z=35, modulo 10, as in passports (ICAO Doc
    9303-3, 4.9).
    """
    return str(sum(int(char, 36) * (7, 3, 1)[index % 3] for index, char in enumerate(fourteen)) % 10)


def check_card_of_2023(
    findings: Findings, text: str, *, on: date, area_known: AreaKnown
) -> Checked[IdentityNumber]:
    """Judge ``9`` + province (2) + ISO 3166 number (3) + birth date (8) + order (3) + check digit (ISO 7064
    MOD 11-2).
    """
    area_code, born_on = f"{text[1:3]}0000", date_from_digits(text[6:14])
    country = alpha_3_for(text[3:6])
    if country is None:
        _reject_country(findings, "第4至6位的国家数字代码")
    judge_birth(findings, born_on, on=on)
    judge_check_digit(findings, text, code="permanent_residence_check_digit")
    judge_area(findings, area_code, born_on, on=on, area_known=area_known)
    if born_on is None:
        return findings.conclude(None)
    return findings.conclude(
        IdentityNumber(
            number=text,
            kind=IdentityNumberKind.PERMANENT_RESIDENCE_2023,
            area_code=area_code,
            born_on=born_on,
            sex=Sex.of_order(text[16]),
            country_code=country,
        )
    )


def check_card_of_2017(
    findings: Findings, text: str, *, on: date, area_known: AreaKnown
) -> Checked[IdentityNumber]:
    """Judge country (3 letters) + area (4) + YYMMDD + order (1) + check digit (7-3-1).

    The century is not on the card: the later one that gives a date not after ``on`` is taken, with a warning
    where the earlier would be possible too.
    """
    if not was_country(text[:3]):
        _reject_country(findings, "开头三个字母表示的国家代码")
    births = [born for born in _possible_births(text[7:13], on=on) if born is not None]
    born_on = births[0] if births else None
    judge_birth(findings, born_on, on=on)
    if len(births) > 1:
        findings.warn(
            "permanent_residence_century_inferred",
            "只记出生年份的后两位，已按较近的世纪理解",
            "请对照证件上的出生日期核对",
        )
    if check_digit_of_2017(text[:14]) != text[14]:
        findings.reject(
            "permanent_residence_check_digit", "的校验位不符，至少有一个字符不对", "请对照证件逐位核对"
        )
    judge_area(findings, f"{text[3:7]}00", born_on, on=on, area_known=area_known)
    if born_on is None:
        return findings.conclude(None)
    return findings.conclude(
        IdentityNumber(
            number=text,
            kind=IdentityNumberKind.PERMANENT_RESIDENCE_2017,
            area_code=f"{text[3:7]}00",
            born_on=born_on,
            sex=Sex.of_order(text[13]),
            country_code=text[:3],
        )
    )


def _possible_births(digits: str, *, on: date) -> list[date | None]:
    """The dates that YYMMDD can mean for a person alive on ``on``, the latest first."""
    dates = (date_from_digits(f"{century:02}{digits}") for century in (on.year // 100, on.year // 100 - 1))
    return [
        born for born in dates if born is not None and born <= on and on.year - born.year <= MAX_AGE_YEARS
    ]


def _reject_country(findings: Findings, where: str) -> None:
    findings.reject(
        "permanent_residence_country_unknown",
        f"{where}不存在",
        "请对照证件核对国家代码",
        citation=Citation(document="ISO 3166-1", clause=""),
    )
