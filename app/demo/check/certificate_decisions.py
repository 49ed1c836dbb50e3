"""What officers decide about certificates: links, whose a number is, an entry of its own; and what is counted."""

from collections import Counter
from dataclasses import replace

from app.demo.check.cast import CERTIFICATE_CASE, Cast
from app.demo.check.certificate_steps import BODY, Claim, Claims, of_bodies
from app.demo.check.directory_steps import Directory
from app.demo.check.roster_steps import Classes
from app.demo.client import until
from app.demo.journal import require

_SEEN = "证书原件与结业名册核对一致"


def decide_certificates(cast: Cast, directory: Directory, classes: Classes, claims: Claims) -> None:
    """An officer links, gives a number to whom it belongs, archives; then everything is counted."""
    _link(cast, claims.by_officer)
    _meet_held_numbers(cast, claims)
    _hand_number_over(cast, claims)
    _archive(cast, claims)
    _count(cast, directory, classes, claims)


def _link(cast: Cast, claim: Claim) -> None:
    journal, officer, certificate_id = cast.journal, cast.certificates, claim.certificate_id
    with journal.step("经办人关联：等级不同不自动关联，候选档案逐条写明依据，凭事由和理由认定"):
        require(claim.shown()["link"] is None, "没有自动关联")
        (candidate,) = officer.candidates(certificate_id).expect(200)["candidates"]
        require(candidate["reasons_against"] == ["等级不同"], f"依据：{candidate}")
        number = candidate["record_number"]
        without = cast.filing.caller.post(f"/v1/certificates/{certificate_id}:link", {})
        journal.refused(without, 403, "forbidden")
        journal.refused(
            cast.other_certificates.link(certificate_id, number, _SEEN), 404, "record_not_in_area"
        )
        officer.link(certificate_id, number, _SEEN).expect(200)
        link = claim.shown()["link"]
        require(not link["is_automatic"], f"经办人认定：{link}")
        require({"已知悉：等级不同", "经办人认定", _SEEN} <= set(link["reasons"]), f"依据：{link}")
        journal.refused(officer.link(certificate_id, number, _SEEN), 409, "certificate_already_linked")
        journal.counts["certificate_links_by_officer"] += 1
    with journal.step("解除关联须写理由；解除后可以重新关联；本人看到谁因何案查过"):
        officer.decide(certificate_id, "unlink", reason="与另一期培训混淆，待核").expect(200)
        require(claim.shown()["link"] is None, "已解除")
        journal.refused(officer.decide(certificate_id, "unlink", reason=_SEEN), 409, "certificate_not_linked")
        (candidate,) = officer.candidates(certificate_id).expect(200)["candidates"]
        require("经办人曾解除过关联" in candidate["reasons_against"], f"依据：{candidate}")
        officer.link(certificate_id, number, "复核无误，恢复关联").expect(200)
        require(claim.shown()["link"]["record_number"] == number, "已恢复关联")
        cases = {access["case_number"] for access in claim.citizen.accesses()["items"]}
        require(CERTIFICATE_CASE in cases, f"本人看到 {CERTIFICATE_CASE}：{cases}")
        journal.counts["certificate_links_by_officer"] += 1


def _meet_held_numbers(cast: Cast, claims: Claims) -> None:
    journal, officer, claim = cast.journal, cast.certificates, claims.stolen
    with journal.step("填报他人的证书编号：工作网不认，经办人也不能关联或认定"):
        shown = claim.shown()
        require((shown["link"], shown["conflict"]) == (None, None), f"不透露持有人：{shown}")
        number = claims.automatic.shown()["link"]["record_number"]
        journal.refused(officer.link(claim.certificate_id, number, _SEEN), 404, "record_not_in_area")
        taken = officer.decide(claim.certificate_id, "take-number", reason=_SEEN)
        journal.refused(taken, 409, "number_not_confirmed")


