"""Long lists compared: every line answered with its reason, one trace a person and comparison, nothing left behind."""

import io
import json
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import python_calamine
import xlsxwriter

from app.access.actor import Permission
from app.archive.records.rules import record_number
from app.exchange.comparisons import rules
from app.files.store import DocumentStore, Owner
from app.jobs import comparisons as job
from app.jobs.comparisons import run_comparisons
from tests.builders.finished_class import Trainee
from tests.builders.verified import Known, lay_certificate, lay_known, lay_record
from tests.registry_server import Caller, Registry, codes

pytestmark = pytest.mark.anyio
RECORD, REVOKED, OF_ANOTHER, NOBODYS = (record_number("110105", 2026, serial) for serial in range(1, 5))
CERTIFICATE = "S000032011002261000011"


async def officer(registry: Registry) -> Caller:
    return await registry.officer(Permission.LOOKUP, division_code="320000")


async def opened(caller: Caller) -> str:
    answer = await caller.post(
        "/v1/comparisons",
        json={"purpose": "inspection", "case_number": "测试案件0003"},
        headers={"Idempotency-Key": f"key-{uuid4()}"},
    )
    assert answer.status_code == 201, answer.text
    return answer.json()["comparison_id"]


async def send(caller: Caller, content: bytes, comparison: str | None = None) -> httpx.Response:
    comparison = comparison or await opened(caller)
    return await caller.post(f"/v1/comparisons/{comparison}:upload", content=content)


async def compared(registry: Registry, caller: Caller, content: bytes) -> dict[str, Any]:
    sent = await send(caller, content)
    assert sent.status_code == 202, sent.text
    await run_comparisons(registry.house)
    return (await caller.get(f"/v1/comparisons/{sent.json()['comparison_id']}")).json()


async def answers_of(caller: Caller, shown: dict[str, Any]) -> dict[int, dict[str, Any]]:
    got = await caller.get(f"/v1/comparisons/{shown['comparison_id']}/answers?format=ndjson")
    assert got.status_code == 200, got.text
    return {line["line"]: line for line in map(json.loads, got.text.splitlines())}


async def looks(registry: Registry, known: Known) -> int:
    owner = await registry.owner()
    return await owner.fetchval("SELECT count(*) FROM access_event WHERE person_id = $1", known.person_id)


async def left_behind(registry: Registry) -> int:
    """Rows in the staging table."""
    return await (await registry.owner()).fetchval("SELECT count(*) FROM comparison_line")


def table(*rows: tuple[str, ...]) -> str:
    heading = ("身份证号码", "姓名", "档案编号", "证书编号")
    return "\r\n".join(",".join(row) for row in (heading, *rows))


async def test_every_line_is_answered_with_its_reason(registry: Registry) -> None:
    caller, known = await officer(registry), await lay_known(registry)
    other = await lay_known(registry, serial=902, name="测试乙")
    await lay_record(registry, known, RECORD)
    await lay_record(registry, known, REVOKED, is_revoked=True)
    await lay_record(registry, other, OF_ANOTHER)
    await lay_certificate(registry, known, CERTIFICATE)
    await lay_certificate(registry, known, "S000032011002261000013", "submitted")
    owner = await registry.owner()
    await owner.execute("SET session_replication_role = replica")
    await owner.execute(
        "INSERT INTO inclusion (person_id, entry_id, leaf_index, checkpoint_size) VALUES ($1, $2, 0, 1)",
        known.person_id,
        UUID(known.records[RECORD]),
    )
    await owner.execute("SET session_replication_role = origin")
    number, name, unknown = known.trainee.number, known.trainee.name, Trainee(serial=999).number
    wrong_digit = number[:17] + ("0" if number[17] != "0" else "1")
    text = table(
        (number, name, RECORD, CERTIFICATE),
        (number, name, "", ""),
        (unknown, name, "", ""),
        (number, "另一人", "", ""),
        (number, name, NOBODYS, ""),
        (number, name, OF_ANOTHER, ""),
        (number, name, REVOKED, ""),
        (number, name, "", "S000032011002261000099"),
        (number, name, "", "S000032011002261000013"),
        (other.trainee.number, other.trainee.name, OF_ANOTHER, ""),
        (other.trainee.number, other.trainee.name, "", CERTIFICATE),
        (wrong_digit, name, "", ""),
        (number, "", "R1", ""),
    )
    shown = await compared(registry, caller, text.encode("gb18030"))
    assert (shown["state"], shown["lines_total"], shown["lines_done"], shown["persons_found"]) == (
        "done",
        13,
        13,
        2,
    )
    said = await answers_of(caller, shown)
    assert [said[line]["outcome"] for line in range(2, 15)] == [
        "matched",
        "matched",
        "number_unknown",
        "name_differs",
        "record_unknown",
        "record_of_another",
        "record_revoked",
        "certificate_unknown",
        "certificate_unconfirmed",
        "record_unsealed",
        "certificate_of_another",
        "invalid_line",
        "invalid_line",
    ]
    assert [reason["code"] for reason in said[13]["reasons"]] == ["identity_number_check_digit"]
    assert [reason["code"] for reason in said[14]["reasons"]] == ["name_missing", "record_number_malformed"]
    assert {row["outcome"]: row["lines"] for row in shown["outcomes"]}["matched"] == 2
    assert (await looks(registry, known), await looks(registry, other)) == (1, 1)
    assert await left_behind(registry) == 0
    assert number not in str(said)
    assert name not in str(said)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
