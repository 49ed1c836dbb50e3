"""Job: what is asked of other registries before we pay, confirmed when the money is ordered, and told when it ended.

A lost answer, a peer that is down or a worker that is killed only cost time: the question is the same question when
it is asked again, and no payment passes without the peer's stored confirmation.
"""

import structlog

from app.access.unit import Unit, system_unit
from app.archive.log.actions.notice_restoration import Sign, notice_restoration
from app.db.roles import DatabaseRole
from app.exchange.peers.actions.answer_attestation import REUSED
from app.exchange.peers.actions.ask_registries import ask_for_ordered
from app.exchange.peers.actions.follow_attestation import (
    DueStep,
    close_attestation,
    end_attestations,
    is_remembered,
    keep_answer,
    keep_confirmation,
    keep_told,
    lease_due,
    open_due,
    try_again,
)
from app.exchange.peers.actions.make_tokens import make_tokens, sweep_tokens
from app.exchange.peers.queries import Peer, live_peers
from app.exchange.peers.rules import is_about, name_token, number_token
from app.exchange.peers.states import PATHS, Holding, Question
from app.gateways.http import UpstreamFailed
from app.gateways.peer_registry import Heard
from app.kernel.clock import utc_now
from app.web.house import House
from app.web.signing_keys import refresh_signing_keys

log = structlog.get_logger(__name__)

_MARKS = ("answer_number", "answers_seen", "answers_seen_here")
_BATCH = 100
_TOKENS = 500


async def run_tokens(parts: House) -> int:
    """Tokens for every number that lacks one."""
    made = 0
    while True:
        async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
            batch = await make_tokens(unit, parts.keys, _TOKENS)
        made += batch
        if batch < _TOKENS:
            return made


async def run_token_sweep(parts: House) -> int:
    """Numbers that were registered while a peer was being confirmed."""
    async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
        return await sweep_tokens(unit)


async def run_attestations(parts: House) -> int:
    """Everything that can be said now; how many messages brought something on."""
    async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
        peers = await live_peers(unit, parts.keys)
        if not peers:
            return 0
        await end_attestations(unit, _BATCH)
    async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
        await ask_for_ordered(unit, _BATCH)
    moved = 0
    while True:
        async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
            leased = await lease_due(unit, _BATCH)
        if leased:
            await refresh_signing_keys(parts)
        for row in leased:
            async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
                due = await open_due(unit, parts.keys, row)
            moved += await _say(parts, peers.get(due.peer_id), due)
        if not leased:
            return moved


async def _say(parts: House, peer: Peer | None, due: DueStep) -> bool:
    """Send one message and keep what came of it; whether something did."""
    heard: Heard | None = None
    failure = "ended"
    if peer is not None:
        try:
            heard = await _sent(parts, peer, due)
        except UpstreamFailed as failed:
            failure = failed.code if failed.code == REUSED.code else failed.kind.value
    async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
        if heard is None:
            log.warning("peer gave no answer", attestation_id=str(due.attestation_id), failure=failure)
            if due.step is Question.ATTESTATION and failure == REUSED.code:
                # It knows this question for somebody else, or as ended: another is put under a name of its own.
                await close_attestation(unit, due, failure)
            else:
                await try_again(unit, due, failure)
            return False
        if not await is_remembered(unit, due, heard):
            log.critical("restored from an older backup", peer_id=str(due.peer_id))
            await try_again(unit, due, "restored")
            return False
        if due.step is Question.ATTESTATION:
            await keep_answer(unit, due, heard)
        elif due.step is Question.CONFIRMATION:
            if heard.claims["outcome"] == Holding.CONFIRMED:
                await keep_confirmation(unit, due, heard)
            else:
                await _not_confirmed(unit, due, Holding(heard.claims["outcome"]))
        elif heard.claims["outcome"] == Holding.CONFIRMED:
            # Not released: to it we seemed to have forgotten something.
            await try_again(unit, due, "not_released")
            return False
        else:
            await keep_told(unit, due, str(heard.claims["outcome"]))
    return True


async def _not_confirmed(unit: Unit, due: DueStep, outcome: Holding) -> None:
    if outcome is Holding.SETTLED:
        # We have told it so ourselves, and no longer know of it.
        log.critical("paid before we were restored", attestation_id=str(due.attestation_id))
        await notice_restoration(unit, Sign.PEER, {"attestation_id": str(due.attestation_id)})
    elif due.confirmation is not None:
        log.error("a confirmed hold is gone", attestation_id=str(due.attestation_id), outcome=outcome.value)
    await close_attestation(unit, due, outcome.value)


async def _sent(parts: House, peer: Peer, due: DueStep) -> Heard:
    read = peer.reader(parts.settings.issuer)
    now = utc_now()
    tokens = [number_token(peer.secret, number).hex() for number in due.numbers]

    def fitting(statement: str) -> dict[str, object] | None:
        claims = read(statement)
        if claims is None or claims.get("attestation_id") != str(due.attestation_id):
            return None
        if claims.get("about") != due.step.value or not all(
            isinstance(claims.get(each), int) for each in _MARKS
        ):
            return None
        if due.step is Question.ATTESTATION and not is_about(claims, tokens, due.key):
            return None
        return dict(claims)

    return await parts.peers.ask(
        peer.line,
        PATHS[due.step],
        _document(peer, due),
        sign=lambda octets: parts.tokens.sign_octets(octets, now=now),
        key_id=parts.tokens.signing_key_id(now),
        read=fitting,
    )


def _document(peer: Peer, due: DueStep) -> dict[str, object]:
    said: dict[str, object] = {
        "attestation_id": str(due.attestation_id),
        "case_number": due.claim_number,
        "answers_seen": due.answers_seen,
    }
    if due.step is Question.ATTESTATION:
        key = due.key
        return {
            **said,
            "number_tokens": [number_token(peer.secret, number).hex() for number in due.numbers],
            "name_tokens": []
            if due.name is None
            else [name_token(peer.secret, number, due.name).hex() for number in due.numbers],
            "key_group": key.key_group,
            "benefit_line": key.benefit_line,
            "skill_level": key.skill_level,
            "period": key.period,
            "filed_at": due.filed_at.isoformat(),
        }
    if due.step is Question.RELEASE:
        evidence = None if due.instruction_id is None else str(due.instruction_id)
        return {**said, "reason": due.reason, "evidence": evidence}
    return {**said, "statement": due.statement}
