"""Writes down which edition of a list was loaded: part of every load, in its transaction."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where a loaded list comes from. ``loaded_by`` names the operator of the command, never a trainee."""

    edition: str
    source: str
    content_sha256: str
    loaded_by: str


async def record_load(
    session: AsyncSession,
    provenance: Provenance,
    *,
    list_name: str,
    origin: str,
    rows_read: int,
    rows_changed: int,
) -> None:
    """Append one ``code_list_load`` row."""
    await session.execute(
        text(
            "INSERT INTO code_list_load"
            " (list, origin, edition, source, content_sha256, rows_read, rows_changed, loaded_by)"
            " VALUES (:list, :origin, :edition, :source, :sha256, :rows_read, :rows_changed, :loaded_by)"
        ),
        {
            "list": list_name,
            "origin": origin,
            "edition": provenance.edition,
            "source": provenance.source,
            "sha256": provenance.content_sha256,
            "rows_read": rows_read,
            "rows_changed": rows_changed,
            "loaded_by": provenance.loaded_by,
        },
    )


async def lock_lists(session: AsyncSession) -> None:
    """One load at a time: a second one waits and then sees what the first one wrote."""
    await session.execute(text("LOCK TABLE code_list_load IN SHARE ROW EXCLUSIVE MODE"))