def _hand_number_over(cast: Cast, claims: Claims) -> None:
    journal, officer, first = cast.journal, cast.certificates, claims.contested
    rival = claims.stolen
    with journal.step("工作网改认另一人为持证人：编号仍由先报者持有，后报者不能取得，等待认定"):
        assert first.network_id is not None
        cast.sandbox.correct(first.network_id, rival.reporter)
        first.wait_for("name_mismatch")
        second_id = rival.citizen.report(first.printed)
        second = replace(first, reporter=rival.reporter, citizen=rival.citizen, certificate_id=second_id)
        shown = until(second.shown, lambda one: one["conflict"] is not None, "编号应有争议")
        require(shown["conflict"]["message"] == "这个证书编号由另一人持有", f"中文原因：{shown}")
        (listed,) = officer.caller.get("/v1/certificate-conflicts").expect(200)["items"]
        expected = (second.certificate_id, first.certificate_id)
        require((listed["certificate_id"], listed["holding_certificate_id"]) == expected, f"待认定：{listed}")
        held = officer.decide(second.certificate_id, "take-number", reason=_SEEN)
        journal.refused(held, 409, "number_held_by_another")
        journal.counts["certificates_submitted"] += 1
    with journal.step("经办人收回并改认：先解除关联、两人撤销证书档案，再收回编号，再认定给后报者"):
        reason = "工作网更正了持证人，已核对两人证书原件"
        release = officer.decide(first.certificate_id, "release-number", reason=reason)
        journal.refused(release, 409, "certificate_still_linked")
        officer.decide(first.certificate_id, "unlink", reason=reason).expect(200)
        release = officer.decide(first.certificate_id, "release-number", reason=reason)
        journal.refused(release, 409, "certificate_still_archived")
        _revoke(cast, first.shown()["archived_as"], reason)
        for certificate_id, verb in (
            (first.certificate_id, "release-number"),
            (second.certificate_id, "take-number"),
        ):
            officer.decide(certificate_id, verb, reason=reason).expect(200)
        require(second.shown()["state"] == "matched", "后报者的证书已核实")
        until(second.shown, lambda one: one["archived_as"] is not None, "后报者的证书应归档")
        journal.counts["certificate_numbers_handed_over"] += 1


def _revoke(cast: Cast, record_number: str, reason: str) -> None:
    """One officer proposes to revoke an entry, another decides."""
    body = {"kind": "revoke", "changes": {}, "reason": reason, "case_number": CERTIFICATE_CASE}
    proposed = cast.review.post(f"/v1/records/{record_number}/corrections", body).expect(201)
    decide = f"/v1/record-corrections/{proposed['correction_id']}:decide"
    cast.approval.post(decide, {"decision": "accepted", "reason": "复核属实"}).expect(200)


def _archive(cast: Cast, claims: Claims) -> None:
    journal, officer, alone = cast.journal, cast.certificates, claims.without_training
    with journal.step("核实的证书不论有无对应培训都自动归档，进入封存日志；已归档的不重复归档"):
        reasons = [
            reason
            for candidate in officer.candidates(alone.certificate_id).expect(200)["candidates"]
            for reason in candidate["reasons_against"]
        ]
        require("职业不同" in reasons, f"依据：{reasons}")
        for claim in (claims.automatic, alone):
            number = claim.shown()["archived_as"]
            entries = {each["record_number"]: each for each in claim.citizen.record()["entries"]}
            require(entries[number]["kind"] == "certificate", f"本人档案中有 {number}：{list(entries)}")
            journal.counts["certificates_archived"] += 1
        again = officer.decide(alone.certificate_id, "archive")
        journal.refused(again, 409, "certificate_already_archived")
        cast.stack.wake_worker()
        sealed = until(
            lambda: cast.lookup.caller.get("/v1/log/status").expect(200),
            lambda status: status["waiting"] == 0,
            "档案应在承诺时限内封存",
        )
        journal.counts["records_sealed"] = sealed["size"]


def _count(cast: Cast, directory: Directory, classes: Classes, claims: Claims) -> None:
    """Every certificate once, by state; the statistics of the bodies have to say the same."""
    journal = cast.journal
    with journal.step("各评价机构的核实率：只有件数；机构只见与本班有关的证书"):
        rates = cast.lookup.caller.get("/v1/certificate-statistics").expect(200)["items"]
        own = next(each for each in rates if each["body_code"] == BODY.code)
        sums = Counter[str]()
        for each in rates:
            sums.update({name: each[name] for name in _STATES})
        known = journal.counts["certificates_submitted"] + journal.counts["certificates_imported"]
        require(sum(sums.values()) == known, f"共 {known} 本：{rates}")
        rate = own["matched"] * 10_000 // (own["certificates"] - own["waiting"])
        require(own["match_rate_bp"] == rate, f"核实率：{own}")
        require(own["revoked"] == 1, f"一本撤销：{own}")
        journal.counts.update({f"certificates_{state}": count for state, count in sums.items()})
        seen = of_bodies(directory, classes)
        links = [each["link"] for each in seen if each["link"] is not None]
        automatic = sum(link["is_automatic"] for link in links)
        # The one of the number that was handed over is unlinked again.
        require(len(links) == claims.imported + 5 and automatic == claims.imported + 4, f"关联：{links}")
        require(not any(claims.automatic.printed.number in str(each) for each in seen), "编号已遮盖")
        journal.counts["certificate_links_automatic"] += automatic + 1
        journal.counts["network_pushes_delivered"] = until(
            cast.sandbox.pushes_delivered, lambda pushed: pushed == _CHANGES_PUSHED, "推送应全部收下"
        )


_CHANGES_PUSHED = 6
"""A corrected name, a revocation, another holder; and three revocations in the chapter of claims."""

_STATES = ("matched", "waiting", "mismatched", "not_found", "revoked")
