"""Wire shapes of employers' listings (用人单位名单)."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from app.api.v1.roster_shapes import RosterLineIn
from app.archive.records.states import Purpose
from app.kernel.masking import mask_name_public, mask_number_own_institution
from app.reference.skill_levels import SkillLevel
from app.subsidies.listings.actions.file_listing import FiledListing
from app.subsidies.listings.actions.read_lines import ReadLine
from app.subsidies.listings.queries import ListingView, OwnLine
from app.subsidies.listings.rules import ListingHead
from app.subsidies.listings.states import (
    KIND_LABELS,
    STATE_LABELS,
    LineCheck,
    ListingKind,
    ListingState,
    check_of,
)
from app.training.rosters.rules import MAX_TRAINEES, RosterEntry
from app.web.problems import ReasonOut, reason_out
from app.web.wire import CaseNumber, Day, DivisionCodeText, Input, LongText, Output

OCCUPATION_CODE_FORM = r"^[1-8]-[0-9]{2}-[0-9]{2}-[0-9]{2}$"
PERIOD_FORMS = "学徒 year-1 至 year-4；以工代训 2026-05；留工培训 2022"
_KEPT_BACK = "内容含个人信息，重发时不再显示；请以新的幂等键重新报送后查看"


class ListingHeadIn(Input):
    """名单的所属期间与职业。学徒名单须填培养年度起止日期与职业；其余两类由所属期间确定起止日期."""

    kind: ListingKind
    division_code: DivisionCodeText
    period: Annotated[str, Field(max_length=10)] = Field(description=PERIOD_FORMS, examples=["2026-05"])
    starts_on: Day | None = None
    ends_on: Day | None = None
    occupation_edition: int | None = Field(default=None, ge=1999, le=2100, examples=[2022])
    occupation_code: Annotated[str, Field(pattern=OCCUPATION_CODE_FORM, examples=["4-10-01-05"])] | None = (
        None
    )
    skill_level: SkillLevel = SkillLevel.NONE

    def head(self) -> ListingHead:
        """As the rules read it; half an occupation is none."""
        occupation = (
            (self.occupation_edition, self.occupation_code)
            if self.occupation_edition is not None and self.occupation_code is not None
            else None
        )
        return ListingHead(
            kind=self.kind,
            division_code=self.division_code,
            period=self.period,
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            occupation=occupation,
            skill_level=self.skill_level.value,
        )


class ListingIn(ListingHeadIn):
    """一份用人单位名单。每行与学员名册的写法相同."""

    lines: Annotated[list[RosterLineIn], Field(min_length=1, max_length=MAX_TRAINEES)]

    def entries(self) -> list[RosterEntry]:
        """The lines as the rules read them; a line is called by its position, from 1."""
        return [
            RosterEntry(
                line=position,
                name=line.name,
                identity_number=line.identity_number,
                document_kind=line.document_kind,
                key_group="、".join(line.key_groups),
                sex=line.sex,
                remark=line.remark,
            )
            for position, line in enumerate(self.lines, start=1)
        ]


class ReadListingIn(Input):
    """查阅名单的事由."""

    purpose: Purpose = Field(examples=["subsidy_review"])
    case_number: CaseNumber


class ReturnListingIn(Input):
    """退回的全部理由，一次告知."""

    reason: LongText = Field(
        examples=["第3行人员不在本单位参保；所属月份与工资发放记录不符，请核对后重新报送"]
    )


class RefusedLineOut(Output):
    """未通过的一行，一次列出全部原因."""

    sheet: str | None
    line: int
    reasons: list[ReasonOut]


class FiledListingOut(Output):
    """报送结果；没有一行可以报送时 listing_id 为空，什么都没有留存."""

    listing_id: UUID | None
    filed: int
    refused: list[RefusedLineOut]

    @classmethod
    def of(cls, filed: FiledListing, *, at_rest: bool = False) -> Self:
        """``at_rest`` as it is stored for repetitions: without what a reason says of a person."""
        hidden = {"message": _KEPT_BACK, "value": None} if at_rest else {}
        return cls(
            listing_id=filed.listing_id,
            filed=filed.filed,
            refused=[
                RefusedLineOut(
                    sheet=line.sheet,
                    line=line.line,
                    reasons=[
                        ReasonOut.model_validate({**reason_out(reason), **hidden}) for reason in line.reasons
                    ],
                )
                for line in filed.refused
            ],
        )


class ListingOut(Output):
    """一份名单的状态与核验件数."""

    listing_id: UUID
    institution_id: UUID
    institution_name: str
    kind: ListingKind
    kind_label: str
    state: ListingState
    state_label: str
    division_code: str
    period: str
    starts_on: date
    ends_on: date
    filed_at: datetime
    decided_at: datetime | None
    decision_reason: str | None
    lines: int
    matched: int
    not_matched: int
    unchecked: int

    @classmethod
    def of(cls, view: ListingView) -> Self:
        """Numbers only, no person."""
        row, counts, kind = view.listing, view.counts, ListingKind(view.listing.kind)
        return cls(
            listing_id=row.listing_id,
            institution_id=row.institution_id,
            institution_name=view.institution_name,
            kind=kind,
            kind_label=KIND_LABELS[kind],
            state=view.state,
            state_label=STATE_LABELS[view.state],
            division_code=row.division_code,
            period=row.period,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            filed_at=row.filed_at,
            decided_at=row.decided_at,
            decision_reason=row.decision_reason,
            lines=counts.lines,
            matched=counts.matched,
            not_matched=counts.not_matched,
            unchecked=counts.unchecked,
        )


class ListingPage(Output):
    """一页名单."""

    items: list[ListingOut]
    next_cursor: str | None


class ListedPersonOut(Output):
    """本单位名单的一行；核验结果只有：待核验、已核验、未通过核验."""

    person_ref: UUID
    masked_name: str = Field(examples=["张*"])
    masked_number: str
    key_group: str | None
    check: LineCheck
    record_number: str | None = Field(
        description="确认后生成的档案编号，申领时填写；未确认或未通过核验的为空",
        examples=["R110105-2026-00000001-5"],
    )

    @classmethod
    def of(cls, line: OwnLine) -> Self:
        """As its own employer sees it."""
        return cls(
            person_ref=line.person_id,
            masked_name=mask_name_public(line.name),
            masked_number=mask_number_own_institution(line.number),
            key_group=line.key_group_code,
            check=check_of(line.check_outcome),
            record_number=line.record_number,
        )


class ListedPersonPage(Output):
    """一页名单行."""

    items: list[ListedPersonOut]
    next_cursor: str | None


class ReadListingLineOut(Output):
    """经办人所见的一行，含完整核验结果."""

    name: str = Field(examples=["张三样"])
    masked_number: str
    key_group: str | None
    check_outcome: str | None = Field(examples=["matched"])

    @classmethod
    def of(cls, line: ReadLine) -> Self:
        """As the authority sees it."""
        return cls(
            name=line.name,
            masked_number=line.masked_number,
            key_group=line.key_group_code,
            check_outcome=line.check_outcome,
        )


class ReadListingOut(Output):
    """名单的全部行；每名人员都会看到这次查阅."""

    items: list[ReadListingLineOut]


class ConfirmedListingOut(Output):
    """确认的名单与由此形成的档案数."""

    listing_id: UUID
    records_appended: int


class ReturnedListingOut(Output):
    """退回的名单."""

    listing_id: UUID
    state: ListingState
