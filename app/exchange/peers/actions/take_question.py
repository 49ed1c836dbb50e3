"""Who asks: a question is a peer's when a confirmed key of it signed exactly this, once, within its budget.

The count and the nonce are committed before anything is looked up, so that a question that is refused counts, too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import httpx
import structlog
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.access.actor import Actor, PrincipalKind
from app.access.unit import Unit
from app.db.crypto import KeyRing
from app.exchange.peers.queries import Peer, peer_of_key
from app.exchange.peers.states import Question
from app.gateways.message_signatures import SignatureInvalid
from app.gateways.peer_signatures import read_signature, verify_question
from app.kernel.errors import Reason, TooMany, Unauthenticated, UpstreamUnavailable

log = structlog.get_logger(__name__)

_NONCE = text("INSERT INTO peer_nonce (peer_id, nonce) VALUES (:peer_id, :nonce)")
_COUNT = text("SELECT count_peer_question(:peer_id, :kind, :case_number, :key_id, :request)")
_MEET = text("SELECT meet_question(:peer_id, :given)")
_NUMBER = text("SELECT answered, seen_there, seen FROM number_answer(:peer_id)")
_FRESH_AFTER_S = 3_600.0


@dataclass(frozen=True, slots=True)
class Taken:
    """A question that counts, whose it is, and the nonce its answer repeats."""

    peer: Peer
    question_id: UUID
    nonce: str
    request_id: str | None
    case_number: str
    is_behind: bool = False
    """The asker had seen more of our answers before than it says now: it was restored, or is not in order."""

    @property
    def actor(self) -> Actor:
        """The peer as who looks at a person here."""
        return Actor(
            principal_id=self.peer.principal_id,
            kind=PrincipalKind.PEER_REGION,
            display_name=self.peer.name,
            agency_id=self.peer.agency_id,
            agency_name=self.peer.name,
            request_id=self.request_id,
        )


async def take_question(
    unit: Unit,
    keys: KeyRing,
    kind: Question,
    *,
    target: httpx.URL,
    headers: Mapping[str, str],
    body: bytes,
    now: float,
    case_number: str,
    request_id: str | None,
    answers_seen: int | None = None,
) -> Taken:
    """The question, counted; ``now`` in Unix seconds. Raises Unauthenticated or TooMany."""
    try:
        signed = read_signature(headers)
    except SignatureInvalid:
        raise _not_signed() from None
    peer = await peer_of_key(unit, keys, signed.key_id)
    if peer is None:
        raise _not_signed()
    try:
        verify_question(signed, target=target, headers=headers, body=body, jwk=peer.jwks[0], now=now)
    except SignatureInvalid:
        raise _not_signed() from None
    try:
        async with unit.session.begin_nested():
            await unit.session.execute(_NONCE, {"peer_id": peer.peer_id, "nonce": signed.nonce})
            question_id = await unit.session.scalar(
                _COUNT,
                {
                    "peer_id": peer.peer_id,
                    "kind": kind.value,
                    "case_number": case_number,
                    "key_id": signed.key_id,
                    "request": request_id,
                },
            )
    except IntegrityError as refusal:
        if "peer_budget_within" in str(refusal.orig):
            raise TooMany(
                [
                    Reason(
                        code="peer_budget_spent",
                        message="本小时的查询次数已用完",
                        remedy="请在下一小时再查询；需要更多的，请双方商定后由两名安全管理员调整",
                    )
                ],
                retry_after_seconds=int(_FRESH_AFTER_S),
            ) from None
        raise _not_signed() from None
    if question_id is None:
        raise _not_signed()
    met = "even"
    if answers_seen is not None:
        met = await unit.session.scalar(_MEET, {"peer_id": peer.peer_id, "given": answers_seen})
    if met == "restored":
        log.critical("restored from an older backup", peer_id=str(peer.peer_id))
    return Taken(peer, question_id, signed.nonce, request_id, case_number, met == "asker_behind")


async def answer_marks(unit: Unit, taken: Taken) -> dict[str, int]:
    """The number of this answer, how many of ours the peer has said to have, and how many of its own we have.

    Committed with what is answered: whoever later remembers less than the other has seen was restored.
    """
    marks = (await unit.session.execute(_NUMBER, {"peer_id": taken.peer.peer_id})).one()
    return {
        "answer_number": marks.answered,
        "answers_seen": marks.seen_there,
        "answers_seen_here": marks.seen,
    }


def payments_closed() -> UpstreamUnavailable:
    """What a registry says that may have forgotten payments: neither yes nor no."""
    return UpstreamUnavailable(
        [
            Reason(
                code="payments_closed",
                message="本登记机构的数据库疑似由较早的备份恢复，核对之前不作未申领证明、不作确认",
                remedy="请稍后以同一标识重新查询",
            )
        ]
    )


def _not_signed() -> Unauthenticated:
    return Unauthenticated(
        [
            Reason(
                code="peer_signature_invalid",
                message="签名缺失、不符、超过300秒、已经用过，或者不是已确认的公钥",
                remedy="请按接口约定（openapi/upstream/peer-registry.yaml）以登记过的公钥重新签名",
            )
        ],
        title="不是已登记的外省登记机构",
    )
