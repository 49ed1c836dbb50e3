"""What a numbered notice says: reasons with clause, and until when and where one may go against it.

To whom 行政复议 goes changed on 1 January 2024; 行政诉讼 goes to the people's court. Both texts are not at hand, so the
body and the periods are policy values marked secondary.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.kernel.clock import day_in_words
from app.kernel.errors import Citation, Reason
from app.policy.values import value_of
from app.subsidies.claims.rules.deadlines import remedy_ends_on
from app.subsidies.claims.states import AppealChannel, NoticeKind
from app.subsidies.entitlements.rules.verdict import RuleReason
from app.subsidies.entitlements.states import RuleResult

ADVERSE = frozenset({NoticeKind.NOT_ACCEPTED, NoticeKind.REFUSAL, NoticeKind.RECOVERY})
_WAYS = {
    AppealChannel.REVIEW: "向作出决定的经办机构申请复核",
    AppealChannel.RECONSIDERATION: "向{body}申请行政复议",
    AppealChannel.LITIGATION: "向有管辖权的人民法院提起行政诉讼",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeContent:
    """What is stored with a notice; both lists are JSON."""

    kind: NoticeKind
    reasons: list[dict[str, Any]]
    remedies: list[dict[str, Any]]


def notice_number(division: str, year: int, serial: int) -> str:
    """``N110105-2026-00000001``; the serial counts through the whole registry."""
    return f"N{division}-{year:04}-{serial:08}"


def claim_number(division: str, year: int, serial: int) -> str:
    """``S110105-2026-00000001``."""
    return f"S{division}-{year:04}-{serial:08}"


def remedies_of(kind: NoticeKind, told_on: date, division: str) -> list[dict[str, Any]]:
    """The ways against an adverse decision, each with its last day and where the period comes from."""
    if kind not in ADVERSE:
        return []
    body = value_of("reconsideration_body", on=told_on, division=division)
    remedies = []
    for channel, way in _WAYS.items():
        last = remedy_ends_on(channel, told_on, division)
        where = way.format(body=body.key.options[body.option])
        remedies.append(
            {
                "channel": channel.value,
                "text": f"不服本决定的，可以在{day_in_words(last.due_on)}前（含当日）{where}",
                "until": last.due_on.isoformat(),
                "citation": citation_json(last.citation),
            }
        )
    return remedies


def of_rules(reasons: Sequence[RuleReason]) -> list[dict[str, Any]]:
    """Reasons of the rules as a notice shows them."""
    return [
        {
            "code": reason.code,
            "result": reason.result.value,
            "message": reason.message,
            "citation": citation_json(reason.citation),
            "remedy": reason.remedy,
            "until": None if reason.until is None else reason.until.isoformat(),
        }
        for reason in reasons
    ]


def of_reasons(reasons: Sequence[Reason]) -> list[dict[str, Any]]:
    """Reasons of officers (不予受理, 补正) in the same form."""
    return [
        {
            "code": reason.code,
            "result": None,
            "message": reason.message,
            "citation": None if reason.citation is None else citation_json(reason.citation),
            "remedy": reason.remedy,
            "until": None,
        }
        for reason in reasons
    ]


def citation_json(citation: Citation) -> dict[str, str]:
    """A citation as notices and reviews store it."""
    return {"document": citation.document, "clause": citation.clause}


def of_stored(reasons: Sequence[dict[str, Any]], *, adverse: bool) -> list[dict[str, Any]]:
    """Reasons as a review stored them; a refusal tells what speaks against, an approval what was met."""
    wanted = RuleResult.FAILED if adverse else RuleResult.PASSED
    return [
        {name: each.get(name) for name in ("code", "result", "message", "citation", "remedy", "until")}
        for each in reasons
        if each["result"] == wanted
    ]
