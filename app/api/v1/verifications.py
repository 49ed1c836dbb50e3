"""Verification of one person (信息核验): the hot path of the registry, and the table of what each purpose shows."""

import orjson
from fastapi import APIRouter

from app.api.v1.verification_shapes import DisclosuresOut, VerificationIn, VerificationOut
from app.exchange.verification.actions.verify_person import Request
from app.kernel.clock import law_date, utc_now
from app.kernel.identifiers import check_identity_number, sound_citizen_number
from app.reference.divisions import was_in_force
from app.web.dependencies import Admitted, Parts
from app.web.lean import LeanRoute
from app.web.problems import answers

hot = APIRouter(tags=["跨地区核验"], route_class=LeanRoute)
"""Mounted before all others: finding a route takes longer the later it stands."""
router = APIRouter(tags=["跨地区核验"])


@hot.post(
    "/v1/verifications",
    summary="核验一个人的培训档案或证书",
    response_model=VerificationOut,
    responses=answers(429),
)
async def verify(body: VerificationIn, caller: Admitted, parts: Parts) -> bytes:
    """须写明事由与案件编号；查询记录先于答复保存，并在本人的“谁查过我”中显示。答复只含该事由需要的内容。"""
    assert caller.actor is not None
    assert caller.credential is not None
    today = law_date(utc_now())
    sound = sound_citizen_number(body.identity_number, on=today)
    if sound is None:
        sound = check_identity_number(body.identity_number, on=today, area_known=was_in_force).require()
    said = await parts.verifier.verify(
        caller.actor,
        caller.credential,
        Request(
            identity_number=sound.number,
            name=body.name,
            record_number=body.record_number,
            certificate_number=body.certificate_number,
            purpose=body.purpose,
            case_number=body.case_number,
            is_signed=body.is_signed,
            request_id=caller.actor.request_id or "",
        ),
    )
    return orjson.dumps(said, option=orjson.OPT_UTC_Z)


@router.get(
    "/v1/verification-purposes",
    summary="查看各核验事由可以看到的内容与依据",
    response_model=DisclosuresOut,
    responses=answers(),
)
async def list_purposes(caller: Admitted) -> DisclosuresOut:
    """个人信息的提供以事由所需的最小范围为限。"""
    return DisclosuresOut.of_all()
