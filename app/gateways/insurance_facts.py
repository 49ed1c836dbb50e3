"""What the unemployment insurance (失业保险) is asked and what it says, as facts.

Contract: ``openapi/upstream/unemployment-insurance.yaml``; wording and bounds of the fields are its. Dates are days of
Asia/Shanghai, months are ``YYYY-MM``. What the platform could not find out is None, never "no". Facts are read from the
wire as they stand (pydantic validates frozen dataclasses), and stored by ``facts_document``.
"""

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict, Field, TypeAdapter

from app.gateways.http import FailureKind

_STRICT = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

IDENTITY_NUMBER = r"^(?:[0-9]{17}[0-9X]|[0-9A-Z]{15})$"
CREDIT_CODE = r"^[0-9A-HJ-NPQRTUWXY]{18}$"
"""Form of 统一社会信用代码 (GB 32100): no I, O, S, V, Z."""
DIVISION_CODE = r"^[1-9][0-9]{5}$"
MONTH = r"^[0-9]{4}-(?:0[1-9]|1[0-2])$"
POINTS_MAX = 40
"""How many days, and how many months, one question may name beside its ``as_of``."""


class InsuranceOutcome(StrEnum):
    """What the platform says about a person; ``UNAVAILABLE`` is ours: cannot be said now.

    ``PARTIAL``: provinces named in ``silent_regions`` did not answer; months are a lower bound, and what only they
    could know is None. ``PERSON_UNKNOWN``: no such number under such a name; which of both is not told.
    """

    ANSWERED = "answered"
    PARTIAL = "partial"
    PERSON_UNKNOWN = "person_unknown"
    UNAVAILABLE = "unavailable"


class InsuredStatus(StrEnum):
    """参保缴费, 领取失业保险金, or neither of both."""

    PAYING = "paying"
    DRAWING_BENEFIT = "drawing_benefit"
    NEITHER = "neither"


class EmployerKind(StrEnum):
    """What the insuring employer is: 企业, 个体工商户, 事业单位, 机关, 社会组织, or another."""

    ENTERPRISE = "enterprise"
    SOLE_TRADER = "sole_trader"
    PUBLIC_INSTITUTION = "public_institution"
    GOVERNMENT_BODY = "government_body"
    SOCIAL_ORGANIZATION = "social_organization"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class InsuranceQuery:
    """One person and the day of the facts; ``on_days`` and ``in_months`` ask for the status there as well.

    Raises:
        ValueError: it has not the form of the contract; names the field only.
    """

    identity_number: str = field(repr=False)
    name: str = field(repr=False)
    as_of: date
    on_days: tuple[date, ...] = ()
    in_months: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require_person(self.identity_number, self.name)
        for month in self.in_months:
            require_form("in_months", MONTH, month)
        for field_name, points in (("on_days", self.on_days), ("in_months", self.in_months)):
            if len(points) > POINTS_MAX or len(set(points)) != len(points):
                raise ValueError(f"{field_name} has not the form of the contract")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContributionMonths:
    """Months of contribution up to ``as_of``, cumulative and not consecutive (人社部发〔2017〕40号 一: 累计缴纳).

    ``own_region``: paid in the province of the 参保地. ``deemed``: 视同缴费. ``other_provinces``: paid elsewhere.
    No month is counted twice.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    own_region: Annotated[int, Field(ge=0, le=960)]
    deemed: Annotated[int, Field(ge=0, le=960)]
    other_provinces: Annotated[int, Field(ge=0, le=960)]
    total: Annotated[int, Field(ge=0, le=960)]

    def __post_init__(self) -> None:
        if self.total != self.own_region + self.deemed + self.other_provinces:
            raise ValueError("total is not the sum of its parts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a person stands in the insurance; ``status`` None: not found out, since a province was silent.

    ``division_code``: 参保地 (six digits); for neither, the last one, if there ever was one. ``employer_code`` and
    ``employer_kind``: 统一社会信用代码 and kind of the employer, of those who pay through one.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    status: InsuredStatus | None
    division_code: Annotated[str, Field(pattern=DIVISION_CODE)] | None
    employer_code: Annotated[str, Field(pattern=CREDIT_CODE)] | None
    employer_kind: EmployerKind | None

    def __post_init__(self) -> None:
        is_insured = self.status in {InsuredStatus.PAYING, InsuredStatus.DRAWING_BENEFIT}
        if is_insured and self.division_code is None:
            raise ValueError("whoever is insured is insured somewhere")
        if self.employer_code is not None and self.status is not InsuredStatus.PAYING:
            raise ValueError("an employer belongs to a contribution")
        if (self.employer_code is None) is not (self.employer_kind is None):
            raise ValueError("an employer's code and kind go together")
        if self.status is None and self.division_code is not None:
            raise ValueError("a standing that was not found out says nothing else")


@dataclass(frozen=True, slots=True, kw_only=True)
class DayStanding:
    """The standing on one of the days asked for."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    day: date
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthStanding:
    """The standing in one of the months asked for; a month paid for at all is ``paying``."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    month: Annotated[str, Field(pattern=MONTH)]
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class InsuranceFacts:
    """Facts of one person as of a day.

    ``silent_regions``: codes of the provinces that did not answer. ``draws_pension``: 领取养老待遇 on ``as_of``; None:
    not found out. ``deceased_on``: whenever reported, also after ``as_of``; None: no death is known.
    ``fund_reserve_months``: for how many months the insurance fund of the 参保地 can pay (备付月数); None without one.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    as_of: date
    months: ContributionMonths
    standing: Standing
    on_days: Annotated[tuple[DayStanding, ...], Field(max_length=POINTS_MAX)]
    in_months: Annotated[tuple[MonthStanding, ...], Field(max_length=POINTS_MAX)]
    draws_pension: bool | None
    deceased_on: date | None
    fund_reserve_months: Annotated[int, Field(ge=0, le=1_200)] | None
    silent_regions: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[1-9][0-9]0000$")], ...], Field(max_length=40)
    ]

    def __post_init__(self) -> None:
        standings = [
            self.standing,
            *(point.standing for point in self.on_days),
            *(point.standing for point in self.in_months),
        ]
        if self.silent_regions:
            if any(standing.status is InsuredStatus.NEITHER for standing in standings):
                raise ValueError("a silent province may know what the others do not")
        elif self.draws_pension is None or any(standing.status is None for standing in standings):
            raise ValueError("nothing is left open when every province answered")
        if (self.fund_reserve_months is None) is not (self.standing.division_code is None):
            raise ValueError("a fund belongs to a 参保地")
        if len(set(self.silent_regions)) != len(self.silent_regions):
            raise ValueError("a province is silent once")
        dated = [(self.as_of, self.standing), *((point.day, point.standing) for point in self.on_days)]
        if self.deceased_on is not None and any(
            day > self.deceased_on and standing.status not in {None, InsuredStatus.NEITHER}
            for day, standing in dated
        ):
            raise ValueError("nobody is insured after the day of death")


