"""Where a system of the sandbox takes its questions and hands out its answers: signed, and as badly as it is told."""

import json
import random
import uuid
from datetime import UTC, datetime
from typing import Any, TypeVar

from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel, ValidationError

from app.sandbox.behavior import Course, Stand, TruncatedResponse, Wrong, body_within, problem
from app.sandbox.message_signatures import Verifier

Q = TypeVar("Q", bound=BaseModel)


class Refusal(Exception):
    """The question gets this answer and no other."""

    def __init__(self, response: Response) -> None:
        self.response = response
        super().__init__("refused")


class Desk:
    """One system's way of taking and answering, whatever it is asked."""

    def __init__(
        self, stand: Stand, verifier: Verifier, *, seed: int, body_bytes_max: int, oversize_bytes: int
    ) -> None:
        """``oversize_bytes``: more than the contract lets an answer be."""
        self.stand = stand
        self.draw = random.Random(seed)  # noqa: S311  evidence ids of a demo are repeatable
        self._verifier = verifier
        self._body_bytes_max = body_bytes_max
        self._oversize_bytes = oversize_bytes

    async def begin(self, request: Request) -> tuple[Course, bytes]:
        """What is to happen to the request, and its body, rightly signed. Raises ``Refusal``."""
        course = self.stand.next_course()
        await course.before_work()
        if course.refusal is not None:
            raise Refusal(course.refusal)
        body = await body_within(request, self._body_bytes_max)
        if body is None:
            raise Refusal(problem(413, "body_too_large", "请求体超出大小限制"))
        defect = self._verifier.defect(request, body)
        if defect is not None:
            self.stand.counts[f"refused_{defect[0]}"] += 1
            raise Refusal(problem(401, *defect))
        return course, body

    async def question(self, request: Request, model: type[Q]) -> tuple[Course, Q]:
        """The question and what is to happen to it. Raises ``Refusal``."""
        course, body = await self.begin(request)
        return course, self.read(body, model)

    def read(self, body: bytes, model: type[Q]) -> Q:
        """The body as ``model``. Raises ``Refusal``."""
        try:
            return model.model_validate_json(body)
        except ValidationError:
            raise Refusal(self.invalid()) from None

    def invalid(self) -> Response:
        """The refusal of what is not a question of the contract; repeats nothing of it."""
        self.stand.counts["refused_invalid"] += 1
        return problem(422, "invalid_request", "请求内容不符合接口约定")

    async def answer(
        self,
        request: Request,
        document: dict[str, Any] | bytes,
        course: Course,
        *,
        media_type: str = "application/json",
    ) -> Response:
        """The answer, signed for this very question."""
        await course.after_work()
        if isinstance(document, bytes):
            body = document
        else:
            if course.wrong is Wrong.OVERSIZE:
                document = {**document, "padding": "样" * (self._oversize_bytes // 3)}
            body = json.dumps(document, ensure_ascii=False).encode()
        if course.wrong is Wrong.MALFORMED_JSON:
            body = body[:-2]
        headers = self._verifier.answer_headers(
            request, 200, body, forged=course.wrong is Wrong.BAD_SIGNATURE
        )
        if course.wrong is Wrong.UNSIGNED:
            headers = {}
        kind = TruncatedResponse if course.wrong is Wrong.TRUNCATED else Response
        return kind(body, headers=headers, media_type=media_type)

    def evidence_id(self) -> str:
        """A new one."""
        return str(uuid.UUID(int=self.draw.getrandbits(128), version=4))


def answered_at() -> str:
    """The machine's time, as answers carry it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
