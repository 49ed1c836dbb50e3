"""Reads of the directory of evaluation bodies; all of them public, none returns personal data."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access.unit import Unit
from app.directory.evaluation_bodies.rules import BodyScope, level_of_rank
from app.directory.evaluation_bodies.states import BodyKind
from app.directory.evaluation_bodies.tables import BodyScopeRow, EvaluationBodyRow
from app.directory.institutions.queries import is_in_scope, period_of
from app.kernel.errors import NotFound, Reason
from app.kernel.paging import Page, decode_cursor, encode_cursor
from app.reference.divisions import prefix_of


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyDetail:
    """An evaluation body with the scopes in force on a day."""

    body: EvaluationBodyRow
    scopes: tuple[BodyScope, ...]


async def list_bodies(
    session: AsyncSession,
    *,
    as_of: date,
    within: str | None,
    kind: BodyKind | None,
    occupation_code: str | None,
    text: str | None,
    cursor: str | None,
    limit: int,
) -> Page[EvaluationBodyRow]:
    """Bodies registered by the end of a day, in the order of their registration."""
    found = select(EvaluationBodyRow).where(func.law_date(col(EvaluationBodyRow.registered_at)) <= as_of)
    if within is not None:
        found = found.where(col(EvaluationBodyRow.division_code).startswith(prefix_of(within)))
    if kind is not None:
        found = found.where(col(EvaluationBodyRow.kind) == kind)
    if occupation_code is not None:
        found = found.where(
            exists().where(
                col(BodyScopeRow.body_id) == col(EvaluationBodyRow.body_id),
                col(BodyScopeRow.occupation_code) == occupation_code,
                col(BodyScopeRow.in_force).contains(as_of),
            )
        )
    if text:
        found = found.where(col(EvaluationBodyRow.name).icontains(text, autoescape=True))
    if cursor is not None:
        (after,) = decode_cursor(cursor, UUID)
        found = found.where(col(EvaluationBodyRow.body_id) > after)
    rows = (await session.scalars(found.order_by(col(EvaluationBodyRow.body_id)).limit(limit + 1))).all()
    following = encode_cursor(rows[limit - 1].body_id) if len(rows) > limit else None
    return Page(tuple(rows[:limit]), following)


async def read_body(session: AsyncSession, body_id: UUID, *, as_of: date) -> BodyDetail:
    """One body. Raises NotFound."""
    row = await session.get(EvaluationBodyRow, body_id)
    if row is None:
        raise body_not_found()
    scopes = (scope for scope in await scopes_of(session, body_id) if scope.in_force.covers(as_of))
    return BodyDetail(body=row, scopes=tuple(scopes))


async def scopes_of(session: AsyncSession, body_id: UUID) -> tuple[BodyScope, ...]:
    """Every scope a body ever had, past and coming ones included."""
    rows = await session.scalars(
        select(BodyScopeRow)
        .where(col(BodyScopeRow.body_id) == body_id)
        .order_by(
            col(BodyScopeRow.occupation_edition),
            col(BodyScopeRow.occupation_code),
            func.lower(col(BodyScopeRow.in_force)),
        )
        .execution_options(populate_existing=True)
    )
    return tuple(
        BodyScope(
            occupation_edition=row.occupation_edition,
            occupation_code=row.occupation_code,
            lowest=level_of_rank(row.lowest_rank),
            highest=level_of_rank(row.highest_rank),
            in_force=period_of(row.in_force),
            document_number=row.document_number,
        )
        for row in rows
    )


async def require_body_in_scope(unit: Unit, body_id: UUID) -> None:
    """Raises NotFound when the body is not in the area of the caller's agency today."""
    found = await unit.session.execute(
        select(col(EvaluationBodyRow.division_code)).where(col(EvaluationBodyRow.body_id) == body_id)
    )
    division_code = found.scalar_one_or_none()
    if division_code is None or not is_in_scope(unit, division_code):
        raise body_not_found()


def body_not_found() -> NotFound:
    """The refusal for an id the directory does not know."""
    return NotFound(
        [
            Reason(
                code="evaluation_body_unknown",
                message="评价机构目录中没有这家机构",
                remedy="请在评价机构目录中查询",
            )
        ]
    )
