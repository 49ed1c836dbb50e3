"""A network that signs rightly and says what cannot be: nothing of it becomes an answer."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from app.gateways.assessment_facts import CertificateOutcome, ExtractOrder, SearchOutcome
from app.gateways.assessment_network import AssessmentNetwork
from app.gateways.http import FailureKind, UpstreamFailed
from app.sandbox.message_signatures import Verifier
from tests.gateways.certificates import act, enter, holder, query
from tests.gateways.conftest import QUICK_NETWORK, assessment_key
from tests.sandbox_server import SandboxServer

pytestmark = pytest.mark.anyio

Alteration = Callable[[dict[str, Any]], object]


class LyingTransport(httpx.AsyncBaseTransport):
    """The network itself, changing its answers before it signs them."""

    def __init__(self, sandbox: SandboxServer, alter: Alteration) -> None:
        self.inner = httpx.AsyncHTTPTransport(trust_env=False)
        key = assessment_key(sandbox)
        self.signer = Verifier({key.key_id: key.secret})
        self.alter = alter

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self.inner.handle_async_request(request)
        answer = json.loads(await response.aread())
        self.alter(answer)
        body = json.dumps(answer).encode()
        headers = self.signer.answer_headers(request, 200, body, forged=False)  # type: ignore[arg-type]
        headers["Content-Type"] = "application/json"
        return httpx.Response(200, headers=headers, stream=httpx.ByteStream(body))

    async def aclose(self) -> None:
        await self.inner.aclose()


def lying(sandbox: SandboxServer, alter: Alteration) -> AssessmentNetwork:
    return AssessmentNetwork(
        base_url=sandbox.url,
        key=assessment_key(sandbox),
        pace=QUICK_NETWORK,
        transport=LyingTransport(sandbox, alter),
    )


async def test_unaltered_answers_pass_through_the_same_way(sandbox: SandboxServer) -> None:
    network = lying(sandbox, lambda answer: None)
    [answer] = await network.check([query(enter(sandbox))])
    assert answer.outcome is CertificateOutcome.MATCHED
    assert (await network.changes(None, 10)).items
    await network.aclose()


def in_certificate(**values: object) -> Alteration:
    return lambda answer: answer["lines"][0]["certificate"].update(values)


def in_line(**values: object) -> Alteration:
    return lambda answer: answer["lines"][0].update(values)


@pytest.mark.parametrize(
    ("alter", "failure"),
    [
        (in_certificate(certificate_number="S000011999999260000001"), FailureKind.MISMATCHED),
        (in_certificate(state="revoked", revoked_on="2026-02-02"), FailureKind.MISMATCHED),
        (in_certificate(state="revoked"), FailureKind.MALFORMED),
        (in_certificate(revoked_on="2026-02-02"), FailureKind.MALFORMED),
        (in_certificate(valid_until="2020-01-01"), FailureKind.MALFORMED),
        (in_certificate(occupation_edition=None), FailureKind.MALFORMED),
        (in_certificate(level="level_9"), FailureKind.MALFORMED),
        (in_certificate(revision="1"), FailureKind.MALFORMED),
        (in_certificate(holder="王样安"), FailureKind.MALFORMED),
        (in_line(outcome="not_found"), FailureKind.MISMATCHED),
        (in_line(outcome="revoked"), FailureKind.MISMATCHED),
        (in_line(outcome="unavailable"), FailureKind.MALFORMED),
        (in_line(data_complete_through=None), FailureKind.MALFORMED),
        (in_line(answered_at="2026-03-02T01:15:30"), FailureKind.MALFORMED),
        (lambda answer: answer["lines"][0].pop("certificate"), FailureKind.MISMATCHED),
        (
            lambda answer: answer["lines"][1].update(evidence_id=answer["lines"][0]["evidence_id"]),
            FailureKind.MISMATCHED,
        ),
        (lambda answer: answer.update(request_id="0" * 32), FailureKind.MISMATCHED),
    ],
)
async def test_contradiction_in_a_check_is_no_answer(
    sandbox: SandboxServer, alter: Alteration, failure: FailureKind
) -> None:
    network = lying(sandbox, alter)
    answers = await network.check([query(enter(sandbox)), query(enter(sandbox))])
    assert [(one.outcome, one.failure) for one in answers] == [(CertificateOutcome.UNAVAILABLE, failure)] * 2
    await network.aclose()


@pytest.mark.parametrize(
    "alter",
    [
        lambda answer: answer["certificates"].append(answer["certificates"][0]),
        lambda answer: answer["certificates"].append({**answer["certificates"][0], "revision": 2}),
        lambda answer: answer.update(certificates=[]),
        lambda answer: answer.update(outcome="none"),
        lambda answer: answer.update(outcome="name_mismatch"),
    ],
)
async def test_contradiction_in_a_search_is_no_answer(sandbox: SandboxServer, alter: Alteration) -> None:
    network = lying(sandbox, alter)
    answer = await network.certificates_of(holder(enter(sandbox)))
    assert (answer.outcome, answer.failure) == (SearchOutcome.UNAVAILABLE, FailureKind.MISMATCHED)
    await network.aclose()


def last(**values: object) -> Alteration:
    return lambda answer: answer["items"][-1].update(values)


def behind(answer: dict[str, Any]) -> None:
    """Say that the page ends before its last change."""
    answer.update(through_sequence=answer["through_sequence"] - 1)


def standing_still(answer: dict[str, Any]) -> None:
    """Say that there is more and never get there."""
    answer.update(items=[], distinct_count=0, through_sequence=answer["after_sequence"])


@pytest.mark.parametrize(
    ("alter", "failure"),
    [
        (behind, FailureKind.MISMATCHED),
        (standing_still, FailureKind.MISMATCHED),
        (
            lambda answer: answer.update(through_sequence=0, items=[], distinct_count=0),
            FailureKind.MISMATCHED,
        ),
        (lambda answer: answer.update(distinct_count=9), FailureKind.MISMATCHED),
        (lambda answer: last(change_id=answer["items"][0]["change_id"])(answer), FailureKind.MISMATCHED),
        (lambda answer: last(sequence=answer["items"][0]["sequence"])(answer), FailureKind.MISMATCHED),
        (last(kind="revoked"), FailureKind.MALFORMED),
        (last(holder={"identity_number": "1", "name": "王样安"}), FailureKind.MALFORMED),
    ],
)
async def test_contradiction_in_a_page_is_no_page(
    sandbox: SandboxServer, alter: Alteration, failure: FailureKind
) -> None:
    act(sandbox, enter(sandbox), "correct", level="level_5")
    network = lying(sandbox, alter)
    with pytest.raises(UpstreamFailed) as raised:
        await network.changes(None, 10)
    assert raised.value.kind is failure
    await network.aclose()


async def test_page_longer_than_asked_for_is_no_page(
    network: AssessmentNetwork, sandbox: SandboxServer
) -> None:
    ten = await network.changes(None, 10)
    assert len(ten.items) == 10
    page: dict[str, Any] = {}
    keeping = lying(sandbox, page.update)
    await keeping.changes(None, 11)

    def longer(answer: dict[str, Any]) -> None:
        answer.update({**page, "request_id": answer["request_id"]})

    liar = lying(sandbox, longer)
    with pytest.raises(UpstreamFailed) as raised:
        await liar.changes(None, 10)
    assert raised.value.kind is FailureKind.MISMATCHED
    await keeping.aclose()
    await liar.aclose()


@pytest.mark.parametrize(
    ("alter", "failure"),
    [
        (lambda answer: answer.update(format="csv"), FailureKind.MISMATCHED),
        (lambda answer: answer.update(state="ready"), FailureKind.MALFORMED),
        (lambda answer: answer.update(state="lost"), FailureKind.MALFORMED),
    ],
)
async def test_contradiction_about_a_file_is_no_answer(
    sandbox: SandboxServer, alter: Alteration, failure: FailureKind
) -> None:
    network = lying(sandbox, alter)
    with pytest.raises(UpstreamFailed) as raised:
        await network.request_extract(ExtractOrder(issuer_code="S000032990007"))
    assert raised.value.kind is failure
    await network.aclose()
