"""The judgment of all lines together: the same person twice, one card for two persons, too many trainees."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from app.files.sheet import cell_text
from app.kernel.errors import UNSOURCED, InvalidInput, Reason
from app.kernel.masking import (
    mask_differing,
    mask_name_public,
    mask_number_own_institution,
    mask_number_public,
    mask_phone,
    name_as_typed,
)
from app.kernel.names import same_name
from app.training.rosters.rules.entries import (
    MAX_TRAINEES,
    ReadRoster,
    RefusedLine,
    RosterEntry,
    RosterLine,
    Yardstick,
)
from app.training.rosters.rules.lines import JudgedLine, judge_line

_MOST_LINES_NAMED = 5
_LONGEST_ECHO = 30
_NAME = "姓名"


def judge_roster(
    entries: Sequence[RosterEntry],
    yardstick: Yardstick,
    *,
    notices: Iterable[Reason] = (),
    headings: tuple[str, ...] = (),
) -> ReadRoster:
    """Judge all entries of one class, each by itself and against each other.

    The same person with the same values is taken once, with a notice; with different values both lines are
    refused, each naming the other. Raises ``InvalidInput`` when there are more than ``MAX_TRAINEES``
    entries.
    """
    if len(entries) > MAX_TRAINEES:
        raise InvalidInput([_too_many(entries)])
    judged = [judge_line(entry, yardstick) for entry in entries]
    told = list(notices)
    ignored = _settle_repeats(judged, told)
    _refuse_shared_cards([line for line in judged if id(line) not in ignored])
    lines, refused = [], []
    for line in judged:
        if id(line) in ignored:
            continue
        if line.reasons or line.identity is None:
            refused.append(_refused(line))
        else:
            lines.append(_accepted(line))
    return ReadRoster(lines=tuple(lines), refused=tuple(refused), notices=tuple(told), headings=headings)


def _accepted(line: JudgedLine) -> RosterLine:
    assert line.identity is not None
    return RosterLine(
        line=line.entry.line,
        sheet=line.entry.sheet,
        name=line.name,
        identity_number=line.identity,
        card_number=line.card,
        phone=line.phone,
        key_groups=line.key_groups,
        remark=line.remark,
        warnings=tuple(line.warnings),
        cells=line.entry.cells,
    )


def _refused(line: JudgedLine) -> RefusedLine:
    return RefusedLine(
        line=line.entry.line,
        sheet=line.entry.sheet,
        reasons=tuple(line.reasons),
        warnings=tuple(line.warnings),
        cells=line.entry.cells,
    )


def _settle_repeats(judged: list[JudgedLine], notices: list[Reason]) -> set[int]:
    """Mark persons that stand twice; the ids of lines that merely repeat an earlier one are returned."""
    by_person: dict[str, list[JudgedLine]] = defaultdict(list)
    for line in judged:
        if line.identity is not None:
            by_person[line.identity.number].append(line)
    ignored: set[int] = set()
    for lines in by_person.values():
        if len(lines) == 1:
            continue
        first, *others = lines
        differing = [other for other in others if _differences(first, other)]
        if differing:
            _refuse_differing(lines)
            continue
        if first.reasons:
            continue  # equally defective repeats: each says its own defects
        for other in others:
            ignored.add(id(other))
            notices.append(_repeat_ignored(first, other))
    return ignored


def _refuse_differing(lines: list[JudgedLine]) -> None:
    """Each line names the first line it contradicts, with both values: names in full, numbers masked."""
    for line in lines:
        other = next(
            candidate for candidate in lines if candidate is not line and _differences(line, candidate)
        )
        found, place = _differences(line, other), _place(other, line)
        line.refuse(
            Reason(
                code="same_person_different_values",
                message=_told_apart(
                    [
                        (label, name_as_typed(own), name_as_typed(theirs))
                        if label == _NAME
                        else (label, own, theirs)
                        for label, own, theirs in found
                    ],
                    place,
                ),
                message_at_rest=_told_apart(
                    [
                        (label, mask_name_public(own), mask_name_public(theirs))
                        if label == _NAME
                        else (label, own, theirs)
                        for label, own, theirs in found
                    ],
                    place,
                ),
                remedy="请对照证件，只保留正确的一行；若是两个人，请更正抄错的证件号码",
                field="identity_number",
                value=mask_number_own_institution(line.identity.number) if line.identity else None,
                citation=UNSOURCED,
            )
        )


def _told_apart(found: list[tuple[str, str, str]], place: str) -> str:
    shown = "；".join(f"{label}本行为“{own}”、{place}为“{theirs}”" for label, own, theirs in found)
    return f"与{place}是同一证件号码，但内容不同：{shown}"


def _differences(one: JudgedLine, other: JudgedLine) -> list[tuple[str, str, str]]:
    """Label and both values of every column in which two lines about one person differ; numbers are masked."""
    found: list[tuple[str, str, str]] = []
    if not same_name(one.name, other.name):
        found.append((_NAME, one.name, other.name))
    own_card, other_card = (line.card.number if line.card else "" for line in (one, other))
    if own_card != other_card:
        cards = mask_differing(own_card, other_card, mask_number_own_institution)
        found.append(("社会保障卡卡号", *cards))
    if one.phone != other.phone:
        found.append(("手机号", *mask_differing(one.phone or "", other.phone or "", mask_phone)))
    if set(one.key_groups) != set(other.key_groups):
        found.append(("重点群体", _cell_of(one, "key_group"), _cell_of(other, "key_group")))
    if one.remark != other.remark:
        found.append(("备注", "有内容" if one.remark else "", "有内容" if other.remark else ""))
    return [(label, own or "（空）", theirs or "（空）") for label, own, theirs in found]


def _cell_of(line: JudgedLine, column: str) -> str:
    """What the file itself says in a column that names no person, shortened."""
    return cell_text(getattr(line.entry, column))[:_LONGEST_ECHO] if line.key_groups else ""


def _refuse_shared_cards(judged: list[JudgedLine]) -> None:
    """One card belongs to one person; two persons with the same card number are both doubtful."""
    by_card: dict[str, list[JudgedLine]] = defaultdict(list)
    for line in judged:
        if line.card is not None:
            by_card[line.card.number].append(line)
    for number, lines in by_card.items():
        persons = {line.identity.number if line.identity else str(id(line)) for line in lines}
        if len(persons) < 2:
            continue
        for line in lines:
            others = [_place(other, line) for other in lines if other is not line]
            line.refuse(
                Reason(
                    code="card_number_shared",
                    message=f"社会保障卡卡号“{mask_number_public(number)}”与{_listed(others)}的另一人相同",
                    remedy="请对照社会保障卡核对，一张卡只属于一个人；卡号可以留空",
                    field="card_number",
                    value=mask_number_public(number),
                    citation=UNSOURCED,
                )
            )


def _repeat_ignored(first: JudgedLine, repeat: JudgedLine) -> Reason:
    return Reason(
        code="repeated_line",
        message=f"与{_place(first, repeat)}内容完全相同，只计一次",
        remedy="无需处理；如想填写的是另一人，请更正证件号码",
        field="identity_number",
        sheet=repeat.entry.sheet,
        line=repeat.entry.line,
    )


def _place(line: JudgedLine, seen_from: JudgedLine) -> str:
    sheet = line.entry.sheet
    return (
        f"第{line.entry.line}行"
        if sheet == seen_from.entry.sheet
        else f"工作表“{sheet}”第{line.entry.line}行"
    )


def _listed(places: list[str]) -> str:
    shown = "、".join(places[:_MOST_LINES_NAMED])
    return shown if len(places) <= _MOST_LINES_NAMED else f"{shown}等{len(places)}处"


def _too_many(entries: Sequence[RosterEntry]) -> Reason:
    beyond = entries[MAX_TRAINEES]
    return Reason(
        code="roster_too_long",
        message=f"名册有{len(entries)}名学员，超过每班{MAX_TRAINEES}名的上限（从第{beyond.line}行起超出）",
        remedy="请按班级分开备案，每班一份名册",
        field="file",
        citation=UNSOURCED,
        sheet=beyond.sheet,
        line=beyond.line,
    )
