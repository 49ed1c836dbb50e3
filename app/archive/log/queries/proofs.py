"""Proofs that something is in the log, against its newest published tree head."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.access.unit import Unit
from app.archive.log.queries.nodes import Head, hashes_of, head_of_size, latest_head, stored_nodes
from app.archive.log.rules.bundles import proof_bundle
from app.archive.log.rules.leaves import SEALED_FIELDS, Json, content_of
from app.archive.log.rules.tree import inclusion_ranges, spans_of

_LEAF = "SELECT leaf FROM log_leaf WHERE leaf_index = $1"
_INDEX = "SELECT min(leaf_index) FROM log_leaf WHERE leaf_hash = $1"
_ENTRY = f"""
SELECT inclusion.leaf_index, leaf_salt.salt, {", ".join(f"entry.{name}" for name in SEALED_FIELDS)}
FROM inclusion JOIN record_entry AS entry USING (person_id, entry_id)
JOIN leaf_salt ON leaf_salt.person_id = inclusion.person_id AND leaf_salt.subject_id = inclusion.entry_id
  AND leaf_salt.kind = 'entry' AND leaf_salt.leaf_index = inclusion.leaf_index
WHERE inclusion.person_id = $1 AND inclusion.entry_id = $2
"""  # noqa: S608 - names of columns from a tuple of ours
_NUMBERED = (
    "SELECT person_id, entry_id FROM record_entry WHERE person_id = ANY ($1::uuid[]) AND record_number = $2"
)


@dataclass(frozen=True, slots=True)
class LeafProof:
    """A leaf and the hashes that lead from it to the root of ``size`` leaves; ``checkpoint`` is the signed note."""

    leaf: bytes
    leaf_index: int
    size: int
    root: bytes
    path: tuple[bytes, ...]
    checkpoint: str

    @property
    def bundle(self) -> dict[str, Json]:
        """The document of ``rules.bundles``, without content."""
        return self._bundle(None, None)

    def _bundle(self, content: dict[str, Json] | None, salt: bytes | None) -> dict[str, Json]:
        return proof_bundle(
            leaf=self.leaf,
            leaf_index=self.leaf_index,
            size=self.size,
            path=self.path,
            checkpoint=self.checkpoint,
            content=content,
            salt=salt,
        )


@dataclass(frozen=True, slots=True)
class EntryProof:
    """What shows anybody that an archive entry is in the log as it stands.

    ``content`` is what the leaf commits to (names of ``rules.leaves``, JSON values), ``salt`` its 32 random bytes.
    """

    content: dict[str, Json]
    salt: bytes
    inclusion: LeafProof

    @property
    def bundle(self) -> dict[str, Json]:
        """The document of ``rules.bundles``, with what the leaf commits to."""
        return self.inclusion._bundle(self.content, self.salt)


async def proof_of(unit: Unit, person_id: UUID, entry_id: UUID) -> EntryProof | None:
    """Proof of an archive entry of this person; None while it is not published, or when its salt was erased.

    Reads person tables: for roles that may (the citizen's, the auditor's, a door's).
    """
    row = await (await unit.driver()).fetchrow(_ENTRY, person_id, entry_id)
    if row is None:
        return None
    return await proof_of_row(unit, row)


async def own_proof(unit: Unit, persons: Sequence[UUID], record_number: str) -> EntryProof | None:
    """Proof of the entry of this number among those of these persons; None as in ``proof_of``."""
    row = await (await unit.driver()).fetchrow(_NUMBERED, list(persons), record_number)
    return None if row is None else await proof_of(unit, row["person_id"], row["entry_id"])


async def proof_of_row(unit: Unit, row: Any) -> EntryProof | None:
    """The same from a row that somebody else has read: ``leaf_index``, ``salt`` and the sealed fields."""
    if row["salt"] is None:
        return None
    inclusion = await proof_of_leaf(unit, row["leaf_index"])
    return None if inclusion is None else EntryProof(content_of("entry", row), row["salt"], inclusion)


async def proof_of_leaf(unit: Unit, index: int, size: int | None = None) -> LeafProof | None:
    """Proof of a leaf against the published tree head of ``size``, or the newest; None when there is no such."""
    head = await latest_head(unit) if size is None else await head_of_size(unit, size)
    if head is None or not 0 <= index < head.size:
        return None
    return await _proof(unit, index, head)


async def index_of_leaf(unit: Unit, leaf_hash: bytes) -> int | None:
    """Where the leaf of this hash stands in the log."""
    index: int | None = await (await unit.driver()).fetchval(_INDEX, leaf_hash)
    return index


async def _proof(unit: Unit, index: int, head: Head) -> LeafProof:
    ranges = inclusion_ranges(index, head.size)
    nodes = await stored_nodes(unit, spans_of(ranges))
    leaf: bytes = await (await unit.driver()).fetchval(_LEAF, index)
    return LeafProof(leaf, index, head.size, head.root, tuple(hashes_of(ranges, nodes)), head.note)
