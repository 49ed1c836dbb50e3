"""From what the registry and the insurance platform say to the facts that are evaluated: pure, the same for everybody.

``Picture`` is the door's JSON (``claim_facts``, migration 0023). What nobody has said is ``None``, never "no".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from app.archive.certificates.states import CertificateKind, CertificateState, TollingReason
from app.archive.records.states import EntryKind
from app.kernel.clock import law_date, parse_instant
from app.reference.divisions import prefix_of
from app.reference.skill_levels import SkillLevel
from app.reference.training_kinds import training_modes
from app.subsidies.entitlements.rules.facts import (
    AttendanceFacts,
    CertificateFacts,
    ClaimFacts,
    CommitmentFacts,
    EmployerFacts,
    EntryFacts,
    GroupFacts,
    HeldCertificate,
    InsuranceFacts,
    ListingFacts,
    PastBenefit,
    PayeeFacts,
    PersonFacts,
    TollingFacts,
    TrainingFacts,
    VoucherFacts,
)
from app.subsidies.entitlements.states import (
    BenefitKind,
    EmployerKind,
    HolderCheck,
    InsuranceStatus,
    PastState,
    PayeeKind,
    VoucherKind,
    VoucherState,
)

Picture = Mapping[str, Any]

_ONLINE_EVIDENCE = {"sign_in", "study_record", "test"}
_PROJECT = {"project_based", "job_skill_project"}
_COOPERATIVE = "93"
"""统一社会信用代码 begins with 93: 农民专业合作社 (GB 32100)."""


NOT_ASKED = InsuranceFacts()


@dataclass(frozen=True, slots=True, kw_only=True)
class Insured:
    """What the insurance platform says, in the words of the facts, and what it says beside them."""

    facts: InsuranceFacts = NOT_ASKED
    draws_pension: bool | None = None
    deceased_on: date | None = None
    is_insured_there: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """What a claim says itself: kind, payer, day, payee. ``apart`` is the claim, which is not its own past."""

    kind: BenefitKind
    payer_division: str
    applied_on: date
    payee: PayeeKind
    account_id: str | None = None
    voucher_id: str | None = None
    apart: str | None = None
    commitment: CommitmentFacts | None = None


def facts_of(picture: Picture, filing: Filing, *, insured: Insured, born_on: date | None) -> ClaimFacts:
    """Everything evaluation asks, of one entry and its person."""
    entry, kind = picture["entry"], EntryKind(picture["entry"]["kind"])
    certificate = _certificate_of(picture, kind)
    return ClaimFacts(
        kind=filing.kind,
        payer_division=filing.payer_division,
        applied_on=filing.applied_on,
        person=_person(picture, insured, born_on),
        payee=PayeeFacts(
            kind=filing.payee,
            holder_check=_holder_check(picture, filing),
            institution_id=entry["institution_id"] if filing.payee is PayeeKind.INSTITUTION else None,
        ),
        entry=EntryFacts(
            kind=kind, in_force=entry["in_force"], sealed=entry["sealed"], division=entry["division_code"]
        ),
        certificate=None if certificate is None else _certificate(certificate, entry),
        training=_training(picture),
        attendance=_attendance(entry) if kind is EntryKind.ATTENDED_PERIOD else None,
        listing=_listing(picture, insured),
        insurance=insured.facts,
        history=tuple(
            _past(each)
            for each in picture["history"]
            if filing.apart is None or each["claim_id"] != filing.apart
        ),
        holdings=tuple(
            _held(each)
            for each in picture["certificates"]
            if certificate is None or each["certificate_id"] != certificate["certificate_id"]
        ),
        is_shortage=_is_shortage(picture, filing.payer_division),
        commitment=filing.commitment,
        voucher=None if filing.voucher_id is None else _voucher(picture, filing, filing.voucher_id),
    )


def day_of(text: str | None) -> date | None:
    """A day of the picture."""
    return None if text is None else date.fromisoformat(text)


def issued_on(picture: Picture) -> date | None:
    """When the certificate that the entry is about was issued; None for entries about something else."""
    certificate = _certificate_of(picture, EntryKind(picture["entry"]["kind"]))
    return None if certificate is None else date.fromisoformat(certificate["issued_on"])


def _certificate_of(picture: Picture, kind: EntryKind) -> Picture | None:
    """Of a certificate's entry the certificate itself; of a completion what it led to, else our own 培训合格证书."""
    entry = picture["entry"]
    if kind is EntryKind.CERTIFICATE:
        found = [
            each for each in picture["certificates"] if each["certificate_id"] == entry["certificate_id"]
        ]
    elif kind is EntryKind.COMPLETION:
        found = [each for each in picture["certificates"] if each["opening_id"] == entry["opening_id"]]
        found += [each for each in picture["certificates"] if each["linked_entry"] == entry["entry_id"]]
    else:
        found = []
    return found[-1] if found else None


