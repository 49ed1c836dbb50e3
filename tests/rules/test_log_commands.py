"""Keys of the log by command, and a monitor against a real server that tells each trouble by its exit code."""

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.archive.log.rules.growth import grown
from app.archive.log.rules.notes import Checkpoint, Verifier, sign
from app.archive.log.rules.tree import leaf_hash
from app.cli import app
from app.db.log_keys import LogKeys

ORIGIN = "registry.test/log"
RUN = CliRunner()
LEAVES = [b'{"n":%d}' % number for number in range(5)]
TREE = grown(0, {}, [leaf_hash(leaf) for leaf in LEAVES])


@pytest.fixture
def deployment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REGISTRY_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("REGISTRY_LOG_ORIGIN", ORIGIN)
    return tmp_path


def test_a_key_is_made_once_rotated_and_shown(deployment: Path) -> None:
    made = RUN.invoke(app, ["log-keys", "create"])
    assert made.exit_code == 0, made.output
    assert (deployment / "log-keys.json").stat().st_mode & 0o077 == 0
    assert RUN.invoke(app, ["log-keys", "create"]).exit_code == 2
    first = RUN.invoke(app, ["log-keys", "show"]).output.splitlines()
    assert RUN.invoke(app, ["log-keys", "finish"]).exit_code == 2
    assert RUN.invoke(app, ["log-keys", "rotate"]).exit_code == 0
    assert RUN.invoke(app, ["log-keys", "rotate"]).exit_code == 2
    both = RUN.invoke(app, ["log-keys", "show"]).output.splitlines()
    assert both[1:] == first
    assert RUN.invoke(app, ["log-keys", "finish"]).exit_code == 0
    assert RUN.invoke(app, ["log-keys", "show"]).output.splitlines() == both[:1]


def test_a_key_file_that_others_may_read_is_refused(deployment: Path) -> None:
    RUN.invoke(app, ["log-keys", "create"])
    (deployment / "log-keys.json").chmod(0o644)
    refused = RUN.invoke(app, ["log-keys", "show"])
    assert refused.exit_code == 2
    assert "chmod 600" in refused.output


class Served(BaseHTTPRequestHandler):
    note = ""

    def do_GET(self) -> None:
        is_head = self.path == "/log/checkpoint" and bool(type(self).note)
        self.send_response(200 if is_head else 404)
        self.end_headers()
        self.wfile.write(type(self).note.encode() if is_head else b"")

    def log_message(self, *arguments: object) -> None:
        """Quiet."""


@pytest.fixture
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Served)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_monitor_tells_each_trouble_by_its_exit_code(address: str, tmp_path: Path) -> None:
    keys, other = LogKeys.generate(), LogKeys.generate()
    key, state = tmp_path / "key", tmp_path / "state"
    key.write_text(f"{Verifier(ORIGIN, keys.public_keys[0])}\n")

    def look(note: str) -> int:
        Served.note = note
        asked = ["monitor", "--url", address, "--key", str(key), "--state", str(state)]
        return RUN.invoke(app, asked).exit_code

    def head(size: int, *, root: bytes | None = None, by: LogKeys = keys) -> str:
        return sign(Checkpoint(ORIGIN, size, root or TREE.root(size)), by.private_keys)

    assert look("") == 2
    assert look(head(3, by=other)) == 1
    assert not state.exists()
    assert look(head(3)) == 0
    assert state.read_text() == head(3)
    assert look(head(3)) == 0
    assert look(head(3, root=hashlib.sha256(b"fork").digest())) == 3
    assert look(head(2)) == 4
    assert look(head(5)) == 3, "no proof that the first three are unchanged"
    assert state.read_text() == head(3), "and what was seen stays remembered"
