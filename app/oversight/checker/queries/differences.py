"""Everything that was decided, derived again under one snapshot; differences leave as they are found."""

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from typing import Any
from uuid import UUID

import orjson

from app.access.unit import Unit
from app.archive.log.queries.differences import differences_of_log
from app.kernel.errors import NotFound
from app.oversight.checker.queries.comparison import Comparison
from app.oversight.checker.queries.keys import KEYS
from app.oversight.checker.queries.money import MONEY
from app.oversight.checker.queries.steps import STEPS
from app.oversight.checker.rules import Decided, Finding, differences_of_decision, rulebook_of
from app.oversight.checker.states import Part
from app.subsidies.entitlements.rules.rulebook import Rulebook

Progress = Callable[[Part, int, str], None]
"""Told after each batch: the part, how many of it are done, and the place from which it can be resumed."""
Place = tuple[UUID, UUID, int]
"""Person, claim and round of a decision: the order in which decisions are derived again."""

START: Place = (UUID(int=0), UUID(int=0), 0)
_BATCH = 500
_ROWS = 1_000
_COMPARISONS: Sequence[Comparison] = (*STEPS, *KEYS, *MONEY)
_DECISIONS = """
SELECT review.person_id, review.claim_id, review.round, held.claim_number, held.kind, held.division_code,
  held.payee_kind, entry.certificate_id::text AS certificate_id, entry.opening_id::text AS opening_id,
  review.verdict, review.amount_fen, (review.facts -> 'facts')::text AS facts, review.reasons::text AS reasons,
  review.edition_id
FROM claim_review AS review
LEFT JOIN claim AS held ON held.person_id = review.person_id AND held.claim_id = review.claim_id
LEFT JOIN record_entry AS entry ON entry.person_id = held.person_id AND entry.entry_id = held.entry_id
WHERE (review.person_id, review.claim_id, review.round) > ($1, $2, $3)
ORDER BY review.person_id, review.claim_id, review.round LIMIT $4
"""
_EDITION = "SELECT content::text AS content, content_digest FROM policy_edition WHERE edition_id = $1"
_PLACE = """
SELECT held.person_id, held.claim_id, 32767 AS round FROM claim_number AS held WHERE held.claim_number = $1
"""


async def part_counts(unit: Unit) -> dict[Part, int]:
    """How many rows the two long parts go through, for a bar of progress."""
    row = await (await unit.driver()).fetchrow(
        "SELECT (SELECT count(*) FROM claim_review) AS decisions, (SELECT count(*) FROM log_leaf) AS log"
    )
    return {Part.DECISIONS: row["decisions"], Part.LOG: row["log"]}


async def place_of(unit: Unit, claim_number: str) -> Place:
    """After which decision to go on. Raises NotFound for a number that no claim has."""
    row = await (await unit.driver()).fetchrow(_PLACE, claim_number)
    if row is None:
        raise NotFound
    return (row["person_id"], row["claim_id"], row["round"])


async def differences(
    unit: Unit,
    parts: Collection[Part] = tuple(Part),
    *,
    after: Place = START,
    progress: Progress = lambda part, done, place: None,
) -> AsyncIterator[Finding]:
    """Every difference of these parts. For a role that reads all of it (the auditor's); memory stays flat.

    The unit is one snapshot (``snapshot_unit``): what is written meanwhile is no difference. ``after`` is of decisions.
    """
    driver = await unit.driver()
    await driver.execute("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")
    for part in Part:
        if part not in parts:
            continue
        progress(part, 0, "")
        if part is Part.DECISIONS:
            async for finding in _decisions(unit, after, progress):
                yield finding
        elif part is Part.LOG:
            async for found in differences_of_log(unit):
                place = "封存日志" if found.leaf_index is None else f"日志第{found.leaf_index}条"
                yield Finding(part, found.kind.value, place, found.message)
        else:
            for comparison in _COMPARISONS:
                if comparison.part is part:
                    async for finding in _compared(unit, comparison):
                        yield finding


async def _compared(unit: Unit, comparison: Comparison) -> AsyncIterator[Finding]:
    driver = await unit.driver()
    async for row in driver.cursor(comparison.rows, prefetch=_ROWS):
        message = comparison.message.format_map(dict(row))
        yield Finding(comparison.part, comparison.kind, str(row["place"]), message)


async def _decisions(unit: Unit, after: Place, progress: Progress) -> AsyncIterator[Finding]:
    driver = await unit.driver()
    books: dict[UUID, Rulebook | None] = {}
    done = 0
    while rows := await driver.fetch(_DECISIONS, *after, _BATCH):
        for row in rows:
            if row["edition_id"] not in books:
                books[row["edition_id"]] = await _book(unit, row["edition_id"])
            for finding in differences_of_decision(_decided(row), books[row["edition_id"]]):
                yield finding
        last = rows[-1]
        after = (last["person_id"], last["claim_id"], last["round"])
        done += len(rows)
        progress(Part.DECISIONS, done, last["claim_number"] or "")


async def _book(unit: Unit, edition_id: UUID) -> Rulebook | None:
    row = await (await unit.driver()).fetchrow(_EDITION, edition_id)
    return None if row is None else rulebook_of(orjson.loads(row["content"]), row["content_digest"])


def _decided(row: Any) -> Decided:
    return Decided(
        claim_number=row["claim_number"] or f"申领{row['claim_id']}",
        round=row["round"],
        kind=row["kind"] or "",
        division_code=row["division_code"] or "",
        payee_kind=row["payee_kind"] or "",
        certificate_id=row["certificate_id"],
        opening_id=row["opening_id"],
        verdict=row["verdict"],
        amount_fen=row["amount_fen"],
        facts=row["facts"] or "null",
        reasons=orjson.loads(row["reasons"]),
    )
