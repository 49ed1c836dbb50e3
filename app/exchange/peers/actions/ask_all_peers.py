"""Asks every peer at once about one person; whoever is silent is named, and the answer as a whole is partial."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from app.access.tokens import TokenRing
from app.access.unit import Unit
from app.audit.events import record_event
from app.db.crypto import KeyRing
from app.exchange.peers.queries import Peer, live_peers
from app.exchange.peers.states import PATHS, Question
from app.gateways.http import UpstreamFailed
from app.gateways.peer_registry import Heard, PeerRegistries
from app.kernel.clock import utc_now


@dataclass(frozen=True, slots=True)
class Said:
    """Who said what, and the names of those who said nothing trustworthy."""

    heard: list[tuple[str, Heard]]
    silent: list[str]

    @property
    def is_nobody(self) -> bool:
        """Somebody answered, and nobody knows the person under that name."""
        return bool(self.heard) and all(
            heard.claims.get("is_found") is False or heard.claims.get("outcome") == "person_unknown"
            for _, heard in self.heard
        )


async def ask_all_peers(
    unit: Unit,
    keys: KeyRing,
    tokens: TokenRing,
    lines: PeerRegistries,
    about: Question,
    document: Mapping[str, object],
    *,
    issuer: str,
    officer: Unit,
) -> Said:
    """Each peer's answer. ``unit`` reads the peers; ``officer`` is the transaction of whoever asks."""
    peers = list((await live_peers(unit, keys)).values())
    now = utc_now()

    async def ask(peer: Peer) -> Heard | None:
        try:
            return await lines.ask(
                peer.line,
                PATHS[about],
                document,
                sign=lambda octets: tokens.sign_octets(octets, now=now),
                key_id=tokens.signing_key_id(now),
                read=peer.reader(issuer),
            )
        except UpstreamFailed:
            return None

    told = await asyncio.gather(*(ask(peer) for peer in peers))
    said = Said(
        heard=[(peer.name, heard) for peer, heard in zip(peers, told, strict=True) if heard is not None],
        silent=[peer.name for peer, heard in zip(peers, told, strict=True) if heard is None],
    )
    await record_event(
        officer,
        "peer:asked",
        subject_kind="case",
        subject_id=str(document["case_number"]),
        details={"about": about.value, "answered": len(said.heard), "silent": len(said.silent)},
    )
    return said
