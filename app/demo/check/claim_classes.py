"""职业培训补贴 for a class, as a batch of its institution, one with a voucher; 生活费 by the trainees themselves."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.demo.actors.citizen import Citizen
from app.demo.actors.institution import InstitutionActor
from app.demo.check.cast import Cast
from app.demo.check.claim_cast import ClaimPlay
from app.demo.check.claim_refusals import cite_verdict, require_amount
from app.demo.check.claim_steps import all_done, cite_refusal
from app.demo.check.directory_steps import Directory
from app.demo.check.roster_steps import Classes
from app.demo.claimants import bank_card
from app.demo.identities import Person
from app.demo.journal import require
from app.demo.province_data import CITY, INSTITUTIONS, NURSING_CLASS

_PLANS = {plan.key: plan for plan in INSTITUTIONS}
_MIGRANTS = NURSING_CLASS[:3]
_IN_NO_GROUP, _RETIRED = NURSING_CLASS[3], NURSING_CLASS[4]
_FAILED = NURSING_CLASS[6]
_HARD_TO_EMPLOY, _NOT_POOR = NURSING_CLASS[1], NURSING_CLASS[2]
_FACE_FEN = 120_000
_CARDS_FROM = 811


def group_attested(subject: str) -> dict[str, Any]:
    """What an officer has seen in papers."""
    return {
        "fact": "key_group",
        "value": True,
        "subject": subject,
        "dated_on": "2020-01-01",
        "evidence": "认定证明第0001号",
    }


def open_institution_account(play: ClaimPlay, actor: InstitutionActor, key: str, number: str) -> None:
    """An institution's account, confirmed by an officer of the directory."""
    body = {"bank_name": "演示银行", "account_number": number}
    account_id = actor.caller.post("/v1/institution-accounts", body).expect(201)["account_id"]
    play.cast.sandbox.open_account(number, _PLANS[key].name, None)
    path = f"/v1/institution-accounts/{account_id}:confirm"
    play.cast.directory.caller.post(path).expect(200)


def claim_batch(actor: InstitutionActor, kind: str, **content: Any) -> Mapping[str, Any]:
    """Claims of an institution, answered line by line."""
    body = {"kind": kind, "payee_kind": "institution", **content}
    answered: Mapping[str, Any] = actor.caller.post("/v1/claim-batches", body).expect(201).body
    return answered


def issue_vouchers(cast: Cast, vouchers: list[str]) -> None:
    """职业培训券 for the trainees of the online class, before they are taught."""
    with cast.journal.step("开班前向两名学员发放职业培训券（定额、定期、实名）"):
        body = {
            "division_code": CITY,
            "amount_fen": _FACE_FEN,
            "document_number": "浙人社券〔2026〕第0001号",
            "holders": [
                {"identity_number": person.number, "name": person.name} for person in cast.sandbox.people(2)
            ],
        }
        issued = cast.officers["payment.zj"].post("/v1/vouchers", body).expect(201)
        require(issued["issued"] == 2, f"逐名答复：{issued.in_words()}")
        vouchers += [line["voucher_id"] for line in issued["lines"]]
        cast.journal.counts["vouchers_issued"] += len(vouchers)


def open_trainees_accounts(play: ClaimPlay) -> None:
    """Two trainees record their bank cards, so that the bank has been asked when they claim."""
    for serial, person in enumerate((_HARD_TO_EMPLOY, _NOT_POOR), start=_CARDS_FROM):
        card = bank_card(serial)
        play.cast.sandbox.open_account(card, person.name, person.number)
        play.accounts[person.name] = play.cast.citizen(person).open_account(card)


def claim_for_classes(play: ClaimPlay, directory: Directory, classes: Classes) -> None:
    """Accounts, the batch, the voucher, the allowance; decided by two, except what speaks against."""
    journal = play.cast.journal
    with journal.step("机构登记对公账户，目录经办人对照开户许可确认"):
        open_institution_account(play, directory.school, "school", "330100000000000001")
        open_institution_account(play, directory.online, "platform", "330100000000000002")
        play.cast.sandbox.insure([{"identity_number": _RETIRED.number, "pension_from": "2020-01-01"}])
    by_record = _claim_batch_for_class(play, directory, classes)
    _judge_batch(play, by_record)
    _claim_allowances(play)
    _claim_with_voucher(play, directory, classes)


def _claim_batch_for_class(play: ClaimPlay, directory: Directory, classes: Classes) -> dict[str, str]:
    journal = play.cast.journal
    with journal.step("培训机构为全班批量申领职业培训补贴，逐行答复；再提交一次：逐行拒绝，什么也不改变"):
        answered = claim_batch(directory.school, "training", opening_id=classes.nursing)
        require(answered["submitted"] == len(classes.trainees) - 1, f"结业者各一件：{answered}")
        again = claim_batch(directory.school, "training", opening_id=classes.nursing)
        codes = {line["reason"]["code"] for line in again["lines"]}
        require((again["submitted"], codes) == (0, {"benefit_already_held"}), f"逐行拒绝：{again}")
        journal.refusals["benefit_already_held"] += again["refused"]
        journal.counts["claims_in_batches"] += answered["submitted"]
        by_record = {line["record_number"]: line["claim_id"] for line in answered["lines"]}
        all_done(play.review.steps("accept", list(by_record.values())))
    return by_record


