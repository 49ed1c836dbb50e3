"""Importing under concurrency and after identity changes, and the constraints that hold whatever the code does."""

import asyncio

import asyncpg
import pytest

from tests.builders.rosters import DraftClass, Trainee, csv_file, lay_draft, trainees
from tests.registry_server import Registry, codes, only

pytestmark = pytest.mark.anyio


async def test_the_same_new_people_in_two_classes_at_once_are_the_same_persons(registry: Registry) -> None:
    classes = [await lay_draft(registry) for _ in range(3)]
    crowd = trainees(200)
    answers = await asyncio.gather(
        *(draft.submit(*(crowd if turn % 2 else crowd[::-1])) for turn, draft in enumerate(classes))
    )
    assert [answer.status_code for answer in answers] == [201] * 3
    owner = await registry.owner()
    assert await owner.fetchval("SELECT count(*) FROM person") == 200
    assert await owner.fetchval("SELECT count(*) FROM person_identifier") == 200
    assert await owner.fetchval("SELECT count(*) FROM identifier_key") == 200
    assert await owner.fetchval("SELECT count(*) FROM roster_line") == 600


async def test_the_same_roster_from_two_browser_windows_at_once_is_kept_once(registry: Registry) -> None:
    draft = await lay_draft(registry)
    first, second = await asyncio.gather(draft.submit(*trainees(50)), draft.submit(*trainees(50)))
    added = [answer.json()["counts"]["added"] for answer in (first, second)]
    assert sorted(added) == [0, 50]


async def test_importing_waits_for_a_filing_under_way(registry: Registry) -> None:
    """The opening's row is locked: either the filing sees the new line, or the import sees the filed class."""
    draft = await lay_draft(registry)
    filing = await asyncpg.connect(
        registry.cluster.address.dsn(registry.database), server_settings={"search_path": "registry,public"}
    )
    try:
        async with filing.transaction():
            await filing.execute("SET LOCAL session_replication_role = replica")
            await filing.execute(
                "UPDATE course_opening SET state = 'filed', filing_no = 1 WHERE opening_id = $1",
                draft.opening_id,
            )
            importing = asyncio.create_task(draft.submit(Trainee()))
            await asyncio.sleep(0.3)
            assert not importing.done()
        answer = await importing
    finally:
        await filing.close()
    assert (answer.status_code, codes(answer)) == (409, ["roster_filed"])
    assert await (await registry.owner()).fetchval("SELECT count(*) FROM roster_line") == 0


async def test_a_refused_import_leaves_no_person_behind(registry: Registry) -> None:
    draft = await lay_draft(registry)
    await draft.move_to("filed")
    await draft.submit(*trainees(5))
    owner = await registry.owner()
    assert await owner.fetchval("SELECT count(*) FROM person") == 0


async def test_two_numbers_of_one_person_are_sent_to_the_office_without_saying_why(
    registry: Registry,
) -> None:
    draft = await lay_draft(registry)
    former, corrected = Trainee(serial=961), Trainee(serial=962)
    other = await lay_draft(registry)
    await other.submit(former, corrected)
    owner = await registry.owner()
    await _give_number(registry, former, corrected)
    answer = await draft.submit(former, corrected, Trainee(serial=963))
    reasons = {line["line"]: only(line["reasons"])["code"] for line in answer.json()["refused"]}
    assert reasons == {1: "identity_needs_office", 2: "identity_needs_office"}
    assert answer.json()["counts"]["added"] == 1
    assert (await draft.submit(former)).status_code == 201
    later = await draft.submit(corrected)
    assert only(only(later.json()["refused"])["reasons"])["code"] == "identity_needs_office"
    assert (
        await owner.fetchval("SELECT count(*) FROM roster_line WHERE opening_id = $1", draft.opening_id) == 2
    )


async def _give_number(registry: Registry, holder: Trainee, other: Trainee) -> None:
    """Let ``other``'s number belong to ``holder``'s person, as after a correction of numbers."""
    owner, keys = await registry.owner(), registry.house.keys
    digest, others = (
        keys.digest(each.identity_number, purpose="identity_number") for each in (holder, other)
    )
    await owner.execute("SET session_replication_role = replica")
    await owner.execute(
        "UPDATE identifier_key SET person_id = (SELECT person_id FROM identifier_key WHERE digest = $1),"
        " identifier_id = uuidv7() WHERE digest = $2",
        digest,
        others,
    )
    await owner.execute("SET session_replication_role = origin")


async def test_dirty_cells_are_read_as_meant(registry: Registry) -> None:
    draft = await lay_draft(registry)
    clean = Trainee(serial=971, phone="13800000001")
    dirty = clean.but(
        name=" 张 样 安 ",
        number="".join(chr(ord(char) + 0xFEE0) for char in clean.identity_number),
        phone="138 0000 0001",
    )
    first = await draft.upload(csv_file(dirty, encoding="gb18030"))
    assert first.json()["counts"]["added"] == 1, first.text
    again = await draft.upload(csv_file(clean))
    assert again.json()["counts"]["unchanged"] == 1


async def _matched_check(registry: Registry, draft: DraftClass, *, name: str) -> dict[str, object]:
    """A matched check of the class's one trainee, made of ``name``."""
    owner, keys = await registry.owner(), registry.house.keys
    person_id = await owner.fetchval(
        "SELECT person_id FROM roster_line WHERE opening_id = $1", draft.opening_id
    )
    check_id = await owner.fetchval(
        "INSERT INTO identity_check (person_id, outcome, source, evidence_id, name_digest, checked_at)"
        " VALUES ($1, 'matched', 'cardholder_base', 'evidence-0001', $2, registry_now()) RETURNING check_id",
        person_id,
        keys.digest(name, purpose="name"),
    )
    return {"person_id": person_id, "check_id": check_id}


async def test_a_match_of_another_name_cannot_stand_behind_a_line(registry: Registry) -> None:
    draft = await lay_draft(registry)
    await draft.submit(Trainee(name="张样安"))
    owner = await registry.owner()
    settle = "UPDATE roster_line SET state = 'matched', check_id = $2, check_outcome = 'matched' WHERE person_id = $1"
    other = await _matched_check(registry, draft, name="李样宁")
    with pytest.raises(asyncpg.ForeignKeyViolationError, match="roster_line_check_fkey"):
        await owner.execute(settle, *other.values())
    own = await _matched_check(registry, draft, name="张样安")
    await owner.execute(settle, *own.values())
    with pytest.raises(asyncpg.ForeignKeyViolationError, match="roster_line_check_fkey"):
        await owner.execute("UPDATE roster_line SET name_digest = '\\x01'")


async def test_the_institutions_database_role_can_neither_see_outcomes_nor_bring_a_match(
    registry: Registry,
) -> None:
    draft = await lay_draft(registry)
    await draft.submit(Trainee())
    connection = await asyncpg.connect(registry.cluster.dsn("app_inst", registry.database))
    try:
        for statement in (
            "SELECT check_outcome FROM roster_line",
            "SELECT name_digest FROM identity_check",
            "INSERT INTO roster_line (person_id, opening_id, state) SELECT person_id, opening_id, 'matched'"
            " FROM roster_line",
            "DELETE FROM roster_line",
            "UPDATE mismatch_tally SET mismatches = 1",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
        with pytest.raises(asyncpg.CheckViolationError, match="roster_line_matched_has_check"):
            await connection.execute("UPDATE roster_line SET state = 'matched'")
    finally:
        await connection.close()
