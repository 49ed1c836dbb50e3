"""存量补贴: benefits paid before the registry occupy their keys, or 终身一次 would be untrue on the first day."""

from app.demo.actors.claim_office import PaymentOfficer
from app.demo.check.cast import Cast
from app.demo.check.claim_cast import ClaimPlay
from app.demo.check.claim_people import Holders
from app.demo.check.claim_refusals import cite_verdict
from app.demo.check.claim_steps import cite_refusal
from app.demo.claimants import NURSE
from app.demo.client import until
from app.demo.journal import require
from app.demo.workbooks import earlier_list


def import_earlier(cast: Cast, holders: Holders) -> str:
    """Upload the list; the worker stores it meanwhile. Returns the import's id."""
    with cast.journal.step("导入登记系统启用前已发放补贴的名单（Excel）：占用终身一次，不产生支付"):
        person = holders["earlier"].claimant.person
        good = (person.name, person.number, "职业培训补贴", "2021-06-30", "1000", NURSE, "五级")
        bad = (person.name, f"{person.number[:-1]}A", "技能提升补助", "2016-01-01", "-5", NURSE, "五级")
        payment = PaymentOfficer(cast.officers["payment.zj"])
        upload = earlier_list([good, bad], title="2021年职业培训补贴发放名单")
        started = payment.caller.post("/v1/earlier-benefit-imports", upload=upload).expect(202)
        import_id: str = started["import_id"]
    return import_id


def meet_earlier(play: ClaimPlay, import_id: str) -> None:
    """The other subsidy for the same occupation and level is refused, whoever paid the first one, and when."""
    journal, holder = play.cast.journal, play.holders["earlier"]
    path = f"/v1/earlier-benefit-imports/{import_id}"
    with journal.step("名单逐行答复：一行登记，一行写明全部毛病；同一职业同一等级不能再领另一种补贴"):
        done = until(
            lambda: play.payment.caller.get(path).expect(200).body,
            lambda shown: shown["state"] == "done",
            "名单应登记完毕",
        )
        require((done["rows_done"], done["rows_refused"]) == (2, 1), f"两行，一行拒绝：{done}")
        (defect,) = play.payment.caller.get(f"{path}/defects").expect(200)["items"]
        codes = {reason["code"] for reason in defect["reasons"]}
        require({"benefit_kind_unknown", "date_out_of_range", "amount_unreadable"} <= codes, f"毛病：{codes}")
        journal.refusals.update(codes)
        refused = journal.refused(holder.citizen.claim(holder.record()), 409)
        verdict = holder.citizen.evaluate(holder.record())
        journal.counts["earlier_benefits"] += 1
    cite_refusal(journal, refused, "benefit_already_held")
    cite_verdict(journal, verdict, "once_only")
    cite_verdict(journal, verdict, "not_both")
