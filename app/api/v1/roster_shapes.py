"""Wire shapes of rosters (学员名册)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from app.archive.records.states import Purpose
from app.kernel.errors import Reason
from app.kernel.masking import mask_number_own_institution, mask_phone
from app.kernel.paging import Page
from app.training.rosters.actions.import_roster import ImportedRoster
from app.training.rosters.actions.read_roster import ReadLine
from app.training.rosters.queries import OwnLine, RosterCounts
from app.training.rosters.rules import MAX_TRAINEES, RosterEntry
from app.training.rosters.states import LineState, TakingOutcome
from app.web.problems import ReasonOut, reason_out
from app.web.wire import CaseNumber, Input, Output, Why

_GROUPS_MAX = 10
_CHECK_LABELS = {
    "matched": "一致",
    "name_mismatch": "姓名不符",
    "unknown": "查无此号",
    "card_lost": "卡已挂失",
    "card_canceled": "卡已注销",
    "deceased": "已故",
}


def _cell(longest: int, *examples: str) -> Any:
    return Field(default="", max_length=longest, examples=list(examples))


class RosterLineIn(Input):
    """名册的一行。内容按填写原样提交，全角、空格等由系统识别；不合格的逐项列出."""

    name: str = _cell(400, "张三样")
    identity_number: str = _cell(100, "110000194910010005")
    document_kind: str = _cell(60, "居民身份证")
    card_number: str = _cell(60, "S00000000")
    phone: str = _cell(60, "13800000000")
    key_groups: list[Annotated[str, Field(max_length=60)]] = Field(
        default_factory=list, max_length=_GROUPS_MAX, examples=[["退役军人"]]
    )
    sex: str = _cell(20, "男")
    remark: str = _cell(400, "")


class RosterIn(Input):
    """一份名册."""

    lines: Annotated[list[RosterLineIn], Field(min_length=1, max_length=MAX_TRAINEES)]

    def entries(self) -> list[RosterEntry]:
        """The lines as the rules read them; a line is called by its position, from 1."""
        return [
            RosterEntry(
                line=position,
                name=line.name,
                identity_number=line.identity_number,
                document_kind=line.document_kind,
                card_number=line.card_number,
                phone=line.phone,
                key_group="、".join(line.key_groups),
                sex=line.sex,
                remark=line.remark,
            )
            for position, line in enumerate(self.lines, start=1)
        ]


class WithdrawIn(Input):
    """撤下学员."""

    reason: Why = Field(examples=["本人放弃参训"])


class ReadRosterIn(Input):
    """查阅名册的事由."""

    purpose: Purpose = Field(examples=["filing_review"])
    case_number: CaseNumber = Field(description="案件编号")


class TakenOut(Output):
    """登入名册的一行."""

    line_id: UUID
    sheet: str | None
    line: int = Field(description="行号：文件为 Excel 所示行号，JSON 为列表中的位置（从1起）")
    outcome: TakingOutcome = Field(description="新增、替换、恢复、未变")
    warnings: list[ReasonOut] = Field(description="不影响登入、但请核对的事项")


class RefusedOut(Output):
    """未通过的一行，一次列出全部原因."""

    sheet: str | None
    line: int
    reasons: list[ReasonOut]
    warnings: list[ReasonOut]


class ImportCountsOut(Output):
    """各种结果的行数."""

    added: int
    replaced: int
    reinstated: int
    unchanged: int
    refused: int
    notices: int


class ImportOut(Output):
    """逐行结果。通过的行已登入名册，未通过的行没有留存任何内容."""

    model_config = ConfigDict(
        frozen=True,
        json_schema_extra={
            "example": {
                "counts": {
                    "added": 1, "replaced": 0, "reinstated": 0, "unchanged": 0, "refused": 1, "notices": 0,
                },
                "lines": [
                    {
                        "line_id": "0198c0de-0000-7000-8000-000000000001",
                        "sheet": "学员名册", "line": 5, "outcome": "added", "warnings": [],
                    }
                ],
                "refused": [
                    {
                        "sheet": "学员名册",
                        "line": 6,
                        "reasons": [
                            {
                                "code": "identity_number_check_digit",
                                "message": "公民身份号码“1****************6”的校验码不符，至少有一位数字不对",
                                "remedy": "请对照证件逐位核对",
                                "field": "identity_number",
                                "value": "1****************6",
                                "sheet": "学员名册",
                                "line": 6,
                                "citation": {"document": "GB 11643-1999", "clause": ""},
                            }
                        ],
                        "warnings": [],
                    }
                ],
                "notices": [],
            }
        },
    )  # fmt: skip

    counts: ImportCountsOut
    lines: list[TakenOut]
    refused: list[RefusedOut]
    notices: list[ReasonOut] = Field(description="略过的内容（合计行、示例行、不需要的列等）")

    @classmethod
    def of(cls, imported: ImportedRoster, *, at_rest: bool = False) -> Self:
        """The answer to an import; ``at_rest`` as it is stored for repetitions, with names masked."""
        delivered = imported.delivered
        outcomes = Counter(each.outcome for each in imported.taken)
        return cls(
            counts=ImportCountsOut(
                added=outcomes[TakingOutcome.ADDED],
                replaced=outcomes[TakingOutcome.REPLACED],
                reinstated=outcomes[TakingOutcome.REINSTATED],
                unchanged=outcomes[TakingOutcome.UNCHANGED],
                refused=len(delivered.refused),
                notices=len(delivered.notices),
            ),
            lines=[
                TakenOut(
                    line_id=each.line_id,
                    sheet=each.sheet,
                    line=each.line,
                    outcome=each.outcome,
                    warnings=_reasons(each.warnings),
                )
                for each in imported.taken
            ],
            refused=[
                RefusedOut(
                    sheet=line.sheet,
                    line=line.line,
                    reasons=_reasons(map(_at_rest, line.reasons) if at_rest else line.reasons),
                    warnings=_reasons(line.warnings),
                )
                for line in delivered.refused
            ],
            notices=_reasons(delivered.notices),
        )


class OwnLineOut(Output):
    """本机构名册的一行."""

    line_id: UUID
    name: str
    document_kind: str
    identity_number: str = Field(description="前3后4位", examples=["110***********0005"])
    card_number: str | None = Field(description="已遮盖")
    phone: str | None = Field(description="已遮盖")
    key_groups: list[str]
    remark: str | None
    state: LineState
    state_label: str = Field(examples=["待核验"])
    sheet: str | None
    line: int | None
    added_at: AwareDatetime
    withdrawn_at: AwareDatetime | None
    withdrawal_reason: str | None

    @classmethod
    def of(cls, line: OwnLine) -> Self:
        """One line as its institution may see it."""
        claim = line.claim
        return cls(
            line_id=line.line_id,
            name=claim.name,
            document_kind=claim.document_kind,
            identity_number=mask_number_own_institution(claim.number),
            card_number=mask_number_own_institution(claim.card_number) if claim.card_number else None,
            phone=mask_phone(claim.phone) if claim.phone else None,
            key_groups=list(claim.key_groups),
            remark=claim.remark,
            state=line.state,
            state_label=line.state.label,
            sheet=line.sheet,
            line=line.sheet_line,
            added_at=line.added_at,
            withdrawn_at=line.withdrawn_at,
            withdrawal_reason=line.withdrawal_reason,
        )


class RosterCountsOut(Output):
    """名册人数与核验进度（不含已撤下的）."""

    lines: int
    unverified: int
    matched: int
    not_matched: int
    unavailable: int
    withdrawn: int


class RosterOut(Output):
    """本班名册的一页."""

    counts: RosterCountsOut
    items: list[OwnLineOut]
    next_cursor: str | None

    @classmethod
    def of(cls, page: Page[OwnLine], counts: RosterCounts) -> Self:
        """A page with the state of the whole class."""
        return cls(
            counts=RosterCountsOut(
                lines=counts.lines,
                unverified=counts.unverified,
                matched=counts.matched,
                not_matched=counts.not_matched,
                unavailable=counts.unavailable,
                withdrawn=counts.withdrawn,
            ),
            items=[OwnLineOut.of(line) for line in page.items],
            next_cursor=page.next_cursor,
        )


class WithdrawnOut(Output):
    """已撤下."""

    line_id: UUID
    withdrawn_at: AwareDatetime


class ReadLineOut(Output):
    """经办机构所见的一行."""

    line_id: UUID
    person_id: UUID
    name: str
    identity_number: str = Field(description="前3后4位")
    document_kind: str
    key_groups: list[str]
    state: LineState
    check_outcome: str | None = Field(description="持卡库的核验结果；尚无结果时为空")
    check_label: str | None = Field(examples=["姓名不符"])
    overlapping_openings: list[str] = Field(description="上课时间与本班重叠的其他班级")
    added_at: AwareDatetime
    withdrawn_at: AwareDatetime | None

    @classmethod
    def of(cls, line: ReadLine) -> Self:
        """One line as the authority may see it."""
        facts = line.facts
        outcome = facts["check_outcome"]
        return cls(
            line_id=facts["line_id"],
            person_id=line.person_id,
            name=line.name,
            identity_number=line.masked_number,
            document_kind=facts["document_kind"],
            key_groups=facts["key_groups"],
            state=facts["state"],
            check_outcome=outcome,
            check_label=_CHECK_LABELS.get(outcome) if outcome else None,
            overlapping_openings=list(line.overlapping_openings),
            added_at=facts["added_at"],
            withdrawn_at=facts["withdrawn_at"],
        )


class ReadRosterOut(Output):
    """整份名册；本次查阅已记入每名学员的查阅记录."""

    items: list[ReadLineOut]

    @classmethod
    def of(cls, lines: Sequence[ReadLine]) -> Self:
        """The whole roster."""
        return cls(items=[ReadLineOut.of(line) for line in lines])


def _at_rest(reason: Reason) -> Reason:
    return replace(reason, message=reason.message_at_rest or reason.message)


def _reasons(reasons: Iterable[Reason]) -> list[ReasonOut]:
    return [ReasonOut.model_validate(reason_out(reason)) for reason in reasons]
