"""The log: without holes, growing, published before anything rests on it, written by the sequencer's doors alone."""

from tests.database.attacks import Attack


def _filed(name: str, refused_by: str, sql: str, *set_aside: str) -> Attack:
    """By the owner of the doors, past what the door itself asks."""
    return Attack(name, "access_owner", refused_by, sql, set_aside=set_aside)


def _kept_shut(name: str, role: str, door: str, call: str) -> Attack:
    return Attack(
        name,
        role,
        f"GRANT EXECUTE ON FUNCTION {door} TO {role}",
        f"SELECT * FROM {call}",
        right_of=("log_sequencer",),
    )


def _head(size: str, said: str | None = None) -> str:
    return f"""INSERT INTO log_checkpoint (size, root, note) SELECT {size}, sha256('x'),
      format(E'log.test\\n%s\\n%s\\n\\n— log.test AAAAAAAA\\n', {said or size}, encode(sha256('x'), 'base64'))"""


_INCLUDED = (
    "INSERT INTO inclusion (person_id, entry_id, leaf_index, checkpoint_size) SELECT :unsealed, :unsealed,"
)
_PUBLISH = "publish_log(bigint, bytea, text, smallint[], bigint[], bytea[])"
_STORED = "(SELECT max(leaf_index) + 1 FROM log_leaf)"
_NOTE = f"format(E'x\\n%s\\n%s\\n\\n— x AAAAAAAA\\n', {_STORED}, encode(sha256('x'), 'base64'))"

THE_LOG_GROWS = (
    _filed(
        "a log with a hole",
        "log_leaf.log_leaf_without_hole",
        "INSERT INTO log_leaf (leaf_index, leaf, leaf_hash) VALUES (9999, '\\xffff', sha256('\\x00ffff'::bytea))",
    ),
    _filed(
        "a leaf under a hash of something else",
        "log_leaf_hash_of_leaf",
        """INSERT INTO log_leaf (leaf_index, leaf, leaf_hash)
           SELECT max(leaf_index) + 1, '\\xffff', sha256('x') FROM log_leaf""",
    ),
    _filed(
        "included without a salt",
        "inclusion_salt_fkey",
        f"{_INCLUDED} 0, max(size) FROM log_checkpoint",
    ),
    _filed(
        "included before a tree head is out",
        "inclusion_checkpoint_fkey",
        f"{_INCLUDED} 9999, 10000",
        "inclusion_salt_fkey",
    ),
    _filed(
        "included under a tree head that does not cover it",
        "inclusion_published",
        f"{_INCLUDED} max(size), max(size) FROM log_checkpoint",
        "inclusion_salt_fkey",
    ),
    _filed("a tree head behind the last", "log_checkpoint.log_checkpoint_grows", _head("1")),
    _filed(
        "a tree head over leaves that are not there", "log_checkpoint.log_checkpoint_grows", _head("9999")
    ),
    _filed(
        "a tree head whose note says another size",
        "log_checkpoint_says",
        _head("9999", "9998"),
        "log_checkpoint.log_checkpoint_grows",
    ),
    _filed(
        "a key added twice",
        "key_change_once",
        """INSERT INTO key_change (purpose, key_id, change, public_key)
           SELECT 'log', 'x', 'added', 'x' FROM generate_series(1, 2)""",
    ),
    _filed(
        "two digests of one day",
        "access_digest_once_a_day",
        """INSERT INTO access_digest (day, accesses, digest)
           SELECT '2025-01-02', 0, sha256('x') FROM generate_series(1, 2)""",
    ),
    _kept_shut(
        "an agency seals an entry",
        "app_agency",
        "seal_events(uuid[], bytea[], bytea[])",
        "seal_events(ARRAY[:queued], ARRAY[sha256('x')], ARRAY['{}'::bytea])",
    ),
    _kept_shut(
        "the worker publishes a tree head",
        "worker",
        _PUBLISH,
        f"publish_log({_STORED}, sha256('x'), {_NOTE}, '{{}}', '{{}}', '{{}}')",
    ),
)
