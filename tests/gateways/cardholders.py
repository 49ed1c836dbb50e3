"""Questions to the card-holder base, and the one answer when it cannot be reached."""

import pytest

from app.gateways.cardholder_base import (
    IdentityAnswer,
    IdentityOutcome,
    IdentityQuery,
)
from app.gateways.http import FailureKind

pytestmark = pytest.mark.anyio

SYSTEM = "cardholder_base"


def query(person: dict[str, str], **changes: str) -> IdentityQuery:
    return IdentityQuery(
        social_security_number=changes.get("number", person["social_security_number"]),
        name=changes.get("name", person["name"]),
        card_number=changes.get("card_number"),
    )


def assert_unavailable(answers: list[IdentityAnswer], failure: FailureKind) -> None:
    assert answers
    for answer in answers:
        assert answer == IdentityAnswer(
            outcome=IdentityOutcome.UNAVAILABLE, evidence_id=None, checked_at=None, failure=failure
        )
