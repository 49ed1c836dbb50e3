"""Object to one line of an open notice (提出异议): anybody may, without signing in; the text is sealed."""

import base64
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.db.crypto import KeyRing
from app.kernel.errors import NotFound, Refused, TooMany
from app.subsidies.notices import rules
from app.subsidies.notices.queries import CONTACT_FIELD, GROUNDS_FIELD
from app.subsidies.notices.states import Filed

_FILE = text("""
    SELECT file_objection(:notice_id, :line_no, :objection_id, :grounds, :contact, :receipt, :source, :hourly_max,
      :request)
""")
_RETRY_AFTER_S = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class FileObjection:
    """What somebody sends. ``source`` is where from (a network address); ``once_key`` makes a repetition the same."""

    notice_id: UUID
    line_no: int
    grounds: str = field(repr=False)
    contact: str | None = field(repr=False)
    source: str = field(repr=False)
    once_key: str


async def file_objection(unit: Unit, keys: KeyRing, command: FileObjection) -> str:
    """The receipt code (回执号). The same request again gets the same code and files nothing anew.

    Raises NotFound when there is no such line on an open notice, Refused when the line is settled, TooMany.
    """
    objection_id, receipt_code = _identity(keys, command)
    answer = await unit.session.scalar(
        _FILE,
        {
            "notice_id": command.notice_id,
            "line_no": command.line_no,
            "objection_id": objection_id,
            "grounds": keys.seal(command.grounds, name=GROUNDS_FIELD, owner=objection_id),
            "contact": None
            if command.contact is None
            else keys.seal(command.contact, name=CONTACT_FIELD, owner=objection_id),
            "receipt": keys.digest(receipt_code, purpose="objection_receipt"),
            "source": keys.digest(command.source, purpose="objection_source"),
            "hourly_max": rules.OBJECTIONS_PER_HOUR,
            "request": unit.actor.request_id,
        },
    )
    match Filed(answer):
        case Filed.FILED:
            return receipt_code
        case Filed.TOO_MANY:
            raise TooMany([rules.TOO_MANY_OBJECTIONS], retry_after_seconds=_RETRY_AFTER_S)
        case Filed.SETTLED:
            raise Refused([rules.LINE_SETTLED])
        case Filed.OVER | Filed.ABSENT:
            raise NotFound([rules.NOTICE_OVER], title="没有正在公示的这一条")


def _identity(keys: KeyRing, command: FileObjection) -> tuple[UUID, str]:
    """Id and receipt code, both derived from the request by a key that nobody outside has."""
    said = "\0".join(
        (
            str(command.notice_id),
            str(command.line_no),
            command.grounds,
            command.contact or "",
            command.source,
            command.once_key,
        )
    )
    digest = keys.digest(said, purpose="objection")
    code = base64.b32encode(digest[16:26]).decode()
    return UUID(bytes=digest[:16], version=5), "Y" + "-".join(code[at : at + 4] for at in range(0, 16, 4))
