"""Documents of people and institutions, kept encrypted in an object store under opaque ids.

One interface for a local folder (``file:///…``) and S3-compatible stores (``s3://bucket/prefix``), by
obstore. An object is named ``<owner kind>/<owner id>/<object id>``; that name is bound into the seal, so an
object that is moved or swapped does not open. The SHA-256 is an attribute for the record, never an address:
equal files of two owners are two objects.
"""

import hashlib
import io
import re
import zipfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self
from urllib.parse import unquote, urlsplit
from uuid import UUID, uuid4

import anyio.to_thread
import obstore
from obstore.store import LocalStore, S3Store

from app.files.limits import MIB
from app.kernel.errors import UNSOURCED, InvalidInput, NotFound, Reason, TooLarge

if TYPE_CHECKING:
    from obstore.store import ObjectStore, S3Config

MAX_DOCUMENT_BYTES = 10 * MIB
"""Largest document the store and its row take; policy (``opening_document_mib_max``) may only set less."""

_OWNER_KIND = re.compile(r"[a-z][a-z_]{0,39}")
_MOST_PARTS = 5_000


class ObjectCipher(Protocol):
    """Seals whole objects (AES-256-GCM, key id inside the sealed bytes); ``app.db.crypto.KeyRing`` is one."""

    def seal_bytes(self, plaintext: bytes, *, aad: bytes) -> bytes:
        """The sealed bytes of ``plaintext``, bound to ``aad``."""

    def open_bytes(self, sealed: bytes, *, aad: bytes) -> bytes:
        """The plaintext; raises when the bytes or ``aad`` are not those that were sealed."""


