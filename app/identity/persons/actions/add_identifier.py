"""An officer records another number of a person (号码变更), and may end the one it takes the place of.

The number counts only after the card-holder base has matched it with the person's name: a number that was typed wrongly
would hand this person the records of somebody else. The match is stored with the number; it proves this number alone.
Records made later need a check of their own roster line, as always.
"""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.db.crypto import KeyRing
from app.gateways.cardholder_base import CardholderBase, IdentityAnswer, IdentityOutcome, IdentityQuery
from app.identity.persons.actions.prove_identities import NAME_FIELD
from app.identity.persons.actions.register_persons import NUMBER_FIELD, NUMBER_PURPOSE
from app.identity.persons.actions.resolve_person import (
    KnownPerson,
    find_person_by_id,
    find_person_by_number,
)
from app.identity.persons.rules import (
    HeldNumber,
    NumberFacts,
    reasons_against_number,
    reasons_against_outcome,
    reasons_against_texts,
)
from app.identity.persons.states import EndKind, IdentifierKind, stored_kind
from app.kernel.errors import Conflict, InvalidInput, NotFound, Reason, Refused, UpstreamUnavailable
from app.kernel.identifiers import IdentityNumber
from app.kernel.names import normalize_name, same_name

NAME_PURPOSE = "name"
"""Digest purpose of a person's name; the same as on roster lines, so that checks can be compared."""

_PURPOSE = "identity_maintenance"
_ADD = text("""
    SELECT add_identifier(:author, :holder, :identifier, :kind, :number, CAST(:key_ids AS text[]),
      CAST(:digests AS bytea[]), :check_id, :evidence, :checked_at, :name, :name_digest)
""")
_END = text("SELECT end_identifier(:holder, :identifier, :ending, :why)")


@dataclass(frozen=True, slots=True)
class FormerNumber:
    """The number that ends with this act."""

    identifier_id: UUID
    end_kind: EndKind


@dataclass(frozen=True, slots=True, kw_only=True)
class AddIdentifier:
    """What the officer states. ``name`` is the name on the document of the new number."""

    person_id: UUID
    number: IdentityNumber = field(repr=False)
    name: str = field(repr=False)
    reason: str
    case_number: str
    former: FormerNumber | None = None


@dataclass(frozen=True, slots=True)
class AddedIdentifier:
    """``is_new`` is False when the person, or one merged with them, had the number already."""

    identifier_id: UUID
    person_id: UUID
    kind: IdentifierKind
    is_new: bool


async def add_identifier(
    unit: Unit, keys: KeyRing, base: CardholderBase, command: AddIdentifier
) -> AddedIdentifier:
    """Raises NotFound for an unknown person, Refused with every reason, UpstreamUnavailable while the base is down.

    The base is asked while this transaction holds no lock but the one on its own idempotency key.
    """
    defects = reasons_against_texts(reason=command.reason, case_number=command.case_number)
    if defects:
        raise InvalidInput(defects)
    person = await find_person_by_id(
        unit, keys, person_id=command.person_id, purpose=_PURPOSE, case_number=command.case_number
    )
    if person is None:
        raise NotFound
    owner = await find_person_by_number(
        unit, keys, number=command.number, purpose=_PURPOSE, case_number=command.case_number
    )
    reasons = reasons_against_number(_facts(command, person, owner))
    if reasons:
        raise Refused(reasons)
    if owner is None:
        added = AddedIdentifier(
            await _add(unit, keys, base, command),
            command.person_id,
            stored_kind(command.number.kind),
            is_new=True,
        )
    else:
        known = next(
            each
            for each in owner.numbers
            if each.number == command.number.number and each.end_kind != EndKind.NOT_THEIRS
        )
        added = AddedIdentifier(known.identifier_id, known.person_id, known.kind, is_new=False)
    await _end_former(unit, command)
    if added.is_new or command.former is not None:
        await _tell(unit, command, added)
    return added


def _facts(command: AddIdentifier, person: KnownPerson, owner: KnownPerson | None) -> NumberFacts:
    former = command.former
    return NumberFacts(
        person_id=command.person_id,
        name_matches_record=person.name is None or same_name(person.name, command.name),
        owner_id=None if owner is None else owner.person_id,
        owner_group=frozenset() if owner is None else owner.group,
        former_id=None if former is None else former.identifier_id,
        held=tuple(HeldNumber(each.identifier_id, each.person_id, each.ended_at) for each in person.numbers),
        is_former_the_number=former is not None
        and any(
            each.identifier_id == former.identifier_id and each.number == command.number.number
            for each in person.numbers
        ),
    )


async def _add(unit: Unit, keys: KeyRing, base: CardholderBase, command: AddIdentifier) -> UUID:
    name = normalize_name(command.name)
    proof = await _prove(base, command.number, name)
    holder, identifier_id = command.person_id, uuid7()
    digests = keys.digests(command.number.number, purpose=NUMBER_PURPOSE)
    is_added = (
        await unit.session.execute(
            _ADD,
            {
                "author": unit.actor.principal_id,
                "holder": holder,
                "identifier": identifier_id,
                "kind": stored_kind(command.number.kind),
                "number": keys.seal(command.number.number, name=NUMBER_FIELD, owner=holder),
                "key_ids": [key_id for key_id, _ in digests],
                "digests": [digest for _, digest in digests],
                "check_id": uuid7(),
                "evidence": proof.evidence_id,
                "checked_at": proof.checked_at,
                "name": keys.seal(name, name=NAME_FIELD, owner=holder),
                "name_digest": keys.digest(name, purpose=NAME_PURPOSE),
            },
        )
    ).scalar_one()
    if not is_added:
        raise Conflict
    return identifier_id


async def _prove(base: CardholderBase, number: IdentityNumber, name: str) -> IdentityAnswer:
    """The base's match of number and name. Raises Refused or UpstreamUnavailable."""
    (proof,) = await base.check([IdentityQuery(social_security_number=number.number, name=name)])
    if proof.outcome is IdentityOutcome.UNAVAILABLE:
        raise UpstreamUnavailable(
            [
                Reason(
                    code="identity_unavailable",
                    message="持卡人员基础信息库暂时无法核验，号码未予登记",
                    remedy="请稍后重新办理",
                    field="identity_number",
                )
            ]
        )
    reasons = reasons_against_outcome(proof.outcome)
    if reasons:
        raise Refused(reasons)
    return proof


async def _end_former(unit: Unit, command: AddIdentifier) -> None:
    if command.former is None:
        return
    is_ended = (
        await unit.session.execute(
            _END,
            {
                "holder": command.person_id,
                "identifier": command.former.identifier_id,
                "ending": command.former.end_kind,
                "why": command.reason,
            },
        )
    ).scalar_one()
    if not is_ended:
        raise Conflict


async def _tell(unit: Unit, command: AddIdentifier, added: AddedIdentifier) -> None:
    details = {
        "identifier_id": str(added.identifier_id),
        "is_new": added.is_new,
        "kind": added.kind,
        "reason": command.reason,
        "case_number": command.case_number,
    }
    if command.former is not None:
        details |= {
            "former_identifier_id": str(command.former.identifier_id),
            "end_kind": command.former.end_kind,
        }
    await record_event(
        unit, "person:identifier_added", subject_kind="person", subject_id=command.person_id, details=details
    )
    await announce(unit, "person.identifier_added", {"person_id": str(command.person_id)})
