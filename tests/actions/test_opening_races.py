"""Two at once: one wins, the other is told; nothing is done twice and no directory day is lost between them."""

import asyncio
from datetime import timedelta

import pytest

from app.access.actor import Permission
from tests.builders.directory import ready_directory, today
from tests.builders.openings import filed_opening, opening_on_record, ready_opening
from tests.registry_server import Registry, codes

pytestmark = pytest.mark.anyio


async def test_two_officers_put_one_filing_on_record_once(registry: Registry) -> None:
    opening = await filed_opening(registry)
    second = await registry.officer(Permission.FILING, division_code="110105")
    answers = await asyncio.gather(opening.put_on_record(), opening.put_on_record(second))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    loser = max(answers, key=lambda answer: answer.status_code)
    assert codes(loser) == ["opening_not_filed"]
    owner = await registry.owner()
    assert await owner.fetchval("SELECT count(*) FROM opening_record") == 1


async def test_filing_twice_at_once_files_once(registry: Registry) -> None:
    opening = await ready_opening(registry)
    answers = await asyncio.gather(opening.file(), opening.file())
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    owner = await registry.owner()
    assert await owner.fetchval("SELECT count(*) FROM opening_filing") == 1


async def test_a_filing_and_a_suspension_cannot_both_have_the_day(registry: Registry) -> None:
    directory = await ready_directory(registry)
    await registry.advance(days=1)
    opening = await ready_opening(registry, directory)
    suspension = directory.officer.post(
        f"/v1/institutions/{directory.institution_id}:suspend", json={"reason": "限期整改"}
    )
    filed, suspended = await asyncio.gather(opening.file(), suspension)
    assert sorted((filed.status_code, suspended.status_code)) == [200, 409], (filed.text, suspended.text)


async def test_canceling_and_recording_at_once_leaves_one_truth(registry: Registry) -> None:
    opening = await filed_opening(registry)
    canceled, recorded = await asyncio.gather(
        opening.operator.post(f"{opening.path}:cancel", json={"reason": "报名不足"}), opening.put_on_record()
    )
    assert canceled.status_code == 200
    state = (await opening.show())["state"]
    assert (state, recorded.status_code in {200, 409}) == ("canceled", True)


async def test_two_changes_at_once_get_two_numbers(registry: Registry) -> None:
    opening = await opening_on_record(registry)
    answers = await asyncio.gather(*(opening.propose(kind="venue", venue=f"{n}号楼") for n in range(3)))
    assert [answer.status_code for answer in answers] == [201] * 3
    assert sorted(answer.json()["change_no"] for answer in answers) == [1, 2, 3]


async def test_two_edits_of_one_version_do_not_overwrite_each_other(registry: Registry) -> None:
    opening = await ready_opening(registry)
    await opening.show()
    headers = {"If-Match": f'"{opening.version}"'}
    answers = await asyncio.gather(
        *(
            opening.operator.patch(opening.path, json={"name": name}, headers=headers)
            for name in ("甲班", "乙班")
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    winner = min(answers, key=lambda answer: answer.status_code)
    assert (await opening.show())["name"] == winner.json()["name"]


async def test_two_suspensions_at_once_leave_one_period(registry: Registry) -> None:
    directory = await ready_directory(registry)
    path = f"/v1/institutions/{directory.institution_id}:suspend"
    body = {
        "reason": "限期整改",
        "effective_on": (await today(registry) + timedelta(days=1)).isoformat(),
    }
    answers = await asyncio.gather(*(directory.officer.post(path, json=body) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    owner = await registry.owner()
    assert await owner.fetchval("SELECT count(*) FROM institution_standing") == 2
