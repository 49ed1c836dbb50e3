"""Certificates come in: bodies in the directory; holders, institution and officer report; an issuer sends its list."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from app.demo.actors.citizen import Citizen
from app.demo.certificates import Press, Printed
from app.demo.check.cast import Cast
from app.demo.check.directory_steps import Directory
from app.demo.check.roster_steps import DOUBLY_ENROLLED, Classes
from app.demo.client import until
from app.demo.identities import Person
from app.demo.journal import require
from app.demo.province_data import (
    BODIES,
    DICTIONARY_EDITION,
    NURSING_CLASS,
    OCCUPATION_NAMES,
    UNLISTED_BODY,
)
from app.demo.workbooks import issuer_line_of, issuer_list
from app.kernel.clock import law_date

BODY = BODIES[0]
UPLOADED_AFTER = timedelta(days=12)
"""How much later than the certificate was reported its body brings it to the network."""

_ISSUED_AFTER_CLASS = timedelta(days=14)
_LONG_AGO = timedelta(days=200)
"""The network has everything of that time."""

_NAMED_BY_CITIZEN = NURSING_CLASS[1]
_NAMED_BY_SCHOOL = NURSING_CLASS[2]
_LATE, _MISSPELLED, _WITHOUT_ENTRY, _LOSING = NURSING_CLASS[4:8]
_WITH_TWO = NURSING_CLASS[0]


@dataclass(frozen=True, slots=True)
class Claim:
    """A certificate of ``reporter``, with its id here and on the network (None: not there, or not theirs)."""

    printed: Printed
    reporter: Person
    citizen: Citizen
    certificate_id: str
    network_id: str | None

    def shown(self) -> dict[str, Any]:
        """As its holder sees it."""
        return self.citizen.certificate(self.certificate_id)

    def wait_for(self, state: str) -> dict[str, Any]:
        """As its holder sees it once it is in that state."""
        return self.citizen.wait_for(self.certificate_id, state)


@dataclass(frozen=True, slots=True)
class Claims:
    """What was reported, by what becomes of it; ``imported`` certificates came with the list of a body."""

    automatic: Claim
    revoked: Claim
    by_officer: Claim
    late: Claim
    misnamed: Claim
    contested: Claim
    stolen: Claim
    forged: Claim
    without_training: Claim
    imported: int


def take_certificates_in(cast: Cast, directory: Directory, classes: Classes) -> Claims:
    """Everything that becomes known of certificates, by every channel; checked by the worker at the end."""
    _show_completion_certificates(cast)
    body_id = _register_bodies(cast)
    cast.clock.advance(_ISSUED_AFTER_CLASS)
    today = law_date(cast.clock.now())
    press = Press(DICTIONARY_EDITION, OCCUPATION_NAMES)
    claims = _report(cast, directory, classes, press, today)
    imported = _import_list(cast, classes, press, today, body_id)
    _check(cast, directory, classes, claims, imported)
    return Claims(imported=imported, **claims)


def of_bodies(directory: Directory, classes: Classes) -> list[dict[str, Any]]:
    """The certificates of evaluation bodies that are the school's matter."""
    shown = directory.school.certificates(classes.nursing)
    return [each for each in shown if each["kind"] != "training_completion"]


def _show_completion_certificates(cast: Cast) -> None:
    with cast.journal.step("结班时核发的培训合格证书：本人看到编号、项目、起止日期、机构"):
        (issued,) = cast.citizen(_NAMED_BY_CITIZEN).completion_certificates()
        require(issued["certificate_number"].startswith("H330106-"), f"编号含班次所在地：{issued}")
        require((issued["name"], issued["state"]) == (_NAMED_BY_CITIZEN.name, "matched"), f"本人的：{issued}")
        require(_NAMED_BY_CITIZEN.number not in str(issued), "证件号码已遮盖")
        cast.journal.counts["completion_certificates_shown"] += 1


