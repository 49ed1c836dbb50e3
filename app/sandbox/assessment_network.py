"""The national skills-assessment network (技能人才评价工作网) of the sandbox.

Contract: ``openapi/upstream/assessment-network.yaml``.
"""

import json
import random
import re
import uuid
from collections import Counter
from datetime import UTC, datetime
from typing import Any, TypeVar

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import ValidationError

from app.sandbox.assessment_questions import (
    ChangesQuery,
    CheckLine,
    Checks,
    ExtractOrder,
    ExtractQuery,
    PartQuery,
    Question,
    Search,
)
from app.sandbox.behavior import (
    Course,
    NetworkBehavior,
    Stand,
    TruncatedResponse,
    Wrong,
    body_within,
    problem,
)
from app.sandbox.certificate_extracts import MEDIA_TYPES, ExtractFile, ExtractShelf, part_body
from app.sandbox.certificate_population import Entry
from app.sandbox.certificate_register import CertificateRegister, certificate_wire, change_wire
from app.sandbox.message_signatures import Verifier
from app.sandbox.population import normalized_name

_BODY_BYTES_MAX = 524_288
_OVERSIZE_BYTES = 4_194_304

Q = TypeVar("Q", bound=Question)


class Refusal(Exception):
    """The question gets this answer and no other."""

    def __init__(self, response: Response) -> None:
        self.response = response
        super().__init__("refused")