def _person(picture: Picture, insured: Insured, born_on: date | None) -> PersonFacts:
    outcome = picture["identity_outcome"]
    is_deceased = True if insured.deceased_on or outcome == "deceased" else None
    if is_deceased is None and outcome is not None:
        is_deceased = False
    return PersonFacts(
        born_on=born_on,
        groups=tuple(
            GroupFacts(code=each["code"], starts_on=date.fromisoformat(each["starts_on"]))
            for each in picture["groups"]
        ),
        draws_pension=insured.draws_pension,
        is_deceased=is_deceased,
        died_on=insured.deceased_on,
    )


def _holder_check(picture: Picture, filing: Filing) -> HolderCheck:
    if filing.payee is PayeeKind.INSTITUTION:
        confirmed = picture["is_institution_account_confirmed"]
        return HolderCheck.MATCHED if confirmed else HolderCheck.UNKNOWN
    for account in picture["accounts"]:
        if account["account_id"] == filing.account_id and account["check_outcome"] is not None:
            return HolderCheck(account["check_outcome"])
    return HolderCheck.UNKNOWN


def _certificate(certificate: Picture, entry: Picture) -> CertificateFacts:
    return CertificateFacts(
        certificate_id=certificate["certificate_id"],
        kind=CertificateKind(certificate["kind"]),
        level=SkillLevel(certificate["level"]),
        issued_on=date.fromisoformat(certificate["issued_on"]),
        state=CertificateState(certificate["state"]),
        last_confirmed_on=day_of(certificate["last_confirmed_on"]),
        tollings=tuple(
            TollingFacts(
                starts_on=date.fromisoformat(each["starts_on"]),
                ended_on=day_of(each["ended_on"]),
                reason=TollingReason(each["reason"]),
            )
            for each in certificate["tollings"]
        ),
        benefit_line=certificate["benefit_line"],
        is_line_settled=entry["is_line_settled"]
        if certificate["benefit_line"] == entry["benefit_line"]
        else None,
        occupation_edition=certificate["occupation_edition"],
        occupation_code=certificate["occupation_code"],
    )


def _held(certificate: Picture) -> HeldCertificate:
    return HeldCertificate(
        certificate_id=certificate["certificate_id"],
        level=SkillLevel(certificate["level"]),
        issued_on=date.fromisoformat(certificate["issued_on"]),
        state=CertificateState(certificate["state"]),
        benefit_line=certificate["benefit_line"],
    )


def _training(picture: Picture) -> TrainingFacts | None:
    training, entry = picture["training"], picture["entry"]
    if training is None:
        return None
    online = {mode.code for mode in training_modes(date.max) if mode.is_online}
    is_online = training["training_mode"] in online
    is_completion = entry["kind"] == EntryKind.COMPLETION
    return TrainingFacts(
        opening_id=training["opening_id"],
        starts_on=date.fromisoformat(training["starts_on"]),
        ends_on=date.fromisoformat(training["ends_on"]),
        filed_on=day_of(training["filed_on"]),
        is_on_record=training["is_on_record"],
        is_institution_listed=training["is_institution_listed"],
        is_program_listed=training["is_program_listed"],
        training_type=training["training_type"],
        is_online=is_online,
        is_project_based=training["training_type"] in _PROJECT,
        is_employer_run=training["institution_kind"] == "enterprise",
        has_online_evidence=set(entry["online_kinds"]) >= _ONLINE_EVIDENCE if is_online else None,
        benefit_line=entry["benefit_line"],
        is_line_settled=entry["is_line_settled"],
        level=SkillLevel(entry["skill_level"] or SkillLevel.NONE),
        place_division=training["place_division"],
        is_completed=True if is_completion else None,
        has_passed=entry["outcome"] in {"pass", "exempt"} if is_completion else None,
        planned_minutes=entry["planned_minutes"],
        confirmed_minutes=entry["credited_minutes"],
    )


def _attendance(entry: Picture) -> AttendanceFacts:
    return AttendanceFacts(
        starts_on=date.fromisoformat(entry["starts_on"]),
        ends_on=date.fromisoformat(entry["ends_on"]),
        days=entry["attended_days"],
    )


