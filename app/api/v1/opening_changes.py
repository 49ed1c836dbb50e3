"""变更 (changes after filing): proposed by the institution, decided by the authority."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import Discriminator, Field
from starlette.responses import Response
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.api.v1.openings import OpeningId
from app.training.openings.actions.decide_change import decide_change
from app.training.openings.actions.propose_change import propose_change
from app.training.openings.queries.changes import change_to_decide
from app.training.openings.queries.lists import changes_of
from app.training.openings.queries.scope import opening_in_sight
from app.training.openings.rules import changes
from app.training.openings.states import ChangeDecision, ChangeKind, Delivery, HoursKind
from app.training.openings.tables import ChangeRow
from app.web.dependencies import ReadUnit, WriteUnit
from app.web.idempotency import OnceOnly
from app.web.problems import answers
from app.web.wire import Input, Instant, Line, Output, ShortLine, Why

router = APIRouter(tags=["开班变更"])


class _ProposalIn(Input):
    def content(self) -> dict[str, Any]:
        """The fields a typed proposal takes."""
        return {name: getattr(self, name) for name in type(self).model_fields if name != "kind"}


class SessionTimeIn(_ProposalIn):
    """课次改期."""

    kind: Literal[ChangeKind.SESSION_TIME]
    session_id: UUID
    starts_at: Instant
    ends_at: Instant

    def stated(self) -> changes.Proposal:
        """As the act takes it."""
        return changes.SessionMoved(**self.content())


class SessionAddedIn(_ProposalIn):
    """增加课次."""

    kind: Literal[ChangeKind.SESSION_ADDED]
    teacher_id: UUID
    starts_at: Instant
    ends_at: Instant
    hours_kind: HoursKind
    delivery: Delivery = Delivery.ONSITE
    venue: Line = Field(examples=["202教室"])

    def stated(self) -> changes.Proposal:
        """As the act takes it; the id of the session to be is given now."""
        return changes.SessionAdded(session_id=uuid7(), **self.content())


class SessionCanceledIn(_ProposalIn):
    """取消课次."""

    kind: Literal[ChangeKind.SESSION_CANCELED]
    session_id: UUID

    def stated(self) -> changes.Proposal:
        """As the act takes it."""
        return changes.SessionCanceled(**self.content())


class TeacherReplacedIn(_ProposalIn):
    """更换教师：此后的课由新教师讲授."""

    kind: Literal[ChangeKind.TEACHER]
    teacher_id: UUID = Field(description="被替换的教师")
    name: ShortLine = Field(examples=["钱示范"])
    qualification: Line = Field(examples=["养老护理员三级/高级工"])
    subject: Line = Field(examples=["生活照护实操"])

    def stated(self) -> changes.Proposal:
        """As the act takes it."""
        return changes.TeacherReplaced(**self.content())


class VenueChangedIn(_ProposalIn):
    """更换地点；不填课次为全班尚未上的线下课."""

    kind: Literal[ChangeKind.VENUE]
    session_id: UUID | None = None
    venue: Line = Field(examples=["实训中心3号车间"])

    def stated(self) -> changes.Proposal:
        """As the act takes it."""
        return changes.VenueChanged(**self.content())


class TraineeWithdrawnIn(_ProposalIn):
    """学员退出；按名册行编号，不写姓名和号码."""

    kind: Literal[ChangeKind.TRAINEE_WITHDRAWN]
    line_id: UUID

    def stated(self) -> changes.Proposal:
        """As the act takes it."""
        return changes.TraineeWithdrawn(**self.content())


class ChangeIn(Input):
    """变更申请."""

    proposal: Annotated[
        SessionTimeIn
        | SessionAddedIn
        | SessionCanceledIn
        | TeacherReplacedIn
        | VenueChangedIn
        | TraineeWithdrawnIn,
        Discriminator("kind"),
    ]
    reason: Why = Field(examples=["教师临时因公外出"])


class ChangeDecisionIn(Input):
    """审定；不同意时须说明理由."""

    decision: ChangeDecision
    reason: Why | None = Field(default=None, examples=["新时间与考核安排冲突"])


class ChangeOut(Output):
    """一项变更及其结果."""

    opening_id: UUID
    change_no: int
    kind: ChangeKind
    proposal: dict[str, Any]
    reason: str
    proposed_at: datetime
    decision: ChangeDecision | None
    decision_reason: str | None
    decided_at: datetime | None

    @classmethod
    def of(cls, row: ChangeRow) -> Self:
        """As both sides see it."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class ChangeList(Output):
    """一个班次的全部变更，先旧后新."""

    items: list[ChangeOut]


@router.get("/v1/openings/{opening_id}/changes", summary="查询变更", responses=answers(404))
async def list_changes(unit: ReadUnit, opening_id: OpeningId) -> ChangeList:
    """申请与审定都留痕."""
    await opening_in_sight(unit, opening_id)
    return ChangeList(items=[ChangeOut.of(row) for row in await changes_of(unit.session, opening_id)])


@router.post(
    "/v1/openings/{opening_id}/changes",
    summary="申请变更",
    status_code=201,
    response_model=ChangeOut,
    responses=answers(404, 409),
)
async def propose(unit: WriteUnit, once: OnceOnly, opening_id: OpeningId, body: ChangeIn) -> Response:
    """备案后的课次、教师、地点、学员变更；审定前不生效."""
    change_no = await propose_change(
        unit, opening_id=opening_id, proposal=body.proposal.stated(), reason=body.reason
    )
    return await once.answer(await _shown(unit, opening_id, change_no), 201)


@router.post(
    "/v1/openings/{opening_id}/changes/{change_no}:decide",
    summary="审定变更",
    response_model=ChangeOut,
    responses=answers(404, 409),
)
async def decide(
    unit: WriteUnit,
    once: OnceOnly,
    opening_id: OpeningId,
    change_no: Annotated[int, Path(ge=1, le=32767, description="变更序号")],
    body: ChangeDecisionIn,
) -> Response:
    """同意的变更当即执行；办理时再核对一遍."""
    await decide_change(
        unit, opening_id=opening_id, change_no=change_no, decision=body.decision, reason=body.reason
    )
    return await once.answer(await _shown(unit, opening_id, change_no), 200)


async def _shown(unit: Unit, opening_id: UUID, change_no: int) -> ChangeOut:
    return ChangeOut.of(await change_to_decide(unit, opening_id, change_no))
