"""What is sent as a list: counted as it is compared, never exchanged for another, and gone when it is not compared."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest

from app.exchange.comparisons.actions import receive_list as receiving
from app.exchange.comparisons.actions.receive_list import list_owner, piece_id
from app.jobs.comparisons import run_comparisons
from tests.api.test_comparisons import answers_of, looks, officer, opened, send
from tests.builders.finished_class import Trainee
from tests.builders.verified import Known, lay_known
from tests.registry_server import Caller, Registry, codes

pytestmark = pytest.mark.anyio
HEADING = "身份证件号码,姓名"


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "PIECE_BYTES", 64)


def line(known: Known) -> str:
    return f"{known.trainee.number},{known.trainee.name}"


def held(registry: Registry) -> int:
    """Sealed objects of lists and answers."""
    objects = registry.house.settings.data_dir / "objects"
    return sum(1 for path in objects.rglob("*") if path.is_file() and "comparison" in str(path))


def budget(registry: Registry, lines: int) -> None:
    house = registry.house
    narrow = house.settings.model_copy(update={"officer_compared_lines_per_day": lines})
    object.__setattr__(house, "settings", narrow)


class Slow:
    """A sender who stops in the middle until told to go on, or hangs up."""

    def __init__(self, content: bytes, *, first: int | None = None, hangs_up: bool = False) -> None:
        self._content = content
        self._first = len(content) // 2 if first is None else first
        self._hangs_up = hangs_up
        self.is_halfway = asyncio.Event()
        self.may_go_on = asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._content[: self._first]
        yield b""
        self.is_halfway.set()
        await self.may_go_on.wait()
        if self._hangs_up:
            raise ConnectionResetError
        yield self._content[self._first :]


async def upload(caller: Caller, comparison: str, content: AsyncIterator[bytes] | bytes) -> httpx.Response:
    return await caller.post(f"/v1/comparisons/{comparison}:upload", content=content)


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n"])
@pytest.mark.parametrize("form", ["csv", "ndjson"])
async def test_no_line_end_passes_the_budget(registry: Registry, end: str, form: str) -> None:
    caller, known = await officer(registry), await lay_known(registry)
    one = {"identity_number": known.trainee.number, "name": known.trainee.name}
    heading = f"{HEADING}\r\n" if form == "csv" else ""
    text = heading + end.join([line(known) if form == "csv" else json.dumps(one)] * 40) + end
    budget(registry, 50)
    sent = await send(caller, text.encode())
    assert (sent.status_code, sent.json()["lines_total"]) == (202, 40)
    refused = await send(caller, text.encode())
    assert (refused.status_code, codes(refused)) == (429, ["compared_lines_spent"])
    await run_comparisons(registry.house)
    shown = (await caller.get(f"/v1/comparisons/{sent.json()['comparison_id']}")).json()
    assert (shown["state"], shown["lines_total"], shown["lines_done"]) == ("done", 40, 40)


async def test_separators_in_a_cell_move_no_line_number(registry: Registry) -> None:
    caller, known = await officer(registry), await lay_known(registry)
    text = "\r\n".join([f"{HEADING},备注", f"{line(known)},甲\u2028乙\x85丙", f"{line(known)},", "1,2,"])
    sent = await send(caller, text.encode())
    await run_comparisons(registry.house)
    shown = (await caller.get(f"/v1/comparisons/{sent.json()['comparison_id']}")).json()
    said = await answers_of(caller, shown)
    assert {number: each["outcome"] for number, each in said.items()} == {
        2: "matched",
        3: "matched",
        4: "invalid_line",
    }


async def test_a_slow_list_never_takes_the_place_of_the_one_that_was_counted(registry: Registry) -> None:
    caller, known = await officer(registry), await lay_known(registry)
    comparison = await opened(caller)
    # Held before its first piece is full, so that all of its pieces are stored after those of the other.
    slow = Slow("\n".join([HEADING, *[line(known)] * 20]).encode(), first=10)
    late = asyncio.ensure_future(upload(caller, comparison, aiter(slow)))
    await slow.is_halfway.wait()
    counted = await upload(caller, comparison, f"{HEADING}\n{Trainee(serial=999).number},测试丙\n".encode())
    assert (counted.status_code, counted.json()["lines_total"]) == (202, 1)
    slow.may_go_on.set()
    answer = await late
    assert (answer.status_code, codes(answer)) == (409, ["comparison_has_list"])
    await run_comparisons(registry.house)
    shown = (await caller.get(f"/v1/comparisons/{comparison}")).json()
    assert (shown["state"], shown["lines_done"], shown["persons_found"]) == ("done", 1, 0)
    assert await looks(registry, known) == 0
    assert held(registry) == 1, "the answers; both lists are gone"


async def test_a_list_changed_in_the_store_is_not_compared(registry: Registry) -> None:
    caller, known = await officer(registry), await lay_known(registry)
    other = f"{HEADING}\n{line(known)}\n".encode()
    sent = await send(caller, f"{HEADING}\n{Trainee(serial=999).number},测试丙\n".encode())
    owner = await registry.owner()
    row = await owner.fetchrow("SELECT comparison_id, upload_id, pieces FROM comparison")
    for number in range(row["pieces"]):
        await registry.house.documents.keep(
            list_owner(row["comparison_id"]),
            piece_id(row["upload_id"], number),
            other if number == 0 else b"",
        )
    await run_comparisons(registry.house)
    shown = (await caller.get(f"/v1/comparisons/{sent.json()['comparison_id']}")).json()
    assert (shown["state"], shown["lines_done"]) == ("failed", 0)
    assert "与收到时不一致" in shown["failure"]
    assert (await looks(registry, known), held(registry)) == (0, 0)


async def test_what_is_refused_is_not_kept(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    caller, known = await officer(registry), await lay_known(registry)
    comparison = await opened(caller)
    many = "\n".join([HEADING, *[line(known)] * 20]).encode()
    with monkeypatch.context() as patched:
        patched.setattr(receiving, "LINES_MAX", 10)
        assert (await upload(caller, comparison, many)).status_code == 422
    assert held(registry) == 0
    with monkeypatch.context() as patched:
        patched.setattr(receiving, "BYTES_MAX", 300)
        assert (await upload(caller, comparison, many)).status_code == 413
    assert held(registry) == 0
    budget(registry, 3)
    assert (await upload(caller, comparison, many)).status_code == 429
    assert held(registry) == 0
    gone = Slow(many, hangs_up=True)
    gone.may_go_on.set()
    assert (await upload(caller, comparison, aiter(gone))).status_code == 503
    assert held(registry) == 0
    slow = Slow(many)
    late = asyncio.ensure_future(upload(caller, comparison, aiter(slow)))
    await slow.is_halfway.wait()
    assert held(registry) > 0
    assert (await caller.post(f"/v1/comparisons/{comparison}:cancel")).status_code == 200
    await run_comparisons(registry.house)
    slow.may_go_on.set()
    assert (await late).status_code in {409, 429}
    assert held(registry) == 0


async def test_what_a_process_left_that_died_is_cleared(registry: Registry) -> None:
    """It stored pieces, before or after the comparison was canceled and cleared, and could delete nothing."""
    caller, known = await officer(registry), await lay_known(registry)
    comparison = await opened(caller)
    dead = registry.house.documents
    owner = await registry.owner()
    comparison_id = await owner.fetchval("SELECT comparison_id FROM comparison")
    await dead.keep(list_owner(comparison_id), known.person_id, line(known).encode())
    await run_comparisons(registry.house)
    assert held(registry) == 1, "it may still be on its way"
    await caller.post(f"/v1/comparisons/{comparison}:cancel")
    await run_comparisons(registry.house)
    assert held(registry) == 0
    await dead.keep(list_owner(comparison_id), known.person_id, line(known).encode())
    await run_comparisons(registry.house)
    assert held(registry) == 0
