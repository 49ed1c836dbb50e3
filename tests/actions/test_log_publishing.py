"""The published log: what is out, what rests on it, and that every crash and every foul play is found."""

import hashlib
from pathlib import Path
from uuid import UUID

import pymerkle
import pytest

from app.access.unit import system_unit
from app.archive.log.queries import EntryProof, consistency_proof, proof_of
from app.archive.log.rules.notes import Verifier, read_checkpoint
from app.archive.log.rules.tree import leaf_hash, node_hash
from app.db.log_keys import LogKeys
from app.db.roles import DatabaseRole
from app.jobs.sealing import run_sealing
from app.kernel.canonical_json import canonical_json
from tests.builders.certificates import closed_class
from tests.builders.finished_class import Trainee
from tests.registry_server import Registry

pytestmark = pytest.mark.anyio

ORIGIN = "registry.test/log"
THREE = tuple(Trainee(serial=serial) for serial in (911, 912, 913))


def folder(registry: Registry) -> Path:
    return registry.house.settings.data_dir / "log"


def verifiers(registry: Registry) -> list[Verifier]:
    keys = LogKeys.load(registry.house.settings.log_key_file)
    return [Verifier(ORIGIN, key) for key in keys.public_keys]


async def entry_ids(registry: Registry) -> list[tuple[UUID, UUID]]:
    owner = await registry.owner()
    rows = await owner.fetch("SELECT person_id, entry_id FROM record_entry ORDER BY entry_id")
    return [tuple(row) for row in rows]


async def proof(registry: Registry, person_id: UUID, entry_id: UUID) -> EntryProof | None:
    async with system_unit(registry.house.engines, DatabaseRole.APP_CITIZEN) as unit:
        return await proof_of(unit, person_id, entry_id)


def root_from(proof: EntryProof) -> bytes:
    """RFC 9162 section 2.1.3.2, word by word."""
    said = proof.inclusion
    index, last, result = said.leaf_index, said.size - 1, leaf_hash(said.leaf)
    for step in said.path:
        if index & 1 or index == last:
            result = node_hash(step, result)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            result = node_hash(result, step)
        index, last = index >> 1, last >> 1
    return result


async def test_an_entry_is_proved_by_its_content_salt_path_and_the_signed_head(registry: Registry) -> None:
    await closed_class(registry, THREE)
    (person_id, entry_id), *_ = await entry_ids(registry)
    assert await proof(registry, person_id, entry_id) is None
    await run_sealing(registry.house)
    for person_id, entry_id in await entry_ids(registry):
        shown = await proof(registry, person_id, entry_id)
        assert shown is not None
        assert shown.content["entry_id"] == str(entry_id)
        commitment = hashlib.sha256(shown.salt + canonical_json(shown.content)).hexdigest()
        assert commitment.encode() in shown.inclusion.leaf
        head = read_checkpoint(shown.inclusion.checkpoint, verifiers(registry))
        assert (head.origin, head.size) == (ORIGIN, shown.inclusion.size)
        assert root_from(shown) == head.root


async def test_the_root_is_that_of_pymerkle_and_later_heads_go_on_from_earlier_ones(
    registry: Registry,
) -> None:
    oracle = pymerkle.InmemoryTree(algorithm="sha256")
    await closed_class(registry, THREE)
    await run_sealing(registry.house)
    first = read_checkpoint((folder(registry) / "checkpoint").read_text(), verifiers(registry))
    await closed_class(registry, [Trainee(serial=914)])
    await run_sealing(registry.house)
    second = read_checkpoint((folder(registry) / "checkpoint").read_text(), verifiers(registry))
    owner = await registry.owner()
    for row in await owner.fetch("SELECT leaf FROM log_leaf ORDER BY leaf_index"):
        oracle.append_entry(row["leaf"])
    assert oracle.get_root(first.size) == first.root
    assert oracle.get_root(second.size) == second.root
    assert first.size < second.size
    async with system_unit(registry.house.engines, DatabaseRole.APP_PUBLIC) as unit:
        assert await consistency_proof(unit, first.size, second.size)
