"""Rosters over the API: what is kept, what is refused with all reasons, and what nobody else learns."""

import io

import pytest
from openpyxl import load_workbook

from app.access.actor import Permission
from tests.builders.rosters import Trainee, csv_file, lay_draft, trainees
from tests.registry_server import Registry, codes, only

pytestmark = pytest.mark.anyio

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def test_good_lines_are_kept_and_bad_ones_told_with_every_reason(registry: Registry) -> None:
    draft = await lay_draft(registry)
    bad = Trainee(serial=902, name="李样3", number="110000194910019022", phone="12345")
    answer = await draft.submit(Trainee(serial=901), bad)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert told["counts"] == {
        "added": 1, "replaced": 0, "reinstated": 0, "unchanged": 0, "refused": 1, "notices": 0,
    }  # fmt: skip
    refused = only(told["refused"])
    assert refused["line"] == 2
    assert {reason["code"] for reason in refused["reasons"]} >= {"name_digits", "phone_form"}
    assert all(reason["remedy"] and reason["line"] == 2 for reason in refused["reasons"])
    assert bad.identity_number not in answer.text
    line = only((await draft.roster())["items"])
    assert line["name"] == "张样安"
    assert line["identity_number"] == f"110{'*' * 11}{Trainee(serial=901).identity_number[-4:]}"
    assert line["state_label"] == "待核验"
    assert line["line_id"] == only(told["lines"])["line_id"]


async def test_the_same_file_twice_changes_nothing(registry: Registry) -> None:
    draft = await lay_draft(registry)
    file = csv_file(*trainees(3))
    first = await draft.upload(file)
    again = await draft.upload(file)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["counts"]["unchanged"] == 3
    assert {line["line_id"] for line in first.json()["lines"]} == {
        line["line_id"] for line in again.json()["lines"]
    }
    owner = await registry.owner()
    assert await owner.fetchval("SELECT count(*) FROM roster_line") == 3
    assert await owner.fetchval("SELECT count(*) FROM person") == 3
    assert await owner.fetchval("SELECT count(*) FROM audit_event WHERE action = 'roster:imported'") == 1


async def test_the_same_key_answers_the_same_and_another_file_under_it_is_refused(registry: Registry) -> None:
    draft = await lay_draft(registry)
    key = {"Idempotency-Key": "roster-upload-1"}
    first = await draft.upload(csv_file(Trainee()), headers=key)
    again = await draft.upload(csv_file(Trainee()), headers=key)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json() == first.json()
    other = await draft.upload(csv_file(Trainee(serial=950)), headers=key)
    assert (other.status_code, codes(other)) == (409, ["idempotency_key_reused"])


async def test_other_values_for_a_held_trainee_are_refused_showing_what_differs(registry: Registry) -> None:
    draft = await lay_draft(registry)
    held = Trainee(phone="13800000001", key_groups=("退役军人", "高校毕业生"))
    await draft.submit(held)
    answer = await draft.submit(held.but(phone="13800000002", name="张样宁"))
    assert answer.status_code == 200
    reason = only(only(answer.json()["refused"])["reasons"])
    assert reason["code"] == "roster_line_differs"
    assert "138****0001" in reason["message"]
    assert "138****0002" in reason["message"]
    assert "13800000002" not in answer.text
    assert "姓名本次为“张样宁”、名册中为“张样安”" in reason["message"]
    owner = await registry.owner()
    stored = (await owner.fetch("SELECT body FROM idempotency_key WHERE body IS NOT NULL"))[-1][
        "body"
    ].decode()
    assert "姓名本次为“张*”、名册中为“张*”" in stored, "an answer at rest names nobody"
    line = only((await draft.roster())["items"])
    assert line["phone"] == "138****0001"
    assert line["key_groups"] == ["college_graduate", "veteran"]


async def test_a_form_of_another_kind_is_refused_not_a_defect(registry: Registry) -> None:
    draft = await lay_draft(registry)
    for content_type in (
        "application/x-www-form-urlencoded",
        "Application/X-WWW-Form-Urlencoded; charset=utf-8",
    ):
        headers = {"Content-Type": content_type}
        for path in (f"{draft.path}:import", f"/v1/openings/{draft.opening_id}/documents"):
            answer = await draft.operator.post(
                path, content=b"file=abc&part=assessment_plan", headers=headers
            )
            assert answer.status_code == 422, answer.text
    odd = {"Content-Type": "Multipart/Form-Data; boundary=x"}
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n' + csv_file(
        Trainee()
    )
    taken = await draft.operator.post(f"{draft.path}:import", content=body + b"\r\n--x--\r\n", headers=odd)
    assert taken.status_code == 201, taken.text


