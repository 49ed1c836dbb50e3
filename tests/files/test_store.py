"""Documents at rest: encrypted, bound to their owner, told by content, gone when deleted."""

import hashlib
import io
import os
import zipfile
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.files.store import MAX_DOCUMENT_BYTES, DocumentKind, DocumentStore, Owner, accepted_kind
from app.kernel.errors import InvalidInput, NotFound, TooLarge

pytestmark = pytest.mark.anyio

PDF = b"%PDF-1.7\n" + "教学计划".encode() + os.urandom(2000)


class OneKey:
    """A real AES-256-GCM with a single key, as the ring of ``app.db.crypto`` seals."""

    def __init__(self) -> None:
        self._key = AESGCM(AESGCM.generate_key(256))

    def seal_bytes(self, plaintext: bytes, *, aad: bytes) -> bytes:
        nonce = os.urandom(12)
        return b"key1" + nonce + self._key.encrypt(nonce, plaintext, aad)

    def open_bytes(self, sealed: bytes, *, aad: bytes) -> bytes:
        return self._key.decrypt(sealed[4:16], sealed[16:], aad)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "對 象 库"


@pytest.fixture
def store(folder: Path) -> DocumentStore:
    return DocumentStore.at(folder.as_uri(), OneKey())


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_a_document_comes_back_and_lies_encrypted(store: DocumentStore, folder: Path) -> None:
    owner = Owner("opening", uuid4())
    stored = await store.put(owner, PDF)
    assert stored.kind is DocumentKind.PDF
    assert (stored.size_bytes, stored.sha256) == (len(PDF), hashlib.sha256(PDF).hexdigest())
    assert await store.get(owner, stored.object_id) == PDF
    (path,) = files_in(folder)
    assert path.relative_to(folder) == Path("opening", str(owner.id), str(stored.object_id))
    assert "教学计划".encode() not in path.read_bytes()
    assert b"%PDF" not in path.read_bytes()
    assert folder.stat().st_mode & 0o077 == 0


async def test_another_owner_finds_nothing(store: DocumentStore) -> None:
    owner = Owner("opening", uuid4())
    stored = await store.put(owner, PDF)
    for other in (Owner("opening", uuid4()), Owner("record", owner.id)):
        with pytest.raises(NotFound):
            await store.get(other, stored.object_id)
    with pytest.raises(NotFound):
        await store.get(owner, uuid4())


async def test_an_object_that_was_moved_or_changed_does_not_open(store: DocumentStore, folder: Path) -> None:
    owner, thief = Owner("opening", uuid4()), Owner("opening", uuid4())
    mine = await store.put(owner, PDF)
    theirs = await store.put(thief, PDF)
    ours, target = (
        folder / "opening" / str(who.id) / str(what.object_id)
        for who, what in ((owner, mine), (thief, theirs))
    )
    target.write_bytes(ours.read_bytes())
    with pytest.raises(InvalidTag):
        await store.get(thief, theirs.object_id)
    changed = bytearray(ours.read_bytes())
    changed[100] ^= 1
    ours.write_bytes(changed)
    with pytest.raises(InvalidTag):
        await store.get(owner, mine.object_id)


async def test_equal_files_are_two_objects_and_deleting_one_leaves_the_other(
    store: DocumentStore, folder: Path
) -> None:
    owner = Owner("opening", uuid4())
    first, second = await store.put(owner, PDF), await store.put(owner, PDF)
    assert first.object_id != second.object_id
    assert first.sha256 == second.sha256
    await store.delete(owner, first.object_id)
    await store.delete(owner, first.object_id)
    with pytest.raises(NotFound):
        await store.get(owner, first.object_id)
    assert await store.get(owner, second.object_id) == PDF
    assert len(files_in(folder)) == 1


async def test_a_refused_document_is_not_stored(store: DocumentStore, folder: Path) -> None:
    owner = Owner("opening", uuid4())
    with pytest.raises(TooLarge) as large:
        await store.put(owner, b"%PDF-" + bytes(MAX_DOCUMENT_BYTES), field="parts.teaching_plan")
    assert large.value.reasons[0].field == "parts.teaching_plan"
    for data, code in ((b"", "document_empty"), (b"MZ\x90\0", "document_kind_not_accepted")):
        with pytest.raises(InvalidInput) as refused:
            await store.put(owner, data)
        assert refused.value.code == code
    assert files_in(folder) == []


def package(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n...", DocumentKind.PNG),
        (b"\xff\xd8\xff\xe0...", DocumentKind.JPEG),
        (package("[Content_Types].xml", "word/document.xml"), DocumentKind.DOCX),
        (package("[Content_Types].xml", "xl/workbook.xml"), DocumentKind.XLSX),
        (package("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), None),
        (package("word/document.xml"), None),
        (package("a.pdf"), None),
        (b"PK\x03\x04broken", None),
        (b"<html>", None),
        (b"GIF89a", None),
    ],
)
def test_kinds_are_told_by_content(data: bytes, kind: DocumentKind | None) -> None:
    if kind is None:
        with pytest.raises(InvalidInput):
            accepted_kind(data)
    else:
        assert accepted_kind(data) is kind


def test_an_owner_cannot_name_a_path() -> None:
    for kind in ("", "../x", "Opening", "a/b"):
        with pytest.raises(ValueError, match="owner kind"):
            Owner(kind, UUID(int=1))


def test_only_folders_and_s3_are_stores() -> None:
    for url in ("/var/objects", "http://example.org/x", "memory:///"):
        with pytest.raises(ValueError, match="object store"):
            DocumentStore.at(url, OneKey())
    assert DocumentStore.at(
        "s3://bucket/prefix",
        OneKey(),
        config={
            "region": "cn-north-1",
            "access_key_id": "a",
            "secret_access_key": "b",
            "endpoint": "https://127.0.0.1:9",
        },
    )


async def test_all_of_an_owner_goes_and_nobody_elses(store: DocumentStore, folder: Path) -> None:
    mine, other = Owner("list", uuid4()), Owner("list", uuid4())
    assert await store.owners("list") == set()
    await store.delete_all(mine)
    for owner in (mine, mine, other, Owner("listing", mine.id)):
        await store.keep(owner, uuid4(), b"x")
    assert await store.owners("list") == {mine.id, other.id}
    await store.delete_all(mine)
    assert await store.owners("list") == {other.id}
    assert len(files_in(folder)) == 2
