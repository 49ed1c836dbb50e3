"""Certificates as they lie on the table: how the network knows them, and how their holders state them.

Numbers have the form of 职业技能等级证书 (22 characters), of bodies whose serial begins with 99, as no real one does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.demo.identities import Person


@dataclass(frozen=True, slots=True)
class BodyPlan:
    """An evaluation body with one scope, ``[2025-01-01, 2028-01-01)``."""

    key: str
    code: str
    name: str
    division_code: str
    occupation_code: str
    lowest_level: str = "level_5"
    highest_level: str = "level_4"


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """A certificate of ``holder``, whose name may stand on it otherwise: ``name``."""

    number: str = field(repr=False)
    holder: Person
    name: str
    body: BodyPlan
    occupation_edition: int
    occupation_code: str
    occupation_name: str
    level: str
    issued_on: date

    def entered(self, **more: str | bool) -> dict[str, Any]:
        """As the sandbox's network takes it; ``hidden`` or ``visible_from`` keep it from being found."""
        return {
            "identity_number": self.holder.number,
            "name": self.name,
            "certificate_number": self.number,
            "kind": "skill_level",
            "occupation_code": self.occupation_code,
            "occupation_edition": str(self.occupation_edition),
            "occupation_name": self.occupation_name,
            "level": self.level,
            "issuer_code": self.body.code,
            "issuer_name": self.body.name,
            "issued_on": self.issued_on.isoformat(),
            **more,
        }

    def stated(self, **changes: str) -> dict[str, Any]:
        """As the API takes it."""
        return {
            "certificate_number": self.number,
            "kind": "skill_level",
            "occupation_edition": self.occupation_edition,
            "occupation_code": self.occupation_code,
            "skill_level": self.level,
            "body_code": self.body.code,
            "body_name": self.body.name,
            "issued_on": self.issued_on.isoformat(),
            **changes,
        }


class Press:
    """Prints certificates with serial numbers of their own, from 990001 on; two presses share no body."""

    def __init__(self, occupation_edition: int, occupation_names: Mapping[str, str]) -> None:
        self._edition = occupation_edition
        self._names = occupation_names
        self._printed = 0

    def print(
        self,
        holder: Person,
        body: BodyPlan,
        issued_on: date,
        *,
        level: str = "level_5",
        occupation_code: str | None = None,
        name: str | None = None,
    ) -> Printed:
        """A certificate of one of the body's occupations, by default of the one it was filed for."""
        self._printed += 1
        occupation = occupation_code or body.occupation_code
        digit = level.removeprefix("level_")
        return Printed(
            number=f"{body.code}{issued_on:%y}{digit}{990_000 + self._printed:06d}",
            holder=holder,
            name=name or holder.name,
            body=body,
            occupation_edition=self._edition,
            occupation_code=occupation,
            occupation_name=self._names[occupation],
            level=level,
            issued_on=issued_on,
        )
