"""Synthetic people and organizations: numbers that check and that nobody can hold.

Numbers of people carry the code of a whole province where a real one carries a county, and order codes from 900 up
(as the sandbox's own do). Credit codes carry organization codes that begin ``MJ000``/``MA000``/``0000``.
"""

from dataclasses import dataclass, field

from stdnum.cn import uscc

from app.kernel.identifiers.credit_code import organization_check_digit_of
from app.sandbox.population import with_check_digit


@dataclass(frozen=True, slots=True)
class Person:
    """A synthetic person: ``number`` and ``name`` as the card-holder base knows them."""

    number: str = field(repr=False)
    name: str
    state: str = "normal"

    def registered(self) -> dict[str, str]:
        """As the sandbox takes persons."""
        return {"social_security_number": self.number, "name": self.name, "state": self.state}


def person(name: str, *, province: str, born: str, order: int, state: str = "normal") -> Person:
    """A person of a province (two digits) born on ``born`` (YYYYMMDD); ``order`` 900 to 999, odd for men."""
    return Person(with_check_digit(f"{province}0000{born}{order}"), name, state)


def credit_code(prefix: str, division_code: str, organization: str) -> str:
    """A unified social credit code (GB 32100-2015) with both check digits, for an organization of eight characters."""
    body = f"{prefix}{division_code}{organization}{organization_check_digit_of(organization)}"
    return body + str(uscc.calc_check_digit(body))
