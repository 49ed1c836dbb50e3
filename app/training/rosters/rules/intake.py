"""What stands against keeping a line or a whole roster, and how two claims about one trainee differ.

Only this class's own lines are ever compared (the institution typed both); what other classes or the card-holder base
hold is unknown here.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from dataclasses import field as dataclass_field
from datetime import date

import orjson

from app.kernel.errors import UNSOURCED, Reason
from app.kernel.masking import (
    mask_differing,
    mask_name_public,
    mask_number_own_institution,
    mask_number_public,
    mask_phone,
)
from app.kernel.names import same_name, sort_key
from app.kernel.periods import add_months
from app.training.openings.states import EDITABLE
from app.training.rosters.rules.entries import RosterLine

CARD_NUMBER_FORM = re.compile(r"[0-9A-Za-z]{1,20}")
"""What the card-holder base can be asked about (its contract); another form could never be verified."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What an institution says about one trainee; nothing of it is printed."""

    number: str = field(repr=False)
    document_kind: str
    name: str = field(repr=False)
    card_number: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    key_groups: tuple[str, ...] = ()
    remark: str | None = field(default=None, repr=False)

    def content(self) -> str:
        """One spelling of the whole claim, for its digest: equal claims have equal text."""
        parts = (
            self.number, self.document_kind, self.name, self.card_number, self.phone,
            sorted(self.key_groups), self.remark,
        )  # fmt: skip
        return orjson.dumps(parts).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportFacts:
    """What an import is judged by, besides its lines. Counts are of lines that are not withdrawn.

    ``is_begun``: whether the class has any line, withdrawn ones included.
    """

    opening_state: str
    is_begun: bool
    held_count: int
    rows_max: int


@dataclass(frozen=True, slots=True)
class Difference:
    """One column in which two claims differ: how it is called and both values, numbers masked.

    A name is in full: masked, 周小明 and 周晓明 look alike to the very people who typed them.
    """

    field: str
    label: str
    given: str = dataclass_field(repr=False)
    held: str = dataclass_field(repr=False)

    def at_rest(self) -> "Difference":
        """As it may be stored: the names masked."""
        if self.field != "name":
            return self
        return replace(self, given=mask_name_public(self.given), held=mask_name_public(self.held))


def initials_of(name: str) -> str:
    """First letters of the pinyin sort key, one a syllable: the order of lists, without telling the name."""
    return "".join(syllable[0] for syllable in sort_key(name).split())


def reason_against_changing(opening_state: str) -> Reason | None:
    """Why the roster may not be changed now: it is part of what was filed."""
    if opening_state in EDITABLE:
        return None
    return Reason(
        code="roster_filed",
        message="名册已随开班备案提交，不能直接修改",
        remedy="备案被退回后可以修改；已备案的班级请申请变更（学员退出）",
        field="opening_id",
    )


def reason_against_count(facts: ImportFacts, *, added: int) -> Reason | None:
    """Why so many more trainees do not fit into one class."""
    if facts.held_count + added <= facts.rows_max:
        return None
    return Reason(
        code="roster_full",
        message=f"本班名册已有{facts.held_count}名学员，再加{added}名将超过每班{facts.rows_max}名的上限",
        remedy="请按班级分开备案，或先撤下不再参训的学员",
        field="file",
        value=str(facts.held_count + added),
        citation=UNSOURCED,
    )


def reasons_against_keeping(line: RosterLine, *, on: date, age_min: int) -> tuple[Reason, ...]:
    """What stands against a readable line once it is to be kept: too young on ``on``, a card nobody could check."""
    return tuple(_reasons_against_keeping(line, on=on, age_min=age_min))


def _reasons_against_keeping(line: RosterLine, *, on: date, age_min: int) -> Iterator[Reason]:
    if add_months(line.identity_number.born_on, 12 * age_min) > on:
        yield Reason(
            code="trainee_too_young",
            message=f"证件号码“{mask_number_public(line.identity_number.number)}”表示未满{age_min}周岁",
            remedy="请核对证件号码中的出生日期；未到年龄的不能参训",
            field="identity_number",
            value=mask_number_public(line.identity_number.number),
            citation=UNSOURCED,
        )
    card = line.card_number
    if card is not None and not CARD_NUMBER_FORM.fullmatch(card.number):
        yield Reason(
            code="card_number_form",
            message=f"社会保障卡卡号“{mask_number_public(card.number)}”不是20位以内的数字或字母，无法核验",
            remedy="请对照社会保障卡正面填写卡号；不清楚的可以留空",
            field="card_number",
            value=mask_number_public(card.number),
            citation=UNSOURCED,
        )


def differences(given: Claim, held: Claim, group_names: Mapping[str, str]) -> tuple[Difference, ...]:
    """Every column in which ``given`` differs from what this class already holds about the same trainee."""

    def groups(claim: Claim) -> str:
        return "、".join(group_names.get(code, code) for code in sorted(claim.key_groups))

    return tuple(
        Difference(name, label, shown or "（空）", known or "（空）")
        for name, label, differs, shown, known in (
            (
                "name", "姓名", not same_name(given.name, held.name),
                given.name, held.name,
            ),
            (
                "card_number", "社会保障卡卡号", given.card_number != held.card_number,
                *mask_differing(given.card_number or "", held.card_number or "", mask_number_own_institution),
            ),
            (
                "phone", "手机号", given.phone != held.phone,
                *mask_differing(given.phone or "", held.phone or "", mask_phone),
            ),
            (
                "key_group", "重点群体", set(given.key_groups) != set(held.key_groups),
                groups(given), groups(held),
            ),
            (
                "remark", "备注", given.remark != held.remark,
                "有内容" if given.remark else "", "有内容" if held.remark else "",
            ),
        )
        if differs
    )  # fmt: skip


def touches_identity(found: tuple[Difference, ...]) -> bool:
    """Whether the real-name check must be made again: it was about name, number and card."""
    return any(each.field in {"name", "card_number"} for each in found)


def line_differs(claim: Claim, found: tuple[Difference, ...]) -> Reason:
    """The trainee is on this roster already, with other values: both are shown, neither is preferred."""

    def said(differing: Iterable[Difference]) -> str:
        shown = "；".join(f"{each.label}本次为“{each.given}”、名册中为“{each.held}”" for each in differing)
        return f"该学员已在本班名册中，但内容不同：{shown}"

    return Reason(
        code="roster_line_differs",
        message=said(found),
        message_at_rest=said(each.at_rest() for each in found),
        remedy="请核对后保留正确的内容：先撤下原有的一行再导入，或以 replace=true 用本次内容替换",
        field=found[0].field,
        value=mask_number_own_institution(claim.number),
        citation=UNSOURCED,
    )


def needs_the_office() -> Reason:
    """Two numbers of one person: neutral, because how they hang together is not the institution's to know."""
    return Reason(
        code="identity_needs_office",
        message="该行的证件号码须由本人到经办机构核实，暂不能登记",
        remedy="请本人持有效证件到人力资源社会保障经办机构核实后再登记；其他行不受影响",
        field="identity_number",
        citation=UNSOURCED,
    )
