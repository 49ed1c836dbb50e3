"""Compare one part of a list: answers, access rows and progress are one transaction."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self
from uuid import UUID

import anyio.to_thread
import orjson

from app.access.unit import Unit
from app.db.crypto import KeyRing
from app.exchange.comparisons.actions.receive_list import owner_of, part_id
from app.exchange.comparisons.queries import Staged, compare, staged
from app.exchange.comparisons.rules import Found, Line, Verdict, judge
from app.exchange.comparisons.states import OUTCOME_LABELS, REMEDIES, LineOutcome
from app.files.store import DocumentStore
from app.kernel.errors import Reason

_TAKE = """
UPDATE comparison SET state = 'running', started_at = coalesce(started_at, registry_now())
WHERE comparison_id = $1 AND state IN ('queued', 'running') AND parts_done = $2
"""
_ADVANCE = """
UPDATE comparison SET parts_done = parts_done + 1, lines_done = lines_done + $2, persons_found = persons_found + $3,
  lines_total = greatest(lines_total, lines_done + $2),
  outcomes = (SELECT coalesce(jsonb_object_agg(code, total), '{}') FROM (
    SELECT code, sum(counted)::integer AS total FROM (
      SELECT key AS code, value::integer AS counted FROM jsonb_each_text(outcomes)
      UNION ALL SELECT key, value::integer FROM jsonb_each_text($4::jsonb)) AS counts GROUP BY code) AS summed)
WHERE comparison_id = $1
"""


@dataclass(frozen=True, slots=True)
class Part:
    """The lines of one part, in their order: those to look up and those already judged."""

    number: int
    lines: Sequence[Line | Verdict]
    staged: Sequence[Staged] = field(repr=False)

    @classmethod
    def of(cls, keys: KeyRing, comparison_id: UUID, number: int, lines: Sequence[Line | Verdict]) -> Self:
        """With the lines to look up as the table takes them."""
        asked = [each for each in lines if isinstance(each, Line)]
        return cls(number, lines, staged(keys, comparison_id, asked))


async def compare_part(
    unit: Unit, keys: KeyRing, documents: DocumentStore, comparison_id: UUID, part: Part
) -> bool:
    """Store the answers of ``part``; False when the comparison was canceled or another worker was faster.

    The answers lie sealed under an id of the part's own before the commit, so that doing it again replaces them.
    """
    driver = await unit.driver()
    if await driver.execute(_TAKE, comparison_id, part.number) != "UPDATE 1":
        return False
    found, persons = await compare(driver, keys, comparison_id, part.staged)
    content, counted = await anyio.to_thread.run_sync(_answers, part.lines, found)
    await documents.keep(owner_of(comparison_id), part_id(comparison_id, part.number), content)
    await driver.execute(_ADVANCE, comparison_id, len(part.lines), persons, orjson.dumps(counted).decode())
    return True


def _answers(lines: Sequence[Line | Verdict], found: dict[int, Found]) -> tuple[bytes, dict[str, int]]:
    counted: Counter[LineOutcome] = Counter()
    answers = []
    for each in lines:
        if isinstance(each, Verdict):
            outcome, tail = each.outcome, _tail(each.outcome, [_told(reason) for reason in each.reasons])
        else:
            outcome = judge(each, found.get(each.line))
            tail = _TAILS[outcome]
        counted[outcome] += 1
        answers.append(b'{"line":%d,%s' % (each.line, tail))
    return b"\n".join(answers) + b"\n", {outcome.value: count for outcome, count in counted.items()}


def _tail(outcome: LineOutcome, reasons: list[dict[str, str | None]]) -> bytes:
    """The answer without its beginning, the number of the line."""
    return orjson.dumps({"outcome": outcome, "reasons": reasons})[1:]


def _told(reason: Reason) -> dict[str, str | None]:
    return {"code": reason.code, "message": reason.message, "remedy": reason.remedy, "field": reason.field}


def _reason_of(outcome: LineOutcome) -> dict[str, str | None]:
    field = None if outcome is LineOutcome.NUMBER_UNKNOWN else outcome.value.partition("_")[0]
    return {
        "code": outcome.value,
        "message": OUTCOME_LABELS[outcome],
        "remedy": REMEDIES[outcome],
        "field": {"record": "record_number", "certificate": "certificate_number", "name": "name"}.get(
            field or "", "identity_number"
        ),
    }


_TAILS = {
    outcome: _tail(outcome, [] if outcome is LineOutcome.MATCHED else [_reason_of(outcome)])
    for outcome in LineOutcome
}
"""What looks up ends in one of these: made once, not once a line."""
