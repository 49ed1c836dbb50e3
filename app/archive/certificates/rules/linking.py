"""Whether a certificate proves an entry of the archive: every reason for it and against it, in a fixed order.

Nothing is guessed: only when person, occupation, level, dates and the body's scope all agree is a link made by the
registry itself; otherwise an officer sees the candidates with these reasons and decides. Occupations of two editions
agree when the crosswalk leads from one to the other without a person having to decide (``same``, ``renamed``,
``moved``); a split or a merger does not (mission Part 4 no. 6). assurance M30: a certificate older than the end of its
class, or of a body outside its scope, is never linked silently; of a body that the directory does not know nothing says
that it is filed, so it gets no more credit than one that is known. Nor is one linked whose kind does not go with the
training (国办发〔2019〕24号 (十二): kinds that count), or whose validity or 复审 is over.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from app.archive.certificates.states import CertificateKind, CertificateState
from app.reference.occupations import OccupationTable
from app.reference.skill_levels import SkillLevel


@dataclass(frozen=True, slots=True)
class OccupationRef:
    """An occupation of one edition of 国家职业分类大典."""

    edition: int
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyScope:
    """What an evaluation body may assess: ranks both included, from ``starts_on`` to before ``ends_before``."""

    occupation: OccupationRef
    lowest_rank: int
    highest_rank: int
    starts_on: date
    ends_before: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFacts:
    """A certificate as the network told it.

    ``members``: all who are read as one with its person, that person included. ``body_scopes`` is None when the body
    is not in the directory. ``opening_id`` is there for our own only. ``was_unlinked``: an officer has taken a link of
    it back, which no machine undoes.
    """

    person_id: UUID
    members: frozenset[UUID]
    kind: CertificateKind
    state: CertificateState
    occupation: OccupationRef | None
    trade_name: str | None
    skill_level: str
    level_rank: int
    issued_on: date
    valid_until: date | None
    review_due_on: date | None
    body_scopes: tuple[BodyScope, ...] | None
    opening_id: UUID | None
    is_holder: bool
    is_linked: bool
    was_unlinked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFacts:
    """A completion in the archive."""

    person_id: UUID
    entry_id: UUID
    record_number: str
    is_in_force: bool
    occupation: OccupationRef
    skill_level: str
    ends_on: date
    opening_id: UUID | None
    is_proved: bool
    """Whether another certificate is linked to it already."""


@dataclass(frozen=True, slots=True)
class Judgment:
    """``reasons_for`` and ``reasons_against`` are codes of ``LABELS``."""

    entry: EntryFacts
    reasons_for: tuple[str, ...]
    reasons_against: tuple[str, ...]

    @property
    def is_automatic(self) -> bool:
        """Whether the registry may link by itself."""
        return not self.reasons_against


LABELS = {
    "same_person": "同一人",
    "same_person_by_merge": "同一人（两个身份已合并）",
    "same_class": "本班结业的培训合格证书",
    "same_occupation": "职业相同",
    "occupation_by_crosswalk": "两版大典中为同一职业",
    "trade_under_occupation": "证书工种属于该职业",
    "kind_fits": "证书种类与培训项目相称",
    "same_level": "等级相同",
    "issued_in_time": "核发日期在结业后的期限内",
    "validity_open": "证书在有效期内",
    "body_in_scope": "评价机构在备案范围内",
    "other_person": "不是同一人",
    "certificate_not_matched": "证书未经工作网核实",
    "number_not_held": "证书编号由他人持有或已被收回",
    "certificate_already_linked": "证书已关联一条档案",
    "unlinked_before": "经办人曾解除过关联",
    "entry_not_in_force": "档案已更正或撤销",
    "entry_already_proved": "档案已关联另一本证书",
    "other_class": "不是本班的培训合格证书",
    "occupation_missing": "证书没有职业编码",
    "occupation_differs": "职业不同",
    "occupation_unsettled": "两版大典中该职业有拆分或合并",
    "trade_unknown": "证书工种不在该职业之下",
    "kind_unfit": "证书种类与培训项目不相称",
    "level_differs": "等级不同",
    "issued_before_class_end": "核发日期早于结业",
    "issued_too_late": "核发日期超出结业后的期限",
    "validity_over": "证书有效期已过",
    "review_overdue": "证书已过应复审日期",
    "body_out_of_scope": "评价机构备案范围不含该职业或等级",
    "body_not_in_directory": "评价机构未列入评价机构目录，无从核对备案范围",
    "officer_decision": "经办人认定",
}
BARRING = frozenset(
    {
        "other_person",
        "certificate_not_matched",
        "number_not_held",
        "certificate_already_linked",
        "entry_not_in_force",
    }
)
"""Reasons that no officer can set aside; about the others an officer decides with a reason of their own."""

_OF_THE_REGISTRY = frozenset(
    {
        "certificate_not_matched",
        "number_not_held",
        "certificate_already_linked",
        "unlinked_before",
        "entry_not_in_force",
        "entry_already_proved",
    }
)
"""What stands in the registry's own rows, whatever certificate and entry say of themselves."""

_SAME = {True: "same_person", False: "same_person_by_merge"}
_WITH_LEVEL = frozenset({CertificateKind.SKILL_LEVEL})
_WITHOUT_LEVEL = frozenset({CertificateKind.SPECIALIZED_COMPETENCY, CertificateKind.SPECIAL_OPERATION})
"""职业资格证书 are in neither: 准入类 have no level, 水平评价类 had one."""


