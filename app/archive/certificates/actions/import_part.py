"""Store one part of an issuer's list: certificates, row-level defects and progress in one transaction, in one call."""

from dataclasses import asdict

import orjson

from app.access.unit import Unit
from app.archive.certificates.actions.prepare_part import PreparedPart
from app.archive.certificates.queries.imports import ImportJob
from app.archive.certificates.rules.issuer_file import IssuedFacts
from app.audit.events import announce, record_event

_STORE = "SELECT is_done, stored FROM store_import_part($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"


async def import_part(unit: Unit, job: ImportJob, part: PreparedPart) -> bool | None:
    """Whether the import is done with this part; None when another worker was faster and nothing was stored.

    A person has a number once: rows that are there already are passed over.
    """
    driver = await unit.driver()
    defects = part.judged.defects
    told = await driver.fetchrow(
        _STORE,
        job.import_id,
        job.state,
        job.rows_done,
        part.judged.rows,
        [line for line, _ in defects],
        [orjson.dumps([asdict(reason) for reason in reasons]).decode() for _, reasons in defects],
        part.persons,
        part.certificate_ids,
        part.numbers,
        part.sealed,
        part.judged.places,
        orjson.dumps(list(map(_recorded, range(len(part.judged.facts)), part.judged.facts))).decode(),
    )
    is_done: bool | None = told["is_done"]
    if is_done is None:
        return None
    details = {
        "from_row": job.rows_done,
        "rows": part.judged.rows,
        "stored": told["stored"],
        "refused": len(defects),
    }
    await record_event(
        unit,
        "certificate_import:part_stored",
        subject_kind="certificate_import",
        subject_id=job.import_id,
        details=details,
    )
    if is_done:
        await announce(unit, "certificate_import.done", {"import_id": str(job.import_id)})
    return is_done


def _recorded(place: int, facts: IssuedFacts) -> dict[str, object]:
    edition, code = facts.occupation or (None, None)
    return {
        "place": place,
        "kind": facts.kind,
        "occupation_edition": edition,
        "occupation_code": code,
        "trade_name": facts.trade_name,
        "skill_level": facts.skill_level,
        "issued_on": facts.issued_on,
        "valid_until": facts.valid_until,
        "review_due_on": facts.review_due_on,
    }
