"""What stands against an officer's decision on a certificate, in words; the doors answer by these codes.

No text regulates the correction of links and holders; the rules are the registry's own (``unsourced``). What pays
rests on the network's answer, never on an officer's alone (mission A2, C22).
"""

from collections.abc import Iterable, Mapping

from app.archive.certificates.rules.linking import BARRING, Judgment
from app.kernel.errors import UNSOURCED, Reason


def _reason(code: str, message: str, remedy: str, field: str | None = None) -> Reason:
    return Reason(code=code, message=message, remedy=remedy, field=field, citation=UNSOURCED)


REASONS: Mapping[str, Reason] = {
    reason.code: reason
    for reason in (
        _reason(
            "certificate_not_matched",
            "证书尚未经评价工作网核实，或核实后已变更",
            "请等待联网核实；持证人身份有误的，请先更正身份信息",
        ),
        _reason(
            "number_held_by_another",
            "这个证书编号由另一人持有",
            "请核对两人证书原件；确属本人的，请先由经办人收回另一人名下的编号",
        ),
        _reason(
            "number_not_held",
            "这本证书没有持有编号",
            "请先由经办人认定编号归属",
        ),
        _reason(
            "number_not_confirmed",
            "评价工作网最近一次答复没有确认这本证书属于本人",
            "只有工作网确认过的证书才能认定编号归属，请等待联网核实",
        ),
        _reason("already_holds", "本人已持有这个证书编号", "无需再次认定"),
        _reason(
            "certificate_already_linked",
            "这本证书已关联一条档案",
            "需要改为另一条的，请先解除现有关联",
        ),
        _reason(
            "record_not_in_area",
            "您的辖区内没有这本证书可关联或已关联的这条档案",
            "请核对证书标识与档案编号；档案属于其他辖区的，请转交该辖区的经办机构办理",
        ),
        _reason("certificate_not_linked", "这本证书没有关联档案", "无需解除"),
        _reason(
            "certificate_still_linked",
            "这本证书仍关联着一条档案",
            "请先解除关联，再收回编号",
        ),
        _reason(
            "certificate_still_archived",
            "这本证书已作为一条档案归档",
            "请先按档案更正程序撤销该条档案，再收回编号",
        ),
        _reason("certificate_already_archived", "这本证书已归档", "无需再次归档"),
        _reason(
            "identity_not_matched",
            "持证人尚未通过实名核验",
            "请先完成实名核验，再归档",
        ),
        _reason(
            "other_person",
            "证书与档案不属于同一人",
            "请核对档案编号；同一人有两个身份的，请先办理身份合并",
            "record_number",
        ),
        _reason(
            "entry_not_in_force",
            "这条档案已被更正或撤销",
            "请选择当前有效的那一条",
            "record_number",
        ),
        _reason(
            "training_in_registry",
            "培训合格证书已随结业档案归档",
            "无需单独归档",
        ),
    )
}


def refusals(codes: Iterable[str]) -> tuple[Reason, ...]:
    """The reasons of ``codes``, each once."""
    return tuple(REASONS[code] for code in dict.fromkeys(codes))


def reasons_against_linking(judgment: Judgment) -> tuple[Reason, ...]:
    """What an officer cannot set aside. Whether the number is free is the door's to say: it takes it."""
    return refusals(
        code for code in judgment.reasons_against if code in BARRING and code != "number_not_held"
    )