@dataclass(frozen=True, slots=True, kw_only=True)
class InsuranceAnswer:
    """The answer to one query.

    ``evidence_id`` and ``answered_at`` are the platform's, and None exactly when ``outcome`` is unavailable; then
    ``failure`` says why, for operators. ``facts`` is there for answered and partial.
    """

    outcome: InsuranceOutcome
    evidence_id: str | None = None
    answered_at: datetime | None = None
    facts: InsuranceFacts | None = None
    failure: FailureKind | None = None


class EmployerOutcome(StrEnum):
    """What the platform says about an employer; ``UNAVAILABLE`` is ours."""

    ANSWERED = "answered"
    EMPLOYER_UNKNOWN = "employer_unknown"
    UNAVAILABLE = "unavailable"


class EmployeeOutcome(StrEnum):
    """Whether a person is insured by the employer on the day: 在册参保, 未在该单位参保, or not known at all."""

    INSURED = "insured"
    NOT_INSURED = "not_insured"
    PERSON_UNKNOWN = "person_unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Employee:
    """One person of an employer's list. Raises ``ValueError`` as ``InsuranceQuery`` does."""

    identity_number: str = field(repr=False)
    name: str = field(repr=False)

    def __post_init__(self) -> None:
        require_person(self.identity_number, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmployeeAnswer:
    """The answer to one person of the list."""

    outcome: EmployeeOutcome
    evidence_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EmployerAnswer:
    """An employer's insured headcount on a day and each person of its list, in the order asked.

    All other fields are None or empty unless ``outcome`` is answered; ``failure`` stands with unavailable.
    ``answered_at`` is that of the last part of a long list.
    """

    outcome: EmployerOutcome
    headcount: int | None = None
    employees: tuple[EmployeeAnswer, ...] = ()
    evidence_id: str | None = None
    answered_at: datetime | None = None
    failure: FailureKind | None = None


_FACTS = TypeAdapter(InsuranceFacts)


def facts_document(facts: InsuranceFacts) -> dict[str, Any]:
    """``facts`` as a JSON object, to be stored; holds neither name nor identity number."""
    document: dict[str, Any] = _FACTS.dump_python(facts, mode="json")
    return document


def facts_of_document(document: dict[str, Any]) -> InsuranceFacts:
    """The facts that ``facts_document`` made ``document`` of."""
    return _FACTS.validate_python(document, strict=False)


def require_person(identity_number: str, name: str) -> None:
    """Raises ``ValueError`` when one has not the form of the contract."""
    require_form("identity_number", IDENTITY_NUMBER, identity_number)
    if not 1 <= len(name) <= 100 or name.isspace():
        raise ValueError("name has not the form of the contract")


def require_form(field_name: str, pattern: str, value: str) -> None:
    """Raises ``ValueError``, naming the field only, when ``value`` has not the form of the contract."""
    # The patterns end in "$", which in Python also stands before a closing newline: hence fullmatch.
    if not re.fullmatch(pattern, value):
        raise ValueError(f"{field_name} has not the form of the contract")
