"""Certificates of the demo's provinces, one in every state, each reached by the acts and answers it needs."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from app.demo.actors.agency import CertificateOfficer
from app.demo.actors.citizen import Citizen
from app.demo.actors.directory import DirectoryOfficer
from app.demo.actors.institution import InstitutionActor
from app.demo.actors.sign_in import sign_in_citizen
from app.demo.certificates import Press, Printed
from app.demo.client import Api
from app.demo.province_data import (
    BODIES,
    COOKING_CLASS,
    DICTIONARY_EDITION,
    NURSING_CLASS,
    OCCUPATION_NAMES,
    UNLISTED_BODY,
)
from app.demo.sandbox_control import SandboxControl

_LONG_AGO = timedelta(days=200)
_STATES = {
    "linked": "matched",
    "pending": "pending_upload",
    "misnamed": "name_mismatch",
    "undecided": "matched",
    "by_officer": "matched",
    "revoked": "matched",
    "forged": "not_found_final",
    "linked_elsewhere": "matched",
}
"""What the network's first answer leads to."""


@dataclass(frozen=True, slots=True)
class FilledCertificate:
    """A certificate of the province. ``entered`` is how the sandbox's network knows it (None: it does not)."""

    key: str
    certificate_id: str
    printed: Printed
    entered: dict[str, Any] | None


class CertificateFilling:
    """Fills certificates in; ``filled`` says what there is."""

    def __init__(
        self, *, api: Api, sandbox: SandboxControl, officer: CertificateOfficer, today: date
    ) -> None:
        self.filled: list[FilledCertificate] = []
        self._api = api
        self._sandbox = sandbox
        self._officer = officer
        self._press = Press(DICTIONARY_EDITION, OCCUPATION_NAMES)
        self._today = today
        self._network_ids: dict[str, str] = {}

    def register_bodies(self, directory: DirectoryOfficer, other: DirectoryOfficer) -> dict[str, str]:
        """Put the two bodies into the directory; returns their ids by key."""
        own, elsewhere = BODIES
        return {own.key: directory.register_body(own), elsewhere.key: other.register_body(elsewhere)}

    def submit(
        self, school: InstitutionActor, opening_id: str, other_school: InstitutionActor, other_opening_id: str
    ) -> None:
        """Citizens report and schools submit; then wait until the worker has asked about all of them."""
        own, elsewhere = BODIES
        for key, holder, more in (
            ("linked", NURSING_CLASS[0], {}),
            ("pending", NURSING_CLASS[1], {"hidden": True}),
            ("revoked", NURSING_CLASS[4], {}),
        ):
            self._report(key, self._press.print(holder, own, self._today), **more)
        misnamed = NURSING_CLASS[2]
        self._report("misnamed", self._press.print(misnamed, own, self._today, name=misnamed.name[::-1]))
        forged = self._press.print(NURSING_CLASS[6], UNLISTED_BODY, self._today - _LONG_AGO)
        self._fill("forged", self._citizen(forged).report(forged), forged, None)
        for key, holder in (("undecided", NURSING_CLASS[3]), ("by_officer", NURSING_CLASS[5])):
            printed = self._press.print(holder, own, self._today, level="level_4")
            self._submit(key, printed, school, opening_id)
        cook = self._press.print(COOKING_CLASS[0], elsewhere, self._today)
        self._submit("linked_elsewhere", cook, other_school, other_opening_id)
        for each in self.filled:
            self._citizen(each.printed).wait_for(each.certificate_id, _STATES[each.key])

    def let_things_happen(self) -> None:
        """An officer links one, the network revokes another and pushes that."""
        linked, revoked = self._of("by_officer"), self._of("revoked")
        (candidate,) = self._officer.candidates(linked.certificate_id).expect(200)["candidates"]
        reason = "考评员当场认定四级，高于班次等级，准予关联"
        self._officer.link(linked.certificate_id, candidate["record_number"], reason).expect(200)
        self._sandbox.push_to(push_url(self._api.base_url))
        self._sandbox.revoke(self._network_ids["revoked"])
        self._citizen(revoked.printed).wait_for(revoked.certificate_id, "revoked")

    def _report(self, key: str, printed: Printed, **more: str | bool) -> None:
        self._enter(key, printed, **more)
        self._fill(key, self._citizen(printed).report(printed), printed, printed.entered(**more))

    def _submit(self, key: str, printed: Printed, school: InstitutionActor, opening_id: str) -> None:
        self._enter(key, printed)
        (line,) = school.submit_certificates(opening_id, [printed]).expect(201)["items"]
        self._fill(key, line["certificate_id"], printed, printed.entered())

    def _enter(self, key: str, printed: Printed, **more: str | bool) -> None:
        self._network_ids[key] = self._sandbox.issue(printed, **more)

    def _fill(self, key: str, certificate_id: str, printed: Printed, entered: dict[str, Any] | None) -> None:
        self.filled.append(FilledCertificate(key, certificate_id, printed, entered))

    def _of(self, key: str) -> FilledCertificate:
        return next(each for each in self.filled if each.key == key)

    def _citizen(self, printed: Printed) -> Citizen:
        return Citizen(sign_in_citizen(self._api, self._sandbox.base_url, printed.holder.number))


def push_url(api_url: str) -> str:
    """Where the network pushes to."""
    return f"{api_url}/v1/network-notices"


def restore_network(sandbox: SandboxControl, api_url: str, certificates: list[dict[str, Any]]) -> None:
    """Enter again what an earlier start had on the network, as it stood: the sandbox remembers nothing."""
    known = [each for each in certificates if each["network"] is not None]
    if known:
        ids = sandbox.enter(each["network"] for each in known)
        for network_id, each in zip(ids, known, strict=True):
            if each["key"] == "revoked":
                sandbox.revoke(network_id)
    sandbox.push_to(push_url(api_url))
