"""Imports run one way: what proves does not share code with what it proves."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

import alta_verify
from tests.house.tree import PACKAGES, ROOT, Tree, is_within, our_tree, strongly_connected
from tests.packaging.requirements import BESIDE, CORE

RANKS: tuple[tuple[str, ...], ...] = (
    ("alta_verify.__main__",),
    ("alta_verify.command", "alta_verify.pytest_plugin", "alta_verify.learning"),
    ("alta_verify.strategies",),
    ("alta_verify.weights",),
    ("alta_verify.circuits", "alta_verify.exchange"),
    ("alta_verify.verification", "alta_verify.equivalence", "alta_verify.satisfaction"),
    ("alta_verify.prove", "alta_verify.certificate", "alta_verify.cache"),
    ("alta_verify.report",),
    ("alta_verify.boxes", "alta_verify.search", "alta_verify.reading"),
    ("alta_verify.reach",),
    ("alta_verify.solver",),
    ("alta_verify.encode",),
    ("alta_verify.claim", "alta_verify.arithmetic"),
    ("alta_verify.specs",),
    (
        "alta_verify.abstraction",
        "alta_verify.deadline",
        "alta_verify.obligation",
        "alta_verify.universal",
    ),
    ("alta_verify.check",),
    ("alta.__main__",),
    ("alta.command",),
    ("alta.learn",),
    ("alta.programs", "alta.datasets"),
    ("alta.compiler",),
    ("alta.exports",),
    ("alta.nn",),
    ("alta.interp",),
    ("alta.lang",),
    ("alta.inputs",),
    ("alta.pages",),
    ("alta.extras", "alta.progress", "alta.output"),
    ("alta.interruption", "alta.errors"),
    ("alta.limit", "alta.visible"),
)
"""The stages, from those that people meet to those that everything rests on.

A stage imports later ones, and others of its own line as long as there is no circle.
"""


def offending(importers: str, *packages: str, but: tuple[str, ...] = ()) -> list[str]:
    """Lists the imports of some packages in a package, outside some exceptions."""
    return [
        str(statement)
        for statement in our_tree().imports
        if is_within(statement.importer, importers)
        and not is_within(statement.importer, *but)
        and statement.is_of(*packages)
    ]


def test_the_imports_are_found_at_all():
    found = {
        str(statement).partition(":")[0] + " " + statement.imported
        for statement in our_tree().imports
    }
    assert "alta_verify.verification alta_verify.prove.computes.theorem.Computes" in found
    assert "alta_verify.solver.smt z3" in found
    assert "alta alta.compiler.pipeline.compile_program" in found
    assert len(our_tree().modules) > 60


def test_the_language_does_not_know_the_verifier():
    assert offending("alta", "alta_verify") == []


def test_the_language_names_its_verifier_where_a_process_begins_and_nowhere_else():
    by_name = re.compile(r"import_module\(\s*f?[\"']alta_verify")
    namers = [path for path, text in our_tree().texts.items() if by_name.search(text)]
    assert namers == ["alta/command/main.py"]
    importers = {
        statement.importer
        for statement in our_tree().imports
        if statement.is_of("alta.command.main")
    }
    assert importers == {"alta.__main__"}


def test_the_verifier_does_not_know_the_compiler():
    assert offending("alta_verify", "alta.compiler") == []


def test_solvers_are_imported_in_one_folder_only():
    solvers = ("z3", "pysat", "cvc5")
    assert offending("alta", *solvers) == []
    places = ("alta_verify.solver", "alta_verify.check.solvers")
    assert offending("alta_verify", *solvers, but=places) == []
    assert offending("alta_verify.solver", *solvers)


def test_the_verifier_imports_nothing_by_a_name_that_is_computed():
    for path, text in our_tree().texts.items():
        if path.startswith("alta_verify/"):
            assert "importlib" not in text, path
            assert "__import__" not in text, path


def test_the_checker_of_certificates_imports_the_standard_library_and_itself_only():
    strangers = [
        str(statement)
        for statement in our_tree().imports
        if statement.importer.startswith("alta_verify.check")
        and not statement.is_of("alta_verify.check")
        and statement.imported.partition(".")[0] not in sys.stdlib_module_names
    ]
    # Solvers are asked in processes of their own, by functions.
    assert {line.partition(":")[0] for line in strangers} == {"alta_verify.check.solvers"}
    assert {line.rpartition(" ")[2] for line in strangers} == {"cvc5", "z3"}
    assert not any(
        statement.is_eager for statement in our_tree().imports if statement.is_of("cvc5")
    )


def test_the_prover_does_not_use_the_checker():
    commands = {"alta_verify.command.alta", "alta_verify.command.main"}
    users = {"alta_verify.certificate", "alta_verify.check", *commands}
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


def test_no_modules_import_one_another_in_a_circle():
    assert strongly_connected(our_tree().arrows) == []


def test_every_stage_has_its_rank():
    ranked = [name for line in RANKS for name in line]
    assert sorted(ranked) == sorted({*our_tree().folder_arrows} - {*PACKAGES})


def back_arrows(tree: Tree) -> set[str]:
    """The arrows from a stage to one that stands above it."""
    rank = {name: place for place, line in enumerate(RANKS) for name in line}
    return {
        f"{importer} -> {imported}"
        for importer, targets in tree.folder_arrows.items()
        for imported in targets
        if rank[imported] < rank[importer]
    }


def test_imports_run_one_way():
    assert back_arrows(our_tree()) == set()


def test_stages_of_one_line_do_not_import_one_another_in_a_circle():
    rank = {name: place for place, line in enumerate(RANKS) for name in line}
    sideways = {
        importer: {imported for imported in targets if rank[imported] == rank[importer]}
        for importer, targets in our_tree().folder_arrows.items()
        if importer in rank
    }
    assert strongly_connected(sideways) == []


def strangers() -> set[str]:
    """Returns the imports, carried out at once, of what is neither a dependency nor an extra's."""
    refused = set()
    for statement in our_tree().imports:
        package = statement.imported.partition(".")[0]
        allowed = {"alta", "alta_verify", *CORE, *sys.stdlib_module_names}
        for place, packages in BESIDE.items():
            if is_within(statement.importer, place):
                allowed |= packages
        if statement.is_eager and package not in allowed:
            refused.add(f"{statement.importer}: {package}")
    return refused


