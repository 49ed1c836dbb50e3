"""The description of the API against the served API: no defect of ours, nothing that is not described.

Every operation gets the examples of its description, a case for each bound of its schemas, and random cases, as
callers of every role the route table admits, half of them about things that exist. Fixed seed, so that a red test is
red again; a long run: ``REGISTRY_FUZZ_CASES=2000 REGISTRY_FUZZ_SEED=$RANDOM pytest tests/api/test_schemathesis.py``.
"""

import asyncio
import json
import os
import random
import socket
import threading
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
import schemathesis
import uvicorn
from schemathesis.checks import CHECKS
from schemathesis.config import SchemathesisConfig
from uuid_utils.compat import uuid7

from app.access.roles import Role
from app.access.routes import ROUTES
from tests.architecture.sources import ROOT
from tests.builders.peopled import PeopledRegistry, Scene, people
from tests.registry_server import Caller, Cluster, open_registry
from tests.sandbox_server import SandboxServer

DESCRIBED = {(method, path.replace(":path}", "}")): roles for (method, path), roles in ROUTES.items()}
"""The table by the paths of the document, which does not tell what a parameter may contain."""
CASES = int(os.environ.get("REGISTRY_FUZZ_CASES", "12"))
SEED = int(os.environ.get("REGISTRY_FUZZ_SEED", "20260301"))

CHECKED = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "missing_required_header",
    "ignored_auth",
)
METHODS_CHECKED = ("unsupported_method", "allow_header_conformance")
"""Not where the address ends in a verb: ``GET …/{id}:file`` is a GET of an id that nobody has, a 422 and no 405."""
# Left out: negative_data_rejection (forms and JSON alike may say 5 as "5"), positive_data_acceptance (a well-formed act
# may still be refused by a rule), and the checks of sequences, whose subject the tests of each resource hold.

schema = schemathesis.openapi.from_dict(
    # The committed one is the current one (test_openapi); to make it takes every worker five seconds.
    json.loads((ROOT / "openapi/registry-v1.json").read_text()),
    config=SchemathesisConfig.from_dict(
        {
            "seed": SEED,
            "generation": {"max-examples": CASES, "deterministic": True, "no-shrink": True},
            "phases": {"stateful": {"enabled": False}},
        }
    ),
)


SIGNED_BY_THE_SENDER = {
    "POST /v1/network-notices",
    "POST /v1/bank-notices",
    "POST /v1/peer/attestations",
    "POST /v1/peer/attestations:confirm",
    "POST /v1/peer/attestations:release",
    "POST /v1/peer/attestations:settle",
    "POST /v1/peer/records:lookup",
    "POST /v1/peer/certificates:lookup",
    "POST /v1/peer/contribution-months:lookup",
}
"""Its credential is the sender's signature over the body, which no generated body carries: 401 is all it can answer."""


@dataclass(slots=True)
class Served:
    """The registry on a loopback port, and what it has answered so far."""

    url: str
    peopled: PeopledRegistry
    session: requests.Session
    answered: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))

    def shut(self) -> list[str]:
        """Operations that let nobody in: a fuzzer with wrong credentials finds no defect and says so of everything."""
        return [
            name
            for name, statuses in self.answered.items()
            if statuses.keys() <= {401, 403, 405} and name not in SIGNED_BY_THE_SENDER
        ]


