"""Time from starting ``registry serve`` to the first ready answer, warm, beside a floor measured in the same run.

The floor is an interpreter that only imports the libraries every request needs; what lies above it is ours. Run:
``.venv/bin/python scripts/bench/server_start.py [--runs 7]``. Goal: ready in two seconds or less.
"""

import argparse
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from app.commands.code_lists import load_packaged
from app.db.at_hand import server_at_hand
from app.db.upgrade import upgrade
from app.settings import Settings

FLOOR = "import fastapi, sqlmodel, asyncpg, uvicorn, httpx, jose.jwt"


def seconds_to_import() -> float:
    """The floor."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", FLOOR], check=True)
    return time.perf_counter() - started


def seconds_to_ready(environment: dict[str, str]) -> float:
    """One start of the server, ended again once it is ready."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    started = time.perf_counter()
    server = subprocess.Popen(
        [Path(sys.executable).with_name("registry"), "serve", "--port", str(port)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while time.perf_counter() - started < 30:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5).close()
                return time.perf_counter() - started
            except (urllib.error.URLError, ConnectionError):
                if server.poll() is not None:
                    raise SystemExit("the server did not start") from None
                time.sleep(0.01)
        raise SystemExit("the server was not ready within 30 s")
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=30)


def main() -> None:
    """Print medians and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory(prefix="registry-bench-") as folder:
        os.environ |= {"REGISTRY_EVALUATION": "true", "REGISTRY_DATA_DIR": folder}
        with server_at_hand(Settings()) as (reachable, admin_dsn):
            settings = upgrade(reachable, admin_dsn=admin_dsn)
            load_packaged(settings)
            environment = {**os.environ, "REGISTRY_DATABASE_URL": settings.database_base_url or ""}
            seconds_to_ready(environment)  # warm-up: byte code, first signing key, key ring
            pairs = [(seconds_to_import(), seconds_to_ready(environment)) for _ in range(runs)]
    floor = statistics.median(pair[0] for pair in pairs)
    ready = statistics.median(pair[1] for pair in pairs)
    worst = max(pair[1] for pair in pairs)
    print(
        f"ready after {ready:.2f} s (worst {worst:.2f} s of {runs}); imports alone {floor:.2f} s;"
        f" ratio {ready / floor:.2f}"
    )


if __name__ == "__main__":
    main()
