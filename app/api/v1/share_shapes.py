"""Wire shapes of shares and of entries as strangers see them."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from app.archive.records.states import ENTRY_STATE_LABELS, EntryKind, EntryState
from app.exchange.codes.rules import TYPED_LENGTH_MAX
from app.exchange.shares.actions.open_share import OpenedShare
from app.exchange.shares.queries import OwnShare
from app.exchange.shares.rules import DAYS_DEFAULT, ENTRIES_MAX, ShownEntry
from app.exchange.shares.states import STATE_LABELS, NameShown, ShareField, ShareScope, ShareState
from app.web.wire import Input, Moment, Output, ShortLine

RecordNumber = Annotated[
    str, Field(pattern=r"^R[0-9]{6}-[0-9]{4}-[0-9]{8}-[0-9X]$", examples=["R110105-2026-00000001-5"])
]
Code = Annotated[str, Field(min_length=1, max_length=TYPED_LENGTH_MAX)]


class ShareIn(Input):
    """要分享什么、给看多久."""

    scope: ShareScope = Field(description="record 为全部档案（以查看之时为准），entries 为选定的条目")
    record_numbers: list[RecordNumber] = Field(
        default=[], max_length=ENTRIES_MAX, description="scope 为 entries 时选定的档案编号"
    )
    fields: list[ShareField] = Field(
        min_length=1,
        max_length=len(ShareField),
        description="除编号、种类、状态外还显示哪些内容",
        examples=[["period", "program", "occupation", "institution"]],
    )
    name_shown: NameShown = Field(default=NameShown.MASKED, description="姓名显示全名还是遮盖")
    valid_days: Annotated[int, Field(ge=1, le=366, description="有效天数", examples=[7])] = DAYS_DEFAULT
    looks_max: Annotated[int, Field(ge=1, le=10_000)] | None = Field(
        default=None, description="最多查看次数；留空按上限", examples=[10]
    )
    label: ShortLine | None = Field(
        default=None, description="自己的备注，只有本人看得到", examples=["给应聘单位"]
    )

    @model_validator(mode="after")
    def _chosen_by_scope(self) -> Self:
        if self.scope is ShareScope.RECORD and self.record_numbers:
            raise ValueError("分享全部档案时不要再选条目；只想分享几条的，请选“只分享几条”")
        return self


class ShareCreatedOut(Output):
    """新的分享。链接只显示这一次，系统不保存；重发同一请求时这三项为空."""

    share_id: UUID
    code: str | None = Field(description="链接中 # 之后的部分", examples=["7K2M9QX4T0B6ZC8V1N5RDH3WEP"])
    link: str | None = Field(examples=["https://registry.example.cn/share#7K2M9QX4T0B6ZC8V1N5RDH3WEP"])
    qr_svg: str | None = Field(description="链接的二维码（SVG）")
    expires_at: datetime
    looks_max: int = Field(examples=[10])


class ShareOut(Output):
    """本人的一份分享."""

    share_id: UUID
    label: str | None = Field(examples=["给应聘单位"])
    scope: ShareScope
    record_numbers: list[str] = Field(examples=[["R110105-2026-00000001-5"]])
    fields: list[ShareField]
    name_shown: NameShown
    created_at: datetime
    expires_at: datetime
    looks: int = Field(description="已查看次数", examples=[2])
    looks_max: int = Field(examples=[10])
    revoked_at: datetime | None
    state: ShareState
    state_label: str = Field(examples=["可查看"])

    @classmethod
    def of(cls, share: OwnShare) -> Self:
        """As the person sees it."""
        return cls(
            share_id=share.share_id,
            label=share.label,
            scope=share.scope,
            record_numbers=list(share.record_numbers),
            fields=list(share.fields),
            name_shown=share.name_shown,
            created_at=share.created_at,
            expires_at=share.expires_at,
            looks=share.looks,
            looks_max=share.looks_max,
            revoked_at=share.revoked_at,
            state=share.state,
            state_label=STATE_LABELS[share.state],
        )


class SharesOut(Output):
    """本人的分享，最近的在前."""

    items: list[ShareOut]
    next_cursor: str | None


class ShareRevokedOut(Output):
    """已收回."""

    share_id: UUID


class ShareLookOut(Output):
    """分享被打开一次."""

    nth: int = Field(description="第几次", examples=[1])
    at: datetime
    source_region: str = Field(description="网络地址的前半部分", examples=["203.0.*.*"])
    source_no: int = Field(description="同一来源的序号相同", examples=[1])


class ShareLooksOut(Output):
    """分享被打开的记录，最近的在前."""

    items: list[ShareLookOut]


class ShareOpenIn(Input):
    """链接中 # 之后的部分."""

    code: Code = Field(examples=["7K2M9QX4T0B6ZC8V1N5RDH3WEP"])


class ShownEntryOut(Output):
    """一条档案的当前情况；没有选定显示的内容为空."""

    record_number: str = Field(examples=["R110105-2026-00000001-5"])
    kind: EntryKind
    kind_label: str = Field(examples=["培训结业"])
    state: EntryState
    state_label: str = Field(examples=["有效"])
    superseded_by: str | None = Field(description="已更正的，更正后的档案编号")
    revoked_at: Moment | None
    title: str | None = Field(description="培训项目或证书种类", examples=["养老护理员初级技能培训"])
    occupation_code: str | None = Field(examples=["4-10-01-05"])
    occupation: str | None = Field(examples=["养老护理员"])
    level: str | None = Field(examples=["五级/初级工"])
    institution: str | None = Field(examples=["示例职业培训学校"])
    starts_on: date | None
    ends_on: date | None
    valid_until: date | None
    period: str | None
    attended_days: int | None
    planned_minutes: int | None
    credited_minutes: int | None
    outcome: str | None
    score_hundredths: int | None = Field(description="考核成绩，百分之一分", examples=[8650])
    certificate_number: str | None

    @classmethod
    def of(cls, entry: ShownEntry) -> Self:
        """As it leaves."""
        told = {name: getattr(entry, name) for name in cls.model_fields if name != "state_label"}
        return cls(**told, state_label=ENTRY_STATE_LABELS[entry.state])


class OpenedShareOut(Output):
    """本人分享给您的内容，以查看之时为准；这一次查看本人看得到."""

    name: str | None = Field(examples=["张*"])
    name_shown: NameShown
    fields: list[ShareField]
    entries: list[ShownEntryOut]
    shown_at: datetime
    expires_at: datetime
    looks: int = Field(description="第几次查看", examples=[1])
    looks_max: int = Field(examples=[10])

    @classmethod
    def of(cls, opened: OpenedShare, shown_at: datetime) -> Self:
        """As it leaves."""
        return cls(
            name=opened.name,
            name_shown=opened.name_shown,
            fields=list(opened.fields),
            entries=[ShownEntryOut.of(entry) for entry in opened.entries],
            shown_at=shown_at,
            expires_at=opened.expires_at,
            looks=opened.looks,
            looks_max=opened.looks_max,
        )
