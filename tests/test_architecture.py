"""Imports run one way: what proves does not share code with what it proves."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import alta_verify

ROOT = Path(__file__).parents[1]

PACKAGES = ("alta", "alta_verify")


@dataclass(frozen=True)
class Import:
    """One imported name, with the place of the statement.

    Attributes:
        importer: the module that has the statement.
        imported: the module, or a name in a module.
        eager: whether it is carried out when the importer is imported.
        line: the line of the statement.
    """

    importer: str
    imported: str
    eager: bool
    line: int

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.imported}"

    def is_of(self, *packages: str) -> bool:
        """Says whether it imports a package or something in it."""
        return any(
            self.imported == package or self.imported.startswith(package + ".")
            for package in packages
        )


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def modules() -> Mapping[str, Path]:
    paths = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return {module_name(path): path for path in sorted(paths)}


def statements(body: list[ast.stmt], eager: bool) -> Iterator[tuple[ast.stmt, bool]]:
    """Yields all statements, and whether they are carried out on import."""
    for statement in body:
        yield statement, eager
        lazy = isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef)
        for field in ("body", "orelse", "finalbody"):
            inner = getattr(statement, field, [])
            typing_only = (
                isinstance(statement, ast.If)
                and field == "body"
                and "TYPE_CHECKING" in ast.dump(statement.test)
            )
            yield from statements(inner, eager and not lazy and not typing_only)
        for handler in getattr(statement, "handlers", []):
            yield from statements(handler.body, eager and not lazy)
        for case in getattr(statement, "cases", []):
            yield from statements(case.body, eager and not lazy)


@cache
def imports() -> tuple[Import, ...]:
    found = []
    for name, path in modules().items():
        for statement, eager in statements(ast.parse(path.read_text()).body, True):
            if isinstance(statement, ast.Import):
                names = [alias.name for alias in statement.names]
            elif isinstance(statement, ast.ImportFrom):
                assert statement.level == 0, f"{name}:{statement.lineno} imports by relative name"
                # A submodule counts as such, anything else as a name in its module.
                names = [f"{statement.module}.{alias.name}" for alias in statement.names]
            else:
                continue
            found += [Import(name, imported, eager, statement.lineno) for imported in names]
    return tuple(found)


def target(one: Import) -> str | None:
    """Returns the module of the two packages that an import loads, if it does."""
    for name in (one.imported, one.imported.rpartition(".")[0]):
        if name in modules():
            return name
    return None


def offending(importers: str, *packages: str, but: tuple[str, ...] = ()) -> list[str]:
    """Lists the imports of some packages in a package, outside some exceptions."""
    return [
        str(one)
        for one in imports()
        if (one.importer == importers or one.importer.startswith(importers + "."))
        and not any(one.importer == b or one.importer.startswith(b + ".") for b in but)
        and one.is_of(*packages)
    ]


def test_the_imports_are_found_at_all():
    found = {str(one).partition(":")[0] + " " + one.imported for one in imports()}
    assert "alta_verify.verification alta_verify.prove.computes.proof.Proof" in found
    assert "alta_verify.solver.smt z3" in found
    assert "alta alta.compiler.pipeline.compile_program" in found
    assert len(modules()) > 60


def test_the_language_does_not_know_the_verifier():
    assert offending("alta", "alta_verify") == []


def test_the_verifier_does_not_know_the_compiler():
    assert offending("alta_verify", "alta.compiler") == []


def test_solvers_are_imported_in_one_folder_only():
    solvers = ("z3", "pysat", "cvc5")
    assert offending("alta", *solvers) == []
    places = ("alta_verify.solver", "alta_verify.check.solvers")
    assert offending("alta_verify", *solvers, but=places) == []
    assert offending("alta_verify.solver", *solvers)


def test_the_verifier_imports_nothing_by_a_name_that_is_computed():
    for name, path in modules().items():
        if name.startswith("alta_verify"):
            assert "importlib" not in path.read_text(), name
            assert "__import__" not in path.read_text(), name


def test_the_checker_of_certificates_imports_the_standard_library_and_itself_only():
    strangers = [
        str(one)
        for one in imports()
        if one.importer.startswith("alta_verify.check")
        and not one.is_of("alta_verify.check")
        and one.imported.partition(".")[0] not in sys.stdlib_module_names
    ]
    # Solvers are asked in processes of their own, by functions.
    assert {line.partition(":")[0] for line in strangers} == {"alta_verify.check.solvers"}
    assert {line.rpartition(" ")[2] for line in strangers} == {"cvc5", "z3"}
    assert not any(one.eager for one in imports() if one.is_of("cvc5"))


def test_the_prover_does_not_use_the_checker():
    users = {"alta_verify.certificate", "alta_verify.check", "alta_verify.command.main"}
    assert offending("alta_verify", "alta_verify.check", but=tuple(users)) == []


def test_hypothesis_is_imported_by_strategies_only():
    assert offending("alta", "hypothesis") == []
    assert offending("alta_verify", "hypothesis", but=("alta_verify.strategies",)) == []


def test_the_language_and_its_interpreter_do_not_know_jax():
    for package in ("alta.lang", "alta.interp", "alta.programs"):
        assert offending(package, "jax", "jaxlib", "alta.nn", "alta.compiler") == []


def test_the_solvers_and_the_reasoning_about_runs_do_not_know_jax():
    for package in ("alta_verify.solver", "alta_verify.reach"):
        assert offending(package, "jax", "jaxlib") == []


def cycle(graph: Mapping[str, set[str]]) -> list[str]:
    """Returns a cycle of a graph, or nothing."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def edges() -> Iterator[tuple[str, str]]:
    for one in imports():
        loaded = target(one)
        if one.eager and loaded is not None and loaded != one.importer:
            yield one.importer, loaded