def _listing(picture: Picture, insured: Insured) -> ListingFacts | None:
    listing = picture["listing"]
    if listing is None:
        return None
    kind = EmployerKind.ENTERPRISE if listing["employer_kind"] == "enterprise" else EmployerKind.OTHER
    if listing["credit_code"].startswith(_COOPERATIVE):
        kind = EmployerKind.COOPERATIVE
    return ListingFacts(
        period=listing["period"],
        starts_on=date.fromisoformat(listing["starts_on"]),
        ends_on=date.fromisoformat(listing["ends_on"]),
        employer=EmployerFacts(
            employer_id=listing["employer_id"],
            kind=kind,
            is_insured=True if insured.is_insured_there else None,
        ),
        benefit_line=picture["entry"]["benefit_line"],
        is_confirmed=listing["is_confirmed"],
        is_insured_there=insured.is_insured_there,
    )


def _voucher(picture: Picture, filing: Filing, voucher_id: str) -> VoucherFacts:
    """The voucher that the claim names. Reading: it is used on the first day of the training it pays for."""
    found = next((each for each in picture["vouchers"] if each["voucher_id"] == voucher_id), None)
    if found is None:
        # Somebody else's: which dates it bears is nothing to this claim.
        return VoucherFacts(
            kind=VoucherKind.FACE_VALUE,
            state=VoucherState.ISSUED,
            issued_on=filing.applied_on,
            expires_before=filing.applied_on,
            is_holders_own=False,
        )
    training = picture["training"]
    return VoucherFacts(
        kind=VoucherKind.FACE_VALUE,
        state=VoucherState.REDEEMED if found["voided_at"] is None else VoucherState.VOID,
        issued_on=law_date(parse_instant(found["issued_at"])),
        expires_before=date.fromisoformat(found["valid_until"]) + timedelta(days=1),
        is_holders_own=True,
        redeemed_on=None if training is None else date.fromisoformat(training["starts_on"]),
        redeemed_by=picture["entry"]["institution_id"],
        benefit_line=found["benefit_line"],
        face_fen=found["amount_fen"],
    )


def _past(past: Picture) -> PastBenefit:
    level = past["level"]
    is_earlier = past["state"] == PastState.EARLIER
    return PastBenefit(
        kind=BenefitKind(past["kind"]),
        state=PastState(past["state"]),
        entry_on=date.fromisoformat(past["entry_on"]),
        applied_on=day_of(past["applied_on"]),
        benefit_line=past["benefit_line"],
        # What was paid before the registry may not say the level; "none" is then no statement.
        level=None if is_earlier and level == SkillLevel.NONE else SkillLevel(level),
        period="" if past["period"] == "life" else past["period"],
        division=past["division"],
        certificate_id=past["certificate_id"],
        opening_id=past["opening_id"],
        employer_id=past["employer_id"],
        paid_to=PayeeKind(past["paid_to"]),
        by_voucher=past["by_voucher"],
        is_shortage=bool(past["is_shortage"]),
    )


def _is_shortage(picture: Picture, division: str) -> bool | None:
    entry = picture["entry"]
    if entry["benefit_line"] is None:
        return None
    on = date.fromisoformat(entry["ends_on"])
    return any(
        division.startswith(prefix_of(each["division_code"]))
        and date.fromisoformat(each["starts_on"]) <= on
        and (each["ends_before"] is None or on < date.fromisoformat(each["ends_before"]))
        for each in picture["shortage"]
    )


@dataclass(frozen=True, slots=True)
class InsuranceQuestion:
    """What the platform is asked for a claim: facts as of a day, and the standing on further days and in months."""

    as_of: date
    on_days: tuple[date, ...] = ()
    in_months: tuple[str, ...] = ()


def insurance_questions(
    kind: BenefitKind, picture: Picture, applied_on: date
) -> tuple[InsuranceQuestion, ...]:
    """Months both at issue and at application, because the texts count them on different days."""
    issued, listing = issued_on(picture), picture["listing"]
    if kind is BenefitKind.SKILL_UPGRADE and issued is not None:
        month = (f"{issued:%Y-%m}",)
        at_application = InsuranceQuestion(applied_on, in_months=month)
        return (at_application,) if issued >= applied_on else (at_application, InsuranceQuestion(issued))
    if kind is BenefitKind.WORK_BASED and listing is not None:
        return (InsuranceQuestion(applied_on, in_months=(listing["period"],)),)
    if listing is not None:
        return (InsuranceQuestion(applied_on, on_days=(date.fromisoformat(listing["ends_on"]),)),)
    return (InsuranceQuestion(applied_on),)


STATUS_OF_STANDING: Mapping[str | None, InsuranceStatus] = {
    "paying": InsuranceStatus.INSURED,
    "drawing_benefit": InsuranceStatus.DRAWING,
    "neither": InsuranceStatus.NEITHER,
    None: InsuranceStatus.UNKNOWN,
}
"""The platform's word for a standing → the facts' word."""
