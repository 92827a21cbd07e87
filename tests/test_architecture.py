"""Who may import whom, and which modules are pure; change a rule here, never work around it."""

import ast
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
APPS = {
    "accounts": set(),
    "resistance": set(),
    "surveys": {"accounts", "resistance"},
    "plans": {"accounts", "resistance", "surveys"},
    "demonstration": {"accounts", "resistance", "surveys", "plans"},
    # the frame reads settings of its own and starts the demonstration
    "config": {"accounts", "resistance", "demonstration"},
}
PURE = (
    *(
        f"resistance/{name}.py"
        for name in (
            "audit", "certainty", "change", "disclosure", "earlier", "effect", "family",
            "importance", "indices", "inputs", "learning", "limits", "partition", "pooling",
            "reliability", "scoring", "shown", "shrinkage", "sides", "variance",
        )
    ),
    *(
        f"plans/{name}.py"
        for name in ("market", "options", "outlook", "ranking", "severity", "spreadsheet")
    ),
    "surveys/codes.py",
    "surveys/sealing.py",
    "surveys/tables.py",
)  # fmt: skip
BAGS = {"utils", "helpers", "services", "tools", "common", "misc"}
CLOCKS = {"now", "today", "utcnow", "time", "monotonic"}


def modules(*folders):
    """(path from the root, its syntax tree) of every module that is no migration."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path.relative_to(ROOT), tree_of(path)


@cache
def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(tree):
    """Every imported module by its full name; `from a import b` counts as `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("app", APPS)
def test_app_imports_only_what_stands_below_it(app):
    forbidden = ({*APPS, "tests", "bench"} - {app}) - APPS[app]

    found = {
        (str(path), name)
        for path, tree in modules(app)
        for name in imports(tree)
        if name.split(".")[0] in forbidden
    }

    assert found == set()


def test_every_app_has_its_rule():
    assert {*settings.PROJECT_APPS, "config"} == set(APPS)


@pytest.mark.parametrize("module", PURE)
def test_pure_module_knows_no_django_and_no_row(module):
    names = set(imports(tree_of(ROOT / module)))

    impure = {n for n in names if n.split(".")[0] in {"django", "celery", "redis", "os"}}
    impure |= {n for n in names if ".models" in n or n.startswith(("surveys.views", "accounts"))}
    assert impure == set()


@pytest.mark.parametrize("module", PURE)
def test_pure_module_reads_no_clock_and_draws_nothing_unseeded(module):
    calls = [node for node in ast.walk(tree_of(ROOT / module)) if isinstance(node, ast.Call)]
    names = {ast.unparse(call.func): call for call in calls}

    clocks = {n for n in names if n.split(".")[-1] in CLOCKS and n.startswith(("date", "time"))}
    unseeded = {
        n for n, call in names.items()
        if "random" in n and not (n.endswith(("default_rng", "Generator", "PCG64")) and call.args)
        and n.split(".")[0] in {"random", "np", "numpy", "secrets"}
    }  # fmt: skip
    assert clocks == set()
    assert unseeded == set()
    assert not {"random", "secrets", "uuid"} & set(imports(tree_of(ROOT / module)))


def test_no_module_is_a_bag():
    found = [path for path, _tree in modules(*APPS, "tests", "bench") if path.stem in BAGS]

    assert found == []


def test_every_module_says_what_belongs_in_it():
    silent = [
        str(path)
        for path, tree in modules(*APPS)
        if tree.body and path.name != "__init__.py" and not ast.get_docstring(tree)
    ]

    assert silent == []


def test_modules_stay_readable():
    long = {
        str(path): lines
        for path, _tree in modules(*settings.PROJECT_APPS, "config")
        if (lines := len((ROOT / path).read_text(encoding="utf-8").splitlines())) > 400
    }

    assert long == {}


def test_tasks_are_never_run_in_place_of_a_worker():
    name = "TASK_ALWAYS_" + "EAGER"
    found = [
        path
        for folder in (*APPS, "tests", "bench")
        for path in (ROOT / folder).rglob("*.py")
        if name in path.read_text(encoding="utf-8").upper()
    ]

    assert found == []


def test_django_cannot_prefer_another_driver():
    assert find_spec("psycopg2")
    assert find_spec("psycopg") is None


def test_counts_are_compared_with_thresholds_in_the_gate_only():
    """The three thresholds are read where they are stored, frozen, shown and handed to the gate."""
    readers = {
        str(path)
        for path, tree in modules(*settings.PROJECT_APPS)
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare)
        and any(
            isinstance(part, ast.Attribute)
            and part.attr in {"min_score", "min_exact", "min_comment"}
            for part in ast.walk(node)
        )
    }

    assert readers == set()
