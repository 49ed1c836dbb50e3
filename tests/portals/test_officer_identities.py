"""Identities, the archive and certificates' desk in a real browser: each page looked at once, at both widths."""

from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from app.access.actor import Permission
from app.jobs.certificate_imports import run_certificate_imports
from tests.builders.decided_claims import officer
from tests.builders.earlier import lay_earlier
from tests.builders.finished_class import Trainee, lay_finished_class
from tests.portals.portal_server import Portal
from tests.portals.walking import Walk
from tests.registry_server import Registry

ONE = Trainee(serial=961, name="阿卜杜热依木·买买提吐尔逊")
OTHER = Trainee(serial=962, name="阿卜杜热依木·买买提吐尔逊")
CASE = "京人社核〔2026〕第0001号"
DESK = (Permission.REVIEW, Permission.LOOKUP, Permission.DIRECTORY, Permission.IDENTITY)


async def lay_two(registry: Registry) -> list[UUID]:
    """Two in one class, both with an entry of it and the same benefit from before: what a merge may meet."""
    laid = await lay_finished_class(registry, [ONE, OTHER])
    await registry.advance(hours=1)
    closed = await laid.operator.post(f"/v1/openings/{laid.opening_id}:close")
    assert closed.status_code == 200, closed.text
    for person in laid.persons:
        await lay_earlier(registry, person)
    return laid.persons


@pytest.fixture(scope="module")
def two(portal: Portal) -> list[UUID]:
    return portal.run(lay_two(portal.registry))


@pytest.fixture(scope="module")
def desk(walk: Walk, portal: Portal) -> Page:
    return walk.as_somebody(portal.run(officer(portal.registry, *DESK)))


def find(page: Page, trainee: Trainee) -> None:
    page.get_by_label("案件编号").fill(CASE)
    page.get_by_label("身份证件号码").fill(trainee.number)


def test_two_numbers_become_one_person_and_what_both_enjoyed_is_decided(
    walk: Walk, portal: Portal, two: list[UUID], desk: Page
) -> None:
    walk.open(desk, "/office/persons")
    find(desk, ONE)
    desk.get_by_role("button", name="查询").click()
    walk.judge(desk, name="office-person")
    desk.get_by_text("与另一个编号合并").click()
    desk.get_by_label("另一个编号下的身份证件号码").fill(OTHER.number)
    desk.get_by_role("button", name="并排比较").click()
    expect(desk.get_by_text("会成为重复享受")).to_be_visible()
    walk.judge(desk, name="office-merge-proposal")
    desk.locator("[name=keep][value=other]").check()
    desk.get_by_label("理由").fill("公安机关证明同一人先后使用两个号码")
    desk.get_by_role("button", name="提出合并").click()
    expect(desk.locator(".said")).to_contain_text("等待第二人复核")
    walk.glance(desk, name="office-merge-proposed")
    second = walk.as_somebody(portal.run(officer(portal.registry, Permission.IDENTITY, Permission.PAYMENT)))
    walk.glance(second, "/office", name="office-identity-work")
    second.get_by_role("link", name="人员合并或解除待复核").click()
    walk.glance(second, name="office-merges")
    second.keyboard.press("j")
    second.keyboard.press("Enter")
    second.get_by_role("button", name="查看双方").click()
    walk.judge(second, name="office-merge-sides")
    second.get_by_label("同意合并").check()
    second.get_by_label("理由").fill("材料已核验")
    second.get_by_role("button", name="确定").click()
    expect(second.locator(".said")).to_contain_text("已合并")
    walk.glance(second, "/office/persons/collisions")
    second.keyboard.press("j")
    second.keyboard.press("Enter")
    walk.judge(second, name="office-collision")
    second.get_by_label("不构成重复享受").check()
    second.get_by_label("理由").fill("两笔分属不同证书，经核对不构成重复享受")
    second.get_by_role("button", name="确定").click()
    expect(second.locator(".said")).to_contain_text("恢复审批和发放")
    walk.glance(second, "/office/persons/collisions?is_open=false", name="office-collisions-decided")


def test_an_entry_is_looked_up_and_a_correction_offered(walk: Walk, two: list[UUID], desk: Page) -> None:
    walk.open(desk, "/office/records")
    person = desk.locator("form", has=desk.get_by_role("button", name="查看全部档案"))
    person.get_by_label("身份证件号码").fill(ONE.number)
    person.get_by_label("姓名").fill(ONE.name)
    person.get_by_label("案件编号").fill(CASE)
    person.get_by_role("button").click()
    walk.judge(desk, name="office-records-found")
    desk.get_by_role("button", name="查看并更正").first.click()
    expect(desk.get_by_role("heading", name="提出更正或撤销")).to_be_visible()
    walk.judge(desk, name="office-record")


def test_certificates_are_found_registered_and_taken_in_by_list(
    walk: Walk, portal: Portal, two: list[UUID], desk: Page
) -> None:
    portal.run(lay_body(portal.registry))
    walk.glance(desk, "/office/certificates")
    walk.glance(desk, "/office/certificates/find")
    walk.open(desk, "/office/certificates/new")
    walk.open(desk, "/office/certificates/imports")
    desk.get_by_label("评价机构").select_option(label="样例评价中心")
    lines = f"证件号码,证书编号,发证日期\n{ONE.number},S000011990001255000961,2025-05-11\n123,X,2025-13-40\n"
    file = {"name": "list.csv", "mimeType": "text/csv", "buffer": lines.encode()}
    desk.get_by_label("名单文件").set_input_files(file)  # type: ignore[arg-type]
    desk.get_by_role("button", name="上传名单").click()
    expect(desk.locator("progress")).to_be_visible()
    portal.run(run_certificate_imports(portal.registry.house))
    with desk.expect_download() as download:
        desk.get_by_role("link", name="下载未登记的行").click()
    assert download.value.suggested_filename == "certificate-bad-rows.xlsx"
    walk.judge(desk, name="office-certificate-import")
    walk.glance(desk, "/office/certificates/imports", name="office-certificate-imports-sent")


async def lay_body(registry: Registry) -> None:
    owner = await registry.owner()
    await owner.execute(
        "INSERT INTO evaluation_body (body_code, kind, name, division_code, registered_by) VALUES ('S000011990001',"
        " 'social_body', '样例评价中心', '110105', (SELECT principal_id FROM principal WHERE kind = 'system'))"
    )
