"""Publishing the policy book (发布政策版本): the edition whole, and places and money that the database goes by."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.kernel.canonical_json import canonical_json, digest_of
from app.policy.book import PolicyBook
from app.policy.editions import edition_content
from app.policy.funding import FundingRule, funding_rules
from app.policy.gate import defects_at_the_gate
from app.policy.loader import BundleError
from app.policy.slots import SlotRule, slot_rules

_STORE = text("""
    INSERT INTO policy_edition (content_digest, content, published_by)
    VALUES (:digest, CAST(:content AS jsonb), :published_by)
    ON CONFLICT (content_digest) DO NOTHING
""")
_FIND = text("SELECT edition_id FROM policy_edition WHERE content_digest = :digest")
_LAY_PLACES = text("""
    INSERT INTO slot_rule (division_code, slot_group, in_force, cap, shortage_extra, employer_cap, year_of, edition_id)
    SELECT division_code, slot_group, daterange(starts_on, ends_before), cap, shortage_extra, employer_cap, year_of,
      :edition_id
    FROM jsonb_to_recordset(CAST(:rules AS jsonb)) AS rule (division_code text, slot_group text, starts_on date,
      ends_before date, cap smallint, shortage_extra smallint, employer_cap smallint, year_of text)
""")
_LAY_MONEY = text("""
    INSERT INTO funding_rule (division_code, kind, in_force, sources, edition_id)
    SELECT division_code, kind, daterange(starts_on, ends_before), sources, :edition_id
    FROM jsonb_to_recordset(CAST(:rules AS jsonb)) AS rule (division_code text, kind text, starts_on date,
      ends_before date, sources text[])
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The edition of a book; ``is_new`` when it was not known before, ``rules_written`` rows of places and money."""

    edition_id: UUID
    digest: bytes
    is_new: bool
    rules_written: int


async def publish_edition(session: AsyncSession, book: PolicyBook, *, published_by: str) -> Published:
    """Store the edition and bring the yearly places and the admitted money to it; the same book again changes nothing.

    An earlier book published again gets its places back and keeps its edition. Places that claims already took stay
    as they were counted. Runs in the caller's transaction, as ``registry_owner``. Raises ``BundleError`` when the
    database would not honor a value.
    """
    if defects := defects_at_the_gate(book):
        raise BundleError(defects)
    # Two publishers take turns; claims go on reading the former places until the commit.
    await session.execute(text("LOCK TABLE slot_rule, funding_rule IN SHARE ROW EXCLUSIVE MODE"))
    content = edition_content(book)
    digest = digest_of(content)
    stored = await session.execute(
        _STORE,
        {"digest": digest, "content": canonical_json(content).decode(), "published_by": published_by},
    )
    edition_id: UUID = (await session.execute(_FIND, {"digest": digest})).scalar_one()
    return Published(
        edition_id=edition_id,
        digest=digest,
        is_new=stored.rowcount == 1,  # type: ignore[attr-defined]
        rules_written=await _replace(session, "slot_rule", _LAY_PLACES, _places(slot_rules(book)), edition_id)
        + await _replace(session, "funding_rule", _LAY_MONEY, _money(funding_rules(book)), edition_id),
    )


def _places(rules: tuple[SlotRule, ...]) -> list[dict[str, Any]]:
    return [
        {
            "division_code": rule.division,
            "slot_group": rule.slot_group,
            "starts_on": rule.in_force.starts_on,
            "ends_before": rule.in_force.ends_before,
            "cap": rule.cap,
            "shortage_extra": rule.shortage_extra,
            "employer_cap": rule.employer_cap,
            "year_of": rule.year_of,
        }
        for rule in rules
    ]


def _money(rules: tuple[FundingRule, ...]) -> list[dict[str, Any]]:
    return [
        {
            "division_code": rule.division,
            "kind": rule.kind,
            "starts_on": rule.in_force.starts_on,
            "ends_before": rule.in_force.ends_before,
            "sources": rule.sources,
        }
        for rule in rules
    ]


async def _replace(
    session: AsyncSession, table: str, statement: TextClause, rows: list[dict[str, Any]], edition_id: UUID
) -> int:
    """How many rules were written; none when all that stand are of this edition."""
    held = text(f"SELECT count(*), bool_and(edition_id = :edition_id) FROM {table}")  # noqa: S608
    count, are_of_edition = (await session.execute(held, {"edition_id": edition_id})).one()
    if count and are_of_edition:
        return 0
    await session.execute(text(f"DELETE FROM {table}"))  # noqa: S608
    await session.execute(statement, {"rules": orjson.dumps(rows).decode(), "edition_id": edition_id})
    return len(rows)
