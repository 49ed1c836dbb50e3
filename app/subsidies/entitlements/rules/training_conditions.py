"""What training must have been: who, where, how long, completed, certified; shared by 职业培训补贴 and 生活费补贴."""

from app.archive.certificates.states import STATE_LABELS
from app.kernel.clock import day_in_words
from app.kernel.errors import Citation
from app.kernel.periods import add_months
from app.subsidies.entitlements.rules.gate import OPENING
from app.subsidies.entitlements.rules.groups import begins_later, held_groups
from app.subsidies.entitlements.rules.insurance import same_area
from app.subsidies.entitlements.rules.reasoning import Case, all_of, any_of, fact, judged
from app.subsidies.entitlements.rules.verdict import RuleReason

_WHOLE_BP = 10_000
ONLINE = Citation("人社部职业能力建设司在线访谈（2020年7月15日发布）", "线上培训质量答问")
AFTER_TRAINING = Citation("国办发〔2019〕24号", "四(十二)")
_CERTIFIED = {"matched": True, "expired": True, "revoked": False, "not_found_final": False}


def eligible_group(case: Case) -> RuleReason | None:
    """C10, M15: one of the groups the text names, on the first day of the training."""
    term, training = case.terms.find("training_key_groups"), case.facts.training
    if term is None or training is None:
        return None
    held = held_groups(case.facts.person, training.starts_on)
    met = held.belongs(term.codes)
    late = met is False and begins_later(case.facts.person, training.starts_on, term.codes)
    return judged(
        "eligible_group",
        met,
        f"培训首日（{day_in_words(training.starts_on)}）的身份：{held.words()}"
        + ("；身份认定晚于开班，不予计入" if late else ""),
        term,
        facts=(fact("培训首日身份", held.words()),),
        remedy="培训首日须属于所列重点群体；身份认定日期有误的，请向认定部门申请更正",
        missing="等待认定部门核实身份；无法共享查得的，可以提交证明材料",
    )


def old_enough(case: Case) -> RuleReason | None:
    """The 16th birthday itself suffices, on the first day of the training."""
    term, training = case.terms.find("roster_age_min"), case.facts.training
    if term is None or training is None:
        return None
    born_on = case.facts.person.born_on
    met = None if born_on is None else add_months(born_on, 12 * term.number) <= training.starts_on
    return judged(
        "old_enough",
        met,
        f"培训首日（{day_in_words(training.starts_on)}）须年满{term.number}周岁",
        term,
        facts=(fact("出生日期", born_on), fact("培训首日", training.starts_on)),
        remedy="未达到年龄的不能参训；出生日期有误的请先更正身份信息",
        missing="等待身份信息核验",
    )


def training_place(case: Case) -> RuleReason | None:
    """C12, §1.6 contradiction 3: three places (2019), four with 培训地 (2020), which then excludes nobody.

    Reading: two places are the same when one lies in the other's prefecture (市地 set the standards).
    """
    term, training = case.terms.find("training_places"), case.facts.training
    if term is None or training is None:
        return None
    places, where = case.facts.places, training.place_division
    homes = {"household": places.household, "residence": places.residence, "job_seeking": places.job}
    answers = [
        True if code == "training" else _is_at(where, homes[code])
        for code in sorted(term.codes, reverse=True)
    ]
    return judged(
        "training_place",
        any_of(*answers),
        f"培训地{where or '未查明'}；可以参训的地点：{term.version.value}",
        term,
        facts=(
            fact("培训地", where),
            fact("户籍地", places.household),
            fact("常住地", places.residence),
            fact("求职就业地", places.job),
        ),
        remedy="该时期须在户籍地、常住地或求职就业地参加培训",
        missing="等待户籍、居住或就业登记信息核实",
    )


def _is_at(where: str | None, home: str | None) -> bool | None:
    if where is None or home is None:
        return None
    return where[:4] == home[:4] or same_area(where, home)


