"""How much faster 500 dirty but valid roster rows are taken in over HTTP than by SQLModel ``add_all`` behind the route.

A real server process (uvicorn) on an embedded PostgreSQL with durability on. Both routes stand in one application and
share everything but the writing: token, idempotency, reading of dirty cells, encryption, digests, audit, answer. Of the
500 persons of a request 350 are known already. The floor is COPY of the finished rows into a table without index,
in the same run. Goal: at least 3 times add_all, aim 4.

    python scripts/bench/roster_intake.py [--rounds 15] [--json]
"""

import argparse
import asyncio
import contextlib
import csv
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import xlsxwriter
from uuid_utils.compat import uuid7

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.access.actor import Actor, PrincipalKind
from app.commands.code_lists import load_packaged
from app.db.embedded import EmbeddedPostgres, ServerAddress
from app.db.upgrade import upgrade
from app.kernel.clock import utc_now
from app.kernel.identifiers.citizen import check_digit_of
from app.settings import Settings
from app.web.house import House
from app.web.signing_keys import keep_signing_keys

ROOT = Path(__file__).resolve().parents[2]
ROWS, KNOWN = 500, 350
GOAL = 3.0
WAYS = ("set-wise, JSON", "add_all, JSON", "set-wise, CSV", "set-wise, xlsx")
_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_GIVEN = "安宁平和康健勤朴诚信明达文远志坚思齐学优"
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GROUPS = ("", "退役军人", "两后生", " 高校毕业生 ", "残疾人、脱贫劳动力")


