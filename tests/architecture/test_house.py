"""The shape of the code: rules of the house that need eyes on the syntax, each with its reason."""

import ast
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from app.commands.openapi import openapi_document
from app.main import create_app
from app.settings import Settings
from tests.architecture.sources import ROOT, calls, imports, modules

WALL_CLOCK = re.compile(r"(^|\.)(datetime\.(now|utcnow|today)|date\.today|time\.time|time_ns)$")
MAY_READ_THE_WALL_CLOCK = {
    "app/kernel/clock.py": "the one place",
    "app/demo/actors/sign_in.py": "RFC 6238 counts steps of the wall clock, and the demo holds the token",
    "app/verifier/command.py": "whoever verifies offline has no other clock",
}
"""Besides the sandbox, which plays other people's platforms with clocks of their own."""

VAGUE = {
    "utils",
    "util",
    "services",
    "service",
    "managers",
    "manager",
    "helpers",
    "helper",
    "common",
    "misc",
    "base",
}
LINES = {"alembic/": 700, "": 400}
"""Most lines of a file. A migration is one change of the schema and is read as a whole."""
FUNCTION_LINES = 60


def test_only_the_clock_reads_the_wall_clock() -> None:
    """The legal "now" is the database's, one per transaction, and an evaluation can move it: no second source."""
    found = [
        f"{module.name}:{line} {call}"
        for module in modules("app")
        if module.name not in MAY_READ_THE_WALL_CLOCK and not module.name.startswith("app/sandbox/")
        for call, line in calls(module)
        if WALL_CLOCK.search(call)
    ]
    assert not found


def test_only_the_unit_of_work_commits() -> None:
    """An action that commits on its own splits its effect from its audit event and its answer."""
    found = [
        f"{module.name}:{line} {call}"
        for module in modules("app")
        if module.name != "app/access/unit.py" and not module.name.startswith("app/db/")
        for call, line in calls(module)
        if call.endswith(".commit")
    ]
    assert not found


@pytest.fixture(scope="module")
def dependants(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, Dependant]]:
    """Every dependency of every route, however deep."""
    folder = tmp_path_factory.mktemp("routes")
    settings = Settings(evaluation=True, data_dir=folder, database_base_url="postgresql://127.0.0.1/registry")
    found: list[tuple[str, Dependant]] = []

    def collect(route: APIRoute, dependant: Dependant) -> None:
        for inner in dependant.dependencies:
            found.append((f"{sorted(route.methods)} {route.path}", inner))
            collect(route, inner)

    for route in all_routes(create_app(settings).routes):
        collect(route, route.dependant)
    return found


def all_routes(routes: list[object]) -> list[APIRoute]:
    """Routes of the application and of the routers inside it."""
    found: list[APIRoute] = []
    for route in routes:
        if isinstance(route, APIRoute):
            found.append(route)
        else:
            inner = getattr(route, "original_router", None) or getattr(route, "router", None)
            found += all_routes(list(getattr(inner, "routes", [])))
    return found


def test_transactions_end_before_the_answer_leaves(dependants: list[tuple[str, Dependant]]) -> None:
    """With the default scope FastAPI answers 201 and commits afterwards; a COMMIT that then fails was a lie.

    Every dependency that yields is such a transaction, so each has ``scope="function"``.
    """
    yielding = [(route, dependant) for route, dependant in dependants if is_generator(dependant)]
    assert len(yielding) > 50
    late = {f"{route}: {dependant.call}" for route, dependant in yielding if dependant.scope != "function"}
    assert not late


def test_nothing_a_request_waits_for_runs_in_a_thread(dependants: list[tuple[str, Dependant]]) -> None:
    """FastAPI sends what is not async to a thread and back, which costs more than a look at a header does."""
    sent = {
        f"{route}: {dependant.call}"
        for route, dependant in dependants
        if not (is_generator(dependant) or inspect.iscoroutinefunction(dependant.call))
    }
    assert not sent


def is_generator(dependant: Dependant) -> bool:
    """Whether the dependency yields."""
    code = getattr(dependant.call, "__code__", None)
    return bool(code is not None and code.co_flags & 0x220)  # CO_GENERATOR | CO_ASYNC_GENERATOR


def test_rules_and_states_hold_no_sql() -> None:
    """They take facts and return reasons; one query in them and they can no longer be tried without a database."""
    statement = re.compile(r"^\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH)\s", re.IGNORECASE)
    found = []
    for module in modules("app"):
        if not re.search(r"/(rules|states)(/|\.py)", module.name):
            continue
        found += [f"{module.name}:{line}" for name, line in imports(module) if name.startswith("sqlalchemy")]
        found += [
            f"{module.name}:{node.lineno}"
            for node in ast.walk(module.tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and statement.match(node.value)
        ]
    assert not found


def test_an_action_writes_its_own_domain_only() -> None:
    """Single writer: another domain's rows are read through its queries and changed by its actions."""
    found = []
    for module in modules("app"):
        home, is_action, _ = module.name.partition("/actions/")
        if is_action:
            own = home.replace("/", ".") + ".tables"
            found += [
                f"{module.name}:{line} {name}"
                for name, line in imports(module)
                if re.search(r"\.tables($|\.)", name) and not name.startswith(own)
            ]
    assert not found


def test_jose_stays_in_one_module() -> None:
    """It has thirteen measured weaknesses (assurance §0.7); only the wrapper with its own tests may touch it."""
    found = {
        module.name
        for module in modules("app")
        for name, _ in imports(module)
        if name.partition(".")[0] in {"jose", "jwt"}
    }
    assert found == {"app/access/tokens.py"}


def test_names_say_what_is_inside() -> None:
    """A drawer called utils takes everything and is searched by nobody."""
    named = [module.name for module in modules("app", "scripts", "tests", "alembic")]
    found = [name for name in named if VAGUE & {part.removesuffix(".py") for part in name.split("/")}]
    assert not found


def test_no_script_hides_a_module_of_python() -> None:
    """Python looks in a script's own folder first: a ``statistics.py`` beside a benchmark takes its medians away."""
    found = [
        module.name for module in modules("scripts") if Path(module.name).stem in sys.stdlib_module_names
    ]
    assert not found


def test_files_and_functions_fit_on_a_desk() -> None:
    """What is longer holds two things."""
    found = []
    for module in modules("app", "scripts", "alembic", "tests"):
        limit = next(most for folder, most in LINES.items() if module.name.startswith(folder))
        lines = module.text.count("\n")
        if lines > limit:
            found.append(f"{module.name}: {lines} lines")
        if module.name.startswith(("app/", "scripts/")):
            found += [
                f"{module.name}: {node.name} has {node.end_lineno - node.lineno + 1} lines"
                for node in ast.walk(module.tree)
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
                and (node.end_lineno or 0) - node.lineno + 1 > FUNCTION_LINES
            ]
    assert not found


def test_the_rooms_stand_in_their_order() -> None:
    """The contracts of pyproject.toml: layers, pure rules, HTTP only above, the closed list of the kernel."""
    judged = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert judged.returncode == 0, judged.stdout[-4000:]


def test_the_description_needs_no_deployment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same bytes whatever the environment says: a description that differs by machine could not be committed."""
    monkeypatch.setenv("REGISTRY_ISSUER", "https://elsewhere.example")
    monkeypatch.setenv("REGISTRY_LISTEN_PORT", "1234")
    assert openapi_document() == (ROOT / "openapi/registry-v1.json").read_text()
