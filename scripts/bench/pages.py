"""How quick the pages are: twenty people at once, five at each door, walk the pages of a freshly filled demo.

A demo is started as a visitor would start it. Five officers, five operators and five citizens sign in through the
pages; each address a door links to is found by following its links (two of each form). Then everybody walks through
the own addresses in an order drawn from a seed, without a pause unless ``--pause`` gives one: the next page is asked
for as soon as the one before has come. Times are those of the whole answer as the visitor waits for it; beside them
stand those that the server writes into its own log, which leave out how long an answer waits for this client. What
server, database and client take of the processors is told apart: the client runs on the same machine. Goal: p95 below
150 ms as the visitor waits.

    python scripts/bench/pages.py [--seconds 30] [--people 20] [--pause 0] [--json]
"""

import argparse
import asyncio
import json
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil
import pyotp

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.db.embedded import EmbeddedPostgres
from app.demo.stack import REGISTRY_COMMAND, Ports

GOAL_MS = 150.0
DOORS = {"public": "/", "citizen": "/my", "institution": "/institution", "officer": "/office"}
_EACH_FORM = 2
_ADDRESSES_MAX = 150
_OFTEN = 10
"""A median of fewer answers tells when they were asked for, not how slow the page is."""
_START_S = 300
_CODE_S = 31
_LINK = re.compile(r'<a [^>]*href="(/[^"#]*)')
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
_IDENTIFIER = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=/)\d+(?=/|$)|(?<=/)[A-Z0-9-]{10,}(?=/|$)|\d{6,}")
_ELSEWHERE = ("/v1/", "/static/", "/docs", "/redoc", "/openapi", "/sign-out", "/log/tile")
_AS_A_BROWSER = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}


@dataclass(slots=True)
class Person:
    """Somebody at a door, and the addresses found there."""

    door: str
    cookie: str = field(default="", repr=False)
    addresses: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Answer:
    """One page as somebody waited for it."""

    door: str
    form: str
    ms: float
    size: int
    status: int


