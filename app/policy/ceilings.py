"""Amounts that a tilt for shortage occupations lifts over a ceiling of the nation: allowed, but to be told."""

from collections.abc import Iterator

from app.kernel.money import in_yuan, share_of
from app.policy.book import PolicyBook
from app.reference.divisions import NATION

_AMOUNTS = "skill_upgrade_amounts"
_TILT = "skill_upgrade_shortage_bp"


def warnings_of(book: PolicyBook) -> tuple[str, ...]:
    """What lies outside soft bounds (一般不超过、原则上), tilted amounts included."""
    if not {_AMOUNTS, _TILT} <= book.keys.keys():
        return book.warnings
    return (*book.warnings, *_over_ceilings(book))


def _over_ceilings(book: PolicyBook) -> Iterator[str]:
    """人社部发〔2017〕40号 三 lets provinces tilt towards shortage occupations; it does not say by how much."""
    own = {value.division for key in (_AMOUNTS, _TILT) for value in book.values_of(key)}
    for division in sorted(own):
        days = {
            value.period.starts_on
            for key in (_AMOUNTS, _TILT)
            for value in book.values_of(key)
            if value.division in (division, NATION)
        }
        told: str | None = None
        for day in sorted(days):
            amounts = next(book.chain_of(_AMOUNTS, on=day, division=division), None)
            tilt = next(book.chain_of(_TILT, on=day, division=division), None)
            nation = next(book.chain_of(_AMOUNTS, on=day), None)
            if amounts is None or tilt is None or nation is None or tilt.number <= 10_000:
                continue
            over = "；".join(
                f"{amounts.key.options[code]}{in_yuan(share_of(amounts.numbers[code], tilt.number))}"
                f"（上限{in_yuan(bounds.most)}）"
                for code, bounds in nation.bounds_by_code
                if share_of(amounts.numbers[code], tilt.number) > bounds.most
            )
            if over and over != told:
                yield f"{_TILT}：{division}：自 {day} 起紧缺急需职业的标准超出全国一般标准：{over}"
            told = over
