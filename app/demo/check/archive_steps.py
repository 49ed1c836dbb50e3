"""The archive: the citizen reads it, agencies look up and leave a trace, two officers correct, late matches follow."""

import time
from datetime import timedelta

from app.demo.actors.citizen import Citizen
from app.demo.actors.sign_in import sign_in_citizen
from app.demo.check.cast import Cast
from app.demo.check.directory_steps import Directory
from app.demo.check.roster_steps import MISNAMED, Classes
from app.demo.check.teaching_steps import LONG_NAMED
from app.demo.client import until
from app.demo.identities import Person
from app.demo.journal import require
from app.demo.province_data import NOT_MATCHING, WELDING_CLASS

_LATE_WITHIN_S = 60.0
_LONGEST_WAIT = timedelta(minutes=31)
"""A line without an answer is asked about again after half an hour at most."""

_CASE = "川人社核〔2026〕第0001号"


def read_archive(cast: Cast) -> None:
    """The citizen's own view, and what an agency of another region finds."""
    journal = cast.journal
    citizen = Citizen(sign_in_citizen(cast.api, cast.sandbox.base_url, LONG_NAMED.number))
    with journal.step(f"劳动者本人（{LONG_NAMED.name}）查看终身档案"):
        entries = {each["kind"]: each for each in citizen.record()["entries"]}
        require(entries["completion"]["credited_minutes"] >= 350, f"一条结业档案：{entries}")
        require(entries["attended_period"]["attended_days"] >= 1, f"一条参加培训期间档案：{entries}")
        number = entries["completion"]["record_number"]
    with journal.step("外省经办机构凭事由和案件编号跨地区核验；姓名不符者与查无此人答复相同"):
        misnamed = Person(LONG_NAMED.number, "阿卜杜热依木·买买提")
        nobody = Person(NOT_MATCHING[0].number, NOT_MATCHING[0].name)
        asked = [LONG_NAMED, misnamed, nobody]
        answer = cast.other_lookup.look_up(asked, purpose="subsidy_review", case_number=_CASE).expect(200)
        found = [each["found"] for each in answer["items"]]
        require(found == [True, False, False], f"应为查到、未查到、未查到：{answer.in_words()}")
        shown = answer["items"][0]["entries"]
        own = {entry["record_number"] for entry in entries.values()}
        require({entry["record_number"] for entry in shown} == own, "核验到的就是本人所见的档案")
        require(LONG_NAMED.number not in answer.content.decode(), "答复中没有完整证件号码")
        journal.counts["lookups"] += len(asked)
        journal.counts["lookups_answered_not_found"] += found.count(False)
        cast.other_lookup.read_entry(number, purpose="subsidy_review", case_number=_CASE).expect(200)
        journal.counts["lookups"] += 1
    with journal.step("没有查询权限的经办人、没有案件编号的查询：拒绝"):
        journal.refused(cast.filing.caller.post("/v1/records:lookup", {}), 403, "forbidden")
        bare = cast.lookup.look_up([LONG_NAMED], purpose="subsidy_review", case_number="")
        journal.refused(bare, 422, "invalid_input")
    with journal.step("本人看到谁查过：机构、事由、案件编号"):
        seen = citizen.accesses()["items"]
        cases = {access["case_number"] for access in seen}
        require(_CASE in cases, f"应含 {_CASE}：{cases}")
        journal.counts["accesses_shown"] += len(seen)
    _correct(cast, citizen, number)