async def test_replacing_takes_the_new_values(registry: Registry) -> None:
    draft = await lay_draft(registry)
    await draft.submit(Trainee(phone="13800000001", key_groups=("退役军人",)))
    answer = await draft.submit(Trainee(name="张样宁", phone="13800000002"), params={"replace": True})
    assert answer.status_code == 201
    assert answer.json()["counts"]["replaced"] == 1
    line = only((await draft.roster())["items"])
    assert (line["name"], line["phone"], line["key_groups"]) == ("张样宁", "138****0002", [])


async def test_a_filed_roster_does_not_change(registry: Registry) -> None:
    draft = await lay_draft(registry)
    kept = (await draft.submit(Trainee())).json()["lines"][0]["line_id"]
    await draft.move_to("filed")
    answer = await draft.submit(Trainee(serial=950))
    assert (answer.status_code, codes(answer)) == (409, ["roster_filed"])
    withdrawal = await draft.operator.post(f"{draft.path}/{kept}:withdraw", json={"reason": "放弃参训"})
    assert (withdrawal.status_code, codes(withdrawal)) == (409, ["roster_filed"])
    await draft.move_to("returned")
    assert (await draft.submit(Trainee(serial=950))).status_code == 201


async def test_a_withdrawn_trainee_leaves_the_list_and_comes_back_by_importing(registry: Registry) -> None:
    draft = await lay_draft(registry)
    line_id = (await draft.submit(Trainee())).json()["lines"][0]["line_id"]
    path = f"{draft.path}/{line_id}:withdraw"
    assert (await draft.operator.post(path, json={"reason": "放弃参训"})).status_code == 200
    again = await draft.operator.post(path, json={"reason": "放弃参训"})
    assert (again.status_code, codes(again)) == (409, ["line_already_withdrawn"])
    assert (await draft.roster())["items"] == []
    gone = only((await draft.roster(with_withdrawn=True))["items"])
    assert gone["withdrawal_reason"] == "放弃参训"
    back = await draft.submit(Trainee())
    assert back.json()["lines"][0] == {
        "line_id": line_id, "sheet": None, "line": 1, "outcome": "reinstated", "warnings": [],
    }  # fmt: skip
    assert (await draft.roster())["counts"]["lines"] == 1


async def test_another_institution_sees_no_such_opening(registry: Registry) -> None:
    draft = await lay_draft(registry)
    line_id = (await draft.submit(Trainee())).json()["lines"][0]["line_id"]
    stranger = (await lay_draft(registry)).operator
    assert (await stranger.get(draft.path)).status_code == 404
    assert (await stranger.post(draft.path, json={"lines": [Trainee().line()]})).status_code == 404
    upload = await stranger.post(f"{draft.path}:import", files={"file": ("a.csv", csv_file(Trainee()))})
    assert upload.status_code == 404
    withdrawal = await stranger.post(f"{draft.path}/{line_id}:withdraw", json={"reason": "放弃参训"})
    assert withdrawal.status_code == 404


async def test_a_roster_is_no_oracle_across_classes(registry: Registry) -> None:
    """What another class holds about the same person is neither shown nor felt."""
    first, second = await lay_draft(registry), await lay_draft(registry)
    await first.submit(Trainee(name="张样安", phone="13800000001"))
    known = await second.submit(Trainee(name="王样平", phone="13800000002"))
    unknown = await second.submit(Trainee(serial=955, name="王样平", phone="13800000003"))
    for answer in (known, unknown):
        assert answer.status_code == 201
        line = only(answer.json()["lines"])
        assert (line["outcome"], line["warnings"]) == ("added", unknown.json()["lines"][0]["warnings"])


async def test_pages_go_by_pinyin_and_cursors_name_nobody(registry: Registry) -> None:
    draft = await lay_draft(registry)
    names = ["赵样安", "陈样安", "李样安"]
    await draft.submit(*(each.but(name=name) for each, name in zip(trainees(3), names, strict=True)))
    first = await draft.roster(limit=2)
    rest = await draft.roster(limit=2, cursor=first["next_cursor"])
    assert [item["name"] for item in first["items"] + rest["items"]] == ["陈样安", "李样安", "赵样安"]
    assert rest["next_cursor"] is None
    mangled = await draft.operator.get(draft.path, params={"cursor": "eyJ"})
    assert (mangled.status_code, codes(mangled)) == (422, ["cursor_invalid"])


