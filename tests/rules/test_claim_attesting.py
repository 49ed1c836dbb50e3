"""Facts a claimant attests: which can be, what they fill, and that no platform is overruled."""

from dataclasses import replace
from datetime import date

import pytest

from app.subsidies.claims.rules.attesting import Attested, AttestedFact, with_attested
from app.subsidies.entitlements.rules.facts import ClaimFacts, PayeeFacts, PersonFacts
from app.subsidies.entitlements.states import BenefitKind, PayeeKind

TODAY = date(2026, 3, 2)
ENTRY = "110105"
FACTS = ClaimFacts(
    kind=BenefitKind.TRAINING,
    payer_division=ENTRY,
    applied_on=TODAY,
    person=PersonFacts(),
    payee=PayeeFacts(kind=PayeeKind.PERSON),
)


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (Attested(fact=AttestedFact.KEY_GROUP, value=True, evidence="证明"), "attested_fact_invalid"),
        (
            Attested(fact=AttestedFact.KEY_GROUP, value=True, evidence="证明", subject="disabled"),
            "attested_fact_invalid",
        ),
        (Attested(fact=AttestedFact.HOUSEHOLD, value="999999", evidence="户口簿"), "attested_fact_invalid"),
        (Attested(fact=AttestedFact.CONTRACT, value=True, evidence="合同"), "attested_fact_invalid"),
        (Attested(fact=AttestedFact.FEE_FEN, value=True, evidence="票据"), "attested_fact_invalid"),
        (Attested(fact=AttestedFact.LINE_SETTLED, value=False, evidence="核定"), "attested_fact_invalid"),
        (
            Attested(fact=AttestedFact.EMPLOYMENT, value=True, evidence="合同", subject="other"),
            "attested_fact_invalid",
        ),
    ],
)
def test_what_cannot_be_attested(told: Attested, code: str) -> None:
    facts, reasons = with_attested(FACTS, [told])
    assert facts == FACTS
    assert [reason.code for reason in reasons] == [code]
    assert (reasons[0].field or "").startswith("attested.0.")


def test_attested_facts_fill_what_nobody_told() -> None:
    facts, reasons = with_attested(
        FACTS,
        [
            Attested(
                fact=AttestedFact.KEY_GROUP,
                value=True,
                evidence="证明",
                subject="disabled",
                dated_on=date(2020, 1, 1),
            ),
            Attested(fact=AttestedFact.HOUSEHOLD, value="110105", evidence="户口簿"),
            Attested(fact=AttestedFact.FEE_FEN, value=120_000, evidence="票据"),
        ],
    )
    assert reasons == ()
    assert [(group.code, group.is_evidenced) for group in facts.person.groups] == [("disabled", True)]
    assert (facts.places.household, facts.cost.fee_fen) == ("110105", 120_000)


def test_what_a_platform_said_is_not_replaced() -> None:
    known = replace(FACTS, insurance=replace(FACTS.insurance, is_enterprise_employee=False))
    _, reasons = with_attested(
        known, [Attested(fact=AttestedFact.ENTERPRISE_EMPLOYEE, value=True, evidence="证明")]
    )
    assert [reason.code for reason in reasons] == ["attested_fact_known"]
