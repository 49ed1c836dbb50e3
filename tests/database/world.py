"""A small registry laid row by row, whose rows the attacks aim at; its identifiers have names (``:person``)."""

import re
from pathlib import Path
from uuid import NAMESPACE_OID, UUID, uuid5

from app.access.actor import SYSTEM_PRINCIPAL

WORLD = Path(__file__).with_name("world.sql")
CLAIMS = Path(__file__).with_name("world_claims.sql")
PROOFS = Path(__file__).with_name("world_proofs.sql")
PEERS = Path(__file__).with_name("world_peers.sql")
NEVER_LATE = "UPDATE unsealed_event SET queued_at = now() + interval '1 day';\n"
"""No sequencer works here: after five minutes what the world queued would close the payment gate."""
AT_HOME = "INSERT INTO registry.database_origin (origin) SELECT registry.current_origin();\n"
"""A copy of the template lives where the template does not, which would close payments."""
_NAME = re.compile(r"(?<![:\w]):([a-z_]+)\b")


def identifier(name: str) -> UUID:
    """The identifier called ``name`` in statements: always the same, so that digests are comparable."""
    return SYSTEM_PRINCIPAL if name == "system" else uuid5(NAMESPACE_OID, f"registry-world-{name}")


def with_identifiers(sql: str) -> str:
    """Put the identifiers into a statement. A name that world.sql never lays stays visible as a missing row."""
    return _NAME.sub(lambda found: f"'{identifier(found.group(1))}'::uuid", sql)


def world_sql() -> str:
    """What lays the world into a migrated database."""
    return (
        AT_HOME
        + with_identifiers("".join(each.read_text() for each in (WORLD, CLAIMS, PROOFS, PEERS)))
        + NEVER_LATE
    )
