"""Reads of shares: the person's own, and what of the record they may choose from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from app.access.unit import Unit
from app.archive.certificates.queries.sealed_numbers import open_number
from app.db.crypto import KeyRing
from app.exchange.shares.rules import ShownEntry, state_of
from app.exchange.shares.states import NameShown, ShareField, ShareScope, ShareState
from app.kernel.clock import parse_instant
from app.kernel.errors import NotFound
from app.kernel.paging import Page, decode_cursor, encode_cursor

LABEL_FIELD = "record_share.label"
_SHARES = text("""
    SELECT share.*, (SELECT count(*) FROM share_look AS look
        WHERE look.person_id = share.person_id AND look.share_id = share.share_id) AS looks,
      ARRAY(SELECT entry.record_number FROM record_share_entry AS one
        JOIN record_entry AS entry ON entry.person_id = one.entry_person_id AND entry.entry_id = one.entry_id
        WHERE one.person_id = share.person_id AND one.share_id = share.share_id
        ORDER BY entry.record_number) AS record_numbers
    FROM record_share AS share
    WHERE share.person_id IN (SELECT person_group(:person_id))
      AND (CAST(:before AS timestamptz) IS NULL OR (share.created_at, share.share_id) < (:before, :before_id))
    ORDER BY share.created_at DESC, share.share_id DESC LIMIT :page
""")
_OPEN_COUNT = text("""
    SELECT count(*) FROM record_share AS share
    WHERE share.person_id IN (SELECT person_group(:person_id)) AND share.revoked_at IS NULL
      AND share.expires_at > registry_now()
""")
_OWN_ENTRIES = text("""
    SELECT entry.record_number, entry.person_id, entry.entry_id FROM record_entry AS entry
    WHERE entry.person_id IN (SELECT person_group(:person_id))
      AND entry.record_number = ANY (CAST(:numbers AS text[]))
""")
_LOOKS = text("""
    SELECT look.nth, look.at, look.source_region, dense_rank() OVER (ORDER BY first.at, first.nth) AS source_no
    FROM share_look AS look
    JOIN LATERAL (SELECT known.at, known.nth FROM share_look AS known
      WHERE known.person_id = look.person_id AND known.share_id = look.share_id
        AND known.source_digest = look.source_digest ORDER BY known.nth LIMIT 1) AS first ON true
    WHERE look.share_id = :share_id AND look.person_id IN (SELECT person_group(:person_id))
    ORDER BY look.nth DESC LIMIT 1000
""")
_EXISTS = text("""
    SELECT EXISTS (SELECT FROM record_share
      WHERE share_id = :share_id AND person_id IN (SELECT person_group(:person_id)))
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnShare:
    """A share as its person sees it."""

    share_id: UUID
    label: str | None = field(repr=False)
    scope: ShareScope
    fields: tuple[ShareField, ...]
    name_shown: NameShown
    record_numbers: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    looks: int
    looks_max: int
    revoked_at: datetime | None
    state: ShareState


async def own_shares(unit: Unit, keys: KeyRing, *, cursor: str | None, limit: int) -> Page[OwnShare]:
    """Every share of the person, newest first."""
    before, before_id = (None, None) if cursor is None else decode_cursor(cursor, parse_instant, UUID)
    asked = {
        "person_id": unit.actor.person_id,
        "before": before,
        "before_id": before_id,
        "page": limit + 1,
    }
    rows = (await unit.session.execute(_SHARES, asked)).all()
    more = None
    if len(rows) > limit:
        more = encode_cursor(rows[limit - 1].created_at.isoformat(), rows[limit - 1].share_id)
    return Page(tuple(_own(unit, keys, row) for row in rows[:limit]), more)


async def count_open(unit: Unit) -> int:
    """How many shares of the person can still be opened."""
    return int(await unit.session.scalar(_OPEN_COUNT, {"person_id": unit.actor.person_id}) or 0)


async def own_entries(unit: Unit, record_numbers: Sequence[str]) -> dict[str, Row[Any]]:
    """The person's own entries by record number, with whose and which; others are not there."""
    asked = {"person_id": unit.actor.person_id, "numbers": list(record_numbers)}
    return {row.record_number: row for row in await unit.session.execute(_OWN_ENTRIES, asked)}


async def looks_at(unit: Unit, share_id: UUID) -> Sequence[Row[Any]]:
    """The looks at one share, newest first, at most a thousand. ``source_no`` tells equal sources. Raises NotFound."""
    whose = {"share_id": share_id, "person_id": unit.actor.person_id}
    if not await unit.session.scalar(_EXISTS, whose):
        raise NotFound
    return (await unit.session.execute(_LOOKS, whose)).all()


def entries_shown(keys: KeyRing, stored: Sequence[Mapping[str, Any]]) -> tuple[ShownEntry, ...]:
    """Entries as ``shown_entries`` answers them, with the numbers of certificates opened where they were chosen."""
    return tuple(ShownEntry.of(each, _certificate_number(keys, each)) for each in stored)


def _certificate_number(keys: KeyRing, stored: Mapping[str, Any]) -> str | None:
    sealed = stored.get("certificate_number_sealed")
    if sealed is None:
        return None
    return open_number(keys, bytes.fromhex(sealed), UUID(stored["certificate_person_id"]))


def _own(unit: Unit, keys: KeyRing, row: Row[Any]) -> OwnShare:
    sealed = row.label_sealed
    return OwnShare(
        share_id=row.share_id,
        label=None if sealed is None else keys.open(sealed, name=LABEL_FIELD, owner=row.share_id),
        scope=ShareScope(row.scope),
        fields=tuple(ShareField(each) for each in row.fields),
        name_shown=NameShown(row.name_shown),
        record_numbers=tuple(row.record_numbers),
        created_at=row.created_at,
        expires_at=row.expires_at,
        looks=row.looks,
        looks_max=row.looks_max,
        revoked_at=row.revoked_at,
        state=state_of(
            revoked_at=row.revoked_at,
            looks=row.looks,
            looks_max=row.looks_max,
            expires_at=row.expires_at,
            now=unit.now,
        ),
    )