@pytest.fixture(scope="module")
def served(
    cluster: Cluster, sandbox: SandboxServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """Over real HTTP: what a socket lets through (raw header bytes, odd methods) an in-process client would not."""
    with (
        cluster.fresh_database() as database,
        # With the protocol named, asyncio sends at once (TCP_NODELAY); without it each answer waits 40 ms for an ACK.
        socket.socket(proto=socket.IPPROTO_TCP) as listener,
        requests.Session() as session,
    ):
        listener.bind(("127.0.0.1", 0))
        ready: Future[PeopledRegistry] = Future()
        servers: list[uvicorn.Server] = []

        async def serve() -> None:
            async with open_registry(
                cluster, database, sandbox, tmp_path_factory.mktemp("fuzzed")
            ) as registry:
                peopled = await people(registry)
                config = uvicorn.Config(
                    registry.app, http="httptools", lifespan="off", log_config=None, access_log=False
                )
                servers.append(uvicorn.Server(config))
                listener.listen()
                ready.set_result(peopled)
                await servers[0].serve(sockets=[listener])

        def run() -> None:
            try:
                asyncio.run(serve())
            except BaseException as failure:
                if ready.done():
                    raise
                ready.set_exception(failure)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        peopled = ready.result(timeout=120)
        session.trust_env = False
        running = Served(f"http://127.0.0.1:{listener.getsockname()[1]}", peopled, session)
        try:
            yield running
        finally:
            servers[0].should_exit = servers[0].force_exit = True
            thread.join(timeout=20)
    assert not running.shut(), "these were never entered, so nothing was learned of them"


schemathesis.serializer.alias(
    ["application/x-ndjson", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"],
    "application/octet-stream",
)


@schema.parametrize()
def test_an_operation_keeps_to_its_description(case: schemathesis.Case, served: Served) -> None:
    # Drawn from the case itself, so that the same case is sent again in the same way.
    content = repr((case.path_parameters, case.query, case.headers, case.body))
    rng = random.Random(zlib.crc32(content.encode(errors="backslashreplace")))  # noqa: S311 - chooses test cases
    role = rng.choice(sorted(DESCRIBED[case.operation.method.upper(), case.operation.path]))
    scene = scene_for(case, role, served.peopled, rng)
    if scene is not None and rng.random() < 0.5:
        put_known_ids(case, scene, rng)
    headers = credentials(served.peopled, role, scene)
    answer = case.call(base_url=served.url, session=served.session, headers=headers)
    served.answered[case.operation.label][answer.status_code] += 1
    names = CHECKED if ":" in case.operation.path else CHECKED + METHODS_CHECKED
    case.validate_response(answer, checks=[CHECKS.get_one(name) for name in names], headers=headers)


def scene_for(
    case: schemathesis.Case, role: Role, peopled: PeopledRegistry, rng: random.Random
) -> Scene | None:
    """Ids that fit the path, with somebody of this role whom they concern where there is one."""
    wanted = set(case.path_parameters or {})
    fitting = [scene for scene in peopled.scenes if wanted <= scene.ids.keys()]
    if "opening_id" not in wanted:
        fitting = [scene for scene in fitting if "opening_id" not in scene.ids] or fitting
    concerned = [scene for scene in fitting if role in scene.callers]
    return rng.choice(concerned or fitting) if fitting else None


def put_known_ids(case: schemathesis.Case, scene: Scene, rng: random.Random) -> None:
    """Let the case be about what exists, with a key not used before and a version that may be the current one."""
    if case.path_parameters:
        case.path_parameters = {name: scene.ids[name] for name in case.path_parameters}
    known(case.body, scene)
    known(case.query, scene)
    for name, value in {
        "Idempotency-Key": str(uuid7()),
        "If-Match": f'"{rng.randint(1, 9)}"',
    }.items():
        if case.headers and name in case.headers:
            case.headers[name] = value


def known(content: Any, scene: Scene) -> None:
    """Replace, at any depth, the ids whose name the scene knows."""
    if isinstance(content, dict):
        for name, value in content.items():
            if name in scene.ids and isinstance(value, str):
                content[name] = scene.ids[name]
            else:
                known(value, scene)
    elif isinstance(content, list):
        for each in content:
            known(each, scene)


def credentials(peopled: PeopledRegistry, role: Role, scene: Scene | None) -> dict[str, str]:
    """The token of somebody who holds the role, none for the public."""
    if role is Role.PUBLIC:
        return {}
    caller: Caller = (scene.callers if scene else {}).get(role) or peopled.callers[role]
    return {"Authorization": f"Bearer {peopled.token(caller)}"}
