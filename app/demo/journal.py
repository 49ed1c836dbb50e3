"""What a check did: one line a step, what was counted, which refusals came, and one JSON object at the end."""

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import typer

from app.demo.client import Answer, Unexpected
from app.kernel.errors import UNSOURCED


class Journal:
    """Kept by the scenario while it runs; steps are said on standard output."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()
        self.claims: dict[str, int] = {}
        """How many claims there are, by kind and state."""
        self.clauses: dict[str, set[str]] = {}
        """Clauses for which somebody was refused about a claim, with the codes of the reasons that cite them."""
        self.failure: str | None = None
        self._steps = 0

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """One step: a line when it came out right; when not, the line says so and the error goes on."""
        self._steps += 1
        began = time.monotonic()
        try:
            yield
        except BaseException:
            self.failure = f"步骤{self._steps} {title}"
            typer.echo(f"✗ {self.failure}")
            raise
        typer.echo(f"✓ 步骤{self._steps} {title}（{time.monotonic() - began:.1f} 秒）")

    def refused(self, answer: Answer, status: int, *codes: str) -> Answer:
        """A refusal that has to come, with this status and all these codes among its reasons; they are counted.

        Raises Unexpected when the registry did not refuse so.
        """
        if answer.status != status or not set(codes) <= answer.codes():
            raise Unexpected(f"应以 {status} {'、'.join(codes)} 拒绝，实为{answer.in_words()}")
        self.refusals.update(codes)
        return answer

    def refused_by_clause(self, code: str, citation: Mapping[str, str] | None, message: str) -> None:
        """A refusal about a claim for a reason that cites a clause: a step of its own, with the clause.

        Raises Unexpected when there is no clause.
        """
        clause = "" if citation is None else f"{citation['document']} {citation['clause']}".strip()
        is_ours = clause == UNSOURCED.document
        with self.step(f"拒绝 {code}：{message}（{'登记系统的办理口径' if is_ours else clause}）"):
            require(clause, f"{code} 须写明依据")
            self.refusals[code] += 1
            if not is_ours:
                self.clauses.setdefault(clause, set()).add(code)

    def summary(self) -> str:
        """One JSON object in one line."""
        content: dict[str, object] = {
            "ok": self.failure is None,
            "counts": dict(sorted(self.counts.items())),
            "refusals": dict(sorted(self.refusals.items())),
            "claims": dict(sorted(self.claims.items())),
            "clauses": {clause: sorted(codes) for clause, codes in sorted(self.clauses.items())},
        }
        if self.failure is not None:
            content["failed_step"] = self.failure
        return json.dumps(content, ensure_ascii=False)


def require(condition: object, what: str) -> None:
    """Raise Unexpected, saying what should have been so."""
    if not condition:
        raise Unexpected(f"不符合预期：{what}")
