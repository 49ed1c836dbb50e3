"""Job: deliver announcements (outbox messages), in order and at least once.

A message is marked only after it was delivered, so a crash between the two delivers it again: ``message_id`` tells.
"""

import secrets
from typing import Any

import httpx
import orjson
import structlog
from sqlalchemy import Row, text

from app.access.unit import system_unit
from app.db.roles import DatabaseRole
from app.gateways.http import Call, Pace, ResilientClient, UpstreamFailed
from app.gateways.message_signatures import SharedKey, sign_request
from app.kernel.clock import utc_now
from app.web.house import House

log = structlog.get_logger(__name__)

_BATCH = 100
_DUE = text("""
    SELECT message_id, at, topic, payload FROM outbox_message WHERE delivered_at IS NULL
    ORDER BY message_id LIMIT :limit
""")
_MARK = text("""
    UPDATE outbox_message SET delivered_at = registry_now()
    WHERE message_id = ANY(:message_ids) AND delivered_at IS NULL
""")


async def run_outbox(parts: House) -> int:
    """Deliver everything that waits, until the subscriber fails; returns how many were delivered."""
    delivered = 0
    while True:
        async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
            due = (await unit.session.execute(_DUE, {"limit": _BATCH})).all()
        sent = await _deliver(parts, due)
        if sent:
            async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
                await unit.session.execute(_MARK, {"message_ids": [row.message_id for row in sent]})
        delivered += len(sent)
        if len(sent) < _BATCH:
            return delivered


async def _deliver(parts: House, due: Any) -> list[Row[Any]]:
    """The messages that arrived: all, or those before the first failure, so that order is kept."""
    url = parts.settings.outbox_subscriber_url
    if url is None:
        for row in due:
            log.info("announcement", message_id=str(row.message_id), topic=row.topic, payload=row.payload)
        return list(due)
    sent: list[Row[Any]] = []
    client = ResilientClient(
        system="outbox_subscriber", base_url=str(url), pace=Pace(attempts=1, attempt_seconds=5.0)
    )
    try:
        for row in due:
            await client.send(_call(parts, row), lambda answer: answer.body)
            sent.append(row)
    except UpstreamFailed as failure:
        log.warning("announcement not delivered", kind=failure.kind.value, waiting=len(due) - len(sent))
    finally:
        await client.aclose()
    return sent


def _call(parts: House, row: Row[Any]) -> Call:
    message = {
        "message_id": str(row.message_id),
        "at": row.at.isoformat(),
        "topic": row.topic,
        "payload": row.payload,
    }
    secret = parts.settings.outbox_subscriber_secret

    def sign(request: httpx.Request) -> None:
        if secret is not None:
            key = SharedKey(key_id="registry", secret=secret.get_secret_value().encode())
            sign_request(request, key, created=int(utc_now().timestamp()), nonce=secrets.token_hex(16))

    return Call(
        operation="announce",
        method="POST",
        path="",
        is_idempotent=True,
        body=orjson.dumps(message),
        headers={"Content-Type": "application/json"},
        prepare=sign,
    )
