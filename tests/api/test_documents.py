"""Documents: encrypted, judged by content, out of reach for others, and gone when removed."""

import pytest

from tests.builders.directory import ready_directory
from tests.builders.openings import draft_opening, ready_opening
from tests.registry_server import Registry, codes

pytestmark = pytest.mark.anyio

PDF = b"%PDF-1.7\n" + b"0" * 2000 + b"\n%%EOF\n"


def sent(data: bytes = PDF, name: str = "考核方案.pdf", part: str = "assessment_plan") -> dict[str, object]:
    return {"files": {"file": (name, data)}, "data": {"part": part}}


async def test_a_document_comes_back_as_an_attachment_and_lies_encrypted(registry: Registry) -> None:
    opening = await draft_opening(registry)
    stored = await opening.operator.post(f"{opening.path}/documents", **sent())
    assert stored.status_code == 201, stored.text
    assert (stored.json()["file_name"], stored.json()["size_bytes"]) == ("考核方案.pdf", len(PDF))
    got = await opening.operator.get(stored.headers["location"])
    assert got.content == PDF
    assert got.headers["content-disposition"].startswith("attachment; ")
    assert got.headers["content-type"] == "application/octet-stream"
    assert "default-src 'none'" in got.headers["content-security-policy"]
    objects = [path for path in registry.house.settings.data_dir.rglob("*") if path.is_file()]
    assert objects
    assert not any(PDF[:100] in path.read_bytes() for path in objects)
    owner = await registry.owner()
    sealed = await owner.fetchval("SELECT file_name_sealed FROM stored_document")
    assert "考核".encode() not in sealed
    assert [document["file_name"] for document in (await opening.show())["documents"]] == ["考核方案.pdf"]


async def test_what_is_no_document_is_refused(registry: Registry) -> None:
    opening = await draft_opening(registry)
    path = f"{opening.path}/documents"
    program = await opening.operator.post(path, **sent(b"MZ" + b"0" * 100))
    assert (program.status_code, codes(program)) == (422, ["document_kind_not_accepted"])
    empty = await opening.operator.post(path, **sent(b""))
    assert (empty.status_code, codes(empty)) == (422, ["document_empty"])
    huge = await opening.operator.post(path, **sent(PDF + b"0" * (10 * 1024 * 1024)))
    assert (huge.status_code, codes(huge)) == (413, ["document_too_large"])
    named = await opening.operator.post(path, **sent(name="11010519491001999X.pdf"))
    assert (named.status_code, codes(named)) == (409, ["file_name_has_number"])
    late = await opening.operator.post(path, **sent(part="change"))
    assert codes(late) == ["document_not_now"]
    unknown = await opening.operator.post(path, **sent(part="other"))
    assert unknown.status_code == 422
    assert (await opening.show())["documents"] == []


async def test_a_removed_document_is_gone_from_row_and_store(registry: Registry) -> None:
    opening = await draft_opening(registry)
    stored = await opening.operator.post(f"{opening.path}/documents", **sent())
    location = stored.headers["location"]
    objects = registry.house.settings.data_dir / "objects"
    assert len([path for path in objects.rglob("*") if path.is_file()]) == 1
    removed = await opening.operator.delete(location)
    assert removed.status_code == 204, removed.text
    assert (await opening.operator.get(location)).status_code == 404
    assert (await opening.operator.delete(location)).status_code == 404
    assert not [path for path in objects.rglob("*") if path.is_file()]


async def test_a_filed_document_stays_and_the_authority_reads_it(registry: Registry) -> None:
    opening = await ready_opening(registry)
    stored = await opening.operator.post(f"{opening.path}/documents", **sent())
    location = stored.headers["location"]
    assert (await opening.officer.get(location)).status_code == 404
    assert (await opening.file()).status_code == 200
    assert (await opening.officer.get(location)).content == PDF
    assert codes(await opening.operator.delete(location)) == ["document_filed"]
    stranger = (await ready_directory(registry)).operator
    assert (await stranger.get(location)).status_code == 404
    assert (await stranger.delete(location)).status_code == 404
    assert (await stranger.post(f"{opening.path}/documents", **sent())).status_code == 404