def _judge_batch(play: ClaimPlay, by_record: Mapping[str, str]) -> None:
    journal = play.cast.journal
    with journal.step(
        "重点群体身份没有联网信息的，经办人凭材料认定；另一人批准；无身份者、领养老金者不予发放"
    ):
        claims = {person: by_record[_record(play, person, "completion")] for person in NURSING_CLASS[:5]}
        for number, person in enumerate(_MIGRANTS, start=1):
            attested = [group_attested("rural_migrant_worker")]
            reviewed = play.review.step(claims[person], "review", attested=attested).expect(200)
            require_amount(reviewed["verdict"], 100_000)
            play.classes[f"training_{number}"] = claims[person]
        without = play.review.step(claims[_IN_NO_GROUP], "review").expect(200)["verdict"]
        attested = [group_attested("rural_migrant_worker")]
        retired = play.review.step(claims[_RETIRED], "review", attested=attested).expect(200)["verdict"]
        refused = [claims[_IN_NO_GROUP], claims[_RETIRED]]
        all_done(play.approval.steps("approve", [claims[person] for person in _MIGRANTS]))
        all_done(play.approval.steps("refuse", refused))
        journal.counts["claims_approved"] += len(_MIGRANTS)
        journal.counts["claims_refused"] += len(refused)
    cite_verdict(journal, without, "eligible_group")
    cite_verdict(journal, retired, "no_pension")


def _claim_allowances(play: ClaimPlay) -> None:
    journal = play.cast.journal
    with journal.step("劳动者申领生活费补贴：按实际出勤日计发到本人账户；不在范围内的不予发放"):
        claims = {}
        for person in (_HARD_TO_EMPLOY, _NOT_POOR):
            citizen, account_id = play.cast.citizen(person), play.accounts[person.name]
            record = _record(play, person, "attended_period")
            answer = citizen.claim(record, "living_allowance", account_id=account_id).expect(201)
            claims[person] = answer["claim_id"]
            _wait_for_account(play.cast, citizen, account_id)
        all_done(play.review.steps("accept", list(claims.values())))
        attested = [group_attested("hard_to_employ")]
        reviewed = play.review.step(claims[_HARD_TO_EMPLOY], "review", attested=attested).expect(200)
        require_amount(reviewed["verdict"], 3_000)
        against = play.review.step(claims[_NOT_POOR], "review").expect(200)["verdict"]
        play.approval.step(claims[_HARD_TO_EMPLOY], "approve").expect(200)
        play.approval.step(claims[_NOT_POOR], "refuse").expect(200)
        play.classes["living_allowance"] = claims[_HARD_TO_EMPLOY]
        journal.counts["claims_approved"] += 1
        journal.counts["claims_refused"] += 1
    cite_verdict(journal, against, "allowance_group")


def _claim_with_voucher(play: ClaimPlay, directory: Directory, classes: Classes) -> None:
    journal = play.cast.journal
    (record,) = [each["record_number"] for each in directory.online.completions(classes.online)]
    with journal.step("培训机构凭职业培训券申领，金额不超过面值；别人的券不能用"):
        foreign, own = sorted(play.vouchers, key=lambda voucher_id: _is_for(play, voucher_id, record))
        body = {"kind": "training", "payee_kind": "institution", "record_numbers": [record]}
        path = "/v1/claim-batches"
        refused = directory.online.caller.post(path, {**body, "voucher_id": foreign})
        journal.refused(refused, 409)
        answered = directory.online.caller.post(path, {**body, "voucher_id": own}).expect(201)
        claim_id = answered["lines"][0]["claim_id"]
        play.review.step(claim_id, "accept").expect(200)
        attested = [group_attested("rural_migrant_worker")]
        reviewed = play.review.step(claim_id, "review", attested=attested).expect(200)["verdict"]
        require_amount(reviewed, _FACE_FEN)
        play.approval.step(claim_id, "approve").expect(200)
        play.classes["voucher"] = claim_id
        journal.counts["claims_approved"] += 1
    cite_refusal(journal, refused, "voucher_not_holders")


def _is_for(play: ClaimPlay, voucher_id: str, record_number: str) -> bool:
    """Whether a voucher is of the person whose entry that is; its holders stand in the order of the vouchers."""
    holder = play.cast.sandbox.people(2)[play.vouchers.index(voucher_id)]
    entries = play.cast.citizen(holder).record()["entries"]
    return record_number in {each["record_number"] for each in entries}


def refuse_without_record(play: ClaimPlay, directory: Directory, classes: Classes) -> None:
    """不进不补: who failed the assessment has no entry, and a class's subsidy of persons goes to nobody else."""
    journal = play.cast.journal
    with journal.step("考核不合格者没有结业档案：机构不能为其申领；生活费不能发给机构"):
        citizen = play.cast.citizen(_FAILED)
        period = _record(play, _FAILED, "attended_period")
        wrong = journal.refused(citizen.claim(period, "training"), 409)
        body = {"kind": "living_allowance", "payee_kind": "institution", "record_numbers": [period]}
        answered = directory.school.caller.post("/v1/claim-batches", body).expect(201)
        (line,) = answered["lines"]
        require(line["reason"]["code"] == "payee_not_allowed", f"只发给本人：{answered.in_words()}")
    cite_refusal(journal, wrong, "entry_of_other_kind")
    reason = line["reason"]
    journal.refused_by_clause(reason["code"], reason["citation"], reason["message"])


def _record(play: ClaimPlay, person: Person, kind: str) -> str:
    entries = play.cast.citizen(person).record()["entries"]
    found: Sequence[str] = [
        each["record_number"] for each in entries if each["kind"] == kind and each["state"] == "in_force"
    ]
    require(len(found) == 1, f"{person.name} 应有一条有效的 {kind}：{entries}")
    return found[0]


def _wait_for_account(cast: Cast, citizen: Citizen, account_id: str) -> None:
    outcome = cast.until_worked(
        lambda: citizen.account_check(account_id), lambda checked: checked is not None, "银行应核对账户"
    )
    require(outcome == "matched", f"户名一致：{outcome}")
