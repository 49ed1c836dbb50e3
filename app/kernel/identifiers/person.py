"""What all numbers of persons share: area, birth date, sex."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from app.kernel.errors import UNSOURCED
from app.kernel.identifiers.checking import Findings, SensitiveNumber
from app.kernel.periods import DatePeriod, add_months

AreaKnown = Callable[[str, DatePeriod], bool]
"""Whether a six-digit division code was in force on at least one day of the period."""

MAX_AGE_YEARS = 120


class IdentityNumberKind(StrEnum):
    """The documents whose number names a person in the registry."""

    CITIZEN = "citizen"
    """公民身份号码, GB 11643; it is the 社会保障号码 as well (Social Insurance Law, article 58)."""
    HONG_KONG_MACAO_TAIWAN_RESIDENCE = "hong_kong_macao_taiwan_residence"
    """港澳台居民居住证."""
    PERMANENT_RESIDENCE_2017 = "permanent_residence_2017"
    """外国人永久居留身份证, 15 characters."""
    PERMANENT_RESIDENCE_2023 = "permanent_residence_2023"
    """外国人永久居留身份证 issued from 2023-12-01, 18 digits."""


class Sex(StrEnum):
    """Sex as the order code tells it: odd male, even female."""

    MALE = "male"
    FEMALE = "female"

    @classmethod
    def of_order(cls, digit: str) -> "Sex":
        """The sex that the last digit of an order code stands for."""
        return cls.MALE if int(digit) % 2 else cls.FEMALE


@dataclass(frozen=True, slots=True, repr=False)
class IdentityNumber(SensitiveNumber):
    """A person's number as it is kept, and what can be read from it. Prints masked; two are equal when number
    and kind are.

    ``area_code`` has six digits, zeros where the document gives fewer (province: ``110000``).
    ``country_code`` is ISO 3166 alpha-3, on permanent residence cards only. ``fifteen_digits`` is the old
    number when that was typed.
    """

    kind: IdentityNumberKind
    area_code: str = field(compare=False)
    born_on: date = field(compare=False)
    sex: Sex = field(compare=False)
    country_code: str | None = field(default=None, compare=False)
    fifteen_digits: str | None = field(default=None, compare=False)


def date_from_digits(digits: str) -> date | None:
    """The date written YYYYMMDD, ``None`` when the calendar has no such day."""
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None


def judge_birth(findings: Findings, born_on: date | None, *, on: date) -> None:
    """Reject a birth date that does not exist, lies after ``on``, or makes the person older than 120."""
    if born_on is None:
        findings.reject(
            "identity_number_birth_date",
            "中的出生日期在日历上不存在",
            "请对照证件，核对号码中表示出生年月日的各位",
        )
    elif born_on > on:
        findings.reject(
            "identity_number_birth_in_future",
            "中的出生日期晚于今天",
            "请对照证件，核对号码中表示出生年月日的各位",
        )
    elif add_months(born_on, 12 * (MAX_AGE_YEARS + 1)) <= on:
        findings.reject(
            "identity_number_age_implausible",
            f"中的出生日期表示年龄超过{MAX_AGE_YEARS}岁",
            "请对照证件，核对号码中的出生年份",
            citation=UNSOURCED,
        )


def judge_area(
    findings: Findings, area_code: str, born_on: date | None, *, on: date, area_known: AreaKnown
) -> None:
    """Warn when the area code was never in force between birth and ``on``.

    A number keeps the code of the day it was given, abolished since or not, and new codes appear before lists
    do: therefore any day between birth and now will do, and an unknown code is no error.
    """
    if born_on is None or born_on > on:
        return
    if not area_known(area_code, DatePeriod.through(born_on, on)):
        findings.warn(
            "identity_number_area_unknown",
            "开头的行政区划代码在出生以来的区划表中没有查到",
            "请对照证件核对号码开头表示地区的各位；核对无误的可以继续办理",
        )
