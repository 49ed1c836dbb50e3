"""Words, dates and forms of the pages, without a page."""

import re
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path

import pytest
from fastapi import FastAPI

from app import portals
from app.access.actor import Permission, PrincipalKind
from app.archive.certificates.states import CertificateState
from app.archive.records.states import EntryState, Purpose
from app.identity.persons.states import CollisionKind, EndKind, MergeState
from app.kernel.errors import UNSOURCED, Citation, InvalidInput, Reason, Refused
from app.kernel.money import with_sign
from app.portals import install
from app.subsidies.claims.states import ClaimState, Step
from app.subsidies.disbursements.states import FundingSource, InstructionState, LedgerAccount
from app.subsidies.entitlements.states import RuleResult
from app.subsidies.recoveries.states import StepKind
from app.training.openings.states import ChangeKind, DocumentPart, OpeningState
from app.training.rosters.states import LineState
from app.web.pages import filters
from app.web.pages.charts import bars
from app.web.pages.complaints import Complaints
from app.web.pages.typed import Typed
from app.web.pages.visitor import local_address
from app.web.tones import Tone, tag
from app.web.wire import Input
from app.web.words import VOCABULARIES, word

WHOLE: dict[str, type[StrEnum]] = {
    "opening": OpeningState,
    "opening_part": DocumentPart,
    "change": ChangeKind,
    "line": LineState,
    "merge": MergeState,
    "number_end": EndKind,
    "impossible": CollisionKind,
    "entry": EntryState,
    "purpose": Purpose,
    "certificate": CertificateState,
    "claim": ClaimState,
    "step": Step,
    "condition": RuleResult,
    "funding_source": FundingSource,
    "ledger_account": LedgerAccount,
    "instruction": InstructionState,
    "recovery_step": StepKind,
    "permission": Permission,
    "principal": PrincipalKind,
}


@pytest.mark.parametrize("vocabulary", WHOLE)
def test_every_state_has_a_word(vocabulary: str) -> None:
    """A state without one would be a KeyError on the page of whoever has it."""
    assert {member.value for member in WHOLE[vocabulary]} <= {
        str(value) for value in VOCABULARIES[vocabulary]
    }


def test_words_are_chinese_and_a_value_as_stored_finds_them() -> None:
    assert word("claim", "paid") == "已发放"
    assert tag("claim", "paid").tone is Tone.GOOD
    assert tag("opening", "draft").tone is Tone.DRAFT
    assert all(name and not name.isascii() for words in VOCABULARIES.values() for name in words.values())
    with pytest.raises(KeyError):
        word("claim", "unheard_of")


def test_every_template_compiles() -> None:
    app = FastAPI()
    install(app)
    assert len(app.state.templates.compile()) > 10


def test_templates_hold_nothing_inline() -> None:
    """The policy of every page refuses it, so it would silently do nothing."""
    found = [
        f"{path.name}: {mark}"
        for path in Path("app/portals/templates").rglob("*.html")
        for mark in (
            "style=",
            "<style",
            "onclick=",
            "onchange=",
            "onsubmit=",
            "javascript:",
            "http://",
            "https://",
        )
        if mark in path.read_text(encoding="utf-8")
    ]
    assert not found


def test_dates_money_and_sources_read_as_people_write_them() -> None:
    assert filters.day(date(2026, 3, 1)) == "2026年3月1日"
    assert filters.instant(datetime(2026, 2, 28, 16, 5, tzinfo=UTC)) == "2026年3月1日 00:05"
    assert filters.day(None) == "—"
    assert (
        filters.dated("自2026-11-02起算，编号R110105-2026-11-02不动")
        == "自2026年11月2日起算，编号R110105-2026-11-02不动"
    )
    assert [filters.days_left(date(2026, 3, day), date(2026, 3, 2)) for day in (5, 2, 1)] == [
        "还有3天",
        "今天截止",
        "已超过1天",
    ]
    assert with_sign(150_000) == "￥1,500.00"
    assert with_sign(-5) == "-￥0.05"
    assert filters.cite(Citation("人社部发〔2025〕10号", "三（二）")) == "人社部发〔2025〕10号 三（二）"
    assert "没有文件规定" in filters.cite(UNSOURCED)
    assert filters.with_query("/a", state="filed", cursor=None, q="") == "/a?state=filed"


class Teacher(Input):
    name: str
    hours: int


class Sample(Input):
    name: str
    on: date | None = None
    groups: tuple[str, ...] = ()
    teachers: tuple[Teacher, ...] = ()


def test_a_form_is_read_as_the_api_reads_its_body() -> None:
    fields = [("name", " 护理班 "), ("on", ""), ("groups", "a"), ("groups", "b"), ("_once", "x")]
    fields += [
        ("teachers.0.name", "甲"),
        ("teachers.0.hours", "8"),
        ("teachers.1.name", "乙"),
        ("teachers.1.hours", "4"),
    ]
    read = Typed(fields).read(Sample, lists=("groups",))
    assert (read.name, read.on, read.groups) == ("护理班", None, ("a", "b"))
    assert [each.hours for each in read.teachers] == [8, 4]
    with pytest.raises(InvalidInput) as refused:
        Typed([("on", "yesterday"), ("teachers.0.name", "甲")]).read(Sample)
    assert {reason.field for reason in refused.value.reasons} == {"name", "on", "teachers.0.hours"}


def test_complaints_stand_at_their_fields() -> None:
    reasons = [
        Reason(code="a", field="name", message="没有填写", remedy="请填写"),
        Reason(code="b", field="teachers.1.hours", message="应为整数", remedy="请改为整数"),
        Reason(code="c", message="整体不符", remedy="请核对"),
    ]
    complaints = Complaints.of(Refused(reasons), {"name": "班次名称", "teachers.*.hours": "课时"})
    assert [complaints.label(reason) for reason in reasons] == ["班次名称", "第2项课时", ""]
    assert [complaints.anchor(reason) for reason in reasons] == ["field-name", "field-teachers-1-hours", None]
    assert complaints.at("name") == reasons[:1]
    assert not Complaints.of(None)


@pytest.mark.parametrize(
    "address",
    [
        "https://elsewhere.test",
        "//elsewhere.test",
        "/\\elsewhere.test",
        "javascript:alert(1)",
        "my",
        "/a\r\nb",
        "",
    ],
)
def test_an_address_elsewhere_is_not_followed(address: str) -> None:
    assert local_address(address) is None


def test_an_address_here_is_followed() -> None:
    assert local_address("/my/claims?state=paid") == "/my/claims?state=paid"


def test_a_chart_has_a_name_and_nothing_inline() -> None:
    drawn = str(bars("技能提升补贴最多", [("技能提升<补贴>", 1234), ("其他", 2)]))
    assert 'aria-label="技能提升补贴最多"' in drawn
    assert "1,234" in drawn
    assert "技能提升&lt;补贴&gt;" in drawn
    assert not any(mark in drawn for mark in ("<style", "style=", "<script", "Pygal"))


def test_a_qr_code_is_drawn_without_style() -> None:
    drawn = str(filters.qr("http://127.0.0.1/verify", title="核验<码>"))
    assert "style" not in drawn
    assert "&lt;码&gt;" in drawn


def test_a_page_ends_the_sentence_of_a_reason() -> None:
    ended = re.compile(r'^\s+message=f?"[^"]*。",?$', re.MULTILINE)
    app = Path(portals.__path__[0]).parent
    assert [str(file) for file in app.rglob("*.py") if ended.search(file.read_text(encoding="utf-8"))] == []