class DocumentKind(StrEnum):
    """The kinds of document that are taken, told by content; the value is the media type (IANA)."""

    PDF = "application/pdf"
    PNG = "image/png"
    JPEG = "image/jpeg"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose object it is, e.g. ``Owner("opening", opening_id)``; an id is only ever looked up below its
    owner.
    """

    kind: str
    id: UUID

    def __post_init__(self) -> None:
        if not _OWNER_KIND.fullmatch(self.kind):
            raise ValueError("an owner kind is a short English noun")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDocument:
    """What is worth recording about a stored document. ``sha256`` is the hexadecimal digest of the
    plaintext.
    """

    object_id: UUID
    kind: DocumentKind
    size_bytes: int
    sha256: str


class DocumentStore:
    """Encrypted documents below their owners."""

    def __init__(self, store: "ObjectStore", cipher: ObjectCipher) -> None:
        self._store = store
        self._cipher = cipher

    @classmethod
    def at(cls, url: str, cipher: ObjectCipher, *, config: "S3Config | None" = None) -> Self:
        """The store at ``url``; ``config`` holds obstore's options for S3 (endpoint, region, access keys).

        A local folder is created, open to its owner alone. Raises ``ValueError`` for other schemes.
        """
        parts = urlsplit(url)
        if parts.scheme == "file":
            folder = Path(unquote(parts.path))
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return cls(LocalStore(folder, automatic_cleanup=True), cipher)
        if parts.scheme not in ("s3", "s3a"):
            raise ValueError("the object store needs a URL file:///… or s3://bucket/prefix")
        return cls(S3Store.from_url(url, config=config), cipher)

    async def put(
        self, owner: Owner, data: bytes, *, field: str = "file", max_bytes: int = MAX_DOCUMENT_BYTES
    ) -> StoredDocument:
        """Seal and store ``data`` for ``owner``.

        Raises ``TooLarge`` or ``InvalidInput`` with every reason against the document; then nothing is
        stored.
        """
        kind = accepted_kind(data, field=field, max_bytes=max_bytes)
        object_id = uuid4()
        path = _path(owner, object_id)

        def seal() -> tuple[str, bytes]:
            return hashlib.sha256(data).hexdigest(), self._cipher.seal_bytes(data, aad=_bound_to(path))

        digest, sealed = await anyio.to_thread.run_sync(seal)
        await obstore.put_async(self._store, path, sealed, mode="create")
        return StoredDocument(object_id=object_id, kind=kind, size_bytes=len(data), sha256=digest)

    async def keep(self, owner: Owner, object_id: UUID, data: bytes) -> None:
        """Seal and store working data of ``owner`` under an id of the caller's; repeating it replaces the object.

        For what the registry itself has made of a file that was judged already: no kind is asked for.
        """
        path = _path(owner, object_id)
        sealed = await anyio.to_thread.run_sync(lambda: self._cipher.seal_bytes(data, aad=_bound_to(path)))
        await obstore.put_async(self._store, path, sealed)

    async def get(self, owner: Owner, object_id: UUID) -> bytes:
        """The document, decrypted. Raises ``NotFound`` when ``owner`` has no such object."""
        path = _path(owner, object_id)
        try:
            answer = await obstore.get_async(self._store, path)
            sealed = bytes(await answer.bytes_async())
        except FileNotFoundError as error:
            raise _absent() from error
        return await anyio.to_thread.run_sync(lambda: self._cipher.open_bytes(sealed, aad=_bound_to(path)))

    async def delete(self, owner: Owner, object_id: UUID) -> None:
        """Remove the object; an object that is already gone is no error (the act can be repeated)."""
        try:
            await obstore.delete_async(self._store, _path(owner, object_id))
        except FileNotFoundError:
            return

    async def delete_all(self, owner: Owner) -> None:
        """Remove every object of ``owner``, also those no record names; can be repeated."""
        listed = await obstore.list(self._store, f"{owner.kind}/{owner.id}").collect_async()
        for each in listed:
            await self.delete(owner, UUID(each["path"].rpartition("/")[2]))

    async def owners(self, kind: str) -> set[UUID]:
        """Whose objects there are, of owners of that kind."""
        found = await obstore.list_with_delimiter_async(self._store, kind)
        return {UUID(prefix.rstrip("/").rpartition("/")[2]) for prefix in found["common_prefixes"]}


def accepted_kind(data: bytes, *, field: str = "file", max_bytes: int = MAX_DOCUMENT_BYTES) -> DocumentKind:
    """The kind of an acceptable document, by content. Raises ``TooLarge`` or ``InvalidInput``."""
    if len(data) > max_bytes:
        limit = max_bytes // MIB
        raise TooLarge(
            [
                _reason(
                    "document_too_large",
                    f"文件有 {len(data) / MIB:.1f} MiB，超过 {limit} MiB 的上限",
                    "请压缩图片或降低扫描分辨率（200 dpi 通常足够）后再上传",
                    field,
                )
            ]
        )
    if not data:
        raise InvalidInput(
            [_reason("document_empty", "文件是空的（0 字节）", "请确认文件已保存完整后重新上传", field)]
        )
    kind = _kind_by_magic(data)
    if kind is None:
        raise InvalidInput(
            [
                _reason(
                    "document_kind_not_accepted",
                    "文件内容不是可以接收的种类（按内容判断，与扩展名无关）",
                    "请上传 PDF、PNG、JPEG、Word（.docx）或 Excel（.xlsx）文件，不含宏，不设打开密码",
                    field,
                )
            ]
        )
    return kind


def _kind_by_magic(data: bytes) -> DocumentKind | None:
    if data.startswith(b"%PDF-"):
        return DocumentKind.PDF
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return DocumentKind.PNG
    if data.startswith(b"\xff\xd8\xff"):
        return DocumentKind.JPEG
    if data.startswith(b"PK\x03\x04"):
        return _kind_of_package(data)
    return None


def _kind_of_package(data: bytes) -> DocumentKind | None:
    """Word or Excel by the parts of the package (ISO/IEC 29500-2); packages with macros are neither."""
    if data.count(b"PK\x01\x02") > _MOST_PARTS:
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            names = {name.lower() for name in package.namelist()}
    # RuntimeError is zipfile's word for a package it cannot read (a foreign version or encryption).
    except (zipfile.BadZipFile, RuntimeError, ValueError, OSError):
        return None
    if "[content_types].xml" not in names or any(name.endswith("vbaproject.bin") for name in names):
        return None
    if "word/document.xml" in names:
        return DocumentKind.DOCX
    return DocumentKind.XLSX if "xl/workbook.xml" in names else None


def _path(owner: Owner, object_id: UUID) -> str:
    return f"{owner.kind}/{owner.id}/{object_id}"


def _bound_to(path: str) -> bytes:
    # Told apart from the seals of database fields, which the same keys make.
    return b"object:" + path.encode()


def _absent() -> NotFound:
    return NotFound(
        [Reason(code="document_not_found", message="没有找到这份文件", remedy="请从办件页面重新打开")]
    )


def _reason(code: str, message: str, remedy: str, field: str) -> Reason:
    return Reason(code=code, message=message, remedy=remedy, field=field, citation=UNSOURCED)