def _register_bodies(cast: Cast) -> str:
    journal, officer = cast.journal, cast.directory
    with journal.step("登记评价机构和评价范围；公开目录可查范围和有效期"):
        wrong = {**officer.body_body(BODY), "body_code": f"Y{BODY.code[1:]}"}
        journal.refused(officer.caller.post("/v1/evaluation-bodies", wrong), 422, "body_code_letter")
        body_id = officer.register_body(BODY)
        found = cast.api.get("/v1/evaluation-bodies", occupation=BODY.occupation_code).expect(200)["items"]
        require([each["body_code"] for each in found] == [BODY.code], f"按职业查到一家：{found}")
        (scope,) = cast.api.get(f"/v1/evaluation-bodies/{body_id}").expect(200)["scopes"]
        require(scope["ends_before"] == "2028-01-01", f"有效期公开：{scope}")
        then = cast.api.get(f"/v1/evaluation-bodies/{body_id}", as_of="2028-01-01").expect(200)
        require(then["scopes"] == [], "到期后不再列出")
        journal.counts["evaluation_bodies"] += 1
    return body_id


def _report(
    cast: Cast, directory: Directory, classes: Classes, press: Press, today: date
) -> dict[str, Claim]:
    """What citizens, the school and an officer report; the network knows what it should of each."""
    claims: dict[str, Claim] = {}
    sandbox = cast.sandbox
    with cast.journal.step("劳动者补报遗漏的证书；不可能查验的填报一次告知"):
        entered = press.print(_NAMED_BY_CITIZEN, BODY, today)
        claims["automatic"] = _reported(cast, entered, sandbox.issue(entered))
        late = press.print(_LATE, BODY, today)
        uploaded_on = (today + UPLOADED_AFTER).isoformat()
        claims["late"] = _reported(cast, late, sandbox.issue(late, visible_from=uploaded_on))
        misnamed = press.print(_MISSPELLED, BODY, today, name=f"{_MISSPELLED.name[:-1]}方")
        claims["misnamed"] = _reported(cast, misnamed, sandbox.issue(misnamed))
        contested = press.print(_LOSING, BODY, today)
        claims["contested"] = _reported(cast, contested, sandbox.issue(contested))
        claims["stolen"] = _reported(cast, entered, None, by=_WITHOUT_ENTRY)
        forged = press.print(_WITH_TWO, UNLISTED_BODY, today - _LONG_AGO)
        claims["forged"] = _reported(cast, forged, None)
        _meet_refusals(cast, claims["automatic"], today)
    with cast.journal.step("培训机构提交学员的证书：逐行答复，有误的行写明原因"):
        revoked = press.print(_NAMED_BY_SCHOOL, BODY, today)
        higher = press.print(DOUBLY_ENROLLED, BODY, today, level="level_4")
        ids = [sandbox.issue(each) for each in (revoked, higher)]
        answer = directory.school.submit_certificates(classes.nursing, [revoked, higher]).expect(201)
        for key, each, network_id, line in zip(
            ("revoked", "by_officer"), (revoked, higher), ids, answer["items"], strict=True
        ):
            citizen = cast.citizen(each.holder)
            claims[key] = Claim(each, each.holder, citizen, line["certificate_id"], network_id)
        short = directory.school.submit_certificates(classes.nursing, [higher], certificate_number="S0000")
        (line,) = short.expect(201)["items"]
        codes = {reason["code"] for reason in line["reasons"]}
        require(codes == {"certificate_number_not_checkable"}, f"编号不全：{short.in_words()}")
        cast.journal.refusals.update(codes)
    with cast.journal.step("经办机构凭事由和案件编号代为登记；姓名不符与查无此人答复相同"):
        alone = press.print(_WITH_TWO, UNLISTED_BODY, today)
        network_id = sandbox.issue(alone)
        cast.journal.refused(cast.certificates.submit(alone, name="别人"), 404, "not_found")
        submitted = cast.certificates.submit(alone).expect(201)["certificate_id"]
        claims["without_training"] = Claim(alone, _WITH_TWO, cast.citizen(_WITH_TWO), submitted, network_id)
    cast.journal.counts["certificates_submitted"] += len(claims)
    return claims


