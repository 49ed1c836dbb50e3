"""The card-holder base (社会保障卡持卡人员基础信息库) of the sandbox.

Contract: ``openapi/upstream/cardholder-base.yaml``.
"""

import json
import random
import uuid
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from app.sandbox.behavior import Course, Stand, TruncatedResponse, Wrong, body_within, problem
from app.sandbox.message_signatures import Verifier
from app.sandbox.population import Cardholder, CardholderState, Population, normalized_name

_BODY_BYTES_MAX = 524_288
_OVERSIZE_BYTES = 2_097_152


class Line(BaseModel):
    """One person asked about."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    reference: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    social_security_number: Annotated[str, Field(pattern=r"^(?:[0-9]{17}[0-9X]|[0-9A-Z]{15})$")]
    name: Annotated[str, Field(min_length=1, max_length=100)]
    card_number: Annotated[str | None, Field(pattern=r"^[0-9A-Za-z]{1,20}$")] = None


class Question(BaseModel):
    """A batch of at most 500 lines, each with its own reference."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    request_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{16,64}$")]
    purpose: Literal["vocational_training_real_name"]
    lines: Annotated[list[Line], Field(min_length=1, max_length=500)]

    @model_validator(mode="after")
    def _references_differ(self) -> "Question":
        if len({line.reference for line in self.lines}) != len(self.lines):
            raise ValueError("references must differ")
        return self


def router(population: Population, stand: Stand, verifier: Verifier, *, seed: int) -> APIRouter:
    """The base's one route, ``POST /v1/identity-checks``."""
    routes = APIRouter()
    draw = random.Random(seed)  # noqa: S311  evidence ids of a demo are repeatable

    @routes.post("/v1/identity-checks")
    async def check_identities(request: Request) -> Response:
        """Check number and name (and card number, where given) of each line."""
        course = stand.next_course()
        await course.before_work()
        if course.refusal is not None:
            return course.refusal
        body = await body_within(request, _BODY_BYTES_MAX)
        if body is None:
            return problem(413, "body_too_large", "请求体超出大小限制")
        defect = verifier.defect(request, body)
        if defect is not None:
            stand.counts[f"refused_{defect[0]}"] += 1
            return problem(401, *defect)
        try:
            question = Question.model_validate_json(body)
        except ValidationError:
            stand.counts["refused_invalid"] += 1
            return problem(422, "invalid_request", "请求内容不符合接口约定")
        lines = [_answer_line(population, stand, line, draw) for line in question.lines]
        draw.shuffle(lines)  # the contract promises no order
        answer = {"request_id": question.request_id, "lines": lines}
        await course.after_work()
        return _response(request, answer, course, verifier)

    return routes


def _answer_line(population: Population, stand: Stand, line: Line, draw: random.Random) -> dict[str, str]:
    outcome = _outcome(population.find(line.social_security_number), line)
    stand.counts[f"answered_{outcome}"] += 1
    return {
        "reference": line.reference,
        "outcome": outcome,
        "evidence_id": str(uuid.UUID(int=draw.getrandbits(128), version=4)),
        "checked_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
    }


def _outcome(person: Cardholder | None, line: Line) -> str:
    """Number first, then name: who does not know the name learns nothing else about the holder."""
    if person is None:
        return "unknown"
    if normalized_name(person.name) != normalized_name(line.name):
        return "name_mismatch"
    if person.state is not CardholderState.NORMAL:
        return person.state.value
    if line.card_number is not None and line.card_number != person.card_number:
        return CardholderState.CARD_CANCELED.value
    return "matched"


def _response(request: Request, answer: dict[str, Any], course: Course, verifier: Verifier) -> Response:
    lines: list[dict[str, str]] = answer["lines"]
    match course.wrong:
        case Wrong.CONTRADICTING:
            opposite = "unknown" if lines[0]["outcome"] == "matched" else "matched"
            lines[-1:] = (
                [{**lines[0], "outcome": opposite}]
                if len(lines) > 1
                else [lines[0], {**lines[0], "outcome": opposite}]
            )
        case Wrong.WRONG_REFERENCE:
            lines[-1]["reference"] = "0" * 32
        case Wrong.WRONG_COUNT:
            lines.pop()
        case Wrong.OUTDATED:
            lines[0]["checked_at"] = "1970-01-01T00:00:00+00:00"
        case Wrong.OVERSIZE:
            answer["padding"] = "样" * (_OVERSIZE_BYTES // 3)
        case _:
            pass
    body = json.dumps(answer, ensure_ascii=False).encode()
    if course.wrong is Wrong.MALFORMED_JSON:
        body = body[:-2]
    headers = verifier.answer_headers(request, 200, body, forged=course.wrong is Wrong.BAD_SIGNATURE)
    if course.wrong is Wrong.UNSIGNED:
        headers = {}
    kind = TruncatedResponse if course.wrong is Wrong.TRUNCATED else Response
    return kind(body, headers=headers, media_type="application/json")
