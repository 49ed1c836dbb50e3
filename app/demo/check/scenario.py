"""The steps of the check, in the order in which the main job goes."""

from contextlib import closing

from app.demo.check.archive_steps import interrupt_worker, read_archive, recover_base
from app.demo.check.cast import assemble
from app.demo.check.certificate_decisions import decide_certificates
from app.demo.check.certificate_outcomes import follow_network
from app.demo.check.certificate_steps import take_certificates_in
from app.demo.check.claim_classes import issue_vouchers
from app.demo.check.claim_scenario import begin_claims, play_claims
from app.demo.check.directory_steps import fill_directory
from app.demo.check.filing_steps import draft_late_class, file_late, file_openings
from app.demo.check.oversight_steps import derive_again
from app.demo.check.proof_steps import carry_proof
from app.demo.check.result_steps import assess_and_close
from app.demo.check.roster_steps import deliver_rosters
from app.demo.check.security_steps import try_doors
from app.demo.check.teaching_steps import register_sources, teach
from app.demo.client import Api
from app.demo.ground import Demo
from app.demo.journal import Journal


def play(demo: Demo, journal: Journal) -> None:
    """All steps; the first that does not come out right ends the check."""
    with closing(Api(demo.stack.api_url)) as api:
        cast = assemble(demo, journal, api)
        directory = fill_directory(cast)
        ahead = begin_claims(cast)
        classes = deliver_rosters(cast, directory)
        issue_vouchers(cast, ahead.vouchers)
        file_openings(cast, directory, classes)
        late = draft_late_class(cast, directory, classes)
        sources = register_sources(cast, directory)
        teach(cast, directory, classes, sources)
        file_late(cast, directory, late)
        assess_and_close(cast, directory, classes)
        read_archive(cast)
        carry_proof(cast)
        interrupt_worker(cast)
        try_doors(cast)
        recover_base(cast, directory, classes)
        play_claims(cast, directory, classes, ahead)
        claims = take_certificates_in(cast, directory, classes)
        follow_network(cast, claims)
        decide_certificates(cast, directory, classes, claims)
        derive_again(cast)