def test_no_modules_import_one_another_in_a_circle():
    graph: dict[str, set[str]] = {name: set() for name in modules()}
    for importer, imported in edges():
        graph[importer].add(imported)
    assert cycle(graph) == []


def folder(module: str) -> str:
    """The folder of a module; a module at the top of its package is its own."""
    parts = module.split(".")
    return ".".join(parts[:2])


def test_no_folders_import_one_another_in_a_circle():
    graph: dict[str, set[str]] = {}
    for importer, imported in edges():
        # The packages' own lists of names stand above everything in them.
        if importer not in PACKAGES and imported not in PACKAGES:
            graph.setdefault(folder(importer), set()).add(folder(imported))
    graph = {name: targets - {name} for name, targets in graph.items()}
    assert cycle(graph) == []


def test_a_circle_would_be_found():
    assert cycle({"a": {"b"}, "b": {"c"}, "c": {"a"}})
    assert cycle({"a": {"b"}, "b": {"c"}, "c": set()}) == []


def loaded_by(module: str) -> set[str]:
    """Returns the names of the packages that a fresh process has loaded after one import."""
    code = (
        f"import sys, {module}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(done.stdout.split())


HEAVY = {"jax", "jaxlib", "z3", "pysat", "sympy", "hypothesis", "rich", "safetensors", "pytest"}


@pytest.mark.parametrize("module", ["alta", "alta.command.main", "alta.programs"])
def test_the_language_loads_without_anything_heavy(module):
    assert loaded_by(module) & HEAVY == set()


def test_the_verifier_loads_nothing_heavy_until_it_is_asked_for_something():
    assert loaded_by("alta_verify") & {"alta", "numpy", *HEAVY} == set()


def test_the_verifier_loads_jax_and_the_solvers_and_nothing_else_that_is_heavy():
    loaded = loaded_by("alta_verify.verification")
    assert loaded & {"sympy", "hypothesis", "rich", "pytest"} == set()
    # It runs the models that it verifies, and asks both solvers.
    assert {"jax", "z3", "pysat"} <= loaded


@pytest.mark.parametrize("name", ["Report", "verify"])
def test_a_public_name_is_found_whichever_is_asked_for_first(name):
    code = (
        f"import alta_verify; first = alta_verify.{name}; from alta_verify import *; "
        f"assert {name} is first and first.__name__ == {name!r}; "
        "assert set(alta_verify.__all__) <= set(dir(alta_verify))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_no_submodule_has_the_name_of_something_public():
    # Its import would put the module in the place of the other.
    assert not {f"alta_verify.{name}" for name in alta_verify.__all__} & set(modules())


def test_an_unknown_name_is_refused_as_ever():
    with pytest.raises(AttributeError, match="module 'alta_verify' has no attribute 'prove_it'"):
        _ = alta_verify.prove_it  # type: ignore[attr-defined]
