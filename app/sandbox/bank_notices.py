"""Notices of the sandbox's bank: each end of an instruction is pushed until it is taken, sometimes more than once."""

import asyncio
import json
import secrets
import time
import uuid
from typing import Any

import httpx

from app.sandbox.bank_ledger import Order, order_wire
from app.sandbox.behavior import Stand, Wrong
from app.sandbox.certificate_pushes import PushTarget
from app.sandbox.desk import answered_at
from app.sandbox.message_signatures import push_headers

_ATTEMPTS = 6
_SECONDS = 5.0


class BankNotifier:
    """Sends notices of one instruction each; counts go to the bank's stand."""

    def __init__(self, stand: Stand, *, key_id: str, secret: bytes) -> None:
        self.target = PushTarget(url=None)
        self.repeats = False
        self._stand = stand
        self._key_id = key_id
        self._secret = secret
        self._tasks: set[asyncio.Task[None]] = set()

    def announce(self, order: Order, evidence_id: str) -> None:
        """Begin to push the end of ``order`` to the target, if there is one."""
        self.push({**order_wire(order, evidence_id), "answered_at": answered_at()})

    def push(self, item: dict[str, Any]) -> None:
        """Begin to push ``item``, whatever it says."""
        if self.target.url is None:
            return
        task = asyncio.get_running_loop().create_task(self._deliver(item, self.target.url))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, item: dict[str, Any], url: str) -> None:
        notice: dict[str, object] = {
            "event_id": str(uuid.uuid4()),
            "sent_at": answered_at(),
            "items": [item],
        }
        wait = self.target.retry_seconds
        async with httpx.AsyncClient(timeout=_SECONDS, trust_env=False) as client:
            for _ in range(_ATTEMPTS):
                if await self._post(client, url, notice):
                    self._stand.counts["notices_delivered"] += 1
                    if self.repeats:
                        self._stand.counts["notices_repeated"] += 1
                        await self._post(client, url, notice)
                    return
                await asyncio.sleep(wait)
                wait *= 2
        self._stand.counts["notices_given_up"] += 1

    async def _post(self, client: httpx.AsyncClient, url: str, notice: dict[str, object]) -> bool:
        """Send once; whether it was taken."""
        self._stand.counts["notices_sent"] += 1
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
            tag="bank-notice",
        )
        if wrong is Wrong.UNSIGNED:
            headers = {"Content-Type": "application/json"}
        try:
            answer = await client.post(url, content=body, headers=headers)
        except httpx.HTTPError:
            self._stand.counts["notices_failed"] += 1
            return False
        self._stand.counts["notices_refused"] += not answer.is_success
        return answer.is_success
