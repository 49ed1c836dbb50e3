"""Client of the national skills-assessment network (技能人才评价工作网).

Contract: ``openapi/upstream/assessment-network.yaml``. Source of the need: 人社部发〔2017〕40号 二（二）
(通过职业资格证书或职业技能等级证书联网查询…进行审核). A certificate for which there is no trustworthy answer is
*unavailable*: whatever is late, refused, malformed, signed wrongly, contradicts itself or answers another question
ends there, never in matched and never in not_found. That the network says another thing tomorrow is no defect of
an answer; who keeps the answers (evidence id and time) sees it.
"""

import hashlib
import json
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

import httpx

from app.gateways.assessment_facts import (
    CertificateAnswer,
    CertificateOutcome,
    CertificateQuery,
    ChangeNotice,
    Changes,
    Extract,
    ExtractFormat,
    ExtractOrder,
    ExtractPart,
    HeldCertificate,
    Manifest,
    PersonAnswer,
    PersonQuery,
    SearchOutcome,
)
from app.gateways.assessment_pushes import read_notice
from app.gateways.assessment_wire import (
    LINES_MAX,
    ChangesAnswer,
    CheckAnswer,
    CheckLine,
    ExtractAnswer,
    SearchAnswer,
    joined_cursor,
    parted_cursor,
    rows_of_part,
)
from app.gateways.circuit import CircuitBreaker
from app.gateways.http import (
    Answer,
    Call,
    FailureKind,
    Pace,
    ResilientClient,
    UpstreamFailed,
    read_model,
)
from app.gateways.message_signatures import (
    SKEW_SECONDS,
    SharedKey,
    SignatureInvalid,
    sign_request,
    verify_answer,
)

PURPOSE = "vocational_training_certificate_link"
"""Purpose named to the network with every question about a person (个人信息保护法 第6条: 明确、合理的目的)."""

NETWORK_PACE = Pace(response_bytes_max=2_097_152)
_MEDIA_TYPES = {ExtractFormat.NDJSON: "application/x-ndjson", ExtractFormat.CSV: "text/csv"}

T = TypeVar("T")


