"""Certificates before an officer: rival holders of one number, links the machine would not make, what is archived."""

import pytest

from app.access.actor import Permission
from app.jobs.certificate_links import run_certificate_links
from tests.builders.certificates import (
    CASE,
    WHY,
    act,
    check,
    closed_class,
    decide,
    lay_confirmed,
    mine,
    on_network,
    printed,
    report,
    revoke_entry,
)
from tests.builders.finished_class import Trainee
from tests.builders.payments import lay_paying
from tests.registry_server import Registry, codes, only

pytestmark = pytest.mark.anyio
ANNA, BO = Trainee(serial=911), Trainee(serial=912)


async def test_a_number_held_by_another_is_a_conflict_for_an_officer(registry: Registry) -> None:
    laid = await closed_class(registry, [ANNA, BO])
    anna, bo = [await registry.citizen(person) for person in laid.persons]
    certificate = await printed(registry)
    shown = on_network(registry, ANNA, certificate)
    first = await report(anna, certificate)
    await check(registry)
    # The network changes its mind about whose it is.
    act(registry, shown, "correct", identity_number=BO.number, name=BO.name)
    second = await report(bo, certificate)
    await check(registry)
    rival = await mine(bo, second)
    assert rival["state"] == "submitted"
    assert rival["conflict"]["code"] == "number_held_by_another"
    officer = await registry.officer(Permission.REVIEW)
    listed = (await officer.get("/v1/certificate-conflicts")).json()["items"]
    assert only(listed)["certificate_id"] == second
    assert only(listed)["holding_certificate_id"] == first
    held = await decide(officer, second, "take-number")
    assert codes(held) == ["number_held_by_another"]
    assert codes(await decide(officer, first, "release-number")) == ["certificate_still_linked"]
    assert (await decide(officer, first, "unlink")).status_code == 200
    assert codes(await decide(officer, first, "release-number")) == ["certificate_still_archived"]
    await revoke_entry(registry, (await mine(anna, first))["archived_as"])
    assert (await decide(officer, first, "release-number")).status_code == 200
    assert (await decide(officer, second, "take-number")).status_code == 200
    assert (await mine(bo, second))["state"] == "matched"
    await run_certificate_links(registry.house)
    assert (await mine(bo, second))["archived_as"] is not None
    assert (await mine(anna, first))["archived_as"] is None
    assert codes(await decide(officer, first, "take-number")) == ["number_held_by_another"]
    owner = await registry.owner()
    assert await owner.fetchval("SELECT reason FROM certificate_release") == WHY["reason"]
    accesses = (await bo.get("/v1/me/accesses")).json()["items"]
    assert {each["case_number"] for each in accesses} == {CASE["case_number"]}


async def test_officers_see_candidates_and_link_where_the_machine_would_not(registry: Registry) -> None:
    laid = await closed_class(registry, [ANNA])
    citizen = await registry.citizen(laid.persons[0])
    certificate = await printed(registry)
    on_network(registry, ANNA, certificate, level="level_4")
    certificate_id = await report(citizen, certificate)
    await check(registry)
    assert (await mine(citizen, certificate_id))["link"] is None
    officer = await registry.officer(Permission.REVIEW)
    stranger = await registry.officer(Permission.REVIEW, division_code="310000")
    read = await officer.post(f"/v1/certificates/{certificate_id}/candidates:read", json=CASE)
    candidate = only(read.json()["candidates"])
    assert candidate["reasons_against"] == ["等级不同"]
    assert read.json()["certificate"]["masked_number"] != certificate.number
    number = candidate["record_number"]
    elsewhere = await decide(stranger, certificate_id, "link", record_number=number)
    assert (elsewhere.status_code, codes(elsewhere)) == (404, ["record_not_in_area"])
    assert (await decide(officer, certificate_id, "link", record_number=number)).status_code == 200
    again = await decide(officer, certificate_id, "link", record_number=number)
    assert codes(again) == ["certificate_already_linked"]
    link = (await mine(citizen, certificate_id))["link"]
    assert link["is_automatic"] is False
    assert {"已知悉：等级不同", "经办人认定", WHY["reason"]} <= set(link["reasons"])
    elsewhere = await decide(stranger, certificate_id, "unlink")
    assert (elsewhere.status_code, codes(elsewhere)) == (404, ["record_not_in_area"])
    assert "辖区" in only(elsewhere.json()["reasons"])["remedy"]
    assert (await decide(officer, certificate_id, "unlink")).json()["record_number"] == number
    assert codes(await decide(officer, certificate_id, "unlink")) == ["certificate_not_linked"]
    await registry.advance(days=31)
    await check(registry)
    assert (await mine(citizen, certificate_id))["link"] is None, "no machine undoes an officer"


