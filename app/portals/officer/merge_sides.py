"""The two sides of a merge as officers compare them: masked names and numbers, entries, certificates, benefits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.access.unit import Unit
from app.api.v1.persons import IdentifierOut
from app.archive.records.states import Purpose
from app.identity.persons.actions.resolve_person import find_person_by_id
from app.identity.persons.queries import Side, read_merge_sides
from app.kernel.errors import NotFound
from app.kernel.masking import mask_name_public
from app.subsidies.collisions.queries import benefit_title
from app.web.pages.page import Page


@dataclass(frozen=True, slots=True)
class ShownSide:
    """One of the two, as shown."""

    person_id: UUID
    masked_name: str | None
    numbers: list[IdentifierOut]
    records: tuple[Mapping[str, Any], ...]
    certificates: tuple[Mapping[str, Any], ...]
    benefits: tuple[tuple[str, Mapping[str, Any]], ...]


@dataclass(frozen=True, slots=True)
class ShownSides:
    """Both; ``doubled`` names the benefits that both hold."""

    merged: ShownSide
    survivor: ShownSide
    told: Mapping[str, str | None]
    doubled: tuple[str, ...]

    @property
    def total(self) -> tuple[int, int, int]:
        """How many entries, certificates and benefits there are on both sides together."""
        both = (self.merged, self.survivor)
        return (
            sum(len(side.records) for side in both),
            sum(len(side.certificates) for side in both),
            sum(len(side.benefits) for side in both),
        )


async def shown_sides(
    page: Page,
    unit: Unit,
    *,
    person_id: UUID,
    survivor_id: UUID,
    case_number: str,
    alias_id: UUID | None = None,
) -> ShownSides:
    """With names and numbers, a look at everybody whom the merge touches. Raises NotFound."""
    sides = await read_merge_sides(
        unit, person_id=person_id, survivor_id=survivor_id, case_number=case_number, alias_id=alias_id
    )
    if sides is None:
        raise NotFound

    async def shown(asked: UUID, side: Side) -> ShownSide:
        person = await find_person_by_id(
            unit,
            page.parts.keys,
            person_id=asked,
            purpose=Purpose.IDENTITY_MAINTENANCE,
            case_number=case_number,
        )
        assert person is not None
        return ShownSide(
            person_id=asked,
            masked_name=None if person.name is None else mask_name_public(person.name),
            numbers=[IdentifierOut.of(each) for each in person.numbers if each.person_id in side.members],
            records=side.records,
            certificates=side.certificates,
            benefits=tuple((benefit_title(each), each) for each in side.benefits),
        )

    return ShownSides(
        merged=await shown(person_id, sides.merged),
        survivor=await shown(survivor_id, sides.survivor),
        told=sides.told,
        doubled=tuple(benefit_title(each) for each in sides.doubled),
    )