def _reported(cast: Cast, printed: Printed, network_id: str | None, *, by: Person | None = None) -> Claim:
    reporter = by or printed.holder
    citizen = cast.citizen(reporter)
    return Claim(printed, reporter, citizen, citizen.report(printed), network_id)


def _meet_refusals(cast: Cast, claim: Claim, today: date) -> None:
    body = claim.printed.stated(
        certificate_number="见证书原件",
        kind="training_completion",
        issued_on=(today + timedelta(days=1)).isoformat(),
    )
    cast.journal.refused(
        claim.citizen.caller.post("/v1/me/certificates", body),
        422, "certificate_number_not_checkable", "certificate_of_registry", "certificate_issued_in_future",
    )  # fmt: skip
    again = claim.citizen.caller.post("/v1/me/certificates", claim.printed.stated()).expect(201)
    require(again["certificate_id"] == claim.certificate_id and not again["is_new"], "再报仍是同一本")


def _import_list(cast: Cast, classes: Classes, press: Press, today: date, body_id: str) -> int:
    """Certificates of the trainees from the sandbox's population, and two bad rows; returns how many were good."""
    journal = cast.journal
    people = classes.trainees[len(NURSING_CLASS) :]
    printed = [press.print(person, BODY, today) for person in people]
    cast.sandbox.enter(each.entered() for each in printed)
    good = [(each.holder.number, each.number, each.issued_on.isoformat()) for each in printed]
    foreign = press.print(people[0], UNLISTED_BODY, today)
    digit = "0" if people[1].number[-1] != "0" else "1"
    bad = [
        (people[0].number, foreign.number, today.isoformat()),
        (f"{people[1].number[:-1]}{digit}", press.print(people[1], BODY, today).number, today.isoformat()),
    ]
    expected = {
        issuer_line_of(len(good)): {"number_of_another_body"},
        issuer_line_of(len(good) + 1): {"identity_number_check_digit"},
    }
    with journal.step(f"评价机构的证书名单（Excel）：{len(good)} 行登记，{len(bad)} 行逐行写明原因"):
        upload = issuer_list([*good, *bad], title=f"{BODY.name}证书名单")
        started = cast.directory.import_list(body_id, upload).expect(202)
        path = f"/v1/certificate-imports/{started['import_id']}"
        done = until(
            lambda: cast.directory.caller.get(path).expect(200).body,
            lambda progress: progress["state"] == "done",
            "名单应登记完毕",
        )
        require((done["rows_done"], done["rows_refused"]) == (len(good) + 2, 2), f"进度：{done}")
        defects = cast.directory.caller.get(f"{path}/defects").expect(200)["items"]
        found = {each["line"]: {reason["code"] for reason in each["reasons"]} for each in defects}
        require(found == expected, f"应为 {expected}，实为 {found}")
        again = cast.directory.import_list(body_id, upload).expect(202)
        require(again["import_id"] == started["import_id"], "同一文件再次上传得到同一次导入")
        journal.refusals.update(Counter(code for codes in found.values() for code in codes))
        journal.counts["certificates_imported"] += len(good)
        journal.counts["certificate_rows_refused"] += len(bad)
    return len(good)


def _check(
    cast: Cast, directory: Directory, classes: Classes, claims: dict[str, Claim], imported: int
) -> None:
    expected = {
        "automatic": "matched", "contested": "matched", "revoked": "matched", "by_officer": "matched",
        "without_training": "matched", "late": "pending_upload", "misnamed": "name_mismatch",
        "stolen": "name_mismatch", "forged": "not_found_final",
    }  # fmt: skip
    with cast.journal.step("后台逐本向评价工作网查验：已核实、待上传、姓名不符、查无此证各归其位"):
        for key, state in expected.items():
            claims[key].wait_for(state)
        seen = until(
            lambda: of_bodies(directory, classes),
            lambda items: sum(each["link"] is not None for each in items) == imported + 3,
            f"应自动关联 {imported + 3} 本",
        )
        require(all(each["link"]["is_automatic"] for each in seen if each["link"]), "都是自动关联")
        forged = claims["forged"].shown()
        require(forged["claim_window"] is None, f"查无此证的没有申领期限：{forged}")