def _correct(cast: Cast, citizen: Citizen, number: str) -> None:
    journal = cast.journal
    with journal.step("档案更正：一人提出，另一人复核，原档案保留，追加新的一条"):
        body = {
            "kind": "supersede",
            "changes": {"score_hundredths": 9150},
            "reason": "成绩登记时少加实操附加分，附评分表",
            "case_number": "浙人社更〔2026〕第0001号",
        }
        path = f"/v1/records/{number}/corrections"
        journal.refused(cast.approval.post(path, body), 403, "forbidden")
        proposed = cast.review.post(path, body).expect(201)
        decide = f"/v1/record-corrections/{proposed['correction_id']}:decide"
        verdict = {"decision": "accepted", "reason": "评分表核对无误"}
        decided = cast.approval.post(decide, verdict).expect(200)
        states = {
            each["record_number"]: each["state"]
            for each in citizen.record()["entries"]
            if each["kind"] == "completion"
        }
        expected = {number: "superseded", decided["new_record_number"]: "in_force"}
        require(states == expected, f"应为 {expected}，实为 {states}")
        journal.counts["records"] += 1


def interrupt_worker(cast: Cast) -> None:
    """The card-holder base answers again, and the worker is killed; what comes of it is looked at later."""
    with cast.journal.step("持卡库恢复；后台任务被强行终止后重启，同时继续办理其他业务"):
        cast.sandbox.repair("cardholder_base")
        cast.stack.kill_worker()


def recover_base(cast: Cast, directory: Directory, classes: Classes) -> None:
    """Who matches gets the record, who does not gets none, although the worker was killed in between."""
    journal = cast.journal
    with journal.step("重启的后台任务接着补核验：一致者补记档案，不符者没有"):
        deadline = time.monotonic() + _LATE_WITHIN_S
        counts = directory.base.roster(classes.welding)["counts"]
        while counts["unavailable"] + counts["unverified"] and time.monotonic() < deadline:
            # Lines that were asked about in vain are due again by the clock of law, not by ours.
            cast.clock.advance(_LONGEST_WAIT)
            cast.stack.wake_worker()
            time.sleep(0.7)
            counts = directory.base.roster(classes.welding)["counts"]
        require((counts["matched"], counts["not_matched"]) == (4, 2), f"四人一致、两人不符，实为 {counts}")
        cast.stack.wake_worker()
        earned = 3  # four match, one of them was credited with nothing: present elsewhere at the same time
        items = until(
            lambda: directory.base.completions(classes.welding),
            lambda found: len(found) >= earned,
            f"应补记 {earned} 条档案",
        )
        require(len(items) == earned, f"应补记 {earned} 条档案，实为 {len(items)} 条")
        journal.counts["records"] += earned
    with journal.step("经办人查阅名册见到姓名不符、已故；机构只知道“未通过核验”"):
        case = {"case_number": "杭人社备〔2026〕第0002号"}
        read = cast.filing.read_roster(classes.welding, **case).expect(200)["items"]
        outcomes = {line["name"]: line["check_outcome"] for line in read}
        require(outcomes[MISNAMED.name] == "name_mismatch", f"{MISNAMED.name} 姓名不符：{outcomes}")
        require(outcomes[NOT_MATCHING[1].name] == "deceased", f"{NOT_MATCHING[1].name} 已故：{outcomes}")
        own = {line["name"]: line["state"] for line in directory.base.roster(classes.welding)["items"]}
        require(own[MISNAMED.name] == own[NOT_MATCHING[1].name] == "not_matched", f"机构所见：{own}")
        for code in ("name_mismatch", "deceased"):
            journal.refusals[code] += 1
        journal.counts["roster_lines_read_by_officers"] += len(read)
    with journal.step("补记档案的劳动者本人看到档案和名册查阅记录"):
        late = Citizen(sign_in_citizen(cast.api, cast.sandbox.base_url, WELDING_CLASS[0].number))
        kinds = sorted(entry["kind"] for entry in late.record()["entries"])
        require(kinds == ["attended_period", "completion"], f"补记的结业和参加培训期间档案：{kinds}")
        seen = late.accesses()["items"]
        require(len(seen) == 1 and seen[0]["purpose"] == "filing_review", f"一次名册查阅：{seen}")
        journal.counts["accesses_shown"] += len(seen)
