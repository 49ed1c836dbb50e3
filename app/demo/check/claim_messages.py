"""Messages reach who named an address, without personal data; who could claim and has not is found and told."""

from app.demo.check.claim_cast import ClaimPlay
from app.demo.check.claim_steps import CASE
from app.demo.client import until
from app.demo.journal import require
from app.demo.province_data import COUNTY

_PHONE = "19900009701"
_TOLD = {"supplement_asked", "decision_made", "notice_opened", "paid"}


def name_address(play: ClaimPlay) -> None:
    """Where one claimant wants to be told."""
    with play.cast.journal.step("本人登记消息接收地址"):
        caller = play.holders["whole"].citizen.caller
        body = {"channel": "sms", "address": _PHONE}
        caller.post("/v1/me/message-addresses", body).expect(201)


def read_messages(play: ClaimPlay) -> None:
    """What the platform took for the address: one text for each thing that happened."""
    journal, holder = play.cast.journal, play.holders["whole"]
    with journal.step("补正、决定、公示、到账各有一条短信送达，文字不含姓名、号码和账号"):
        sent = until(
            lambda: play.cast.sandbox.messages(_PHONE[-4:]),
            lambda found: {each["template"] for each in found} >= _TOLD,
            f"应送达 {sorted(_TOLD)}",
        )
        texts = "".join(each["text"] for each in sent)
        person = holder.claimant.person
        for private in (person.name, person.number, holder.card[-4:]):
            require(private not in texts, f"消息不含个人信息：{texts}")
        journal.counts["messages_delivered"] += len(play.cast.sandbox.messages(""))


def look_for_unclaimed(play: ClaimPlay) -> None:
    """精准推送: counts without persons, the list with a trace, the citizen's own list, a push."""
    journal, holder = play.cast.journal, play.holders["withdrawn"]
    with journal.step("精准推送：符合条件尚未申领的件数、名单（留痕）、本人“我能申领什么”、推送提醒"):
        counted = until(
            lambda: {
                each["kind"]: each["benefits"]
                for each in play.review.caller.get("/v1/proactive-candidates", division=COUNTY).expect(200)[
                    "items"
                ]
            },
            lambda found: found.get("skill_upgrade", 0) >= 1,
            "至少有撤回的一件",
        )
        case = {"purpose": "subsidy_review", "case_number": CASE}
        area = {"division_code": COUNTY, "kind": "skill_upgrade"}
        read = play.review.caller.post("/v1/proactive-candidates:read", {**area, **case}).expect(200)
        require(holder.record() in {each["record_number"] for each in read["items"]}, read.in_words())
        own = holder.citizen.caller.get("/v1/me/eligibility").expect(200)["items"]
        require(any(each["can_claim"] and each["verdict"]["days_left"] for each in own), f"本人可申领：{own}")
        pushed = play.review.caller.post("/v1/proactive-candidates:push", area).expect(200)["messages"]
        require(pushed >= 1, f"推送 {pushed} 条")
        journal.counts["proactive_candidates"] += sum(counted.values())
