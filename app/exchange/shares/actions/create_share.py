"""Share a piece of the own record; the code is told once and stored nowhere."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.audit.events import record_event
from app.db.crypto import KeyRing
from app.exchange.codes.rules import digest_of, new_link_code
from app.exchange.shares.queries import LABEL_FIELD, count_open, own_entries
from app.exchange.shares.rules import Wish, reasons_against_sharing, terms_on
from app.exchange.shares.states import NameShown, ShareField, ShareScope
from app.kernel.errors import Refused

_SHARE = text("""
    INSERT INTO record_share (person_id, share_id, scope, fields, name_shown, label_sealed, expires_at, looks_max,
      created_by)
    VALUES (:person_id, :share_id, :scope, CAST(:fields AS text[]), :name_shown, :label, :expires_at, :looks_max,
      :actor)
""")
_ENTRY = text("""
    INSERT INTO record_share_entry (person_id, share_id, entry_person_id, entry_id)
    VALUES (:person_id, :share_id, :entry_person_id, :entry_id)
""")
_CODE = text("""
    INSERT INTO share_code (code_digest, person_id, share_id) VALUES (:digest, :person_id, :share_id)
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateShare:
    """What is to be shared. ``record_numbers`` empty: the whole record, as it will be when opened."""

    record_numbers: Sequence[str]
    scope: ShareScope
    fields: Sequence[ShareField]
    name_shown: NameShown
    valid_days: int
    looks_max: int | None
    label: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Created:
    """A new share and its code."""

    share_id: UUID
    code: str = field(repr=False)
    expires_at: datetime
    looks_max: int


async def create_share(unit: Unit, keys: KeyRing, command: CreateShare) -> Created:
    """Raises Refused with every reason."""
    person_id, share_id, code = unit.actor.person_id, uuid7(), new_link_code()
    assert person_id is not None
    numbers = list(dict.fromkeys(command.record_numbers))
    own = await own_entries(unit, numbers)
    terms = terms_on(unit.today)
    wish = Wish(
        scope=command.scope,
        valid_days=command.valid_days,
        looks_max=command.looks_max,
        entries=len(own),
        unknown=tuple(number for number in numbers if number not in own),
        open_shares=await count_open(unit),
    )
    reasons = reasons_against_sharing(wish, terms)
    if reasons:
        raise Refused(reasons)
    whose = {"person_id": person_id, "share_id": share_id}
    created = Created(
        share_id,
        code,
        unit.now + timedelta(days=command.valid_days),
        terms.looks_max if command.looks_max is None else command.looks_max,
    )
    await unit.session.execute(
        _SHARE,
        {
            **whose,
            "scope": command.scope,
            "fields": sorted(set(command.fields)),
            "name_shown": command.name_shown,
            "label": None
            if command.label is None
            else keys.seal(command.label, name=LABEL_FIELD, owner=share_id),
            "expires_at": created.expires_at,
            "looks_max": created.looks_max,
            "actor": unit.actor.principal_id,
        },
    )
    if own:
        chosen = [
            {**whose, "entry_person_id": row.person_id, "entry_id": row.entry_id} for row in own.values()
        ]
        await unit.session.execute(_ENTRY, chosen)
    await unit.session.execute(_CODE, {**whose, "digest": digest_of(code)})
    await record_event(
        unit,
        "share:created",
        subject_kind="record_share",
        subject_id=share_id,
        details={"scope": command.scope, "days": command.valid_days, "looks_max": created.looks_max},
    )
    return created