def judge_link(
    certificate: CertificateFacts, entry: EntryFacts, *, known: OccupationTable, window_days: int, on: date
) -> Judgment:
    """Every reason for and against linking ``certificate`` to ``entry``.

    ``known`` is the list of occupations in use; ``window_days`` how long after its end a class may lead to a
    certificate (policy ``certificate_link_window_days``); ``on`` the law date of the judgment.
    """
    pro: list[str] = []
    contra: list[str] = []

    def say(holds: bool, reason: str, otherwise: str) -> None:
        (pro if holds else contra).append(reason if holds else otherwise)

    is_own = certificate.person_id == entry.person_id
    say(entry.person_id in certificate.members, _SAME[is_own], "other_person")
    contra.extend(_standing_against(certificate, entry))
    if certificate.opening_id is not None:
        say(certificate.opening_id == entry.opening_id, "same_class", "other_class")
        return Judgment(entry, tuple(pro), tuple(contra))
    for reason, is_for in _about_occupation(certificate, entry, known):
        (pro if is_for else contra).append(reason)
    say(_is_of_fitting_kind(certificate, entry), "kind_fits", "kind_unfit")
    say(certificate.skill_level == entry.skill_level, "same_level", "level_differs")
    if certificate.issued_on < entry.ends_on:
        contra.append("issued_before_class_end")
    else:
        latest = entry.ends_on + timedelta(days=window_days)
        say(certificate.issued_on <= latest, "issued_in_time", "issued_too_late")
    if certificate.valid_until is not None:
        say(certificate.valid_until >= on, "validity_open", "validity_over")
    if certificate.review_due_on is not None and certificate.review_due_on < on:
        contra.append("review_overdue")
    if certificate.body_scopes is None:
        contra.append("body_not_in_directory")
    else:
        say(_is_in_scope(certificate, known), "body_in_scope", "body_out_of_scope")
    return Judgment(entry, tuple(pro), tuple(contra))


def _standing_against(certificate: CertificateFacts, entry: EntryFacts) -> list[str]:
    """What stands against it in the registry's own rows, whatever the two say."""
    found = {
        "certificate_not_matched": certificate.state is not CertificateState.MATCHED,
        "number_not_held": not certificate.is_holder,
        "certificate_already_linked": certificate.is_linked,
        "unlinked_before": certificate.was_unlinked,
        "entry_not_in_force": not entry.is_in_force,
        "entry_already_proved": entry.is_proved,
    }
    return [reason for reason, stands in found.items() if stands]


def is_untrue_now(linked_for: Sequence[str], now: Judgment) -> bool:
    """Whether a link that was made for the reasons ``linked_for`` would not be made for them ``now``.

    What the registry's own rows say against a second link says nothing against the one that is there.
    """
    return not set(linked_for) <= set(now.reasons_for) or not set(now.reasons_against) <= _OF_THE_REGISTRY


def _is_of_fitting_kind(certificate: CertificateFacts, entry: EntryFacts) -> bool:
    """Whether a certificate of this kind can be of the entry's level, or of none."""
    has_level = entry.skill_level != SkillLevel.NONE.value
    return certificate.kind not in (_WITHOUT_LEVEL if has_level else _WITH_LEVEL)


def the_one_to_link(judgments: Sequence[Judgment]) -> Judgment | None:
    """The entry to link without an officer: the only one against which nothing stands; None when there is a choice."""
    fitting = [judgment for judgment in judgments if judgment.is_automatic]
    return fitting[0] if len(fitting) == 1 else None


def same_occupation(one: OccupationRef, other: OccupationRef, known: OccupationTable) -> str | None:
    """``same_occupation``, ``occupation_by_crosswalk``, ``occupation_unsettled``, or None when they differ."""
    if one == other:
        return "same_occupation"
    crossings = [
        crossing
        for crossing in known.crossings_of(one.edition, one.code)
        if (other.edition, other.code)
        in ((crossing.from_edition, crossing.from_code), (crossing.to_edition, crossing.to_code))
    ]
    line = known.benefit_line_of(one.edition, one.code)
    if line is not None and line == known.benefit_line_of(other.edition, other.code):
        return "occupation_by_crosswalk"
    if crossings:
        return "occupation_unsettled"
    return None


def _about_occupation(
    certificate: CertificateFacts, entry: EntryFacts, known: OccupationTable
) -> list[tuple[str, bool]]:
    named = certificate.occupation
    if named is None:
        return [("occupation_missing", False)]
    relation = same_occupation(named, entry.occupation, known)
    if relation is None:
        return [("occupation_differs", False)]
    said = [(relation, relation != "occupation_unsettled")]
    if certificate.trade_name:
        is_under = any(
            known.benefit_line_of(each.edition, each.code, certificate.trade_name) is not None
            for each in (named, entry.occupation)
        )
        said.append(("trade_under_occupation" if is_under else "trade_unknown", is_under))
    return said


def _is_in_scope(certificate: CertificateFacts, known: OccupationTable) -> bool:
    """A certificate without a level needs the occupation alone."""
    named = certificate.occupation
    return named is not None and any(
        (certificate.level_rank == 0 or scope.lowest_rank <= certificate.level_rank <= scope.highest_rank)
        and scope.starts_on <= certificate.issued_on
        and (scope.ends_before is None or certificate.issued_on < scope.ends_before)
        and same_occupation(scope.occupation, named, known) in {"same_occupation", "occupation_by_crosswalk"}
        for scope in certificate.body_scopes or ()
    )
