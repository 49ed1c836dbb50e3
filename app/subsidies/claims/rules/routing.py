"""Which area's agency pays a claim: the 参保地 for 技能提升补贴, else the place that the rule names.

Sources: 人社部发〔2017〕40号 二(一) (参保地失业保险经办机构); the place that pays a training is a policy value.
Employers' subsidies are paid where the listing was confirmed.
"""

from dataclasses import dataclass
from datetime import date

from app.kernel.errors import Citation, Reason
from app.policy.values import PolicyUndefined, value_of
from app.reference.divisions import divisions
from app.subsidies.entitlements.states import BenefitKind

INSURED_PLACE = Citation("人社部发〔2017〕40号", "二(一)")
_TRAINING_KINDS = {BenefitKind.TRAINING, BenefitKind.LIVING_ALLOWANCE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The payer's division, or every reason why there is none yet."""

    division: str | None
    reasons: tuple[Reason, ...] = ()


def route(
    kind: BenefitKind,
    *,
    entry_division: str,
    entry_on: date,
    insured_in: str | None,
    declared: str | None,
    today: date,
) -> Route:
    """``insured_in`` is what the insurance platform says and goes before what the claimant declares.

    A claim is not lost because the platform is silent: it goes where the claimant says, keeps its day, and is not
    decided before the facts are there.
    """
    if kind is BenefitKind.SKILL_UPGRADE:
        return _declared(insured_in or declared, _insured_place_unknown, today)
    if kind in _TRAINING_KINDS and _training_place(entry_division, entry_on) != "training":
        return _declared(declared, _payer_place_needed, today)
    return Route(division=entry_division)


def _training_place(division: str, on: date) -> str:
    try:
        return value_of("training_payer_place", on=on, division=division).option
    except PolicyUndefined:
        # Before the first text there is nothing to pay; the rules will say so. It is filed where it was taught.
        return "training"


def _declared(division: str | None, missing: Reason, on: date) -> Route:
    if division is None:
        return Route(division=None, reasons=(missing,))
    if divisions().get().find(division, on) is None:
        return Route(
            division=None,
            reasons=(
                Reason(
                    code="payer_division_unknown",
                    field="division_code",
                    value=division,
                    message=f"行政区划代码{division}不存在",
                    remedy="请填写参保地（或规定的受理地）的六位行政区划代码，可在行政区划代码表中查询",
                ),
            ),
        )
    return Route(division=division)


_insured_place_unknown = Reason(
    code="insured_place_unknown",
    field="division_code",
    message="失业保险平台暂时没有答复参保地，无法确定由哪里受理",
    remedy="请在 division_code 中填写本人的失业保险参保地后提交：申领日期以提交之日为准，参保情况由经办机构随后核实",
    citation=INSURED_PLACE,
)
_payer_place_needed = Reason(
    code="payer_place_needed",
    field="division_code",
    message="当地规定此项补贴不由培训地受理，需写明受理地",
    remedy="请按当地规定填写户籍地、常住地或求职就业地的行政区划代码",
)