async def test_usual_encodings_and_delimiters(registry: Registry, encoding: str) -> None:
    caller, known = await officer(registry), await lay_known(registry)
    text = table((known.trainee.number, known.trainee.name, "", "")).replace(",", "\t")
    shown = await compared(registry, caller, text.encode(encoding))
    assert [row["outcome"] for row in shown["outcomes"]] == ["matched"], shown


async def test_ndjson_and_excel(registry: Registry) -> None:
    caller, known = await officer(registry), await lay_known(registry)
    line = {"identity_number": known.trainee.number, "name": known.trainee.name, "record_number": None}
    shown = await compared(registry, caller, "\n".join([json.dumps(line)] * 3).encode())
    assert (shown["form"], shown["lines_done"], shown["persons_found"]) == ("ndjson", 3, 1)
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["姓名", "身份证号"])
        sheet.write_row(1, 0, [known.trainee.name, known.trainee.number])
        sheet.write_row(2, 0, ["=1+1", known.trainee.number])
    shown = await compared(registry, caller, file.getvalue())
    assert shown["lines_done"] == 2
    assert await looks(registry, known) == 2, "one for each comparison"
    answers = f"/v1/comparisons/{shown['comparison_id']}/answers"
    workbook = await caller.get(answers + "?format=xlsx")
    rows = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(workbook.content)).get_sheet_by_index(0)
    assert [row[2] for row in rows.to_python()[1:]] == ["matched", "invalid_line"]
    text = (await caller.get(answers)).content.decode("utf-8-sig")
    assert text.splitlines()[0] == "行号,结果,结果代码,原因,办法"
    assert len(text.splitlines()) == 3


class Killed(BaseException):
    """As a kill -9: nothing of ours may handle it."""


class DyingStore:
    """The object store of a worker that dies right after it has kept the answers of its n-th part."""

    def __init__(self, documents: DocumentStore, parts: int) -> None:
        self._documents = documents
        self._left = parts

    async def keep(self, owner: Owner, object_id: UUID, data: bytes) -> None:
        await self._documents.keep(owner, object_id, data)
        self._left -= 1
        if self._left == 0:
            raise Killed

    def __getattr__(self, name: str) -> Any:
        return getattr(self._documents, name)


