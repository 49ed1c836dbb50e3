"""Open a share by its code: one more look, or the reason why nothing is shown."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from app.access.unit import Unit
from app.db.crypto import KeyRing
from app.exchange.codes.actions.try_code import door_of_codes, try_code
from app.exchange.codes.rules import RETRY_AFTER_S, TOO_MANY_TRIES
from app.exchange.shares.queries import entries_shown
from app.exchange.shares.rules import CLOSED, CODE_UNKNOWN, ShownEntry
from app.exchange.shares.states import NameShown, Opening, ShareField
from app.identity.persons.actions.prove_identities import NAME_FIELD
from app.kernel.errors import NotFound, Refused, TooMany
from app.kernel.masking import mask_name_public

_OPEN = door_of_codes("open_share")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedShare:
    """What whoever holds the code sees."""

    name: str | None = field(repr=False)
    name_shown: NameShown
    fields: tuple[ShareField, ...]
    expires_at: datetime
    looks: int
    looks_max: int
    entries: tuple[ShownEntry, ...]


async def try_share(unit: Unit, keys: KeyRing, *, code: str, source: str) -> Row[Any]:
    """The door's answer. It counts the try, so its transaction commits also when nothing is shown."""
    return await try_code(unit, keys, _OPEN, code=code, source=source)


def opened_share(keys: KeyRing, row: Row[Any]) -> OpenedShare:
    """What is shown, after the commit. Raises NotFound, TooMany, or Refused when it is over."""
    outcome = Opening(row.outcome)
    if outcome is Opening.TOO_MANY:
        raise TooMany([TOO_MANY_TRIES], retry_after_seconds=RETRY_AFTER_S)
    if outcome is Opening.ABSENT:
        raise NotFound([CODE_UNKNOWN], title="没有这份分享")
    if outcome is not Opening.OPENED:
        raise Refused([CLOSED[outcome]], title="这份分享已不能查看")
    shown = NameShown(row.name_shown)
    name = None
    if row.name_sealed is not None:
        name = keys.open(row.name_sealed, name=NAME_FIELD, owner=row.name_person_id)
        name = name if shown is NameShown.FULL else mask_name_public(name)
    return OpenedShare(
        name=name,
        name_shown=shown,
        fields=tuple(ShareField(each) for each in row.fields),
        expires_at=row.expires_at,
        looks=row.nth,
        looks_max=row.looks_max,
        entries=entries_shown(keys, row.entries),
    )
