"""What registries ask and tell each other; values are what tables, statements and the contract use."""

from collections.abc import Mapping
from enum import StrEnum

STATEMENT_TYPE = "registry-answer+jws"
"""``typ`` of every answer to a peer (RFC 8725 §3.11); ``about`` says to which question."""


class Question(StrEnum):
    """Kinds of questions (``peer_question.kind``)."""

    ATTESTATION = "attestation"
    CONFIRMATION = "confirmation"
    RELEASE = "release"
    SETTLEMENT = "settlement"
    RECORDS = "records"
    CERTIFICATE = "certificate"
    CONTRIBUTION_MONTHS = "contribution_months"


PATHS: Mapping[Question, str] = {
    Question.ATTESTATION: "/v1/peer/attestations",
    Question.CONFIRMATION: "/v1/peer/attestations:confirm",
    Question.RELEASE: "/v1/peer/attestations:release",
    Question.SETTLEMENT: "/v1/peer/attestations:settle",
    Question.RECORDS: "/v1/peer/records:lookup",
    Question.CERTIFICATE: "/v1/peer/certificates:lookup",
    Question.CONTRIBUTION_MONTHS: "/v1/peer/contribution-months:lookup",
}


class Attesting(StrEnum):
    """What is answered to "has this person claimed this here?"; only the first opens a way to payment."""

    NOT_CLAIMED = "not_claimed"
    CLAIMED = "claimed"
    PENDING_THERE = "pending_there"
    HELD_FOR_OTHER = "held_for_other"
    CONFIRMED_BEFORE = "confirmed_before"


class Holding(StrEnum):
    """What became of a hold when its asker confirmed, released or settled it."""

    CONFIRMED = "confirmed"
    EXPIRED = "expired"
    RELEASED = "released"
    SETTLED = "settled"
    CLAIMED = "claimed"
    CONTRADICTS = "contradicts"
    NOT_CONFIRMED = "not_confirmed"
    UNKNOWN = "unknown"


class EndReason(StrEnum):
    """Why the asking side tells of an end (``attestation_end.reason``)."""

    BANK_REJECTED = "bank_rejected"
    WITHDRAWN = "withdrawn"
    SETTLED = "settled"


class KeyGroup(StrEnum):
    """What is once only together (``benefit_kind.key_group``): the same word in every registry of this product."""

    TRAINING_OR_UPGRADE = "training_or_upgrade"
    LIVING_ALLOWANCE = "living_allowance"
    APPRENTICESHIP = "apprenticeship"
    WORK_BASED = "work_based"
    RETENTION = "retention"


class PeerState(StrEnum):
    """Where a peer, a key or a rule of the list stands; derived from its columns."""

    PROPOSED = "proposed"
    IN_FORCE = "in_force"
    ENDED = "ended"


PEER_STATE_LABELS: Mapping[PeerState, str] = {
    PeerState.PROPOSED: "待确认",
    PeerState.IN_FORCE: "使用中",
    PeerState.ENDED: "已停用",
}

ATTESTING_LABELS: Mapping[Attesting, str] = {
    Attesting.NOT_CLAIMED: "未申领，已为本次申领保留",
    Attesting.CLAIMED: "已在当地享受或正在发放",
    Attesting.PENDING_THERE: "当地先有申领，正在办理",
    Attesting.HELD_FOR_OTHER: "当地已为另一登记机构保留",
    Attesting.CONFIRMED_BEFORE: "当地早先已向本登记机构确认过一次",
}


class ContradictionFinding(StrEnum):
    """What became of a benefit that was paid here and, as a peer says, there too (``peer_hold.finding``)."""

    RECOVERED_HERE = "recovered_here"
    RECOVERED_THERE = "recovered_there"
    NOT_DOUBLE = "not_double"


FINDING_LABELS: Mapping[ContradictionFinding, str] = {
    ContradictionFinding.RECOVERED_HERE: "在本地追回",
    ContradictionFinding.RECOVERED_THERE: "由对方追回",
    ContradictionFinding.NOT_DOUBLE: "查明不是重复享受",
}
