"""Take in a notice that the assessment network has pushed: once, whoever sends it how often."""

import structlog

from app.access.unit import Unit
from app.archive.certificates.actions.apply_changes import apply_changes
from app.archive.certificates.states import AnswerChannel
from app.db.crypto import KeyRing
from app.gateways.assessment_facts import ChangeNotice

log = structlog.get_logger(__name__)

NOTICE_PURPOSE = "network_notice"

_TAKE = """
INSERT INTO network_notice (event_id, content_digest) VALUES ($1, $2) ON CONFLICT (event_id) DO NOTHING
"""
_TAKEN = "SELECT content_digest FROM network_notice WHERE event_id = $1"


async def take_notice(unit: Unit, keys: KeyRing, notice: ChangeNotice, body: bytes) -> bool:
    """Whether the notice was new. A second one with its ``event_id`` has no effect, whatever it says: the contract
    calls that impossible, and the feed of changes brings the truth in any case. The feed's cursor stays where it is.
    """
    driver = await unit.driver()
    # Keyed: the body holds an identity number, of which a plain digest would tell.
    digest = keys.digest(body.hex(), purpose=NOTICE_PURPOSE)
    taken: str = await driver.execute(_TAKE, notice.event_id, digest)
    if not taken.endswith(" 1"):
        if await driver.fetchval(_TAKEN, notice.event_id) != digest:
            log.warning("network notice told twice, differently", event_id=notice.event_id)
        return False
    applied = await apply_changes(
        unit, keys, notice.items, channel=AnswerChannel.PUSH, told_at=notice.sent_at
    )
    log.info(
        "network notice",
        changes=len(notice.items),
        concerned=applied.concerned,
        stored=applied.stored.new,
        linked=applied.linked,
    )
    return True
