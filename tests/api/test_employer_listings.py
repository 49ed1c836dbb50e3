"""Employers' listings: filed by an enterprise, checked, read with a trace, confirmed into the archive or returned."""

import pytest

from app.access.actor import Permission
from app.jobs.listing_checks import run_listing_checks
from app.jobs.sealing import run_sealing
from tests.builders.listings import file, lay_employer, listing_body
from tests.builders.payments import granted
from tests.builders.rosters import Trainee
from tests.registry_server import Registry, codes, only

pytestmark = pytest.mark.anyio
ANNA, BO, MISNAMED = Trainee(serial=981), Trainee(serial=982), Trainee(serial=983)
CASE = {"purpose": "subsidy_review", "case_number": "测试案件0001"}
APPRENTICES = {
    "kind": "apprenticeship_year",
    "period": "year-1",
    "starts_on": "2025-05-01",
    "ends_on": "2026-04-30",
    "occupation_edition": 2022,
    "occupation_code": "4-10-01-05",
    "skill_level": "level_4",
}


def known(registry: Registry, person: Trainee, **told: str) -> None:
    registry.sandbox.register(
        social_security_number=person.identity_number,
        **{"name": person.name, "card_number": "S98100001", "state": "normal", **told},
    )


async def test_a_confirmed_listing_becomes_entries_of_those_who_matched(registry: Registry) -> None:
    employer = await lay_employer(registry)
    known(registry, ANNA)
    known(registry, BO)
    known(registry, MISNAMED, name="李样宁")
    filed = await file(employer, ANNA, BO, MISNAMED, **APPRENTICES)
    assert filed.status_code == 201, filed.text
    assert (filed.json()["filed"], filed.json()["refused"]) == (3, [])
    listing = f"/v1/employer-listings/{filed.json()['listing_id']}"
    officer = await granted(registry, Permission.FILING)
    early = await officer.post(f"{listing}:confirm")
    assert codes(early) == ["listing_lines_unchecked"]
    assert await run_listing_checks(registry.house) == 3
    shown = (await officer.get(listing)).json()
    assert (shown["lines"], shown["matched"], shown["not_matched"]) == (3, 2, 1)
    read = (await officer.post(f"{listing}:read", json=CASE)).json()["items"]
    assert sorted(line["check_outcome"] for line in read) == ["matched", "matched", "name_mismatch"]
    assert ANNA.identity_number not in str(read)
    own = (await employer.get(f"{listing}/lines")).json()["items"]
    assert sorted(line["check"] for line in own) == ["matched", "matched", "not_matched"]
    confirmed = await officer.post(f"{listing}:confirm")
    assert confirmed.json()["records_appended"] == 2, confirmed.text
    assert codes(await officer.post(f"{listing}:confirm")) == ["listing_already_decided"]
    # The employer claims on these numbers and is told nothing of who did not match.
    named = (await employer.get(f"{listing}/lines")).json()["items"]
    told = sorted(line["record_number"] for line in named if line["record_number"])
    stored = await (await registry.owner()).fetch("SELECT record_number FROM record_entry ORDER BY 1")
    assert told == [row["record_number"] for row in stored]
    assert {line["check"] for line in named if line["record_number"]} == {"matched"}
    assert not any(line["record_number"] for line in own)
    owner = await registry.owner()
    person = await owner.fetchval(
        "SELECT person_id FROM identifier_key WHERE digest = $1",
        registry.house.keys.digests(ANNA.identity_number, purpose="identity_number")[0][1],
    )
    citizen = await registry.citizen(person)
    entry = only((await citizen.get("/v1/me/record")).json()["entries"])
    assert (entry["kind"], entry["period"], entry["occupation_code"], entry["skill_level"]) == (
        "apprenticeship_year",
        "year-1",
        "4-10-01-05",
        "level_4",
    )
    assert (entry["starts_on"], entry["ends_on"]) == ("2025-05-01", "2026-04-30")
    assert only((await citizen.get("/v1/me/accesses")).json()["items"])["case_number"] == CASE["case_number"]
    assert await run_sealing(registry.house) >= 2


async def test_a_returned_listing_says_why_and_leaves_no_entry(registry: Registry) -> None:
    employer = await lay_employer(registry)
    known(registry, ANNA)
    filed = await file(employer, ANNA)
    path = f"/v1/employer-listings/{filed.json()['listing_id']}"
    again = await file(employer, ANNA)
    assert again.status_code == 200
    assert [reason["code"] for reason in only(again.json()["refused"])["reasons"]] == ["listed_already"]
    officer = await granted(registry, Permission.FILING)
    returned = await officer.post(f"{path}:return", json={"reason": "不在本单位参保，请核对后重新报送"})
    assert returned.status_code == 200, returned.text
    assert (await employer.get(path)).json()["decision_reason"] == "不在本单位参保，请核对后重新报送"
    assert codes(await officer.post(f"{path}:confirm")) == ["listing_already_decided"]
    assert await run_listing_checks(registry.house) == 0, "what is returned needs no check"
    assert (await file(employer, ANNA)).status_code == 201, "filed anew"
    owner = await registry.owner()
    assert await owner.fetchval("SELECT count(*) FROM record_entry") == 0


