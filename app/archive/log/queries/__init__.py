"""Reads of the log: how far it is, its tree, and proofs."""

from app.archive.log.queries.differences import Difference, LogDifference, differences_of_log
from app.archive.log.queries.nodes import Head, consistency_proof, head_of_size, latest_head
from app.archive.log.queries.proofs import (
    EntryProof,
    LeafProof,
    index_of_leaf,
    own_proof,
    proof_of,
    proof_of_leaf,
    proof_of_row,
)
from app.archive.log.queries.status import LogStatus, forget_status, log_keys, log_status

__all__ = [
    "Difference",
    "EntryProof",
    "Head",
    "LeafProof",
    "LogDifference",
    "LogStatus",
    "consistency_proof",
    "differences_of_log",
    "forget_status",
    "head_of_size",
    "index_of_leaf",
    "latest_head",
    "log_keys",
    "log_status",
    "own_proof",
    "proof_of",
    "proof_of_leaf",
    "proof_of_row",
]
