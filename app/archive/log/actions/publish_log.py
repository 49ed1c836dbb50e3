"""Publish the log as far as it is sealed: tiles durable, then the signed tree head out, only then payable.

Every step can be the last one before a crash: files are written again as they were, a tree head that is out but not
recorded is recorded as it is out, and nothing rests on leaves that no tree head covers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from anyio import to_thread

from app.access.unit import Unit
from app.archive.log.queries.nodes import (
    Head,
    latest_head,
    root_at,
    stored_leaves,
    stored_nodes,
    tile_content,
)
from app.archive.log.rules.growth import Growth, grown
from app.archive.log.rules.heads import (
    Shown,
    Witness,
    reason_of_changed_leaf,
    reason_of_fork,
    reasons_against_other_log,
    reasons_against_rollback,
)
from app.archive.log.rules.notes import Checkpoint, NoteBroken, Verifier, read_checkpoint, sign
from app.archive.log.rules.tiles import CHECKPOINT, tiles_between
from app.archive.log.rules.tree import TILE_WIDTH, Range, leaf_hash, right_edge
from app.db.log_keys import LogKeys
from app.files.published import ContentDiffers, PublishedFiles
from app.kernel.errors import UNSOURCED, Reason, Refused

_LOCK = "SELECT pg_advisory_xact_lock(hashtext('registry.log_checkpoint'))"
_STORED = "SELECT coalesce(max(leaf_index) + 1, 0) FROM log_leaf"
_TILES_AT_ONCE = 64
_PUBLISH = "SELECT publish_log($1, $2, $3, $4::smallint[], $5::bigint[], $6::bytea[])"


_NOT_OURS = Reason(
    code="log_checkpoint_not_ours",
    message="已公布的检查点文件没有本系统密钥的有效签名，停止封存",
    remedy="请检查 REGISTRY_LOG_KEY_FILE 与 REGISTRY_LOG_STORE_URL 是否属于同一个日志",
    citation=UNSOURCED,
)


class LogStopped(Refused):
    """The log must not go on before somebody has looked."""

    code = "log_stopped"
    title = "封存日志已停止"


@dataclass(frozen=True, slots=True)
class Publication:
    """Where and as whom this log is published."""

    origin: str
    keys: LogKeys
    files: PublishedFiles
    former: tuple[Verifier, ...] = ()
    """Keys that have signed before."""
    monitored: Checkpoint | None = None
    """The last tree head that an independent monitor keeps, when one is configured."""

    @property
    def verifiers(self) -> list[Verifier]:
        """The keys that sign now, as others verify them."""
        return [Verifier(self.origin, key) for key in self.keys.public_keys]

    @property
    def known(self) -> list[Verifier]:
        """Every key whose signature means that we have published it."""
        return [*self.verifiers, *self.former]


async def publish_log(unit: Unit, publication: Publication, most: int) -> int:
    """Publish a tree head over at most ``most`` further leaves; how many it covers anew, 0 when all are covered.

    Raises LogStopped with the reasons when a tree head is out that the stored leaves do not lead to.
    """
    driver = await unit.driver()
    await driver.execute(_LOCK)
    stored: int = await driver.fetchval(_STORED)
    head = await latest_head(unit)
    out = await to_thread.run_sync(publication.files.read, CHECKPOINT)
    shown = _shown(publication, out)
    reasons = [
        *reasons_against_other_log(shown, publication.origin),
        *reasons_against_rollback(shown, stored),
    ]
    if reasons:
        raise LogStopped(reasons)
    old = head.size if head else 0
    await _refuse_older_forks(unit, head, [each for each in shown if each.checkpoint.size < old])
    if head and (out is None or shown[0].checkpoint.size < old):
        await _publish_again(unit, publication, head, out, shown[0].checkpoint.size if out else 0)
        out = head.note.encode()
    sizes_out = [each.checkpoint.size for each in shown]
    new = max(*sizes_out, old, 0) if any(size > old for size in sizes_out) else min(stored, old + most)
    if new > old or shown:
        growth, bundled = await _grow(unit, old, new)
        _refuse_forks(head, shown, growth)
    if new == old:
        return 0
    await _publish(unit, publication, growth, bundled, out)
    return new - old


def _shown(publication: Publication, out: bytes | None) -> list[Shown]:
    """The tree heads that are out; the file's first. Raises LogStopped when the file is not ours."""
    shown = []
    if out is not None:
        try:
            checkpoint = read_checkpoint(out.decode(), publication.known)
        except (NoteBroken, UnicodeDecodeError):
            raise LogStopped([_NOT_OURS]) from None
        shown.append(Shown(Witness.FILES, checkpoint))
    if publication.monitored is not None:
        shown.append(Shown(Witness.MONITOR, publication.monitored))
    return shown