async def test_nobody_matched_is_nothing_to_confirm(registry: Registry) -> None:
    employer = await lay_employer(registry)
    known(registry, MISNAMED, name="李样宁")
    path = f"/v1/employer-listings/{(await file(employer, MISNAMED)).json()['listing_id']}"
    await run_listing_checks(registry.house)
    officer = await granted(registry, Permission.FILING)
    assert codes(await officer.post(f"{path}:confirm")) == ["listing_nobody_matched"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"period": "2026-13"}, ["period_form"]),
        ({"period": "2099-01"}, ["period_not_over"]),
        ({"division_code": "999999"}, ["division_unknown"]),
        ({"starts_on": "2026-05-01"}, ["listing_days"]),
        ({"kind": "retained_employee", "period": "2099"}, ["period_not_over"]),
        ({**APPRENTICES, "starts_on": None}, ["listing_days"]),
        ({**APPRENTICES, "occupation_code": None, "period": "year-9"}, ["period_form", "occupation_missing"]),
        ({**APPRENTICES, "occupation_code": "1-01-01-99"}, ["occupation_unknown"]),
        ({**APPRENTICES, "starts_on": "2026-04-30", "ends_on": "2026-04-01"}, ["period_backward"]),
        ({**APPRENTICES, "starts_on": "2024-01-01"}, ["year_too_long"]),
    ],
)
async def test_everything_against_the_head_is_said_at_once(
    registry: Registry, changes: dict[str, object], expected: list[str]
) -> None:
    employer = await lay_employer(registry)
    assert codes(await file(employer, ANNA, **changes)) == expected


async def test_only_an_active_enterprise_files(registry: Registry) -> None:
    school = await lay_employer(registry, kind="training_school")
    assert codes(await file(school, ANNA, period="2026-13")) == ["employer_not_enterprise", "period_form"]
    idle = await lay_employer(registry, standing="suspended")
    assert codes(await file(idle, ANNA)) == ["employer_not_active"]


async def test_lines_are_judged_like_those_of_a_roster(registry: Registry) -> None:
    employer = await lay_employer(registry)
    bad = Trainee(number="110000194910019999", name="")
    several = BO.but(key_groups=("退役军人", "残疾人"))
    filed = await file(employer, ANNA, bad, several)
    assert (filed.status_code, filed.json()["filed"]) == (201, 1)
    said = {line["line"]: [reason["code"] for reason in line["reasons"]] for line in filed.json()["refused"]}
    assert said[3] == ["key_group_several"]
    assert {"name_missing", "identity_number_check_digit"} <= set(said[2])


async def test_a_file_is_filed_like_json(registry: Registry) -> None:
    employer = await lay_employer(registry)
    table = f"姓名,证件号码,重点群体\n{ANNA.name},{ANNA.identity_number},\n{BO.name},{BO.identity_number},\n"
    head = {key: value for key, value in listing_body().items() if key != "lines"}
    filed = await employer.post(
        "/v1/employer-listings:import", params=head, files={"file": ("名单.csv", table.encode(), "text/csv")}
    )
    assert filed.status_code == 201, filed.text
    assert filed.json()["filed"] == 2


async def test_strangers_see_nothing_and_decide_nothing(registry: Registry) -> None:
    employer, other = await lay_employer(registry), await lay_employer(registry)
    path = f"/v1/employer-listings/{(await file(employer, ANNA)).json()['listing_id']}"
    far = await granted(registry, Permission.FILING, division_code="310000")
    assert (await other.get(path)).status_code == 404
    assert (await other.get(f"{path}/lines")).status_code == 404
    assert (await far.get(path)).status_code == 404
    assert (await far.post(f"{path}:read", json=CASE)).status_code == 404
    assert (await far.post(f"{path}:confirm")).status_code == 404
    assert (await far.get("/v1/employer-listings")).json()["items"] == []
    ungranted = await registry.officer(Permission.FILING)
    assert (await ungranted.post(f"{path}:return", json={"reason": "核对"})).status_code == 404
    waiting = (
        await (await granted(registry, Permission.FILING)).get("/v1/employer-listings?state=filed")
    ).json()
    assert only(waiting["items"])["lines"] == 1
