"""Reads of the log: how far it is, its tree, and proofs."""

from app.archive.log.queries.nodes import Head, consistency_proof, latest_head
from app.archive.log.queries.proofs import (
    EntryProof,
    LeafProof,
    index_of_leaf,
    proof_of,
    proof_of_leaf,
    proof_of_row,
)
from app.archive.log.queries.status import LogStatus, forget_status, log_status

__all__ = [
    "EntryProof",
    "Head",
    "LeafProof",
    "LogStatus",
    "consistency_proof",
    "forget_status",
    "index_of_leaf",
    "latest_head",
    "log_status",
    "proof_of",
    "proof_of_leaf",
    "proof_of_row",
]
