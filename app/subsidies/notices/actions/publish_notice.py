"""Publish a notice (公示) of approved claims: names are masked here, between two doors of one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row, text
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.db.crypto import KeyRing
from app.identity.persons.actions.prove_identities import NAME_FIELD
from app.kernel.errors import NotFound, Refused
from app.reference.divisions import prefix_of
from app.subsidies.claims.states import ClaimState
from app.subsidies.entitlements.states import BenefitKind
from app.subsidies.notices import rules

_TAKE = text("""
    SELECT person_id, claim_id, claim_number, kind, state, round, division_code, amount_fen, name_sealed,
      occupation_edition, occupation_code, skill_level, institution_name, is_held
    FROM take_noticeable(:actor, :agency, :request, :prefix, CAST(:kinds AS text[]), CAST(:claims AS uuid[]), :page)
""")
_NOTICE = text("""
    INSERT INTO public_notice (notice_id, division_code, agency_id, title, starts_on, ends_on, published_by)
    VALUES (:notice_id, :division_code, :agency, :title, :starts_on, :ends_on, :actor)
""")
_LINES = text("SELECT publish_notice_lines(:actor, :notice_id, CAST(:lines AS jsonb))")


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A notice just made; ``is_more`` when other approved claims wait for the next one."""

    notice_id: UUID
    division_code: str
    starts_on: date
    ends_on: date
    lines: int
    is_more: bool


async def publish_notice(
    unit: Unit,
    keys: KeyRing,
    *,
    title: str,
    division_code: str,
    kinds: Sequence[BenefitKind] = (),
    claim_ids: Sequence[UUID] = (),
) -> Published:
    """Put the claims of a list, or everything approved of some kinds, on a notice that is up at once.

    Raises NotFound outside the officer's area, Refused with every reason of every claim, ``CalendarYearUnpublished``.
    """
    prefix = prefix_of(division_code)
    if not prefix.startswith(prefix_of(unit.actor.division_code or "")):
        raise NotFound(title="不在您的辖区")
    rows = await _take(unit, prefix, kinds, claim_ids)
    claims = [_noticeable(keys, row) for row in rows]
    _refuse(claims, claim_ids)
    is_more = not claim_ids and len(rows) > rules.LINES_MAX
    rows, claims = rows[: rules.LINES_MAX], claims[: rules.LINES_MAX]
    published = Published(
        notice_id=uuid7(),
        division_code=division_code,
        starts_on=unit.today,
        ends_on=rules.ends_on(unit.today, division_code),
        lines=len(rows),
        is_more=is_more,
    )
    await _write(unit, published, title, rows, claims)
    return published


async def _take(
    unit: Unit, prefix: str, kinds: Sequence[BenefitKind], claim_ids: Sequence[UUID]
) -> Sequence[Row[Any]]:
    return (
        await unit.session.execute(
            _TAKE,
            {
                "actor": unit.actor.principal_id,
                "agency": unit.actor.agency(),
                "request": unit.actor.request_id,
                "prefix": prefix,
                "kinds": list(kinds),
                "claims": list(claim_ids) or None,
                "page": rules.LINES_MAX + 1,
            },
        )
    ).all()


def _noticeable(keys: KeyRing, row: Row[Any]) -> rules.Noticeable:
    name = "" if row.name_sealed is None else keys.open(row.name_sealed, name=NAME_FIELD, owner=row.person_id)
    return rules.Noticeable(
        claim_id=str(row.claim_id),
        claim_number=row.claim_number,
        kind=BenefitKind(row.kind),
        state=ClaimState(row.state),
        division_code=row.division_code,
        amount_fen=row.amount_fen,
        name=name,
        occupation_edition=row.occupation_edition,
        occupation_code=row.occupation_code,
        skill_level=row.skill_level,
        institution_name=row.institution_name,
        is_held=row.is_held,
    )


def _refuse(claims: Sequence[rules.Noticeable], asked: Sequence[UUID]) -> None:
    line_of = {str(claim_id): line for line, claim_id in enumerate(asked, start=1)}
    reasons = list(rules.unknown_claims([*line_of], [claim.claim_id for claim in claims]))
    for claim in sorted(claims, key=lambda each: line_of.get(each.claim_id, 0)):
        reasons += rules.reasons_against_noticing(claim, line_of.get(claim.claim_id))
    if not claims and not reasons:
        reasons.append(rules.NOTHING_TO_NOTICE)
    if reasons:
        raise Refused(reasons)


async def _write(
    unit: Unit,
    published: Published,
    title: str,
    rows: Sequence[Row[Any]],
    claims: Sequence[rules.Noticeable],
) -> None:
    notice_id = published.notice_id
    await unit.session.execute(
        _NOTICE,
        {
            "notice_id": notice_id,
            "division_code": published.division_code,
            "agency": unit.actor.agency(),
            "title": title,
            "starts_on": published.starts_on,
            "ends_on": published.ends_on,
            "actor": unit.actor.principal_id,
        },
    )
    lines = [
        {
            "person_id": str(row.person_id),
            "claim_id": str(row.claim_id),
            "line_no": line_no,
            "shown": rules.shown_of(claim, unit.today),
        }
        for line_no, (row, claim) in enumerate(zip(rows, claims, strict=True), start=1)
    ]
    written = await unit.session.scalar(
        _LINES,
        {
            "actor": unit.actor.principal_id,
            "notice_id": notice_id,
            "lines": orjson.dumps(lines).decode(),
        },
    )
    # The claims were locked when they were taken: none can have left meanwhile.
    assert written == len(lines)
    details = {
        "division_code": published.division_code,
        "lines": len(lines),
        "ends_on": published.ends_on.isoformat(),
    }
    await record_event(
        unit, "notice:published", subject_kind="public_notice", subject_id=notice_id, details=details
    )
    await announce(unit, "notice.published", {"notice_id": str(notice_id), **details})
