"""Makes the tokens by which peers may ask for the persons here: each number under the key shared with each peer."""

from sqlalchemy import text

from app.access.unit import Unit
from app.db.crypto import KeyRing
from app.exchange.peers.queries import live_peers
from app.exchange.peers.rules import number_token
from app.identity.persons.actions.register_persons import NUMBER_FIELD

_DUE = text("""
    SELECT due.person_id, due.peer_id, due.identifier_id, held.number_sealed FROM token_due AS due
    JOIN person_identifier AS held USING (person_id, identifier_id)
    ORDER BY due.person_id, due.peer_id, due.identifier_id LIMIT :limit
""")
_STORE = text("""
    WITH made AS (
      SELECT * FROM unnest(CAST(:persons AS uuid[]), CAST(:peers AS uuid[]), CAST(:identifiers AS uuid[]),
        CAST(:tokens AS bytea[])) AS given (person_id, peer_id, identifier_id, token)
    ), stored AS (
      INSERT INTO person_token (person_id, peer_id, identifier_id, token)
      SELECT person_id, peer_id, identifier_id, token FROM made
      ON CONFLICT (person_id, peer_id, identifier_id) DO NOTHING
    )
    DELETE FROM token_due USING made
    WHERE (token_due.person_id, token_due.peer_id, token_due.identifier_id)
      = (made.person_id, made.peer_id, made.identifier_id)
""")
_SWEEP = text("SELECT sweep_tokens()")


async def make_tokens(unit: Unit, keys: KeyRing, limit: int) -> int:
    """How many were made; each is there when the unit commits."""
    rows = (await unit.session.execute(_DUE, {"limit": limit})).all()
    if not rows:
        return 0
    secrets = {
        peer_id: peer.secret for peer_id, peer in (await live_peers(unit, keys, with_ended=True)).items()
    }
    made = [
        number_token(
            secrets[row.peer_id], keys.open(row.number_sealed, name=NUMBER_FIELD, owner=row.person_id)
        )
        for row in rows
    ]
    await unit.session.execute(
        _STORE,
        {
            "persons": [row.person_id for row in rows],
            "peers": [row.peer_id for row in rows],
            "identifiers": [row.identifier_id for row in rows],
            "tokens": made,
        },
    )
    return len(rows)


async def sweep_tokens(unit: Unit) -> int:
    """Queue numbers that were registered while a peer was being confirmed; how many there were."""
    return int((await unit.session.execute(_SWEEP)).scalar_one())
