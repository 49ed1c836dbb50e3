"""Tell what answers of the network have turned: states, conflicts over a number, corrections. No person, no number."""

from collections import Counter
from collections.abc import Collection, Mapping
from uuid import UUID

from app.access.unit import Unit
from app.archive.certificates.queries import answering as sql
from app.archive.certificates.rules.transitions import NUMBER_HELD_BY_ANOTHER, Turn
from app.archive.certificates.states import CertificateState
from app.audit.events import announce, record_event
from app.audit.states import BATCH

Key = tuple[UUID, UUID]
"""``(person_id, certificate_id)``."""


async def announce_answers(
    unit: Unit,
    changed: Counter[CertificateState],
    *,
    conflicts: Mapping[UUID, UUID],
    turns: Mapping[Key, Turn],
    corrections: Mapping[Key, Collection[str]],
) -> None:
    """One audit event a batch; a message for every turn, conflict and correction.

    ``conflicts``: the certificate that holds the number, by the one that was confirmed too. ``corrections``: names of
    what the network says otherwise now. Turns and corrections are the hook of recoveries and carry the numbers of the
    entries that rest on the certificate: whoever paid on one of them has to look again.
    """
    if changed:
        counts = {state.value: count for state, count in changed.items()}
        await record_event(
            unit, "certificate:answered", subject_kind="certificate", subject_id=BATCH, details=counts
        )
        await announce(unit, "certificates.answered", counts)
    for certificate_id, holding_id in conflicts.items():
        details = {"holding_certificate_id": str(holding_id), "reason": NUMBER_HELD_BY_ANOTHER}
        await _tell(unit, "conflicted", certificate_id, details)
    resting = await _entries_resting_on(unit, {*turns, *corrections})
    for (_, certificate_id), turn in turns.items():
        await _tell(unit, turn, certificate_id, {"record_numbers": resting.get(certificate_id, [])})
    for (_, certificate_id), fields in corrections.items():
        corrected = {"record_numbers": resting.get(certificate_id, []), "fields": sorted(fields)}
        await _tell(unit, "corrected", certificate_id, corrected)


async def _tell(unit: Unit, what: str, certificate_id: UUID, details: Mapping[str, object]) -> None:
    payload = {"certificate_id": str(certificate_id), **details}
    await record_event(
        unit, f"certificate:{what}", subject_kind="certificate", subject_id=certificate_id, details=payload
    )
    await announce(unit, f"certificate.{what}", payload)


async def _entries_resting_on(unit: Unit, keys: Collection[Key]) -> dict[UUID, list[str]]:
    if not keys:
        return {}
    driver = await unit.driver()
    found: dict[UUID, list[str]] = {}
    columns = [key[0] for key in keys], [key[1] for key in keys]
    for row in await driver.fetch(sql.LINKED_ENTRIES, *columns):
        found.setdefault(row["certificate_id"], []).append(row["record_number"])
    return {certificate_id: sorted(numbers) for certificate_id, numbers in found.items()}