class AssessmentNetwork:
    """Certificates by number and by person, changes, files, and pushes."""

    def __init__(
        self,
        *,
        base_url: str,
        key: SharedKey,
        push_url: str | None = None,
        pace: Pace | None = None,
        circuit: CircuitBreaker | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        unix_time: Callable[[], float] = time.time,
    ) -> None:
        """``push_url``: our callback address exactly as it is registered with the network; signatures cover it."""
        self._key = key
        self._push_target = None if push_url is None else httpx.URL(push_url)
        # Freshness of a signature is a matter of the machines' clocks, not of the registry's legal time.
        self._unix_time = unix_time
        self._client = ResilientClient(
            system="assessment_network",
            base_url=base_url,
            pace=pace or NETWORK_PACE,
            circuit=circuit,
            transport=transport,
        )

    @property
    def circuit(self) -> CircuitBreaker:
        """The breaker, for readiness and metrics."""
        return self._client.circuit

    async def aclose(self) -> None:
        """Close the kept connections."""
        await self._client.aclose()

    async def check(self, queries: Sequence[CertificateQuery]) -> list[CertificateAnswer]:
        """Check all ``queries``; the answers stand in the same order. Never raises for a failing network.

        More than 500 are asked in several requests, one after the other; a request that fails makes only its own
        lines unavailable.
        """
        answers: list[CertificateAnswer] = []
        for start in range(0, len(queries), LINES_MAX):
            answers.extend(await self._check_batch(queries[start : start + LINES_MAX]))
        return answers

    async def certificates_of(self, person: PersonQuery) -> PersonAnswer:
        """All certificates the network has of ``person``. Never raises for a failing network."""
        request_id = secrets.token_hex(16)
        question = {
            "request_id": request_id,
            "purpose": PURPOSE,
            "identity_number": person.identity_number,
            "name": person.name,
        }

        def read(answer: Answer) -> SearchAnswer:
            created = self._verified(answer)
            wire = read_model(answer, SearchAnswer)
            self._require(wire.request_id == request_id and wire.is_consistent)
            self._require(_is_fresh(wire.answered_at, created))
            return wire

        try:
            wire = await self._ask("search", "/v1/certificate-searches", question, read)
        except UpstreamFailed as failure:
            return PersonAnswer(outcome=SearchOutcome.UNAVAILABLE, failure=failure.kind)
        return PersonAnswer(
            outcome=SearchOutcome(wire.outcome.value),
            evidence_id=wire.evidence_id,
            answered_at=wire.answered_at,
            data_complete_through=wire.data_complete_through,
            certificates=tuple(wire.certificates),
        )

    async def changes(self, after: str | None, limit: int = LINES_MAX) -> Changes:
        """The page of changes after ``after`` (a ``next_cursor``, or None for the oldest kept), at most ``limit``.

        A page is whole or refused: it begins where the cursor stands and holds as many changes as it says.

        Raises:
            UpstreamFailed: no trustworthy page now. ``code`` is ``cursor_expired`` when the changes after the
                cursor are no longer kept: request an extract and go on from its cursor.
            ValueError: ``after`` is no cursor, or ``limit`` is not 1 to 500.
        """
        if not 1 <= limit <= LINES_MAX:
            raise ValueError("limit must be 1 to 500")
        reached, token = parted_cursor(after)
        request_id = secrets.token_hex(16)

        def read(answer: Answer) -> Changes:
            created = self._verified(answer)
            wire = read_model(answer, ChangesAnswer)
            self._require(wire.request_id == request_id and _is_fresh(wire.answered_at, created))
            self._require(reached is None or wire.after_sequence == reached)
            new = wire.new_changes()
            if new is None or len(new) > limit:
                raise UpstreamFailed(FailureKind.MISMATCHED)
            return Changes(
                items=tuple(line.change() for line in new),
                next_cursor=joined_cursor(wire.through_sequence, wire.next_cursor),
                has_more=wire.has_more,
                through_sequence=wire.through_sequence,
                repeated=len(wire.items) - len(new),
                evidence_id=wire.evidence_id,
                answered_at=wire.answered_at,
            )

        question = {"request_id": request_id, "after": token, "limit": limit}
        return await self._ask("changes", "/v1/certificate-changes", question, read)

    async def request_extract(self, order: ExtractOrder, *, request_id: str | None = None) -> Extract:
        """Ask for a file. The same ``request_id`` (16 to 64 of ``A-Z a-z 0-9 _ -``) asks for the same file again,
        after a crash for example.

        Raises:
            UpstreamFailed: it could not be asked for now.
        """
        question = {
            "request_id": request_id or secrets.token_hex(16),
            "format": order.format.value,
            "issuer_code": order.issuer_code,
            "issued_from": order.issued_from.isoformat() if order.issued_from else None,
            "issued_before": order.issued_before.isoformat() if order.issued_before else None,
        }
        extract = await self._extract("extract_request", "/v1/extract-requests", question)
        self._require(extract.format is order.format)
        return extract

    async def extract_status(self, extract_id: str) -> Extract:
        """Where the file stands.

        Raises:
            UpstreamFailed: no answer now; ``code`` is ``extract_unknown`` when there is no such file (any more).
        """
        question = {"request_id": secrets.token_hex(16), "extract_id": extract_id}
        extract = await self._extract("extract_status", "/v1/extract-status", question)
        self._require(extract.extract_id == extract_id)
        return extract

    async def download_extract(self, extract: Extract, *, from_part: int = 1) -> AsyncIterator[ExtractPart]:
        """The parts of a finished file in order, each checked before it is handed out; one part is in memory at a
        time (at most 2 MiB). After a break go on with ``from_part``. At the end of a download from part 1 the
        whole file's SHA-256 is checked as well.

        Raises:
            UpstreamFailed: a part is not to be had, or is not the one of the signed manifest.
            ValueError: the file is not ready, or has no such part.
        """
        manifest = extract.manifest
        if manifest is None or not 1 <= from_part <= len(manifest.parts):
            raise ValueError("the extract is not ready or has no such part")
        whole = hashlib.sha256()
        for number in range(from_part, len(manifest.parts) + 1):
            body, rows = await self._part(extract, manifest, number)
            whole.update(body)
            if number == len(manifest.parts) and from_part == 1:
                self._require(whole.hexdigest() == manifest.sha256)
            yield ExtractPart(number=number, rows=tuple(rows))

    def read_push(self, headers: Mapping[str, str], body: bytes) -> ChangeNotice:
        """The changes the network has pushed to ``push_url``, each once and in order.

        Answer 204 when the notice is stored or its ``event_id`` was stored before.

        Raises:
            SignatureInvalid: it does not come from the network, is meant for another address, or is older than
                300 seconds (answer 401).
            PushMalformed: it is not what the contract says, or contradicts itself (answer 422).
        """
        if self._push_target is None:
            raise SignatureInvalid("no address is registered for pushes")
        return read_notice(
            target=self._push_target, headers=headers, body=body, key=self._key, now=self._unix_time()
        )

    async def _check_batch(self, queries: Sequence[CertificateQuery]) -> list[CertificateAnswer]:
        # References are drawn anew for every request: an answer to another one cannot fit by chance or by replay.
        request_id = secrets.token_hex(16)
        asked = {f"{request_id}-{number}": query for number, query in enumerate(queries, start=1)}
        question = {
            "request_id": request_id,
            "purpose": PURPOSE,
            "lines": [
                {
                    "reference": reference,
                    "identity_number": query.identity_number,
                    "name": query.name,
                    "certificate_number": query.certificate_number,
                }
                for reference, query in asked.items()
            ],
        }
        try:
            lines = await self._ask(
                "check",
                "/v1/certificate-checks",
                question,
                lambda answer: self._read_check(answer, request_id, asked),
            )
        except UpstreamFailed as failure:
            return [
                CertificateAnswer(outcome=CertificateOutcome.UNAVAILABLE, failure=failure.kind)
                for _ in queries
            ]
        return [
            CertificateAnswer(
                outcome=CertificateOutcome(line.outcome.value),
                evidence_id=line.evidence_id,
                answered_at=line.answered_at,
                data_complete_through=line.data_complete_through,
                certificate=line.certificate,
            )
            for line in lines
        ]

    def _read_check(
        self, answer: Answer, request_id: str, asked: Mapping[str, CertificateQuery]
    ) -> list[CheckLine]:
        """The lines in the order asked, or UpstreamFailed: one doubtful line spoils its batch."""
        created = self._verified(answer)
        wire = read_model(answer, CheckAnswer)
        by_reference = {line.reference: line for line in wire.lines}
        evidence = {line.evidence_id for line in wire.lines}
        self._require(wire.request_id == request_id and by_reference.keys() == asked.keys())
        self._require(len(wire.lines) == len(asked) == len(evidence))
        self._require(all(_is_fresh(line.answered_at, created) for line in wire.lines))
        lines = [by_reference[reference] for reference in asked]
        self._require(
            all(
                line.answers(query.certificate_number)
                for line, query in zip(lines, asked.values(), strict=True)
            )
        )
        return lines

    async def _extract(self, operation: str, path: str, question: Mapping[str, str | None]) -> Extract:
        def read(answer: Answer) -> Extract:
            self._verified(answer)
            wire = read_model(answer, ExtractAnswer)
            self._require(wire.request_id == question["request_id"])
            return Extract(
                extract_id=wire.extract_id,
                state=wire.state,
                format=wire.format,
                manifest=None if wire.manifest is None else wire.manifest.manifest(),
            )

        return await self._ask(operation, path, question, read)

    async def _part(
        self, extract: Extract, manifest: Manifest, number: int
    ) -> tuple[bytes, list[HeldCertificate]]:
        promised = manifest.parts[number - 1]

        def read(answer: Answer) -> tuple[bytes, list[HeldCertificate]]:
            self._verified(answer)
            self._require(hashlib.sha256(answer.body).hexdigest() == promised.sha256)
            media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
            if media_type != _MEDIA_TYPES[extract.format]:
                raise UpstreamFailed(FailureKind.MALFORMED)
            try:
                rows = rows_of_part(answer.body, extract.format, has_header=number == 1)
            except ValueError:
                raise UpstreamFailed(FailureKind.MALFORMED) from None
            self._require(len(rows) == promised.rows)
            return answer.body, rows

        question = {
            "request_id": secrets.token_hex(16),
            "extract_id": extract.extract_id,
            "part": number,
        }
        return await self._ask(
            "extract_part", "/v1/extract-parts", question, read, accept=_MEDIA_TYPES[extract.format]
        )

    async def _ask(
        self,
        operation: str,
        path: str,
        question: Mapping[str, object],
        read: Callable[[Answer], T],
        *,
        accept: str = "application/json",
    ) -> T:
        call = Call(
            operation=operation,
            method="POST",
            path=path,
            is_idempotent=True,
            body=json.dumps(question, ensure_ascii=False, separators=(",", ":")).encode("utf-8"),
            headers={"Content-Type": "application/json", "Accept": accept},
            prepare=self._sign,
        )
        return await self._client.send(call, read)

    def _sign(self, request: httpx.Request) -> None:
        sign_request(request, self._key, created=int(self._unix_time()), nonce=secrets.token_hex(16))

    def _verified(self, answer: Answer) -> int:
        """When the answer was signed, in Unix seconds; UpstreamFailed when it was not, for this request."""
        try:
            return verify_answer(
                request=answer.request,
                status=int(httpx.codes.OK),
                headers=answer.headers,
                body=answer.body,
                key=self._key,
                now=self._unix_time(),
            )
        except SignatureInvalid:
            raise UpstreamFailed(FailureKind.SIGNATURE) from None

    @staticmethod
    def _require(is_so: bool) -> None:
        if not is_so:
            raise UpstreamFailed(FailureKind.MISMATCHED)


def _is_fresh(answered_at: datetime, created: int) -> bool:
    return abs(answered_at.timestamp() - created) <= SKEW_SECONDS
