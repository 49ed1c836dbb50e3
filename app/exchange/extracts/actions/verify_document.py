"""Verify something printed by its code: how it stands now, and what it should say."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from app.access.unit import Unit
from app.db.crypto import KeyRing
from app.exchange.codes.actions.try_code import door_of_codes, try_code
from app.exchange.codes.rules import RETRY_AFTER_S, TOO_MANY_TRIES
from app.exchange.extracts.rules.contents import DOCUMENT_UNKNOWN, standing_of
from app.exchange.extracts.states import DocumentKind, Found, Standing
from app.exchange.shares.queries import entries_shown
from app.exchange.shares.rules import ShownEntry
from app.identity.persons.actions.prove_identities import NAME_FIELD
from app.kernel.errors import NotFound, TooMany
from app.kernel.masking import mask_name_public
from app.subsidies.claims.states import NoticeKind

_VERIFY = door_of_codes("verify_document")


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedDocument:
    """What whoever holds the paper compares it with."""

    kind: DocumentKind
    standing: Standing
    issued_at: datetime
    name: str = field(repr=False)
    entries: tuple[ShownEntry, ...]
    notice_number: str | None
    notice_kind: NoticeKind | None
    claim_number: str | None
    later_number: str | None


async def try_document(unit: Unit, keys: KeyRing, *, code: str, source: str) -> Row[Any]:
    """The door's answer. It counts the try, so its transaction commits also when nothing is found."""
    return await try_code(unit, keys, _VERIFY, code=code, source=source)


def verified_document(keys: KeyRing, row: Row[Any]) -> VerifiedDocument:
    """How it stands, after the commit. Raises NotFound or TooMany."""
    outcome = Found(row.outcome)
    if outcome is Found.TOO_MANY:
        raise TooMany([TOO_MANY_TRIES], retry_after_seconds=RETRY_AFTER_S)
    if outcome is Found.ABSENT:
        raise NotFound([DOCUMENT_UNKNOWN], title="查无此件")
    entries = entries_shown(keys, row.entries)
    notice = row.notice or {}
    return VerifiedDocument(
        kind=DocumentKind(row.kind),
        standing=standing_of(
            is_revoked=row.revoked_at is not None,
            entries=entries,
            has_later_notice=notice.get("later_number") is not None,
            chosen=row.chosen,
        ),
        issued_at=row.issued_at,
        name=mask_name_public(keys.open(row.name_sealed, name=NAME_FIELD, owner=row.name_person_id)),
        entries=entries,
        notice_number=notice.get("notice_number"),
        notice_kind=None if not notice else NoticeKind(notice["kind"]),
        claim_number=notice.get("claim_number"),
        later_number=notice.get("later_number"),
    )
