"""Writes editions, occupations, trades and crossings: shared by packaged load and import."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.reference.occupations import Crossing, Edition, Occupation

_EDITION = """
INSERT INTO occupation_edition (edition, title, published_on, occupation_count, source, confidence)
VALUES (:edition, :title, :published_on, :occupation_count, :source, :confidence)
ON CONFLICT (edition) DO UPDATE SET title = EXCLUDED.title, published_on = EXCLUDED.published_on,
  occupation_count = EXCLUDED.occupation_count, source = EXCLUDED.source, confidence = EXCLUDED.confidence
WHERE occupation_edition.confidence <> 'official' OR EXCLUDED.confidence = 'official'
"""

_LINES = """
INSERT INTO benefit_line (line) SELECT DISTINCT line FROM unnest(CAST(:lines AS text[])) AS line
ON CONFLICT DO NOTHING
"""

_OCCUPATIONS = """
INSERT INTO occupation (edition, code, name, benefit_line, source, confidence)
SELECT * FROM unnest(CAST(:editions AS smallint[]), CAST(:codes AS text[]), CAST(:names AS text[]),
  CAST(:lines AS text[]), CAST(:sources AS text[]), CAST(:confidences AS text[]))
ON CONFLICT (edition, code) DO UPDATE
  SET name = EXCLUDED.name, source = EXCLUDED.source, confidence = EXCLUDED.confidence
WHERE (occupation.confidence <> 'official' OR EXCLUDED.confidence = 'official')
  AND (occupation.name, occupation.source, occupation.confidence)
    IS DISTINCT FROM (EXCLUDED.name, EXCLUDED.source, EXCLUDED.confidence)
RETURNING 1
"""

_TRADES = """
INSERT INTO occupation_trade (edition, code, name, benefit_line)
SELECT * FROM unnest(CAST(:editions AS smallint[]), CAST(:codes AS text[]), CAST(:names AS text[]),
  CAST(:lines AS text[]))
ON CONFLICT DO NOTHING RETURNING 1
"""

_CROSSINGS = """
INSERT INTO occupation_crossing (from_edition, from_code, to_edition, to_code, relation, source)
SELECT * FROM unnest(CAST(:from_editions AS smallint[]), CAST(:from_codes AS text[]),
  CAST(:to_editions AS smallint[]), CAST(:to_codes AS text[]), CAST(:relations AS text[]), CAST(:sources AS
  text[]))
ON CONFLICT DO NOTHING RETURNING 1
"""


async def store_occupations(
    session: AsyncSession,
    editions: Sequence[Edition],
    entries: Sequence[Occupation],
    crossings: Sequence[Crossing],
) -> int:
    """Insert or refresh entries; an official row gives way only to an official one. Returns rows written.

    The benefit line of an entry that exists is never touched: what somebody has used stays used.
    """
    for edition in editions:
        await session.execute(
            text(_EDITION),
            {
                "edition": edition.edition,
                "title": edition.title,
                "published_on": edition.published_on,
                "occupation_count": edition.occupation_count,
                "source": edition.source,
                "confidence": edition.confidence.value,
            },
        )
    trades = [(entry, trade) for entry in entries for trade in entry.trades]
    lines = [entry.benefit_line for entry in entries] + [trade.benefit_line for _, trade in trades]
    await session.execute(text(_LINES), {"lines": lines})
    written = await session.execute(
        text(_OCCUPATIONS),
        {
            "editions": [entry.edition for entry in entries],
            "codes": [entry.code for entry in entries],
            "names": [entry.name for entry in entries],
            "lines": [entry.benefit_line for entry in entries],
            "sources": [entry.source for entry in entries],
            "confidences": [entry.confidence.value for entry in entries],
        },
    )
    written_trades = await session.execute(
        text(_TRADES),
        {
            "editions": [entry.edition for entry, _ in trades],
            "codes": [entry.code for entry, _ in trades],
            "names": [trade.name for _, trade in trades],
            "lines": [trade.benefit_line for _, trade in trades],
        },
    )
    written_crossings = await session.execute(
        text(_CROSSINGS),
        {
            "from_editions": [crossing.from_edition for crossing in crossings],
            "from_codes": [crossing.from_code for crossing in crossings],
            "to_editions": [crossing.to_edition for crossing in crossings],
            "to_codes": [crossing.to_code for crossing in crossings],
            "relations": [crossing.relation.value for crossing in crossings],
            "sources": [crossing.source for crossing in crossings],
        },
    )
    return len(written.all()) + len(written_trades.all()) + len(written_crossings.all())
