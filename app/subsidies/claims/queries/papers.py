"""Papers of an answer (补正材料): each side sees its own, officers of the claim's area all of them once it is given."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy import func, select, text
from sqlmodel import col

from app.access.actor import PrincipalKind
from app.access.unit import Unit
from app.db.crypto import KeyRing
from app.files.store import Owner
from app.kernel.clock import parse_instant
from app.kernel.errors import NotFound, Reason
from app.subsidies.claims.queries.doors import FoundClaim
from app.subsidies.claims.tables import PAPER_NAME_FIELD, ClaimPaper

INSTITUTION_KINDS = frozenset({PrincipalKind.INSTITUTION_OPERATOR, PrincipalKind.INSTITUTION_CLIENT})
_OF_INSTITUTION = text("""
    SELECT paper.paper_id, paper.file_name_sealed, paper.media_type, paper.size_bytes, paper.uploaded_at,
      uploader.kind AS uploader_kind
    FROM claim_paper AS paper JOIN principal AS uploader ON uploader.principal_id = paper.uploaded_by
    WHERE paper.person_id = :person_id AND paper.claim_id = :claim_id AND paper.removed_at IS NULL
      AND uploader.institution_id = :institution_id
    ORDER BY paper.uploaded_at, paper.paper_id
""")


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper as whoever may see it does."""

    paper_id: UUID
    file_name: str = field(repr=False)
    media_type: str
    size_bytes: int
    uploaded_at: datetime
    uploader_kind: PrincipalKind

    @property
    def by_institution(self) -> bool:
        """Whether an institution handed it in; otherwise the person did."""
        return self.uploader_kind in INSTITUTION_KINDS

    @classmethod
    def of(cls, keys: KeyRing, stored: Mapping[str, Any]) -> Self:
        """A stored paper, its name unsealed."""
        paper_id = stored["paper_id"] if isinstance(stored["paper_id"], UUID) else UUID(stored["paper_id"])
        return cls(
            paper_id=paper_id,
            file_name=keys.open(stored["file_name_sealed"], name=PAPER_NAME_FIELD, owner=paper_id),
            media_type=stored["media_type"],
            size_bytes=stored["size_bytes"],
            uploaded_at=stored["uploaded_at"],
            uploader_kind=PrincipalKind(stored["uploader_kind"]),
        )


def papers_of_claim(keys: KeyRing, found: FoundClaim) -> list[Paper]:
    """All papers of a claim that was read through a door, oldest first."""
    return [
        Paper.of(
            keys,
            {
                **told,
                "file_name_sealed": bytes.fromhex(told["file_name_sealed"]),
                "uploaded_at": parse_instant(told["uploaded_at"]),
            },
        )
        for told in found.steps["papers"]
    ]


def papers_with_answer(keys: KeyRing, found: FoundClaim) -> list[Paper]:
    """What officers see: nothing before the answer is given, as until then each paper may still be taken back."""
    return papers_of_claim(keys, found) if found.is_supplement_answered else []


def own_papers(keys: KeyRing, found: FoundClaim) -> list[Paper]:
    """Those of a citizen's claim that the person handed in: an institution's may speak of others."""
    return [paper for paper in papers_of_claim(keys, found) if not paper.by_institution]


async def papers_of_institution(unit: Unit, keys: KeyRing, person_id: UUID, claim_id: UUID) -> list[Paper]:
    """Those that the caller's institution handed in: what the person did stays the person's."""
    asked = {"person_id": person_id, "claim_id": claim_id, "institution_id": unit.actor.institution()}
    return [Paper.of(keys, row._asdict()) for row in await unit.session.execute(_OF_INSTITUTION, asked)]


async def count_papers(unit: Unit, person_id: UUID, claim_id: UUID) -> int:
    """How many papers a claim has, whoever handed them in."""
    counted = await unit.session.execute(
        select(func.count()).where(
            col(ClaimPaper.person_id) == person_id,
            col(ClaimPaper.claim_id) == claim_id,
            col(ClaimPaper.removed_at).is_(None),
        )
    )
    return counted.scalar_one()


def pick(papers: Iterable[Paper], paper_id: UUID) -> Paper:
    """One of those in sight. Raises NotFound."""
    found = next((paper for paper in papers if paper.paper_id == paper_id), None)
    if found is None:
        raise NotFound(
            [Reason(code="paper_not_found", message="没有找到这份补正材料", remedy="请从申领的页面中打开")]
        )
    return found


def owner_of_papers(claim_id: UUID) -> Owner:
    """Below whom the papers of a claim lie in the store."""
    return Owner("claim", claim_id)
