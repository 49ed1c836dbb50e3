"""How many certificates one person may have waiting for the network's answer, also when they come at once."""

import asyncio

import pytest

from app.access.unit import system_unit
from app.archive.certificates.actions.submit_certificates import Submission, submit_certificates
from app.archive.certificates.rules.submitting import Claim, reasons_against_more
from app.archive.certificates.states import CertificateKind, CertificateSource
from app.db.roles import DatabaseRole
from app.kernel.clock import law_date
from app.kernel.errors import Refused
from app.policy.values import value_of
from app.reference.skill_levels import SkillLevel
from tests.builders.certificates import new_number
from tests.builders.finished_class import Trainee, lay_person
from tests.registry_server import Registry

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("pending", "added", "is_refused"), [(0, 20, False), (19, 1, False), (20, 1, True), (0, 21, True)]
)
def test_the_last_place_may_be_taken_and_none_beyond_it(pending: int, added: int, is_refused: bool) -> None:
    assert bool(reasons_against_more(pending, added, 20)) is is_refused


async def test_two_submissions_at_once_do_not_both_take_the_last_place(registry: Registry) -> None:
    person_id, _ = await lay_person(registry, Trainee(serial=971))
    today = law_date(await registry.now())
    most = value_of("certificate_pending_max", on=today).number

    def submissions(count: int) -> list[Submission]:
        return [
            Submission(
                person_id,
                Claim(
                    certificate_number=new_number(today),
                    kind=CertificateKind.SKILL_LEVEL,
                    occupation_edition=None,
                    occupation_code=None,
                    trade_name=None,
                    skill_level=SkillLevel.LEVEL_5,
                    body_code=None,
                    body_name="样例评价机构",
                    issued_on=today,
                    valid_until=None,
                    review_due_on=None,
                ),
            )
            for _ in range(count)
        ]

    async def submit(count: int) -> None:
        async with system_unit(registry.house.engines, DatabaseRole.APP_CITIZEN) as unit:
            await submit_certificates(
                unit, registry.house.keys, CertificateSource.CITIZEN, submissions(count)
            )

    async with system_unit(registry.house.engines, DatabaseRole.APP_CITIZEN) as unit:
        await submit_certificates(unit, registry.house.keys, CertificateSource.CITIZEN, submissions(most))
        rival = asyncio.create_task(submit(1))
        await asyncio.wait({rival}, timeout=0.3)
        assert not rival.done()
    with pytest.raises(Refused) as refused:
        await rival
    assert [reason.code for reason in refused.value.reasons] == ["certificates_pending_too_many"]
    # What others name of a person is not counted against that person.
    async with system_unit(registry.house.engines, DatabaseRole.APP_INST) as unit:
        await submit_certificates(unit, registry.house.keys, CertificateSource.INSTITUTION, submissions(1))