class AssessmentNetwork:
    """The network's operations over one register."""

    def __init__(self, register: CertificateRegister, stand: Stand, verifier: Verifier, *, seed: int) -> None:
        self._register = register
        self._stand = stand
        self._verifier = verifier
        self._shelf = ExtractShelf(register)
        self._draw = random.Random(seed)  # noqa: S311  evidence ids of a demo are repeatable
        self._times_asked: Counter[str] = Counter()

    def router(self) -> APIRouter:
        """The six operations of the contract."""
        routes = APIRouter()
        for path, operation in {
            "/v1/certificate-checks": self.check,
            "/v1/certificate-searches": self.search,
            "/v1/certificate-changes": self.changes,
            "/v1/extract-requests": self.request_extract,
            "/v1/extract-status": self.extract_status,
            "/v1/extract-parts": self.extract_part,
        }.items():
            routes.add_api_route(path, operation, methods=["POST"], response_model=None)
        return routes

    async def check(self, request: Request) -> Response:
        """Check number, identity number and name of each line."""
        try:
            course, asked = await self._question(request, Checks)
        except Refusal as refusal:
            return refusal.response
        lines = [self._check_line(line) for line in asked.lines]
        self._draw.shuffle(lines)  # the contract promises no order
        answer: dict[str, Any] = {"request_id": asked.request_id, "lines": lines}
        match course.wrong:
            case Wrong.CONTRADICTING:
                opposite = "not_found" if lines[0]["outcome"] == "matched" else "name_mismatch"
                second = {key: value for key, value in lines[0].items() if key != "certificate"}
                lines[-1:] = [*lines[-1:], {**second, "outcome": opposite}]
            case Wrong.WRONG_REFERENCE:
                lines[-1]["reference"] = "0" * 32
            case Wrong.WRONG_COUNT:
                lines.pop()
            case Wrong.OUTDATED:
                lines[0]["answered_at"] = "1970-01-01T00:00:00+00:00"
            case _:
                pass
        return await self._response(request, answer, course)

    async def search(self, request: Request) -> Response:
        """All certificates of a person."""
        try:
            course, asked = await self._question(request, Search)
        except Refusal as refusal:
            return refusal.response
        held = self._register.held_by(asked.identity_number)
        name = normalized_name(asked.name)
        if not held:
            outcome = "none"
        elif any(normalized_name(entry.name) == name for entry in held):
            outcome = "found"
        else:
            outcome, held = "name_mismatch", []
        self._stand.counts[f"searched_{outcome}"] += 1
        answer = {
            "request_id": asked.request_id,
            "outcome": outcome,
            **self._evidence(),
            "data_complete_through": self._register.complete_through(None).isoformat(),
            "certificates": [certificate_wire(entry) for entry in held[:500]],
        }
        if course.wrong is Wrong.CONTRADICTING:
            answer["certificates"] = [] if outcome == "found" else [_nobodys_certificate()]
        elif course.wrong is Wrong.WRONG_COUNT:
            answer["outcome"] = "none" if outcome == "found" else "found"
        return await self._response(request, answer, course)

    async def changes(self, request: Request) -> Response:
        """A page of changes."""
        try:
            course, asked = await self._question(request, ChangesQuery)
            after = self._position(asked.after)
        except Refusal as refusal:
            return refusal.response
        records = self._register.changes_after(after, asked.limit)
        through = records[-1].sequence if records else after
        items = [change_wire(record) for record in records]
        answer: dict[str, Any] = {
            "request_id": asked.request_id,
            **self._evidence(),
            "after_sequence": after,
            "through_sequence": through,
            "distinct_count": len(items),
            "items": self._repeated(items, after),
            "next_cursor": f"c{through}",
            "has_more": through < self._register.last_sequence,
        }
        self._stand.counts["changes_sent"] += len(answer["items"])
        _spoil_changes(answer, course.wrong)
        return await self._response(request, answer, course)

    async def request_extract(self, request: Request) -> Response:
        """Begin to prepare a file."""
        try:
            course, asked = await self._question(request, ExtractOrder)
        except Refusal as refusal:
            return refusal.response
        extract = self._shelf.request(
            asked.request_id,
            form=asked.format,
            issuer_code=asked.issuer_code,
            issued_from=asked.issued_from,
            issued_before=asked.issued_before,
        )
        return await self._extract_response(request, asked.request_id, extract, course)

    async def extract_status(self, request: Request) -> Response:
        """Say whether a file is ready."""
        try:
            course, asked = await self._question(request, ExtractQuery)
        except Refusal as refusal:
            return refusal.response
        extract = self._shelf.find(asked.extract_id)
        if extract is None:
            return problem(404, "extract_unknown", "没有这个文件")
        return await self._extract_response(request, asked.request_id, extract, course)

    async def extract_part(self, request: Request) -> Response:
        """Hand out one part of a file."""
        try:
            course, asked = await self._question(request, PartQuery)
        except Refusal as refusal:
            return refusal.response
        extract = self._shelf.find(asked.extract_id)
        body = None if extract is None else part_body(extract, asked.part)
        if extract is None or body is None:
            return problem(404, "extract_unknown", "没有这个文件或这一段")
        self._stand.counts["parts_sent"] += 1
        if course.wrong in {Wrong.CONTRADICTING, Wrong.WRONG_REFERENCE, Wrong.WRONG_COUNT}:
            body = body[: body.rfind(b"\n", 0, -1) + 1]
        return await self._signed(request, body, course, media_type=MEDIA_TYPES[extract.form])

    async def _question(self, request: Request, model: type[Q]) -> tuple[Course, Q]:
        """The question and what is to happen to it. Raises ``Refusal``."""
        course = self._stand.next_course()
        await course.before_work()
        if course.refusal is not None:
            raise Refusal(course.refusal)
        body = await body_within(request, _BODY_BYTES_MAX)
        if body is None:
            raise Refusal(problem(413, "body_too_large", "请求体超出大小限制"))
        defect = self._verifier.defect(request, body)
        if defect is not None:
            self._stand.counts[f"refused_{defect[0]}"] += 1
            raise Refusal(problem(401, *defect))
        try:
            return course, model.model_validate_json(body)
        except ValidationError:
            self._stand.counts["refused_invalid"] += 1
            raise Refusal(problem(422, "invalid_request", "请求内容不符合接口约定")) from None

    def _check_line(self, line: CheckLine) -> dict[str, Any]:
        entry = self._register.find(line.certificate_number)
        outcome = self._mood(line, _outcome(entry, line))
        self._stand.counts[f"answered_{outcome}"] += 1
        answer: dict[str, Any] = {
            "reference": line.reference,
            "outcome": outcome,
            **self._evidence(),
            "data_complete_through": self._register.complete_through(line.certificate_number).isoformat(),
        }
        if entry is not None and outcome in {"matched", "revoked"}:
            answer["certificate"] = certificate_wire(entry)
        return answer

    def _mood(self, line: CheckLine, outcome: str) -> str:
        """The outcome, or on every second question about a certificate another one when told to contradict."""
        behavior = self._stand.behavior
        if not isinstance(behavior, NetworkBehavior) or not behavior.contradicting:
            return outcome
        self._times_asked[line.certificate_number] += 1
        is_changed = self._times_asked[line.certificate_number] % 2 == 0
        return ("not_found" if outcome == "matched" else "number_mismatch") if is_changed else outcome

    def _evidence(self) -> dict[str, str]:
        return {
            "evidence_id": str(uuid.UUID(int=self._draw.getrandbits(128), version=4)),
            "answered_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        }

    def _position(self, cursor: str | None) -> int:
        if cursor is None:
            return self._register.oldest_cursor
        found = re.fullmatch(r"c([0-9]{1,15})", cursor)
        if found is None or int(found[1]) > self._register.last_sequence:
            raise Refusal(problem(410, "cursor_unknown", "游标无法认出"))
        if int(found[1]) < self._register.oldest_cursor:
            raise Refusal(problem(410, "cursor_expired", "游标早于变更的保留范围"))
        return int(found[1])

    def _repeated(self, items: list[dict[str, Any]], after: int) -> list[dict[str, Any]]:
        """The items, some of them twice, with some from earlier pages, out of order."""
        behavior = self._stand.behavior
        rate = behavior.duplicate_rate if isinstance(behavior, NetworkBehavior) else 0.0
        if not rate:
            return items
        again = [item for item in items if self._stand.happens(rate)]
        earlier = self._register.changes_after(max(after - 3, 0), min(3, after))
        repeated = [*items, *again, *(change_wire(record) for record in earlier)][: 2 * 500]
        self._stand.counts["changes_repeated"] += len(repeated) - len(items)
        self._draw.shuffle(repeated)
        return repeated

    async def _extract_response(
        self, request: Request, request_id: str, extract: ExtractFile, course: Course
    ) -> Response:
        answer: dict[str, Any] = {
            "request_id": request_id,
            "extract_id": extract.extract_id,
            "state": extract.state,
            "format": extract.form,
        }
        if extract.manifest is not None:
            manifest = dict(extract.manifest)
            if course.wrong in {Wrong.CONTRADICTING, Wrong.WRONG_COUNT}:
                manifest["rows"] += 1
            answer["manifest"] = manifest
        return await self._response(request, answer, course)

    async def _response(self, request: Request, answer: dict[str, Any], course: Course) -> Response:
        if course.wrong is Wrong.WRONG_REFERENCE and "lines" not in answer:
            answer["request_id"] = "0" * 32
        if course.wrong is Wrong.OUTDATED and "answered_at" in answer:
            answer["answered_at"] = "1970-01-01T00:00:00+00:00"
        if course.wrong is Wrong.OVERSIZE:
            answer["padding"] = "样" * (_OVERSIZE_BYTES // 3)
        return await self._signed(request, json.dumps(answer, ensure_ascii=False).encode(), course)

    async def _signed(
        self, request: Request, body: bytes, course: Course, *, media_type: str = "application/json"
    ) -> Response:
        await course.after_work()
        if course.wrong is Wrong.MALFORMED_JSON:
            body = body[:-2]
        if course.wrong is Wrong.OVERSIZE:
            body = body.ljust(_OVERSIZE_BYTES)
        forged = course.wrong is Wrong.BAD_SIGNATURE
        headers = self._verifier.answer_headers(request, 200, body, forged=forged)
        if course.wrong is Wrong.UNSIGNED:
            headers = {}
        kind = TruncatedResponse if course.wrong is Wrong.TRUNCATED else Response
        return kind(body, headers={**headers, "Content-Type": media_type})


def _outcome(entry: Entry | None, line: CheckLine) -> str:
    """Certificate first, then identity number, then name: who does not know them learns nothing else."""
    if entry is None:
        return "not_found"
    if entry.identity_number != line.identity_number:
        return "number_mismatch"
    if normalized_name(entry.name) != normalized_name(line.name):
        return "name_mismatch"
    return "revoked" if entry.state == "revoked" else "matched"


def _spoil_changes(answer: dict[str, Any], wrong: Wrong | None) -> None:
    items: list[dict[str, Any]] = answer["items"]
    if not items:
        return
    if wrong is Wrong.CONTRADICTING:
        holder = {**items[0]["holder"], "name": "另样名"}
        items.append({**items[0], "holder": holder})
    elif wrong is Wrong.WRONG_COUNT:
        items.pop()


def _nobodys_certificate() -> dict[str, Any]:
    """A well-formed certificate where the outcome says that there is none."""
    today = datetime.now(UTC).date()
    return certificate_wire(
        Entry(
            certificate_number="ZX11990000000000",
            identity_number="",
            name="",
            kind="special_skill",
            occupation_name="样例茶艺展示",
            issuer_code="ZX1199",
            issuer_name="样例机构",
            issued_on=today,
            uploaded_on=today,
        )
    )
