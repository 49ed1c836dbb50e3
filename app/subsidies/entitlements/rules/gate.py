"""The two gates and what holds for every subsidy: on record, sealed and in force; the directory; alive; the payee.

凡补必进、不进不补 (人社部发〔2025〕10号 五(十一)) has two meanings, kept apart here: the *record gate* asks for the
sealed archive entry, the *directory gate* for institution, programme and opening on record before the first session.
"""

from app.archive.records.states import ENTRY_KIND_LABELS, EntryKind
from app.kernel.clock import day_in_words
from app.kernel.errors import UNSOURCED, Citation
from app.subsidies.entitlements.rules.reasoning import Case, all_of, fact, failed, judged, passed, unknown
from app.subsidies.entitlements.rules.verdict import RuleReason, UsedFact
from app.subsidies.entitlements.states import KIND_LABELS, BenefitKind, HolderCheck, PayeeKind

INCLUSION = Citation("人社部发〔2025〕10号", "五(十一)")
OPENING = Citation("人社部发〔2025〕10号", "三(三)")
DIRECTORY = Citation("国办发〔2019〕24号", "五(十七)")
OWN_ACCOUNT = Citation("人社部发〔2017〕40号", "二(三)")

ENTRY_KINDS = {
    BenefitKind.SKILL_UPGRADE: EntryKind.CERTIFICATE,
    BenefitKind.TRAINING: EntryKind.COMPLETION,
    BenefitKind.LIVING_ALLOWANCE: EntryKind.ATTENDED_PERIOD,
    BenefitKind.APPRENTICESHIP: EntryKind.APPRENTICESHIP_YEAR,
    BenefitKind.WORK_BASED: EntryKind.WORK_MONTH,
    BenefitKind.RETENTION: EntryKind.RETAINED_EMPLOYEE,
}
"""I1: the archive entry each kind rests on, as ``benefit_kind`` declares it."""

HOLDER_WORDS = {
    HolderCheck.MATCHED: "户名一致",
    HolderCheck.HOLDER_DIFFERS: "户名不符",
    HolderCheck.CLOSED: "账户已注销",
    HolderCheck.UNKNOWN: "未核验",
}


def record_gate(case: Case) -> RuleReason:
    """I1: the claim rests on an archive entry that is in force and sealed; "in" means sealed."""
    entry = case.facts.entry
    code = "record_gate"
    if entry is None:
        return failed(
            code,
            "登记系统中没有可据以发放的档案条目（不进不补）",
            citation=INCLUSION,
            facts=(fact("档案条目", "无"),),
            remedy="请先由培训机构、评价机构或用人单位把培训、证书或名单登记入库，再申领",
        )
    facts = (
        fact("条目种类", ENTRY_KIND_LABELS[entry.kind]),
        fact("有效", entry.in_force),
        fact("已封存", entry.sealed),
    )
    if entry.kind is not ENTRY_KINDS[case.facts.kind]:
        wanted = ENTRY_KIND_LABELS[ENTRY_KINDS[case.facts.kind]]
        return failed(
            code,
            f"{KIND_LABELS[case.facts.kind]}须以“{wanted}”条目申领，所附为“{ENTRY_KIND_LABELS[entry.kind]}”",
            citation=INCLUSION,
            facts=facts,
            remedy=f"请选择“{wanted}”条目申领",
        )
    if not entry.in_force:
        return failed(
            code,
            "所依据的档案条目已撤销或已被更正替代",
            citation=INCLUSION,
            facts=facts,
            remedy="条目已更正的，请按更正后的条目申领；对撤销有异议的，请向登记该条目的机构或经办机构提出",
        )
    if not entry.sealed:
        return unknown(
            code,
            "档案条目已登记，尚未封存入链",
            citation=INCLUSION,
            facts=facts,
            remedy="无需办理任何手续，封存由系统定时完成，完成后即可继续",
        )
    return passed(code, "档案条目已登记、封存并有效", citation=INCLUSION, facts=facts)


def evidence_given(case: Case) -> RuleReason:
    """What the kind rests on (certificate, training, attendance or listing) is among the facts."""
    return unknown(
        "evidence_given",
        f"尚未取得{KIND_LABELS[case.facts.kind]}所依据的证书、培训、出勤或名单信息",
        citation=INCLUSION,
        facts=(fact("依据材料", None),),
        remedy="请先在本系统关联证书、培训记录或用人单位名单",
    )


def after_entry(case: Case) -> RuleReason:
    """Nobody applies before what he applies on has happened."""
    facts = case.facts
    return judged(
        "after_entry",
        facts.applied_on >= case.day,
        f"申领日期{day_in_words(facts.applied_on)}，依据的事实发生于{day_in_words(case.day)}",
        citation=UNSOURCED,
        facts=(fact("申领日期", facts.applied_on), fact("依据日期", case.day)),
        remedy="申领不能早于证书核发、培训结束或期间届满之日，请核对日期",
        missing="",
    )


