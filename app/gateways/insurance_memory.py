"""What the unemployment insurance said a moment ago, for somebody who goes from page to page; nothing is stored.

A citizen who looks at what they can claim opens the list, an entry and the steps of applying within minutes, and each
page judges anew. The platform need not be asked the same each time; what is filed is judged by its own question.
"""

import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

import orjson

from app.gateways.insurance import UnemploymentInsurance
from app.gateways.insurance_facts import InsuranceAnswer, InsuranceOutcome, InsuranceQuery

KEPT_S = 300.0
"""How long an answer is used again, in seconds."""
_KEPT_MAX = 5_000


class RememberedInsurance:
    """Asks the platform what was not asked in the last five minutes. An answer that did not come is asked for again.

    Kept in this process under a keyed digest of the whole question: the same person, name, days and months.
    """

    def __init__(
        self, platform: UnemploymentInsurance, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._platform = platform
        self._monotonic = monotonic
        self._key = secrets.token_bytes(32)
        self._kept: OrderedDict[bytes, tuple[float, InsuranceAnswer]] = OrderedDict()

    async def ask_facts(self, queries: Sequence[InsuranceQuery]) -> list[InsuranceAnswer]:
        """As ``UnemploymentInsurance.ask_facts``: in their order, never raising for a failing platform."""
        self._forget_old()
        marks = [self._mark(query) for query in queries]
        found = {mark: self._kept[mark][1] for mark in marks if mark in self._kept}
        missing = {mark: query for mark, query in zip(marks, queries, strict=True) if mark not in found}
        if missing:
            answers = await self._platform.ask_facts(list(missing.values()))
            for mark, answer in zip(missing, answers, strict=True):
                found[mark] = answer
                if answer.outcome is not InsuranceOutcome.UNAVAILABLE:
                    self._kept[mark] = (self._monotonic() + KEPT_S, answer)
        return [found[mark] for mark in marks]

    def _mark(self, query: InsuranceQuery) -> bytes:
        question = [query.identity_number, query.name, query.as_of, query.on_days, query.in_months]
        return hashlib.blake2b(orjson.dumps(question), key=self._key, digest_size=32).digest()

    def _forget_old(self) -> None:
        now = self._monotonic()
        while self._kept and (len(self._kept) > _KEPT_MAX or next(iter(self._kept.values()))[0] <= now):
            self._kept.popitem(last=False)