@contextmanager
def demo(folder: Path) -> Iterator[tuple[dict[str, Any], psutil.Process]]:
    """The notes of a demo that is ready, and its process; ended by Ctrl-C as a visitor ends it."""
    ports = Ports.free()
    command = [*REGISTRY_COMMAND, "demo", "--data-dir", str(folder)]
    with (folder.parent / "demo.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, *command, "--port", str(ports.api), "--sandbox-port", str(ports.sandbox)],
            stdout=log,
            stderr=log,
        )
    try:
        until = time.monotonic() + _START_S
        while not (folder / "demo.json").exists():
            if process.poll() is not None or time.monotonic() > until:
                raise SystemExit((folder.parent / "demo.log").read_text()[-2000:])
            time.sleep(0.5)
        time.sleep(1)  # the notes are being written
        yield json.loads((folder / "demo.json").read_text()), psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def people(notes: dict[str, Any], count: int) -> list[Person]:
    """So many people, a quarter at each door, signed in."""
    each = max(count // len(DOORS), 1)
    credentials = notes["credentials"]
    found = [Person("public") for _ in range(each)]
    for door, logins in (("officer", credentials["officers"]), ("institution", credentials["operators"])):
        of_door = list(logins.values())
        cookies = [_staff_cookie(notes, door, login) for login in of_door[:each]]
        found += [Person(door, cookies[place % len(cookies)]) for place in range(each)]
    claimants = [claim["holder"]["identity_number"] for claim in notes["claims"] if "holder" in claim]
    known = dict.fromkeys([*claimants, *(citizen["identity_number"] for citizen in notes["citizens"])])
    found += [Person("citizen", _citizen_cookie(notes, number)) for number in list(known)[:each]]
    return found


def _staff_cookie(notes: dict[str, Any], door: str, login: dict[str, str]) -> str:
    """By password and one-time password; one that was used up within its half minute is waited out."""
    for _ in range(2):
        with httpx.Client(
            base_url=notes["addresses"]["api"], headers=_AS_A_BROWSER, trust_env=False
        ) as browser:
            typed = {
                "login_name": login["username"],
                "password": login["password"],
                "totp": pyotp.TOTP(login["totp_secret"]).now(),
            }
            path = f"/sign-in/{door}"
            answer = browser.post(path, data={**_marks(browser.get(path)), **typed})
            if answer.status_code == 303:
                return browser.cookies["session"]
        time.sleep(_CODE_S)
    raise SystemExit(f"{login['username']} could not sign in: {answer.status_code}")


def _citizen_cookie(notes: dict[str, Any], number: str) -> str:
    addresses = notes["addresses"]
    with httpx.Client(base_url=addresses["api"], headers=_AS_A_BROWSER, trust_env=False) as browser:
        sent = browser.post("/sign-in/citizen", data=_marks(browser.get("/sign-in/citizen")))
        chosen = {"authorization_url": sent.headers["location"], "social_security_number": number}
        back = httpx.post(f"{addresses['sandbox']}/oidc/sandbox-login", json=chosen, trust_env=False)
        browser.get(back.raise_for_status().json()["redirect_to"])
        return browser.cookies["session"]


def _marks(page: httpx.Response) -> dict[str, str]:
    return {name: unescape(value) for name, value in _HIDDEN.findall(page.text)}


def find_addresses(url: str, person: Person) -> None:
    """Follow the links of the own door from its first page on, two of each form of address."""
    cookies = {"session": person.cookie} if person.cookie else {}
    waiting, seen, forms = [DOORS[person.door]], {DOORS[person.door]}, defaultdict[str, int](int)
    with httpx.Client(base_url=url, headers=_AS_A_BROWSER, cookies=cookies, trust_env=False) as browser:
        while waiting and len(person.addresses) < _ADDRESSES_MAX:
            address = waiting.pop(0)
            answer = browser.get(address)
            if answer.status_code != 200 or not answer.headers["content-type"].startswith("text/html"):
                continue
            person.addresses.append(address)
            for link in map(unescape, _LINK.findall(answer.text)):
                if link in seen or not _is_of(person.door, link) or forms[_form(link)] >= _EACH_FORM:
                    continue
                seen.add(link)
                forms[_form(link)] += 1
                waiting.append(link)


def _is_of(door: str, link: str) -> bool:
    path = urlsplit(link).path
    if path.startswith(_ELSEWHERE):
        return False
    owners = [each for each, home in DOORS.items() if home != "/" and (path + "/").startswith(home + "/")]
    return door in owners if owners or door != "public" else True


def _form(address: str) -> str:
    """The address with its identifiers and the values of its parameters left out."""
    parts = urlsplit(address)
    names = sorted(each.partition("=")[0] for each in parts.query.split("&") if each)
    return _IDENTIFIER.sub("…", parts.path) + (f"?{'&'.join(names)}" if names else "")


async def walk(url: str, person: Person, draw: random.Random, until: float, pause_s: float) -> list[Answer]:
    """One page after the other over one connection, as a browser keeps it."""
    target = urlsplit(url)
    assert target.hostname is not None
    reader, writer = await asyncio.open_connection(target.hostname, target.port)
    head = (
        f"Host: {target.netloc}\r\nAccept: text/html\r\nAccept-Encoding: gzip\r\nSec-Fetch-Mode: navigate\r\n"
    )
    head += f"Cookie: session={person.cookie}\r\n" if person.cookie else ""
    answers: list[Answer] = []
    while time.perf_counter() < until:
        for address in draw.sample(person.addresses, len(person.addresses)):
            asked = time.perf_counter()
            writer.write(f"GET {address} HTTP/1.1\r\n{head}\r\n".encode())
            status, size = await _read(reader)
            ms = (time.perf_counter() - asked) * 1000
            answers.append(Answer(person.door, _form(address), ms, size, status))
            if time.perf_counter() >= until:
                break
            if pause_s:
                await asyncio.sleep(draw.uniform(0.5, 1.5) * pause_s)
    writer.close()
    return answers


async def _read(reader: asyncio.StreamReader) -> tuple[int, int]:
    """Status and size of one answer."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = re.search(r"content-length: (\d+)", head)
    assert length is not None, head
    await reader.readexactly(int(length[1]))
    return int(head.split(" ", 2)[1]), int(length[1])


@dataclass(slots=True)
class Meters:
    """Processor seconds of those who take part, and where the server's log stands."""

    server: psutil.Process
    database: psutil.Process
    log: Path
    begun: dict[str, float] = field(default_factory=dict)
    position: int = 0

    @classmethod
    def of(cls, demo: psutil.Process, folder: Path) -> "Meters":
        """Those of a running demo."""
        server = next(child for child in demo.children(recursive=True) if "serve" in child.cmdline())
        database = EmbeddedPostgres(folder / "postgres").server()
        assert database is not None
        return cls(server, database, folder / "server.log")

    def begin(self) -> None:
        """Count from here."""
        self.begun, self.position = self._used(), self.log.stat().st_size

    def seconds(self) -> dict[str, float]:
        """What each has used since."""
        return {name: used - self.begun[name] for name, used in self._used().items()}

    def logged_ms(self) -> list[float]:
        """How long each request took since, as the server's log says."""
        with self.log.open("rb") as log:
            log.seek(self.position)
            lines = [json.loads(line) for line in log if line.startswith(b"{") and line.endswith(b"}\n")]
        return [line["ms"] for line in lines if line.get("event") == "request"]

    def _used(self) -> dict[str, float]:
        backends = (self.database, *self.database.children(recursive=True))
        return {
            "server": sum(self.server.cpu_times()[:2]),
            "database": sum(sum(each.cpu_times()[:2]) for each in backends),
            "client": sum(psutil.Process().cpu_times()[:2]),
        }


async def load(url: str, everybody: Sequence[Person], seconds: float, pause_s: float) -> list[Answer]:
    """Everybody at once."""
    until = time.perf_counter() + seconds
    walks = [
        walk(url, person, random.Random(place), until, pause_s)  # noqa: S311 - an order, not a secret
        for place, person in enumerate(everybody)
    ]
    return [answer for answers in await asyncio.gather(*walks) for answer in answers]


def told(
    answers: Sequence[Answer], seconds: float, used_s: dict[str, float], logged_ms: Sequence[float]
) -> dict[str, Any]:
    """The figures; processor time (``used_s``) tells the same on a busy machine."""
    by_form: dict[str, list[float]] = defaultdict(list)
    by_door: dict[str, list[float]] = defaultdict(list)
    for answer in answers:
        by_form[answer.form].append(answer.ms)
        by_door[answer.door].append(answer.ms)
    often = [each for each in by_form.items() if len(each[1]) >= _OFTEN]
    slowest = sorted(often, key=lambda each: -statistics.median(each[1]))[:10]
    return {
        "answers": len(answers),
        **{f"{name} CPU ms a page": round(used / len(answers) * 1000, 2) for name, used in used_s.items()},
        "a second": round(len(answers) / seconds, 1),
        "forms of address": len(by_form),
        "not 200": sum(answer.status != 200 for answer in answers),
        "largest page kB": round(max(answer.size for answer in answers) / 1000, 1),
        "p50 ms": _share([answer.ms for answer in answers], 0.5),
        "p95 ms": _share([answer.ms for answer in answers], 0.95),
        "p50 ms, server's log": _share(logged_ms, 0.5),
        "p95 ms, server's log": _share(logged_ms, 0.95),
        **{f"p95 ms, {door}": _share(times, 0.95) for door, times in by_door.items()},
        **{f"p50 ms, {form}": _share(times, 0.5) for form, times in slowest},
    }


def _share(times: Sequence[float], share: float) -> float:
    return round(sorted(times)[min(int(len(times) * share), len(times) - 1)], 1)


def main() -> int:
    """Print the figures; 1 when the goal is missed or a page failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--pause", type=float, default=0, help="seconds a page is read before the next")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="registry-pages-", ignore_cleanup_errors=True) as name:
        folder = Path(name) / "demo"
        folder.mkdir()
        with demo(folder) as (notes, process):
            url = notes["addresses"]["api"]
            everybody = people(notes, given.people)
            for person in everybody:
                find_addresses(url, person)
            asyncio.run(load(url, everybody, 3, 0))  # warm-up
            meters = Meters.of(process, folder)
            meters.begin()
            answers = asyncio.run(load(url, everybody, given.seconds, given.pause))
            found = told(answers, given.seconds, meters.seconds(), meters.logged_ms())
    if given.json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        for key, value in found.items():
            print(f"{key:<72} {value}")
        print(f"goal: p95 below {GOAL_MS:.0f} ms with {given.people} people at once")
    return 0 if found["p95 ms"] < GOAL_MS and not found["not 200"] else 1


if __name__ == "__main__":
    sys.exit(main())
