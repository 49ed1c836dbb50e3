"""Budgets of look-ups (查询额度): by actor and purpose, a minute and a day, and for misses a day.

All processes spend from one row in the database. Each takes a small portion at a time and counts it there as spent
before it asks, so the budget is never exceeded, and the row is written once in twenty questions. What is left of a
portion is given back with the next one; a process that dies wastes its own.
"""

import asyncio
import time
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor, PrincipalKind
from app.db.engine import Engines
from app.db.roles import DatabaseRole
from app.kernel.errors import UNSOURCED, Reason, TooMany
from app.settings import Settings

_TAKE = text("""
    SELECT taken, taken_misses, seconds_left, day_left FROM take_allowance(
      :actor, :purpose, :wanted, :wanted_misses, :unused, :unused_misses, :per_minute, :per_day, :misses_per_day)
""")
_PORTIONS = 20
_KEPT_MAX = 4096
_SECONDS_A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Budget:
    """Operating values of the registry, by settings; no text states them."""

    per_minute: int
    per_day: int
    misses_per_day: int


@dataclass(slots=True)
class _Portion:
    questions: int
    misses: int
    good_until: float


class Allowances:
    """The portions of this process."""

    def __init__(self, engines: Engines, settings: Settings) -> None:
        self._engines = engines
        self._budgets = {
            PrincipalKind.OFFICER: Budget(
                settings.officer_lookups_per_minute,
                settings.officer_lookups_per_day,
                settings.officer_misses_per_day,
            ),
            PrincipalKind.AGENCY_CLIENT: Budget(
                settings.system_lookups_per_minute,
                settings.system_lookups_per_day,
                settings.system_misses_per_day,
            ),
        }
        self._portions: dict[tuple[UUID, str], _Portion] = {}
        self._taking: dict[tuple[UUID, str], asyncio.Lock] = {}

    async def spend(self, actor: Actor, purpose: str, questions: int = 1) -> None:
        """Take questions, one a person asked about, from the budget, all or none.

        Raises TooMany when it, or the one for misses, is used up. Every route by which an agency finds persons by
        number spends here, before its transaction: what is then refused counts as well.
        """
        portion = self._portions.get((actor.principal_id, purpose))
        if portion is None or not _covers(portion, questions):
            portion = await self._replenished(actor, purpose, questions)
        portion.questions -= questions

    def count_miss(self, actor: Actor, purpose: str, misses: int = 1) -> None:
        """Questions have found nobody. Those under way at the same moment may pass the budget; the next pays for it."""
        portion = self._portions.get((actor.principal_id, purpose))
        if portion is not None:
            portion.misses -= misses

    async def _replenished(self, actor: Actor, purpose: str, questions: int) -> _Portion:
        key = actor.principal_id, purpose
        if len(self._portions) > _KEPT_MAX:
            now = time.monotonic()
            self._portions = {name: kept for name, kept in self._portions.items() if kept.good_until > now}
            self._taking = {name: lock for name, lock in self._taking.items() if lock.locked()}
        async with self._taking.setdefault(key, asyncio.Lock()):
            held = self._portions.get(key)
            if held is None or not _covers(held, questions):
                held = self._portions[key] = await self._take(actor, purpose, held, questions)
        return held

    async def _take(self, actor: Actor, purpose: str, left: _Portion | None, questions: int) -> _Portion:
        budget = self._budgets[actor.kind]
        if questions > budget.per_minute:
            raise TooMany([_too_many_at_once(questions, budget)], retry_after_seconds=60)
        async with (
            AsyncSession(self._engines.of(DatabaseRole.APP_AGENCY)) as session,
            session.begin(),
        ):
            told = await session.execute(
                _TAKE,
                {
                    "actor": actor.principal_id,
                    "purpose": purpose,
                    "wanted": max(questions, 1 + budget.per_minute // _PORTIONS),
                    "wanted_misses": 1 + budget.misses_per_day // _PORTIONS,
                    "unused": 0 if left is None else left.questions,
                    "unused_misses": 0 if left is None else left.misses,
                    "per_minute": budget.per_minute,
                    "per_day": budget.per_day,
                    "misses_per_day": budget.misses_per_day,
                },
            )
            taken, misses, seconds_left, day_left = told.one()
        portion = _Portion(taken, misses, time.monotonic() + seconds_left)
        if not _covers(portion, questions):
            # Not enough was given, or questions without a miss to spare: what was taken goes back with the next call.
            self._portions[actor.principal_id, purpose] = _Portion(taken, misses, 0.0)
            raise _spent(budget, misses=misses, day_left=day_left, seconds_left=seconds_left)
        return portion


def _covers(portion: _Portion, questions: int) -> bool:
    return portion.questions >= questions and portion.misses > 0 and time.monotonic() < portion.good_until


def _spent(budget: Budget, *, misses: int, day_left: int, seconds_left: int) -> TooMany:
    if misses <= 0:
        return TooMany(
            [
                _reason(
                    "lookup_misses_spent",
                    f"今天查无此人的次数已达{budget.misses_per_day}次，本事由的查询已停用到明天",
                )
            ],
            retry_after_seconds=_SECONDS_A_DAY,
        )
    if day_left <= 0:
        return TooMany(
            [_reason("lookup_day_budget_spent", f"今天以本事由的查询已达{budget.per_day}次")],
            retry_after_seconds=_SECONDS_A_DAY,
        )
    return TooMany(
        [_reason("lookup_rate_exceeded", f"查询过于频繁，每分钟最多{budget.per_minute}次")],
        retry_after_seconds=max(seconds_left, 1),
    )


def _too_many_at_once(questions: int, budget: Budget) -> Reason:
    return Reason(
        code="lookup_batch_over_rate",
        message=f"一次查询{questions}人，超过每分钟最多{budget.per_minute}次的额度",
        remedy=f"请分批查询，每批不超过{budget.per_minute}人；成批核对请使用“信息比对”（POST /v1/comparisons）",
        field="subjects",
        citation=UNSOURCED,
    )


def _reason(code: str, message: str) -> Reason:
    return Reason(
        code=code,
        message=message,
        remedy="请稍后再查；成批核对请使用“信息比对”（POST /v1/comparisons）",
        field="purpose",
        citation=UNSOURCED,
    )
