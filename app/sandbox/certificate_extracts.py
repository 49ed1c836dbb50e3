"""Files of certificates: prepared in the background, kept compressed in parts that break between rows."""

import asyncio
import csv
import hashlib
import io
import json
import uuid
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

from app.sandbox.certificate_population import Entry
from app.sandbox.certificate_register import CertificateRegister, held_wire

MEDIA_TYPES = {"ndjson": "application/x-ndjson", "csv": "text/csv"}
_ROWS_A_PART = 1_000
_KEPT_HOURS = 24
_FILES_MAX = 16


@dataclass(slots=True, kw_only=True)
class ExtractFile:
    """One requested file."""

    extract_id: str
    form: str
    state: str = "preparing"
    manifest: dict[str, Any] | None = None
    parts: list[bytes] = field(default_factory=list, repr=False)


class ExtractShelf:
    """The files of the last requests; the same request finds the same file."""

    def __init__(self, register: CertificateRegister) -> None:
        self._register = register
        self._by_request: dict[str, ExtractFile] = {}
        self._by_id: dict[str, ExtractFile] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def request(
        self,
        request_id: str,
        *,
        form: str,
        issuer_code: str | None,
        issued_from: date | None,
        issued_before: date | None,
    ) -> ExtractFile:
        """Begin to prepare a file, or find the one that this request began."""
        if request_id in self._by_request:
            return self._by_request[request_id]
        extract = ExtractFile(extract_id=f"EX-{len(self._by_id) + 1:010d}", form=form)
        self._by_request[request_id] = extract
        self._by_id[extract.extract_id] = extract
        if len(self._by_id) > _FILES_MAX:
            oldest = list(self._by_id.values())[-_FILES_MAX - 1]
            oldest.state, oldest.manifest, oldest.parts = "expired", None, []
        register = self._register
        entries = register.selected(
            issuer_code=issuer_code, issued_from=issued_from, issued_before=issued_before
        )
        snapshot = {"through_sequence": register.last_sequence, "cursor": f"c{register.last_sequence}"}
        complete_through = register.complete_through(None).isoformat()
        task = asyncio.create_task(self._prepare(extract, entries, snapshot, complete_through))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return extract

    def find(self, extract_id: str) -> ExtractFile | None:
        """The file of that id."""
        return self._by_id.get(extract_id)

    async def _prepare(
        self, extract: ExtractFile, entries: Iterable[Entry], snapshot: dict[str, Any], complete_through: str
    ) -> None:
        parts, listed, digest = await asyncio.to_thread(_parts, iter(entries), extract.form)
        now = datetime.now(UTC)
        extract.parts = parts
        extract.manifest = {
            "sha256": digest,
            "rows": sum(part["rows"] for part in listed),
            "parts": listed,
            "evidence_id": str(uuid.uuid4()),
            "prepared_at": now.isoformat(timespec="milliseconds"),
            "expires_at": (now + timedelta(hours=_KEPT_HOURS)).isoformat(timespec="milliseconds"),
            "data_complete_through": complete_through,
            "snapshot": snapshot,
        }
        extract.state = "ready"


def part_body(extract: ExtractFile, number: int) -> bytes | None:
    """The bytes of part ``number`` (from 1), or None."""
    if extract.state != "ready" or not 1 <= number <= len(extract.parts):
        return None
    return zlib.decompress(extract.parts[number - 1])


def _parts(entries: Iterator[Entry], form: str) -> tuple[list[bytes], list[dict[str, Any]], str]:
    parts: list[bytes] = []
    listed: list[dict[str, Any]] = []
    whole = hashlib.sha256()
    rows = list(islice(entries, _ROWS_A_PART))
    while rows or not parts:
        body = _csv(rows, has_header=not parts) if form == "csv" else _ndjson(rows)
        whole.update(body)
        parts.append(zlib.compress(body, 1))
        listed.append({"sha256": hashlib.sha256(body).hexdigest(), "rows": len(rows)})
        rows = list(islice(entries, _ROWS_A_PART))
    return parts, listed, whole.hexdigest()


def _ndjson(rows: list[Entry]) -> bytes:
    return "".join(f"{json.dumps(held_wire(row), ensure_ascii=False)}\n" for row in rows).encode()


def _csv(rows: list[Entry], *, has_header: bool) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    if has_header:
        columns = [name for name in Entry.__dataclass_fields__ if name not in {"identity_number", "name"}]
        writer.writerow(["identity_number", "name", *columns])
    for row in rows:
        held = held_wire(row)
        writer.writerow([*held["holder"].values(), *held["certificate"].values()])
    return text.getvalue().encode()