def payer_place(case: Case) -> RuleReason | None:
    """Which place's agency pays a training; the policy names one of the four."""
    term, training = case.terms.find("training_payer_place"), case.facts.training
    if term is None or training is None:
        return None
    places, payer = case.facts.places, case.facts.payer_division
    wanted = {
        "training": training.place_division,
        "household": places.household,
        "residence": places.residence,
        "job_seeking": places.job,
    }[term.option]
    return judged(
        "payer_place",
        None if wanted is None else same_area(payer, wanted),
        f"由{term.version.value}受理；{term.version.value}{wanted or '未查明'}，受理地{payer}",
        term,
        facts=(fact(term.version.value, wanted), fact("受理地", payer)),
        remedy=f"请向{term.version.value}的经办机构申领，本件将转至该地",
        missing=f"等待{term.version.value}查明",
    )


def completed(case: Case) -> RuleReason | None:
    """B4: completed, and the assessment passed."""
    training = case.facts.training
    if training is None:
        return None
    return judged(
        "completed",
        all_of(training.is_completed, training.has_passed),
        "须结业并考核合格",
        citation=OPENING if case.terms.find("assessment_required") else AFTER_TRAINING,
        facts=(fact("结业", training.is_completed), fact("考核合格", training.has_passed)),
        remedy="未结业或考核不合格的不能享受补贴；可以参加补考或其他班次",
        missing="等待培训机构登记考核结果",
    )


def attendance_share(case: Case) -> RuleReason | None:
    """M22: confirmed hours against planned hours; the exact share still suffices."""
    term, training = case.terms.find("training_attendance_bp"), case.facts.training
    if term is None or training is None:
        return None
    planned, confirmed = training.planned_minutes, training.confirmed_minutes
    met = None
    if planned and confirmed is not None:
        met = confirmed * _WHOLE_BP >= planned * term.number
    return judged(
        "attendance_share",
        met,
        f"出勤须达到计划时长的{term.version.value}",
        term,
        facts=(fact("计划分钟数", planned), fact("出勤分钟数", confirmed)),
        remedy="出勤不足的不能享受补贴；考勤有误的请在更正期内向培训机构提出",
        missing="等待培训机构确认考勤",
    )


def certificate_obtained(case: Case) -> RuleReason | None:
    """C13, M30: 参加培训后取得证书的; any of the five kinds (培训合格证书 too), not older than the training's end."""
    required, kinds = (
        case.terms.find("training_certificate_required"),
        case.terms.find("training_certificate_kinds"),
    )
    training, given = case.facts.training, case.facts.certificate
    if required is None or kinds is None or training is None or not required.flag:
        return None
    met = None
    if given is not None:
        met = all_of(
            given.kind.value in kinds.codes,
            given.issued_on >= training.ends_on,
            _CERTIFIED.get(given.state.value),
        )
    return judged(
        "certificate_obtained",
        met,
        "培训结束后须取得证书，且证书已核实",
        kinds,
        required,
        facts=(
            fact("证书核发日期", given.issued_on if given else None),
            fact("培训结束日期", training.ends_on),
            fact("查验状态", STATE_LABELS[given.state] if given else None),
        ),
        remedy="须以培训结束之后取得、联网可查的证书申领；培训前或培训中取得的证书不算",
        missing="等待证书数据；取得证书后请在本系统关联，发给培训合格证书的由培训机构登记",
    )


def online_evidence(case: Case) -> RuleReason | None:
    """B7: online training needs 签到、记录、测试, all three."""
    training = case.facts.training
    if training is None or not training.is_online:
        return None
    return judged(
        "online_evidence",
        training.has_online_evidence,
        "线上培训须签到、学习记录、测试三类俱全",
        citation=ONLINE,
        facts=(fact("三类记录俱全", training.has_online_evidence),),
        remedy="缺少任何一类记录的课时不计，不能享受补贴",
        missing="等待线上平台上传学习记录",
    )
