"""Whether facts can be true together; asked of facts that a person wrote, not of those the registry gathered."""

from collections.abc import Iterator
from datetime import date

from app.kernel.clock import day_in_words
from app.kernel.errors import Reason
from app.subsidies.entitlements.rules.facts import ClaimFacts


def defects_of(facts: ClaimFacts) -> tuple[Reason, ...]:
    """Every pair of days that runs backwards, and every part that contradicts another."""
    return tuple(_defects(facts))


def _defects(facts: ClaimFacts) -> Iterator[Reason]:
    for field, first, last in _spans(facts):
        if last is not None and last < first:
            yield Reason(
                code="facts_days_backwards",
                message=f"终止日期{day_in_words(last)}早于起始日期{day_in_words(first)}",
                remedy="请核对两个日期",
                field=field,
            )
    person = facts.person
    if person.is_deceased is False and person.died_on is not None:
        yield Reason(
            code="facts_contradict",
            message="写明未死亡，又有死亡日期",
            remedy="请删除死亡日期，或改为已死亡",
            field="person.died_on",
        )
    certificate = facts.certificate
    if certificate is not None and any(
        other.certificate_id == certificate.certificate_id and other.level != certificate.level
        for other in facts.holdings
    ):
        yield Reason(
            code="facts_contradict",
            message="同一本证书在“证书”和“其他证书”中的等级不同",
            remedy="请核对证书编号或等级；其他证书不含申领所用的证书",
            field="holdings",
        )


def _spans(facts: ClaimFacts) -> Iterator[tuple[str, date, date | None]]:
    for number, group in enumerate(facts.person.groups):
        yield f"person.groups.{number}", group.starts_on, group.ends_before
    if facts.certificate is not None:
        for number, stop in enumerate(facts.certificate.tollings):
            yield f"certificate.tollings.{number}", stop.starts_on, stop.ended_on
    if facts.training is not None:
        yield "training", facts.training.starts_on, facts.training.ends_on
    if facts.attendance is not None:
        yield "attendance", facts.attendance.starts_on, facts.attendance.ends_on
    if facts.listing is not None:
        yield "listing", facts.listing.starts_on, facts.listing.ends_on
    if facts.voucher is not None:
        yield "voucher", facts.voucher.issued_on, facts.voucher.expires_before
