"""What a certificate must be: kind, level, issued in time, and found by the national network.

"Not found today" is not "false" (mission §1.5): only answers that are final speak against the claim.
"""

from app.archive.certificates.states import KIND_LABELS as CERTIFICATE_LABELS
from app.archive.certificates.states import STATE_LABELS, CertificateState
from app.kernel.errors import Citation
from app.reference.skill_levels import SkillLevel, facts_of
from app.subsidies.entitlements.rules.facts import CertificateFacts
from app.subsidies.entitlements.rules.reasoning import Case, fact, failed, judged, passed, unknown
from app.subsidies.entitlements.rules.verdict import RuleReason

NETWORK = Citation("人社部发〔2017〕40号", "二(二)")
LEVEL_NAMES = {level: facts_of(level).name for level in SkillLevel}
_AGAINST = {
    CertificateState.NOT_FOUND_FINAL: "请核对证书编号；确有证书的，请发证机构补传数据后再申领",
    CertificateState.REVOKED: "证书已被发证机构撤销；有异议的请向发证机构提出",
}


def certificate_kind(case: Case, key: str) -> RuleReason | None:
    """C13: the kinds of certificate that count, 职业资格 and 职业技能等级 alike for the skill-upgrade subsidy."""
    term, certificate = case.terms.find(key), case.facts.certificate
    if term is None or certificate is None:
        return None
    name = CERTIFICATE_LABELS[certificate.kind]
    return judged(
        "certificate_kind",
        certificate.kind.value in term.codes,
        f"证书种类为{name}；可以申领的为{term.version.value}",
        term,
        facts=(fact("证书种类", name),),
        remedy="请以可以申领的证书种类申领",
        missing="",
    )


def certificate_level(case: Case) -> RuleReason | None:
    """C4, trap 9: only 五级、四级、三级; the higher two have the training subsidy instead."""
    term, certificate = case.terms.find("skill_upgrade_levels"), case.facts.certificate
    if term is None or certificate is None:
        return None
    name = LEVEL_NAMES[certificate.level]
    return judged(
        "certificate_level",
        certificate.level.value in term.codes,
        f"证书等级为{name}；可以申领的为{term.version.value}",
        term,
        facts=(fact("证书等级", name),),
        remedy="技师、高级技师等不属于技能提升补贴，参加培训的可以申领职业培训补贴",
        missing="",
    )


def certificate_found(case: Case) -> RuleReason | None:
    """C22: checked over the national network. A wrong name is a matter to be mended, not yet a no."""
    certificate = case.facts.certificate
    if certificate is None:
        return None
    state = certificate.state
    used = (fact("查验状态", STATE_LABELS[state]), fact("最近确认日期", certificate.last_confirmed_on))
    if state in _AGAINST:
        return failed(
            "certificate_found",
            f"联网查验结果为{STATE_LABELS[state]}",
            citation=NETWORK,
            facts=used,
            remedy=_AGAINST[state],
        )
    if state is CertificateState.NAME_MISMATCH:
        return unknown(
            "certificate_found",
            "证书存在，但姓名与本人不一致",
            citation=NETWORK,
            facts=used,
            remedy="请发证机构更正证书姓名（多为同音字、生僻字），更正后系统自动复查",
        )
    if state not in {CertificateState.MATCHED, CertificateState.EXPIRED}:
        return unknown(
            "certificate_found",
            "证书数据尚未上传到技能人才评价工作网",
            citation=NETWORK,
            facts=used,
            remedy="等待发证机构上传，等待期间申领期限停止计算；超过上传期限的请联系发证机构",
        )
    return _confirmed(case, certificate)


def _confirmed(case: Case, certificate: CertificateFacts) -> RuleReason:
    term = case.terms.find("certificate_confirmed_within_days")
    used = (
        fact("查验状态", STATE_LABELS[certificate.state]),
        fact("最近确认日期", certificate.last_confirmed_on),
    )
    terms = (term,) if term else ()
    confirmed_on = certificate.last_confirmed_on
    if confirmed_on is None or (term and (case.facts.applied_on - confirmed_on).days > term.number):
        return unknown(
            "certificate_found",
            "证书曾经核实，距今已久，须重新联网确认",
            *terms,
            citation=NETWORK,
            facts=used,
            remedy="系统将自动重新查验，无需办理任何手续",
        )
    return passed("certificate_found", "证书已联网核实", *terms, citation=NETWORK, facts=used)
