"""What a demo or a test steers the sandbox's unemployment insurance with; the real one has none of these."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.sandbox.insurance import CreditCode, IdentityNumber
from app.sandbox.insurance_register import (
    DEFAULT_EMPLOYER,
    ORDINARY_FROM,
    InsuranceRegister,
    Insured,
    Spell,
    home_division,
)

DivisionCode = Annotated[str, Field(pattern=r"^[1-9][0-9]{5}$")]
ProvinceCode = Annotated[str, Field(pattern=r"^[1-9][0-9]0000$")]
EmployerKind = Literal[
    "enterprise", "sole_trader", "public_institution", "government_body", "social_organization", "other"
]
Months = Annotated[int, Field(ge=0, le=480)]


class SpellIn(BaseModel):
    """A time of paying (by the default employer unless named; ``employed`` false: on one's own) or drawing.

    ``division_code`` is the one that begins the number unless given.
    """

    model_config = ConfigDict(extra="forbid")

    status: Literal["paying", "drawing_benefit"] = "paying"
    starts_on: date
    ends_before: date | None = None
    division_code: DivisionCode | None = None
    employed: bool = True
    employer_code: CreditCode | None = None
    employer_kind: EmployerKind = "enterprise"

    def spell(self, number: str) -> Spell:
        """The same of the person of ``number``."""
        is_employed = self.status == "paying" and self.employed
        return Spell(
            status=self.status,
            starts_on=self.starts_on,
            ends_before=self.ends_before,
            division_code=self.division_code or home_division(number),
            employer_code=(self.employer_code or DEFAULT_EMPLOYER) if is_employed else None,
            employer_kind=self.employer_kind if is_employed else None,
        )


class InsuredIn(BaseModel):
    """All that the insurance shall know of a person.

    ``spells``: without them the person is an ordinary employee, with an empty list it was never insured.
    ``own_months``: this many months in the own province as of any day, whatever the spells say.
    """

    model_config = ConfigDict(extra="forbid")

    identity_number: IdentityNumber
    spells: Annotated[list[SpellIn] | None, Field(max_length=100)] = None
    own_months: Months | None = None
    deemed_months: Months = 0
    other_months: dict[ProvinceCode, Months] = {}
    pension_from: date | None = None
    deceased_on: date | None = None

    @model_validator(mode="after")
    def _nobody_is_insured_after_death(self) -> "InsuredIn":
        if self.deceased_on is not None and any(
            spell.ends_before is None or spell.ends_before > self.deceased_on for spell in self.spells or []
        ):
            raise ValueError("spells end with the day of death (ends_before <= deceased_on)")
        return self

    def insured(self) -> Insured:
        """The same as the register keeps it."""
        ordinary = SpellIn(starts_on=ORDINARY_FROM, ends_before=self.deceased_on)
        spells = [ordinary] if self.spells is None else self.spells
        return Insured(
            spells=tuple(spell.spell(self.identity_number) for spell in spells),
            own_months=self.own_months,
            deemed_months=self.deemed_months,
            other_months=dict(self.other_months),
            pension_from=self.pension_from,
            deceased_on=self.deceased_on,
        )


class InsuredPeopleIn(BaseModel):
    """Up to 10,000 persons in one request; they are registered at ``/sandbox/persons`` as well."""

    model_config = ConfigDict(extra="forbid")

    persons: Annotated[list[InsuredIn], Field(min_length=1, max_length=10_000)]


class EmployerIn(BaseModel):
    """An employer that insures these persons from a day on; ``headcount`` counts others of it as well."""

    model_config = ConfigDict(extra="forbid")

    credit_code: CreditCode
    kind: EmployerKind = "enterprise"
    division_code: DivisionCode | None = None
    headcount: Annotated[int | None, Field(ge=0, le=1_000_000)] = None
    identity_numbers: Annotated[list[IdentityNumber], Field(max_length=10_000)] = []
    insured_from: date = ORDINARY_FROM
    insured_before: date | None = None


class InsuranceSetting(BaseModel):
    """Provinces that do not answer now, and fund reserves (备付月数) by division; the whole of it is replaced."""

    model_config = ConfigDict(extra="forbid")

    silent_regions: Annotated[list[ProvinceCode], Field(max_length=40)] = []
    fund_reserve_months: dict[DivisionCode, Annotated[int, Field(ge=0, le=1_200)]] = {}


class InsuranceControls:
    """Registers contributions and employers, silences provinces."""

    def __init__(self, register: InsuranceRegister) -> None:
        self._register = register

    def router(self) -> APIRouter:
        """The routes."""
        routes = APIRouter(prefix="/sandbox/unemployment-insurance")
        routes.add_api_route("", self.set, methods=["PUT"])
        routes.add_api_route("/persons", self.register_people, methods=["POST"])
        routes.add_api_route("/employers", self.register_employer, methods=["POST"])
        return routes

    async def set(self, setting: InsuranceSetting) -> InsuranceSetting:
        """Silence provinces and set fund reserves."""
        self._register.silent_regions = list(dict.fromkeys(setting.silent_regions))
        self._register.fund_reserve_months = dict(setting.fund_reserve_months)
        return setting

    async def register_people(self, people: InsuredPeopleIn) -> dict[str, int]:
        """Let this be so of these persons."""
        for person in people.persons:
            self._register.tell(person.identity_number, person.insured())
        return {"registered": len(people.persons)}

    async def register_employer(self, employer: EmployerIn) -> dict[str, int]:
        """Let an employer insure these persons."""
        spells = [
            (
                number,
                SpellIn(
                    starts_on=employer.insured_from,
                    ends_before=employer.insured_before,
                    division_code=employer.division_code,
                    employer_code=employer.credit_code,
                    employer_kind=employer.kind,
                ).spell(number),
            )
            for number in employer.identity_numbers
        ]
        self._register.employ(employer.credit_code, employer.headcount, spells)
        return {"registered": len(spells)}
