"""Who is insured where, since when and by whom: synthetic contributions with ordinary defaults.

A person that a demo or a test registers is, unless it says otherwise, an ordinary employee: insured since 2012 by the
default employer in the division that begins the identity number. Of the generated population some draw the benefit,
some are insured no longer, and some drew theirs in another province, always the same ones.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from app.sandbox.population import Cardholder, CardholderState, Population

Status = Literal["paying", "drawing_benefit"]
DEFAULT_EMPLOYER = "91110000MA0YANG01T"
DEFAULT_FUND_RESERVE_MONTHS = 30
ORDINARY_FROM = date(2012, 1, 1)
_DIED_ON = date(2020, 1, 1)
_PENSION_AGE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """A time in which a person pays or draws; half-open, ``ends_before`` None: goes on."""

    status: Status
    starts_on: date
    ends_before: date | None
    division_code: str
    employer_code: str | None
    employer_kind: str | None

    def covers(self, day: date) -> bool:
        """Whether ``day`` lies in it."""
        return self.starts_on <= day and (self.ends_before is None or day < self.ends_before)

    def months(self, until: date) -> Iterator[tuple[int, int]]:
        """Each month it touches up to the day ``until``."""
        if until < self.starts_on:
            return
        year, month = self.starts_on.year, self.starts_on.month
        while (year, month) <= (until.year, until.month) and (
            self.ends_before is None or date(year, month, 1) < self.ends_before
        ):
            yield year, month
            year, month = (year + 1, 1) if month == 12 else (year, month + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Insured:
    """What the insurance has of one person. ``own_months`` overrides the count of the spells."""

    spells: tuple[Spell, ...]
    own_months: int | None = None
    deemed_months: int = 0
    other_months: dict[str, int] = field(default_factory=dict)
    pension_from: date | None = None
    deceased_on: date | None = None


class InsuranceRegister:
    """Persons, employers and funds; ``silent_regions`` are the provinces that do not answer now."""

    def __init__(self, people: Population) -> None:
        self.silent_regions: list[str] = []
        self.fund_reserve_months: dict[str, int] = {}
        self.headcounts: dict[str, int | None] = {}
        self._people = people
        # Those are the generated ones: whoever is registered later is an ordinary employee.
        self._generated = {
            person.social_security_number for person in people.listed(state=None, offset=0, limit=len(people))
        }
        self._told: dict[str, Insured] = {}

    def tell(self, number: str, insured: Insured) -> None:
        """Let this be so of the person from now on."""
        self._told[number] = insured

    def employ(self, credit_code: str, headcount: int | None, people: Iterable[tuple[str, Spell]]) -> None:
        """Let an employer exist that insures ``people``; ``headcount`` counts others of it as well."""
        for number, spell in people:
            self._told[number] = Insured(spells=(spell,))
        self.headcounts[credit_code] = headcount

    def find(self, number: str) -> tuple[Cardholder, Insured] | None:
        """The person of ``number`` and what is known of it."""
        person = self._people.find(number)
        if person is None:
            return None
        told = self._told.get(person.social_security_number)
        return person, told or self._default(person)

    def is_employer(self, credit_code: str) -> bool:
        """Whether anybody has said that this employer exists."""
        return credit_code == DEFAULT_EMPLOYER or credit_code in self.headcounts

    def insured_by(self, credit_code: str, day: date, least: int) -> int:
        """How many persons the employer insures on ``day``, of those who were told or asked about."""
        headcount = self.headcounts.get(credit_code)
        if headcount is not None:
            return max(headcount, least)
        told = sum(
            any(spell.employer_code == credit_code and spell.covers(day) for spell in insured.spells)
            for insured in self._told.values()
        )
        return max(told, least)

    def reserve(self, division_code: str) -> int:
        """For how many months the fund of the division can pay: its own figure, its province's, or the usual one."""
        own = self.fund_reserve_months.get(division_code)
        of_province = self.fund_reserve_months.get(f"{division_code[:2]}0000", DEFAULT_FUND_RESERVE_MONTHS)
        return of_province if own is None else own

    def _default(self, person: Cardholder) -> Insured:
        number = person.social_security_number
        deceased_on = _DIED_ON if person.state is CardholderState.DECEASED else None
        spell = Spell(
            status="paying",
            starts_on=ORDINARY_FROM,
            ends_before=deceased_on,
            division_code=home_division(number),
            employer_code=DEFAULT_EMPLOYER,
            employer_kind="enterprise",
        )
        born = int(number[6:10])
        pension_from = date(born + _PENSION_AGE, 1, 1) if number[6:10].isdigit() and born > 1900 else None
        if number not in self._generated:
            return Insured(spells=(spell,), deceased_on=deceased_on, pension_from=pension_from)
        return _varied(number, spell, pension_from, deceased_on)


def home_division(number: str) -> str:
    """The division that a number begins with; of residence permits and the like a fixed one."""
    if number[:6].isdigit() and "11" <= number[:2] <= "65":
        return number[:6]
    return f"{number[1:3]}0000" if number[0] == "9" and number[1:3].isdigit() else "440000"


def _varied(number: str, spell: Spell, pension_from: date | None, deceased_on: date | None) -> Insured:
    draw = hashlib.sha256(number.encode()).digest()
    started = date(1999 + draw[0] % 24, 1 + draw[1] % 12, 1)
    ends = None if deceased_on is None else deceased_on
    spells = [_changed(spell, starts_on=started, ends_before=ends)]
    if deceased_on is None and draw[2] < 40:  # about one of six is no employee any more
        left = date(started.year + 1 + draw[3] % 5, 6, 1)
        spells = [_changed(spell, starts_on=started, ends_before=left)]
        if draw[2] < 20:
            drawing = _changed(spell, status="drawing_benefit", starts_on=left, ends_before=None)
            spells.append(_without_employer(drawing))
    return Insured(
        spells=tuple(spells),
        deemed_months=draw[4] % 60 if draw[5] < 50 else 0,
        other_months={"330000": draw[6] % 48} if draw[7] < 60 and number[:2] != "33" else {},
        pension_from=pension_from,
        deceased_on=deceased_on,
    )


def _changed(spell: Spell, *, starts_on: date, ends_before: date | None, status: Status = "paying") -> Spell:
    return Spell(
        status=status,
        starts_on=starts_on,
        ends_before=ends_before,
        division_code=spell.division_code,
        employer_code=spell.employer_code,
        employer_kind=spell.employer_kind,
    )


def _without_employer(spell: Spell) -> Spell:
    return Spell(
        status=spell.status,
        starts_on=spell.starts_on,
        ends_before=spell.ends_before,
        division_code=spell.division_code,
        employer_code=None,
        employer_kind=None,
    )
