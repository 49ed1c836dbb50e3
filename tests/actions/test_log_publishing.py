"""The published log: what is out, what rests on it, and that every crash and every foul play is found."""

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pymerkle
import pytest

from app.access.unit import system_unit
from app.archive.log.actions.publish_log import LogStopped
from app.archive.log.queries import EntryProof, consistency_proof, differences_of_log, proof_of
from app.archive.log.rules.notes import Checkpoint, NoteBroken, Verifier, read_checkpoint, sign
from app.archive.log.rules.tree import leaf_hash, node_hash
from app.db.log_keys import LogKeys
from app.db.roles import DatabaseRole
from app.files.published import PublishedFiles
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


async def publish_three(registry: Registry) -> Checkpoint:
    await closed_class(registry, THREE)
    await run_sealing(registry.house)
    return out(registry)


def out(registry: Registry) -> Checkpoint:
    return read_checkpoint((folder(registry) / "checkpoint").read_text(), verifiers(registry))


class Crash(BaseException):
    """Power is cut here: no handler of ours sees it."""


class FailingFiles:
    """The real folder, until the step at which everything ends."""

    def __init__(self, real: PublishedFiles, step: str) -> None:
        self._real, self._step = real, step

    def __getattr__(self, name: str) -> Any:
        step, _, when = self._step.partition(" ")
        if name != step:
            return getattr(self._real, name)

        def cut(*args: Any, **kwargs: Any) -> None:
            if when == "half":
                (first, *_) = args
                half = dict(list(first.items())[: len(first) // 2])
                self._real.write_once(half)
            if when == "after":
                getattr(self._real, name)(*args, **kwargs)
            raise Crash

        return cut


@pytest.mark.parametrize(
    "step", ["write_once before", "write_once half", "write_once after", "replace before", "replace after"]
)
async def test_a_crash_at_any_step_is_recovered_and_nothing_was_payable_before(
    registry: Registry, step: str
) -> None:
    await publish_three(registry)
    before = out(registry)
    await closed_class(registry, [Trainee(serial=915)])
    whole, parts = (
        registry.house,
        replace(registry.house, log_files=FailingFiles(registry.house.log_files, step)),
    )
    with pytest.raises(Crash):
        await run_sealing(parts)
    owner = await registry.owner()
    assert await owner.fetchval("SELECT max(leaf_index) FROM inclusion") < before.size
    assert (out(registry) == before) is (step != "replace after")
    after_crash = out(registry)
    await run_sealing(whole)
    assert out(registry).size == await owner.fetchval("SELECT count(*) FROM log_leaf")
    assert await owner.fetchval("SELECT count(*) FROM inclusion") == len(await entry_ids(registry))
    note = await owner.fetchval("SELECT note FROM log_checkpoint WHERE size = $1", after_crash.size)
    assert read_checkpoint(note, verifiers(registry)) == after_crash
    assert await differences(registry) == []


async def differences(registry: Registry, *, shown: bool = True) -> list[str]:
    async with system_unit(registry.house.engines, DatabaseRole.AUDITOR) as unit:
        found = differences_of_log(unit, out=out(registry) if shown else None)
        return [difference.kind.value async for difference in found]


async def stopped(registry: Registry) -> list[str]:
    with pytest.raises(LogStopped) as refusal:
        await run_sealing(registry.house)
    return [reason.code for reason in refusal.value.reasons]


async def test_a_database_from_an_old_backup_stops_the_log(registry: Registry) -> None:
    await publish_three(registry)
    owner = await registry.owner()
    await owner.execute(
        "SET session_replication_role = replica; ALTER TABLE log_leaf DISABLE TRIGGER ALL;"
        "ALTER TABLE log_checkpoint DISABLE TRIGGER ALL; ALTER TABLE inclusion DISABLE TRIGGER ALL;"
        "DELETE FROM inclusion; DELETE FROM log_checkpoint; DELETE FROM leaf_salt WHERE leaf_index >= 2;"
        "DELETE FROM log_leaf WHERE leaf_index >= 2"
    )
    assert await stopped(registry) == ["log_behind_its_checkpoint"]
    await closed_class(registry, [Trainee(serial=916)])
    assert await stopped(registry) == ["log_behind_its_checkpoint"], "and nothing more is sealed meanwhile"
    assert await owner.fetchval("SELECT count(*) FROM log_leaf") == 2


async def test_files_and_database_from_an_old_backup_are_found_by_the_monitors_head(
    registry: Registry, tmp_path: Path
) -> None:
    kept = tmp_path / "seen"
    await publish_three(registry)
    ahead = sign(
        Checkpoint(ORIGIN, 10_000, hashlib.sha256(b"later").digest()),
        LogKeys.load(registry.house.settings.log_key_file).private_keys,
    )
    kept.write_text(ahead)
    settings = registry.house.settings.model_copy(update={"log_monitor_file": kept})
    with pytest.raises(LogStopped, match="log_behind_its_checkpoint"):
        await run_sealing(replace(registry.house, settings=settings))


async def test_lost_files_are_made_again_as_they_were(registry: Registry) -> None:
    before = await publish_three(registry)
    contents = {path.relative_to(folder(registry)): path.read_bytes() for path in tiles(registry)}
    shutil.rmtree(folder(registry))
    await run_sealing(registry.house)
    assert {path.relative_to(folder(registry)): path.read_bytes() for path in tiles(registry)} == contents
    assert out(registry) == before


def tiles(registry: Registry) -> list[Path]:
    return sorted(
        path for path in folder(registry).rglob("*") if path.is_file() and path.name != ".publishing"
    )


TAMPERING = {
    "leaf changed": ("UPDATE log_leaf SET leaf = '{}' WHERE leaf_index = 3", {"leaf_changed"}),
    "leaf and hash changed": (
        "UPDATE log_leaf SET leaf = '{}', leaf_hash = sha256('\\x007b7d'::bytea) WHERE leaf_index = 3",
        {"row_changed", "root_differs"},
    ),
    "leaf removed": ("DELETE FROM log_leaf WHERE leaf_index = 3", {"leaf_missing"}),
    "last leaves removed": (
        "DELETE FROM log_leaf WHERE leaf_index >= 5",
        {"behind_head"},
    ),
    "leaves reordered": (
        """UPDATE log_leaf SET leaf = other.leaf, leaf_hash = other.leaf_hash FROM log_leaf AS other
           WHERE (log_leaf.leaf_index, other.leaf_index) IN ((3, 4), (4, 3))""",
        {"row_changed", "root_differs"},
    ),
    "entry changed": (
        "UPDATE record_entry SET credited_minutes = 1 FROM leaf_salt WHERE entry_id = subject_id AND leaf_index = 3",
        {"row_changed"},
    ),
    "entry removed": (
        "DELETE FROM record_entry WHERE entry_id = (SELECT subject_id FROM leaf_salt WHERE leaf_index = 3)",
        {"row_missing"},
    ),
    "salt of another": (
        "UPDATE leaf_salt SET salt = sha256('x') WHERE leaf_index = 3",
        {"row_changed"},
    ),
    "tree head forged": (
        """UPDATE log_checkpoint SET root = sha256('x'),
             note = replace(note, split_part(note, E'\\n', 3), encode(sha256('x'), 'base64'))""",
        {"root_differs", "note_not_signed"},
    ),
    "included under another leaf": (
        "UPDATE inclusion SET leaf_index = 0 WHERE leaf_index = (SELECT max(leaf_index) FROM inclusion)",
        {"inclusion_wrong"},
    ),
    "day of accesses changed": (
        "INSERT INTO access_digest (day, accesses, digest) VALUES ('2025-01-01', 3, sha256('x'))",
        {"day_changed"},
    ),
}


@pytest.mark.parametrize("tampering", TAMPERING)
async def test_what_a_superuser_changes_is_found(registry: Registry, tampering: str) -> None:
    await publish_three(registry)
    assert await differences(registry) == []
    statement, kinds = TAMPERING[tampering]
    owner = await registry.owner()
    for table in ("log_leaf", "log_checkpoint", "record_entry", "inclusion", "leaf_salt"):
        await owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    await owner.execute("ALTER TABLE log_leaf DROP CONSTRAINT log_leaf_hash_of_leaf")
    await owner.execute(statement)
    assert kinds <= set(await differences(registry))


async def test_an_entry_that_was_kept_from_the_log_is_found(registry: Registry) -> None:
    await publish_three(registry)
    await closed_class(registry, [Trainee(serial=918)])
    assert await differences(registry) == []
    await (await registry.owner()).execute("DELETE FROM unsealed_event WHERE kind = 'entry'")
    assert set(await differences(registry)) == {"entry_not_logged"}


async def test_an_erased_salt_leaves_the_log_whole_and_the_entry_unproved(registry: Registry) -> None:
    await publish_three(registry)
    (person_id, entry_id), *_ = await entry_ids(registry)
    owner = await registry.owner()
    await owner.execute("UPDATE leaf_salt SET salt = NULL, erased_at = now() WHERE subject_id = $1", entry_id)
    assert await differences(registry) == []
    assert await proof(registry, person_id, entry_id) is None


async def test_a_rotated_key_signs_beside_the_old_one_and_is_logged(registry: Registry) -> None:
    await publish_three(registry)
    path = registry.house.settings.log_key_file
    old = LogKeys.load(path)
    old.with_new_key().save(path)
    await closed_class(registry, [Trainee(serial=917)])
    await run_sealing(registry.house)
    note = (folder(registry) / "checkpoint").read_text()
    for key in LogKeys.load(path).public_keys:
        assert read_checkpoint(note, [Verifier(ORIGIN, key)]).size
    LogKeys.load(path).with_newest_key().save(path)
    await run_sealing(registry.house)
    note = (folder(registry) / "checkpoint").read_text()
    with pytest.raises(NoteBroken):
        read_checkpoint(note, [Verifier(ORIGIN, key) for key in old.public_keys])
    owner = await registry.owner()
    changes = await owner.fetch("SELECT change FROM key_change WHERE purpose = 'log' ORDER BY change_id")
    assert [row["change"] for row in changes] == ["added", "added", "retired"]
    assert await differences(registry) == []
