"""An issuer's list: stored set by set, answered row by row, once however often it is sent, resumed where it stopped."""

import asyncio
import io
from typing import Any
from uuid import UUID

import httpx
import pytest
import xlsxwriter

from app.access.actor import Permission
from app.archive.certificates.actions import receive_issuer_file
from app.jobs import certificate_imports
from app.jobs.certificate_imports import run_certificate_imports
from tests.builders.finished_class import Trainee, lay_person
from tests.registry_server import Caller, Registry, codes

pytestmark = pytest.mark.anyio
BODY_CODE = "S000011990001"
HEADINGS = ("序号", "姓名", "身份证号码", "证书编号", "职业编码", "工种", "技能等级", "发证日期", "有效期至")


def number(serial: int, *, body: str = BODY_CODE) -> str:
    return f"{body}255{serial:06}"


def row(serial: int, **changes: str) -> dict[str, str]:
    return {
        "身份证号码": Trainee(serial=serial).number,
        "证书编号": number(serial),
        "职业编码": "6-18-02-04",
        "技能等级": "五级/初级工",
        "发证日期": "2025-05-11",
        **changes,
    }


def csv_of(*rows: dict[str, str]) -> bytes:
    lines = [",".join(HEADINGS), *(",".join(each.get(heading, "") for heading in HEADINGS) for each in rows)]
    return "\r\n".join(["某中心证书名单", *lines]).encode("gb18030")