async def _refuse_older_forks(unit: Unit, head: Head | None, shown: Sequence[Shown]) -> None:
    for each in shown:
        if head is None or await root_at(unit, each.checkpoint.size) != each.checkpoint.root:
            raise LogStopped([reason_of_fork(each.checkpoint.size, each.by)])


def _refuse_forks(head: Head | None, shown: Sequence[Shown], growth: Growth) -> None:
    """The stored nodes must lead to every tree head from the last one on, and to that one itself."""
    if head is not None and growth.root(head.size) != head.root:
        raise LogStopped([reason_of_fork(head.size, None)])
    for each in shown:
        size = each.checkpoint.size
        if growth.old <= size <= growth.new and growth.root(size) != each.checkpoint.root:
            raise LogStopped([reason_of_fork(size, each.by)])


async def _grow(unit: Unit, old: int, new: int) -> tuple[Growth, list[bytes]]:
    """The tree of ``new`` leaves, and the leaves of the bundles that are new. Raises LogStopped."""
    first = old - old % TILE_WIDTH
    rows = await stored_leaves(unit, Range(first, new))
    for index, (leaf, stored_hash) in enumerate(rows, start=first):
        # One bit that flips between storing and signing has ended a public log before (Yeti 2022).
        if leaf_hash(leaf) != stored_hash:
            raise LogStopped([reason_of_changed_leaf(index)])
    edge = await stored_nodes(unit, right_edge(old))
    return grown(old, edge, [row["leaf_hash"] for row in rows[old - first :]]), [row["leaf"] for row in rows]


async def _publish(
    unit: Unit, publication: Publication, growth: Growth, bundled: Sequence[bytes], out: bytes | None
) -> None:
    root = growth.root(growth.new)
    checkpoint = Checkpoint(publication.origin, growth.new, root)
    is_out = out is not None and read_checkpoint(out.decode(), publication.known) == checkpoint
    note = out.decode() if out is not None and is_out else sign(checkpoint, publication.keys.private_keys)
    files = publication.files

    def put_out() -> None:
        files.write_once(growth.files(bundled))
        if not is_out:
            files.replace(CHECKPOINT, note.encode(), expected=out)
        for tile in growth.outgrown:
            files.remove_folder(tile.partials)

    await _to_disk(put_out)
    levels, indexes, hashes = zip(*growth.stored, strict=True) if growth.stored else ((), (), ())
    await (await unit.driver()).execute(_PUBLISH, growth.new, root, note, levels, indexes, hashes)


async def _publish_again(
    unit: Unit, publication: Publication, head: Head, out: bytes | None, files_at: int
) -> None:
    """The files were lost, or are older than what was published: they are made again as they were."""
    missing = tiles_between(files_at, head.size)
    for first in range(0, len(missing), _TILES_AT_ONCE):
        tiles = missing[first : first + _TILES_AT_ONCE]
        contents = {tile.path: await tile_content(unit, tile) for tile in tiles}
        await _to_disk(partial(publication.files.write_once, contents))
    replace = partial(publication.files.replace, CHECKPOINT, head.note.encode(), expected=out)
    await _to_disk(replace)


async def _to_disk(work: Callable[[], None]) -> None:
    try:
        await to_thread.run_sync(work)
    except ContentDiffers as differing:
        raise LogStopped([_file_differs(str(differing))]) from None


def _file_differs(path: str) -> Reason:
    return Reason(
        code="log_file_differs",
        message=f"已公布的文件 {path} 与数据库推得的内容不一致，停止封存",
        remedy="请停止受理，保全该文件，用 registry check 查明是文件还是数据库被改动",
        citation=UNSOURCED,
    )
