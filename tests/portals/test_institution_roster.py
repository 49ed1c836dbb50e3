"""A dirty roster of 300 rows: uploaded once, its bad rows mended on the page."""

import io
from pathlib import Path

import openpyxl
import xlsxwriter
from playwright.sync_api import expect

from tests.builders.rosters import DraftClass, lay_draft, trainees
from tests.portals.portal_server import Portal
from tests.portals.walking import Walk

ROWS = 300
DIRTY = {3: "check digit", 77: "no name", 150: "phone", 299: "phone"}


def dirty_workbook() -> bytes:
    """300 trainees below a title; four rows are wrong."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet("名册")
        sheet.write_string(0, 0, "某市示范职业培训学校学员名册")
        for column, word in enumerate(("序号", "学员姓名", "身份证号码", "联系电话", "备注")):
            sheet.write_string(1, column, word)
        for number, trainee in enumerate(trainees(ROWS)):
            fault = DIRTY.get(number)
            name = "" if fault == "no name" else "阿卜杜热依木·买买提吐尔逊"
            identity = trainee.identity_number
            if fault == "check digit":
                identity = identity[:17] + ("1" if identity[17] != "1" else "2")
            phone = "1380000" if fault == "phone" else "13800000000"
            for column, value in enumerate((str(number + 1), name, identity, phone, "")):
                sheet.write_string(number + 2, column, value)
    return buffer.getvalue()


def test_a_dirty_file_is_mended_on_the_page(walk: Walk, portal: Portal) -> None:
    drafted: DraftClass = portal.run(lay_draft(portal.registry))
    page = walk.as_somebody(drafted.operator)
    base = f"/institution/openings/{drafted.opening_id}/roster"
    walk.open(page, base, name="institution-roster-empty")
    page.locator("[name=file]").set_input_files(
        {"name": "名册.xlsx", "mimeType": "application/octet-stream", "buffer": dirty_workbook()}
    )
    page.get_by_role("button", name="上传名册").click()
    expect(page.locator(".said")).to_contain_text("登入296名学员；还有4行需要修改")
    walk.judge(page, name="institution-roster-fix")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(4)
    expect(rows.nth(0)).to_contain_text("名册，第6行")
    expect(rows.nth(0).locator(".field-error").first).to_contain_text("校验位")

    with page.expect_download() as told:
        page.get_by_role("link", name="只下载这4行").click()
    sheet = openpyxl.load_workbook(io.BytesIO(Path(told.value.path()).read_bytes())).active
    assert sheet is not None
    assert sheet.max_row == 1 + len(DIRTY)

    known = trainees(ROWS)
    page.locator("[name='rows.0.identity_number']").fill(known[3].identity_number)
    page.locator("[name='rows.1.name']").fill("张样安")
    page.locator("[name='rows.2.phone']").fill("13800000000")
    page.locator("[name='rows.3.phone']").fill("138000000")
    page.get_by_role("button", name="登入改好的行").click()
    expect(page.locator(".said")).to_contain_text("登入3名学员；还有1行需要修改")
    page.get_by_label("不要名册，第302行").check()
    page.get_by_role("button", name="登入改好的行").click()
    expect(page.locator(".said")).to_contain_text("登入0名学员")
    counts = portal.run(drafted.roster())["counts"]
    assert counts["lines"] == ROWS - 1
    walk.judge(page, name="institution-roster-checking")


def test_rows_are_pasted_and_withdrawn_without_scripts(walk: Walk, portal: Portal) -> None:
    drafted: DraftClass = portal.run(lay_draft(portal.registry))
    page = walk.as_somebody(drafted.operator, scripts=False)
    base = f"/institution/openings/{drafted.opening_id}/roster"
    page.goto(base)
    pasted = "\n".join(
        ["姓名\t证件号码", *(f"张样安\t{trainee.identity_number}" for trainee in trainees(2, first=400))]
    )
    page.locator("[name=pasted]").fill(pasted)
    page.get_by_role("button", name="登入粘贴的名册").click()
    expect(page.locator(".said")).to_contain_text("登入2名学员")
    page.get_by_role("link", name="撤下张样安").first.click()
    page.get_by_role("button", name="确认撤下").click()
    expect(page.locator(".summary")).to_be_visible()
    walk.expect_complaint("422")
    page.locator("[name=reason]").fill("本人放弃参训")
    page.get_by_role("button", name="确认撤下").click()
    expect(page.locator(".said")).to_contain_text("已从名册撤下")
    assert portal.run(drafted.roster())["counts"]["lines"] == 1