def xlsx_of(*rows: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet("名单")
        sheet.write_row(0, 0, HEADINGS)
        for index, each in enumerate(rows, start=1):
            sheet.write_row(index, 0, [each.get(heading, "") for heading in HEADINGS])
    return buffer.getvalue()


async def lay_body(registry: Registry, code: str = BODY_CODE, division_code: str = "110105") -> UUID:
    owner = await registry.owner()
    return await owner.fetchval(
        "INSERT INTO evaluation_body (body_code, kind, name, division_code, registered_by) VALUES ($1, 'social_body',"
        " '样例评价中心', $2, (SELECT principal_id FROM principal WHERE kind = 'system')) RETURNING body_id",
        code,
        division_code,
    )


async def send(officer: Caller, body_id: UUID, content: bytes) -> httpx.Response:
    path = f"/v1/evaluation-bodies/{body_id}/certificate-imports"
    return await officer.post(path, files={"file": ("名单", content)})


async def shown(officer: Caller, import_id: str) -> dict[str, Any]:
    answer = await officer.get(f"/v1/certificate-imports/{import_id}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def defects(officer: Caller, import_id: str, **params: Any) -> dict[str, Any]:
    answer = await officer.get(f"/v1/certificate-imports/{import_id}/defects", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def kept(registry: Registry) -> int:
    place = registry.house.settings.data_dir / "objects" / "certificate_import"
    return sum(path.is_file() for path in place.rglob("*"))


async def test_a_list_becomes_certificates_of_known_and_new_persons(registry: Registry) -> None:
    officer, body_id = await registry.officer(Permission.DIRECTORY), await lay_body(registry)
    known, _ = await lay_person(registry, Trainee(serial=441))
    answer = await send(officer, body_id, csv_of(row(441), row(442, 有效期至="2030-05-11")))
    assert answer.status_code == 202, answer.text
    import_id = answer.json()["import_id"]
    assert answer.headers["Location"] == f"/v1/certificate-imports/{import_id}"
    assert (answer.json()["state"], answer.json()["rows_total"], kept(registry)) == ("received", 2, 1)
    assert await run_certificate_imports(registry.house) == 2
    done = await shown(officer, import_id)
    assert (done["state"], done["rows_done"], done["rows_refused"]) == ("done", 2, 0)
    assert done["finished_at"] is not None
    owner = await registry.owner()
    rows = await owner.fetch("SELECT * FROM certificate ORDER BY valid_until NULLS FIRST")
    assert [str(each["issued_on"]) for each in rows] == ["2025-05-11"] * 2
    assert {(each["state"], each["source"], each["skill_level"]) for each in rows} == {
        ("submitted", "issuer_import", "level_5")
    }
    assert rows[0]["person_id"] == known
    assert (rows[0]["kind"], rows[0]["body_id"], str(rows[1]["valid_until"])) == (
        "skill_level",
        body_id,
        "2030-05-11",
    )
    assert registry.house.keys.open(
        rows[0]["number_sealed"], name="certificate.number", owner=known
    ) == number(441)
    assert kept(registry) == 0


async def test_every_reason_against_a_row_is_told_masked_and_the_others_are_stored(
    registry: Registry,
) -> None:
    officer, body_id = await registry.officer(Permission.IDENTITY), await lay_body(registry)
    wrong = Trainee(serial=444).number[:-1] + ("1" if Trainee(serial=444).number[-1] != "1" else "2")
    content = xlsx_of(
        row(443),
        row(444, 身份证号码=wrong, 发证日期="2025-02-30", 技能等级="九级"),
        row(445, 证书编号=number(445, body="S000011990002")),
        row(446, 发证日期="2199-01-01", 职业编码="9-99-99-99"),
        row(447, 证书编号="不是编号"),
    )
    import_id = (await send(officer, body_id, content)).json()["import_id"]
    await run_certificate_imports(registry.house)
    done = await shown(officer, import_id)
    assert (done["rows_done"], done["rows_refused"]) == (5, 4)
    first = await defects(officer, import_id, limit=2)
    rest = await defects(officer, import_id, cursor=first["next_cursor"])
    told = {
        each["line"]: [reason["code"] for reason in each["reasons"]]
        for each in first["items"] + rest["items"]
    }
    assert told == {
        3: ["identity_number_check_digit", "date_unreadable", "skill_level_unknown"],
        4: ["number_of_another_body"],
        5: ["issued_on_out_of_range", "occupation_unknown"],
        6: ["certificate_number_not_checkable"],
    }
    assert rest["next_cursor"] is None
    assert wrong not in str(first)
    assert number(445, body="S000011990002") not in str(first)
    owner = await registry.owner()
    assert await owner.fetchval("SELECT count(*) FROM certificate") == 1


async def test_the_same_file_is_one_import_and_the_same_certificate_is_stored_once(
    registry: Registry,
) -> None:
    officer, body_id = await registry.officer(Permission.DIRECTORY), await lay_body(registry)
    content = csv_of(row(448), row(449), row(448))
    together = await asyncio.gather(*(send(officer, body_id, content) for _ in range(3)))
    assert {answer.status_code for answer in together} == {202}
    assert len({answer.json()["import_id"] for answer in together}) == 1
    await run_certificate_imports(registry.house)
    again = await send(officer, body_id, content)
    assert (again.json()["state"], again.json()["rows_done"]) == ("done", 3)
    other = await send(officer, body_id, csv_of(row(449), row(450)))
    assert other.json()["import_id"] != again.json()["import_id"]
    await run_certificate_imports(registry.house)
    owner = await registry.owner()
    assert await owner.fetchval("SELECT count(*) FROM certificate") == 3
    assert await owner.fetchval("SELECT count(*) FROM person") == 3


async def test_a_worker_that_dies_goes_on_where_it_stopped(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receive_issuer_file, "PART_ROWS", 2)
    monkeypatch.setattr(certificate_imports, "PART_ROWS", 2)
    officer, body_id = await registry.officer(Permission.DIRECTORY), await lay_body(registry)
    content = csv_of(*(row(serial) for serial in range(451, 456)))
    import_id = (await send(officer, body_id, content)).json()["import_id"]
    owner = await registry.owner()
    await owner.execute(
        "CREATE FUNCTION break_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF (SELECT count(*) FROM registry.certificate) >= 2 THEN RAISE 'broken'; END IF; RETURN NEW; END $$;"
        "CREATE TRIGGER break_it BEFORE INSERT ON certificate FOR EACH STATEMENT EXECUTE FUNCTION break_it()"
    )
    with pytest.raises(Exception, match="broken"):
        await run_certificate_imports(registry.house)
    halfway = await shown(officer, import_id)
    assert (halfway["state"], halfway["rows_done"]) == ("running", 2)
    await owner.execute("DROP TRIGGER break_it ON certificate")
    await asyncio.gather(*(run_certificate_imports(registry.house) for _ in range(3)))
    assert (await shown(officer, import_id))["state"] == "done"
    assert await owner.fetchval("SELECT count(*) FROM certificate") == 5
    # The part that broke had registered its persons and numbers already: they were found again.
    for table in ("person", "person_identifier", "certificate_number"):
        assert await owner.fetchval(f"SELECT count(*) FROM {table}") == 5
    parts = "SELECT count(*) FROM audit_event WHERE action = 'certificate_import:part_stored'"
    assert await owner.fetchval(parts) == 3
    assert kept(registry) == 0


async def test_a_worker_canceled_at_any_moment_leaves_whole_parts(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receive_issuer_file, "PART_ROWS", 3)
    monkeypatch.setattr(certificate_imports, "PART_ROWS", 3)
    officer, body_id = await registry.officer(Permission.DIRECTORY), await lay_body(registry)
    # One person and one number stand in several parts.
    content = csv_of(*(row(460 + serial % 20, 证书编号=number(serial % 25)) for serial in range(30)))
    import_id = (await send(officer, body_id, content)).json()["import_id"]
    owner = await registry.owner()
    for turns in range(20, 400, 20):
        working = asyncio.create_task(run_certificate_imports(registry.house))
        for _ in range(turns):
            await asyncio.sleep(0)
        working.cancel()
        await asyncio.wait([working])
        told = await owner.fetchrow(
            "SELECT rows_done, rows_done - (SELECT coalesce(sum((details ->> 'rows')::integer), 0) FROM audit_event"
            " WHERE action = 'certificate_import:part_stored') AS untold FROM certificate_import"
        )
        assert (told["rows_done"] % 3, told["untold"]) == (0, 0)
    await run_certificate_imports(registry.house)
    assert (await shown(officer, import_id))["rows_done"] == 30
    assert await owner.fetchval("SELECT count(*) FROM certificate") == 30
    counts = "SELECT (SELECT count(*) FROM person), (SELECT count(*) FROM certificate_number)"
    assert tuple(await owner.fetchrow(counts)) == (20, 25)


async def test_the_number_of_a_merged_person_is_not_stored_again(registry: Registry) -> None:
    officer, body_id = await registry.officer(Permission.DIRECTORY), await lay_body(registry)
    await send(officer, body_id, csv_of(row(481), row(482, 证书编号=number(483))))
    await run_certificate_imports(registry.house)
    owner = await registry.owner()
    survivor, merged = [each["person_id"] for each in await owner.fetch("SELECT person_id FROM person")]
    await owner.execute(
        """INSERT INTO person_alias (person_id, alias_id, survivor_id, reason, case_number, proposed_by,
             decision_reason, merged_by, merged_at)
           SELECT $1, uuidv7(), $2, '同一人', '试2025-001', system.principal_id, '属实', officer.principal_id,
             registry_now()
           FROM principal AS system, principal AS officer WHERE system.kind = 'system' AND officer.kind = 'officer'""",
        merged,
        survivor,
    )
    both = csv_of(row(482, 证书编号=number(481)), row(481, 证书编号=number(483)), row(482))
    await send(officer, body_id, both)
    await run_certificate_imports(registry.house)
    numbers = await owner.fetch("SELECT number_id, count(*) AS times FROM certificate GROUP BY number_id")
    assert [each["times"] for each in numbers] == [1, 1, 1]


async def test_a_list_whose_sealed_rows_are_gone_fails_and_holds_up_no_other(registry: Registry) -> None:
    officer, body_id = await registry.officer(Permission.DIRECTORY), await lay_body(registry)
    lost = (await send(officer, body_id, csv_of(row(456)))).json()["import_id"]
    place = registry.house.settings.data_dir / "objects" / "certificate_import"
    for path in place.rglob("*"):
        if path.is_file():
            path.unlink()
    sound = (await send(officer, body_id, csv_of(row(457)))).json()["import_id"]
    assert await run_certificate_imports(registry.house) == 1
    assert (await shown(officer, lost))["state"] == "failed"
    assert (await shown(officer, sound))["state"] == "done"


async def test_files_that_are_no_list_and_bodies_of_another_area_are_refused(registry: Registry) -> None:
    officer, body_id = await registry.officer(Permission.DIRECTORY), await lay_body(registry)
    refused = await send(officer, body_id, "姓名,电话\r\n张样安,1".encode())
    assert (refused.status_code, codes(refused)) == (422, ["heading_not_found"])
    empty = await send(officer, body_id, csv_of())
    assert (empty.status_code, codes(empty)) == (422, ["row_count_out_of_range"])
    assert (await send(officer, body_id, b"%PDF-1.7")).status_code == 422
    stranger = await registry.officer(Permission.DIRECTORY, division_code="320000")
    assert (await send(stranger, body_id, csv_of(row(458)))).status_code == 404
    import_id = (await send(officer, body_id, csv_of(row(458)))).json()["import_id"]
    for path in (f"/v1/certificate-imports/{import_id}", f"/v1/certificate-imports/{import_id}/defects"):
        assert (await stranger.get(path)).status_code == 404
    wrong_cursor = await officer.get(f"/v1/certificate-imports/{import_id}/defects", params={"cursor": "x"})
    assert wrong_cursor.status_code == 422
