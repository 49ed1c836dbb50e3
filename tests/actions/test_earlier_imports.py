"""Benefits paid before the registry: they hold keys and yearly places, without a payment, whichever way they meet."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from app.access.actor import Permission
from app.jobs.earlier_imports import run_earlier_imports
from app.jobs.evidence_alarms import run_evidence_alarms
from app.jobs.payments import run_payments
from app.subsidies.earlier.actions import receive_file
from tests.builders.finished_class import lay_person
from tests.builders.identity import merge, officers
from tests.builders.payments import granted, lay_paying
from tests.builders.rosters import Trainee
from tests.registry_server import Caller, Registry, codes, only

pytestmark = pytest.mark.anyio
HEADINGS = "姓名,证件号码,补贴种类,发放日期,补贴金额,发放批次号,职业编码,技能等级,所属期间,发证日期,区划代码"
ANNA, BO = Trainee(serial=991, name="张样安"), Trainee(serial=992, name="李样宁")


def row(person: Trainee = ANNA, **changes: Any) -> str:
    given = {
        "kind": "技能提升补贴", "paid_on": "2018-06-01", "amount": "1500", "document": "失发〔2018〕6号",
        "code": "6-18-02-04", "level": "四级", "period": "", "dated": "2018-05-20", "division": "", **changes,
    }  # fmt: skip
    return ",".join([person.name, person.identity_number, *map(str, given.values())])


async def upload(officer: Caller, *rows: str) -> httpx.Response:
    content = "\n".join([HEADINGS, *rows]).encode()
    return await officer.post(
        "/v1/earlier-benefit-imports", files={"file": ("存量.csv", content, "text/csv")}
    )


async def imported(registry: Registry, officer: Caller, *rows: str) -> tuple[dict[str, Any], dict[int, Any]]:
    """The progress when done, and the reasons of refused lines."""
    received = await upload(officer, *rows)
    assert received.status_code == 202, received.text
    await run_earlier_imports(registry.house)
    path = received.headers["location"]
    defects = (await officer.get(f"{path}/defects")).json()["items"]
    return (await officer.get(path)).json(), {each["line"]: each["reasons"] for each in defects}


async def keys_held(registry: Registry) -> list[asyncpg.Record]:
    return await (await registry.owner()).fetch(
        "SELECT key.*, slot.scope, slot.nth FROM benefit_key AS key"
        " LEFT JOIN benefit_slot AS slot USING (person_id, key_id) ORDER BY key.key_id"
    )


async def test_a_row_holds_its_key_and_its_place_and_pays_nothing(registry: Registry) -> None:
    officer = await granted(registry, Permission.PAYMENT)
    done, refused = await imported(
        registry,
        officer,
        row(),
        row(code="4-10-01-05"),
        row(BO, kind="以工代训补贴", period="2020-05", paid_on="2020-07-01", dated=""),
    )
    assert (done["state"], done["rows_done"], done["rows_refused"]) == ("done", 3, 0), refused
    held = await keys_held(registry)
    assert [(each["origin"], each["scope"], each["nth"]) for each in held] == [
        ("earlier", "2018", 1),
        ("earlier", "2018", 2),
        ("earlier", "life", 1),
    ]
    owner = await registry.owner()
    assert await owner.fetchval("SELECT count(*) FROM person") == 2, "registered by their numbers"
    assert await owner.fetchval("SELECT count(*) FROM benefit") == 0
    amounts = await owner.fetch("SELECT DISTINCT amount_fen, division_code FROM earlier_benefit")
    assert [tuple(each) for each in amounts] == [(150_000, "110000")]


async def test_the_same_file_and_the_same_rows_change_nothing(registry: Registry) -> None:
    officer = await granted(registry, Permission.PAYMENT)
    first = await upload(officer, row(), row(BO))
    await run_earlier_imports(registry.house)
    again = await upload(officer, row(), row(BO))
    assert again.json()["import_id"] == first.json()["import_id"]
    assert await run_earlier_imports(registry.house) == 0
    done, refused = await imported(registry, officer, row(), row(BO), row(BO, level="三级"))
    assert (done["rows_done"], done["rows_unchanged"], done["rows_refused"], refused) == (3, 2, 0, {})
    assert len(await keys_held(registry)) == 3


async def test_a_second_benefit_of_the_same_thing_is_answered_by_what_is_held(registry: Registry) -> None:
    officer = await granted(registry, Permission.PAYMENT)
    await imported(registry, officer, row())
    done, refused = await imported(
        registry, officer, row(paid_on="2019-03-01"), row(kind="职业培训补贴"), row(BO), "张,1,x,y,z,w"
    )
    assert (done["rows_refused"], done["rows_unchanged"]) == (3, 0)
    for line in (2, 3):
        reason = only(refused[line])
        assert reason["code"] == "benefit_already_held"
        assert "技能提升补贴、焊工、四级" in reason["message"]
        assert "2018-06-01" in reason["message"]
    assert len(refused[5]) >= 4, "everything at once"
    assert ANNA.identity_number not in str(refused)


async def test_a_year_that_is_full_keeps_the_key(registry: Registry) -> None:
    officer = await granted(registry, Permission.PAYMENT)
    kind = {"kind": "职业培训补贴", "paid_on": "2020-06-01", "dated": "2020-05-20"}
    levels = ("五级", "四级", "三级", "二级")
    done, _ = await imported(registry, officer, *(row(level=level, **kind) for level in levels))
    assert done["rows_refused"] == 0, "it was paid, whatever the cap"
    assert [each["nth"] for each in await keys_held(registry)] == [1, 2, 3, None]


async def test_a_known_person_has_to_bear_the_name(registry: Registry) -> None:
    from tests.builders.finished_class import Trainee as Known

    known = Known(serial=951)
    person_id, _ = await lay_person(registry, known)
    right = Trainee(number=known.number, name=known.name)
    officer = await granted(registry, Permission.PAYMENT)
    done, refused = await imported(registry, officer, row(right), row(right.but(name="王样例"), level="三级"))
    assert only(refused[3])["code"] == "name_differs"
    assert only(await keys_held(registry))["person_id"] == person_id
    assert done["rows_refused"] == 1


async def test_merged_persons_are_one_person(registry: Registry) -> None:
    from tests.builders.finished_class import Trainee as Known

    first, second = Known(serial=951), Known(serial=952)
    persons = [(await lay_person(registry, each))[0] for each in (first, second)]
    maker, checker = await officers(registry)
    await merge(maker, checker, *persons)
    officer = await granted(registry, Permission.PAYMENT)
    lines = [row(Trainee(number=each.number, name=each.name)) for each in (first, second)]
    done, refused = await imported(registry, officer, *lines)
    assert (done["rows_refused"] + done["rows_unchanged"], len(refused)) == (1, 0), (
        "the same benefit, told twice"
    )
    held = await keys_held(registry)
    assert sorted(each["origin"] for each in held) == ["earlier", "merged"]
    assert {each["nth"] for each in held} == {1}


async def test_workers_side_by_side_and_a_lost_part(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receive_file, "PART_ROWS", 2)
    officer = await granted(registry, Permission.PAYMENT)
    rows = [row(Trainee(serial=900 + each)) for each in range(7)]
    received = await upload(officer, *rows)
    await asyncio.gather(*(run_earlier_imports(registry.house) for _ in range(3)))
    done = (await officer.get(received.headers["location"])).json()
    assert (done["state"], done["rows_done"]) == ("done", 7)
    assert len(await keys_held(registry)) == 7
    lost = await upload(officer, row(BO))
    import_id = UUID(lost.json()["import_id"])
    await registry.house.documents.delete(
        receive_file.owner_of(import_id), receive_file.part_id(import_id, 0)
    )
    await run_earlier_imports(registry.house)
    assert (await officer.get(lost.headers["location"])).json()["state"] == "failed"


async def test_another_areas_import_is_not_there(registry: Registry) -> None:
    officer = await granted(registry, Permission.PAYMENT)
    far = await granted(registry, Permission.PAYMENT, division_code="310000")
    path = (await upload(officer, row())).headers["location"]
    assert (await far.get(path)).status_code == 404
    assert (await far.get(f"{path}/defects")).status_code == 404
    await run_earlier_imports(registry.house)
    done, refused = await imported(registry, far, row(), row(BO, division="110105"))
    assert only(refused[2])["code"] == "benefit_already_held", "once for life holds across regions"
    assert only(refused[3])["code"] == "division_out_of_scope"
    assert done["rows_refused"] == 2


async def test_a_claim_on_its_way_for_what_was_paid_before_waits_for_an_officer(registry: Registry) -> None:
    from tests.builders.finished_class import Trainee as Known

    known = Known(serial=953)
    person_id, _ = await lay_person(registry, known)
    paying = await lay_paying(registry, 1)
    maker, checker = await officers(registry)
    await merge(maker, checker, person_id, paying.claims[0])
    officer = await granted(registry, Permission.PAYMENT)
    for document in ("失发〔2018〕6号", "失发〔2018〕7号"):
        _, refused = await imported(
            registry, officer, row(Trainee(number=known.number, name=known.name), document=document)
        )
        assert "暂停" in only(refused[2])["message"]
    held = only(await (await registry.owner()).fetch("SELECT * FROM claim_hold"))
    assert (held["claim_id"], held["reason_code"]) == (paying.claims[0], "evidence_doubted")
    order = {"budget_id": str(paying.budget_id), "claim_ids": [str(paying.claims[0])]}
    assert codes(await paying.payer.post("/v1/payment-orders", json=order)) == ["on_hold"]


async def test_what_was_paid_and_had_been_paid_before_becomes_a_case_for_an_officer(
    registry: Registry,
) -> None:
    """Neither swallowed nor only refused: two lists that say so make one case; what is dismissed may come again."""
    from tests.builders.finished_class import Trainee as Known

    known = Known(serial=954)
    person_id, _ = await lay_person(registry, known)
    paying = await lay_paying(registry, 1)
    maker, checker = await officers(registry)
    await merge(maker, checker, person_id, paying.claims[0])
    await paying.order()
    await run_payments(registry.house)
    assert await paying.states() == ["paid"]
    officer = await granted(registry, Permission.PAYMENT)

    async def listed(document: str) -> None:
        _, refused = await imported(
            registry, officer, row(Trainee(number=known.number, name=known.name), document=document)
        )
        assert "已立案核查" in only(refused[2])["message"]
        await run_evidence_alarms(registry.house)

    await listed("失发〔2018〕6号")
    await listed("失发〔2018〕7号")
    case = only((await paying.approver.get("/v1/recovery-cases")).json()["items"])
    assert (case["claim_id"], case["cause"]) == (str(paying.claims[0]), "double_benefit")
    assert await (await registry.owner()).fetchval("SELECT count(*) FROM earlier_benefit") == 0
    dismissal = {"reason": "两笔分属不同职业，清单有误"}
    path = f"/v1/recovery-cases/{case['case_id']}:dismiss"
    assert (await paying.approver.post(path, json=dismissal)).status_code == 200
    await listed("失发〔2018〕8号")
    assert (
        only((await paying.approver.get("/v1/recovery-cases")).json()["items"])["case_id"] != case["case_id"]
    )
