"""Who claims in the demo: invented people with a certificate, insured in the county, each with a story of their own."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from stdnum import luhn

from app.demo.certificates import BodyPlan
from app.demo.identities import Person, person
from app.demo.province_data import COUNTY, PROVINCE

CLAIM_BODY = BodyPlan("claim_body", "S000033995002", "浙江演示综合技能评价中心", PROVINCE, "4-03-02-01")
"""Evaluates cooks; what it certifies has no class of the demo behind it."""

COOK, INFANT, NURSE = "4-03-02-01", "4-10-01-02", "4-10-01-05"
ALL_YEARS = ({"starts_on": "2015-01-01", "division_code": COUNTY},)
_CARD_PREFIX = "622202991"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimant:
    """A story: the certificates with how long ago they were issued, and what the insurance says."""

    key: str
    person: Person
    certificates: tuple[tuple[str, str, int], ...]
    insured: dict[str, Any] = field(default_factory=lambda: {"spells": list(ALL_YEARS)})

    def insurance(self) -> dict[str, Any]:
        """As the sandbox's insurance takes it."""
        return {"identity_number": self.person.number, **self.insured}

    def issued_on(self, days_ago: int, today: date) -> date:
        """The day that many days before ``today``."""
        return today - timedelta(days=days_ago)


def bank_card(serial: int) -> str:
    """A card number that checks and that no bank has given out."""
    body = f"{_CARD_PREFIX}{serial:09d}"
    return body + str(luhn.calc_check_digit(body))


def _claimant(
    order: int, key: str, name: str, *certificates: tuple[str, str, int], **insured: Any
) -> Claimant:
    whom = person(name, province="33", born=f"19{70 + order % 30}0{1 + order % 9}1{order % 9}", order=order)
    told = insured or {"spells": list(ALL_YEARS)}
    return Claimant(key=key, person=whom, certificates=certificates or ((COOK, "level_5", 20),), insured=told)


_DAYS_SINCE_2018 = 3_000
"""Certificates of that time follow the text of 2017: 36 months, enterprises only."""
_MONTHS_BELOW_36 = {"own_months": 20, "spells": list(ALL_YEARS)}
_FEW_MONTHS = {"own_months": 5, "spells": list(ALL_YEARS)}

PAID_CLAIMANTS = (
    _claimant(970, "whole", "甘样全", (COOK, "level_4", 20)),
    _claimant(971, "rejected", "葛样新"),
    _claimant(972, "objected", "聂样实"),
    _claimant(973, "recovered", "邱样还"),
)
"""Whose claims are paid in the end."""

OTHER_CLAIMANTS = (
    _claimant(974, "appealed", "骆样申", **_FEW_MONTHS),
    _claimant(975, "withdrawn", "翟样改"),
    _claimant(976, "earlier", "盛样早", (NURSE, "level_5", 20)),
    _claimant(977, "pending", "柯样缓"),
)
"""Who appeals, withdraws, was paid before the registry, or whose certificate is revoked on the way."""

REFUSED_CLAIMANTS = (
    _claimant(980, "too_late", "白样迟", (COOK, "level_5", _DAYS_SINCE_2018), **_MONTHS_BELOW_36),
    _claimant(981, "too_few", "安样短", **_FEW_MONTHS),
    _claimant(982, "too_high", "韦样高", (COOK, "level_2", 20)),
    _claimant(983, "revoked", "薛样销"),
    _claimant(984, "account", "贺样借"),
    _claimant(985, "uninsured", "龚样外", own_months=60, spells=[]),
    _claimant(986, "downgraded", "文样降", (COOK, "level_5", 20), (COOK, "level_3", 30)),
    _claimant(987, "elsewhere", "庞样远"),
)
"""Each is refused for a reason of its own."""

CAPPED = _claimant(988, "capped", "樊样多", (COOK, "level_5", 20), (INFANT, "level_5", 18))
"""Two occupations in one year, neither of them short of people."""

CLAIMANTS = (*PAID_CLAIMANTS, *OTHER_CLAIMANTS, *REFUSED_CLAIMANTS, CAPPED)
