"""An agency looks up certificates by number and name, or by the person: purpose and case first, access rows at once."""

from app.access.unit import Unit
from app.archive.certificates.queries.doors import Case, FoundPerson, read_certificates
from app.archive.certificates.queries.pictures import Picture
from app.archive.certificates.queries.sealed_numbers import digests_of_number
from app.archive.certificates.rules.numbers import written_number
from app.audit.events import record_event
from app.db.crypto import KeyRing
from app.kernel.names import same_name


async def look_up_certificates(
    unit: Unit,
    keys: KeyRing,
    case: Case,
    *,
    name: str,
    certificate_number: str | None = None,
    identity_number: str | None = None,
) -> list[Picture]:
    """Those of persons of that name. Absent, and there under another name, are the same answer; both are logged."""
    found = await read_certificates(
        unit,
        keys,
        case,
        numbers=()
        if certificate_number is None
        else digests_of_number(keys, written_number(certificate_number)),
        persons=() if identity_number is None else identity_digests(keys, identity_number),
    )
    await record_event(
        unit,
        "certificate:looked_up",
        subject_kind="case",
        subject_id=case.number,
        details={"purpose": case.purpose, "by": "number" if certificate_number is not None else "person"},
    )
    named = {each.person_id for each in found if is_named(each, name)}
    if identity_number is not None and named:
        # All that are read as one person: a merged identity may carry an earlier name.
        named |= {each.person_id for each in found if each.is_asked_person}
    return [each.picture for each in found if each.picture is not None and each.person_id in named]


def identity_digests(keys: KeyRing, identity_number: str) -> list[bytes]:
    """What a person is looked up by; ``identity_number`` in its normal form."""
    return [digest for _, digest in keys.digests(identity_number, purpose="identity_number")]


def is_named(found: FoundPerson, name: str) -> bool:
    """Whether the proved name is that one."""
    return found.name is not None and same_name(found.name, name)
