"""Dry run (试算): what the decision would be today, with every reason; the same code as the decision."""

from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter

from app.access.unit import Unit
from app.api.v1.claim_shapes import EligibilityIn, EligibilityOut, VerdictOut
from app.archive.records.states import Purpose
from app.kernel.errors import InvalidInput, NotFound, Reason
from app.subsidies.claims.actions.ask_insurance import Case, know_insurance
from app.subsidies.claims.actions.evaluate_eligibility import evaluate_eligibility
from app.subsidies.claims.actions.prepare_claim import prepare_claim
from app.subsidies.claims.queries.doors import Claimable, own_claimable, read_claimable
from app.subsidies.claims.rules.facts import Filing
from app.subsidies.entitlements.rules.verdict import Verdict
from app.web.dependencies import Look, LookFirst, Parts
from app.web.house import House
from app.web.problems import answers

router = APIRouter(tags=["补贴申领"])


@router.post(
    "/v1/eligibility:evaluate", summary="试算能否享受", response_model=EligibilityOut, responses=answers(404)
)
async def evaluate_now(body: EligibilityIn, look: LookFirst, parts: Parts) -> EligibilityOut:
    """与正式审核用同一套规则和事实；不产生申领，经办人的查询会向本人公开。"""
    judged = await judge_now(body, look, parts)
    return EligibilityOut(
        record_number=body.record_number,
        division_code=judged.division,
        verdict=VerdictOut.of(judged.verdict, judged.today),
    )


@dataclass(frozen=True, slots=True)
class Judged:
    """What would be decided on ``today``; ``division`` is who would pay, None where nobody knows."""

    division: str | None
    verdict: Verdict
    today: date


async def judge_now(body: EligibilityIn, look: Look, parts: House) -> Judged:
    """The look is stored first. Raises NotFound, InvalidInput."""
    async with look() as unit:
        claimable = await _claimable(unit, parts, body)
        now, today = unit.now, unit.today
    await know_insurance(
        parts.unemployment_insurance,
        None,
        [Case(claimable.who, claimable.picture, body.kind, today)],
        now=now,
        max_age_hours=parts.settings.insurance_answer_hours,
    )
    prepared = prepare_claim(claimable, body.kind, declared=body.division_code, account_id=None, today=today)
    division = prepared.route.division
    judged = evaluate_eligibility(
        claimable.who,
        claimable.picture,
        Filing(
            kind=body.kind,
            # Where nobody knows the payer the values of the entry's place are shown; the verdict says what is open.
            payer_division=division or claimable.picture["entry"]["division_code"],
            applied_on=today,
            payee=body.payee_kind,
            account_id=None if prepared.account_id is None else str(prepared.account_id),
        ),
        today=today,
    )
    return Judged(division, judged.verdict, today)


async def _claimable(unit: Unit, parts: House, body: EligibilityIn) -> Claimable:
    if not unit.actor.is_agency:
        found = await own_claimable(unit, parts.keys, [body.record_number])
    elif body.case_number is None:
        raise InvalidInput(
            [
                Reason(
                    code="case_number_missing",
                    field="case_number",
                    message="经办人查询个人信息须填写案件编号",
                    remedy="请填写所办业务的案件编号",
                )
            ]
        )
    else:
        found = await read_claimable(
            unit,
            parts.keys,
            purpose=Purpose.SUBSIDY_REVIEW,
            case_number=body.case_number,
            record_numbers=[body.record_number],
        )
    if not found:
        raise NotFound
    return found[0]