async def test_a_worker_killed_in_every_part_leaves_one_row_a_person(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each worker commits one part and dies in the next one, between keeping its answers and its commit."""
    caller = await officer(registry)
    people = [await lay_known(registry, serial=910 + at) for at in range(4)]
    rows = [(each.trainee.number, each.trainee.name, "", "") for each in people * 3]
    sent = await send(caller, table(*rows).encode())
    path = f"/v1/comparisons/{sent.json()['comparison_id']}"
    monkeypatch.setattr(job, "PART_LINES", 2)
    for done in range(1, 6):
        dying: Any = DyingStore(registry.house.documents, 2)
        with pytest.raises(Killed):
            await run_comparisons(replace(registry.house, documents=dying))
        shown = (await caller.get(path)).json()
        assert (shown["state"], shown["lines_done"]) == ("running", 2 * done)
        assert shown["lines_per_second"] is not None
    await run_comparisons(registry.house)
    shown = (await caller.get(path)).json()
    assert (shown["state"], shown["lines_done"], shown["persons_found"]) == ("done", 12, 4)
    assert sorted(await answers_of(caller, shown)) == list(range(2, 14))
    assert [await looks(registry, each) for each in people] == [1] * 4
    assert await left_behind(registry) == 0


async def test_what_is_held_of_persons_goes(registry: Registry) -> None:
    caller, known = await officer(registry), await lay_known(registry)
    objects = registry.house.settings.data_dir / "objects"

    def held() -> int:
        return sum(1 for path in objects.rglob("*") if path.is_file() and "comparison" in str(path))

    shown = await compared(
        registry, caller, table((known.trainee.number, known.trainee.name, "", "")).encode()
    )
    assert held() == 1, "the answers; the list is gone"
    sealed = next(path for path in (objects / "comparison").rglob("*") if path.is_file()).read_bytes()
    assert b"matched" not in sealed
    await registry.advance(days=8)
    await run_comparisons(registry.house)
    assert held() == 0
    gone = await caller.get(f"/v1/comparisons/{shown['comparison_id']}/answers")
    assert (gone.status_code, codes(gone)) == (404, ["answers_deleted"])
    assert (await caller.get(f"/v1/comparisons/{shown['comparison_id']}")).json()["cleared_at"] is not None


async def test_canceled_and_foreign_comparisons(registry: Registry) -> None:
    caller, known = await officer(registry), await lay_known(registry)
    sent = await send(caller, table((known.trainee.number, known.trainee.name, "", "")).encode())
    path = f"/v1/comparisons/{sent.json()['comparison_id']}"
    again = await caller.post(path + ":upload", content=b"x")
    assert (again.status_code, codes(again)) == (409, ["comparison_has_list"])
    early = await caller.get(path + "/answers")
    assert (early.status_code, codes(early)) == (409, ["comparison_not_done"])
    assert (await caller.post(path + ":cancel")).json()["state"] == "canceled"
    assert codes(await caller.post(path + ":cancel")) == ["comparison_ended"]
    await run_comparisons(registry.house)
    assert await looks(registry, known) == 0
    assert (await caller.get(f"/v1/comparisons/{uuid4()}")).status_code == 404


async def test_lists_that_cannot_be_compared(registry: Registry) -> None:
    caller = await officer(registry)
    assert codes(await send(caller, b"")) == ["list_empty"]
    assert codes(await send(caller, "姓名,身份证号\n".encode())) == ["line_count_out_of_range"]
    shown = await compared(registry, caller, "甲,乙\n1,2\n".encode())
    assert (shown["state"], "身份证件号码" in shown["failure"]) == ("failed", True)
    shown = await compared(registry, caller, b'{"name": "x"}\nnot json\n')
    assert (shown["state"], "第2行" in shown["failure"]) == ("failed", True)
    reviewer = await registry.officer(Permission.REVIEW)
    assert (await reviewer.get("/v1/comparisons")).status_code == 403


async def test_a_days_lines_are_a_budget(registry: Registry) -> None:
    caller, known = await officer(registry), await lay_known(registry)
    house = registry.house
    row = (known.trainee.number, known.trainee.name, "", "")
    narrow = house.settings.model_copy(update={"officer_compared_lines_per_day": 3})
    object.__setattr__(house, "settings", narrow)
    assert (await send(caller, table(row, row).encode())).status_code == 202
    refused = await send(caller, table(row, row).encode())
    assert (refused.status_code, codes(refused)) == (429, ["compared_lines_spent"])
    assert (await send(caller, table(row).encode())).status_code == 202, "what was refused took nothing"


def test_pace_is_said_once_something_is_done() -> None:
    from datetime import UTC, datetime, timedelta

    start = datetime(2026, 3, 1, tzinfo=UTC)
    assert rules.pace(100, 0, start, start) == (None, None)
    assert rules.pace(1000, 100, start, start + timedelta(seconds=10)) == (10, 90)
