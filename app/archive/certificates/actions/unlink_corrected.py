"""Take back links of the registry's own making whose reasons the network's correction has made untrue.

A link that an officer made stays: it rests on a decision, and recoveries learn of the correction by themselves.
"""

from collections.abc import Collection, Mapping
from uuid import UUID

import orjson

from app.access.unit import Unit
from app.archive.certificates.actions.link_matched import FACTS, judge_all
from app.archive.certificates.actions.request_linking import request_linking
from app.archive.certificates.queries.pictures import Picture
from app.archive.certificates.rules.linking import is_untrue_now
from app.audit.events import announce, record_event

REASON = "certificate_corrected"
"""What the link says of its end; unlike an officer's own unlinking it bars no later link."""
_LINKED_BY = frozenset(
    {"kind", "occupation_edition", "occupation_code", "trade_name", "skill_level", "issued_on"}
)
_UNLINK = """
UPDATE certificate_link SET unlinked_at = registry_now(), unlinked_by = $3, unlink_reason = $4
FROM unnest($1::uuid[], $2::uuid[]) AS untrue (person_id, certificate_id)
WHERE certificate_link.person_id = untrue.person_id AND certificate_link.certificate_id = untrue.certificate_id
  AND certificate_link.unlinked_at IS NULL AND certificate_link.is_automatic
"""


async def unlink_corrected(unit: Unit, corrections: Mapping[tuple[UUID, UUID], Collection[str]]) -> int:
    """How many links ended. ``corrections``: what was corrected, by ``(person_id, certificate_id)``.

    The certificates, and others that may fit the entries that are free now, are held against the entries anew.
    """
    keys = [key for key, fields in corrections.items() if not _LINKED_BY.isdisjoint(fields)]
    if not keys:
        return 0
    driver = await unit.driver()
    rows = await driver.fetch(FACTS, [key[0] for key in keys], [key[1] for key in keys])
    untrue: list[tuple[Picture, str]] = []
    for row in rows:
        picture = Picture("", orjson.loads(row["certificate"]))
        link = picture.columns["link"]
        if link is None or not link["is_automatic"]:
            continue
        scopes = None if row["scopes"] is None else orjson.loads(row["scopes"])
        judged = judge_all(unit, picture, scopes, orjson.loads(row["entries"]))
        now = next(each for each in judged if each.entry.entry_id == UUID(link["entry_id"]))
        if is_untrue_now(link["reasons"], now):
            untrue.append((picture, now.entry.record_number))
    await driver.execute(
        _UNLINK,
        [picture.person_id for picture, _ in untrue],
        [picture.certificate_id for picture, _ in untrue],
        unit.actor.principal_id,
        REASON,
    )
    for picture, record_number in untrue:
        certificate_id = picture.certificate_id
        payload = {"certificate_id": str(certificate_id), "record_number": record_number, "reason": REASON}
        await record_event(
            unit,
            "certificate:unlinked",
            subject_kind="certificate",
            subject_id=certificate_id,
            details=payload,
        )
        await announce(unit, "certificate.unlinked", payload)
    await request_linking(unit, {picture.person_id for picture, _ in untrue})
    return len(untrue)
