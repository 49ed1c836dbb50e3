"""What a decision on a claim rests on, as the page shows it: entry, certificate, log, rules, what was stored before."""

from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from app.access.unit import Unit
from app.archive.log.queries.proofs import LeafProof, proof_of_leaf
from app.archive.log.rules.tree import leaf_hash, node_hash
from app.archive.records.states import EntryKind
from app.kernel.clock import law_date, parse_instant
from app.kernel.errors import Reason
from app.subsidies.claims.actions.evaluate_eligibility import evaluate_eligibility
from app.subsidies.claims.queries.doors import FoundClaim
from app.subsidies.claims.rules.deadlines import deadline_of
from app.subsidies.claims.rules.steps import reasons_against
from app.subsidies.claims.states import TAKEN_FROM, ClaimState, Step
from app.subsidies.entitlements.rules.verdict import RuleReason, Verdict

_REASONS = TypeAdapter(list[RuleReason])
_JUDGED = frozenset(
    {ClaimState.SUBMITTED, ClaimState.SUPPLEMENT_REQUESTED, ClaimState.ACCEPTED, ClaimState.REVIEWED}
)
"""While nothing is decided the rules are run anew for whoever looks; later only what was stored counts."""


@dataclass(frozen=True, slots=True)
class SealedIn:
    """Where the entry stands in the log, and the signed head that covers it, if one does already."""

    leaf_index: int
    proof: LeafProof | None

    @property
    def leaf_hash(self) -> str | None:
        """RFC 6962 hash of the leaf, to be compared with what anybody downloads."""
        return None if self.proof is None else leaf_hash(self.proof.leaf).hex()

    @property
    def holds(self) -> bool:
        """Whether the path leads from the leaf to the signed root (RFC 9162, 2.1.3.2)."""
        if self.proof is None:
            return False
        at, last, root = self.proof.leaf_index, self.proof.size - 1, leaf_hash(self.proof.leaf)
        for sibling in self.proof.path:
            if at % 2 or at == last:
                root = node_hash(sibling, root)
                while at and not at % 2:
                    at, last = at // 2, last // 2
            else:
                root = node_hash(root, sibling)
            at, last = at // 2, last // 2
        return root == self.proof.root


@dataclass(frozen=True, slots=True)
class StoredReview:
    """What a review of a round found, as it was stored."""

    round: int
    verdict: str
    amount_fen: int
    reviewed_at: Any
    is_mine: bool
    reasons: list[RuleReason]


@dataclass(frozen=True, slots=True)
class OnClaim:
    """Everything the page of a claim shows."""

    found: FoundClaim
    state: ClaimState
    due: Any
    verdict: Verdict | None
    reviews: list[StoredReview]
    certificates: list[dict[str, Any]]
    sealed_in: SealedIn | None
    against: dict[Step, tuple[Reason, ...]]
    """Why this officer cannot take a step that the state would allow."""


async def on_claim(unit: Unit, found: FoundClaim) -> OnClaim:
    """The facts and what the rules say of them by now."""
    claim, state = found.claim, ClaimState(found.claim["state"])
    judged = None
    if state in _JUDGED:
        judged = evaluate_eligibility(found.who, found.picture, found.filing(), today=unit.today)
    index = found.picture["entry"]["leaf_index"]
    standing = found.standing(unit.today)
    return OnClaim(
        found=found,
        state=state,
        due=deadline_of(state, law_date(parse_instant(claim["state_since"])), found.division),
        verdict=None if judged is None else judged.verdict,
        reviews=[_stored(unit, each) for each in found.steps["reviews"]],
        certificates=_certificates_of(found),
        sealed_in=None if index is None else SealedIn(index, await proof_of_leaf(unit, index)),
        against={
            step: reasons_against(step, standing, actor=unit.actor.principal_id)
            for step, states in TAKEN_FROM.items()
            if state in states
        },
    )


def _stored(unit: Unit, review: dict[str, Any]) -> StoredReview:
    return StoredReview(
        round=review["round"],
        verdict=review["verdict"],
        amount_fen=review["amount_fen"],
        reviewed_at=parse_instant(review["reviewed_at"]),
        is_mine=review["reviewed_by"] == str(unit.actor.principal_id),
        reasons=_REASONS.validate_python(review["reasons"]),
    )


def _certificates_of(found: FoundClaim) -> list[dict[str, Any]]:
    """The certificates that this entry is about; the person's others need a purpose."""
    entry = found.picture["entry"]
    if entry["kind"] == EntryKind.CERTIFICATE:
        return [
            each
            for each in found.picture["certificates"]
            if each["certificate_id"] == entry["certificate_id"]
        ]
    return [
        each
        for each in found.picture["certificates"]
        if each["linked_entry"] == entry["entry_id"]
        or (each["opening_id"] is not None and each["opening_id"] == entry["opening_id"])
    ]
