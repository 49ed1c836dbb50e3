"""Reads the data files shipped under ``app/reference/data`` (their sources: ``data/README.md``)."""

import csv
from collections.abc import Mapping
from hashlib import sha256
from importlib.resources import files
from typing import Any

import yaml

_DATA = files("app.reference") / "data"

FILES = (
    "divisions.csv",
    "editions.csv",
    "occupations.csv",
    "crosswalk.csv",
    "skill_levels.csv",
    "key_groups.yaml",
    "training_kinds.yaml",
)
"""All files of the packaged edition; their digest names it."""


def read_rows(name: str) -> list[dict[str, str]]:
    """Rows of a packaged CSV, keyed by its header."""
    with (_DATA / name).open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def read_document(name: str) -> Mapping[str, Any]:
    """A packaged YAML file."""
    with (_DATA / name).open(encoding="utf-8") as stream:
        document: Mapping[str, Any] = yaml.safe_load(stream)
    return document


def digest_of(*names: str) -> str:
    """SHA-256 over packaged files, by which a database knows whether it has this edition of them."""
    together = sha256()
    for name in names:
        together.update((_DATA / name).read_bytes())
    return together.hexdigest()
