"""Pure rules of shares: what may be shared and for how long, what an entry says, and what is answered otherwise.

USI of Australia grants a time-limited view of a transcript the same way (mission §2.3); no text of ours says for how
long and how often, so both bounds are policy values marked unsourced.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Self

from app.archive.certificates.states import KIND_LABELS as CERTIFICATE_LABELS
from app.archive.certificates.states import CertificateKind
from app.archive.records.states import ENTRY_KIND_LABELS, EntryKind, EntryState
from app.exchange.shares.states import Opening, ShareScope, ShareState
from app.kernel.errors import UNSOURCED, Reason
from app.policy.values import value_of
from app.reference.skill_levels import SkillLevel, facts_of

DAYS_DEFAULT = 7
ENTRIES_MAX = 200
SHARES_OPEN_MAX = 50
"""Open at the same time, of one person; ours. More than that nobody keeps an eye on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants to share. ``unknown`` are numbers of entries that are not the person's own."""

    scope: ShareScope
    valid_days: int
    looks_max: int | None
    entries: int
    unknown: tuple[str, ...]
    open_shares: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The bounds that hold on a day."""

    days_max: int
    looks_max: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownEntry:
    """An entry as it leaves for somebody outside. What was not chosen is None, like what is not known."""

    record_number: str
    kind: EntryKind
    state: EntryState
    superseded_by: str | None
    appended_at: datetime
    revoked_at: datetime | None
    title: str | None = None
    occupation_code: str | None = None
    occupation: str | None = None
    level: str | None = None
    institution: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    valid_until: date | None = None
    period: str | None = None
    attended_days: int | None = None
    planned_minutes: int | None = None
    credited_minutes: int | None = None
    outcome: str | None = None
    score_hundredths: int | None = None
    certificate_number: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, stored: Mapping[str, Any], certificate_number: str | None = None) -> Self:
        """An entry as ``shown_entries`` answers it; the number was opened by whoever holds the keys."""
        kind = stored.get("certificate_kind")
        level = stored.get("skill_level")
        return cls(
            record_number=stored["record_number"],
            kind=EntryKind(stored["kind"]),
            state=_state(stored),
            superseded_by=stored["superseded_by"],
            appended_at=datetime.fromisoformat(stored["appended_at"]),
            revoked_at=None if stored["revoked_at"] is None else datetime.fromisoformat(stored["revoked_at"]),
            title=stored.get("program_name")
            or (None if kind is None else CERTIFICATE_LABELS[CertificateKind(kind)]),
            occupation_code=stored.get("occupation_code"),
            occupation=stored.get("occupation_name"),
            level=None if level in {None, SkillLevel.NONE} else facts_of(SkillLevel(level)).name,
            institution=stored.get("institution_name"),
            starts_on=_day(stored.get("starts_on")),
            ends_on=_day(stored.get("ends_on")),
            valid_until=_day(stored.get("valid_until")),
            period=stored.get("period"),
            attended_days=stored.get("attended_days"),
            planned_minutes=stored.get("planned_minutes"),
            credited_minutes=stored.get("credited_minutes"),
            outcome=stored.get("outcome"),
            score_hundredths=stored.get("score_hundredths"),
            certificate_number=certificate_number,
        )

    @property
    def kind_label(self) -> str:
        """The kind in words."""
        return ENTRY_KIND_LABELS[self.kind]


def terms_on(day: date) -> Terms:
    """Raises ``PolicyUndefined`` when no bounds hold on ``day``."""
    return Terms(
        days_max=value_of("share_days_max", on=day).number,
        looks_max=value_of("share_looks_max", on=day).number,
    )


def reasons_against_sharing(wish: Wish, terms: Terms) -> tuple[Reason, ...]:
    """Every reason why this cannot be shared so."""
    reasons = []
    if wish.valid_days > terms.days_max:
        reasons.append(
            _reason(
                "share_too_long",
                "valid_days",
                f"分享最长{terms.days_max}天，填写的是{wish.valid_days}天",
                f"请改为{terms.days_max}天以内；到期后可以重新分享",
            )
        )
    if wish.looks_max is not None and wish.looks_max > terms.looks_max:
        reasons.append(
            _reason(
                "share_looks_too_many",
                "looks_max",
                f"一份分享最多可查看{terms.looks_max}次，填写的是{wish.looks_max}次",
                f"请改为{terms.looks_max}次以内，或者留空",
            )
        )
    if wish.scope is ShareScope.ENTRIES and not wish.entries and not wish.unknown:
        reasons.append(
            _reason(
                "share_empty", "record_numbers", "没有选择要分享的档案", "请至少选择一条，或者分享全部档案"
            )
        )
    reasons.extend(
        _reason(
            "share_entry_unknown",
            "record_numbers",
            f"您的档案中没有编号为{number}的条目",
            "请从“我的培训档案”中选择",
            value=number,
        )
        for number in wish.unknown
    )
    if wish.open_shares >= SHARES_OPEN_MAX:
        reasons.append(
            _reason(
                "shares_too_many",
                None,
                f"您已有{wish.open_shares}份有效的分享，最多{SHARES_OPEN_MAX}份",
                "请先收回不再需要的分享",
            )
        )
    return tuple(reasons)


def state_of(
    *, revoked_at: datetime | None, looks: int, looks_max: int, expires_at: datetime, now: datetime
) -> ShareState:
    """What a share is, in the order the door asks."""
    if revoked_at is not None:
        return ShareState.REVOKED
    if now >= expires_at:
        return ShareState.EXPIRED
    return ShareState.USED_UP if looks >= looks_max else ShareState.OPEN


CLOSED: Mapping[Opening, Reason] = {
    Opening.REVOKED: Reason(
        code="share_revoked", message="本人已收回这份分享", remedy="如仍需查看，请向本人索取新的链接"
    ),
    Opening.EXPIRED: Reason(
        code="share_expired", message="这份分享已到期", remedy="如仍需查看，请向本人索取新的链接"
    ),
    Opening.USED_UP: Reason(
        code="share_used_up", message="这份分享的查看次数已用完", remedy="如仍需查看，请向本人索取新的链接"
    ),
}
CODE_UNKNOWN = Reason(
    code="share_code_unknown",
    field="code",
    message="没有这份分享，或者链接不完整",
    remedy="请完整复制本人给您的链接（包括 # 后面的部分），或者重新扫描二维码",
)


def counted(entries: Sequence[ShownEntry]) -> dict[EntryState, int]:
    """How many of each state."""
    return {state: sum(entry.state is state for entry in entries) for state in EntryState}


def _state(stored: Mapping[str, Any]) -> EntryState:
    if stored["revoked_at"] is not None:
        return EntryState.REVOKED
    return EntryState.IN_FORCE if stored["superseded_by"] is None else EntryState.SUPERSEDED


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _reason(code: str, field: str | None, message: str, remedy: str, value: str | None = None) -> Reason:
    return Reason(code=code, field=field, value=value, message=message, remedy=remedy, citation=UNSOURCED)