def trainee(number: int) -> dict[str, Any]:
    """One trainee as institutions type them: full-width digits, stray spaces, synonyms."""
    year, rest = divmod(number, 28 * 12 * 100)
    month, rest = divmod(rest, 28 * 100)
    day, serial = divmod(rest, 100)
    seventeen = f"110000{1950 + year}{month + 1:02}{day + 1:02}{900 + serial}"
    identity = seventeen + check_digit_of(seventeen)
    name = _SURNAMES[number % 20] + "样" + _GIVEN[number // 20 % 20] + _GIVEN[number // 400 % 20]
    return {
        "name": f"{name[0]} {name[1:]}" if number % 3 else f"　{name} ",
        "identity_number": identity.translate(_FULL_WIDTH)
        if number % 2
        else f" {identity[:6]} {identity[6:]}",
        "document_kind": ("身份证", "居民身份证", "")[number % 3],
        "card_number": f"S{number:08}" if number % 4 == 0 else "",
        "phone": f"１３８ {number % 10_000:04} 0000",
        "key_groups": [_GROUPS[number % 5]] if _GROUPS[number % 5] else [],
        "remark": "第一批" if number % 7 == 0 else "",
    }


class People:
    """Requests' worth of trainees: the same known ones, and new ones each time."""

    def __init__(self) -> None:
        self._next = KNOWN

    def batch(self) -> list[dict[str, Any]]:
        fresh = range(self._next, self._next + ROWS - KNOWN)
        self._next = fresh.stop
        return [trainee(number) for number in (*range(KNOWN), *fresh)]


_COLUMNS = ("name", "identity_number", "document_kind", "card_number", "phone", "key_groups", "remark")
_HEADINGS = ("* 姓 名", "身份证号码（18位）", "证件类型", "社保卡号", "联系电话", "人员类别", "备注")


def cells(people: list[dict[str, Any]]) -> list[list[str]]:
    """A title, headings and rows, as on a sheet."""
    rows = [
        ["、".join(person[name]) if name == "key_groups" else person[name] for name in _COLUMNS]
        for person in people
    ]
    return [["实名制职业技能培训学员名册"], list(_HEADINGS), *rows]


def csv_file(people: list[dict[str, Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(cells(people))
    return text.getvalue().encode("gb18030")


def xlsx_file(people: list[dict[str, Any]]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet("名册")
        for index, row in enumerate(cells(people)):
            sheet.write_row(index, 0, row)
    return buffer.getvalue()


@contextlib.contextmanager
def server(settings: Settings, folder: Path) -> Iterator[str]:
    """The application with the baseline route beside its own, in a process of its own."""
    environment = {
        **os.environ,
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'scripts' / 'bench'}",
        "REGISTRY_EVALUATION": "true",
        "REGISTRY_DATA_DIR": str(folder),
        "REGISTRY_DATABASE_URL": settings.database_base_url or "",
    }
    command = [
        sys.executable, "-m", "uvicorn", "roster_add_all:create_app", "--factory", "--port", "0",
        "--no-access-log", "--loop", "uvloop", "--http", "httptools",
    ]  # fmt: skip
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=ROOT
    )
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if "running on" in line:
                yield line.split("running on ")[1].split()[0]
                return
        raise RuntimeError("the server did not start")
    finally:
        process.terminate()
        process.wait(20)


async def lay_ground(admin: asyncpg.Connection) -> tuple[UUID, UUID, UUID]:
    """An institution, a program and an operator: ``(institution, program, operator)``."""
    system = await admin.fetchval("SELECT principal_id FROM principal WHERE kind = 'system'")
    institution = await admin.fetchval(
        "INSERT INTO training_institution (unified_social_credit_code, name, kind, division_code, address,"
        " contact_phone, registered_by) VALUES ('52110000MJ00000001', '样本学校', 'training_school', '110105', '1号',"
        " '010-00000000', $1) RETURNING institution_id",
        system,
    )
    program = await admin.fetchval(
        "INSERT INTO training_program (created_by, division_code) VALUES ($1, '110105') RETURNING program_id",
        system,
    )
    await admin.execute(
        "INSERT INTO training_program_version (program_id, version, name, occupation_edition, occupation_code,"
        " skill_level, training_type, training_mode, open_positions, skill_requirements, content, theory_hours,"
        " practice_hours, safety_hours, in_force, published_by) SELECT $1, 1, '样本项目', job.edition, job.code,"
        " (SELECT min(code) FROM skill_level), (SELECT min(code) FROM training_type),"
        " (SELECT min(code) FROM training_mode), 1, '要求', '内容', 1, 1, 0, daterange('2020-01-01', NULL), $2"
        " FROM occupation AS job ORDER BY job.edition, job.code LIMIT 1",
        program,
        system,
    )
    operator = await admin.fetchval(
        "INSERT INTO principal (kind, display_name, institution_id) VALUES ('institution_operator', '样本', $1)"
        " RETURNING principal_id",
        institution,
    )
    return institution, program, operator


class Bench:
    """One run: a client, openings made on demand, and what each way took."""

    def __init__(
        self, admin: asyncpg.Connection, client: httpx.AsyncClient, ground: tuple[UUID, UUID, UUID]
    ) -> None:
        self._admin, self._client = admin, client
        self._institution, self._program, self._operator = ground
        self._people = People()
        self.seconds: dict[str, list[float]] = {way: [] for way in (*WAYS, "COPY floor")}

    async def opening(self) -> UUID:
        return await self._admin.fetchval(
            "INSERT INTO course_opening (institution_id, program_id, program_version, division_code, name,"
            " planned_size, venue, created_by) VALUES ($1, $2, 1, '110105', '样本班', 500, '教室', $3)"
            " RETURNING opening_id",
            self._institution,
            self._program,
            self._operator,
        )

    async def intake(self, way: str) -> float:
        """Seconds for one request; raises when not every row was taken."""
        opening, people = await self.opening(), self._people.batch()
        headers = {"Idempotency-Key": str(uuid7())}
        path = f"/v1/openings/{opening}/roster"
        if way.endswith("JSON"):
            prefix = "/bench" if way.startswith("add_all") else ""
            body = json.dumps({"lines": people}, ensure_ascii=False).encode()
            sending = {"content": body, "headers": {**headers, "Content-Type": "application/json"}}
            path = prefix + path
        else:
            file = csv_file(people) if way.endswith("CSV") else xlsx_file(people)
            sending, path = {"files": {"file": ("名册", file)}, "headers": headers}, f"{path}:import"
        started = time.perf_counter()
        answer = await self._client.post(path, **sending)
        seconds = time.perf_counter() - started
        if answer.status_code != 201 or answer.json()["counts"]["added"] != ROWS:
            raise RuntimeError(f"{way}: {answer.status_code} {answer.text[:500]}")
        return seconds

    async def floor(self) -> float:
        """COPY of as many finished rows, one transaction, into a table without index or constraint."""
        rows = await self._admin.fetch("SELECT * FROM roster_line ORDER BY added_at DESC LIMIT $1", ROWS)
        await self._admin.execute(
            "CREATE TABLE IF NOT EXISTS copy_floor AS SELECT * FROM roster_line WITH NO DATA"
        )
        started = time.perf_counter()
        async with self._admin.transaction():
            await self._admin.copy_records_to_table("copy_floor", records=rows, columns=list(rows[0].keys()))
        return time.perf_counter() - started

    async def run(self, rounds: int) -> None:
        """Ways take turns, so that a busy machine is busy for all of them; the first two rounds warm up."""
        for number in range(rounds + 2):
            for way in WAYS:
                seconds = await self.intake(way)
                if number >= 2:
                    self.seconds[way].append(seconds)
            seconds = await self.floor()
            if number >= 2:
                self.seconds["COPY floor"].append(seconds)


async def measure(settings: Settings, address: ServerAddress, url: str, rounds: int) -> dict[str, float]:
    """Rows a second by way: the median of the rounds."""
    parts = House.of(settings)
    admin = await asyncpg.connect(
        address.dsn(settings.database_name), server_settings={"search_path": "registry,public"}
    )
    ground = await lay_ground(admin)
    actor = Actor(
        principal_id=ground[2],
        kind=PrincipalKind.INSTITUTION_OPERATOR,
        display_name="样本",
        institution_id=ground[0],
    )
    async with keep_signing_keys(parts):
        token = parts.tokens.issue(actor, now=utc_now())
    headers = {"Authorization": f"Bearer {token}"}
    try:
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60, trust_env=False) as client:
            bench = Bench(admin, client, ground)
            await bench.run(rounds)
    finally:
        await admin.close()
        await parts.close()
    return {way: ROWS / statistics.median(seconds) for way, seconds in bench.seconds.items()}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="registry-bench-") as name:
        folder = Path(name)
        postgres = EmbeddedPostgres(folder / "postgres")
        try:
            with postgres as address:
                settings = Settings(evaluation=True, data_dir=folder).at_server(address.host, address.port)
                settings = upgrade(settings, admin_dsn=address.dsn())
                load_packaged(settings)
                with server(settings, folder) as url:
                    rates = asyncio.run(measure(settings, address, url, given.rounds))
        finally:
            postgres.destroy()
    ratio = rates["set-wise, JSON"] / rates["add_all, JSON"]
    if given.json:
        print(json.dumps({"rows_per_second": rates, "ratio": ratio, "goal": GOAL}))
    else:
        print(f"{ROWS} rows a request, {KNOWN} persons known; medians of {given.rounds} requests")
        for way, rate in rates.items():
            print(f"  {way:16} {rate:9,.0f} rows/s  {rate / rates['COPY floor']:7.2%} of the COPY floor")
        print(f"set-wise / add_all = {ratio:.2f} (goal {GOAL:.0f})")
    return 0 if ratio >= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
