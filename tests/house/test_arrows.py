"""The arrows of the design, drawn: who may import whom, what stays pure, who reads the environment."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator, Mapping

import pytest

from house import APART, RANK, Module, called, modules, read_house

HOUSE = read_house()

# Imports inside functions that are no hidden cycle, each with its reason.
_WEB = "the web application, which the worker and the supervisor do not carry"
IMPORTED_LATE = {
    "asyncpg": "the first start and the doctor connect once; the commands that do not need a driver start without it",
    "asyncio": "the first start, a process of its own, alone runs a loop",
    "authlib": "25 MB with what it needs, which only single sign-on asks for",
    "joserfc": "as authlib",
    "webauthn": "25 MB, which only passkeys need",
    "boto3": "an extra, which only an installation with a key in AWS has",
    "botocore": "an extra, which only an installation with a key in AWS has",
    "duckdb": "40 MB that only Parquet needs",
    "markdown_it": "only the pages of the reference are Markdown that a server shows",
    "evenhand.insight.asking": "numpy and the models, which only a project that routes needs",
    "evenhand.boundary.guarded": "the HTTP client, which only a call to somebody else's address needs",
    "httpx": "the HTTP client, which only a call to somebody else's address needs",
    "jsonschema_rs": "15 MB that only a filing of statements and a corrected call need",
    "http.client": "the supervisor asks once whether the web processes answer, and stays small",
    "evenhand.quality.walk_kernels": "numba, an extra of 208 MB, which only inference in machine code needs",
    "pkcs11": "an extra, which only an installation with a hardware security module has",
    "rich": "tables and bars; a command with --json prints neither",
    "urllib.parse": "a command that starts PostgreSQL of our own parses no address",
    "uvicorn": "the supervisor starts web processes and is none",
    "unicodedata": "asked only for labels that are not ASCII",
    "evenhand.checking": "numpy, which only a check of a checker needs",
    "evenhand.bootstrap": "commands that speak HTTP start without the server",
    "evenhand.client": "the server's own commands start without the SDK",
    "evenhand.cli.crowd": "only a replay reads crowds",
    "evenhand.cli.demo_loading": "only the demo loads its material",
    "evenhand.cli.drill": "only the drill plays it",
    "evenhand.cli.replaying": "only a replay replays",
    "evenhand.insight.columns": "numpy, which only a sweep of votes needs",
    "evenhand.insight.estimates": "numpy, which only a label by a fit needs",
    "evenhand.insight.fitting": "numpy, which only a sweep of votes needs",
    "evenhand.insight.marked": "numpy, which only a comparison of regions needs",
    "evenhand.insight.manners": "numpy, which only a sweep of answers needs",
    "evenhand.insight.label_writing": "numpy, which only a sweep of votes needs",
    "evenhand.insight.standing_labels": "numpy, which only a sweep of votes needs",
    "evenhand.quality.ranking": "numpy, which only a ranking needs",
    "evenhand.insight.judging": "numpy, which only a decision by a fit needs",
    "evenhand.insight.packing": "numpy, which only a decision by a fit needs",
    "evenhand.insight.telling": "numpy, which only a label by a fit needs",
    "evenhand.http": "the web application, which of the commands only `openapi` loads",
    "evenhand.ontology.pictures": "Pillow, which only pictures need",
    "evenhand.ontology.sound_drawings": "numpy and Pillow, which only drawings of recordings need",
    "evenhand.quality": "numpy, which a web process needs only when it shows statistics",
    "evenhand.store.postgres": "an installation with DATABASE_URL has no server of its own to find",
    "evenhand.vault": "the commands about keys alone open key files",
    "zxcvbn": "14 MB of frequent passwords and words, for whoever sets a new one",
}

# What does I/O or reads what a pure function must be given: clocks, randomness, the environment.
IMPURE_MODULES = frozenset(
    {
        *(
            "aiohttp",
            "anyio",
            "asyncio",
            "asyncpg",
            "argon2",
            "duckdb",
            "fastapi",
            "glob",
            "http",
            "httpx",
            "multiprocessing",
        ),
        *("obstore", "os", "random", "secrets", "select", "shutil", "signal", "smtplib", "socket", "sqlite3", "ssl"),
        *("starlette", "subprocess", "sys", "tempfile", "threading", "time", "urllib.request", "uvicorn"),
    }
)
IMPURE_CALLS = frozenset(
    {
        *("open", "input", "print", "exec", "eval", "datetime.now", "datetime.today", "datetime.utcnow", "date.today"),
        *("uuid.uuid4", "uuid.uuid1", "uuid4", "uuid1", "np.random.rand", "np.random.seed", "Path.cwd", "Path.home"),
    }
)
PURE_ROOMS = ("core", "quality", "ontology")
# The formats of the ledger compute and do nothing else.
PURE_FORMATS = frozenset(
    f"evenhand.ledger.{each}"
    for each in ("checkpoint", "cosignature", "lines", "note", "policy", "proof", "tiles", "tree", "witnessing")
)

# Who reads the environment beside bootstrap, each with its reason.
READS_ENVIRONMENT = {
    "evenhand.bootstrap": "the one place where settings come from",
    "evenhand.cli.ahead": "takes on the environment that its supervisor tells it",
    "evenhand.cli.settings": "hands the environment to core.settings.read_settings and looks at nothing",
    "evenhand.cli.running": "hands the environment on to child processes; takes the socket its supervisor opened",
    "evenhand.cli.connection": "where a user's own profile lies (XDG_CONFIG_HOME)",
    "evenhand.store.postgres.account": "PATH for PostgreSQL's programs",
    "evenhand.store.postgres.dump": "the environment of pg_dump without PG* variables",
    "evenhand.store.buckets": "hides the operator's AWS_* from buckets of others",
}


def wrong_arrows(sources: Mapping[str, str]) -> Iterator[str]:
    """Every import that goes up, sideways or out."""
    for module in modules(sources):
        for each in module.imports:
            if each.target.partition(".")[0] != "evenhand" or (each.is_type and module.name == "evenhand"):
                continue
            if not _may_import(module, each.target):
                yield f"{module.name}:{each.line} imports {each.target}"


def _may_import(module: Module, target: str) -> bool:
    to = target.split(".")[1] if "." in target else "evenhand"
    if to == "evenhand":
        return True  # the version, and nothing else is there
    if module.room == to:
        return True
    if module.room == "evenhand":
        return to == "client"
    if module.room in APART:
        return False
    if to in APART:
        return module.room == "cli"
    return RANK[to] < RANK[module.room]


def test_imports_go_one_way() -> None:
    assert list(wrong_arrows(HOUSE)) == []


def test_every_room_has_its_place_in_the_order() -> None:
    assert {module.room for module in modules(HOUSE)} - RANK.keys() - set(APART) == {"evenhand"}


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("evenhand.work.sly", "from evenhand.insight.service import Insight"),
        ("evenhand.work.sly", "def f():\n    import evenhand.delivery.service"),
        ("evenhand.core.sly", "from evenhand import store"),
        ("evenhand.client.sly", "from evenhand.core.errors import Malformed"),
        ("evenhand.people.sly", "from evenhand.walls.grant import Grants"),
        ("evenhand.http.sly", "from evenhand.bootstrap import Services"),
    ],
)
def test_an_arrow_that_goes_up_is_found(name: str, source: str) -> None:
    assert len(list(wrong_arrows({**HOUSE, name: source}))) == 1


# ---------------------------------------------------------------------------------------------------- inside a room --
def wrong_floors(sources: Mapping[str, str]) -> Iterator[str]:
    """Within a room: nobody but bootstrap knows routes, and a model knows nobody who acts."""
    for module in modules(sources):
        for each in module.imports:
            if not each.target.startswith("evenhand."):
                continue
            file = each.target.rpartition(".")[2]
            if file == "routes" and module.name != "evenhand.bootstrap":
                yield f"{module.name}:{each.line} imports {each.target}"
            if module.file == "model" and not each.target.startswith(("evenhand.core.", "evenhand.ontology.")):
                yield f"{module.name}:{each.line} imports {each.target}"


def test_nobody_but_bootstrap_knows_routes_and_a_model_knows_nobody_who_acts() -> None:
    assert list(wrong_floors(HOUSE)) == []


def test_a_model_that_asks_the_store_is_found() -> None:
    sly = {**HOUSE, "evenhand.work.model": "from evenhand.store.database import Database"}

    assert list(wrong_floors(sly)) == ["evenhand.work.model:1 imports evenhand.store.database"]


# ----------------------------------------------------------------------------------------------------- late imports --
def late_imports(sources: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """(module, what it imports inside a function), type-only imports left out."""
    for module in modules(sources):
        for each in module.imports:
            if each.inside and not each.is_type and module.name != "evenhand":
                yield module.name, each.target


def _reason(target: str) -> str | None:
    if target.endswith("routes"):
        return _WEB
    return next((key for key in IMPORTED_LATE if target == key or target.startswith(key + ".")), None)


def test_an_import_inside_a_function_has_a_reason() -> None:
    assert [each for each in late_imports(HOUSE) if _reason(each[1]) is None] == []


def test_a_late_import_of_a_neighbor_is_found() -> None:
    sly = {**HOUSE, "evenhand.work.sly": "def f():\n    from evenhand.work.labeling import Labeling"}

    assert ("evenhand.work.sly", "evenhand.work.labeling") in [
        each for each in late_imports(sly) if _reason(each[1]) is None
    ]


# ------------------------------------------------------------------------------------------------------------ purity --
def impurities(sources: Mapping[str, str]) -> Iterator[str]:
    """I/O, clocks, randomness and environment in rooms and files that are pure."""
    for module in modules(sources):
        if module.room not in PURE_ROOMS and module.file != "model" and module.name not in PURE_FORMATS:
            continue
        for each in module.imports:
            if each.target in IMPURE_MODULES or each.target.split(".")[0] in IMPURE_MODULES:
                yield f"{module.name}:{each.line} imports {each.target}"
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and called(node) in IMPURE_CALLS:
                yield f"{module.name}:{node.lineno} calls {called(node)}"
            if isinstance(node, ast.Call) and called(node) == "np.random.default_rng" and not node.args:
                yield f"{module.name}:{node.lineno} draws without a seed"


def test_core_quality_ontology_the_ledgers_formats_and_every_model_do_no_io() -> None:
    assert list(impurities(HOUSE)) == []


@pytest.mark.parametrize(
    "source",
    [
        "import asyncpg",
        "from os import environ",
        "def f():\n    return open('/etc/passwd')",
        "import numpy as np\n\ndef f():\n    return np.random.default_rng()",
        "from datetime import datetime\n\ndef f():\n    return datetime.now()",
    ],
)
def test_io_in_a_pure_room_is_found(source: str) -> None:
    assert len(list(impurities({**HOUSE, "evenhand.quality.sly": source}))) == 1


def test_the_pure_rooms_load_no_driver_no_framework_and_no_server() -> None:
    pure = sorted(name for name in HOUSE if name.split(".")[1:2] and name.split(".")[1] in PURE_ROOMS)
    program = (
        f"import importlib, sys\nfor name in {pure!r}: importlib.import_module(name)\n"
        "heavy = {'asyncpg', 'fastapi', 'uvicorn', 'obstore', 'argon2', 'duckdb', 'httpx', 'cryptography'}\n"
        "print(sorted(heavy & sys.modules.keys()))"
    )

    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert said.strip() == "[]"


def test_the_worker_carries_no_web_framework() -> None:
    program = (
        "import sys\nfrom evenhand import bootstrap\nfrom evenhand.cli import running\n"
        "print(sorted({'fastapi', 'starlette', 'uvicorn', 'duckdb', 'httpx', 'numpy', 'PIL'} & sys.modules.keys()))"
    )

    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert said.strip() == "[]"


def test_a_command_that_speaks_http_loads_no_server_and_no_driver() -> None:
    program = (
        "import sys\nfrom evenhand.cli.main import app\nfrom typer.main import get_command\n"
        "for name in ('project', 'task', 'release', 'people'): get_command(app).commands[name]\n"
        "print(sorted({'asyncpg', 'pydantic', 'cryptography', 'fastapi', 'numpy'} & sys.modules.keys()))"
    )

    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert said.strip() == "[]"


# ------------------------------------------------------------------------------------------------------ environment --
def readers_of_the_environment(sources: Mapping[str, str]) -> set[str]:
    """The modules in which `os.environ` or `getenv` is spoken of."""
    found = set()
    for module in modules(sources):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Attribute | ast.Name) and ast.unparse(node) in (
                "os.environ",
                "os.getenv",
                "environ",
                "getenv",
            ):
                found.add(module.name)
    return found


def test_nothing_but_bootstrap_and_those_listed_reads_the_environment() -> None:
    assert readers_of_the_environment(HOUSE) <= READS_ENVIRONMENT.keys()


def test_a_room_that_reads_the_environment_is_found() -> None:
    sly = {**HOUSE, "evenhand.vault.sly": "import os\n\nKEY = os.environ['KEY']"}

    assert "evenhand.vault.sly" in readers_of_the_environment(sly)
