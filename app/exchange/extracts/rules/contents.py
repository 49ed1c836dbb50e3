"""What is printed, put together from facts. Pure: strings in the order of the page, the template decides nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from app.archive.records.states import ENTRY_STATE_LABELS, EntryState
from app.exchange.extracts.states import DocumentKind, Standing
from app.exchange.shares.rules import ShownEntry
from app.kernel.clock import day_in_words
from app.kernel.errors import UNSOURCED, Reason
from app.kernel.masking import mask_number_own_institution
from app.kernel.money import with_sign
from app.subsidies.claims.states import NOTICE_LABELS, NoticeKind
from app.subsidies.entitlements.states import KIND_LABELS, BenefitKind

REGISTRY_NAME = "实名制职业技能培训档案登记系统"
ENTRIES_MAX = 500
_LAW_ZONE = ZoneInfo("Asia/Shanghai")
_OUTCOMES = {"pass": "合格", "exempt": "免考", "fail": "不合格"}
_REASONS_TITLE: Mapping[NoticeKind, str] = {
    NoticeKind.SUPPLEMENT: "需要补正的内容",
    NoticeKind.APPROVAL: "符合的条件",
    NoticeKind.REFUSAL: "不予发放的理由",
    NoticeKind.NOT_ACCEPTED: "不予受理的理由",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Whose document it is: the name proved last and the number in force."""

    name: str = field(repr=False)
    number: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Printing:
    """When it is printed, and where its code is verified."""

    issued_at: datetime
    code: str
    site: str

    def head(self, title: str) -> dict[str, Any]:
        """What every page says."""
        return {
            "registry": REGISTRY_NAME,
            "title": title,
            "code": self.code,
            "link": f"{self.site}/verify#{self.code}",
            "verify_page": f"{self.site}/verify",
            "issued_at": f"{self.issued_at.astimezone(_LAW_ZONE):%Y-%m-%d %H:%M}",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedAs:
    """Where an entry stands in the log, with all that shows it (hexadecimal)."""

    record_number: str
    leaf_index: int
    size: int
    root: str
    content: Mapping[str, Any] = field(repr=False)
    salt: str = field(repr=False)
    leaf: str
    path: tuple[str, ...]
    checkpoint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeFacts:
    """A numbered notice as it was issued."""

    number: str
    kind: NoticeKind
    issued_at: datetime
    agency: str
    claim_number: str
    benefit: BenefitKind
    amount_fen: int | None
    reasons: Sequence[Mapping[str, Any]]
    remedies: Sequence[Mapping[str, Any]]


def extract_content(
    holder: Holder, entries: Sequence[ShownEntry], sealed: Sequence[SealedAs], printing: Printing
) -> dict[str, Any]:
    """The page of a 培训档案打印件."""
    return {
        **printing.head("终身职业技能培训档案"),
        "facts": [
            ["姓名", holder.name],
            ["社会保障号码", mask_number_own_institution(holder.number)],
            ["打印方式", "本人登录后自助打印"],
        ],
        "in_force": sum(entry.state is EntryState.IN_FORCE for entry in entries),
        "entries": [_entry(entry) for entry in entries],
        "log": [
            {"record_number": one.record_number, "leaf_index": one.leaf_index, "size": one.size}
            for one in sealed
        ],
        "root": sealed[-1].root if sealed else "",
        "proof": proof_bundle(sealed) if sealed else "",
    }


def proof_bundle(sealed: Sequence[SealedAs]) -> str:
    """JSON that shows offline, entry by entry, what the log holds: commitment, salt, path to a signed tree head.

    Leaf, salt, root and path are hexadecimal; ``content`` is what the leaf commits to (``app.archive.log.rules``).
    """
    entries = [
        {
            "record_number": one.record_number,
            "content": dict(one.content),
            "salt": one.salt,
            "leaf": one.leaf,
            "leaf_index": one.leaf_index,
            "tree_size": one.size,
            "root": one.root,
            "path": list(one.path),
            "checkpoint": one.checkpoint,
        }
        for one in sealed
    ]
    return orjson.dumps({"v": 1, "type": "record_proof", "entries": entries}).decode()


def notice_content(holder: Holder, notice: NoticeFacts, printing: Printing) -> dict[str, Any]:
    """The page of a numbered notice."""
    facts = [
        ["申领人", holder.name],
        ["社会保障号码", mask_number_own_institution(holder.number)],
        ["申领编号", notice.claim_number],
        ["补贴种类", KIND_LABELS[notice.benefit]],
    ]
    if notice.amount_fen is not None:
        facts.append(["金额", with_sign(notice.amount_fen)])
    return {
        **printing.head(NOTICE_LABELS[notice.kind]),
        "number": notice.number,
        "facts": facts,
        "reasons_title": _REASONS_TITLE.get(notice.kind, "事由"),
        "reasons": [_reason(one, "message") for one in notice.reasons],
        "remedies": [_reason(one, "text") for one in notice.remedies],
        "agency": notice.agency,
        "issued_on": day_in_words(notice.issued_at.astimezone(_LAW_ZONE).date()),
    }


def copy_for_institution(
    notice: NoticeFacts, *, institution: str, words_of: Callable[[str], str], link: str, printed_at: datetime
) -> dict[str, Any]:
    """The copy of a notice for the institution that claimed: what each reason is about and its clause, no more.

    It has no code of verification: ``link`` leads back to the claim itself, behind the institution's sign-in.
    """
    facts = [
        ["申领单位", institution],
        ["申领编号", notice.claim_number],
        ["补贴种类", KIND_LABELS[notice.benefit]],
    ]
    if notice.amount_fen is not None:
        facts.append(["金额", with_sign(notice.amount_fen)])
    told = [
        {**_reason(one, "message"), "text": words_of(one["code"]), "remedy": ""} for one in notice.reasons
    ]
    printing = Printing(issued_at=printed_at, code="", site="")
    return {
        **printing.head(NOTICE_LABELS[notice.kind]),
        "link": link,
        "verify_page": link,
        "number": notice.number,
        "facts": facts,
        "reasons_title": _REASONS_TITLE.get(notice.kind, "事由"),
        "reasons": told,
        "remedies": [_reason(one, "text") for one in notice.remedies],
        "agency": notice.agency,
        "issued_on": day_in_words(notice.issued_at.astimezone(_LAW_ZONE).date()),
    }


def standing_of(
    *, is_revoked: bool, entries: Sequence[ShownEntry], has_later_notice: bool, chosen: int
) -> Standing:
    """How a document stands: taken back, or all it shows revoked; something of it replaced; or valid.

    ``chosen`` is how many entries it was printed with: what has replaced one since comes as one more.
    """
    gone = [entry for entry in entries if entry.state is EntryState.REVOKED]
    if is_revoked or (entries and len(gone) == len(entries)):
        return Standing.REVOKED
    if gone or has_later_notice or len(entries) > chosen:
        return Standing.SUPERSEDED
    return Standing.VALID


def file_name(kind: DocumentKind, issued_at: datetime) -> str:
    """The name of a download: kind and day, nothing of the person."""
    return f"{kind.value.replace('_', '-')}-{issued_at.astimezone(_LAW_ZONE):%Y%m%d}.pdf"


def reasons_against_extract(unknown: Sequence[str], entries: int) -> tuple[Reason, ...]:
    """Every reason why nothing can be printed."""
    reasons = [
        Reason(
            code="extract_entry_unknown",
            field="record_numbers",
            value=number,
            message=f"您的档案中没有编号为{number}的条目",
            remedy="请从“我的培训档案”中选择，或者留空打印全部",
            citation=UNSOURCED,
        )
        for number in unknown
    ]
    if not reasons and not 0 < entries <= ENTRIES_MAX:
        reasons.append(
            Reason(
                code="extract_empty" if entries == 0 else "extract_too_long",
                field="record_numbers",
                message="您还没有培训档案" if entries == 0 else f"一次最多打印{ENTRIES_MAX}条",
                remedy="结业或证书核实后会自动归档" if entries == 0 else "请选择一部分打印",
                citation=UNSOURCED,
            )
        )
    return tuple(reasons)


DOCUMENT_UNKNOWN = Reason(
    code="document_code_unknown",
    field="code",
    message="查无此件：没有这个验证码",
    remedy="请核对打印件上的验证码；仍查无此件的，打印件可能是伪造的，请向经办机构反映",
)


def _entry(entry: ShownEntry) -> dict[str, Any]:
    pairs = [
        ("档案编号", entry.record_number),
        ("种类", entry.kind_label),
        ("起止日期", _span(entry.starts_on, entry.ends_on)),
        ("所属期间", entry.period),
        ("职业（工种）", _joined(entry.occupation, entry.occupation_code)),
        ("等级", entry.level),
        ("机构", entry.institution),
        ("课时", _minutes(entry)),
        ("参加天数", None if entry.attended_days is None else f"{entry.attended_days}天"),
        ("考核", _outcome(entry)),
        ("证书编号", entry.certificate_number),
        ("有效期至", None if entry.valid_until is None else day_in_words(entry.valid_until)),
        ("更正后编号", entry.superseded_by),
    ]
    return {
        "title": entry.title or entry.kind_label,
        "state": ENTRY_STATE_LABELS[entry.state],
        "in_force": entry.state is EntryState.IN_FORCE,
        "facts": [[label, value] for label, value in pairs if value],
    }


def _minutes(entry: ShownEntry) -> str | None:
    if entry.credited_minutes is None:
        return None
    planned = "" if entry.planned_minutes is None else f"，计划{entry.planned_minutes}分钟"
    return f"实到{entry.credited_minutes}分钟{planned}"


def _outcome(entry: ShownEntry) -> str | None:
    if entry.outcome is None:
        return None
    score = "" if entry.score_hundredths is None else f"，{entry.score_hundredths / 100:g}分"
    return _OUTCOMES.get(entry.outcome, entry.outcome) + score


def _span(starts_on: date | None, ends_on: date | None) -> str | None:
    if starts_on is None or ends_on is None:
        return None
    return (
        day_in_words(starts_on)
        if starts_on == ends_on
        else f"{day_in_words(starts_on)}至{day_in_words(ends_on)}"
    )


def _joined(name: str | None, code: str | None) -> str | None:
    return name if code is None else f"{name or ''} {code}".strip()


def _reason(stored: Mapping[str, Any], words: str) -> dict[str, str]:
    cited = stored.get("citation") or {}
    source = (
        ""
        if cited.get("document") in {None, UNSOURCED.document}
        else f"{cited['document']} {cited['clause']}"
    )
    return {"text": stored.get(words) or "", "source": source.strip(), "remedy": stored.get("remedy") or ""}
