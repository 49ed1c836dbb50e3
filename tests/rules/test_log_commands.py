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
    broken = b""
    """What is written instead of an answer, as it is."""
    consistency = b""

    def do_GET(self) -> None:
        if type(self).broken:
            self.wfile.write(type(self).broken)
            self.close_connection = True
            return
        if self.path.startswith("/v1/log/consistency") and type(self).consistency:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(type(self).consistency)
            return
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
    assert look("") == 4, "a log that was out is gone"
    assert look(head(5)) == 3, "no proof that the first three are unchanged"
    assert state.read_text() == head(3), "and what was seen stays remembered"


BROKEN = {
    "cut short": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\nabc",
    "no HTTP": b"garbage\r\n\r\n",
    "headers without end": b"HTTP/1.1 200 OK\r\n" + b"X: " + b"x" * 70_000 + b"\r\n\r\n",
}


@pytest.mark.parametrize("kind", BROKEN)
def test_no_answer_kills_the_monitor_without_a_word_and_silence_is_told(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    keys = LogKeys.generate()
    key, state = tmp_path / "key", tmp_path / "state"
    key.write_text(f"{Verifier(ORIGIN, keys.public_keys[0])}\n")
    monkeypatch.setattr(Served, "broken", BROKEN[kind])
    asked = ["monitor", "--url", address, "--key", str(key), "--state", str(state)]
    once = RUN.invoke(app, asked)
    assert once.exit_code == 2, once.exception
    assert "无法监测" in once.output
    often = RUN.invoke(app, [*asked, "--every", "1", "--patience", "2"])
    assert often.exit_code == 2
    assert "报警：连续 2 次" in often.output


def test_a_proof_that_nests_without_end_is_an_alarm(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = LogKeys.generate()
    key, state = tmp_path / "key", tmp_path / "state"
    key.write_text(f"{Verifier(ORIGIN, keys.public_keys[0])}\n")
    state.write_text(sign(Checkpoint(ORIGIN, 3, TREE.root(3)), keys.private_keys))
    monkeypatch.setattr(Served, "note", sign(Checkpoint(ORIGIN, 5, TREE.root(5)), keys.private_keys))
    monkeypatch.setattr(Served, "consistency", b"[" * 100_000)
    told = RUN.invoke(app, ["monitor", "--url", address, "--key", str(key), "--state", str(state)])
    assert told.exit_code == 3, told.exception
    assert "报警" in told.output
