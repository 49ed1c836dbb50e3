"""结果考核: assessments are scheduled, results entered, and confirmed by another person of the institution."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import Field
from starlette.responses import Response

from app.kernel.paging import check_page_limit
from app.training.assessments.actions.confirm_results import confirm_results
from app.training.assessments.actions.enter_results import enter_results
from app.training.assessments.actions.schedule_assessment import schedule_assessment
from app.training.assessments.queries import Counts, ResultView, assessments_of, find_opening, results_of
from app.training.assessments.rules import GivenResult, SeenResult
from app.training.assessments.states import AssessmentMethod, Outcome, ResultState
from app.training.assessments.tables import AssessmentRow
from app.web.dependencies import Parts, ReadUnit, WriteUnit
from app.web.idempotency import OnceOnly
from app.web.problems import answers
from app.web.wire import Cursor, Input, Instant, Line, Output, Why

router = APIRouter(tags=["结果考核"])

RESULTS_MAX = 2000
OpeningId = Annotated[UUID, Path(description="开班编号")]
Attempt = Annotated[int, Path(ge=1, le=9, description="第几次考核；1为结业考核，2起为补考", examples=[1])]
CursorQuery = Annotated[Cursor | None, Query(description="上一页返回的 next_cursor")]
LimitQuery = Annotated[int | None, Query(description="每页条数，1至200，默认50", examples=[50])]


class AssessmentIn(Input):
    """安排下一次考核."""

    scheduled_at: Instant = Field(examples=["2026-03-20T09:00:00+08:00"])
    venue: Line = Field(examples=["一号楼201教室"])
    method: AssessmentMethod = Field(examples=["combined"])


class AssessmentOut(Output):
    """一次考核的安排."""

    opening_id: UUID
    attempt: int
    scheduled_at: datetime
    venue: str
    method: AssessmentMethod

    @classmethod
    def of(cls, row: AssessmentRow) -> "AssessmentOut":
        """From its row."""
        return cls(
            opening_id=row.opening_id,
            attempt=row.attempt,
            scheduled_at=row.scheduled_at,
            venue=row.venue,
            method=AssessmentMethod(row.method),
        )


class CountedAssessmentOut(AssessmentOut):
    """一次考核及其进展，只有人数."""

    candidates: int
    entered: int
    confirmed: int
    missing: int = Field(description="尚未录入成绩的人数")
    passed: int
    failed: int
    absent: int
    exempt: int

    @classmethod
    def counted(cls, row: AssessmentRow, counts: Counts) -> "CountedAssessmentOut":
        """From its row and counts."""
        return cls(
            **AssessmentOut.of(row).model_dump(),
            candidates=counts.candidates,
            entered=counts.entered,
            confirmed=counts.confirmed,
            missing=counts.candidates - counts.entered,
            passed=counts.passed,
            failed=counts.failed,
            absent=counts.absent,
            exempt=counts.exempt,
        )


class AssessmentsOut(Output):
    """一个班的考核."""

    items: list[CountedAssessmentOut]


class ResultIn(Input):
    """一名学员的成绩."""

    line_id: UUID = Field(description="学员编号，见名册")
    outcome: Outcome = Field(examples=["pass"])
    score_hundredths: Annotated[int, Field(ge=0, le=10000)] | None = Field(
        default=None, description="成绩，百分之一分（8650 即 86.50 分）；合格、不合格必填", examples=[8650]
    )
    exemption_reason: Why | None = Field(
        default=None, description="免考理由；免考必填", examples=["已取得同等级职业技能等级证书"]
    )

    def stated(self) -> GivenResult:
        """As the act takes it."""
        return GivenResult(**self.model_dump())


class ResultsIn(Input):
    """一批成绩."""

    results: list[ResultIn] = Field(min_length=1, max_length=RESULTS_MAX)


class EnteredOut(Output):
    """录入结果."""

    attempt: int
    entered: int = Field(description="新录入或更改的人数")
    unchanged: int = Field(description="与已录入相同的人数")


class SeenResultIn(Input):
    """确认人所看到的一条成绩."""

    line_id: UUID
    revision: int = Field(ge=1, le=32767, description="所看到的成绩版本", examples=[1])


class ConfirmationIn(Input):
    """确认哪些成绩；不填 results 为全部待确认的."""

    results: list[SeenResultIn] | None = Field(default=None, max_length=RESULTS_MAX)


class ConfirmedOut(Output):
    """确认了多少人."""

    attempt: int
    confirmed: int


class ResultOut(Output):
    """一名应考学员的成绩；missing 为尚未录入."""

    line_id: UUID
    name: str = Field(examples=["张测试"])
    state: ResultState
    revision: int
    outcome: Outcome | None
    score_hundredths: int | None
    exemption_reason: str | None
    entered_at: datetime | None
    entered_by: UUID | None
    confirmed_at: datetime | None
    confirmed_by: UUID | None

    @classmethod
    def of(cls, seen: ResultView) -> "ResultOut":
        """From the query."""
        return cls.model_validate({name: getattr(seen, name) for name in cls.model_fields})


class ResultsOut(Output):
    """成绩清单."""

    items: list[ResultOut]
    next_cursor: str | None


@router.get(
    "/v1/openings/{opening_id}/assessments",
    summary="本班的考核",
    response_model=AssessmentsOut,
    responses=answers(404),
)
async def list_assessments(opening_id: OpeningId, unit: ReadUnit) -> AssessmentsOut:
    """机构看本机构的，备案人员看本辖区的；只有人数，不含个人信息。"""
    await find_opening(unit, opening_id)
    found = await assessments_of(unit, opening_id)
    return AssessmentsOut(items=[CountedAssessmentOut.counted(row, counts) for row, counts in found])


@router.post(
    "/v1/openings/{opening_id}/assessments",
    summary="安排结业考核或补考",
    status_code=201,
    response_model=AssessmentOut,
    responses=answers(404, 409),
)
async def create_assessment(
    opening_id: OpeningId, body: AssessmentIn, unit: WriteUnit, once: OnceOnly
) -> Response:
    """第一次为结业考核，其后为补考；补考只限上一次不合格或缺考的学员。"""
    assessment = await schedule_assessment(
        unit,
        opening_id=opening_id,
        scheduled_at=body.scheduled_at,
        venue=body.venue,
        method=body.method,
    )
    return await once.answer(AssessmentOut.of(assessment))


@router.get(
    "/v1/openings/{opening_id}/assessments/{attempt}/results",
    summary="一次考核的成绩",
    response_model=ResultsOut,
    responses=answers(404),
)
async def list_results(
    opening_id: OpeningId,
    attempt: Attempt,
    unit: ReadUnit,
    parts: Parts,
    state: Annotated[
        ResultState | None, Query(description="只看未录入、待确认或已确认的", examples=["missing"])
    ] = None,
    cursor: CursorQuery = None,
    limit: LimitQuery = None,
) -> ResultsOut:
    """全部应考学员，包括还没有成绩的。"""
    page = await results_of(
        unit,
        parts.keys,
        opening_id,
        attempt,
        state=state,
        cursor=cursor,
        limit=check_page_limit(limit),
    )
    return ResultsOut(items=[ResultOut.of(each) for each in page.items], next_cursor=page.next_cursor)


@router.post(
    "/v1/openings/{opening_id}/assessments/{attempt}/results",
    summary="录入成绩",
    status_code=201,
    response_model=EnteredOut,
    responses=answers(404, 409),
)
async def create_results(
    opening_id: OpeningId, attempt: Attempt, body: ResultsIn, unit: WriteUnit, once: OnceOnly
) -> Response:
    """整批录入，有一行不符即全部不录并逐行列出原因；确认之前可以重新录入。"""
    entered = await enter_results(
        unit, opening_id=opening_id, attempt=attempt, results=[result.stated() for result in body.results]
    )
    return await once.answer(
        EnteredOut(attempt=attempt, entered=entered.entered, unchanged=entered.unchanged)
    )


@router.post(
    "/v1/openings/{opening_id}/assessments/{attempt}/results:confirm",
    summary="确认成绩",
    status_code=201,
    response_model=ConfirmedOut,
    responses=answers(404, 409),
)
async def create_confirmations(
    opening_id: OpeningId, attempt: Attempt, body: ConfirmationIn, unit: WriteUnit, once: OnceOnly
) -> Response:
    """由录入人以外的本机构经办人确认；确认后不能更改。"""
    seen = None
    if body.results is not None:
        seen = [SeenResult(line_id=each.line_id, revision=each.revision) for each in body.results]
    confirmed = await confirm_results(unit, opening_id=opening_id, attempt=attempt, seen=seen)
    return await once.answer(ConfirmedOut(attempt=attempt, confirmed=confirmed))