def test_what_is_imported_at_once_is_a_dependency():
    assert strangers() == set()


def test_every_dependency_is_imported():
    used = {statement.imported.partition(".")[0] for statement in our_tree().imports}
    assert used >= CORE


MADE_UP = """
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from alta_verify.prove import ledger
def f():
    from alta_verify import report
"""


def test_an_arrow_back_is_found_wherever_the_import_stands():
    tree = Tree(
        {
            "alta_verify/__init__.py": "",
            "alta_verify/solver/smt.py": MADE_UP,
            "alta_verify/prove/ledger.py": "import alta_verify.solver.smt",
            "alta_verify/report/__init__.py": "",
        }
    )
    assert back_arrows(tree) == {
        "alta_verify.solver -> alta_verify.prove",
        "alta_verify.solver -> alta_verify.report",
    }
    assert strongly_connected(tree.arrows) == [
        ["alta_verify.prove.ledger", "alta_verify.solver.smt"]
    ]
    assert [statement.is_eager for statement in tree.imports] == [True, False, False, True]


def test_a_circle_would_be_found():
    assert strongly_connected({"a": {"b"}, "b": {"c"}, "c": {"a"}}) == [["a", "b", "c"]]
    assert strongly_connected({"a": {"b"}, "b": {"c"}, "c": set()}) == []


def loaded_by(module: str) -> set[str]:
    """Returns the names of the packages that a fresh process has loaded after one import."""
    code = (
        f"import sys, {module}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(done.stdout.split())


HEAVY = {
    *("jax", "jaxlib", "z3", "pysat", "sympy", "hypothesis", "rich", "safetensors", "pytest"),
    *("xarray", "pandas", "jinja2", "torch", "onnx", "onnxruntime"),
}


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
    assert not {f"alta_verify.{name}" for name in alta_verify.__all__} & set(our_tree().modules)


def test_an_unknown_name_is_refused_as_ever():
    with pytest.raises(AttributeError, match="module 'alta_verify' has no attribute 'prove_it'"):
        _ = alta_verify.prove_it  # type: ignore[attr-defined]
