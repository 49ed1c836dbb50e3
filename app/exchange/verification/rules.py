"""What may be answered: the fields each purpose needs, with its basis, and the outcome of what was found. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from app.exchange.verification.states import Outcome, VerificationPurpose
from app.kernel.errors import UNSOURCED, Citation
from app.kernel.names import same_name

ANSWER_HOLDS = timedelta(hours=24)
"""How long an answer may be relied on before it is asked for again; UNSOURCED, an operating value of the registry."""

ITEMS_MAX = 20
"""Most entries of an answer about a person as a whole, the newest ones."""


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What a purpose discloses, and on what basis (个人信息保护法 第六条: 限于实现处理目的的最小范围)."""

    label: str
    fields: tuple[str, ...]
    basis: tuple[Citation, ...]


_BY_DUTY = Citation(document="中华人民共和国个人信息保护法", clause="第三十四条")
_MINIMUM = Citation(document="中华人民共和国个人信息保护法", clause="第六条")
_CHECKED_BY_HANDLING = Citation(document="社会保险经办条例", clause="第三十八条")
_WHAT = ("source", "number", "kind", "state")
_OCCUPATION = ("occupation_edition", "occupation_code", "skill_level")

DISCLOSURES: Mapping[VerificationPurpose, Disclosure] = {
    VerificationPurpose.SUBSIDY_REVIEW: Disclosure(
        "补贴审核",
        (
            *_WHAT, "title", *_OCCUPATION, "issuer", "division_code", "starts_on", "ends_on", "credited_minutes",
            "is_sealed", "successor", "revoked_at", "valid_until", "confirmed_at",
        ),
        (_CHECKED_BY_HANDLING, _BY_DUTY, _MINIMUM),
    ),
    VerificationPurpose.INSPECTION: Disclosure(
        "监督检查",
        (
            *_WHAT, "title", "issuer", "division_code", "starts_on", "ends_on", "credited_minutes", "is_sealed",
            "successor", "revoked_at",
        ),
        (_BY_DUTY, _MINIMUM),
    ),
    VerificationPurpose.COMPLAINT: Disclosure(
        "投诉核查",
        (*_WHAT, "title", "issuer", "ends_on", "successor", "revoked_at"),
        (_BY_DUTY, _MINIMUM),
    ),
}  # fmt: skip
"""The one table of purpose → fields. Which fields a purpose needs is this registry's reading: no text lists them."""

FIELDS_CHOSEN_BY = UNSOURCED


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An archive entry or a certificate as the database told of it. ``state`` as stored or derived there."""

    source: str
    state: str
    number: str | None
    kind: str
    title: str | None
    occupation_edition: int | None
    occupation_code: str | None
    skill_level: str | None
    issuer: str | None
    division_code: str | None
    starts_on: date | None
    ends_on: date
    credited_minutes: int | None
    is_sealed: bool | None
    successor: str | None
    revoked_at: datetime | None
    valid_until: date | None
    confirmed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Findings:
    """All that was found under the number asked for: the names proved, and what matches the question."""

    names: tuple[str, ...] = field(repr=False)
    items: tuple[Item, ...]


NOTHING = Findings((), ())
# Certificates that no network has confirmed, or that another holds, prove nothing: they are not there.
_OUTCOME_OF_STATE = {
    "valid": Outcome.VALID,
    "superseded": Outcome.SUPERSEDED,
    "revoked": Outcome.REVOKED,
    "expired": Outcome.EXPIRED,
}
_RANK = (Outcome.VALID, Outcome.EXPIRED, Outcome.REVOKED, Outcome.SUPERSEDED)


def judge(name: str, found: Findings) -> tuple[Outcome, tuple[Item, ...]]:
    """The outcome, and what it rests on. Another name is the same answer as nobody.

    Of a person as a whole the best outcome of any entry counts, and the entries of that outcome are named.
    """
    if not any(name == proved or same_name(name, proved) for proved in found.names):
        return Outcome.NOT_FOUND, ()
    for outcome in _RANK:
        named = tuple(item for item in found.items if _OUTCOME_OF_STATE.get(item.state) is outcome)
        if named:
            return outcome, named
    return Outcome.NOT_FOUND, ()


def disclosed(purpose: VerificationPurpose, items: Sequence[Item]) -> list[dict[str, Any]]:
    """The fields of ``items`` that the purpose needs, and no other."""
    fields = DISCLOSURES[purpose].fields
    return [{name: getattr(item, name) for name in fields} for item in items]
