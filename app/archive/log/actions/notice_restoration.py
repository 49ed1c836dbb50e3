"""Notice that this database is behind what it has said before: restored from a backup, it may have forgotten payments.

Noticing closes payments and attestations until two officers have looked (``app/subsidies/disbursements``).
"""

from collections.abc import Mapping
from enum import StrEnum

import orjson
from sqlalchemy import text

from app.access.unit import Unit

_NOTICE = text("SELECT notice_restoration(:noticed_by, CAST(:evidence AS jsonb))")
_COMPARE = text("SELECT compare_origin()")
_COMPARED = text("SELECT note_log_compared()")


class Sign(StrEnum):
    """What told it (``restoration.noticed_by``)."""

    DATABASE = "database"
    LOG = "log"
    PEER = "peer"


async def notice_restoration(unit: Unit, sign: Sign, evidence: Mapping[str, str]) -> None:
    """Close payments, unless the same sign has closed them already."""
    await unit.session.execute(
        _NOTICE, {"noticed_by": sign.value, "evidence": orjson.dumps(evidence).decode()}
    )


async def compare_origin(unit: Unit) -> bool:
    """Whether it is noticed, just now, that the database lives elsewhere than it did: another server, a reload."""
    return bool(await unit.session.scalar(_COMPARE))


async def note_log_compared(unit: Unit) -> None:
    """What is stored leads to all that is published: payments open after a start of the server."""
    await unit.session.execute(_COMPARED)