async def test_two_thousand_with_those_already_there(registry: Registry) -> None:
    draft = await lay_draft(registry)
    assert (await draft.submit(*trainees(1_999))).status_code == 201
    over = await draft.submit(*trainees(2, first=1_999))
    assert (over.status_code, codes(over)) == (409, ["roster_full"])
    assert (await draft.roster())["counts"]["lines"] == 1_999
    fits = await draft.submit(*trainees(3, first=1_997))
    assert fits.json()["counts"] | {"unchanged": 2, "added": 1} == fits.json()["counts"]
    too_long = await draft.submit(*trainees(2_001))
    assert too_long.status_code == 422


async def test_refused_rows_come_back_as_a_workbook_that_can_be_mended(registry: Registry) -> None:
    draft = await lay_draft(registry)
    good, bad = Trainee(serial=901), Trainee(serial=902, number="11000019491001902", remark="=1+1")
    key = {"Idempotency-Key": "roster-workbook-1"}
    answer = await draft.upload(csv_file(good, bad), params={"answer": "workbook"}, headers=key)
    assert answer.status_code == 201
    assert answer.headers["content-type"] == WORKBOOK
    assert (answer.headers["roster-taken"], answer.headers["roster-refused"]) == ("1", "1")
    rows = list(load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))
    assert bad.identity_number in rows[1]
    owner = await registry.owner()
    stored = await owner.fetchval("SELECT body FROM idempotency_key WHERE key = 'roster-workbook-1'")
    assert bad.identity_number.encode() not in stored
    mended = await draft.upload(csv_file(bad.but(number="")), params={"answer": "workbook"})
    assert mended.headers["roster-refused"] == "0"


async def test_too_young_and_uncheckable_cards_are_refused(registry: Registry) -> None:
    draft = await lay_draft(registry)
    answer = await draft.submit(
        Trainee(born="20200101"), Trainee(serial=901, card_number="A" * 21), Trainee(serial=903)
    )
    refused = {
        line["line"]: [reason["code"] for reason in line["reasons"]] for line in answer.json()["refused"]
    }
    assert refused == {1: ["trainee_too_young"], 2: ["card_number_form"]}


async def test_hostile_and_unreadable_files_are_refused(registry: Registry) -> None:
    draft = await lay_draft(registry)
    unread = await draft.upload(b"PK\x03\x04 nonsense", "roster.xlsx")
    assert unread.status_code == 422
    too_large = await draft.upload(b"x" * (5 * 1024 * 1024 + 1))
    assert too_large.status_code == 413
    assert (await draft.roster())["counts"]["lines"] == 0


async def test_the_template_can_be_had_by_anybody(registry: Registry) -> None:
    answer = await registry.client.get("/v1/roster-template")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == WORKBOOK
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    assert sheet.data_validations.dataValidation


async def test_an_officer_reads_with_purpose_and_the_trainee_can_see_it(registry: Registry) -> None:
    draft = await lay_draft(registry, division_code="110105")
    await draft.submit(Trainee(serial=901, key_groups=("退役军人",)), Trainee(serial=902))
    question = {"purpose": "filing_review", "case_number": "备审2026-0001"}
    officer = await registry.officer(Permission.FILING, division_code="110000")
    path = f"{draft.path}:read"
    assert (await officer.post(path, json=question)).status_code == 404  # a draft is nobody else's
    await draft.move_to("filed")
    answer = await officer.post(path, json=question)
    assert answer.status_code == 200, answer.text
    lines = answer.json()["items"]
    assert [line["name"] for line in lines] == ["张样安", "张样安"]
    assert lines[0]["key_groups"] == ["veteran"]
    assert Trainee(serial=901).identity_number not in answer.text
    owner = await registry.owner()
    seen = await owner.fetch("SELECT person_id, purpose, case_number FROM access_event")
    assert {row["person_id"] for row in seen} == {
        row["person_id"] for row in await owner.fetch("SELECT * FROM person")
    }
    assert {(row["purpose"], row["case_number"]) for row in seen} == {("filing_review", "备审2026-0001")}
    elsewhere = await registry.officer(Permission.FILING, division_code="310000")
    assert (await elsewhere.post(path, json=question)).status_code == 404
    without = await registry.officer(Permission.REVIEW, division_code="110000")
    assert (await without.post(path, json=question)).status_code == 403
    nameless = await officer.post(path, json={"purpose": "curiosity", "case_number": "x"})
    assert nameless.status_code == 422