def person_alive(case: Case) -> RuleReason:
    """M10: no event after death. Who died after having earned it: an officer looks into it, no text decides it."""
    person = case.facts.person
    code, facts = "person_alive", (fact("已死亡", person.is_deceased), fact("死亡日期", person.died_on))
    if person.is_deceased is False:
        return passed(code, "没有死亡登记", citation=UNSOURCED, facts=facts)
    if person.is_deceased is None or person.died_on is None:
        return unknown(
            code,
            "生存状态或死亡日期未查明",
            citation=UNSOURCED,
            facts=facts,
            remedy="由经办机构向持卡人员基础信息库核实",
        )
    if person.died_on < case.day:
        return failed(
            code,
            f"依据的事实（{day_in_words(case.day)}）发生在死亡（{day_in_words(person.died_on)}）之后",
            citation=UNSOURCED,
            facts=facts,
            remedy="如死亡登记有误，请家属持证明到经办机构更正",
        )
    return unknown(
        code,
        f"本人已于{day_in_words(person.died_on)}死亡，各文件未规定由谁领取",
        citation=UNSOURCED,
        facts=facts,
        remedy="由经办机构会同家属另行处理，系统不作结论",
    )


def no_pension(case: Case) -> RuleReason | None:
    """C14, M09: persons without the right to a monthly pension may be included, so those with it are not."""
    term = case.terms.find("pension_excluded_kinds")
    if term is None or case.facts.kind.value not in term.codes:
        return None
    draws = case.facts.person.draws_pension
    return judged(
        "no_pension",
        None if draws is None else not draws,
        "不得具有按月领取养老金资格",
        term,
        facts=(fact("具有按月领取养老金资格", draws),),
        remedy="已具有按月领取养老金资格的，不在补贴范围之内；记录有误的请向社会保险经办机构申请更正",
        missing="等待社会保险经办机构答复",
    )


def payee(case: Case) -> RuleReason:
    """C21, I12: the person's own account, or the employer or institution where the kind says so."""
    facts = case.facts
    account = facts.payee
    own = case.terms.find("own_account_kinds")
    terms = (own,) if own else ()
    used = (
        fact("收款人", "本人" if account.kind is PayeeKind.PERSON else "机构或用人单位"),
        fact("户名核验", HOLDER_WORDS[account.holder_check]),
    )
    wants_person = own is not None and facts.kind in own.codes
    wants_employer = facts.listing is not None
    if (wants_person and account.kind is not PayeeKind.PERSON) or (
        wants_employer and account.kind is not PayeeKind.INSTITUTION
    ):
        right = "本人的银行账户或社会保障卡" if wants_person else "用人单位的对公账户"
        return failed(
            "payee",
            f"{KIND_LABELS[facts.kind]}须发至{right}",
            *terms,
            citation=None if terms else OWN_ACCOUNT,
            facts=used,
            remedy=f"请改填{right}",
        )
    return _holder(account.holder_check, case, used)


def _holder(check: HolderCheck, case: Case, used: tuple[UsedFact, ...]) -> RuleReason:
    own = case.terms.find("own_account_kinds")
    terms = (own,) if own else ()
    if check is HolderCheck.MATCHED:
        return passed("payee", "收款账户经核验属于收款人", *terms, facts=used)
    if check is HolderCheck.UNKNOWN:
        return unknown(
            "payee",
            "收款账户尚未核验",
            *terms,
            facts=used,
            remedy="等待银行答复；长期无答复的请换用社会保障卡账户",
        )
    return failed(
        "payee",
        f"收款账户{HOLDER_WORDS[check]}，不能支付",
        *terms,
        facts=used,
        remedy="请填写户名与收款人一致、状态正常的账户；代领、合用账户不能支付",
    )


def payee_is_employer(case: Case) -> RuleReason | None:
    """The employer that is paid is the one that trained or kept the person."""
    listing, account = case.facts.listing, case.facts.payee
    if listing is None or account.kind is not PayeeKind.INSTITUTION:
        return None
    same = None if account.institution_id is None else account.institution_id == listing.employer.employer_id
    return judged(
        "payee_is_employer",
        same,
        "收款单位应为名单所载用人单位",
        citation=Citation("国办发〔2019〕24号", "四(十一)"),
        facts=(fact("名单所载单位", listing.employer.employer_id), fact("收款单位", account.institution_id)),
        remedy="请由组织培训或留用职工的用人单位以其对公账户申领",
        missing="请填写收款用人单位",
    )


def opening_on_record(case: Case) -> RuleReason | None:
    """M26, B1: 开班前 filed and put on record; a filing on or after the first day is no filing before the opening."""
    training, filing = case.facts.training, case.terms.find("opening_parts")
    if training is None or filing is None:
        return None
    facts = (
        fact("备案提交日期", training.filed_on),
        fact("首次课日期", training.starts_on),
        fact("首次课前已备案", training.is_on_record),
    )
    in_time = None if training.filed_on is None else training.filed_on <= training.starts_on
    return judged(
        "opening_on_record",
        all_of(training.is_on_record, in_time),
        "开班须在首次课之前备案",
        citation=OPENING,
        facts=facts,
        remedy="未在开班前备案的班次不能享受补贴；如备案时间有误，请培训机构向备案机关申请核对",
        missing="等待备案机关确认该班次的备案",
    )


def in_directory(case: Case) -> RuleReason | None:
    """M25, A7: institution and programme were in the directories on the day of filing (两目录一系统)."""
    training = case.facts.training
    if training is None:
        return None
    listed = (training.is_institution_listed, training.is_program_listed)
    return judged(
        "in_directory",
        all_of(*listed),
        "培训机构和培训项目在备案之日须在目录之内",
        citation=DIRECTORY,
        facts=(fact("机构在目录", listed[0]), fact("项目在目录", listed[1])),
        remedy="不在目录内的机构或项目不能享受补贴，请选择公布目录内的机构和项目",
        missing="等待目录主管机构确认",
    )
