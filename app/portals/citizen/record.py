"""My record: everything that was entered, with its certificates and whether it is sealed; ask for a correction."""

from starlette.responses import Response

from app.access.unit import Unit
from app.api.v1.certificate_shapes import MyCertificateOut
from app.api.v1.correction_requests import OwnRequestOut, RequestIn
from app.api.v1.log import InclusionOut
from app.archive.certificates.queries.own import certificates_of_person
from app.archive.correction_requests.actions.file_request import file_request
from app.archive.correction_requests.queries import own_requests
from app.archive.log.queries import own_proof
from app.archive.records.queries import person_group
from app.archive.records.states import EntryState
from app.db.crypto import KeyRing
from app.exchange.extracts.queries import shown_to_me
from app.exchange.extracts.rules.credentials import reasons_against_credential
from app.exchange.shares.queries import entries_shown
from app.exchange.shares.rules import ShownEntry
from app.kernel.clock import day_in_words
from app.kernel.errors import NotFound, RegistryError
from app.portals.citizen.considering import BENEFIT_OF
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf

router = pages()
_LABELS = {"grounds": "哪里不对", "record_number": "档案"}


@router.get("/my/record")
async def show_record_page(page: PageOf) -> Response:
    """The lifelong record as a timeline, latest first, with the certificates."""
    async with page.reading() as unit:
        entries = entries_shown(page.parts.keys, await shown_to_me(unit, None))
        assert page.me.person_id is not None
        own = await certificates_of_person(unit, page.parts.keys, page.me.person_id)
        certificates = [MyCertificateOut.of(each.picture, unit.today) for each in own]
        today = unit.today
    latest = sorted(entries, key=lambda each: (each.ends_on or today, each.appended_at), reverse=True)
    return page.show(
        "citizen/record.html",
        entries=latest,
        certificates=certificates,
        today=today,
        in_force=sum(each.state is EntryState.IN_FORCE for each in entries),
    )


@router.get("/my/record/{record_number}")
async def show_entry_page(page: PageOf, record_number: str) -> Response:
    """One entry: what it says, its certificate, its seal, and what was asked to be corrected."""
    async with page.reading() as unit:
        assert page.me.person_id is not None
        entry = await _own_entry(unit, page.parts.keys, record_number)
        proof = await own_proof(unit, await person_group(unit, page.me.person_id), record_number)
        own = await certificates_of_person(unit, page.parts.keys, page.me.person_id)
        certificates = [MyCertificateOut.of(each.picture, unit.today) for each in own]
        requests = [OwnRequestOut.of(each) for each in await own_requests(unit, page.parts.keys)]
        today = unit.today
    return page.show(
        "citizen/entry.html",
        entry=entry,
        sealed=None if proof is None else InclusionOut(**proof.bundle),
        certificates=[
            each
            for each in certificates
            if each.archived_as == record_number or (each.link and each.link.record_number == record_number)
        ],
        requests=[each for each in requests if each.record_number == record_number],
        may_claim=entry.kind in BENEFIT_OF and entry.state is EntryState.IN_FORCE,
        is_in_force=entry.state is EntryState.IN_FORCE,
        may_certify=not reasons_against_credential(entry),
        today=today,
    )


@router.get("/my/record/{record_number}/proof")
async def download_proof(page: PageOf, record_number: str) -> Response:
    """The proof that anybody can check offline, as a file."""
    async with page.reading() as unit:
        assert page.me.person_id is not None
        proof = await own_proof(unit, await person_group(unit, page.me.person_id), record_number)
    if proof is None:
        raise NotFound
    return Response(
        InclusionOut(**proof.bundle).model_dump_json(indent=2),
        media_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="proof-{record_number}.json"'},
    )


@router.get("/my/record/{record_number}/correction")
async def ask_correction(page: PageOf, record_number: str) -> Response:
    """What is wrong with it."""
    return await _correction(page, record_number)


@router.post("/my/record/{record_number}/correction")
async def request_correction(page: PageOf, record_number: str) -> Response:
    """File the request; the day of the answer is told at once."""
    try:
        body = page.typed.read(RequestIn, record_number=record_number)
        async with page.act() as act:
            filed = await file_request(
                act.unit, page.parts.keys, record_number=body.record_number, grounds=body.grounds
            )
            told = day_in_words(filed.due_on)
            act.go(f"/my/record/{record_number}", said=f"更正申请已收到，最迟{told}答复您")
    except RegistryError as refusal:
        return await _correction(page, record_number, refusal)
    return page.go(act)


async def _correction(page: Page, record_number: str, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        entry = await _own_entry(unit, page.parts.keys, record_number)
    return page.show("citizen/correction.html", refusal=refusal, labels=_LABELS, entry=entry)


async def _own_entry(unit: Unit, keys: KeyRing, record_number: str) -> ShownEntry:
    entries = entries_shown(keys, await shown_to_me(unit, None))
    entry = next((each for each in entries if each.record_number == record_number), None)
    if entry is None:
        raise NotFound
    return entry
