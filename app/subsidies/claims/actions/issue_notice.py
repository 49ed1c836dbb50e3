"""Issue a numbered notice (通知书): reasons with clause, and until when and where one may go against it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.subsidies.claims.rules.notices import notice_number, remedies_of
from app.subsidies.claims.states import NoticeKind

_SERIAL = text("SELECT nextval('notice_serial')")
_NOTICE = text("""
    INSERT INTO decision_notice (person_id, notice_id, claim_id, notice_number, kind, reasons, remedies, issued_by)
    VALUES (:person_id, :notice_id, :claim_id, :number, :kind, CAST(:reasons AS jsonb), CAST(:remedies AS jsonb),
      :actor)
""")
_NUMBER = text("""
    INSERT INTO decision_notice_number (notice_number, person_id, notice_id) VALUES (:number, :person_id, :notice_id)
""")


async def issue_notice(
    unit: Unit,
    *,
    person_id: UUID,
    claim_id: UUID,
    division: str,
    kind: NoticeKind,
    reasons: Sequence[dict[str, Any]],
) -> str:
    """The number of the notice. Raises ``PolicyUndefined`` when no period of 复议 or 诉讼 holds today."""
    serial = (await unit.session.execute(_SERIAL)).scalar_one()
    number = notice_number(division, unit.today.year, serial)
    row = {
        "person_id": person_id,
        "notice_id": uuid7(),
        "claim_id": claim_id,
        "number": number,
        "kind": kind.value,
        "reasons": orjson.dumps(list(reasons)).decode(),
        "remedies": orjson.dumps(remedies_of(kind, unit.today, division)).decode(),
        "actor": unit.actor.principal_id,
    }
    await unit.session.execute(_NOTICE, row)
    await unit.session.execute(
        _NUMBER, {"number": number, "person_id": person_id, "notice_id": row["notice_id"]}
    )
    return number
