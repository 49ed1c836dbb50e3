"""Pages: what comes in is text and never markup, whatever somebody is called; one page is printed in milliseconds."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from app.archive.records.states import EntryKind, EntryState
from app.exchange.codes.rules import ALPHABET, digest_of, new_link_code, new_paper_code, qr_svg, region_of
from app.exchange.extracts.rules.contents import (
    Holder,
    NoticeFacts,
    Printing,
    SealedAs,
    extract_content,
    file_name,
    notice_content,
    standing_of,
)
from app.exchange.extracts.states import DocumentKind, Standing
from app.exchange.extracts.template import print_document, print_now
from app.exchange.shares.rules import ShownEntry
from app.subsidies.claims.states import NoticeKind
from app.subsidies.entitlements.states import BenefitKind
from tests.api.test_extracts import run, words

AT = datetime(2026, 3, 1, 1, 0, tzinfo=UTC)
HOSTILE = [
    "#strong[粗]", "$x_1$", "\\ 反斜杠", "@ref", "*粗* _斜_", "`raw`", "<label>", "// 注释", "/* 注释 */", "= 标题",
    '"引号"', "#read(\"/etc/passwd\")", "#import \"x\"", "[方括号]", "{花括号}", "~", "--", "'单引号'",
]  # fmt: skip
LONG_NAMES = [
    "阿卜杜热依木·买买提吐尔逊",
    "𠮷野家太郎",
    "欧阳㐂",
    "新疆维吾尔自治区喀什地区莎车县职业技能提升与再就业培训指导服务中心第一分校",
]


def entry(**known: Any) -> ShownEntry:
    told = {
        "record_number": "R110105-2026-00000001-5", "kind": EntryKind.COMPLETION, "state": EntryState.IN_FORCE,
        "superseded_by": None, "appended_at": AT, "revoked_at": None, "starts_on": date(2026, 2, 1),
        "ends_on": date(2026, 2, 20), **known,
    }  # fmt: skip
    return ShownEntry(**told)


def page(name: str, title: str, sealed: tuple[SealedAs, ...] = ()) -> dict[str, Any]:
    printing = Printing(issued_at=AT, code="7K2M-9QX4-T0B6-ZC8V-1N5R", site="https://registry.example.cn")
    holder = Holder(name=name, number="110000195001019012")
    return extract_content(holder, [entry(title=title, institution=name)], sealed, printing)


def flat(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("text", [*HOSTILE, *LONG_NAMES])
def test_text_is_printed_as_it_is(text: str, tmp_path: Path) -> None:
    printed = flat(words(print_now(DocumentKind.RECORD_EXTRACT, page(text, text)), tmp_path))
    # Long texts are broken within their cell, between others: character for character they are there.
    assert flat(text) in printed or all(char in printed for char in text)
    assert "110000195001019012" not in printed


def test_a_notice_says_reasons_and_remedies(tmp_path: Path) -> None:
    notice = NoticeFacts(
        number="N110105-2026-00000001",
        kind=NoticeKind.REFUSAL,
        issued_at=AT,
        agency="示例区人力资源和社会保障局",
        claim_number="S110105-2026-00000001",
        benefit=BenefitKind.SKILL_UPGRADE,
        amount_fen=None,
        reasons=[
            {
                "message": "累计缴费不满36个月 #x $y$",
                "citation": {"document": "人社部发〔2017〕40号", "clause": "一(一)"},
                "remedy": "补缴后重新申领",
            }
        ],
        remedies=[{"text": "可以在2026-04-30前申请行政复议", "citation": None}],
    )
    printing = Printing(issued_at=AT, code="7K2M-9QX4-T0B6-ZC8V-1N5R", site="https://registry.example.cn")
    content = notice_content(Holder(name="测试学员", number="110000195001019012"), notice, printing)
    printed = flat(words(print_now(DocumentKind.DECISION_NOTICE, content), tmp_path))
    for expected in (
        "不予发放决定书",
        "N110105-2026-00000001",
        "#x$y$",
        "人社部发〔2017〕40号",
        "行政复议",
        "7K2M-9QX4",
    ):
        assert flat(expected) in printed


@pytest.mark.anyio
async def test_the_same_content_gives_the_same_bytes_with_every_glyph_embedded(tmp_path: Path) -> None:
    content = page("𠮷野家", "养老护理员")
    first = await print_document(DocumentKind.RECORD_EXTRACT, content)
    assert first == await print_document(DocumentKind.RECORD_EXTRACT, content)
    (tmp_path / "one.pdf").write_bytes(first)
    fonts = run("pdffonts", str(tmp_path / "one.pdf")).splitlines()[2:]
    assert fonts
    assert all("NotoSansCJK" in font and " yes yes " in font for font in fonts)


def test_a_file_name_says_nothing_of_the_person() -> None:
    assert file_name(DocumentKind.RECORD_EXTRACT, AT) == "record-extract-20260301.pdf"


@pytest.mark.parametrize(
    ("is_revoked", "states", "later", "chosen", "standing"),
    [
        (False, ["in_force"], False, 1, Standing.VALID),
        (True, ["in_force"], False, 1, Standing.REVOKED),
        (False, ["revoked"], False, 1, Standing.REVOKED),
        (False, ["in_force", "revoked"], False, 2, Standing.SUPERSEDED),
        (False, ["superseded", "in_force"], False, 1, Standing.SUPERSEDED),
        (False, ["superseded", "in_force"], False, 2, Standing.VALID),
        (False, [], True, 0, Standing.SUPERSEDED),
        (False, [], False, 0, Standing.VALID),
    ],
)
def test_standing(is_revoked: bool, states: list[str], later: bool, chosen: int, standing: Standing) -> None:
    entries = [entry(state=EntryState(state)) for state in states]
    assert (
        standing_of(is_revoked=is_revoked, entries=entries, has_later_notice=later, chosen=chosen) is standing
    )


def test_codes_forgive_how_they_are_typed() -> None:
    code = new_paper_code()
    assert len(code) == 24
    assert set(new_link_code()) <= set(ALPHABET)
    assert digest_of(code.lower().replace("-", "  ")) == digest_of(code)
    assert digest_of("O1IL") == digest_of("0111")
    assert digest_of("0000") != digest_of("0001")
    assert len({new_link_code() for _ in range(100)}) == 100


@pytest.mark.parametrize(
    ("host", "region"),
    [
        ("203.0.113.9", "203.0.*.*"),
        ("2001:db8::1", "2001:0db8::*"),
        ("", "未知网络"),
        ("testclient", "未知网络"),
    ],
)
def test_a_source_is_told_by_half(host: str, region: str) -> None:
    assert region_of(host) == region


def test_a_qr_code_has_no_size_of_its_own() -> None:
    drawn = qr_svg("https://registry.example.cn/verify#7K2M-9QX4-T0B6-ZC8V-1N5R")
    assert drawn.startswith("<svg")
    assert "width=" not in drawn.partition(">")[0]
