"""Bodies too large or too deep are refused before anything takes them apart, whatever their headers say."""

from collections.abc import AsyncIterator

import pytest

from app.access.actor import AdministratorKind, Permission
from app.web.body_limits import MAX_BYTES, MAX_UPLOAD_BYTES
from tests.builders.openings import draft_opening
from tests.registry_server import Caller, Registry, codes

pytestmark = pytest.mark.anyio

CHUNK = b" " * 65_536
RESOLVE = "/v1/persons:resolve"
JSON = {"Content-Type": "application/json"}


class Stream:
    """A body without a length; knows how much of it was taken."""

    def __init__(self, size: int, head: bytes = b"") -> None:
        self.size, self.head, self.taken = size, head, 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self.head
        while self.taken < self.size:
            self.taken += len(CHUNK)
            yield CHUNK


@pytest.fixture
async def officer(registry: Registry) -> Caller:
    return await registry.officer(Permission.IDENTITY)


async def test_a_large_body_is_refused_by_its_length_alone(officer: Caller) -> None:
    answer = await officer.post(RESOLVE, content=b" " * (MAX_BYTES + 1), headers=JSON)
    assert (answer.status_code, codes(answer)) == (413, ["body_too_large"])
    assert "2 MiB" in answer.json()["reasons"][0]["message"]


async def test_a_body_at_the_limit_is_read(officer: Caller) -> None:
    answer = await officer.post(RESOLVE, content=b" " * MAX_BYTES, headers=JSON)
    assert answer.status_code == 422


async def test_a_body_without_a_length_is_counted_while_it_comes(officer: Caller) -> None:
    body = Stream(20 * MAX_BYTES)
    answer = await officer.post(RESOLVE, content=body, headers=JSON)
    assert (answer.status_code, codes(answer)) == (413, ["body_too_large"])
    assert body.taken <= MAX_BYTES + len(CHUNK), "the rest was never asked for"


async def test_a_length_that_lies_does_not_help(officer: Caller) -> None:
    answer = await officer.post(
        RESOLVE, content=Stream(2 * MAX_BYTES), headers={**JSON, "Content-Length": "10"}
    )
    assert (answer.status_code, codes(answer)) == (413, ["body_too_large"])


async def test_an_upload_has_a_limit_of_its_own(registry: Registry) -> None:
    opening = await draft_opening(registry)
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    for action in ("/documents", "/roster:import"):
        body = Stream(3 * MAX_UPLOAD_BYTES, head)
        answer = await opening.operator.post(opening.path + action, content=body, headers=kind)
        assert (answer.status_code, codes(answer)) == (413, ["body_too_large"])
        assert body.taken <= MAX_UPLOAD_BYTES + len(CHUNK)


async def test_a_document_over_the_policy_limit_is_refused_by_its_own_rule(registry: Registry) -> None:
    opening = await draft_opening(registry)
    file = {"file": ("计划.pdf", b"%PDF-1.7\n" + b"0" * 10 * 1024 * 1024)}
    answer = await opening.operator.post(
        f"{opening.path}/documents", files=file, data={"part": "assessment_plan"}
    )
    assert (answer.status_code, codes(answer)) == (413, ["document_too_large"])


@pytest.mark.parametrize("depth", [500, 5_000, 500_000])
@pytest.mark.parametrize(("opens", "closes"), [("[", "]"), ('{"a":', "}")])
async def test_deep_json_is_refused(officer: Caller, depth: int, opens: str, closes: str) -> None:
    nested = opens * depth + "1" + closes * depth
    for body in (nested, f'{{"name": {nested}}}'):
        answer = await officer.post(RESOLVE, content=body, headers=JSON)
        assert answer.status_code in {400, 413, 422}, answer.text
        assert answer.json()["reasons"]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b'{"name": "\xff\xfe"}'),
        ("application/json", b'{"name": "\\ud800"}'),
        ("application/json", b'{"name": "\\u0000"}'),
        ("application/json; charset=utf-16", '{"name": "张"}'.encode("utf-16")),
        ("text/plain", b"{}"),
        ("multipart/form-data", b"--x--"),
        ("application/json", b"NaN"),
        ("application/json", b"1" * 5_000),
    ],
)
async def test_a_body_that_is_not_what_it_says_is_refused(officer: Caller, kind: str, body: bytes) -> None:
    answer = await officer.post(RESOLVE, content=body, headers={"Content-Type": kind})
    assert answer.status_code in {400, 422}, answer.text
    assert answer.json()["reasons"]


async def test_another_method_is_told_every_method_of_the_address(registry: Registry) -> None:
    answer = await registry.client.request("PATCH", "/v1/agencies")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST")


@pytest.mark.parametrize("since", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00", "1767225600"])
async def test_an_instant_that_no_zone_can_hold_is_refused_in_form(registry: Registry, since: str) -> None:
    auditor = await registry.administrator(AdministratorKind.AUDIT)
    answer = await auditor.get("/v1/audit-events", params={"since": since})
    assert (answer.status_code, answer.json()["reasons"][0]["field"]) == (422, "since")
