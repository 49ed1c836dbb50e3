"""Loads an official edition of 国家职业分类大典, and how its entries follow from the former edition."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from app.kernel.errors import InvalidInput
from app.reference.actions.record_load import Provenance, lock_lists, record_load
from app.reference.actions.store_occupations import store_occupations
from app.reference.occupations import (
    Confidence,
    Crossing,
    Edition,
    Occupation,
    OccupationTable,
    Trade,
    carried_line,
)
from app.reference.queries import read_occupations
from app.reference.rules import RELATION_WORDS, ListRow, reasons_against_occupation_edition


async def import_occupations(
    session: AsyncSession,
    rows: Sequence[ListRow],
    *,
    edition: Edition,
    former_edition: int | None,
    provenance: Provenance,
) -> int:
    """Store the edition and its entries; returns rows written, 0 when the database had all of it.

    Entries that are known keep their benefit line. Raises ``InvalidInput`` with every defect of every row;
    then nothing is stored. Runs as ``registry_owner``.
    """
    await lock_lists(session)
    known = await read_occupations(session)
    reasons = reasons_against_occupation_edition(rows, known, edition.edition, former_edition)
    if reasons:
        raise InvalidInput(reasons)
    crossings = _crossings(rows, edition, former_edition)
    entries = _entries(rows, edition, known, crossings)
    written = await store_occupations(
        session, [replace(edition, confidence=Confidence.OFFICIAL)], entries, crossings
    )
    await record_load(
        session,
        provenance,
        list_name="occupations",
        origin="imported",
        rows_read=len(rows),
        rows_changed=written,
    )
    return written


def _crossings(rows: Sequence[ListRow], edition: Edition, former_edition: int | None) -> list[Crossing]:
    if former_edition is None:
        return []
    lines = {
        (row.get("former_code"), row.get("code")): RELATION_WORDS[row.get("relation")]
        for row in rows
        if row.get("former_code")
    }
    return [
        Crossing(
            from_edition=former_edition,
            from_code=former,
            to_edition=edition.edition,
            to_code=code,
            relation=relation,
            source=edition.source,
        )
        for (former, code), relation in lines.items()
    ]


def _entries(
    rows: Sequence[ListRow], edition: Edition, known: OccupationTable, crossings: Sequence[Crossing]
) -> list[Occupation]:
    names: dict[str, str] = {}
    trades: dict[str, dict[str, None]] = {}
    for row in rows:
        names[row.get("code")] = row.get("name")
        given = row.get("trades").replace("，", "、").replace(";", "、").replace("；", "、").split("、")
        trades.setdefault(row.get("code"), {}).update(
            dict.fromkeys(name.strip() for name in given if name.strip())
        )
    arriving: dict[str, list[Crossing]] = {}
    for crossing in crossings:
        arriving.setdefault(crossing.to_code, []).append(crossing)

    def line_of(code: str, trade: str | None = None) -> str:
        already = known.benefit_line_of(edition.edition, code, trade)
        return already or carried_line(
            known, arriving.get(code, ()), edition=edition.edition, code=code, trade=trade
        )

    return [
        Occupation(
            edition=edition.edition,
            code=code,
            name=name,
            trades=tuple(Trade(name=trade, benefit_line=line_of(code, trade)) for trade in trades[code]),
            benefit_line=line_of(code),
            source=edition.source,
            confidence=Confidence.OFFICIAL,
        )
        for code, name in names.items()
    ]
