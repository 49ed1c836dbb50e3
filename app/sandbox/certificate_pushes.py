"""Pushes of the network: each change is sent to the target until it is taken, sometimes more than once."""

import asyncio
import json
import secrets
import time
import uuid
from datetime import UTC, datetime
from typing import Annotated

import httpx
from pydantic import BaseModel, ConfigDict, Field

from app.sandbox.behavior import NetworkBehavior, Stand, Wrong
from app.sandbox.certificate_register import ChangeRecord, change_wire
from app.sandbox.message_signatures import push_headers

_ATTEMPTS = 6
_SECONDS = 5.0


class PushTarget(BaseModel):
    """Where to push, and how long to wait before the first repetition (doubled with each)."""

    model_config = ConfigDict(extra="forbid")

    url: Annotated[str, Field(pattern=r"^https?://", max_length=500)] | None
    retry_seconds: Annotated[float, Field(ge=0, le=60)] = 0.5


class Pusher:
    """Sends change notices, one change each; counts go to the network's stand."""

    def __init__(self, stand: Stand, *, key_id: str, secret: bytes) -> None:
        self.target = PushTarget(url=None)
        self._stand = stand
        self._key_id = key_id
        self._secret = secret
        self._tasks: set[asyncio.Task[None]] = set()

    def announce(self, record: ChangeRecord) -> None:
        """Begin to push ``record`` to the target, if there is one."""
        if self.target.url is None:
            return
        task = asyncio.get_running_loop().create_task(self._deliver(record, self.target.url))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, record: ChangeRecord, url: str) -> None:
        notice: dict[str, object] = {
            "event_id": str(uuid.uuid4()),
            "sent_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "items": [change_wire(record)],
        }
        wait = self.target.retry_seconds
        async with httpx.AsyncClient(timeout=_SECONDS, trust_env=False) as client:
            for _ in range(_ATTEMPTS):
                rest = await self._post(client, url, notice)
                if rest is None:
                    self._stand.counts["pushes_delivered"] += 1
                    if self._stand.happens(self._duplicate_rate()):
                        self._stand.counts["pushes_repeated"] += 1
                        await self._post(client, url, notice)
                    return
                await asyncio.sleep(max(wait, rest))
                wait *= 2
        self._stand.counts["pushes_given_up"] += 1

    def _duplicate_rate(self) -> float:
        behavior = self._stand.behavior
        return behavior.duplicate_rate if isinstance(behavior, NetworkBehavior) else 0.0

    async def _post(self, client: httpx.AsyncClient, url: str, notice: dict[str, object]) -> float | None:
        """Send once; None when it was taken, else the seconds that the other side wants to be left alone."""
        self._stand.counts["pushes_sent"] += 1
        wrong = self._stand.behavior.wrong
        body = json.dumps(notice, ensure_ascii=False).encode()
        if wrong is Wrong.MALFORMED_JSON:
            body = body[:-2]
        headers = push_headers(
            url,
            body,
            key_id=self._key_id,
            secret=bytes(32) if wrong is Wrong.BAD_SIGNATURE else self._secret,
            created=int(time.time()) - (3_600 if wrong is Wrong.OUTDATED else 0),
            nonce=secrets.token_hex(16),
        )
        if wrong is Wrong.UNSIGNED:
            headers = {"Content-Type": "application/json"}
        try:
            answer = await client.post(url, content=body, headers=headers)
        except httpx.HTTPError:
            self._stand.counts["pushes_failed"] += 1
            return 0.0
        if answer.is_success:
            return None
        self._stand.counts["pushes_refused"] += 1
        rest = answer.headers.get("retry-after", "")
        return float(rest) if rest.isascii() and rest.isdigit() else 0.0