async def test_every_confirmed_certificate_is_archived_once_linked_or_not(registry: Registry) -> None:
    laid = await closed_class(registry, [ANNA])
    citizen = await registry.citizen(laid.persons[0])
    trained, alone = await printed(registry), await printed(registry)
    on_network(registry, ANNA, trained)
    on_network(registry, ANNA, alone, occupation_code="4-10-01-05", occupation_edition="2022")
    linked, single = await report(citizen, trained), await report(citizen, alone)
    officer = await registry.officer(Permission.REVIEW)
    early = await officer.post(f"/v1/certificates/{single}:archive", json=CASE)
    assert codes(early) == ["certificate_not_matched"]
    await check(registry)
    await registry.advance(days=31)
    await check(registry)
    entries = (await citizen.get("/v1/me/record")).json()["entries"]
    made = {each["record_number"]: each for each in entries if each["kind"] == "certificate"}
    assert len(made) == 2
    assert {(await mine(citizen, each))["archived_as"] for each in (linked, single)} == set(made)
    entry = made[(await mine(citizen, single))["archived_as"]]
    assert (entry["occupation_code"], entry["skill_level"]) == ("4-10-01-05", "level_5")
    assert entry["starts_on"] == entry["ends_on"] == alone.issued_on.isoformat()
    assert entry["division_code"] == "110000", (
        "the province that the number names: the body is not in the directory"
    )
    again = await officer.post(f"/v1/certificates/{single}:archive", json=CASE)
    assert codes(again) == ["certificate_already_archived"]
    assert codes(await decide(officer, single, "release-number")) == ["certificate_still_archived"]


async def test_our_own_certificate_has_no_entry_besides_the_completion(registry: Registry) -> None:
    laid = await closed_class(registry, [ANNA])
    owner = await registry.owner()
    own = await owner.fetchval("SELECT certificate_id FROM certificate WHERE kind = 'training_completion'")
    officer = await registry.officer(Permission.REVIEW)
    assert codes(await officer.post(f"/v1/certificates/{own}:archive", json=CASE)) == ["training_in_registry"]
    await run_certificate_links(registry.house)
    kinds = await owner.fetch("SELECT kind FROM record_entry WHERE person_id = $1", laid.persons[0])
    assert sorted(row["kind"] for row in kinds) == ["attended_period", "completion"]


async def test_two_officers_take_one_number_and_one_person_holds_it(registry: Registry) -> None:
    laid = await closed_class(registry, [ANNA, BO])
    certificate = await printed(registry)
    ids = [
        await lay_confirmed(registry, person, certificate.number, certificate.issued_on)
        for person in laid.persons
    ]
    beijing = await registry.officer(Permission.REVIEW)
    shanghai = await registry.officer(Permission.REVIEW, division_code="310000")
    assert (await decide(beijing, ids[0], "take-number")).status_code == 200
    assert codes(await decide(beijing, ids[0], "take-number")) == ["already_holds"]
    assert (await decide(shanghai, ids[1], "take-number")).status_code == 404, (
        "neither body, class nor archive is theirs"
    )
    haidian = await registry.officer(Permission.REVIEW, division_code="110000")
    assert codes(await decide(haidian, ids[1], "take-number")) == ["number_held_by_another"]


_RIVALS = """
WITH rival AS (INSERT INTO person DEFAULT VALUES RETURNING person_id), laid AS (
  INSERT INTO certificate (person_id, kind, number_sealed, number_id, occupation_edition, occupation_code, skill_level,
    body_name, issued_on, source, submitted_by)
  SELECT rival.person_id, held.kind, held.number_sealed, held.number_id, held.occupation_edition, held.occupation_code,
    held.skill_level, held.body_name, held.issued_on, 'agency', held.submitted_by FROM certificate AS held, rival
  RETURNING person_id, certificate_id)
INSERT INTO certificate_answer (person_id, certificate_id, outcome, channel, evidence_id, answered_at)
SELECT person_id, certificate_id, 'matched', 'query', 'test', registry_now() FROM laid
"""


async def test_conflicts_come_in_pages(registry: Registry) -> None:
    """Answered at the same moment: the cursor loses none and shows none twice."""
    await lay_paying(registry, 3)
    owner = await registry.owner()
    await owner.execute(_RIVALS)
    officer = await registry.officer(Permission.REVIEW)
    first = (await officer.get("/v1/certificate-conflicts?limit=2")).json()
    rest = (await officer.get(f"/v1/certificate-conflicts?limit=2&cursor={first['next_cursor']}")).json()
    shown = [each["certificate_id"] for page in (first, rest) for each in page["items"]]
    assert (len(shown), len(set(shown)), rest["next_cursor"]) == (3, 3, None)
