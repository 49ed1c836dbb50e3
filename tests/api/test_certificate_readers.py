"""Who reads a certificate: not the class somebody left, and of persons read as one not one for the other's rival."""

import pytest

from app.access.actor import Permission
from app.archive.certificates.queries.answering import HELD_BY_OTHERS
from tests.builders.certificates import CASE, closed_class, decide, lay_confirmed, printed
from tests.builders.finished_class import Trainee
from tests.builders.identity import merge, officers
from tests.registry_server import Registry, only

pytestmark = pytest.mark.anyio
ANNA, BO = Trainee(serial=921, name="测试安"), Trainee(serial=922, name="测试宝")


async def test_whoever_left_the_class_is_no_longer_the_institution_s_matter(registry: Registry) -> None:
    laid = await closed_class(registry, [ANNA])
    path = f"/v1/openings/{laid.opening_id}"
    line = only((await laid.operator.get(f"{path}/roster")).json()["items"])["line_id"]
    body = {"lines": [{"line_id": line, **(await printed(registry)).body()}]}
    assert (await laid.operator.post(f"{path}/certificates", json=body)).json()["accepted"] == 1
    assert len((await laid.operator.get(f"{path}/certificates")).json()["items"]) == 2, "theirs, and our own"
    owner = await registry.owner()
    # As an accepted change of the plan leaves it; that a filed line is not simply edited is shown elsewhere.
    await owner.execute("ALTER TABLE roster_line DISABLE TRIGGER USER")
    await owner.execute(
        "UPDATE roster_line SET withdrawn_at = registry_now(), withdrawn_by = added_by, withdrawal_reason = '退班'"
    )
    assert (await laid.operator.get(f"{path}/certificates")).json()["items"] == []
    body = {"lines": [{"line_id": line, **(await printed(registry)).body()}]}
    refused = only((await laid.operator.post(f"{path}/certificates", json=body)).json()["items"])
    assert [each["code"] for each in refused["reasons"]] == ["roster_line_not_found"]


async def test_of_merged_persons_neither_is_the_other_s_rival(registry: Registry) -> None:
    laid = await closed_class(registry, [ANNA, BO])
    certificate = await printed(registry)
    held, claimed = [
        await lay_confirmed(registry, person, certificate.number, certificate.issued_on)
        for person in laid.persons
    ]
    officer = await registry.officer(Permission.REVIEW)
    assert (await decide(officer, held, "take-number")).status_code == 200
    owner = await registry.owner()
    number = await owner.fetchval("SELECT number_id FROM certificate WHERE certificate_id = $1", claimed)
    asked = [number], [laid.persons[1]], [claimed]
    assert only(await owner.fetch(HELD_BY_OTHERS, *asked))["holding_id"] == held
    assert await owner.fetch(HELD_BY_OTHERS, [number], [laid.persons[0]], [held]) == [], "nor one's own"
    await merge(*await officers(registry), *laid.persons)
    assert await owner.fetch(HELD_BY_OTHERS, *asked) == []


async def test_a_look_up_by_person_shows_the_earlier_name_and_one_by_number_only_the_name_given(
    registry: Registry,
) -> None:
    laid = await closed_class(registry, [ANNA, BO])
    certificate = await printed(registry)
    theirs = str(await lay_confirmed(registry, laid.persons[1], certificate.number, certificate.issued_on))
    officer = await registry.officer(Permission.LOOKUP)

    async def found(**asked: str) -> set[str]:
        answer = await officer.post("/v1/certificates:lookup", json={**CASE, **asked})
        assert answer.status_code == 200, answer.text
        return {each["certificate_id"] for each in answer.json()["items"]}

    by_person = {"identity_number": ANNA.number, "name": ANNA.name}
    assert theirs not in await found(**by_person)
    await merge(*await officers(registry), *laid.persons)
    assert theirs in await found(**by_person), "under the name of the other identity"
    assert await found(identity_number=ANNA.number, name="别人") == set()
    assert await found(certificate_number=certificate.number, name=BO.name) == {theirs}
    assert await found(certificate_number=certificate.number, name=ANNA.name) == set()
