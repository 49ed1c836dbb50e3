"""Kinds and outcomes that person tables store as text."""

from collections.abc import Mapping
from enum import StrEnum

from app.kernel.identifiers import IdentityNumberKind


class IdentifierKind(StrEnum):
    """What ``person_identifier.kind`` and ``roster_line.document_kind`` hold."""

    CITIZEN = "citizen"
    RESIDENCE_PERMIT = "residence_permit"
    PERMANENT_RESIDENCE_2017 = "permanent_residence_2017"
    PERMANENT_RESIDENCE_2023 = "permanent_residence_2023"

    @property
    def label(self) -> str:
        """Its name in Chinese, as forms call the document."""
        return _LABELS[self]


_LABELS = {
    IdentifierKind.CITIZEN: "居民身份证",
    IdentifierKind.RESIDENCE_PERMIT: "港澳台居民居住证",
    IdentifierKind.PERMANENT_RESIDENCE_2017: "外国人永久居留身份证（2017版）",
    IdentifierKind.PERMANENT_RESIDENCE_2023: "外国人永久居留身份证（2023版）",
}
_STORED = {
    IdentityNumberKind.CITIZEN: IdentifierKind.CITIZEN,
    IdentityNumberKind.HONG_KONG_MACAO_TAIWAN_RESIDENCE: IdentifierKind.RESIDENCE_PERMIT,
    IdentityNumberKind.PERMANENT_RESIDENCE_2017: IdentifierKind.PERMANENT_RESIDENCE_2017,
    IdentityNumberKind.PERMANENT_RESIDENCE_2023: IdentifierKind.PERMANENT_RESIDENCE_2023,
}


def stored_kind(kind: IdentityNumberKind) -> IdentifierKind:
    """The stored kind of a checked number."""
    return _STORED[kind]


class EndKind(StrEnum):
    """Why a number is no longer a person's (``person_identifier.end_kind``)."""

    REPLACED = "replaced"
    """It was theirs and another took its place (15 to 18 digits, 2017 to 2023): it still finds the person."""
    NOT_THEIRS = "not_theirs"
    """Recorded by mistake, or shared and now the other person's: it is free for whom it belongs to."""


class MergeState(StrEnum):
    """How far a merge of two persons (合并) has come; derived from the dates that are set."""

    PROPOSED = "proposed"
    REFUSED = "refused"
    MERGED = "merged"
    END_PROPOSED = "end_proposed"
    ENDED = "ended"


class CollisionKind(StrEnum):
    """What cannot be true of one person: a case for whoever reviews the records."""

    COMPLETION = "completion"
    """Both completed the same class."""
    PRESENCE = "presence"
    """Both were confirmed at sessions at the same time."""


MERGE_LABELS: Mapping[MergeState, str] = {
    MergeState.PROPOSED: "待复核",
    MergeState.REFUSED: "已驳回",
    MergeState.MERGED: "已合并",
    MergeState.END_PROPOSED: "待确认解除",
    MergeState.ENDED: "已解除",
}
END_LABELS: Mapping[EndKind | None, str] = {
    None: "使用中",
    EndKind.REPLACED: "已换号，仍能查到本人",
    EndKind.NOT_THEIRS: "不是本人的，已停用",
}
IMPOSSIBLE_LABELS: Mapping[CollisionKind, str] = {
    CollisionKind.COMPLETION: "两个编号都在同一班次结业",
    CollisionKind.PRESENCE: "两个编号在同一时间都有到课记录",
}
